"""Finding out what a file's rows change, and which of them cannot be imported: all at once, in temporary tables."""

from __future__ import annotations

import contextlib
import datetime as dt
import itertools
import uuid
from collections.abc import Iterator
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.patience import allow_long_statements
from app.domain.ledger.accounts import AccountOwner
from app.models.tokens import TokenAccount, TokenLock
from app.services.tokens.importing.matching import ascii_only, matched
from app.services.tokens.importing.reading import BalancesFile
from app.services.tokens.importing.tables import CHANGES, FAULTS, FOLDED, HELD_BACK, ROWS, TEMPORARY
from app.services.tokens.vesting_sql import total, unvested_by_account

_BATCH = 10_000
#: Rows of a file up to which looking each one up costs less than reading all accounts of a large community.
_FEW = 10_000
#: Rows of a file that any way to join them is quick enough for.
_LITTLE = 1_000


class UnfitReason(StrEnum):
    """Why a line that reads well cannot be imported as the ledger stands; beside those of the file itself."""

    UNKNOWN_ACCOUNT = "unknown_account"
    AMBIGUOUS_ACCOUNT = "ambiguous_account"
    SAME_ACCOUNT = "same_account"
    SUPPLY_EXCEEDED = "supply_exceeded"
    NOT_AVAILABLE = "not_available"


