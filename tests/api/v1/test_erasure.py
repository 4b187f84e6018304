"""Erasing people: what ends, what goes, what stays, and that log, bundles and results verify as before."""

from __future__ import annotations

import sqlite3
import uuid
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.domain.evidence.faults import Report
from app.models.communities import Membership
from app.models.erasure import Erasure
from app.models.identity import Account, RefreshToken, SignInSession
from app.services.erasure.listing import write_down
from app.verify.bundles import check_bundle
from app.verify.following import follow
from app.verify.keys import LogKeys
from tests.support import journal
from tests.support.delegating import delegating_charter
from tests.support.erasing import erase, found
from tests.support.log import PortalSource, advance, keys
from tests.support.portal import PASSWORD
from tests.support.workshop import Workshop

NAME = "Wilhelmina Quux"
ERASURE = {"password": PASSWORD}


def rows(units, *columns):
    with units.read() as session:
        return session.execute(sa.select(*columns)).all()


def counted(portal, town):
    """Return a closed ballot in which everybody voted."""
    path = portal.ballot(town, early_close=True, vote_change=False)
    for number, member in enumerate(town.members):
        member.ok("PUT", f"{path}/votes/me", {"choice": [("mint", "lime")[number % 2]]})
    town.owner.ok("POST", f"{path}/close")
    advance(portal.app, town)
    return path


def test_votes_stay_counted_and_everything_verifies_as_before(portal, tmp_path):
    town = portal.town(members=3)
    auditor = portal.join(town, "auditor")
    path = counted(portal, town)
    log_keys, source, kept = LogKeys(keys(auditor, town)[0]), PortalSource(auditor, town), []
    before = {
        what: auditor.call("GET", f"{path}/{what}").data for what in ("result", "log", "roll", "manifest")
    }
    follow(Report(), source, log_keys, None, keep=kept.append, tell=print)

    erase(town.members[0])
    advance(portal.app, town)

    assert {what: auditor.call("GET", f"{path}/{what}").data for what in before} == before
    followed = Report()
    follow(followed, source, log_keys, kept[-1], keep=kept.append, tell=print)
    assert followed.agrees, followed.findings
    assert followed.checked["extends"] < followed.checked["log"]["size"]
    bundle = tmp_path / "bundle.zip"
    bundle.write_bytes(auditor.call("GET", f"{path}/bundle").data)
    report = check_bundle(bundle, log_keys, source, print)
    assert report.agrees, report.findings


def test_one_entry_names_whom_and_why_and_no_more(portal, units):
    town = portal.town(members=1)
    member = town.members[0]
    reference = member.ok("GET", f"{town.path}/members/me")["reference"]
    before = len(journal.entries(units))
    erase(member)
    entries = {entry.said["action"]: entry for entry in journal.entries(units)[before:]}
    assert set(entries) == {"member.left", "member.erased", "account.erased"}
    erased = entries["member.erased"]
    assert erased.said["actor"] == reference
    assert erased.said["object"] == {"id": member.memberships[town.id], "type": "membership"}
    assert erased.content == {"ground": "own_request"}


def test_nothing_of_the_account_is_left_and_nobody_is_signed_in_any_more(portal, units):
    person = portal.person(NAME)
    other = portal.visitor.ok("POST", "/v1/sessions", {"email": person.email, "password": PASSWORD})
    erase(person)
    person.refused(401, "invalid-token", "GET", "/v1/accounts/me")
    refresh = {"refresh_token": other["refresh_token"]}
    portal.visitor.refused(401, "invalid-refresh-token", "POST", "/v1/sessions/refresh", refresh)
    credentials = {"email": person.email, "password": PASSWORD}
    portal.visitor.refused(401, "invalid-credentials", "POST", "/v1/sessions", credentials)
    assert rows(units, Account.id) == rows(units, SignInSession.id) == rows(units, RefreshToken.id) == []
    assert [subject for (subject,) in rows(units, Erasure.subject_id)] == [uuid.UUID(person.account_id)]
    assert list(found(units, NAME.lower(), person.email)) == []
    again = credentials | {"display_name": NAME}
    assert portal.visitor.ok("POST", "/v1/accounts", again)["account"]["id"] != person.account_id


