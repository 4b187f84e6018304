"""What people do before a vote, as the model has it: refused with these words, or done with these effects.

Each function first judges, then commits, then changes the facts; it returns False where it is done already.
"""

from __future__ import annotations

from typing import Any

from tests.stateful.amending import Misfit, amended, item, span
from tests.stateful.facts import Document, Proposal, Refused, Suggestion
from tests.stateful.town import Town

BEFORE = ("draft", "sponsoring", "discussion")
DISCUSSED = ("sponsoring", "discussion")


def see(who: str, proposal: Proposal) -> None:
    """A draft is there for its author alone."""
    if not proposal.submitted and who != proposal.author:
        raise Refused("not-found")


def require(proposal: Proposal, *states: str) -> None:
    """Ask for a state."""
    if proposal.state not in states:
        raise Refused("illegal-step")


def authored(town: Town, who: str, proposal: Proposal, *states: str) -> str:
    """Ask that somebody wrote a proposal, and for its state."""
    role = town.admit(who)
    see(who, proposal)
    if who != proposal.author:
        raise Refused("not-the-author")
    require(proposal, *states)
    return role


def usable(town: Town, who: str, type_id: str, *kinds: str) -> Document:
    """Return a decision type that somebody may raise a proposal under."""
    rule = town.rule(type_id, *kinds)
    if not town.roles[who] & set(rule["opened_by"]):
        raise Refused("forbidden")
    return rule


def fitted(town: Town, operations: list[Document] | None, rule: Document) -> list[Any]:
    """Return what an amendment is based on, if the charter in force takes it."""
    if operations is None:
        return []
    try:
        amended(town.charter, operations, rule)
    except Misfit as misfit:
        raise Refused(misfit.slug) from None
    return [item(town.charter, each) for each in operations]


def draft(
    town: Town, who: str, type_id: str, operations: list[Document] | None, matters: list[str]
) -> Proposal:
    """Draft a proposal."""
    role = town.admit(who, "proposal.raise")
    rule = usable(town, who, type_id, "proposal", "amendment")
    if (rule["for"] == "amendment") != (operations is not None):
        raise Refused("invalid-amendment")
    if any(town.matter(each) is None for each in matters):
        raise Refused("reserved-matter")
    town.commit()
    made = Proposal(who, type_id, operations, matters, "draft", town.now)
    made.history.append(("create", None, "draft", role, town.now))
    town.proposals.append(made)
    return made


def submit(town: Town, who: str, proposal: Proposal) -> bool:
    """Put a draft to the community."""
    role = authored(town, who, proposal, "draft")
    rule = usable(town, who, proposal.type, proposal.kind)
    basis = fitted(town, proposal.operations, rule)
    if town.is_reserved(proposal.matters):
        raise Refused("reserved-matter")
    town.commit()
    proposal.submitted = True
    _put_forward(town, proposal, rule, basis)
    proposal.history.append(("submit", "draft", proposal.state, role, town.now))
    return True


def rebase(town: Town, who: str, proposal: Proposal, operations: list[Document] | None) -> bool:
    """Put a stale proposal to the community again."""
    role = authored(town, who, proposal, "stale")
    rule = usable(town, who, proposal.type, proposal.kind)
    basis = fitted(town, operations, rule)
    if town.is_reserved(proposal.matters):
        raise Refused("reserved-matter")
    town.commit()
    proposal.operations = operations
    proposal.text += 1
    proposal.stale = proposal.outcome = proposal.rule = proposal.frozen = None
    proposal.ballot = proposal.override = None
    proposal.decided = proposal.veto_ends = proposal.overridden = None
    _put_forward(town, proposal, rule, basis)
    proposal.history.append(("rebase", "stale", proposal.state, role, town.now))
    return True


def _put_forward(town: Town, proposal: Proposal, rule: Document, basis: list[Any]) -> None:
    proposal.base, proposal.basis = town.version.number, basis
    if len(proposal.sponsors) < rule["sponsors"]:
        proposal.discussed = None
        town.move(proposal, "sponsoring", town.now, town.now + span(rule["sponsoring_period"]))
    else:
        _discuss(town, proposal, rule)


def _discuss(town: Town, proposal: Proposal, rule: Document) -> None:
    proposal.discussed = town.now + span(rule["discussion_period"])
    town.move(proposal, "discussion", town.now, None)


def base_rule(town: Town, proposal: Proposal) -> Document:
    """Return the decision type as it read when the proposal was last judged before its vote."""
    assert proposal.base is not None
    types = town.versions[proposal.base - 1].charter["decision_types"]
    return next(each for each in types if each["id"] == proposal.type)


