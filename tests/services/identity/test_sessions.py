import dataclasses
import datetime as dt

import pytest
import sqlalchemy as sa

from app.db.clock import database_now
from app.domain.errors import Refusal
from app.models.identity import Account, RefreshToken, SignInAttempt, SignInSession
from app.services.identity import retention, sessions
from app.services.identity.passwords import Passwords
from tests.services.identity.people import (
    PASSWORD,
    at_once,
    is_alive,
    log_of,
    refresh,
    refusal_of,
    sign_in,
)


def end_by_time(units, session_id, ago=dt.timedelta(seconds=1)):
    with units.write() as session:
        session.execute(
            sa.update(SignInSession)
            .where(SignInSession.id == session_id)
            .values(expires_at=database_now(session) - ago)
        )


@pytest.mark.usefixtures("ada")
def test_signing_in_begins_a_session_of_the_length_set(units, provider, settings):
    tokens = sign_in(units, provider, "ada@example.org")

    assert is_alive(units, provider, tokens.access_token)
    assert tokens.expires_in == settings.access_token_seconds
    with units.read() as session:
        begun = session.get(SignInSession, tokens.session_id)
    assert begun.expires_at - begun.created_at == dt.timedelta(days=settings.refresh_token_days)


def test_signing_in_writes_one_entry_in_the_persons_name(units, provider, ada):
    tokens = sign_in(units, provider, "ada@example.org")

    assert log_of(units)[1:] == [("session.started", ada.account.reference, str(tokens.session_id))]


@pytest.mark.usefixtures("ada")
def test_wrong_password_and_unknown_address_are_answered_alike(units, provider):
    refusals = []
    for email in ("ada@example.org", "nobody@example.org"):
        try:
            sign_in(units, provider, email, "a wrong password")
        except Refusal as refusal:
            refusals.append((refusal.problem, refusal.detail, refusal.errors, refusal.extensions))

    assert refusals[0] == refusals[1]
    assert len(log_of(units)) == 1


def test_tokens_do_not_show_when_printed(ada):
    assert ada.tokens.access_token not in repr(ada.tokens)
    assert ada.tokens.refresh_token not in repr(ada.tokens)


@pytest.mark.usefixtures("ada")
def test_a_proof_does_not_show_the_password_when_printed(units, provider):
    with units.read() as session:
        proof = sessions.prove(session, email="ada@example.org", password=PASSWORD, provider=provider)

    assert PASSWORD not in repr(proof)
    assert "argon2" not in repr(proof)


def test_a_weak_hash_is_strengthened_at_sign_in(units, provider, settings, ada):
    stronger = Passwords(dataclasses.replace(settings, argon2_memory_kib=16))
    sign_in(units, dataclasses.replace(provider, passwords=stronger), "ada@example.org")

    with units.read() as session:
        account = session.get(Account, ada.account.id)
    assert "$m=16,t=1,p=1$" in account.password_hash
    assert account.version == 1
    assert sign_in(units, provider, "ada@example.org")


@pytest.mark.usefixtures("ada")
def test_a_proof_made_before_the_hash_was_strengthened_still_counts(units, provider, settings, visitor):
    stronger = dataclasses.replace(
        provider, passwords=Passwords(dataclasses.replace(settings, argon2_memory_kib=16))
    )
    with units.read() as session:
        proof = sessions.prove(session, email="ada@example.org", password=PASSWORD, provider=stronger)
    sign_in(units, stronger, "ada@example.org")

    with units.write() as session:
        assert sessions.sign_in(session, visitor, proof, stronger)


@pytest.mark.usefixtures("ada")
def test_a_proof_does_not_survive_a_change_of_the_password(units, provider, visitor):
    with units.read() as session:
        proof = sessions.prove(session, email="ada@example.org", password=PASSWORD, provider=provider)
    with units.write() as session:
        session.execute(sa.update(Account).values(password_hash=provider.passwords.hash("another password")))

    with units.write() as session:
        assert refusal_of(sessions.sign_in, session, visitor, proof, provider) == "invalid-credentials"


def test_refreshing_gives_new_tokens_for_the_same_session(units, provider, ada):
    tokens = refresh(units, provider, ada.tokens.refresh_token)

    assert tokens.session_id == ada.tokens.session_id
    assert tokens.refresh_token != ada.tokens.refresh_token
    assert is_alive(units, provider, tokens.access_token)
    assert log_of(units)[1:] == [("session.refreshed", ada.account.reference, str(tokens.session_id))]


def test_refreshing_does_not_prolong_the_session(units, provider, ada):
    refresh(units, provider, ada.tokens.refresh_token)

    with units.read() as session:
        ends = set(session.scalars(sa.select(RefreshToken.expires_at)))
        ends.add(session.get(SignInSession, ada.tokens.session_id).expires_at)
    assert len(ends) == 1


