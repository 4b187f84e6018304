"""What clients send and receive about reports, cases and the figures of moderation."""

from __future__ import annotations

from enum import StrEnum

import marshmallow as ma

from app.api.v1.charter.schemas import CHARTER_ID
from app.domain.charter.roles import Role
from app.domain.moderation.lifecycle import CaseAction, CaseState
from app.http.fields import UUID, Boolean, Enum, Instant, Integer, Representation, Strict, String
from app.http.paging import PageQuery
from app.services.moderation.things import BY_TYPE

LONGEST_REASON = 10_000
LONGEST_NOTE = 2_000
#: Something to be seen in it somewhere.
_SAYS_SOMETHING = r"^[^\x00]*[^\x00-\x20\x7f-\xa0][^\x00]*$"

ThingType = StrEnum("ThingType", [(name.upper(), name) for name in BY_TYPE])
ThingType.__doc__ = "What can be reported."


class Sorting(StrEnum):
    """In which order cases are listed."""

    NEWEST = "newest"
    DUE = "due"


def _reason() -> String:
    return String(
        max_length=LONGEST_REASON,
        min_length=1,
        pattern=_SAYS_SOMETHING,
        required=True,
        metadata={"description": "Public, and kept for good."},
    )


def _ground(**options: object) -> String:
    return String(max_length=32, min_length=1, pattern=CHARTER_ID, **options)


def _judged() -> Integer:
    return Integer(
        minimum=1,
        maximum=2**31 - 1,
        required=True,
        metadata={"description": "The version of the text that you judged."},
    )


class Reporting(Strict):
    """A report about to be made."""

    ground = _ground(
        required=True, metadata={"description": "One of the charter's moderation grounds, by id."}
    )
    note = String(
        max_length=LONGEST_NOTE,
        load_default="",
        metadata={"description": "For stewards and auditors alone."},
    )


class Dismissing(Strict):
    """Why something is left as it is."""

    reason = _reason()
    text_number = _judged()


class HidingDecision(Strict):
    """On what ground something is hidden, and why."""

    ground = _ground(
        required=True, metadata={"description": "One of the charter's, not necessarily the one reported."}
    )
    reason = _reason()
    text_number = _judged()


class Appealing(Strict):
    """Why one's text should be shown again."""

    reason = _reason()


class AppealDecision(Strict):
    """Why an appeal is decided so."""

    reason = _reason()


class Hidden(Representation):
    """Why something is hidden; public."""

    case_id = UUID()
    state = Enum(CaseState, metadata={"description": "hidden, appealed or upheld."})
    ground = String(max_length=32)
    title = String(
        max_length=200, metadata={"description": "The ground's title in the charter at that time."}
    )
    reason = String(max_length=LONGEST_REASON)
    hidden_at = Instant()
    appeal_until = Instant(metadata={"description": "Until when its author may appeal."})


class Report(Representation):
    """A report."""

    id = UUID()
    case_id = UUID()
    subject_id = UUID()
    membership_id = UUID(metadata={"description": "Who made it."})
    ground = String(max_length=32)
    note = String(max_length=LONGEST_NOTE)
    made_at = Instant()
    decide_by = Instant(metadata={"description": "By when its ground wants a decision."})


class OwnReport(Report):
    """A report of one's own, and what became of it."""

    subject_type = Enum(ThingType)
    state = Enum(CaseState, metadata={"description": "Of its case."})


class Case(Representation):
    """A case about one thing."""

    id = UUID()
    community_id = UUID()
    subject_type = Enum(ThingType)
    subject_id = UUID(metadata={"description": "What it is about; stewards and auditors read it there."})
    number = Integer(metadata={"description": "Counts the cases about this thing."})
    author_id = UUID(metadata={"description": "Who wrote what it is about."})
    state = Enum(CaseState)
    opened_at = Instant()
    due_at = Instant(
        allow_none=True, metadata={"description": "By when the decision waited for falls due; null: none is."}
    )
    late = Boolean(metadata={"description": "Whether that is over."})
    report_count = Integer()
    grounds = ma.fields.Dict(
        keys=ma.fields.String(),
        values=ma.fields.Integer(),
        metadata={"description": "How many reports there are on each ground."},
    )
    text_number = Integer(
        allow_none=True, metadata={"description": "The version of the text that was judged and hidden."}
    )
    ground = String(max_length=32, allow_none=True)
    ground_title = String(max_length=200, allow_none=True)
    reason = String(max_length=LONGEST_REASON, allow_none=True)
    decided_by = UUID(allow_none=True, metadata={"description": "Who hid it."})
    hidden_at = Instant(allow_none=True)
    appeal_until = Instant(allow_none=True)
    actions = ma.fields.List(
        Enum(CaseAction), metadata={"description": "What is open to whom it concerns in this state."}
    )
    version = Integer()


class CaseStep(Representation):
    """One step of a case."""

    number = Integer()
    action = Enum(CaseAction)
    source = Enum(CaseState)
    target = Enum(CaseState)
    membership_id = UUID(metadata={"description": "Who took it."})
    role = Enum(Role, allow_none=True, metadata={"description": "As which it was taken."})
    ground = String(max_length=32, allow_none=True)
    reason = String(max_length=LONGEST_REASON, allow_none=True)
    due_at = Instant(allow_none=True, metadata={"description": "By when what may follow falls due."})
    at = Instant()


class CaseQuery(PageQuery):
    """Which cases are listed, and in which order."""

    state = Enum(CaseState, load_default=None)
    subject_type = Enum(ThingType, load_default=None)
    ground = _ground(load_default=None, metadata={"description": "Those reported on it."})
    late = Boolean(load_default=None, metadata={"description": "Those that wait too long, or that do not."})
    sort = Enum(
        Sorting,
        load_default=Sorting.NEWEST,
        metadata={"description": "due: only those that wait for a decision, the soonest due first."},
    )


# --- figures ------------------------------------------------------------------------------------------


class Decisions(Representation):
    """How decisions kept up."""

    waiting = Integer()
    late = Integer(metadata={"description": "Of those waiting, longer than their ground allows."})
    decided_late = Integer()
    withdrawn = Integer(metadata={"description": "Taken back by their authors before anybody decided."})
    median_seconds = String(
        max_length=40,
        allow_none=True,
        metadata={"description": "Exact, such as 86400 or 3/2; null where nothing was decided."},
    )


class GroundFigures(Representation):
    """The figures of one ground."""

    reported = Integer()
    hidden = Integer()
    restored = Integer(metadata={"description": "Hidden on it, and shown again on appeal."})


class ModerationFigures(Representation):
    """What was reported, hidden and restored, up to one instant. What happens later never changes it."""

    at = Instant()
    reports = Integer()
    cases = Integer(metadata={"description": "Things reported; again after a decision counts again."})
    dismissed = Integer()
    hidden = Integer(metadata={"description": "How often something was hidden, whatever came of it."})
    decisions = ma.fields.Nested(Decisions, metadata={"description": "On reports."})
    appeals = Integer()
    upheld = Integer()
    restored = Integer()
    appeal_decisions = ma.fields.Nested(Decisions, metadata={"description": "On appeals."})
    grounds = ma.fields.Dict(
        keys=ma.fields.String(),
        values=ma.fields.Nested(GroundFigures),
        metadata={"description": "By ground."},
    )


class ModerationSeries(Representation):
    """The figures at several instants."""

    items = ma.fields.List(
        ma.fields.Nested(ModerationFigures), metadata={"description": "The earliest first."}
    )
