import contextlib
import sqlite3
import uuid

import pytest
import sqlalchemy as sa

from app.services.identity.passwords import Passwords
from tests.support.delegating import delegating_charter
from tests.support.groups import Circle
from tests.support.portal import PASSWORD

NEW_PASSWORD = "four other words at random"


def registration(**changes):
    person = {"email": f"{uuid.uuid4().hex}@example.org", "display_name": "Ada", "password": PASSWORD}
    return {k: v for k, v in (person | changes).items() if v is not ...}


def tag_of(person):
    return person.call("GET", "/v1/accounts/me").headers["ETag"]


def sign_in(portal, email, password=PASSWORD):
    return portal.visitor.call("POST", "/v1/sessions", {"email": email, "password": password})


def test_registering_answers_with_the_account_and_its_tokens(portal):
    body = registration(email="Ada@Example.org")
    response = portal.visitor.call("POST", "/v1/accounts", body)

    assert response.status_code == 201
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Location"] == "/v1/accounts/me"
    made = response.get_json()
    assert made["token_type"] == "Bearer"
    assert made["expires_in"] == 900
    assert made["account"]["email"] == "ada@example.org"
    assert made["account"].keys() == {"id", "email", "display_name", "created_at", "version"}


def test_nothing_of_a_password_is_ever_answered(portal):
    ada = portal.person("Ada")

    texts = [ada.call("GET", f"/v1/accounts/me{path}").text for path in ("", "/export")]
    assert all("password" not in text and "argon2" not in text for text in texts)


def test_a_new_account_reads_itself(portal):
    ada = portal.person("Ada")
    response = ada.call("GET", "/v1/accounts/me")

    assert response.get_json()["display_name"] == "Ada"
    assert response.get_json()["id"] == ada.account_id
    assert response.headers["ETag"] == f'"account.{ada.account_id}.1"'


def test_a_taken_address_is_refused_in_any_spelling(portal):
    ada = portal.person("Ada")

    problem = portal.visitor.refused(
        409, "email-taken", "POST", "/v1/accounts", registration(email=ada.email.upper())
    )
    assert problem["errors"][0]["pointer"] == "#/email"


MISTAKES = [
    {"email": "no address"},
    {"email": "a@b@c"},
    {"email": "a b@example.org"},
    {"email": f"{'a' * 65}@example.org"},
    {"email": 7},
    {"email": ...},
    {"password": "eleven char"},
    {"password": "x" * 1025},
    {"password": None},
    {"password": ...},
    {"display_name": ""},
    {"display_name": " Ada"},
    {"display_name": "A\nda"},
    {"display_name": "x" * 201},
    {"display_name": ...},
    {"id": str(uuid.uuid4())},
    {"version": 1},
    {"reference": "mine"},
    {"password_hash": "$argon2id$"},
]


def test_registrations_that_do_not_follow_the_schema_are_refused(portal):
    for changes in MISTAKES:
        portal.visitor.refused(422, "invalid-request", "POST", "/v1/accounts", registration(**changes))


def test_the_display_name_is_changed_against_the_version_read(portal):
    ada = portal.person("Ada")
    first = tag_of(ada)
    changed = ada.call("PATCH", "/v1/accounts/me", {"display_name": "Ada L."}, if_match=first)

    assert changed.status_code == 200
    assert changed.get_json()["display_name"] == "Ada L."
    assert changed.headers["ETag"] == tag_of(ada) != first
    ada.refused(
        412, "precondition-failed", "PATCH", "/v1/accounts/me", {"display_name": "Late"}, if_match=first
    )
    ada.refused(428, "precondition-required", "PATCH", "/v1/accounts/me", {"display_name": "Blind"})
    assert ada.ok("GET", "/v1/accounts/me")["display_name"] == "Ada L."


def test_an_empty_patch_changes_nothing(portal):
    ada = portal.person("Ada")
    first = tag_of(ada)

    assert ada.call("PATCH", "/v1/accounts/me", {}, if_match=first).headers["ETag"] == first


def test_nothing_but_the_display_name_can_be_patched(portal):
    ada = portal.person("Ada")
    before = ada.ok("GET", "/v1/accounts/me")

    for member in ("id", "email", "version", "created_at", "reference", "password_hash"):
        ada.refused(422, "invalid-request", "PATCH", "/v1/accounts/me", {member: "x"}, if_match="*")
    assert ada.ok("GET", "/v1/accounts/me") == before


def test_a_version_known_to_the_client_is_not_sent_again(portal):
    ada = portal.person("Ada")

    assert ada.call("GET", "/v1/accounts/me", headers={"If-None-Match": tag_of(ada)}).status_code == 304


def test_a_changed_password_works_and_ends_the_other_sessions(portal):
    ada = portal.person("Ada")
    other = sign_in(portal, ada.email).get_json()["access_token"]
    tag = tag_of(ada)

    response = ada.call(
        "PUT", "/v1/accounts/me/password", {"current_password": PASSWORD, "new_password": NEW_PASSWORD}
    )

    assert response.status_code == 204
    assert tag_of(ada) == tag
    assert sign_in(portal, ada.email).status_code == 401
    assert sign_in(portal, ada.email, NEW_PASSWORD).status_code == 201
    stale = {"Authorization": f"Bearer {other}"}
    portal.visitor.refused(401, "invalid-token", "GET", "/v1/accounts/me", headers=stale)


