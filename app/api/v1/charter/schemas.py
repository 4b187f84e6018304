"""What clients send and receive about charters."""

from __future__ import annotations

import marshmallow as ma

from app.domain.charter.operations import MOST_OPERATIONS
from app.domain.charter.parsing import IDENTIFIER
from app.http.fields import UUID, Document, Instant, Integer, List, Representation, Strict, String

_DIGEST = r"^[0-9a-f]{64}$"
#: Form of an id that the charter gives: of a decision type, a reserved matter, a ground.
CHARTER_ID = f"^{IDENTIFIER}$"


class TemplateItem(Representation):
    """A charter to begin with."""

    name = String(max_length=32)
    title = String(max_length=200)
    summary = String(max_length=2_000)


class TemplateList(Representation):
    """The charters to begin with."""

    items = ma.fields.List(ma.fields.Nested(TemplateItem))


class Template(TemplateItem):
    """A charter to begin with, whole."""

    charter = ma.fields.Dict(metadata={"description": "The charter's document."})


class VersionItem(Representation):
    """One version of a charter, without its text."""

    number = Integer(metadata={"description": "1 for the founding version; the greatest is in force."})
    digest = String(
        max_length=64,
        metadata={"pattern": _DIGEST, "description": "SHA-256 of the document as canonical JSON."},
    )
    proposal_id = UUID(allow_none=True, metadata={"description": "The amendment that made it."})
    in_force_from = Instant()


class Version(VersionItem):
    """One version of a charter."""

    charter = ma.fields.Dict(
        metadata={
            "description": "Articles, decision types, reserved matters, veto grounds, emergency stop, "
            "delivery and role powers."
        }
    )


class Difference(Representation):
    """What changed from one version to another."""

    from_version = Integer()
    to_version = Integer()
    changes = ma.fields.Dict(metadata={"description": "By part of the charter; empty where nothing changed."})


class DifferenceQuery(Strict):
    """From which version on."""

    since = Integer(
        minimum=1,
        maximum=2**31 - 1,
        load_default=None,
        metadata={"description": "The older version; the one before, if not said."},
    )


class AcceptanceSetting(Strict):
    """The version somebody accepts."""

    charter_version = Integer(minimum=1, maximum=2**31 - 1, required=True)


class Acceptance(Representation):
    """That a member accepted a version."""

    membership_id = UUID()
    number = Integer(data_key="charter_version")
    accepted_at = Instant()


class AmendmentPreview(Strict):
    """Operations to try out."""

    decision_type = String(max_length=32, pattern=CHARTER_ID, required=True)
    operations = List(Document(max_items=10), max_items=MOST_OPERATIONS, required=True)


class PreviewedAmendment(Representation):
    """What the operations would make of the charter in force."""

    base_version = Integer()
    changes = ma.fields.Dict(metadata={"description": "As between two versions."})
    basis = ma.fields.Dict(metadata={"description": "What each operation is based on, by digest."})
