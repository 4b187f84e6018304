"""Downloads for auditors: balances as of a position, the whole ledger, and statements."""

from __future__ import annotations

import uuid
from collections.abc import Collection

from sqlalchemy.orm import Session

from app.policies.permissions import Actor
from app.services.downloads import Column, Dialect, Download, FileFormat, Writing, file_of
from app.services.tokens.figures import require_position


def balances(session: Session, actor: Actor, form: FileFormat, position: int | None) -> Download:
    """Return every account that holds anything as of a position, the last one for None, by name.

    The balances add up to the supply.

    :raises Refusal: ``position-ahead``.
    """
    assert actor.community_id is not None  # noqa: S101 - the edge resolved the community
    as_of = require_position(session, actor.community_id, position)
    dialect = Dialect(session.get_bind().dialect.name)
    community = dialect.id(actor.community_id)
    columns = {
        "account_id": Column(Writing.CODE, dialect.id_text("a.id")),
        "account": Column(Writing.WORDS, "a.name"),
        "owner": Column(Writing.CODE, "a.owner"),
        "member": Column(Writing.CODE, "m.reference"),
        "balance": Column(Writing.NUMBER, "b.balance"),
    }
    if position is None:
        columns["balance"] = Column(Writing.NUMBER, "a.balance")
        held = (
            "FROM token_accounts a LEFT JOIN memberships m ON m.id = a.membership_id "
            f"WHERE a.community_id = {community} AND a.balance > 0"
        )
    else:
        held = (
            "FROM (SELECT account_id AS id, CAST(sum(amount) AS bigint) AS balance FROM token_postings "
            f"WHERE community_id = {community} AND position <= {as_of} GROUP BY account_id) b "
            "JOIN token_accounts a ON a.id = b.id LEFT JOIN memberships m ON m.id = a.membership_id "
            "WHERE b.balance > 0"
        )
    rows = f"{held} ORDER BY a.name"
    return file_of(session, f"balances-{actor.community_id}-{as_of}", form, columns, rows)


def entries(session: Session, actor: Actor, form: FileFormat, position: int | None) -> Download:
    """Return the ledger up to a position, the last one for None: a line for each posting, and for each lock.

    Enough to keep the whole ledger again: see :func:`app.domain.ledger.book_at`.

    :raises Refusal: ``position-ahead``.
    """
    assert actor.community_id is not None  # noqa: S101 - the edge resolved the community
    as_of = require_position(session, actor.community_id, position)
    dialect = Dialect(session.get_bind().dialect.name)
    community = dialect.id(actor.community_id)
    columns = {
        "position": Column(Writing.NUMBER, "e.position"),
        "at": Column(Writing.CODE, dialect.instant_text("e.at")),
        "kind": Column(Writing.CODE, "e.kind"),
        "account_id": Column(Writing.CODE, dialect.id_text("a.id")),
        "account": Column(Writing.WORDS, "a.name"),
        "amount": Column(Writing.NUMBER, "p.amount"),
        "reason": Column(Writing.WORDS, "e.reason"),
        "vests_from": Column(Writing.CODE, dialect.instant_text("s.starts_at")),
        "vests_within_seconds": Column(Writing.NUMBER, "s.duration"),
        "cliff_seconds": Column(Writing.NUMBER, "s.cliff"),
        "locked": Column(Writing.NUMBER, "l.amount"),
        "locked_until": Column(Writing.CODE, dialect.instant_text("l.locked_until")),
    }
    here = f"community_id = {community} AND position <= {as_of}"
    rows = f"""
FROM (SELECT position, account_id, amount FROM token_postings WHERE {here}
      UNION ALL SELECT position, account_id, 0 FROM token_locks WHERE {here}) p
JOIN token_entries e ON e.community_id = {community} AND e.position = p.position
JOIN token_accounts a ON a.id = p.account_id
LEFT JOIN token_schedules s ON s.community_id = {community} AND s.position = p.position
     AND s.account_id = p.account_id
LEFT JOIN token_locks l ON l.community_id = {community} AND l.position = p.position
ORDER BY p.position, p.account_id
"""
    return file_of(session, f"ledger-{actor.community_id}-{as_of}", form, columns, rows)


def statement(
    session: Session, community_id: uuid.UUID, accounts: Collection[uuid.UUID], form: FileFormat, name: str
) -> Download:
    """Return the whole statement of some accounts taken together, the oldest entry first.

    :param name: of the file, without its ending.
    """
    dialect = Dialect(session.get_bind().dialect.name)
    community = dialect.id(community_id)
    among = ", ".join(map(dialect.id, accounts)) or "NULL"
    columns = {
        "position": Column(Writing.NUMBER, "e.position"),
        "at": Column(Writing.CODE, dialect.instant_text("e.at")),
        "kind": Column(Writing.CODE, "e.kind"),
        "amount": Column(Writing.NUMBER, "p.amount"),
        "balance": Column(Writing.NUMBER, "p.balance"),
        "reason": Column(Writing.WORDS, "e.reason"),
    }
    here = f"community_id = {community} AND account_id IN ({among})"
    rows = f"""
FROM (SELECT position, CAST(sum(amount) AS bigint) AS amount,
             CAST(sum(sum(amount)) OVER (ORDER BY position) AS bigint) AS balance
      FROM (SELECT position, amount FROM token_postings WHERE {here}
            UNION ALL SELECT position, 0 FROM token_locks WHERE {here}) both_kinds
      GROUP BY position) p
JOIN token_entries e ON e.community_id = {community} AND e.position = p.position
ORDER BY p.position
"""
    return file_of(session, name, form, columns, rows)