def test_a_refresh_token_used_twice_ends_the_session_for_both_holders(units, provider, ada):
    newer = refresh(units, provider, ada.tokens.refresh_token)

    assert refusal_of(refresh, units, provider, ada.tokens.refresh_token) == "invalid-refresh-token"

    assert not is_alive(units, provider, newer.access_token)
    assert refusal_of(refresh, units, provider, newer.refresh_token) == "invalid-refresh-token"
    assert [action for action, *_ in log_of(units)] == [
        "account.registered",
        "session.refreshed",
        "session.reuse_detected",
    ]


def test_reuse_ends_no_other_session(units, provider, ada):
    other = sign_in(units, provider, "ada@example.org")
    for _ in range(2):
        refusal_of(refresh, units, provider, ada.tokens.refresh_token)

    assert is_alive(units, provider, other.access_token)


def test_of_parallel_refreshes_with_one_token_one_gets_tokens(units, provider, ada):
    outcomes = at_once(8, lambda _: refresh(units, provider, ada.tokens.refresh_token))

    assert sum(isinstance(o, sessions.SignedIn) for o in outcomes) == 1
    assert {o.problem.slug for o in outcomes if isinstance(o, Refusal)} == {"invalid-refresh-token"}
    actions = [action for action, *_ in log_of(units)]
    assert actions == ["account.registered", "session.refreshed", "session.reuse_detected"]


def test_refreshing_beside_signing_out_leaves_no_living_session(units, provider, ada):
    def act(number):
        if number % 2:
            return refresh(units, provider, ada.tokens.refresh_token)
        with units.write() as session:
            return sessions.revoke(session, ada.actor, ada.tokens.session_id)

    at_once(2, act)

    assert not is_alive(units, provider, ada.tokens.access_token)


def test_unknown_refresh_tokens_are_refused(units, provider, ada):
    for text in ("", "x" * 43, "\ud7ff", ada.tokens.access_token):
        assert refusal_of(refresh, units, provider, text) == "invalid-refresh-token"


def test_a_session_ends_at_its_time(units, provider, ada):
    end_by_time(units, ada.tokens.session_id)

    assert not is_alive(units, provider, ada.tokens.access_token)
    assert refusal_of(refresh, units, provider, ada.tokens.refresh_token) == "invalid-refresh-token"


def test_an_ended_session_is_over_on_the_next_request(units, provider, ada):
    with units.write() as session:
        sessions.revoke(session, ada.actor, ada.tokens.session_id)

    assert not is_alive(units, provider, ada.tokens.access_token)
    assert refusal_of(refresh, units, provider, ada.tokens.refresh_token) == "invalid-refresh-token"
    assert log_of(units)[1:] == [("session.revoked", ada.account.reference, str(ada.tokens.session_id))]


def test_only_ones_own_living_sessions_can_be_ended(units, provider, ada, bob):
    with units.write() as session:
        assert refusal_of(sessions.revoke, session, bob.actor, ada.tokens.session_id) == "not-found"
        sessions.revoke(session, ada.actor, ada.tokens.session_id)
        assert refusal_of(sessions.revoke, session, ada.actor, ada.tokens.session_id) == "not-found"

    assert is_alive(units, provider, bob.tokens.access_token)


@pytest.mark.usefixtures("bob")
def test_the_list_shows_ones_own_living_sessions(units, provider, ada):
    ended, expired, living = (sign_in(units, provider, "ada@example.org").session_id for _ in range(3))
    end_by_time(units, expired)
    with units.write() as session:
        sessions.revoke(session, ada.actor, ended)
        shown = session.scalars(sessions.own_sessions(ada.actor).order_by(SignInSession.id)).all()

    assert [s.id for s in shown] == [ada.tokens.session_id, living]


def test_recognising_finds_the_reference_of_the_account(units, ada):
    with units.read() as session:
        actor = sessions.recognise(session, dataclasses.replace(ada.actor, reference=None))

    assert actor == ada.actor


def test_a_session_of_another_account_is_not_recognised(units, ada, bob):
    crossed = dataclasses.replace(ada.actor, session_id=bob.tokens.session_id)
    with units.read() as session:
        assert refusal_of(sessions.recognise, session, crossed) == "invalid-token"


def test_long_ended_sessions_and_old_counters_are_forgotten(units, provider, ada, bob):
    refusal_of(sign_in, units, provider, "nobody@example.org")
    end_by_time(units, bob.tokens.session_id, retention.KEPT_AFTER_END + dt.timedelta(minutes=1))
    with units.write() as session:
        session.execute(sa.update(SignInAttempt).values(window=SignInAttempt.window - 1))
    refusal_of(sign_in, units, provider, "somebody@example.org")

    with units.write() as session:
        assert retention.forget_ended(session) == 2
    with units.write() as session:
        assert retention.forget_ended(session) == 0
        assert session.scalars(sa.select(SignInSession.id)).all() == [ada.tokens.session_id]
        assert session.scalar(sa.select(sa.func.count()).select_from(SignInAttempt)) == 1