def test_a_wrong_password_erases_nothing_and_is_counted(portal, units):
    town = portal.town(members=1)
    before = journal.everything(units)
    for path in ("/v1/accounts/me/erasure", f"{town.path}/members/me/erasure"):
        wrong = {"password": "not the password"}
        town.members[0].refused(401, "invalid-credentials", "PUT", path, wrong)
    assert journal.everything(units) == before
    for _ in range(20):
        answer = town.members[0].call("PUT", "/v1/accounts/me/erasure", {"password": "not it either"})
    assert answer.status_code == 429


def test_the_last_brand_owner_hands_over_first(portal, units):
    town = portal.town(members=1)
    before = journal.everything(units)
    town.owner.refused(409, "last-brand-owner", "PUT", "/v1/accounts/me/erasure", ERASURE)
    town.owner.refused(409, "last-brand-owner", "PUT", f"{town.path}/members/me/erasure", ERASURE)
    assert journal.everything(units) == before
    heir = town.members[0].memberships[town.id]
    town.owner.ok("POST", f"{town.path}/members/{heir}/roles", {"role": "brand_owner"})
    erase(town.owner)
    assert town.members[0].ok("GET", town.path)["name"] == "Town"


def test_who_joins_again_is_somebody_else_to_the_log(portal, units):
    town, elsewhere = portal.town(members=1), portal.town()
    member = town.members[0]
    member.ok("POST", f"{elsewhere.path}/members", {})
    old = member.ok("GET", f"{town.path}/members/me")
    member.ok("PUT", f"{town.path}/members/me/erasure", ERASURE)
    member.refused(404, "not-found", "GET", f"{town.path}/members/me")
    assert member.ok("GET", f"{elsewhere.path}/members/me")["display_name"] == member.name
    new = member.ok("POST", f"{town.path}/members", {})
    assert new["id"] != old["id"]
    assert new["reference"] != old["reference"]
    stored = dict(rows(units, Membership.reference, Membership.account_id))
    assert stored[old["reference"]] is None
    assert stored[new["reference"]] == uuid.UUID(member.account_id)


def test_delegations_end_and_an_open_ballot_counts_without_them(portal):
    town = portal.town(members=2, charter=delegating_charter())
    giver, delegate = town.members
    given = {"scope": "community", "delegate_id": delegate.memberships[town.id]}
    delegation = giver.ok("POST", f"{town.path}/delegations", given)
    erase(delegate)
    shown = giver.ok("GET", f"{town.path}/delegations/{delegation['id']}")
    assert (shown["state"], shown["revoked_because"]) == ("revoked", "delegate_left")


def test_a_comment_keeps_its_place_and_loses_its_words(portal):
    town = portal.town(members=2)
    writer, text = town.members[1], {"title": "Soap", "body": "Let us.", "decision_type": "quick"}
    path = f"{town.path}/proposals/{town.members[0].ok('POST', f'{town.path}/proposals', text)['id']}"
    town.members[0].ok("POST", f"{path}/submit")
    said = writer.ok("POST", f"{path}/comments", {"body": f"{NAME} was here."})
    replied = town.owner.ok("POST", f"{town.path}/comments/{said['id']}/replies", {"body": "So?"})
    erase(writer)
    shown = town.owner.ok("GET", f"{town.path}/comments/{said['id']}")
    assert (shown["state"], shown["body"]) == ("withdrawn", None)
    assert town.owner.ok("GET", f"{town.path}/comments/{replied['id']}")["body"] == "So?"


