import dataclasses
import datetime as dt
import json
import uuid

import jwt
import pytest
import sqlalchemy as sa

from app.config import SettingsError
from app.db.clock import database_now
from app.models.identity import SigningKey
from app.services import audit
from app.services.identity import signing_keys
from app.services.identity.access_tokens import AccessTokens
from app.services.identity.key_ring import READINGS_AT_ONCE, SECONDS_HELD, KeyRing
from app.services.identity.signing_keys import KeySeal
from tests.services.identity.people import at_once, log_of, refusal_of

WHO = uuid.UUID(int=1), uuid.UUID(int=2)


@pytest.fixture
def seal(settings):
    return KeySeal(settings.secret_key)


@pytest.fixture
def tokens(units, settings):
    return AccessTokens(settings, units)


def rotate(units, seal, *, at_once=False):
    with units.write() as session:
        return signing_keys.rotate(session, audit.SERVICE, seal, at_once=at_once)


def issue(units, tokens):
    with units.write() as session:
        return tokens.issue(session, *WHO, dt.datetime.now(dt.UTC))


def kid_of(token):
    return jwt.get_unverified_header(token)["kid"]


def let_pass(units, **time):
    """Make every key older, as if so much time had gone by."""
    with units.write() as session:
        for key in session.scalars(sa.select(SigningKey)):
            key.created_at -= dt.timedelta(**time)
            key.activates_at -= dt.timedelta(**time)
            if key.retired_at is not None:
                key.retired_at -= dt.timedelta(**time)


def published(units):
    with units.read() as session:
        return signing_keys.jwks(signing_keys.verifying_keys(session))


def test_of_processes_that_find_no_key_one_makes_it(units, seal):
    def ensure(_):
        with units.write() as session:
            return signing_keys.ensure_first_key(session, seal).kid

    assert len(set(at_once(8, ensure))) == 1
    assert [action for action, *_ in log_of(units, "signing_key")] == ["key.rotated"]


def test_the_first_key_signs_at_once(units, seal, tokens):
    first = rotate(units, seal)

    assert kid_of(issue(units, tokens)) == first.kid


def test_a_new_key_is_published_before_it_signs(units, seal, tokens):
    first, second = rotate(units, seal), rotate(units, seal)

    assert kid_of(issue(units, tokens)) == first.kid
    assert [key["kid"] for key in published(units)["keys"]] == [second.kid, first.kid]
    let_pass(units, minutes=5)
    assert kid_of(issue(units, tokens)) == second.kid


def test_the_old_key_verifies_until_its_last_token_has_expired(units, seal, tokens):
    first, second = rotate(units, seal), rotate(units, seal)
    let_pass(units, minutes=5)
    token = issue(units, tokens)
    let_pass(units, minutes=60)
    assert {key["kid"] for key in published(units)["keys"]} == {first.kid, second.kid}

    let_pass(units, minutes=1)

    assert [key["kid"] for key in published(units)["keys"]] == [second.kid]
    assert tokens.verify(token)


def test_a_rotation_at_once_works_in_another_process_without_delay(units, settings, seal):
    here, there = AccessTokens(settings, units), AccessTokens(settings, units)
    there.verify(issue(units, here))

    second = rotate(units, seal, at_once=True)
    token = issue(units, here)

    assert kid_of(token) == second.kid
    assert there.verify(token)


def test_issuing_asks_which_key_signs_and_reads_no_key_it_has(units, tokens):
    issue(units, tokens)
    asked = []

    @sa.event.listens_for(units.engine, "before_cursor_execute")
    def _note(_connection, _cursor, statement, *_rest):
        if "signing_keys" in statement:
            asked.append(statement)

    issue(units, tokens)

    assert len(asked) == 1
    assert "private_sealed" not in asked[0]


def test_a_rotation_at_once_is_noticed_by_who_issues(units, seal, tokens):
    first = kid_of(issue(units, tokens))
    second = rotate(units, seal, at_once=True)

    assert kid_of(issue(units, tokens)) == second.kid != first


def test_a_key_made_at_once_is_not_overtaken_by_one_that_waits(units, seal, tokens):
    rotate(units, seal)
    rotate(units, seal)
    newest = rotate(units, seal, at_once=True)
    let_pass(units, minutes=6)

    assert kid_of(issue(units, tokens)) == newest.kid


def test_tokens_of_a_retired_key_are_refused_though_they_were_verified_before(units, seal, tokens):
    old = rotate(units, seal)
    token = issue(units, tokens)
    tokens.verify(token)
    rotate(units, seal, at_once=True)
    with units.write() as session:
        signing_keys.retire(session, audit.SERVICE, old.kid)
    tokens._ring._read_at -= SECONDS_HELD

    assert refusal_of(tokens.verify, token) == "invalid-token"
    assert refusal_of(tokens.verify, token) == "invalid-token"
    assert tokens.verify(issue(units, tokens))


def test_the_key_that_signs_cannot_be_retired(units, seal):
    key = rotate(units, seal)
    with units.write() as session:
        assert refusal_of(signing_keys.retire, session, audit.SERVICE, key.kid) == "conflict"
        assert refusal_of(signing_keys.retire, session, audit.SERVICE, "unknown") == "not-found"


