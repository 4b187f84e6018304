"""What the brand does about its debts and members say of it, as the model has it, and the scorecard of it all."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from typing import Any

from tests.stateful.facts import Document, Milestone, Moment, Obligation, Refused, Round
from tests.stateful.from_vote import vetoes
from tests.stateful.town import Town

VERDICTS = ("accepted", "accepted_in_part", "refused")


# --- where they stand ---------------------------------------------------------------------------------


def state_of(owed: Obligation, now: Moment) -> str:
    """Say where an answer stands: an answer at the due instant itself is in time."""
    if owed.answers:
        return "answered"
    return "overdue" if now > owed.due else "pending"


def is_disputed(owed: Obligation, round_: Round) -> bool:
    """Say whether members dispute a delivery."""
    said = list(round_.words.values())
    against, least = said.count("disputed"), owed.delivery["least_attestations"]
    threshold = Fraction(owed.delivery["dispute_threshold"])
    return against > 0 and len(said) >= least and Fraction(against, len(said)) >= threshold


def milestone_state(owed: Obligation, milestone: Milestone, now: Moment) -> str:
    """Say where a promise stands."""
    if not milestone.rounds:
        return "overdue" if now > milestone.due else "planned"
    last = milestone.rounds[-1]
    if is_disputed(owed, last):
        return "disputed"
    return "confirmed" if len(last.words) >= owed.delivery["least_attestations"] else "submitted"


def delivered_at(owed: Obligation, milestone: Milestone) -> Moment | None:
    """Return when what stands was delivered."""
    if not milestone.rounds or is_disputed(owed, milestone.rounds[-1]):
        return None
    return milestone.rounds[-1].at


def _conclude(town: Town, owed: Obligation) -> None:
    if owed.concluded is not None or not owed.answers:
        return
    states = {milestone_state(owed, each, town.now) for each in owed.milestones}
    if owed.answers[-1][0] != "refused" and states - {"confirmed"}:
        return
    owed.concluded, proposal = town.now, owed.proposal
    if proposal.state == "obligations":
        town.take(proposal, "conclude", None, to="closed")
        town.move(proposal, "closed", town.now, None)


# --- what people do -----------------------------------------------------------------------------------


def answer(
    town: Town, who: str, owed: Obligation, verdict: str, *, ground: str | None, promised: list[Moment]
) -> bool:
    """Answer for the brand."""
    town.admit(who, "obligation.answer")
    if owed.concluded is not None:
        raise Refused("obligation-not-open")
    if promised and verdict == "refused":
        raise Refused("conflict")
    if verdict == "accepted":
        bare = owed.level == "binding" and not (owed.milestones or promised)
        refused = ground is not None or bare
    else:
        unnamed = ground is None and owed.level == "co_decision"
        unknown = ground is not None and ground not in owed.grounds
        refused = owed.level == "binding" or unnamed or unknown
    if refused:
        raise Refused("refusal-not-allowed")
    if any(due <= town.now for due in promised):
        raise Refused("conflict")
    town.commit()
    owed.answers.append((verdict, town.now))
    owed.milestones += [Milestone(town.now, due) for due in promised]
    _conclude(town, owed)
    return True


def promise(town: Town, who: str, owed: Obligation, due: Moment) -> bool:
    """Promise something more."""
    town.admit(who, "obligation.answer")
    if owed.concluded is not None:
        raise Refused("obligation-not-open")
    if due <= town.now:
        raise Refused("conflict")
    town.commit()
    owed.milestones.append(Milestone(town.now, due))
    _conclude(town, owed)
    return True


def give_evidence(town: Town, who: str, owed: Obligation, milestone: Milestone) -> bool:
    """Show that a promise was kept."""
    town.admit(who, "obligation.answer")
    state = milestone_state(owed, milestone, town.now)
    open_dispute = state == "submitted" and "disputed" in milestone.rounds[-1].words.values()
    if state == "confirmed" or open_dispute:
        raise Refused("obligation-not-open")
    town.commit()
    milestone.rounds.append(Round(town.now))
    _conclude(town, owed)
    return True


def attest(
    town: Town, who: str, owed: Obligation, milestone: Milestone, *, verdict: str, number: int | None
) -> bool:
    """Say of the last evidence whether it delivers."""
    town.admit(who, "milestone.attest")
    if "brand_owner" in town.roles[who]:
        raise Refused("forbidden")
    if not milestone.rounds:
        raise Refused("obligation-not-open")
    if number not in (None, len(milestone.rounds)):
        raise Refused("conflict")
    words = milestone.rounds[-1].words
    if words.get(who) == verdict:
        return False
    town.commit()
    words[who] = verdict
    _conclude(town, owed)
    return True


# --- the scorecard ------------------------------------------------------------------------------------


def scorecard(town: Town) -> Document:
    """Return the figures at this moment, counted one by one."""
    now, owed = town.now, town.obligations
    promised = [(each, milestone) for each in owed for milestone in each.milestones]
    answered = [each for each in owed if each.answers]
    overdue = [each for each in owed if state_of(each, now) == "overdue"]
    late = [each for each in answered if each.answers[0][1] > each.due]
    delivered = [pair for pair in promised if delivered_at(*pair) is not None]
    in_time = [pair for pair in delivered if pair[1].rounds[-1].at <= pair[1].due]
    missed = [pair for pair in promised if delivered_at(*pair) is None and now > pair[1].due]
    disputed = [pair for pair in promised if any(is_disputed(pair[0], each) for each in pair[1].rounds)]
    last = [each.answers[-1][0] for each in answered]
    return {
        "obligations": len(owed),
        "answered": _share(len(answered), len(answered) + len(overdue)),
        "answered_late": len(late),
        "overdue": len(overdue),
        "median_seconds_to_answer": _median([each.answers[0][1] - each.since for each in answered]),
        "verdicts": {verdict: last.count(verdict) for verdict in VERDICTS},
        "promised": len(promised),
        "delivered_on_time": _share(len(in_time), len(delivered) + len(missed)),
        "promises_overdue": len(missed),
        "promises_disputed": len(disputed),
        "vetoes": _vetoes(town),
        "precommitments_missing": len(town.silences),
    }


def _share(part: int, whole: int) -> Document:
    return {"count": part, "of": whole, "ratio": f"{part}/{whole}" if whole else None}


def _median(waits: list[dt.timedelta]) -> str | None:
    if not waits:
        return None
    milliseconds = sorted(wait // dt.timedelta(milliseconds=1) for wait in waits)
    half = len(waits) // 2
    middle = milliseconds[half] + milliseconds[-half - 1]
    return str(Fraction(middle, 2_000))


def _vetoes(town: Town) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for each in sorted(vetoes(town), key=lambda veto: veto.ground):
        figures = found.setdefault(each.ground, {"vetoed": 0, "overridden": 0})
        figures["vetoed"] += 1
        figures["overridden"] += each.overridden_at is not None
    return found
