"""What holds of a whole walk, looked up in what the service kept: history, log, versions, and the twin."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from tests.stateful.calls import instant
from tests.stateful.from_vote import YEAR
from tests.stateful.stage import Community
from tests.stateful.walk import Walk
from tests.support import scorecard_from_log

#: Where each action may lead from and to, as docs/lifecycles.md draws it; to "" where the state stays.
PATHS: dict[str, tuple[str, str]] = {
    "update": ("draft", ""),
    "submit": ("draft", "sponsoring discussion"),
    "sponsor": ("sponsoring", "sponsoring discussion"),
    "unsponsor": ("sponsoring", ""),
    "rewrite": ("sponsoring discussion", ""),
    "suggest": ("sponsoring discussion", ""),
    "decide_suggestion": ("sponsoring discussion", ""),
    "classify": ("sponsoring discussion", ""),
    "precommit": ("draft sponsoring discussion", ""),
    "withdraw": ("draft sponsoring discussion", "withdrawn"),
    "lapse": ("sponsoring", "lapsed"),
    "open_vote": ("discussion", "voting"),
    "certify": ("voting", "veto_window timelock obligations closed rejected inquorate stale"),
    "consent": ("voting veto_window vetoed override_voting overridden timelock", ""),
    "veto": ("veto_window", "vetoed"),
    "end_veto_window": ("veto_window", "timelock obligations closed stale"),
    "call_override": ("vetoed", "override_voting"),
    "uphold": ("vetoed", ""),
    "certify_override": ("override_voting", "vetoed overridden obligations closed stale"),
    "enact": ("overridden timelock", "obligations closed stale"),
    "conclude": ("obligations", "closed"),
    "rebase": ("stale", "sponsoring discussion"),
}
FAILED = {"rejected", "inquorate", "withdrawn", "lapsed", "closed"}
#: The power that an entry of the log takes, where its role is one that acted.
POWERS = {
    "proposal.created": "proposal.raise",
    "proposal.sponsored": "proposal.sponsor",
    "proposal.suggested": "proposal.suggest",
    "proposal.classified": "proposal.classify",
    "proposal.precommitted": "precommitment.record",
    "proposal.vote_opened": "proposal.open_vote",
    "proposal.consented": "proposal.consent",
    "proposal.vetoed": "proposal.veto",
    "proposal.override_called": "proposal.override",
    "ballot.opened": "proposal.open_vote proposal.override",
    "ballot.cast": "ballot.cast",
    "obligation.answered": "obligation.answer",
    "milestone.evidenced": "obligation.answer",
    "milestone.attested": "milestone.attest",
    "milestone.promised": "obligation.answer",
    "role.granted": "role.grant",
    "role.revoked": "role.revoke",
}
#: What an entry is by right, in any role but an auditor's, or what the clock does, in none.
RIGHTS = {
    "proposal.updated",
    "proposal.submitted",
    "proposal.unsponsored",
    "proposal.rewritten",
    "proposal.suggestion_decided",
    "proposal.withdrawn",
    "proposal.rebased",
    "charter.accepted",
    "member.joined",
    "community.founded",
}
CLOCK = {
    "proposal.lapsed",
    "proposal.certified",
    "proposal.veto_window_ended",
    "proposal.veto_upheld",
    "proposal.override_certified",
    "proposal.enacted",
    "proposal.concluded",
    "charter.enacted",
    "obligation.created",
    "ballot.closed",
    "ballot.extended",
    "milestone.promised",
}


def check(walk: Walk) -> None:
    """Check everything that holds at the end of a walk."""
    histories = _histories(walk, walk.here)
    entries = scorecard_from_log.served(walk.here.people["aud"], walk.here.place)
    _paths(walk, histories)
    _log_tells_the_history(walk, histories, entries)
    versions = _versions(walk, walk.here)
    _powers(entries, versions)
    _scorecard(walk, entries)
    _vetoes(entries, versions, walk)
    _twin(walk, histories, versions)


def _histories(walk: Walk, place: Community) -> list[list[Any]]:
    found = []
    for each in walk.town.proposals:
        steps = place.all(each.author, f"/proposals/{place.path_to(each)}/history")
        assert [step["number"] for step in steps] == list(range(1, len(steps) + 1))
        names = ("action", "source", "target", "role", "at")
        found.append([tuple(step[name] for name in names) for step in steps])
    return found


def _paths(walk: Walk, histories: list[list[Any]]) -> None:
    """Every history is a path of the lifecycle, the model's, and nothing that failed comes back."""
    for each, steps in zip(walk.town.proposals, histories, strict=True):
        assert steps == [(*step[:4], instant(step[4])) for step in each.history]
        state = None
        for action, source, target, _, _ in steps:
            assert source == state, steps
            if action == "create":
                assert (source, target) == (None, "draft")
            else:
                sources, targets = PATHS[action]
                assert source in sources.split(), steps
                assert target in (targets.split() or [source]), steps
                assert source not in FAILED, steps
            state = target
        assert [step[4] for step in steps] == sorted(step[4] for step in steps)