def test_an_idea_of_two_stays_until_both_are_erased(portal, units):
    shop = Workshop(portal)
    one, other = portal.join(shop.town), portal.join(shop.town)
    path = shop.idea(one, title=f"{NAME} soap")
    one.ok("POST", f"{path}/authors", {"membership_id": other.memberships[shop.town.id]})
    other.ok("PUT", f"{path}/authors/me", {"consents": True})
    erase(one)
    assert shop.town.owner.ok("GET", path)["title"] == f"{NAME} soap"
    erase(other)
    shown = shop.town.owner.ok("GET", path)
    assert (shown["title"], shown["body"], shown["state"]) == ("[erased]", "[erased]", "withdrawn")
    assert shop.town.owner.ok("GET", f"{shop.board}/ideas?q=soap")["items"] == []
    assert list(found(units, NAME.lower())) == []


@pytest.mark.parametrize("voted_on", [False, True])
def test_a_proposal_stays_if_it_was_put_to_a_vote(voted_on, portal, units):
    town = portal.town(members=1)
    member = town.members[0]
    text = {"title": f"{NAME} Street", "body": "Let us.", "decision_type": "quick"}
    path = f"{town.path}/proposals/{member.ok('POST', f'{town.path}/proposals', text)['id']}"
    member.ok("POST", f"{path}/submit")
    if voted_on:
        town.owner.ok("POST", f"{path}/open-vote")
    erase(member)
    shown = town.owner.ok("GET", path)
    assert shown["title"] == (text["title"] if voted_on else "[erased]")
    assert shown["state"] == ("voting" if voted_on else "withdrawn")
    assert bool(list(found(units, NAME.lower()))) is voted_on


def test_the_words_of_others_cannot_be_marked_past_the_service(portal, units):
    shop = Workshop(portal)
    shop.idea()
    for statement in ("UPDATE idea_texts SET title = '[erased]'", "DELETE FROM idea_texts"):
        with pytest.raises(sa.exc.DBAPIError, match="append-only"), units.engine.begin() as connection:
            connection.execute(sa.text(statement))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_backup_that_brings_somebody_back_is_cleaned_by_the_list(portal, units, database_url):
    town = portal.town(members=2)
    town.members.append(portal.person(NAME))
    town.members[2].ok("POST", f"{town.path}/members", {})
    file = database_url.removeprefix("sqlite:///")
    backup = Path(f"{file}.backup")
    copy(file, backup)
    erase(town.members[2])
    town.members[1].ok("PUT", f"{town.path}/members/me/erasure", ERASURE)
    erasures = portal.app.extensions["althing.erasures"]
    with units.write() as session:
        assert write_down(session, erasures) == 2
    with units.write() as session:
        assert write_down(session, erasures) == 0
    units.dispose()
    portal.app.extensions["althing.units"].dispose()
    copy(backup, file)
    assert list(found(units, NAME.lower())) != []

    runner = portal.app.test_cli_runner()
    answer = runner.invoke(args=["erasure", "replay"])
    assert (answer.exit_code, answer.output) == (0, "2 erased again, 0 not in this database, 0 refused.\n")
    assert list(found(units, NAME.lower(), town.members[2].email)) == []
    assert {
        entry.content["ground"] for entry in journal.entries(units) if entry.said["action"] == "member.erased"
    } == {"restored"}
    again = runner.invoke(args=["erasure", "replay"])
    assert again.output == "0 erased again, 0 not in this database, 0 refused.\n"


def copy(source, target):
    with sqlite3.connect(source) as one, sqlite3.connect(target) as other:
        one.backup(other)
    one.close()
    other.close()


def test_who_runs_the_service_erases_whoever_cannot_sign_in(portal, units):
    person = portal.person(NAME)
    runner = portal.app.test_cli_runner()
    refused = runner.invoke(args=["erasure", "account", "nobody@example.org", "--yes"])
    assert (refused.exit_code, "No account" in refused.output) == (1, True)
    done = runner.invoke(args=["erasure", "account", person.email.upper(), "--yes"])
    assert done.exit_code == 0, done.output
    assert list(found(units, NAME.lower(), person.email)) == []
    assert portal.app.extensions["althing.erasures"].path.exists()