def sponsor(town: Town, who: str, proposal: Proposal) -> bool:
    """Support a proposal."""
    role = town.admit(who, "proposal.sponsor")
    see(who, proposal)
    if who in proposal.sponsors:
        return False
    require(proposal, "sponsoring")
    if who == proposal.author:
        raise Refused("conflict")
    town.commit()
    proposal.sponsors.add(who)
    rule, was = base_rule(town, proposal), proposal.state
    if len(proposal.sponsors) >= rule["sponsors"]:
        _discuss(town, proposal, rule)
    proposal.history.append(("sponsor", was, proposal.state, role, town.now))
    return True


def unsponsor(town: Town, who: str, proposal: Proposal) -> bool:
    """Take one's support back."""
    role = town.admit(who)
    see(who, proposal)
    require(proposal, "sponsoring")
    if who not in proposal.sponsors:
        return False
    town.commit()
    proposal.sponsors.remove(who)
    town.take(proposal, "unsponsor", role)
    return True


def withdraw(town: Town, who: str, proposal: Proposal) -> bool:
    """Take a proposal back."""
    role = authored(town, who, proposal, *BEFORE)
    town.commit()
    town.take(proposal, "withdraw", role, to="withdrawn")
    town.move(proposal, "withdrawn", town.now, None)
    return True


def rewrite(town: Town, who: str, proposal: Proposal, operations: list[Document] | None) -> bool:
    """Change the draft, or replace the text by its next number; with operations where some are given."""
    role = authored(town, who, proposal, *BEFORE)
    if proposal.state == "draft":
        rule = usable(town, who, proposal.type, "proposal", "amendment")
        if (rule["for"] == "amendment") != (operations is not None or proposal.operations is not None):
            raise Refused("invalid-amendment")
        if any(town.matter(each) is None for each in proposal.matters):
            raise Refused("reserved-matter")
        town.commit()
        proposal.operations = operations or proposal.operations
        town.take(proposal, "update", role)
        return True
    if operations is not None:
        rule = town.rule(proposal.type, proposal.kind)
        if proposal.kind == "proposal":
            raise Refused("invalid-amendment")
        basis = fitted(town, operations, rule)
    town.commit()
    if operations is not None:
        proposal.operations, proposal.basis = operations, basis
        proposal.base = town.version.number
    proposal.text += 1
    town.take(proposal, "rewrite", role)
    return True


def suggest(town: Town, who: str, proposal: Proposal) -> bool:
    """Suggest another text."""
    role = town.admit(who, "proposal.suggest")
    see(who, proposal)
    require(proposal, *DISCUSSED)
    town.commit()
    proposal.suggestions.append(Suggestion(who, proposal.text))
    town.take(proposal, "suggest", role)
    return True


def decide(town: Town, who: str, proposal: Proposal, suggestion: Suggestion, verdict: str) -> bool:
    """Accept or refuse a suggestion, or take one's own back."""
    if verdict == "withdrawn":
        role = town.admit(who)
        see(who, proposal)
        require(proposal, *DISCUSSED)
        if who != suggestion.by:
            raise Refused("not-the-author")
    else:
        role = authored(town, who, proposal, *DISCUSSED)
    if suggestion.verdict is not None:
        raise Refused("suggestion-decided")
    if verdict == "accepted" and suggestion.text != proposal.text:
        raise Refused("text-superseded")
    town.commit()
    suggestion.verdict = verdict
    proposal.text += verdict == "accepted"
    town.take(proposal, "decide_suggestion", role)
    return True


def classify(town: Town, who: str, proposal: Proposal, matters: list[str]) -> bool:
    """Say which reserved matters a proposal touches."""
    role = town.admit(who, "proposal.classify")
    see(who, proposal)
    require(proposal, *DISCUSSED)
    if any(town.matter(each) is None for each in matters):
        raise Refused("reserved-matter")
    town.commit()
    proposal.matters = matters
    town.take(proposal, "classify", role)
    return True


def precommit(town: Town, who: str, proposal: Proposal, stated: Document) -> bool:
    """Say for the brand what happens if it passes."""
    role = town.admit(who, "precommitment.record")
    see(who, proposal)
    require(proposal, *BEFORE)
    rule = town.rule(proposal.type, "proposal", "amendment")
    if rule["answer_within"] is None:
        raise Refused("conflict")
    if stated["refusal_grounds"] and rule["binding_level"] == "binding":
        raise Refused("refusal-not-allowed")
    town.commit()
    proposal.precommitments.append(stated)
    town.take(proposal, "precommit", role)
    return True