def test_every_change_of_keys_is_in_the_log_by_name(units, seal):
    first, second = rotate(units, seal), rotate(units, seal, at_once=True)
    with units.write() as session:
        signing_keys.retire(session, audit.SERVICE, first.kid)

    assert log_of(units, "signing_key") == [
        ("key.rotated", None, first.kid),
        ("key.rotated", None, second.kid),
        ("key.retired", None, first.kid),
    ]


def test_the_key_set_verifies_tokens_with_other_peoples_software(units, settings, tokens):
    token = issue(units, tokens)
    keys = jwt.PyJWKSet.from_json(json.dumps(published(units)))

    claims = jwt.decode(
        token,
        keys[kid_of(token)],
        algorithms=["ES256"],
        audience=settings.audience,
        issuer=settings.issuer,
    )
    assert claims["sid"] == str(WHO[1])


def test_the_key_set_holds_nothing_private(units, seal):
    rotate(units, seal)
    (key,) = published(units)["keys"]

    assert key.keys() == {"kty", "crv", "x", "y", "kid", "alg", "use"}


def test_the_name_of_a_key_is_its_thumbprint():
    """The construction of RFC 7638 section 3.1, checked against PyJWT's reading of the same key."""
    jwk = {
        "kty": "EC",
        "crv": "P-256",
        "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
    }
    public = jwt.PyJWK.from_dict(jwk, algorithm="ES256").key

    assert signing_keys.public_jwk(public) == jwk
    assert signing_keys.thumbprint(public) == "oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U"


def test_a_database_dump_does_not_hold_the_private_key(units, seal):
    key = rotate(units, seal)
    private = seal.unseal(key)
    number = private.private_numbers().private_value.to_bytes(32, "big")

    assert number not in key.private_sealed
    assert b"PRIVATE" not in key.private_sealed


def test_another_secret_is_told_in_one_line(units, seal):
    key = rotate(units, seal)

    with pytest.raises(SettingsError, match=r"^ALTHING_SECRET_KEY is not the secret .*--now`$") as caught:
        KeySeal("another secret of thirty-two characters").unseal(key)
    assert "\n" not in str(caught.value)


def test_a_sealed_key_cannot_be_put_under_another_name(units, seal):
    first, second = rotate(units, seal), rotate(units, seal)
    first.private_sealed = second.private_sealed

    with pytest.raises(SettingsError):
        seal.unseal(first)


def test_after_a_lost_secret_a_rotation_at_once_lets_people_sign_in_again(units, settings, seal):
    rotate(units, seal)
    secret = "another secret of thirty-two characters"
    tokens = AccessTokens(dataclasses.replace(settings, secret_key=secret), units)
    with pytest.raises(SettingsError):
        issue(units, tokens)

    rotate(units, tokens.seal, at_once=True)

    assert tokens.verify(issue(units, tokens))


class Counting:
    """Units that count how often they are read from."""

    def __init__(self, units):
        self.units = units
        self.readings = 0

    def read(self):
        self.readings += 1
        return self.units.read()


def test_a_thousand_unknown_kids_cause_a_handful_of_readings(units, seal):
    key = rotate(units, seal)
    counting, now = Counting(units), [0.0]
    ring = KeyRing(counting, monotonic=lambda: now[0])
    for n in range(1000):
        now[0] += 0.001
        assert ring.find(f"random {n}") is None
    assert counting.readings == READINGS_AT_ONCE

    assert ring.find(key.kid) is not None
    for n in range(1000):
        now[0] += 0.001
        assert ring.find(f"random {n}") is None
    assert READINGS_AT_ONCE < counting.readings <= READINGS_AT_ONCE + 2


def test_threads_that_miss_the_same_key_wait_for_one_reading(units, seal):
    key = rotate(units, seal)
    counting = Counting(units)
    ring = KeyRing(counting)

    found = at_once(8, lambda _: ring.find(key.kid))

    assert all(found)
    assert counting.readings == 1


class DownError(Exception):
    """What a database that is down raises."""


def test_a_failed_reading_keeps_the_keys_and_is_tried_again(units, seal, monkeypatch):
    key = rotate(units, seal)
    counting = Counting(units)
    ring = KeyRing(counting)
    ring.find(key.kid)

    def down():
        raise DownError

    with monkeypatch.context() as patched:
        patched.setattr(counting, "read", down)
        with pytest.raises(DownError):
            ring.find("unknown")
        assert ring.find(key.kid) is not None

    assert ring.find("unknown") is None
    assert counting.readings == 2


def test_retired_keys_are_history_but_not_published(units, seal):
    first = rotate(units, seal)
    second = rotate(units, seal, at_once=True)
    with units.write() as session:
        signing_keys.retire(session, audit.SERVICE, first.kid)
    with units.read() as session:
        assert [k.kid for k in signing_keys.all_keys(session)] == [second.kid, first.kid]
        assert [k.kid for k in signing_keys.verifying_keys(session)] == [second.kid]
        assert signing_keys.signing_key(session, database_now(session)).kid == second.kid
