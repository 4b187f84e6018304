"""Reserved matters: which proposals may be put to the community at all, and whose consent they need."""

from __future__ import annotations

from collections.abc import Iterable

from app.domain.charter.document import Charter
from app.domain.charter.roles import Role
from app.domain.charter.words import DecidedBy


def admission(charter: Charter, matters: Iterable[str]) -> list[tuple[str, str]]:
    """Say what forbids putting something to the community.

    Asked when a proposal is submitted, when its vote opens and before it takes effect.

    :param matters: ids of the reserved matters it touches.
    :return: (matter id, reason in one sentence), each matter once, in the order given; empty: it is admitted.
    """
    reasons: list[tuple[str, str]] = []
    for matter_id in dict.fromkeys(matters):
        matter = charter.reserved_matter(matter_id)
        if matter is None:
            reasons.append((matter_id, "The charter has no such reserved matter."))
        elif matter.decided_by is DecidedBy.BRAND_OWNER:
            reasons.append(
                (matter_id, f"The charter reserves this matter to the brand owner: {matter.title}.")
            )
    return reasons


def consents_needed(charter: Charter, matters: Iterable[str]) -> list[tuple[str, Role]]:
    """Return whose consent must be recorded before something takes effect.

    :param matters: ids of the reserved matters it touches; those the charter does not know need none here,
        because :func:`admission` forbids them.
    :return: (matter id, role), each matter once, in the order given.
    """
    found = ((each, charter.reserved_matter(each)) for each in dict.fromkeys(matters))
    return [(each, matter.consent) for each, matter in found if matter and matter.consent]
