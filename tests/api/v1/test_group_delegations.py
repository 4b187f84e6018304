"""Delegation in a group: for its ballots alone, between its members alone, and narrower than a kind of decision."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import zipfile

import pytest

from app.domain.evidence.charter_rules import compare_with_charter
from app.domain.evidence.delegations import resolve_ballot
from app.domain.evidence.faults import InvalidEvidence, Report
from app.domain.evidence.files import CHARTER, MANIFEST, RESULT, read_small
from app.domain.evidence.manifest import Manifest
from app.domain.evidence.result import Result
from app.domain.evidence.roll import read_roll
from app.models.delegations import Delegation
from app.verify.__main__ import main
from tests.domain.evidence.opened import MemoryFiles
from tests.support.delegating import totals
from tests.support.groups import Circle
from tests.support.log import advance, keys
from tests.support.portal import UNKNOWN

OPTIONS = [{"id": option, "title": option.title()} for option in ("mint", "lime")]


def gives(circle, delegator, delegate, scope="group", **target):
    """Have somebody delegate to somebody, or to nobody."""
    body = {"scope": scope, "delegate_id": None if delegate is None else circle.id_of(delegate)}
    if scope == "group":
        target = {"group_id": circle.id} | target
    return delegator.ok("POST", f"{circle.town.path}/delegations", body | target)


def votes(ballot, person, choice):
    person.ok("PUT", f"{ballot}/votes/me", {"choice": choice})


def result_of(circle, ballot):
    circle.clock.advance(dt.timedelta(hours=2))
    return circle.owner.ok("GET", f"{ballot}/result")


#: Ann's delegations, narrowest last, and what her weight adds to: Ben votes mint, the head lime.
PRECEDENCE = {
    "a group is narrower than the community": ([("head", "community"), ("ben", "group")], "mint"),
    "a group is narrower than a kind of decision": ([("head", "decision_type"), ("ben", "group")], "mint"),
    "a ballot is narrower than a group": ([("ben", "group"), ("head", "ballot")], "lime"),
    "an opt-out for the group stops wider ones": ([("ben", "community"), (None, "group")], None),
}


@pytest.mark.parametrize("case", PRECEDENCE.values(), ids=PRECEDENCE)
def test_the_most_specific_scope_wins_in_a_group_s_ballot(portal, clock, case):
    given, carried = case
    circle = Circle(portal, clock)
    ballot = circle.liquid()
    targets = {
        "community": {},
        "group": {"group_id": circle.id},
        "decision_type": {"decision_type": "liquid"},
        "ballot": {"ballot_id": ballot.rsplit("/", 1)[1]},
    }
    for name, scope in given:
        delegate = None if name is None else getattr(circle, name)
        gives(circle, circle.ann, delegate, scope, **targets[scope])
    votes(ballot, circle.ben, "mint")
    votes(ballot, circle.head, "lime")
    counted = {"mint": 1, "lime": 1}
    if carried is not None:
        counted[carried] += 1
    assert totals(result_of(circle, ballot)) == counted


def test_a_delegation_in_a_group_counts_in_no_other_ballot(portal, clock):
    circle = Circle(portal, clock)
    other = circle.make(name="Cap lab")
    for person in (circle.ann, circle.ben):
        circle.brings(person, other)
    gives(circle, circle.ann, circle.ben)
    body = {"decision_type": "liquid", "options": OPTIONS}
    ballots = [
        portal.ballot(circle.town, **body),
        circle.liquid(group_id=other.rsplit("/", 1)[1]),
        circle.liquid(),
    ]
    for ballot in ballots:
        votes(ballot, circle.ben, "mint")
    clock.advance(dt.timedelta(hours=2))
    counted = [totals(circle.owner.ok("GET", f"{ballot}/result"))["mint"] for ballot in ballots]
    assert counted == [1, 1, 2]


def test_the_evidence_names_the_scope_and_everybody_sees_what_became_of_their_weight(portal, clock):
    circle = Circle(portal, clock)
    ballot = circle.liquid()
    given = gives(circle, circle.ann, circle.ben)
    votes(ballot, circle.ben, "mint")
    own = circle.ann.ok("GET", f"{ballot}/delegations/me")
    assert (own["outcome"], own["delegation_id"]) == ("delegated", given["id"])
    assert result_of(circle, ballot)["delegation"]["links"] == 1
    link = circle.owner.call("GET", f"{ballot}/delegations").text.splitlines()[1]
    assert f'"reference":"{given["id"]}"' in link
    assert '"scope":"group"' in link


def test_only_members_delegate_in_a_group_and_only_to_members(portal):
    circle = Circle(portal)
    path = f"{circle.town.path}/delegations"
    body = {"scope": "group", "group_id": circle.id, "delegate_id": circle.id_of(circle.out)}
    circle.ann.refused(409, "not-a-group-member", "POST", path, body)
    circle.out.refused(
        409, "not-a-group-member", "POST", path, body | {"delegate_id": circle.id_of(circle.ann)}
    )
    unknown = body | {"group_id": UNKNOWN, "delegate_id": circle.id_of(circle.ben)}
    circle.ann.refused(404, "not-found", "POST", path, unknown)
    without = {"scope": "group", "delegate_id": circle.id_of(circle.ben)}
    problem = circle.ann.refused(409, "invalid-delegation", "POST", path, without)
    assert problem["errors"][0]["pointer"] == "#/group_id"
    circle.head.ok("POST", f"{circle.path}/archive", {"reason": "Done."})
    good = body | {"delegate_id": circle.id_of(circle.ben)}
    circle.ann.refused(409, "group-archived", "POST", path, good)


def test_the_same_again_changes_nothing_and_another_takes_its_place(portal):
    circle = Circle(portal)
    first = gives(circle, circle.ann, circle.ben)
    assert gives(circle, circle.ann, circle.ben)["id"] == first["id"]
    second = gives(circle, circle.ann, circle.head)
    path = f"{circle.town.path}/delegations"
    assert circle.ann.ok("GET", f"{path}/{first['id']}")["revoked_because"] == "replaced"
    assert circle.ann.ok("GET", f"{path}/{second['id']}")["group_id"] == circle.id


@pytest.mark.parametrize("removed", [False, True])
@pytest.mark.parametrize("gone", ["ann", "ben"])
def test_what_was_delegated_in_a_group_ends_with_leaving_it(portal, clock, gone, removed):
    circle = Circle(portal, clock)
    ballot = circle.liquid()
    given = gives(circle, circle.ann, circle.ben)
    wider = gives(circle, circle.ann, circle.head, "community")
    person = getattr(circle, gone)
    if removed:
        circle.head.ok("DELETE", circle.member(person))
    else:
        person.ok("DELETE", f"{circle.path}/members/me")
    path = f"{circle.town.path}/delegations"
    ended = circle.ann.ok("GET", f"{path}/{given['id']}")
    because = "delegator_left" if gone == "ann" else "delegate_left"
    assert (ended["state"], ended["revoked_because"]) == ("revoked", because)
    assert circle.ann.ok("GET", f"{path}/{wider['id']}")["state"] == "in_force"
    # On the roll they stay, so the wider delegation holds again, and a vote of their own counts.
    votes(ballot, circle.ben, "mint")
    votes(ballot, circle.head, "lime")
    assert totals(result_of(circle, ballot)) == {"mint": 1, "lime": 2}


def test_the_database_lets_one_delegation_stand_for_a_group(portal, units):
    circle = Circle(portal)
    gives(circle, circle.ann, circle.ben)
    gives(circle, circle.ann, circle.head)
    with units.read() as session:
        standing = session.query(Delegation).filter(Delegation.revoked_at.is_(None)).count()
    assert standing == 1


# --- evidence -----------------------------------------------------------------------------------------


def bundle_of(app, circle, ballot, folder):
    """Return the path of a closed ballot's bundle, and the key of its log."""
    circle.clock.advance(dt.timedelta(hours=2))
    circle.owner.ok("GET", f"{ballot}/result")
    advance(app, circle.town)
    answer = circle.auditor.call("GET", f"{ballot}/bundle")
    assert answer.status_code == 200, answer.text
    path = folder / "bundle.zip"
    path.write_bytes(answer.data)
    return path, keys(circle.auditor, circle.town)[0].vkey


