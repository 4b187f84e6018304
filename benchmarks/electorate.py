"""Communities of any size with everything their members need to vote.

Founding, drafting and opening go through the service's own API. Only the many rows that people would make one
by one are loaded straight into the tables: accounts, sessions, memberships, and casts to be counted.
"""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from unittest import mock

import sqlalchemy as sa
from flask import Flask

from app import create_app
from app.api.identity import EXTENSION
from app.config import Settings
from app.db.types import UTCDateTime
from app.models.ballots import Cast
from app.models.communities import Membership, MembershipRole
from app.models.delegations import Delegation
from app.models.identity import Account, SignInSession
from app.policies.permissions import Role
from app.services.identity.provider import IdentityProvider
from app.services.identity.signing_keys import ensure_first_key
from benchmarks.databases import Database

#: Rankings over the ballot's options, as clients send them; a vote is changed by taking the next one.
CHOICES: tuple[tuple[str, ...], ...] = (
    ("mint", "lime", "yuzu"),
    ("lime", "yuzu", "plum"),
    ("yuzu", "plum", "mint"),
    ("plum", "mint", "lime"),
    ("mint", "plum", "yuzu"),
    ("lime", "mint", "plum"),
    ("yuzu", "lime", "mint"),
    ("plum", "yuzu", "lime"),
)
DRAFT = {
    "kind": "general",
    "title": "Which flavour next?",
    "method": "irv",
    "options": [{"id": name, "title": name.title()} for name in ("mint", "lime", "yuzu", "plum")],
    "voting_period": "P7D",
}

_ACCOUNT, _SESSION, _MEMBERSHIP = 1, 2, 3
#: Milliseconds in the time part of identifiers: like the service's own they rise with time (UUIDv7).
_EPOCH = 1_767_225_600_000


@dataclass(frozen=True)
class Community:
    """A community with ``size`` members, numbered from 1; ``owner`` is the founder's access token."""

    number: int
    id: uuid.UUID
    size: int
    owner: str

    @property
    def path(self) -> str:
        """Path of its ballots."""
        return f"/v1/communities/{self.id}/ballots"


@dataclass(frozen=True)
class OpenBallot:
    """A ballot that is open, and the electorate on its roll."""

    community: Community
    id: uuid.UUID

    @property
    def path(self) -> str:
        """Path of the ballot."""
        return f"{self.community.path}/{self.id}"


