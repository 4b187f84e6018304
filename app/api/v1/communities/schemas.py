"""What clients send and receive about communities and ways into them."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

from app.domain.charter.templates import TEMPLATES
from app.http.fields import (
    LINE,
    UUID,
    Boolean,
    Document,
    Duration,
    Enum,
    Instant,
    Integer,
    List,
    Representation,
    Strict,
    String,
)
from app.policies.permissions import Role

SLUG = r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$"
ORIGIN = r"^https://[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?(:[1-9][0-9]{0,4})?$|^http://(localhost|127\.0\.0\.1)(:[1-9][0-9]{0,4})?$"

CharterTemplate = StrEnum("CharterTemplate", [(name.upper(), name) for name in TEMPLATES])  # type: ignore[misc]


def _origins(**options: object) -> List:
    return List(
        String(max_length=300, pattern=ORIGIN),
        max_items=20,
        unique=True,
        metadata={"description": "Web origins whose scripts may call this API for the community (CORS)."},
        **options,
    )


def _public_log() -> Boolean:
    return Boolean(
        metadata={
            "description": "Whether everyone, not only members, may follow the log's tree: checkpoints, hashes and "
            "proofs. What the entries say stays with the auditors."
        }
    )


class CommunityFounding(Strict):
    """A community about to be founded."""

    slug = String(
        max_length=63,
        min_length=1,
        pattern=SLUG,
        required=True,
        metadata={"description": "Short name for addresses, unique in the installation; cannot be changed."},
    )
    name = String(max_length=200, min_length=1, pattern=LINE, required=True)
    description = String(max_length=10_000, metadata={"description": "Markdown."})
    open_joining = Boolean(metadata={"description": "Whether anyone may join without an invitation."})
    allowed_origins = _origins()
    public_log = _public_log()
    charter_template = Enum(
        CharterTemplate, metadata={"description": "Which charter to begin with; small_brand if not said."}
    )
    charter = Document(
        max_items=20,
        metadata={"description": "A charter of your own, whole, in place of a template."},
    )


class CommunityChanges(Strict):
    """A merge patch (RFC 7396) of a community."""

    name = String(max_length=200, min_length=1, pattern=LINE)
    description = String(max_length=10_000)
    open_joining = Boolean()
    allowed_origins = _origins()
    public_log = _public_log()


class Community(Representation):
    """A community: the tenant that everything else belongs to."""

    id = UUID()
    slug = String(max_length=63)
    name = String(max_length=200)
    description = String(max_length=10_000)
    open_joining = Boolean()
    allowed_origins = List(String(max_length=300), max_items=None)
    public_log = Boolean()
    created_at = Instant()
    version = Integer()


class Joining(Strict):
    """How someone joins: with an invitation's code, or without where joining is open."""

    invitation_code = String(max_length=100, min_length=1, pattern=r"^[A-Za-z0-9_-]+$")
    charter_version = Integer(
        minimum=1,
        metadata={
            "description": "The charter version the person was shown and accepts; refused unless it is in force."
        },
    )


class InvitationMaking(Strict):
    """An invitation about to be made."""

    role = Enum(Role, load_default=Role.MEMBER)
    max_uses = Integer(minimum=1, maximum=1_000_000, load_default=1)
    expires_in = Duration(
        load_default=dt.timedelta(days=14),
        metadata={"description": "ISO 8601 duration, at most P366D."},
    )


class Invitation(Representation):
    """A way in. Its code is shown once, in the answer that made it."""

    id = UUID()
    role = Enum(Role)
    max_uses = Integer()
    uses = Integer()
    created_at = Instant()
    expires_at = Instant()
    revoked_at = Instant(allow_none=True)


class InvitationWithCode(Invitation):
    """A new invitation with its code."""

    code = String(max_length=100)