def test_a_wrong_current_password_is_refused_and_counted(portal, settings):
    ada = portal.person("Ada")
    body = {"current_password": "not my password", "new_password": NEW_PASSWORD}
    path = "/v1/accounts/me/password"

    for _ in range(settings.sign_in_attempts):
        ada.refused(401, "invalid-credentials", "PUT", path, body)
    ada.refused(429, "too-many-attempts", "PUT", path, body)
    ada.refused(429, "too-many-attempts", "PUT", path, body | {"current_password": PASSWORD})


def test_the_export_holds_account_sessions_and_memberships(portal):
    town = portal.town(members=1)
    ada = town.members[0]
    response = ada.call("GET", "/v1/accounts/me/export")
    kept = response.get_json()

    assert response.headers["Content-Disposition"] == 'attachment; filename="althing-account.json"'
    assert response.headers["Cache-Control"] == "no-store"
    assert kept["account"]["email"] == ada.email
    assert len(kept["sessions"]) == 1
    assert [(m["community_id"], m["roles"]) for m in kept["memberships"]] == [(town.id, ["member"])]
    assert town.owner.account_id not in response.text


def test_the_export_tells_of_trust_given_and_counts_what_was_received(portal):
    town = portal.town(members=3, charter=delegating_charter())
    ada, ben, cleo = town.members
    first = ada.ok(
        "POST", f"{town.path}/delegations", {"scope": "community", "delegate_id": ben.memberships[town.id]}
    )
    second = ada.ok("POST", f"{town.path}/delegations", {"scope": "community", "delegate_id": None})
    cleo.ok(
        "POST", f"{town.path}/delegations", {"scope": "community", "delegate_id": ben.memberships[town.id]}
    )
    town.owner.ok("PUT", f"{town.path}/members/{ada.memberships[town.id]}/verification")
    (own,) = ada.ok("GET", "/v1/accounts/me/export")["memberships"]
    assert own["verified_at"] is not None
    assert [
        (each["id"], each["delegate_id"], each["revoked_because"]) for each in own["delegations_given"]
    ] == [
        (first["id"], ben.memberships[town.id], "replaced"),
        (second["id"], None, None),
    ]
    assert own["delegations_received"] == 0
    answer = ben.call("GET", "/v1/accounts/me/export")
    (received,) = answer.get_json()["memberships"]
    assert (received["verified_at"], received["delegations_given"], received["delegations_received"]) == (
        None,
        [],
        2,
    )
    assert ada.memberships[town.id] not in answer.text


def test_strangers_have_no_account(portal):
    for method, path in (("GET", ""), ("PATCH", ""), ("PUT", "/password"), ("GET", "/export")):
        portal.visitor.refused(401, "invalid-token", method, f"/v1/accounts/me{path}")


@pytest.mark.parametrize("current", [PASSWORD, "a wrong password"])
def test_no_lock_is_held_while_a_password_is_compared_or_hashed(portal, units, monkeypatch, current):
    ada = portal.person("Ada")
    free = []

    def watched(work):
        def work_and_look(self, *arguments):
            free.append(nobody_holds(units, ada))
            return work(self, *arguments)

        return work_and_look

    for name in ("hash", "matches"):
        monkeypatch.setattr(Passwords, name, watched(getattr(Passwords, name)))
    change = {"current_password": current, "new_password": NEW_PASSWORD}
    assert ada.call("PUT", "/v1/accounts/me/password", change).status_code in {204, 401}
    assert free == ([True, True] if current == PASSWORD else [True])


def nobody_holds(units, person):
    """Whether an account could be written to at once."""
    try:
        if units.engine.dialect.name == "sqlite":
            with contextlib.closing(sqlite3.connect(units.engine.url.database, timeout=0)) as other:
                other.execute("BEGIN IMMEDIATE")
        else:
            look = sa.text("SELECT 1 FROM accounts WHERE email = :email FOR UPDATE NOWAIT")
            with units.engine.connect() as connection:
                connection.execute(look, {"email": person.email})
    except (sqlite3.OperationalError, sa.exc.OperationalError):
        return False
    return True


def test_a_password_is_not_compared_for_a_session_that_has_ended(portal, monkeypatch):
    ada = portal.person("Ada")
    ada.ok("DELETE", "/v1/sessions/current")
    monkeypatch.setattr(Passwords, "matches", None)
    change = {"current_password": PASSWORD, "new_password": NEW_PASSWORD}
    ada.refused(401, "invalid-token", "PUT", "/v1/accounts/me/password", change)


def test_the_export_tells_where_somebody_stands_in_groups(portal):
    circle = Circle(portal)
    steering, waiting = circle.make(), circle.make(circle.ann, name="Chapter", joining="approval")
    circle.head.ok("PUT", f"{waiting}/members/me")

    def told(person):
        (own,) = person.ok("GET", "/v1/accounts/me/export")["memberships"]
        return {each["group_id"]: (each["standing"], each["steward"]) for each in own["groups"]}

    assert told(circle.head) == {
        circle.id: ("member", True),
        steering.rsplit("/", 1)[1]: ("member", True),
        waiting.rsplit("/", 1)[1]: ("requested", False),
    }
    assert told(circle.out) == {}
