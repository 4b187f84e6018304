"""The model's community: its charter, who has which power, and what the clock does to proposals."""

from __future__ import annotations

import datetime as dt
from typing import Any

from tests.stateful.amending import Misfit, amended, item, listed, span
from tests.stateful.facts import (
    PRECEDENCE,
    ROLES,
    Ballot,
    Document,
    Milestone,
    Moment,
    Obligation,
    Proposal,
    Refused,
    Version,
    WouldDo,
)


class Town:
    """One community at one instant. ``settle`` brings it to the next."""

    def __init__(self, charter: Document, now: Moment) -> None:
        self.now = now
        self.versions = [Version(1, charter, now, None)]
        self.roles = dict(ROLES)
        self.accepted: set[tuple[str, int]] = set()
        self.proposals: list[Proposal] = []
        self.obligations: list[Obligation] = []
        self.silences: list[Moment] = []
        self.dry = False

    # --- who may --------------------------------------------------------------------------------------

    @property
    def version(self) -> Version:
        return self.versions[-1]

    @property
    def charter(self) -> Document:
        return self.version.charter

    def gives(self, role: str, power: str) -> bool:
        return power in self.charter["role_powers"].get(role, ())

    def admit(self, who: str, power: str | None = None) -> str:
        """Return the role in which somebody acts; None asks for the right of every insider to write.

        :raises Refused: to outsiders, to auditors, and to whom the charter in force gives no such power.
        """
        roles = self.roles[who]
        if not roles:
            raise Refused("not-found")
        if "auditor" not in roles:
            for role in PRECEDENCE:
                if role in roles and (power is None or self.gives(role, power)):
                    return role
        raise Refused("forbidden")

    def rule(self, type_id: str, *kinds: str) -> Document:
        """Return a decision type of the charter in force."""
        found = listed(self.charter["decision_types"], type_id)
        if found is None or found["for"] not in kinds:
            raise Refused("unknown-decision-type")
        return found

    def matter(self, matter_id: str) -> Document | None:
        return listed(self.charter["reserved_matters"], matter_id)

    def is_reserved(self, matters: list[str]) -> bool:
        """Say whether a matter is the brand owner's alone, or unknown."""
        found = [self.matter(each) for each in matters]
        return any(each is None or each["decided_by"] == "brand_owner" for each in found)

    def voters(self) -> frozenset[str]:
        return frozenset(
            who for who, roles in self.roles.items() if any(self.gives(role, "ballot.cast") for role in roles)
        )

    def commit(self) -> None:
        """Stop before anything is changed, if only asked whether it would be."""
        if self.dry:
            raise WouldDo

    # --- writing --------------------------------------------------------------------------------------

    def take(
        self, proposal: Proposal, action: str, role: str | None, at: Moment | None = None, to: str = ""
    ) -> None:
        """Write one step into a proposal's history."""
        source, proposal.state = proposal.state, to or proposal.state
        proposal.history.append((action, source, proposal.state, role, at or self.now))

    def move(self, proposal: Proposal, state: str, since: Moment, due: Moment | None) -> None:
        proposal.state, proposal.since, proposal.due = state, since, due

    def open(self, rules: Document, rule: Document, *, late: bool) -> Ballot:
        """Open a vote now.

        :param rules: what holds its quorum, threshold and voting period.
        :param late: whether the type's extension applies.
        """
        extension = rule["late_quorum_extension"] if late else None
        return Ballot(
            self.now,
            self.now + span(rules["voting_period"]),
            self.voters(),
            rules["quorum"],
            rules["threshold"],
            rule["vote_change"],
            None if extension is None else span(extension),
        )

    # --- the clock ------------------------------------------------------------------------------------

    def instants(self) -> list[Moment]:
        """Return the instants ahead at which something begins or ends, the next first."""
        found: list[Moment | None] = [each.due for each in self.proposals]
        found += [each.discussed for each in self.proposals if each.state == "discussion"]
        found += [veto.since for each in self.proposals for veto in each.vetoes.values()]
        found += [each.due for each in self.obligations if not each.answers]
        found += [each.due for owed in self.obligations for each in owed.milestones]
        return sorted({each for each in found if each is not None and each > self.now})

    def settle(self, now: Moment) -> None:
        """Let the time pass: every step at its own instant, in the order of instants."""
        self.now = now
        while due := [each for each in self.proposals if each.due is not None and each.due <= now]:
            self._step(min(due, key=lambda each: (each.due, each.id)))

    def _step(self, proposal: Proposal) -> None:
        at, was = proposal.due, proposal.state
        assert at is not None
        if was == "sponsoring":
            self.move(proposal, "lapsed", at, None)
            action = "lapse"
        elif was == "voting":
            action = "certify"
            self._certify(proposal, at)
        elif was == "veto_window":
            action = "end_veto_window"
            self._lock(proposal, "timelock", at)
        elif was == "vetoed":
            action, proposal.due = "uphold", None
        elif was == "override_voting":
            action = "certify_override"
            assert proposal.override is not None
            if proposal.override.outcome() == "passed":
                proposal.overridden = proposal.vetoes[proposal.text].overridden_at = at
                self._lock(proposal, "overridden", at)
            else:
                self.move(proposal, "vetoed", at, None)
        else:
            action = "enact"
            self._take_effect(proposal, at)
        proposal.history.append((action, was, proposal.state, None, at))

    def _certify(self, proposal: Proposal, at: Moment) -> None:
        assert proposal.ballot is not None
        assert proposal.rule is not None
        proposal.outcome, proposal.decided = proposal.ballot.outcome(), at
        if proposal.outcome != "passed":
            self.move(proposal, proposal.outcome, at, None)
        elif proposal.rule["veto"] and span(proposal.rule["veto"]["window"]):
            proposal.veto_ends = at + span(proposal.rule["veto"]["window"])
            self.move(proposal, "veto_window", at, proposal.veto_ends)
        else:
            self._lock(proposal, "timelock", at)

    def _lock(self, proposal: Proposal, state: str, at: Moment) -> None:
        assert proposal.rule is not None
        length = span(proposal.rule["timelock"])
        if length:
            self.move(proposal, state, at, at + length)
        else:
            self._take_effect(proposal, at)

    def _take_effect(self, proposal: Proposal, at: Moment) -> None:
        reason = self._overtaken(proposal)
        if reason is not None:
            proposal.stale = reason
            self.move(proposal, "stale", at, None)
            return
        proposal.enacted = at
        assert proposal.rule is not None
        if proposal.operations is not None:
            made = amended(self.charter, proposal.operations, proposal.rule)
            self.versions.append(Version(self.version.number + 1, made, at, proposal.id))
            proposal.enacted_version = self.version.number
        if proposal.rule["answer_within"] is None:
            self.move(proposal, "closed", at, None)
        else:
            self._owe(proposal, at)
            self.move(proposal, "obligations", at, None)

    def _overtaken(self, proposal: Proposal) -> str | None:
        if self.is_reserved(proposal.matters):
            return "reserved_matter"
        for each in proposal.matters:
            asked = (self.matter(each) or {}).get("consent")
            if asked is not None and proposal.consents.get((proposal.text, each)) != asked:
                return "consent_missing"
        if proposal.operations is None:
            return None
        assert proposal.rule is not None
        if [item(self.charter, each) for each in proposal.operations] != proposal.basis:
            return "conflict"
        try:
            amended(self.charter, proposal.operations, proposal.rule)
        except Misfit as misfit:
            return "entrenched" if misfit.slug == "entrenched" else "conflict"
        return None

    def _owe(self, proposal: Proposal, at: Moment) -> None:
        rule, frozen = proposal.rule, proposal.frozen
        assert rule is not None
        assert frozen is not None
        assert proposal.ballot is not None
        stated: Any = proposal.precommitments[-1] if proposal.precommitments else None
        known = [each["id"] for each in frozen.charter["veto_grounds"]]
        grounds = [each["id"] for each in stated["refusal_grounds"]] if stated else []
        grounds += [g for g in (rule["veto"] or {}).get("grounds", ()) if g in known and g not in grounds]
        owed = Obligation(
            proposal,
            rule["binding_level"],
            at,
            at + span(rule["answer_within"]),
            grounds,
            frozen.charter["delivery"],
        )
        if stated and rule["binding_level"] in ("co_decision", "binding"):
            owed.milestones.append(Milestone(at, at + span(stated["within"])))
        proposal.obligation = owed
        self.obligations.append(owed)


def millisecond(count: int = 1) -> dt.timedelta:
    """Return some milliseconds."""
    return dt.timedelta(milliseconds=count)
