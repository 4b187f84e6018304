"""A recount with delegations agrees with what was certified, and notices whatever is not as it was."""

from __future__ import annotations

import json
import time
from dataclasses import replace

import pytest

from app import create_app
from app.cli.demo.audit import _promised
from app.cli.demo.portal import Portal
from app.cli.demo.recount import recount
from app.domain.canonical_json import canonical_json, sha256_hex
from app.domain.evidence.ballot_log import read_csv
from tests.cli.demo.conftest import InProcess
from tests.support.delegating import delegating_charter
from tests.support.settings import settings_for

DRAFT = {
    "decision_type": "capped",
    "title": "Which flavour next?",
    "options": [{"id": name, "title": name.title()} for name in ("mint", "lime")],
    "voting_period": "PT2S",
}


@pytest.fixture(scope="module")
def delegated(templates, tmp_path_factory):
    """The evidence of a ballot of eight: a chain, a cap with somebody over it, an opt-out, a circle, a silence."""
    app = create_app(settings_for(templates.database("sqlite", tmp_path_factory.mktemp("delegated"))))
    portal = Portal(InProcess(app))
    owner = portal.register("Maren")
    facts = {"slug": "fizz", "name": "Fizz", "open_joining": True, "charter": delegating_charter()}
    portal.found(owner, facts)
    auditor = portal.enrol("Benedikt", portal.invite(owner, "auditor", 1))
    voters = dict(
        zip("abcdefgh", portal.enrol_all([f"Voter {n}" for n in "abcdefgh"], None, int), strict=True)
    )
    for giver, delegate in ("ab", "bd", "cd", "fg", "gf"):
        body = {"scope": "community", "delegate_id": voters[delegate].membership}
        portal.post(voters[giver], "/delegations", body)
    portal.post(voters["e"], "/delegations", {"scope": "community", "delegate_id": None})
    portal.post(voters["h"], "/delegations", {"scope": "community", "delegate_id": voters["d"].membership})
    ballot = portal.open_ballot(owner, DRAFT)
    receipts = [portal.cast(ballot, voters["d"], "mint")]
    while portal.result(ballot, owner) is None:
        time.sleep(0.1)
    yield portal.evidence(ballot, auditor, receipts)
    app.extensions["althing.units"].dispose()


def disagreeing(evidence):
    return {finding.subject for finding in recount(evidence).disagreements}


def with_links(evidence, change):
    """Return the evidence with other links, and every digest a forger can reach made to fit."""
    header, *links = [json.loads(line) for line in evidence.delegations.content.splitlines()]
    changed = change(links)
    content = b"".join(canonical_json(line) + b"\n" for line in [header, *changed])
    result = json.loads(json.dumps(evidence.result))
    result["delegation"] |= {"evidence_digest": sha256_hex(content), "links": len(changed)}
    del result["digest"]
    result["digest"] = sha256_hex(canonical_json(result))
    return replace(evidence, delegations=_promised(content), result=result)


def test_an_honest_ballot_agrees_in_everything(delegated):
    own = recount(delegated)
    assert [finding for finding in own.findings if not finding.agrees] == []
    assert {"delegation", "links"} <= {finding.subject for finding in own.findings}
    outcomes = delegated.result["delegation"]["outcomes"]
    told = {word: each["members"] for word, each in outcomes.items() if each["members"]}
    assert told == {"cast": 1, "delegated": 2, "over_cap": 2, "opted_out": 1, "cycle": 2}
    assert delegated.result["turnout"]["weight"] == "3"


def other_delegate(links):
    """Let the first who is represented go straight to somebody else on the roll."""
    link = next(link for link in links if link["outcome"] == "delegated")
    stranger = next(other["voter"] for other in links if other["outcome"] == "opted_out")
    return [link | {"delegate": stranger} if each is link else each for each in links]


def more_room(links):
    return [each | {"outcome": "delegated"} if each["outcome"] == "over_cap" else each for each in links]


def of(outcome, **facts):
    """Return a change of every link of an outcome."""
    return lambda links: [each | facts if each["outcome"] == outcome else each for each in links]


FORGERIES = {
    "another delegate": (other_delegate, {"delegation"}),
    "a cap overstepped": (more_room, {"delegation"}),
    "a link left out": (lambda links: links[1:], {"delegation"}),
    "a heavier weight": (of("delegated", weight=2), {"delegation", "links"}),
    "a scope that does not count": (of("delegated", scope="group"), {"links"}),
    "an earlier instant": (of("over_cap", given_at="2020-01-01T00:00:00.000Z"), {"delegation", "links"}),
    "a delegation nobody gave": (
        of("delegated", reference="01890000-0000-7000-8000-000000000000"),
        {"links"},
    ),
    "a representative who did not vote": (
        of("cycle", representative="01890000-0000-4000-8000-000000000000"),
        {"delegation", "links"},
    ),
    "a stranger to the roll": (
        of("opted_out", voter="01890000-0000-4000-8000-000000000000"),
        {"delegation", "links"},
    ),
}


@pytest.mark.parametrize("forgery", FORGERIES.values(), ids=FORGERIES)
def test_a_forged_link_is_noticed_though_its_digests_fit(delegated, forgery):
    change, subjects = forgery
    assert subjects <= disagreeing(with_links(delegated, change))


def test_a_link_of_somebody_who_voted_is_noticed(delegated):
    voter = next(cast.voter for cast in read_csv(delegated.log_csv.content))
    found = disagreeing(with_links(delegated, of("opted_out", voter=voter)))
    assert {"delegation", "links"} <= found


def test_other_sums_are_noticed(delegated):
    result = json.loads(json.dumps(delegated.result))
    result["delegation"]["outcomes"]["delegated"]["weight"] = 3
    assert "delegation" in disagreeing(replace(delegated, result=result))
    result = json.loads(json.dumps(delegated.result))
    result["concentration"]["delegated"] = "0/8"
    assert "delegation" in disagreeing(replace(delegated, result=result))


def test_without_the_evidence_it_is_said_that_it_was_not_read(delegated):
    findings = {
        finding.subject: finding for finding in recount(replace(delegated, delegations=None)).findings
    }
    assert findings["delegation"].agrees is None
    assert findings["outcome"].agrees is False
