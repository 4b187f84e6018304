"""What clients send and receive about groups."""

from __future__ import annotations

from enum import StrEnum

from app.domain.groups import GroupKind, GroupStanding, Joining
from app.http.fields import LINE, UUID, Boolean, Enum, Instant, Integer, Representation, Strict, String
from app.http.paging import PageQuery

_LONGEST_TEXT = 10_000
_LONGEST_REASON = 2_000


class Mine(StrEnum):
    """Whose groups are listed."""

    ME = "me"


def _name(**options: object) -> String:
    return String(max_length=200, min_length=1, pattern=LINE, **options)


def _description(**options: object) -> String:
    return String(max_length=_LONGEST_TEXT, metadata={"description": "Markdown."}, **options)


def _joining(**options: object) -> Enum:
    description = "How people come in: by themselves, on a request that a steward grants, or by invitation."
    return Enum(Joining, metadata={"description": description}, **options)


class GroupDraft(Strict):
    """A group about to be made."""

    kind = Enum(GroupKind, required=True)
    name = _name(required=True)
    description = _description(load_default="")
    joining = _joining(load_default=Joining.OPEN)


class GroupChanges(Strict):
    """A merge patch (RFC 7396) of a group."""

    kind = Enum(GroupKind)
    name = _name()
    description = _description()
    joining = _joining()


class Archiving(Strict):
    """Why nothing more is done in a group."""

    reason = String(
        max_length=_LONGEST_REASON,
        min_length=1,
        required=True,
        metadata={"description": "For everybody in the community."},
    )


class GroupQuery(PageQuery):
    """Which groups are listed."""

    kind = Enum(GroupKind, load_default=None)
    archived = Boolean(load_default=None)
    member = Enum(Mine, load_default=None, metadata={"description": "me: those whose member you are."})


class GroupMemberQuery(PageQuery):
    """Which members of a group are listed."""

    standing = Enum(GroupStanding, load_default=None)
    steward = Boolean(load_default=None)


class Group(Representation):
    """A group, for you."""

    id = UUID()
    community_id = UUID()
    kind = Enum(GroupKind)
    name = String(max_length=200)
    description = String(max_length=_LONGEST_TEXT)
    joining = Enum(Joining)
    created_by = UUID(metadata={"description": "The membership of whoever made it."})
    created_at = Instant()
    archived_at = Instant(allow_none=True, metadata={"description": "Since when nothing is done in it."})
    archived_because = String(max_length=_LONGEST_REASON, allow_none=True)
    member_count = Integer()
    my_standing = Enum(
        GroupStanding, allow_none=True, metadata={"description": "Where you stand in it; null: nowhere."}
    )
    i_steward = Boolean(metadata={"description": "Whether you are one of its stewards."})
    version = Integer()


class GroupMember(Representation):
    """Where somebody stands in a group."""

    group_id = UUID()
    membership_id = UUID()
    display_name = String(max_length=200)
    standing = Enum(GroupStanding)
    steward = Boolean(metadata={"description": "Whether they are one of the group's stewards."})
    since = Instant(metadata={"description": "Since when they stand so."})