class Electorate:
    """Makes communities, members, tokens and ballots on one database."""

    def __init__(self, database: Database, secret: str, *, log_level: str = "error") -> None:
        self.database = database
        #: What the servers under measurement are started with; their log stays at its default.
        self.environment = {
            "ALTHING_ENV": "test",
            "ALTHING_DATABASE_URL": database.url,
            "ALTHING_SECRET_KEY": secret,
            "ALTHING_ACCESS_TOKEN_SECONDS": "3600",
            "ALTHING_WORKER": "off",
        }
        self.app: Flask = create_app(
            Settings.from_environment(self.environment | {"ALTHING_LOG_LEVEL": log_level})
        )
        self._provider: IdentityProvider = self.app.extensions[EXTENSION]
        self._communities = 0

    def close(self) -> None:
        """Leave the database."""
        self.app.extensions["althing.units"].engine.dispose()

    def found(self, size: int, **facts: Any) -> Community:
        """Found a community over the API and fill it with members; ``facts`` are the founding's."""
        self._communities += 1
        number = self._communities
        person = {
            "email": f"owner-{number}@example.org",
            "password": "correct horse battery staple",
            "display_name": "Owner",
        }
        owner = self.call("POST", "/v1/accounts", "", person)["access_token"]
        facts = {"slug": f"town-{number}", "name": "Town"} | facts
        founded = self.call("POST", "/v1/communities", owner, facts)
        community = Community(number, uuid.UUID(founded["id"]), size, owner)
        self._load_members(community)
        return community

    def draft(self, community: Community, **facts: Any) -> str:
        """Draft a ballot over the API; return its path."""
        drafted = self.call("POST", community.path, community.owner, DRAFT | facts)
        return f"{community.path}/{drafted['id']}"

    def open(self, community: Community, **facts: Any) -> OpenBallot:
        """Draft a ballot and open it over the API."""
        opened = self.call("POST", f"{self.draft(community, **facts)}/open", community.owner)
        assert opened["roll_size"] == community.size
        return OpenBallot(community, uuid.UUID(opened["id"]))

    def call(self, method: str, path: str, token: str, body: Any = None) -> Any:
        """Make a call that must succeed; return its JSON."""
        headers = {"Idempotency-Key": uuid.uuid4().hex} | (
            {"Authorization": f"Bearer {token}"} if token else {}
        )
        response = self.app.test_client().open(path, method=method, headers=headers, json=body)
        assert response.status_code < 300, response.text
        return response.get_json()

    def tokens(self, community: Community, members: Sequence[int]) -> list[str]:
        """Mint an access token for each member, as signing in would."""
        now = dt.datetime.now(dt.UTC)
        issuer = self._provider.tokens
        with self.app.extensions["althing.units"].write() as session:
            key = ensure_first_key(session, issuer.seal)
            # Signing is measured nowhere: the key is looked up once, not once for each token.
            with mock.patch("app.services.identity.access_tokens.signing_kid", return_value=key.kid):
                return [
                    issuer.issue(session, _id(_ACCOUNT, community, n), _id(_SESSION, community, n), now)
                    for n in members
                ]

    def delegate(self, community: Community) -> None:
        """Have every second member delegate, in the scope of the community, to one of the others.

        Of those every hundredth is a delegate, some far more than others.
        """
        kind = self.database.kind
        words = _words(kind)
        delegates = max(1, community.size // 100)
        # The product of two even spreads: few receive much, and most of them little.
        one, other = (f"((i % {delegates}) * {prime} % {delegates})" for prime in (7_919, 104_729))
        chosen = f"(2 * ({one} * {other} / {delegates}) + 1)"
        giver, receiver = (_id_sql(kind, _MEMBERSHIP, community, each) for each in ("(2 * i)", "delegate"))
        self._execute(
            f"""
            INSERT INTO {Delegation.__tablename__} (id, community_id, delegator_id, delegate_id, scope, given_at)
            SELECT {words.uuid}, :community, {giver}, {receiver}, 'community', :now
            FROM (SELECT i, {chosen} AS delegate FROM {words.numbers}) AS chosen
            """,
            size=community.size // 2,
            community=community.id,
        )

    def fill_odd(self, ballot: OpenBallot) -> None:
        """Load one cast for every second member on the roll: those who delegate to nobody."""
        odd = _id_sql(self.database.kind, _MEMBERSHIP, ballot.community, "(2 * i - 1)")
        size = (ballot.community.size + 1) // 2
        self._fill(ballot, f"SELECT {odd} AS membership_id FROM {_words(self.database.kind).numbers}", size)

    def fill(self, ballot: OpenBallot) -> None:
        """Load one cast for everybody on the roll."""
        self._fill(ballot, "SELECT membership_id FROM roll_entries WHERE ballot_id = :ballot", None)

    def _fill(self, ballot: OpenBallot, voters: str, size: int | None) -> None:
        words = _words(self.database.kind)
        choices = " ".join(f"WHEN {n} THEN '{'>'.join(choice)}'" for n, choice in enumerate(CHOICES))
        self._execute(
            f"""
            INSERT INTO {Cast.__tablename__}
              (tracker, ballot_id, membership_id, revision, choice, digest, leaf_hash, cast_at)
            SELECT {words.uuid}, :ballot, membership_id, 1,
              CASE {words.integer} % {len(CHOICES)} {choices} END, {words.hex64}, {words.bytes32}, :now
            FROM ({voters}) AS voters
            """,
            ballot=ballot.id,
            **({} if size is None else {"size": size}),
        )

    def give_tokens(self, community: Community) -> None:
        """Give every member between 1 and 1,000,000 tokens, and take every account for verified."""
        words = _words(self.database.kind)
        facts = {"community": community.id}
        self._execute(
            f"""
            INSERT INTO token_accounts
              (id, community_id, name, owner, membership_id, balance, position, created_at)
            SELECT {words.uuid}, community_id, reference, 'member', id, 0, 0, :now
            FROM memberships WHERE community_id = :community
            """,
            **facts,
        )
        self._execute(
            f"""
            INSERT INTO token_postings (account_id, position, community_id, amount)
            SELECT id, 1, community_id, 1 + {words.integer} % 1000000
            FROM token_accounts WHERE community_id = :community AND owner = 'member'
            """,
            """
            INSERT INTO token_postings (account_id, position, community_id, amount)
            SELECT id, 1, community_id,
              -(SELECT sum(amount) FROM token_postings p WHERE p.community_id = :community AND p.position = 1)
            FROM token_accounts WHERE community_id = :community AND owner = 'supply'
            """,
            """
            INSERT INTO token_entries (community_id, position, kind, amount, at)
            SELECT community_id, position, 'issue', sum(amount), :now
            FROM token_postings WHERE community_id = :community AND amount > 0 GROUP BY community_id, position
            """,
            **facts,
        )
        self._execute(
            f"UPDATE {Membership.__tablename__} SET verified_at = :now WHERE community_id = :community",
            community=community.id,
        )

    def _load_members(self, community: Community) -> None:
        kind = self.database.kind
        words = _words(kind)
        account, living, membership = (
            _id_sql(kind, number, community) for number in (_ACCOUNT, _SESSION, _MEMBERSHIP)
        )
        for statement in (
            f"""
            INSERT INTO {Account.__tablename__}
              (id, reference, email, display_name, password_hash, created_at, version)
            SELECT {account}, {words.reference}, 'm' || i || '-{community.number}@example.org', 'Member ' || i,
              'none', :now, 1 FROM {words.numbers}
            """,
            f"""
            INSERT INTO {SignInSession.__tablename__} (id, account_id, created_at, expires_at)
            SELECT {living}, {account}, :now, :later FROM {words.numbers}
            """,
            f"""
            INSERT INTO {Membership.__tablename__}
              (id, community_id, account_id, reference, display_name, joined_at, version)
            SELECT {membership}, :community, {account}, {words.reference}, 'Member ' || i, :now, 1
            FROM {words.numbers}
            """,
            f"""
            INSERT INTO {MembershipRole.__tablename__} (membership_id, role, granted_at)
            SELECT {membership}, '{Role.MEMBER.value}', :now FROM {words.numbers}
            """,
        ):
            self._execute(statement, size=community.size, community=community.id)

    def _execute(self, *statements: str, **parameters: Any) -> None:
        """Run statements in one transaction."""
        now = dt.datetime.now(dt.UTC)
        values = {"now": now, "later": now + dt.timedelta(days=30), **parameters}
        types = {dt.datetime: UTCDateTime(), uuid.UUID: sa.Uuid()}
        with self.database.engine.begin() as connection:
            for statement in statements:
                used = {name: value for name, value in values.items() if f":{name}" in statement}
                binds = [sa.bindparam(name, type_=types.get(type(value))) for name, value in used.items()]
                connection.execute(sa.text(statement).bindparams(*binds), used)


def casting_body(number: int) -> bytes:
    """Return the body of a vote; members and revisions differ in ``number``."""
    return json.dumps({"choice": CHOICES[number % len(CHOICES)]}, separators=(",", ":")).encode()


def _id(kind: int, community: Community, member: int) -> uuid.UUID:
    return uuid.UUID(f"{_EPOCH + member:012x}7{kind:03x}8{community.number:03x}{member:012x}")


def _id_sql(database: str, kind: int, community: Community, i: str = "i") -> str:
    """Say in SQL what :func:`_id` says in Python, for the member of a number."""
    middle = f"7{kind:03x}8{community.number:03x}"
    if database == "postgresql":
        return f"(lpad(to_hex({_EPOCH} + {i}), 12, '0') || '{middle}' || lpad(to_hex({i}), 12, '0'))::uuid"
    return f"printf('%012x{middle}%012x', {_EPOCH} + {i}, {i})"


@dataclass(frozen=True)
class _Words:
    """What the two databases say differently; every value is random anew for each row."""

    numbers: str
    integer: str
    uuid: str
    reference: str
    hex64: str
    bytes32: str


def _words(kind: str) -> _Words:
    if kind == "postgresql":
        digits = "replace(gen_random_uuid()::text, '-', '')"
        return _Words(
            numbers="generate_series(1, :size) AS numbers(i)",
            integer="floor(random() * 1000000)::int",
            uuid="gen_random_uuid()",
            reference="gen_random_uuid()::text",
            hex64=f"({digits} || {digits})",
            bytes32=f"decode({digits} || {digits}, 'hex')",
        )
    return _Words(
        numbers="(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :size) SELECT i FROM n)",
        integer="abs(random() / 2)",
        uuid="lower(hex(randomblob(16)))",
        reference="lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-' || hex(randomblob(2)) || '-' "
        "|| hex(randomblob(2)) || '-' || hex(randomblob(6)))",
        hex64="lower(hex(randomblob(32)))",
        bytes32="randomblob(32)",
    )
