"""What people do from the opening of a vote on, as the model has it: see :mod:`tests.stateful.before_vote`."""

from __future__ import annotations

import datetime as dt

from tests.stateful.amending import item, listed, span
from tests.stateful.before_vote import fitted, require, see
from tests.stateful.facts import Ballot, Document, Moment, Proposal, Refused, Veto
from tests.stateful.town import Town

YEAR = dt.timedelta(days=365)
DECIDED = ("voting", "veto_window", "vetoed", "override_voting", "overridden", "timelock")


def opens_from(proposal: Proposal, rule: Document) -> Moment:
    """Return from when on a vote can be opened: after the discussion, and the brand's time to speak."""
    assert proposal.discussed is not None
    waits = rule["answer_within"] is not None and not proposal.precommitments
    return proposal.discussed + (span(rule["precommitment_within"]) if waits else dt.timedelta())


def open_vote(town: Town, who: str, proposal: Proposal) -> bool:
    """Open a proposal's vote."""
    role = town.admit(who, "proposal.open_vote")
    see(who, proposal)
    require(proposal, "discussion")
    rule = town.rule(proposal.type, proposal.kind)
    assert proposal.discussed is not None
    if town.now < proposal.discussed:
        raise Refused("discussion-not-over")
    if town.now < opens_from(proposal, rule):
        raise Refused("precommitment-missing")
    if town.is_reserved(proposal.matters):
        raise Refused("reserved-matter")
    if proposal.operations and [item(town.charter, each) for each in proposal.operations] != proposal.basis:
        raise Refused("invalid-amendment")
    fitted(town, proposal.operations, rule)
    town.commit()
    proposal.rule, proposal.frozen = rule, town.version
    proposal.ballot = town.open(rule, rule, late=True)
    if rule["answer_within"] is not None and not proposal.precommitments:
        town.silences.append(town.now)
    town.take(proposal, "open_vote", role, to="voting")
    town.move(proposal, "voting", town.now, proposal.ballot.closes)
    return True


def cast(town: Town, who: str, proposal: Proposal, ballot: Ballot, choice: str) -> bool:
    """Vote, for the first time or again."""
    roles = town.roles[who]
    if not roles:
        raise Refused("not-found")
    if "member" not in roles:
        raise Refused("forbidden")
    if not ballot.opened <= town.now < ballot.closes:
        raise Refused("ballot-not-open")
    if who not in ballot.roll:
        raise Refused("not-on-roll")
    before = ballot.votes.get(who)
    if before == choice:
        return False
    if before is not None and not ballot.vote_change:
        raise Refused("already-voted")
    town.commit()
    watched = before is None and ballot.extension is not None and not ballot.extended
    watched = watched and not ballot.reaches_quorum()
    ballot.votes[who] = choice
    if watched and ballot.reaches_quorum():
        assert ballot.extension is not None
        if town.now + ballot.extension > ballot.closes:
            ballot.closes, ballot.extended = town.now + ballot.extension, True
            proposal.due = ballot.closes
    return True


def consent(town: Town, who: str, proposal: Proposal, matter: str) -> bool:
    """Give the consent that a reserved matter asks for."""
    town.admit(who, "proposal.consent")
    see(who, proposal)
    require(proposal, *DECIDED)
    if matter not in proposal.matters:
        raise Refused("reserved-matter")
    if (proposal.text, matter) in proposal.consents:
        return False
    asked = (town.matter(matter) or {}).get("consent")
    if asked is None:
        raise Refused("reserved-matter")
    if asked not in town.roles[who] or not town.gives(asked, "proposal.consent"):
        raise Refused("forbidden")
    town.commit()
    proposal.consents[proposal.text, matter] = asked
    town.take(proposal, "consent", asked)
    return True


def veto(town: Town, who: str, proposal: Proposal, ground: str) -> bool:
    """Veto what passed."""
    role = town.admit(who, "proposal.veto")
    see(who, proposal)
    require(proposal, "veto_window")
    assert proposal.rule is not None
    assert proposal.frozen is not None
    rule = proposal.rule["veto"]
    known = listed(proposal.frozen.charter["veto_grounds"], ground)
    if known is None or ground not in rule["grounds"]:
        raise Refused("ground-not-listed")
    recent = [each for each in vetoes(town, proposal.type) if town.now - each.at < YEAR]
    if len(recent) >= rule["yearly_quota"]:
        raise Refused("veto-not-possible")
    town.commit()
    since = until = None
    if rule["override"] and not known["absolute"]:
        since = town.now + span(rule["override"]["cooling"])
        until = since + span(rule["override"]["call_within"])
    made = Veto(who, town.now, proposal.type, ground, known["absolute"], since, until)
    proposal.vetoes[proposal.text] = made
    town.take(proposal, "veto", role, to="vetoed")
    town.move(proposal, "vetoed", town.now, until)
    return True


def vetoes(town: Town, type_id: str | None = None) -> list[Veto]:
    """Return the vetoes there were, under one decision type or under all."""
    found = [each for proposal in town.proposals for each in proposal.vetoes.values()]
    return [each for each in found if type_id in (None, each.type)]


def call_override(town: Town, who: str, proposal: Proposal) -> bool:
    """Call the vote over a veto."""
    role = town.admit(who, "proposal.override")
    see(who, proposal)
    require(proposal, "vetoed")
    vetoed = proposal.vetoes[proposal.text]
    if vetoed.since is None or vetoed.until is None or proposal.override is not None:
        raise Refused("override-not-possible")
    if not vetoed.since <= town.now < vetoed.until:
        raise Refused("override-not-possible")
    town.commit()
    assert proposal.rule is not None
    proposal.override = town.open(proposal.rule["veto"]["override"], proposal.rule, late=False)
    town.take(proposal, "call_override", role, to="override_voting")
    town.move(proposal, "override_voting", town.now, proposal.override.closes)
    return True


def accept(town: Town, who: str, number: int) -> bool:
    """Accept the charter in force."""
    town.admit(who)
    if number != town.version.number:
        raise Refused("charter-superseded")
    if (who, number) in town.accepted:
        return False
    town.commit()
    town.accepted.add((who, number))
    return True