class Stage:
    """The temporary tables of one import, within its transaction."""

    def __init__(self, session: Session, community_id: uuid.UUID) -> None:
        self._session = session
        self._community_id = community_id
        self._dialect = session.get_bind().dialect.name
        self._is_postgresql = self._dialect == "postgresql"
        self._rows = 0

    # --- filling it -----------------------------------------------------------------------------------

    def load(self, file: BalancesFile) -> None:
        """Take in a file's rows."""
        self._rows = file.rows
        connection = self._session.connection()
        allow_long_statements(self._session)
        TEMPORARY.drop_all(connection)
        TEMPORARY.create_all(connection)
        if self._is_postgresql:
            driver: Any = connection.connection.driver_connection
            with driver.cursor() as cursor, cursor.copy("COPY import_rows FROM STDIN") as copy:
                for block in file.copy_blocks():
                    copy.write(block)
        else:
            rows = file.staged()
            while batch := list(itertools.islice(rows, _BATCH)):
                connection.execute(sa.insert(ROWS), [row._asdict() for row in batch])
        self._analyse(ROWS)

    def resolve(self, *, fold_case: bool, create_accounts: bool, match: bool) -> None:
        """Find out which account each row means and what it changes there; note those that mean none, or one twice.

        :param fold_case: names that differ by the case of ASCII letters are one; the file's are in lower case.
        :param match: amounts are what accounts are to hold, not what they gain.
        """
        if fold_case:
            self._fold()
        found = matched(
            self._community_id,
            joins=self._is_postgresql and self._rows > _FEW,
            fold_case=fold_case,
            create_accounts=create_accounts,
            match=match,
        )
        with self.hashing():
            self._session.execute(sa.insert(CHANGES).from_select(list(CHANGES.c.keys()), found))
        self._analyse(CHANGES)
        self._note_unknown()
        if fold_case:
            self._note_ambiguous()
        self._note_repeated()

    @contextlib.contextmanager
    def hashing(self) -> Iterator[None]:
        """Keep PostgreSQL from joining a large file row by row, as it does with what it takes for few.

        It takes many for few where it last counted a table while next to nothing was in it: after an import that
        failed, or while this one fills it.
        """
        if not self._is_postgresql or self._rows <= _LITTLE:
            yield
            return
        connection = self._session.connection()
        # Statements inside functions are planned for this transaction, and the next one's are not planned like it.
        connection.exec_driver_sql("SET LOCAL enable_nestloop = off")
        connection.exec_driver_sql("SET LOCAL plan_cache_mode = force_custom_plan")
        yield
        connection.exec_driver_sql("SET LOCAL enable_nestloop = on")
        connection.exec_driver_sql("SET LOCAL plan_cache_mode = auto")

    def _fold(self) -> None:
        """Write down the community's accounts by their names in lower case."""
        accounts = TokenAccount.__table__.c
        called = sa.func.lower(ascii_only(accounts.name, self._dialect)).label("called")
        # In order, so that the index grows at its end.
        folded = (
            sa.select(called, accounts.id).where(accounts.community_id == self._community_id).order_by(called)
        )
        self._session.execute(sa.insert(FOLDED).from_select(["called", "id"], folded))
        self._analyse(FOLDED)

    def _note_unknown(self) -> None:
        detail = sa.literal("names neither an account nor a member of this community")
        self._note(
            UnfitReason.UNKNOWN_ACCOUNT,
            sa.select(CHANGES.c.line, detail.label("detail")).where(CHANGES.c.is_unfit),
        )

    def _note_ambiguous(self) -> None:
        detail = sa.literal("several accounts differ from it by case alone")
        self._note(
            UnfitReason.AMBIGUOUS_ACCOUNT,
            sa.select(CHANGES.c.line, detail.label("detail"))
            .group_by(CHANGES.c.line)
            .having(sa.func.count() > 1),
        )

    def _note_repeated(self) -> None:
        """Note each row whose account an earlier one has named in another way."""
        whose = sa.func.coalesce(CHANGES.c.account_id, CHANGES.c.membership_id)
        ranked = (
            sa.select(CHANGES.c.line, sa.func.min(CHANGES.c.line).over(partition_by=whose).label("first"))
            .where(whose.is_not(None))
            .subquery()
        )
        detail = (
            sa.literal("line ") + sa.cast(ranked.c.first, sa.Text()) + sa.literal(" names the same account")
        )
        self._note(
            UnfitReason.SAME_ACCOUNT,
            sa.select(ranked.c.line, detail.label("detail")).where(ranked.c.line > ranked.c.first),
        )

    def empty_absent(self) -> None:
        """Take all from every account of members and nobody's that no row names. Their line is 0."""
        accounts = TokenAccount.__table__.c
        named = sa.select(CHANGES.c.account_id).where(CHANGES.c.account_id == accounts.id)
        self._session.connection().exec_driver_sql("CREATE INDEX import_named ON import_changes (account_id)")
        self._session.execute(
            sa.insert(CHANGES).from_select(
                list(CHANGES.c.keys()),
                sa.select(
                    sa.literal(0, sa.BigInteger()),
                    accounts.name,
                    accounts.id,
                    sa.null(),
                    sa.false(),
                    accounts.id,
                    accounts.balance,
                    -accounts.balance,
                ).where(
                    accounts.community_id == self._community_id,
                    accounts.owner.in_([AccountOwner.MEMBER.value, AccountOwner.NOBODY.value]),
                    accounts.balance > 0,
                    ~sa.exists(named),
                ),
            )
        )

    # --- judging it -----------------------------------------------------------------------------------

    def note_unavailable(self, at: dt.datetime) -> None:
        """Note each row that would take more from an account than is available at an instant."""
        locks = TokenLock.__table__.c
        vesting = unvested_by_account(self._dialect, self._community_id, at).c
        each = sa.union_all(
            sa.select(locks.account_id, locks.amount).where(
                locks.community_id == self._community_id, locks.locked_until > at
            ),
            sa.select(vesting.account_id, vesting.unvested),
        ).subquery()
        held = sa.select(each.c.account_id, total(each.c.amount)).group_by(each.c.account_id)
        self._session.execute(sa.insert(HELD_BACK).from_select(["account_id", "amount"], held))
        self._analyse(HELD_BACK)
        available = CHANGES.c.balance - sa.func.coalesce(HELD_BACK.c.amount, 0)
        detail = (
            sa.cast(-CHANGES.c.change, sa.Text())
            + sa.literal(" would have to go, and only ")
            + sa.cast(available, sa.Text())
            + sa.literal(" are available")
        )
        self._note(
            UnfitReason.NOT_AVAILABLE,
            sa.select(CHANGES.c.line, detail.label("detail"))
            .outerjoin(HELD_BACK, HELD_BACK.c.account_id == CHANGES.c.account_id)
            .where(CHANGES.c.change < 0, available < -CHANGES.c.change),
        )

    def note_exceeding(self, room: int) -> None:
        """Note each row for which there is no room any more; a smaller one after it may still fit.

        :param room: how many minor units can be issued.
        """
        exceeding = []
        rows = self._session.execute(
            sa.select(CHANGES.c.line, CHANGES.c.change)
            .order_by(CHANGES.c.line)
            .execution_options(yield_per=_BATCH)
        )
        for line, change in rows:
            if change > room:
                detail = f"only {room} minor units more can be issued"
                exceeding.append(
                    {"line": line, "reason": UnfitReason.SUPPLY_EXCEEDED.value, "detail": detail}
                )
            else:
                room -= change
        if exceeding:
            self._session.execute(sa.insert(FAULTS), exceeding)
            self._drop_faulty()

    def sums(self) -> tuple[int, int]:
        """Return how much the rows issue and how much they burn, in minor units."""
        change = CHANGES.c.change
        issued, burned = self._session.execute(
            sa.select(
                sa.func.coalesce(total(sa.case((change > 0, change), else_=0)), 0),
                sa.func.coalesce(total(sa.case((change < 0, -change), else_=0)), 0),
            )
        ).one()
        return issued, burned

    def new_accounts(self) -> int:
        """Return how many accounts would have to be made."""
        count: int = self._session.execute(
            sa.select(sa.func.count()).where(CHANGES.c.account_id.is_(None), CHANGES.c.change > 0)
        ).scalar_one()
        return count

    def counted_faults(self) -> dict[str, int]:
        """Return how many rows are unfit, for each reason."""
        counted = self._session.execute(sa.select(FAULTS.c.reason, sa.func.count()).group_by(FAULTS.c.reason))
        return dict(counted.all())

    def unfit_rows(self) -> int:
        """Return how many lines of the file are unfit; an account that it does not name has no line in it."""
        return self._session.execute(
            sa.select(sa.func.count(FAULTS.c.line.distinct())).where(FAULTS.c.line > 0)
        ).scalar_one()

    def listed_faults(self) -> Iterator[tuple[int, str, str]]:
        """Yield line, reason and detail of each unfit row, in the order of the file."""
        statement = sa.select(FAULTS).order_by(FAULTS.c.line, FAULTS.c.detail)
        for row in self._session.execute(statement.execution_options(yield_per=_BATCH)):
            yield row.line, row.reason, row.detail

    def close(self) -> None:
        """Drop the tables; where the transaction fails they go with it."""
        TEMPORARY.drop_all(self._session.connection())

    def _note(self, reason: UnfitReason, found: sa.Select[Any]) -> None:
        """Note rows as unfit, and drop them from what is imported."""
        unfit = found.subquery()
        self._session.execute(
            sa.insert(FAULTS).from_select(
                ["line", "reason", "detail"],
                sa.select(unfit.c.line, sa.literal(reason.value), unfit.c.detail),
            )
        )
        self._drop_faulty()

    def _drop_faulty(self) -> None:
        self._session.execute(
            sa.delete(CHANGES).where(CHANGES.c.line.in_(sa.select(FAULTS.c.line))),
            execution_options={"synchronize_session": False},
        )

    def _analyse(self, table: sa.Table) -> None:
        # Without figures of a table just filled, a million rows would be joined as if they were few.
        if self._is_postgresql:
            self._session.connection().exec_driver_sql(f"ANALYZE {table.name}")
