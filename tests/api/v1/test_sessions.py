import logging
import uuid
from concurrent.futures import ThreadPoolExecutor

import argon2
import jwt
import sqlalchemy as sa

from tests.support.portal import PASSWORD, Person


def sign_in(portal, email, password=PASSWORD):
    return portal.visitor.call("POST", "/v1/sessions", {"email": email, "password": password})


def refresh(portal, token):
    return portal.visitor.call("POST", "/v1/sessions/refresh", {"refresh_token": token})


def again(portal, person):
    """Return the person in a second session."""
    made = sign_in(portal, person.email).get_json()
    return Person(
        portal.app, person.name, person.email, made["access_token"], made["refresh_token"], person.account_id
    )


def is_in(person):
    return person.call("GET", "/v1/accounts/me").status_code == 200


def session_of(person):
    return jwt.decode(person.token, options={"verify_signature": False})["sid"]


def test_signing_in_answers_with_tokens_nobody_may_cache(portal):
    ada = portal.person("Ada")
    response = sign_in(portal, ada.email.upper())

    assert response.status_code == 201
    assert response.headers["Cache-Control"] == "no-store"
    made = response.get_json()
    assert made.keys() == {"session_id", "access_token", "token_type", "expires_in", "refresh_token"}
    assert (made["token_type"], made["expires_in"]) == ("Bearer", 900)


def test_wrong_password_and_unknown_address_get_the_same_answer(portal):
    ada = portal.person("Ada")
    answers = [sign_in(portal, email, "not the password") for email in (ada.email, "nobody@example.org")]

    known, unknown = ({k: v for k, v in answer.get_json().items() if k != "request_id"} for answer in answers)
    assert [a.status_code for a in answers] == [401, 401]
    assert known == unknown
    assert known["type"] == "/problems/invalid-credentials"
    assert all(a.headers["WWW-Authenticate"].startswith("Bearer") for a in answers)


def test_too_many_failures_must_wait_and_are_told_how_long(portal, settings):
    ada = portal.person("Ada")
    for _ in range(settings.sign_in_attempts):
        assert sign_in(portal, ada.email, "not the password").status_code == 401

    for password in ("not the password", PASSWORD):
        response = sign_in(portal, ada.email, password)
        assert response.status_code == 429
        assert response.get_json()["type"] == "/problems/too-many-attempts"
        assert 1 <= int(response.headers["Retry-After"]) <= 900
    assert is_in(ada)
    assert refresh(portal, ada.refresh_token).status_code == 200


MISTAKES = [
    {},
    {"email": "ada@example.org"},
    {"email": "ada@example.org", "password": ""},
    {"email": "ada@example.org", "password": "x" * 1025},
    {"email": ["ada@example.org"], "password": PASSWORD},
    {"email": "ada@example.org", "password": PASSWORD, "admin": True},
]


def test_sign_ins_that_do_not_follow_the_schema_are_refused(portal):
    for body in MISTAKES:
        portal.visitor.refused(422, "invalid-request", "POST", "/v1/sessions", body)


def test_refreshing_keeps_the_person_in_the_same_session(portal):
    ada = portal.person("Ada")
    response = refresh(portal, ada.refresh_token)
    made = response.get_json()

    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "no-store"
    assert made["session_id"] == session_of(ada)
    assert is_in(Person(portal.app, "Ada", token=made["access_token"]))


def test_a_refresh_token_used_twice_ends_the_session(portal):
    ada = portal.person("Ada")
    other = again(portal, ada)
    newer = refresh(portal, ada.refresh_token).get_json()

    assert refresh(portal, ada.refresh_token).get_json()["type"] == "/problems/invalid-refresh-token"

    assert not is_in(ada)
    assert not is_in(Person(portal.app, "Ada", token=newer["access_token"]))
    assert refresh(portal, newer["refresh_token"]).status_code == 401
    assert is_in(other)


def test_of_parallel_refreshes_with_one_token_one_gets_tokens(portal):
    ada = portal.person("Ada")
    with ThreadPoolExecutor(6) as pool:
        codes = list(pool.map(lambda _: refresh(portal, ada.refresh_token).status_code, range(6)))

    assert sorted(codes) == [200] + [401] * 5


def test_unknown_refresh_tokens_are_refused(portal):
    for token in ("x", "x" * 128, "\u00e9", "' OR 1=1 --"):
        body = {"refresh_token": token}
        portal.visitor.refused(401, "invalid-refresh-token", "POST", "/v1/sessions/refresh", body)


