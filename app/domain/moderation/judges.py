"""Who may judge: nobody on what they wrote, reported or decided themselves, and no brand against its critics."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass

from app.domain.charter.roles import Role


@dataclass(frozen=True, slots=True)
class Involved:
    """Whoever has something to do with a case, by membership.

    :param author: who wrote what it is about.
    :param reporters: who reported it.
    :param decided_by: who hid it; None before that.
    """

    author: uuid.UUID
    reporters: Collection[uuid.UUID]
    decided_by: uuid.UUID | None = None


def against_judging(judge: uuid.UUID, involved: Involved) -> str | None:
    """Say in a sentence why a member's own part in a case keeps them from judging it; None: nothing does."""
    if judge == involved.author:
        return "You wrote what it is about."
    if judge in involved.reporters:
        return "You reported it."
    if judge == involved.decided_by:
        return "You hid it: an appeal is decided by somebody else."
    return None


def against_owning(roles: Collection[Role], *, restores: bool, others: bool) -> str | None:
    """Say in a sentence why owning the brand keeps somebody from judging; None: nothing does.

    What was hidden, or is to be, may be criticism of the brand, so owners judge nothing, also where they are
    stewards. An appeal that no steward is left to decide would wait for ever; then an owner may decide it, in the
    author's favour alone.

    :param restores: whether an appeal is to be decided so that the thing is shown again.
    :param others: whether a steward is there who may decide.
    """
    if Role.BRAND_OWNER not in roles:
        return None
    if not restores:
        return "Who owns the brand hides nothing, and leaves nothing hidden."
    if others:
        return "A steward is there who may decide the appeal."
    return None
