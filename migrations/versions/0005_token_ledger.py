"""The token ledger in place of recorded holdings

Revision ID: 0005
Revises: 0004
"""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from alembic import op

from migrations.append_only import forbid_replacing

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

#: Append-only tables with the columns whose repetition would make INSERT OR REPLACE delete a row.
APPEND_ONLY = {
    "token_postings": (("account_id", "position"),),
    "token_entries": (("community_id", "position"),),
    "token_openings": (("community_id", "position"),),
    "token_schedules": (("community_id", "position"),),
    "token_locks": (("community_id", "position"),),
    "token_imports": (("id",),),
}

#: What belongs to an entry is written before it: once the entry is there, nothing can be added to it.
SEALED = ("token_postings", "token_schedules", "token_locks")

#: What an entry says for ever: all but its reason, which can be erased.
ENTRY = ("community_id", "position", "kind", "amount", "membership_id", "at")

#: What an account keeps for ever. Beside it, one that is nobody's becomes a member's, once, and a name may be erased.
KEPT = ("id", "community_id", "created_at")

#: Whether an entry about to be sealed says what its postings, its schedule and its lock do: the rules of
#: double entry, and for each kind what it does to the supply. One statement for both databases but for how they
#: come to the postings.
SOUND = """
SELECT coalesce(sum(p.amount), 0) = 0
   AND coalesce(sum(CASE WHEN p.amount > 0 THEN p.amount END), 0)
       = CASE NEW.kind WHEN 'lock' THEN 0 ELSE NEW.amount END
   AND count(p.owner) = count(p.account_id)
   AND CASE NEW.kind
       WHEN 'issue' THEN coalesce(sum(CASE p.owner WHEN 'supply' THEN p.amount END), 0) = -NEW.amount
       WHEN 'burn' THEN coalesce(sum(CASE p.owner WHEN 'supply' THEN p.amount END), 0) = NEW.amount
       WHEN 'vest' THEN coalesce(sum(CASE p.owner WHEN 'supply' THEN p.amount END), 0) IN (0, -NEW.amount)
                    AND count(p.account_id) = 2
       WHEN 'transfer' THEN coalesce(sum(CASE p.owner WHEN 'supply' THEN abs(p.amount) END), 0) = 0
       WHEN 'lock' THEN count(p.account_id) = 0
       ELSE 1 = 0 END
   AND (SELECT count(*) FROM token_schedules s
        WHERE s.community_id = NEW.community_id AND s.position = NEW.position)
       = CASE NEW.kind WHEN 'vest' THEN 1 ELSE 0 END
   AND (SELECT count(*) FROM token_schedules s
        WHERE s.community_id = NEW.community_id AND s.position = NEW.position
          AND s.amount = (SELECT v.amount FROM token_postings v
                          WHERE v.account_id = s.account_id AND v.position = s.position))
       = CASE NEW.kind WHEN 'vest' THEN 1 ELSE 0 END
   AND (SELECT count(*) FROM token_locks l
        WHERE l.community_id = NEW.community_id AND l.position = NEW.position)
       = CASE NEW.kind WHEN 'lock' THEN 1 ELSE 0 END
   AND (SELECT count(*) FROM token_locks l
        WHERE l.community_id = NEW.community_id AND l.position = NEW.position
          AND l.amount = NEW.amount AND l.locked_until > NEW.at
          AND (SELECT h.owner FROM token_accounts h
               WHERE h.id = l.account_id AND h.community_id = l.community_id) <> 'supply')
       = CASE NEW.kind WHEN 'lock' THEN 1 ELSE 0 END
FROM ({postings}) p
"""

#: The postings of an entry about to be sealed, each with whose account it is; NULL where the community has none.
#: Each account is sought by its key and by nothing else: a database that was told the tables' sizes while they
#: held next to nothing would join by looking through all accounts for each of a million postings. The fence, which
#: leaves nothing out, has it seek each one once only.
POSTINGS = """
SELECT p.account_id, p.amount,
       (SELECT CASE WHEN a.community_id = p.community_id THEN a.owner END
        FROM token_accounts a WHERE a.id = p.account_id) AS owner
FROM token_postings p {index}
WHERE p.community_id = NEW.community_id AND p.position = NEW.position
{fence}
"""

