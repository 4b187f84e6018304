import datetime as dt

import pytest
import sqlalchemy as sa

from app.models.identity import SignInAttempt
from app.services.identity import sessions
from app.services.identity.attempts import WINDOW_SECONDS, Attempts, window_of
from tests.services.identity.people import PASSWORD, at_once, change_password, refusal_of, sign_in

LIMIT = 3  # as the settings of these tests say


def fail(units, provider, email="ada@example.org"):
    return refusal_of(sign_in, units, provider, email, "a wrong password")


@pytest.mark.usefixtures("ada")
def test_failures_beyond_the_limit_must_wait_even_with_the_right_password(units, provider):
    slugs = [fail(units, provider) for _ in range(LIMIT + 1)]

    assert slugs == ["invalid-credentials"] * LIMIT + ["too-many-attempts"]
    assert refusal_of(sign_in, units, provider, "ada@example.org") == "too-many-attempts"


@pytest.mark.usefixtures("ada")
def test_an_unknown_address_is_counted_like_a_known_one(units, provider):
    known, unknown = (
        [fail(units, provider, email) for _ in range(LIMIT + 1)]
        for email in ("ada@example.org", "nobody@example.org")
    )

    assert known == unknown


@pytest.mark.usefixtures("ada", "bob")
def test_addresses_are_counted_apart(units, provider):
    for _ in range(LIMIT):
        fail(units, provider)

    assert sign_in(units, provider, "bob@example.org")


@pytest.mark.usefixtures("ada")
def test_a_success_clears_the_count(units, provider):
    for _ in range(LIMIT - 1):
        fail(units, provider)
    sign_in(units, provider, "ada@example.org")

    assert [fail(units, provider) for _ in range(LIMIT)] == ["invalid-credentials"] * LIMIT


def test_the_refusal_says_how_long_to_wait(units, settings):
    attempts = Attempts(settings.secret_key, LIMIT)
    now = dt.datetime(2026, 5, 1, 12, 14, 50, tzinfo=dt.UTC)
    with units.write() as session:
        refusals = [attempts.count_failure(session, b"x" * 32, now) for _ in range(LIMIT + 1)]

    assert refusals[-1].extensions == {"retry_after": 10}


def test_a_new_window_starts_from_nothing(units, settings):
    attempts = Attempts(settings.secret_key, LIMIT)
    now = dt.datetime(2026, 5, 1, 12, 14, 50, tzinfo=dt.UTC)
    with units.write() as session:
        for _ in range(LIMIT):
            attempts.count_failure(session, b"x" * 32, now)
        assert refusal_of(attempts.require_room, session, b"x" * 32, now) == "too-many-attempts"

        later = now + dt.timedelta(seconds=10)
        attempts.require_room(session, b"x" * 32, later)
        attempts.count_failure(session, b"x" * 32, later)

        assert session.scalars(sa.select(SignInAttempt.failures)).one() == 1
        assert session.scalars(sa.select(SignInAttempt.window)).one() == window_of(now) + 1


def test_windows_are_fixed_stretches_of_time():
    start = dt.datetime.fromtimestamp(WINDOW_SECONDS * 1_000_000, dt.UTC)

    assert window_of(start - dt.timedelta(milliseconds=1)) == 999_999
    assert window_of(start) == 1_000_000


@pytest.mark.usefixtures("ada")
def test_the_table_does_not_hold_addresses_nor_their_bare_digests(units, provider, settings):
    fail(units, provider)
    with units.read() as session:
        (digest,) = session.scalars(sa.select(SignInAttempt.email_digest))

    assert digest == Attempts(settings.secret_key, 1).digest("ada@example.org")
    assert digest != Attempts("another secret of thirty-two characters", 1).digest("ada@example.org")


@pytest.mark.usefixtures("ada")
def test_parallel_guesses_get_no_more_tries_than_serial_ones(units, provider):
    slugs = at_once(12, lambda _: fail(units, provider))

    assert slugs.count("invalid-credentials") == LIMIT
    assert slugs.count("too-many-attempts") == 12 - LIMIT


@pytest.mark.usefixtures("ada")
def test_a_right_guess_after_the_limit_is_refused_though_it_was_proved_before(units, provider, visitor):
    with units.read() as session:
        proof = sessions.prove(session, email="ada@example.org", password=PASSWORD, provider=provider)
    for _ in range(LIMIT):
        fail(units, provider)

    with units.write() as session:
        assert refusal_of(sessions.sign_in, session, visitor, proof, provider) == "too-many-attempts"


def test_a_stolen_access_token_is_no_way_to_guess_the_password(units, provider, ada):
    slugs = [
        refusal_of(change_password, units, provider, ada, "a wrong password", "another password")
        for _ in range(LIMIT + 1)
    ]

    assert slugs == ["invalid-credentials"] * LIMIT + ["too-many-attempts"]
