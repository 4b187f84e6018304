"""People who sign in, and what the tests of identity do again and again."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import sqlalchemy as sa

from app.config import Settings
from app.domain.errors import Refusal
from app.models.audit import AuditContent, AuditEntry
from app.policies.permissions import Actor
from app.services.identity import accounts, sessions

PASSWORD = "correct horse battery staple"

#: For tests that need no database.
SETTINGS = Settings.from_environment(
    {
        "ALTHING_ENV": "test",
        "ALTHING_SECRET_KEY": "a secret that only these tests know 0123456789",
        "ALTHING_PUBLIC_URL": "https://vote.example",
        "ALTHING_ARGON2_MEMORY_KIB": "8",
        "ALTHING_ARGON2_PASSES": "1",
    }
)


@dataclass(frozen=True)
class Person:
    """Somebody registered: the account, the tokens of the first session, and the actor of a request in it."""

    account: object
    tokens: object
    actor: Actor

    @classmethod
    def register(cls, units, provider, email):
        with units.write() as session:
            account, tokens = accounts.register(
                session,
                Actor("registration"),
                email=email,
                password=PASSWORD,
                display_name="Ada",
                provider=provider,
            )
        identity = provider.tokens.verify(tokens.access_token)
        actor = Actor("test", identity.account_id, identity.session_id, account.reference)
        return cls(account, tokens, actor)


def sign_in(units, provider, email, password=PASSWORD):
    """Sign in as the endpoint does: prove in a reading unit of work, then act in a writing one."""
    with units.read() as session:
        proof = sessions.prove(session, email=email, password=password, provider=provider)
    with units.write() as session:
        return sessions.sign_in(session, Actor("sign-in"), proof, provider)


def refresh(units, provider, refresh_token):
    with units.write() as session:
        return sessions.refresh(session, Actor("refresh"), refresh_token, provider)


def change_password(units, provider, person, current, new):
    with units.read() as session:
        prepared = accounts.prepare_new_password(
            session, person.actor, current_password=current, new_password=new, provider=provider
        )
    with units.write() as session:
        accounts.change_password(session, person.actor, prepared, provider)


def is_alive(units, provider, access_token):
    """Whether a request with the token would be let in."""
    identity = provider.tokens.verify(access_token)
    with units.read() as session:
        actor = Actor("test", identity.account_id, identity.session_id)
        return refusal_of(sessions.recognise, session, actor) is None


def refusal_of(call, *args, **kwargs):
    """Return the slug of the refusal that a call ends in, or None."""
    try:
        call(*args, **kwargs)
    except Refusal as refusal:
        return refusal.problem.slug
    return None


def at_once(count, call):
    """Run ``call(number)`` in as many threads, started together; return results, exceptions among them."""
    gate = threading.Barrier(count)

    def run(number):
        gate.wait()
        try:
            return call(number)
        except Exception as error:  # noqa: BLE001 - the caller judges it
            return error

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def log_of(units, *kinds):
    """Return (action, actor, object) of audit entries about accounts and sessions, or other kinds."""
    with units.read() as session:
        bodies = session.scalars(sa.select(AuditEntry.body).order_by(AuditEntry.id)).all()
    entries = [json.loads(body) for body in bodies]
    return [
        (e["action"], e["actor"], e["object"]["id"])
        for e in entries
        if e["object"]["type"] in (kinds or {"account", "session"})
    ]


def whole_log(units):
    """Return everything the audit tables hold, as one text."""
    with units.read() as session:
        bodies = session.scalars(sa.select(AuditEntry.body)).all()
        contents = session.scalars(sa.select(AuditContent)).all()
        return " ".join([*(b.decode() for b in bodies), *(str(c.content) for c in contents)])