def _log_tells_the_history(walk: Walk, histories: list[list[Any]], entries: list[Any]) -> None:
    """The entries about a proposal say its history, step by step."""
    for each, steps in zip(walk.town.proposals, histories, strict=True):
        about = {"id": each.id, "type": "proposal"}
        told = [one for one in entries if one["entry"]["object"] == about]
        assert len(told) == len(steps)
        assert told[0]["entry"]["action"] == "proposal.created"
        for one, (action, source, target, role, at) in zip(told[1:], steps[1:], strict=True):
            content = one["content"]
            assert content["action"] == action
            assert content["state"] == {"before": source, "after": target}
            assert (content["effective_at"], one["entry"]["role"]) == (at, role)
            assert one["entry"]["at"] >= at


def _versions(walk: Walk, place: Community) -> list[Any]:
    """Versions are gapless, and each digest is that of the document served under its number."""
    listed = place.all("aud", "/charter/versions")[::-1]
    assert [each["number"] for each in listed] == list(range(1, len(listed) + 1))
    versions = [place.get("aud", f"/charter/versions/{each['number']}") for each in listed]
    for each, served, known in zip(listed, versions, walk.town.versions, strict=True):
        written = json.dumps(
            served["charter"], sort_keys=True, separators=(",", ":"), ensure_ascii=False
        ).encode()
        assert served["digest"] == each["digest"] == hashlib.sha256(written).hexdigest()
        assert served["charter"] == known.charter
        if known.number > 1:
            assert served["in_force_from"] == instant(known.since)
    return versions


def _powers(entries: list[Any], versions: list[Any]) -> None:
    """Whatever anybody did was theirs to do by the version in force when it was written."""
    number = 1
    for one in entries:
        entry = one["entry"]
        action, role = entry["action"], entry["role"]
        if action == "charter.enacted":
            number += 1
            assert one["content"]["version"] == number
            assert one["content"]["digest"] == versions[number - 1]["digest"]
        if role is None:
            assert action in CLOCK or action == "member.joined", entry
            continue
        assert role != "auditor", entry
        if action in RIGHTS:
            continue
        held = versions[number - 1]["charter"]["role_powers"][role]
        assert set(POWERS[action].split()) & set(held), entry


def _scorecard(walk: Walk, entries: list[Any]) -> None:
    """The scorecard follows from the log alone, and no later event changed an earlier one."""
    served = walk.here.get("ann", "/scorecard")
    assert served == scorecard_from_log.scorecard_from_entries(entries, served["at"])
    for at, shown in walk.past[-3:]:
        assert walk.here.get("own", f"/scorecard?at={instant(at)}") == shown
        assert scorecard_from_log.scorecard_from_entries(entries, instant(at)) == shown


def _vetoes(entries: list[Any], versions: list[Any], walk: Walk) -> None:
    """In any 365 days there are at most as many vetoes under a type as the rule voted under allows."""
    for each in walk.town.proposals:
        for veto in each.vetoes.values():
            rivals = [
                other
                for another in walk.town.proposals
                for other in another.vetoes.values()
                if other.type == veto.type and veto.at - YEAR < other.at <= veto.at
            ]
            limits = [
                kind["veto"]["yearly_quota"]
                for version in versions
                for kind in version["charter"]["decision_types"]
                if kind["id"] == veto.type
            ]
            assert len(rivals) <= max(limits)
    told = [one for one in entries if one["entry"]["action"] == "proposal.vetoed"]
    assert len(told) == sum(len(each.vetoes) for each in walk.town.proposals)
    for one in told:
        assert one["content"]["quota"]["used"] <= one["content"]["quota"]["of"]


def _twin(walk: Walk, histories: list[list[Any]], versions: list[Any]) -> None:
    """The twin, at which nobody looked, went the same way and at the same instants."""
    assert _histories(walk, walk.twin) == histories
    for mine, theirs in zip(versions, _versions(walk, walk.twin), strict=True):
        names = ("number", "charter", "digest")
        assert [mine[name] for name in names] == [theirs[name] for name in names]
    assert _debts(walk, walk.here) == _debts(walk, walk.twin)
    assert walk.here.get("aud", "/scorecard") == walk.twin.get("aud", "/scorecard")


def _debts(walk: Walk, place: Community) -> list[Any]:
    """Return what is owed, in the order of the proposals."""
    by_proposal = {each["proposal_id"]: each for each in place.all("aud", "/obligations")}
    known = (place.path_to(each) for each in walk.town.proposals)
    return [_bare(by_proposal.get(each)) for each in known]


def _bare(value: Any) -> Any:
    """Return what is served without the names that differ from one community to the other."""
    if isinstance(value, dict):
        return {name: _bare(each) for name, each in value.items() if not _is_name(name)}
    return [_bare(each) for each in value] if isinstance(value, list) else value


def _is_name(key: str) -> bool:
    return key in ("id", "links", "version", "membership_id") or key.endswith("_id")
