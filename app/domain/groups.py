"""Groups inside a community: their kinds, how people come in, and where somebody stands in one.

What leads from where to where is the two tables below: what somebody does about themselves, and what the group's
stewards do about them.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class GroupKind(StrEnum):
    """What sort of group it is: people who try things out, who live near each other, or who share a cause."""

    LAB = "lab"
    CHAPTER = "chapter"
    CIRCLE = "circle"


class Joining(StrEnum):
    """How people come in: by themselves, once a steward says yes to their request, or by invitation alone."""

    OPEN = "open"
    APPROVAL = "approval"
    INVITATION = "invitation"


class GroupStanding(StrEnum):
    """Where somebody stands in a group. Only a member votes, posts and can be a steward there."""

    INVITED = "invited"
    REQUESTED = "requested"
    MEMBER = "member"
    #: By a steward, who alone can ask them in again.
    REMOVED = "removed"


class Visibility(StrEnum):
    """Who sees what belongs to a group: the whole community, or the group alone."""

    COMMUNITY = "community"
    GROUP = "group"


#: Where asking to come in leads somebody whom nothing connects with the group yet; None: nowhere.
_ON_ASKING: Mapping[Joining, GroupStanding | None] = {
    Joining.OPEN: GroupStanding.MEMBER,
    Joining.APPROVAL: GroupStanding.REQUESTED,
    Joining.INVITATION: None,
}


def after_asking(standing: GroupStanding | None, joining: Joining) -> GroupStanding | None:
    """Return where somebody stands who asks to come in; None where that is not open to them.

    An invitation is taken up by asking. A request that waits becomes a membership where the group has been opened
    since.

    :param standing: where they stand before; None: nowhere.
    """
    match standing:
        case GroupStanding.REMOVED:
            return None
        case GroupStanding.MEMBER | GroupStanding.INVITED:
            return GroupStanding.MEMBER
        case GroupStanding.REQUESTED if joining is not Joining.OPEN:
            return GroupStanding.REQUESTED
        case _:
            return _ON_ASKING[joining]


def after_admitting(standing: GroupStanding | None) -> GroupStanding:
    """Return where somebody stands whom a steward lets in: a request is granted, anybody else is invited.

    Nobody is a member of a group without having asked for it.
    """
    asked = {GroupStanding.REQUESTED, GroupStanding.MEMBER}
    return GroupStanding.MEMBER if standing in asked else GroupStanding.INVITED


def after_removing(standing: GroupStanding) -> GroupStanding | None:
    """Return where somebody stands whom a steward turns away: a member is removed, whoever waits is gone."""
    return GroupStanding.REMOVED if standing is GroupStanding.MEMBER else None