def test_an_access_token_is_no_refresh_token_nor_the_other_way_round(portal):
    ada = portal.person("Ada")

    assert refresh(portal, ada.token[:128]).status_code == 401
    assert not is_in(Person(portal.app, "Ada", token=ada.refresh_token))


def test_signing_out_ends_the_tokens_at_once(portal):
    ada = portal.person("Ada")
    other = again(portal, ada)

    assert ada.call("DELETE", "/v1/sessions/current").status_code == 204

    assert not is_in(ada)
    assert refresh(portal, ada.refresh_token).status_code == 401
    ada.refused(401, "invalid-token", "DELETE", "/v1/sessions/current")
    assert is_in(other)


def test_the_list_shows_the_newest_first_and_marks_the_present_one(portal):
    ada, bob = portal.person("Ada"), portal.person("Bob")
    second, third = again(portal, ada), again(portal, ada)
    third.ok("DELETE", "/v1/sessions/current")

    shown = ada.ok("GET", "/v1/sessions")

    assert [(s["id"], s["current"]) for s in shown["items"]] == [
        (session_of(second), False),
        (session_of(ada), True),
    ]
    assert shown["next_cursor"] is None
    assert [s["id"] for s in bob.ok("GET", "/v1/sessions")["items"]] == [session_of(bob)]


def test_the_list_comes_in_pages(portal):
    ada = portal.person("Ada")
    everyone = {session_of(ada), *(session_of(again(portal, ada)) for _ in range(4))}
    seen, cursor = [], ""
    while cursor is not None:
        page = ada.ok("GET", f"/v1/sessions?limit=2{cursor and '&cursor=' + cursor}")
        seen += [item["id"] for item in page["items"]]
        cursor = page["next_cursor"]

    assert len(seen) == 5
    assert set(seen) == everyone


def test_a_lost_device_is_signed_out_from_another(portal):
    ada = portal.person("Ada")
    lost = again(portal, ada)

    assert ada.call("DELETE", f"/v1/sessions/{session_of(lost)}").status_code == 204

    assert not is_in(lost)
    assert is_in(ada)


def test_other_peoples_sessions_are_not_there(portal):
    ada, bob = portal.person("Ada"), portal.person("Bob")

    theirs = ada.refused(404, "not-found", "DELETE", f"/v1/sessions/{session_of(bob)}")
    nobodys = ada.refused(404, "not-found", "DELETE", f"/v1/sessions/{uuid.uuid4()}")

    assert theirs["detail"] == nobodys["detail"]
    assert is_in(bob)


def test_headers_that_hold_no_token_are_refused(portal):
    texts = (
        "Bearer",
        "Bearer ",
        "Basic YTpi",
        "Bearer a b",
        "Token x",
        "Bearer \x80",
        "Bearer " + "A" * 10_000,
    )
    for text in texts:
        headers = {"Authorization": text}
        portal.visitor.refused(401, "invalid-token", "GET", "/v1/accounts/me", headers=headers)


def test_a_challenge_has_an_error_code_only_when_a_token_was_sent(portal):
    without = portal.visitor.call("GET", "/v1/accounts/me")
    with_one = Person(portal.app, "x", token="a.b.c").call("GET", "/v1/accounts/me")

    assert without.headers["WWW-Authenticate"] == 'Bearer realm="althing"'
    assert with_one.headers["WWW-Authenticate"] == 'Bearer realm="althing", error="invalid_token"'


def test_neither_addresses_nor_passwords_nor_tokens_are_logged(portal, caplog):
    with caplog.at_level(logging.DEBUG):
        ada = portal.person("Ada Lovelace")
        sign_in(portal, ada.email, "not the password")
        refresh(portal, ada.refresh_token)
        is_in(ada)

    logged = " ".join(f"{record.getMessage()} {record.__dict__}" for record in caplog.records)
    for secret in (ada.email, "Lovelace", PASSWORD, "not the password", ada.token, ada.refresh_token):
        assert secret not in logged


def test_an_unknown_address_costs_the_same_work_as_a_known_one(portal, app, monkeypatch):
    work = []
    engine = app.extensions["althing.units"].engine
    sa.event.listen(engine, "before_cursor_execute", lambda *call: work.append(call[2]))
    compare = argon2.PasswordHasher.verify
    monkeypatch.setattr(
        argon2.PasswordHasher,
        "verify",
        lambda hasher, kept, password: work.append(kept.split("$")[3]) or compare(hasher, kept, password),
    )

    def work_for(email):
        work.clear()
        assert sign_in(portal, email, "not the password").status_code == 401
        return list(work)

    ada = portal.person("Ada")
    assert work_for(ada.email) == work_for("nobody@example.org")
    assert work.count("m=8,t=1,p=1") == 1
