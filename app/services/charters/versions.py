"""The versions of a community's charter: reading them, and putting a new one in force."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.canonical_json import canonical_json, sha256_hex
from app.domain.charter.document import Charter
from app.domain.charter.reading import InvalidCharter, read_charter
from app.domain.charter.stored import read_stored_charter
from app.domain.charter.templates import TEMPLATES
from app.domain.errors import refuse
from app.models.charters import CharterVersion
from app.policies.permissions import Actor

#: What a community is founded with that names no charter.
DEFAULT_TEMPLATE = "small_brand"

#: A version never changes, so one that was read stays good; this many are kept in a process.
_MOST_CACHED = 1_000


class _Versions:
    """Charters by community and number, as read from the database once."""

    def __init__(self) -> None:
        self._known: dict[tuple[uuid.UUID, int], Charter] = {}

    def get(self, session: Session, community_id: uuid.UUID, number: int) -> Charter:
        key = (community_id, number)
        found = self._known.get(key)
        if found is None:
            body = session.execute(
                sa.select(CharterVersion.body).where(
                    CharterVersion.community_id == community_id, CharterVersion.number == number
                )
            ).scalar_one()
            found = _parsed(body)
            if len(self._known) >= _MOST_CACHED:
                self._known.clear()
            self._known[key] = found
        return found


_versions = _Versions()


@lru_cache(maxsize=64)
def _parsed(body: str) -> Charter:
    """Read a stored charter; communities founded from one template share it."""
    return read_stored_charter(json.loads(body))


def charter_of(session: Session, community_id: uuid.UUID, number: int) -> Charter:
    """Return one version of a community's charter.

    :param number: of a version that exists.
    """
    return _versions.get(session, community_id, number)


def number_in_force(session: Session, community_id: uuid.UUID) -> int:
    """Return the number of the version in force: the greatest."""
    return int(
        session.execute(
            sa.select(sa.func.max(CharterVersion.number)).where(CharterVersion.community_id == community_id)
        ).scalar_one()
    )


def in_force(session: Session, community_id: uuid.UUID) -> tuple[int, Charter]:
    """Return the version in force at this moment, with its number.

    Whoever acts on it for good (opens a ballot, enacts) holds the community's row, behind which every
    enactment queues.
    """
    number = number_in_force(session, community_id)
    return number, charter_of(session, community_id, number)


def versions(actor: Actor) -> sa.Select[CharterVersion]:
    """Select the versions of the charter of the actor's community."""
    return sa.select(CharterVersion).where(CharterVersion.community_id == actor.community_id)


def version(session: Session, actor: Actor, number: int | None = None) -> CharterVersion:
    """Return one version; the one in force for None.

    :raises Refusal: ``not-found``.
    """
    wanted = actor.charter_number if number is None else number
    found = session.scalar(versions(actor).where(CharterVersion.number == wanted))
    if found is None:
        raise refuse("not-found", "The charter has no version of this number.")
    return found


def founding_charter(template: str | None, document: Mapping[str, Any] | None) -> Charter:
    """Return the charter a community is founded with: a document, a shipped template, or the usual one.

    :param template: the name of a shipped template.
    :raises Refusal: ``invalid-charter``, with a pointer to each part at fault; also for a template and a
        document at once, since nobody could say which was meant.
    """
    if document is None:
        document = TEMPLATES[template or DEFAULT_TEMPLATE].document
    elif template is not None:
        raise refuse(
            "invalid-charter", errors=[("#/charter_template", "state a charter or a template, not both")]
        )
    try:
        return read_charter(document)
    except InvalidCharter as invalid:
        raise refuse(
            "invalid-charter", errors=[(f"#/charter{pointer}", detail) for pointer, detail in invalid.errors]
        ) from None


def enter_into_force(
    session: Session,
    community_id: uuid.UUID,
    charter: Charter,
    *,
    number: int,
    at: dt.datetime,
    proposal_id: uuid.UUID | None = None,
) -> CharterVersion:
    """Write the next version; from its commit on it is in force.

    :param number: one more than the version in force; the unique constraint keeps numbers gapless under races.
    :param proposal_id: the amendment that made it.
    """
    body = canonical_json(charter.to_json())
    made = CharterVersion(
        community_id=community_id,
        number=number,
        body=body.decode(),
        digest=sha256_hex(body),
        proposal_id=proposal_id,
        in_force_from=at,
    )
    session.add(made)
    session.flush()
    return made


def as_document(made: CharterVersion) -> dict[str, Any]:
    """Return a version as served."""
    return {
        "number": made.number,
        "digest": made.digest,
        "proposal_id": made.proposal_id,
        "in_force_from": made.in_force_from,
        "charter": json.loads(made.body),
    }