#: Whether it is the next one, and none was written later.
NEXT = """
SELECT NEW.position = coalesce(max(e.position), 0) + 1
   AND NOT EXISTS (SELECT 1 FROM token_entries b
                   WHERE b.community_id = NEW.community_id AND b.position = NEW.position - 1 AND b.at > NEW.at)
FROM token_entries e WHERE e.community_id = NEW.community_id AND e.position < NEW.position
"""

#: Each account is moved once, however many there are.
MOVE = """
UPDATE token_accounts SET balance = token_accounts.balance + p.amount, position = p.position
FROM token_postings p
WHERE p.community_id = NEW.community_id AND p.position = NEW.position AND token_accounts.id = p.account_id
"""

#: The same on SQLite, each account by its key, whatever it was told of the tables' sizes.
MOVE_ON_SQLITE = """
INSERT INTO token_movements SELECT p.account_id, p.position, p.amount
FROM token_postings p INDEXED BY ix_token_postings_community_id_position
WHERE p.community_id = NEW.community_id AND p.position = NEW.position
"""

REASON = "Holdings recorded before there was a ledger"


def upgrade() -> None:
    op.create_table('token_accounts',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('community_id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.String(length=128), nullable=False),
    sa.Column('owner', sa.String(length=16), nullable=False),
    sa.Column('membership_id', sa.Uuid(), nullable=True),
    sa.Column('balance', sa.BigInteger(), nullable=False),
    sa.Column('position', sa.BigInteger(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("owner IN ('supply', 'treasury', 'member', 'nobody')", name=op.f('ck_token_accounts_known_owner')),
    sa.CheckConstraint("(owner = 'member') = (membership_id IS NOT NULL)", name=op.f('ck_token_accounts_member_has_membership')),
    sa.CheckConstraint("(owner = 'supply') = (name = 'supply')", name=op.f('ck_token_accounts_one_supply')),
    sa.CheckConstraint("CASE WHEN owner = 'supply' THEN balance BETWEEN -9007199254740991 AND 0 ELSE balance BETWEEN 0 AND 9007199254740991 END", name=op.f('ck_token_accounts_balance_in_range')),
    sa.ForeignKeyConstraint(['community_id'], ['communities.id'], name=op.f('fk_token_accounts_community_id')),
    sa.ForeignKeyConstraint(['membership_id'], ['memberships.id'], name=op.f('fk_token_accounts_membership_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_token_accounts')),
    sa.UniqueConstraint('community_id', 'name', name=op.f('uq_token_accounts_community_id_name')),
    postgresql_with={'fillfactor': 50}
    )
    op.create_index(op.f('ix_token_accounts_membership_id'), 'token_accounts', ['membership_id'], unique=False)
    op.create_table('token_postings',
    sa.Column('account_id', sa.Uuid(), nullable=False),
    sa.Column('position', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('community_id', sa.Uuid(), nullable=False),
    sa.Column('amount', sa.BigInteger(), nullable=False),
    sa.CheckConstraint('amount <> 0 AND amount BETWEEN -9007199254740991 AND 9007199254740991', name=op.f('ck_token_postings_amount_range')),
    sa.PrimaryKeyConstraint('account_id', 'position', name=op.f('pk_token_postings'))
    )
    op.create_index('ix_token_postings_community_id_position', 'token_postings', ['community_id', 'position'], unique=False)
    op.create_table('token_entries',
    sa.Column('community_id', sa.Uuid(), nullable=False),
    sa.Column('position', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('amount', sa.BigInteger(), nullable=False),
    sa.Column('reason', sa.String(length=500), nullable=True),
    sa.Column('membership_id', sa.Uuid(), nullable=True),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('amount BETWEEN 1 AND 9007199254740991', name=op.f('ck_token_entries_amount_range')),
    sa.ForeignKeyConstraint(['membership_id'], ['memberships.id'], name=op.f('fk_token_entries_membership_id')),
    sa.PrimaryKeyConstraint('community_id', 'position', name=op.f('pk_token_entries'))
    )
    op.create_table('token_openings',
    sa.Column('community_id', sa.Uuid(), nullable=False),
    sa.Column('position', sa.BigInteger(), autoincrement=False, nullable=False),
    _of_entry('token_openings'),
    sa.PrimaryKeyConstraint('community_id', 'position', name=op.f('pk_token_openings'))
    )
    op.create_table('token_schedules',
    sa.Column('community_id', sa.Uuid(), nullable=False),
    sa.Column('position', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('account_id', sa.Uuid(), nullable=False),
    sa.Column('amount', sa.BigInteger(), nullable=False),
    sa.Column('starts_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('duration', sa.BigInteger(), nullable=False),
    sa.Column('cliff', sa.BigInteger(), nullable=False),
    sa.CheckConstraint('amount BETWEEN 1 AND 9007199254740991', name=op.f('ck_token_schedules_amount_range')),
    sa.CheckConstraint('duration BETWEEN 1 AND 3000000000', name=op.f('ck_token_schedules_duration_range')),
    sa.CheckConstraint('cliff BETWEEN 0 AND duration', name=op.f('ck_token_schedules_cliff_range')),
    _of_entry('token_schedules'),
    sa.ForeignKeyConstraint(['account_id'], ['token_accounts.id'], name=op.f('fk_token_schedules_account_id')),
    sa.PrimaryKeyConstraint('community_id', 'position', name=op.f('pk_token_schedules'))
    )
    op.create_index(op.f('ix_token_schedules_account_id'), 'token_schedules', ['account_id'], unique=False)
    op.create_table('token_locks',
    sa.Column('community_id', sa.Uuid(), nullable=False),
    sa.Column('position', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('account_id', sa.Uuid(), nullable=False),
    sa.Column('amount', sa.BigInteger(), nullable=False),
    sa.Column('locked_until', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('amount BETWEEN 1 AND 9007199254740991', name=op.f('ck_token_locks_amount_range')),
    _of_entry('token_locks'),
    sa.ForeignKeyConstraint(['account_id'], ['token_accounts.id'], name=op.f('fk_token_locks_account_id')),
    sa.PrimaryKeyConstraint('community_id', 'position', name=op.f('pk_token_locks'))
    )
    op.create_index(op.f('ix_token_locks_account_id'), 'token_locks', ['account_id'], unique=False)
    op.create_table('token_imports',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('community_id', sa.Uuid(), nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('mode', sa.String(length=8), nullable=False),
    sa.Column('rows', sa.BigInteger(), nullable=False),
    sa.Column('bad_lines', sa.BigInteger(), nullable=False),
    sa.Column('accounts_created', sa.BigInteger(), nullable=False),
    sa.Column('issued', sa.BigInteger(), nullable=False),
    sa.Column('burned', sa.BigInteger(), nullable=False),
    sa.Column('issued_position', sa.BigInteger(), nullable=True),
    sa.Column('burned_position', sa.BigInteger(), nullable=True),
    sa.Column('membership_id', sa.Uuid(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['community_id'], ['communities.id'], name=op.f('fk_token_imports_community_id')),
    sa.ForeignKeyConstraint(['membership_id'], ['memberships.id'], name=op.f('fk_token_imports_membership_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_token_imports'))
    )
    op.create_index('ix_token_imports_community_id_digest', 'token_imports', ['community_id', 'digest'], unique=False)
    for table, keys in APPEND_ONLY.items():
        _guard(table, keys, erasable="reason" if table == "token_entries" else None)
    if _postgresql():
        _guard_ledger_on_postgresql()
    else:
        _guard_ledger_on_sqlite()
    _move_holdings_into_the_ledger()
    with op.batch_alter_table('holdings', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_holdings_community_id'))
    op.drop_table('holdings')


def downgrade() -> None:
    op.create_table('holdings',
    sa.Column('membership_id', sa.Uuid(), nullable=False),
    sa.Column('community_id', sa.Uuid(), nullable=False),
    sa.Column('amount', sa.BigInteger(), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.BigInteger(), nullable=False),
    sa.CheckConstraint('amount BETWEEN 0 AND 9007199254740991', name=op.f('ck_holdings_amount_range')),
    sa.ForeignKeyConstraint(['community_id'], ['communities.id'], name=op.f('fk_holdings_community_id')),
    sa.ForeignKeyConstraint(['membership_id'], ['memberships.id'], name=op.f('fk_holdings_membership_id')),
    sa.PrimaryKeyConstraint('membership_id', name=op.f('pk_holdings'))
    )
    with op.batch_alter_table('holdings', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_holdings_community_id'), ['community_id'], unique=False)
    op.execute(
        sa.text(
            "INSERT INTO holdings (membership_id, community_id, amount, updated_at, version) "
            "SELECT membership_id, community_id, sum(balance), :now, 1 FROM token_accounts "
            "WHERE owner = 'member' GROUP BY membership_id, community_id"
        ).bindparams(_now())
    )
    if not _postgresql():
        op.execute("DROP VIEW token_movements")
    for table in ('token_imports', 'token_locks', 'token_schedules', 'token_openings', 'token_postings',
                  'token_entries', 'token_accounts'):
        op.drop_table(table)
    if _postgresql():
        for function in ('seal_token_entry', 'open_token_entry', 'refuse_addition', 'refuse_foreign_owner'):
            op.execute(f"DROP FUNCTION {function}()")


def _postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def _of_entry(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ['community_id', 'position'], ['token_entries.community_id', 'token_entries.position'],
        name=op.f(f'fk_{table}_community_id_position'), initially='DEFERRED', deferrable=True,
    )


def _guard(table: str, keys: tuple[tuple[str, ...], ...], erasable: str | None = None) -> None:
    """Have the database refuse every change of a row once written; the triggers go with the table.

    An erasable column may become NULL, and that is all.
    """
    but = ""
    if erasable is not None:
        same = " AND ".join(
            f"OLD.{column} IS NOT DISTINCT FROM NEW.{column}" if _postgresql() else f"OLD.{column} IS NEW.{column}"
            for column in ENTRY
        )
        but = f"WHEN (NOT ({same} AND OLD.{erasable} IS NOT NULL AND NEW.{erasable} IS NULL)) "
    if _postgresql():
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE ON {table} "
            f"FOR EACH ROW {but}EXECUTE FUNCTION refuse_change()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
        return
    for event in ("update", "delete"):
        op.execute(
            f"CREATE TRIGGER {table}_no_{event} BEFORE {event.upper()} ON {table} "
            f"{but if event == 'update' else ''}BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )
    forbid_replacing(table, keys)


def _guard_ledger_on_postgresql() -> None:
    sound = SOUND.format(postings=POSTINGS.format(index="", fence="OFFSET 0"))
    op.execute(
        f"""
        CREATE FUNCTION seal_token_entry() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF NOT ({NEXT}) THEN
            RAISE EXCEPTION 'entry % is not the next of its ledger', NEW.position
              USING ERRCODE = 'restrict_violation';
          END IF;
          IF NOT ({sound}) THEN
            RAISE EXCEPTION 'entry % is not what its postings say', NEW.position
              USING ERRCODE = 'restrict_violation';
          END IF;
          {MOVE};
          RETURN NULL;
        END $$
        """
    )
    op.execute(
        "CREATE TRIGGER token_entries_seal AFTER INSERT ON token_entries "
        "FOR EACH ROW EXECUTE FUNCTION seal_token_entry()"
    )
    # One statement may write a million postings: they are looked at together.
    op.execute(
        """
        CREATE FUNCTION open_token_entry() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF EXISTS (SELECT 1 FROM (SELECT DISTINCT community_id, position FROM written) w
                     JOIN token_entries e USING (community_id, position)) THEN
            RAISE EXCEPTION '% is append-only: the entry is sealed', TG_TABLE_NAME
              USING ERRCODE = 'restrict_violation';
          END IF;
          INSERT INTO token_openings (community_id, position)
            SELECT DISTINCT community_id, position FROM written ON CONFLICT DO NOTHING;
          RETURN NULL;
        END $$
        """
    )
    op.execute(
        "CREATE TRIGGER token_postings_open AFTER INSERT ON token_postings "
        "REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION open_token_entry()"
    )
    op.execute(
        """
        CREATE FUNCTION refuse_addition() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF EXISTS (SELECT 1 FROM token_entries e
                     WHERE e.community_id = NEW.community_id AND e.position = NEW.position) THEN
            RAISE EXCEPTION '% is append-only: the entry is sealed', TG_TABLE_NAME
              USING ERRCODE = 'restrict_violation';
          END IF;
          RETURN NEW;
        END $$
        """
    )
    for table in ("token_schedules", "token_locks"):
        op.execute(
            f"CREATE TRIGGER {table}_sealed BEFORE INSERT ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_addition()"
        )
    op.execute(
        """
        CREATE FUNCTION refuse_foreign_owner() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF NOT EXISTS (SELECT 1 FROM memberships m
                         WHERE m.id = NEW.membership_id AND m.community_id = NEW.community_id) THEN
            RAISE EXCEPTION 'the owner of a token account is a member of its community'
              USING ERRCODE = 'restrict_violation';
          END IF;
          RETURN NEW;
        END $$
        """
    )
    op.execute(
        "CREATE TRIGGER token_accounts_own_member BEFORE INSERT OR UPDATE OF membership_id ON token_accounts "
        "FOR EACH ROW WHEN (NEW.membership_id IS NOT NULL) EXECUTE FUNCTION refuse_foreign_owner()"
    )
    op.execute(
        "CREATE TRIGGER token_accounts_begin_empty BEFORE INSERT ON token_accounts "
        "FOR EACH ROW WHEN (NEW.balance <> 0 OR NEW.position <> 0) EXECUTE FUNCTION refuse_change()"
    )
    old, new = (", ".join(f"{row}.{column}" for column in KEPT) for row in ("OLD", "NEW"))
    op.execute(
        "CREATE TRIGGER token_accounts_frozen BEFORE UPDATE ON token_accounts FOR EACH ROW "
        f"WHEN (({old}) IS DISTINCT FROM ({new}) "
        "OR ((OLD.owner, OLD.membership_id) IS DISTINCT FROM (NEW.owner, NEW.membership_id) "
        "AND NOT (OLD.owner = 'nobody' AND NEW.owner = 'member')) "
        # Within a trigger, which can only be the seal's.
        "OR ((OLD.balance, OLD.position) IS DISTINCT FROM (NEW.balance, NEW.position) "
        "AND pg_trigger_depth() = 0)) EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        "CREATE TRIGGER token_accounts_kept BEFORE DELETE ON token_accounts "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        "CREATE TRIGGER token_accounts_no_truncate BEFORE TRUNCATE ON token_accounts "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def _guard_ledger_on_sqlite() -> None:
    index = "INDEXED BY ix_token_postings_community_id_position"
    sound = SOUND.format(postings=POSTINGS.format(index=index, fence="LIMIT -1"))
    op.execute("CREATE VIEW token_movements AS SELECT account_id, position, amount FROM token_postings")
    op.execute(
        "CREATE TRIGGER token_movements_move INSTEAD OF INSERT ON token_movements BEGIN "
        "UPDATE token_accounts SET balance = balance + NEW.amount, position = NEW.position "
        "WHERE id = NEW.account_id; END"
    )
    op.execute(
        "CREATE TRIGGER token_entries_seal AFTER INSERT ON token_entries BEGIN "
        f"SELECT RAISE(ABORT, 'the entry is not the next of its ledger') WHERE NOT ({NEXT}); "
        f"SELECT RAISE(ABORT, 'the entry is not what its postings say') WHERE NOT ({sound}); "
        f"{MOVE_ON_SQLITE}; END"
    )
    for table in SEALED:
        op.execute(
            f"CREATE TRIGGER {table}_sealed BEFORE INSERT ON {table} WHEN EXISTS (SELECT 1 FROM token_entries "
            "WHERE community_id = NEW.community_id AND position = NEW.position) "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only: the entry is sealed'); END"
        )
    # No INSERT OR IGNORE: in a trigger, the conflict clause of the statement that fired it replaces it.
    op.execute(
        "CREATE TRIGGER token_postings_open AFTER INSERT ON token_postings BEGIN "
        "INSERT INTO token_openings (community_id, position) SELECT NEW.community_id, NEW.position "
        "WHERE NOT EXISTS (SELECT 1 FROM token_openings "
        "WHERE community_id = NEW.community_id AND position = NEW.position); END"
    )
    for event, name in (("INSERT", "insert"), ("UPDATE OF membership_id", "assignment")):
        op.execute(
            f"CREATE TRIGGER token_accounts_own_member_{name} BEFORE {event} ON token_accounts "
            "WHEN NEW.membership_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM memberships "
            "WHERE id = NEW.membership_id AND community_id = NEW.community_id) "
            "BEGIN SELECT RAISE(ABORT, 'the owner of a token account is a member of its community'); END"
        )
    op.execute(
        "CREATE TRIGGER token_accounts_begin_empty BEFORE INSERT ON token_accounts "
        "WHEN NEW.balance <> 0 OR NEW.position <> 0 "
        "BEGIN SELECT RAISE(ABORT, 'a balance is frozen but for entries'); END"
    )
    op.execute(
        # Asked twice and not with OR, each by its own index.
        "CREATE TRIGGER token_accounts_no_replace BEFORE INSERT ON token_accounts "
        "WHEN EXISTS (SELECT 1 FROM token_accounts WHERE id = NEW.id) "
        "OR EXISTS (SELECT 1 FROM token_accounts WHERE community_id = NEW.community_id AND name = NEW.name) "
        "BEGIN SELECT RAISE(ABORT, 'a token account is kept'); END"
    )
    changed = " OR ".join(f"OLD.{column} IS NOT NEW.{column}" for column in KEPT)
    op.execute(
        "CREATE TRIGGER token_accounts_frozen BEFORE UPDATE ON token_accounts "
        f"WHEN {changed} OR ((OLD.owner IS NOT NEW.owner OR OLD.membership_id IS NOT NEW.membership_id) "
        "AND NOT (OLD.owner = 'nobody' AND NEW.owner = 'member')) "
        # SQLite does not tell a trigger's statement from anyone's, so every change must prove itself: it is
        # what one posting says, and that posting has not been counted yet.
        "OR ((OLD.balance IS NOT NEW.balance OR OLD.position IS NOT NEW.position) AND NOT "
        "(NEW.position > OLD.position AND EXISTS (SELECT 1 FROM token_postings "
        "WHERE account_id = OLD.id AND position = NEW.position AND amount = NEW.balance - OLD.balance))) "
        "BEGIN SELECT RAISE(ABORT, 'a token account is frozen but for its entries'); END"
    )
    op.execute(
        "CREATE TRIGGER token_accounts_kept BEFORE DELETE ON token_accounts "
        "BEGIN SELECT RAISE(ABORT, 'a token account is kept'); END"
    )


def _now() -> sa.BindParameter[dt.datetime]:
    return sa.bindparam("now", dt.datetime.now(dt.UTC), sa.DateTime(timezone=True))


def _move_holdings_into_the_ledger() -> None:
    """Open every community's ledger; what members hold is issued to them by its first entry."""
    id_ = "gen_random_uuid()" if _postgresql() else "lower(hex(randomblob(16)))"
    columns = "(id, community_id, name, owner, membership_id, balance, position, created_at)"
    statements = (
        f"INSERT INTO token_accounts {columns} "
        f"SELECT {id_}, c.id, 'supply', 'supply', NULL, 0, 0, :now FROM communities c",
        f"INSERT INTO token_accounts {columns} "
        f"SELECT {id_}, h.community_id, m.reference, 'member', m.id, 0, 0, :now "
        "FROM holdings h JOIN memberships m ON m.id = h.membership_id WHERE h.amount > 0",
        "INSERT INTO token_postings (account_id, position, community_id, amount) "
        "SELECT a.id, 1, a.community_id, h.amount "
        "FROM holdings h JOIN token_accounts a ON a.membership_id = h.membership_id WHERE h.amount > 0",
        "INSERT INTO token_postings (account_id, position, community_id, amount) "
        "SELECT a.id, 1, a.community_id, -sum(h.amount) "
        "FROM holdings h JOIN token_accounts a ON a.community_id = h.community_id AND a.owner = 'supply' "
        "WHERE h.amount > 0 GROUP BY a.id, a.community_id",
        "INSERT INTO token_entries (community_id, position, kind, amount, reason, membership_id, at) "
        "SELECT h.community_id, 1, 'issue', sum(h.amount), :reason, NULL, :now "
        "FROM holdings h WHERE h.amount > 0 GROUP BY h.community_id",
    )
    for text in statements:
        statement = sa.text(text)
        if ":now" in text:
            statement = statement.bindparams(_now())
        if ":reason" in text:
            statement = statement.bindparams(reason=REASON)
        op.execute(statement)