@pytest.fixture
def carried(app, portal, clock, tmp_path):
    """The bundle of a group's ballot in which a delegation of the group carried weight."""
    circle = Circle(portal, clock)
    ballot = circle.liquid()
    gives(circle, circle.ann, circle.ben)
    votes(ballot, circle.ben, "mint")
    return bundle_of(app, circle, ballot, tmp_path)


def test_a_group_s_ballot_is_recounted_from_its_bundle_alone(carried, capsys):
    path, vkey = carried
    assert main(["bundle", str(path), "--key", vkey]) == 0, capsys.readouterr().out


def test_a_link_of_a_group_counts_in_a_group_s_ballot_alone(carried):
    with zipfile.ZipFile(carried[0]) as archive:
        files = MemoryFiles({name: archive.read(name) for name in archive.namelist()})
    manifest = Manifest.read(read_small(files, MANIFEST))
    result, report = Result.read(read_small(files, RESULT)), Report()
    roll = read_roll(report, files, manifest)
    assert resolve_ballot(report, files, manifest, result, roll).tallies[0].delegated_weight == 1
    with pytest.raises(InvalidEvidence, match="no group's"):
        resolve_ballot(report, files, dataclasses.replace(manifest, group=None), result, roll)
    charter = json.loads(files.open(CHARTER).read())
    pairs, _ = compare_with_charter(charter, manifest.document)
    assert pairs["whether groups decide so"] == (True, True)
    rules = {"groups": False, "delegation": None}
    closed_to_groups = manifest.document | {"rules": manifest.document["rules"] | rules}
    left, right = compare_with_charter(charter, closed_to_groups)[0]["whether groups decide so"]
    assert left != right
