import pytest
import sqlalchemy as sa
import sqlalchemy.exc

from app.models.identity import Account
from app.policies.permissions import Actor
from app.services.identity import accounts, sessions
from app.services.identity.accounts import normalise_email
from tests.services.identity.people import (
    PASSWORD,
    Person,
    at_once,
    change_password,
    is_alive,
    log_of,
    refusal_of,
    sign_in,
    whole_log,
)


def account_of(units, person):
    with units.read() as session:
        return accounts.own_account(session, person.actor)


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        (" Ada@Example.ORG\n", "ada@example.org"),
        ("JOSE\u0301@example.org", "jos\u00e9@example.org"),
        ("jos\u00e9@example.org", "jos\u00e9@example.org"),
        ("\u0130@example.org", "i\u0307@example.org"),
    ],
)
def test_an_address_has_one_spelling(written, kept):
    assert normalise_email(written) == kept
    assert normalise_email(kept) == kept


def test_registering_signs_in(units, provider, ada):
    assert is_alive(units, provider, ada.tokens.access_token)
    assert ada.account.email == "ada@example.org"
    assert ada.account.password_hash.startswith("$argon2id$")


def test_registering_writes_one_audit_entry(units, ada):
    assert log_of(units) == [("account.registered", ada.account.reference, ada.account.reference)]


@pytest.mark.usefixtures("ada")
def test_an_address_has_one_account_however_it_is_spelled(units, provider):
    assert refusal_of(Person.register, units, provider, " ADA@example.org") == "email-taken"
    with units.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Account)) == 1


def test_of_parallel_registrations_of_one_address_one_succeeds(units, provider):
    outcomes = at_once(8, lambda _: Person.register(units, provider, "ada@example.org"))

    losers = [o for o in outcomes if not isinstance(o, Person)]
    assert len(losers) == 7
    for loser in losers:
        if isinstance(loser, sqlalchemy.exc.IntegrityError):  # which the edge maps by the constraint's name
            assert "accounts" in str(loser.orig)
            assert "email" in str(loser.orig)
        else:
            assert loser.problem.slug == "email-taken"
    assert len(log_of(units)) == 1


def test_a_display_name_changes_with_version_and_entry(units, ada):
    with units.write() as session:
        accounts.rename(session, ada.actor, accounts.own_account(session, ada.actor), "Ada L.")

    account = account_of(units, ada)
    assert (account.display_name, account.version) == ("Ada L.", 2)
    assert log_of(units)[1:] == [("account.updated", ada.account.reference, ada.account.reference)]


def test_the_same_display_name_changes_nothing(units, ada):
    with units.write() as session:
        accounts.rename(session, ada.actor, accounts.own_account(session, ada.actor), "Ada")

    assert account_of(units, ada).version == 1
    assert len(log_of(units)) == 1


def test_a_changed_password_replaces_the_old_one(units, provider, ada):
    change_password(units, provider, ada, PASSWORD, "four other words at random")

    assert refusal_of(sign_in, units, provider, "ada@example.org") == "invalid-credentials"
    assert sign_in(units, provider, "ada@example.org", "four other words at random")


def test_a_changed_password_ends_all_other_sessions(units, provider, ada, bob):
    other = sign_in(units, provider, "ada@example.org")

    change_password(units, provider, ada, PASSWORD, "four other words at random")

    assert is_alive(units, provider, ada.tokens.access_token)
    assert not is_alive(units, provider, other.access_token)
    assert is_alive(units, provider, bob.tokens.access_token)


def test_changing_the_password_writes_one_entry_and_keeps_the_version(units, provider, ada):
    change_password(units, provider, ada, PASSWORD, "four other words at random")

    assert account_of(units, ada).version == 1
    assert log_of(units)[1:] == [("account.password_changed", ada.account.reference, ada.account.reference)]


def test_a_wrong_current_password_changes_nothing(units, provider, ada):
    before = account_of(units, ada).password_hash

    slug = refusal_of(change_password, units, provider, ada, "a wrong password", "another password")

    assert slug == "invalid-credentials"
    assert account_of(units, ada).password_hash == before
    assert len(log_of(units)) == 1


def test_of_parallel_changes_of_the_password_one_succeeds(units, provider, ada):
    outcomes = at_once(
        3, lambda n: refusal_of(change_password, units, provider, ada, PASSWORD, f"new password no. {n}")
    )

    assert outcomes.count(None) == 1
    assert set(outcomes) <= {None, "invalid-credentials"}


@pytest.mark.usefixtures("bob")
def test_an_export_holds_the_person_and_nobody_else(units, provider, ada):
    second = sign_in(units, provider, "ada@example.org")
    with units.write() as session:
        sessions.revoke(session, ada.actor, second.session_id)
    with units.read() as session:
        kept = accounts.export(session, ada.actor)

    assert kept.account.id == ada.account.id
    assert [s.id for s in kept.sessions] == [ada.tokens.session_id, second.session_id]
    assert kept.sessions[1].revoked_at is not None
    assert kept.memberships == []


def test_an_actor_whose_account_is_gone_is_not_known(units, ada):
    stranger = Actor("test", ada.tokens.session_id, ada.tokens.session_id)
    with units.read() as session:
        assert refusal_of(accounts.own_account, session, stranger) == "invalid-token"


def test_nothing_personal_enters_the_audit_log(units, provider, ada):
    with units.write() as session:
        accounts.rename(session, ada.actor, accounts.own_account(session, ada.actor), "Augusta")
    refusal_of(sign_in, units, provider, "ada@example.org", "a wrong password")
    change_password(units, provider, ada, PASSWORD, "four other words at random")

    log = whole_log(units)
    for secret in ("ada@", "example.org", "Ada", "Augusta", "argon2", str(ada.account.id)):
        assert secret not in log
