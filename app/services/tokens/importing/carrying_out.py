"""Carrying an import of balances out, all of it or nothing, or only trying what it would do."""

from __future__ import annotations

import dataclasses
import heapq
import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.errors import refuse
from app.domain.ledger import EntryKind
from app.domain.ledger.accounts import AccountOwner
from app.models.tokens import TokenAccount, TokenImport, TokenPosting
from app.policies.permissions import Actor, Permission, allows
from app.services.audit import Action, record
from app.services.communities.joining import lock_roles
from app.services.tokens.importing.reading import BalancesFile
from app.services.tokens.importing.staging import Stage
from app.services.tokens.importing.tables import CHANGES
from app.services.tokens.turns import Turn, look, seal, take_turn

#: Faults told in an answer; all of them are in the report.
FIRST = 20


class ImportMode(StrEnum):
    """What the amounts of a file mean.

    ``add``: what each account is issued. ``match``: what each account is to hold, the difference being issued or
    burned.
    """

    ADD = "add"
    MATCH = "match"


class Absent(StrEnum):
    """What becomes of accounts of members and nobody's that a file to be matched does not name."""

    KEEP = "keep"
    BURN = "burn"


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """How a file is imported.

    :param skip_bad_lines: import the good lines although there are bad ones.
    :param create_accounts: make an account that is nobody's for each name that is not known.
    :param again: import although the very same content was imported before.
    """

    mode: ImportMode = ImportMode.ADD
    fold_case: bool = False
    skip_bad_lines: bool = False
    create_accounts: bool = False
    absent: Absent = Absent.KEEP
    again: bool = False
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an import did, or would do.

    :param rows: lines imported; ``bad_lines`` are those that cannot be, ``reasons`` how many for each reason, and
        ``first`` the first of them as (line, reason, detail).
    :param already_imported: the earlier import of the same content, or None.
    :param made: the import itself; None where it was only tried.
    """

    digest: str
    rows: int
    bad_lines: int
    reasons: Mapping[str, int]
    first: list[tuple[int, str, str]]
    accounts_created: int
    issued: int
    burned: int
    already_imported: TokenImport | None
    made: TokenImport | None = None


def carry_out(session: Session, actor: Actor, file: BalancesFile, options: ImportOptions) -> TokenImport:
    """Import a file in one entry that issues, one that burns, or both.

    Nobody else writes an entry of the community meanwhile; everything else there goes on.

    :raises Refusal: ``already-imported``; ``bad-lines``, unless they are to be skipped; ``supply-exceeded``;
        ``forbidden`` where it would burn and the actor may not, or may not import any more.
    """
    assert actor.community_id is not None  # noqa: S101 - the edge resolved the community
    stage = Stage(session, actor.community_id)
    stage.load(file)
    turn = take_turn(session, actor.community_id)
    outcome = _judge(session, actor, turn, stage=stage, file=file, options=options)
    _require_fit(outcome, options)
    if outcome.burned and not allows(Permission.TOKEN_BURN, actor):
        raise refuse("forbidden", "The snapshot would burn tokens, and this needs the permission token.burn.")
    _create_accounts(session, turn)
    with stage.hashing():
        burned_at, turn = _post(
            session, actor, turn, EntryKind.BURN, amount=outcome.burned, reason=options.reason
        )
        issued_at, turn = _post(
            session, actor, turn, EntryKind.ISSUE, amount=outcome.issued, reason=options.reason
        )
    # Last, because role changes and openings of ballots wait for whoever holds this lock.
    actor, _ = lock_roles(session, actor, Permission.TOKEN_ISSUE)
    made = TokenImport(
        community_id=actor.community_id,
        digest=outcome.digest,
        mode=options.mode.value,
        rows=outcome.rows,
        bad_lines=outcome.bad_lines,
        accounts_created=outcome.accounts_created,
        issued=outcome.issued,
        burned=outcome.burned,
        issued_position=issued_at,
        burned_position=burned_at,
        membership_id=actor.membership_id,
        at=turn.at,
    )
    session.add(made)
    session.flush()
    stage.close()
    record(session, actor, Action.TOKEN_IMPORTED, ("token_import", made.id), _content(made), at=turn.at)
    return made


def try_out(session: Session, actor: Actor, file: BalancesFile, options: ImportOptions) -> Outcome:
    """Say what an import would do, as the ledger stands. The session must keep nothing."""
    assert actor.community_id is not None  # noqa: S101 - the edge resolved the community
    stage = Stage(session, actor.community_id)
    stage.load(file)
    turn = look(session, actor.community_id)
    return _judge(session, actor, turn, stage=stage, file=file, options=options)


def faults(
    session: Session, actor: Actor, file: BalancesFile, options: ImportOptions
) -> Iterator[tuple[int, str, str]]:
    """Yield line, reason and detail of everything that cannot be imported. The session must keep nothing."""
    assert actor.community_id is not None  # noqa: S101 - the edge resolved the community
    stage = Stage(session, actor.community_id)
    stage.load(file)
    turn = look(session, actor.community_id)
    _judge(session, actor, turn, stage=stage, file=file, options=options)
    yield from _faults(file, stage)


def imports(actor: Actor) -> sa.Select[TokenImport]:
    """Select the imports of the actor's community."""
    return sa.select(TokenImport).where(TokenImport.community_id == actor.community_id)


def _judge(
    session: Session, actor: Actor, turn: Turn, *, stage: Stage, file: BalancesFile, options: ImportOptions
) -> Outcome:
    """Find out what the rows change, and which of them cannot be imported.

    :raises Refusal: ``supply-exceeded`` for a snapshot that says more than can exist.
    """
    match = options.mode is ImportMode.MATCH
    stage.resolve(fold_case=options.fold_case, create_accounts=options.create_accounts, match=match)
    if match:
        if options.absent is Absent.BURN:
            stage.empty_absent()
        stage.note_unavailable(turn.at)
    issued, burned = stage.sums()
    if issued > turn.room + burned:
        if match:
            room = turn.room + burned
            raise refuse(
                "supply-exceeded",
                f"The snapshot would issue {issued} minor units, and only {room} more can exist.",
                extensions={"room": room},
            )
        stage.note_exceeding(turn.room)
        issued, burned = stage.sums()
    unfit = stage.counted_faults()
    reasons = dict(sorted((file.faults + type(file.faults)(unfit)).items()))
    same = session.scalars(
        imports(actor)
        .where(TokenImport.digest == file.digest)
        .order_by(TokenImport.at.desc(), TokenImport.id.desc())
        .limit(1)
    ).first()
    return Outcome(
        digest=file.digest,
        rows=file.rows - stage.unfit_rows(),
        bad_lines=sum(reasons.values()),
        reasons=reasons,
        first=list(itertools.islice(_faults(file, stage), FIRST)),
        accounts_created=stage.new_accounts(),
        issued=issued,
        burned=burned,
        already_imported=same,
    )


def _faults(file: BalancesFile, stage: Stage) -> Iterator[tuple[int, str, str]]:
    return heapq.merge(file.listed_faults(), stage.listed_faults())


def _require_fit(outcome: Outcome, options: ImportOptions) -> None:
    """Ask that the file is new and good, or that its importer knows better.

    :raises Refusal: ``already-imported`` or ``bad-lines``.
    """
    if outcome.already_imported is not None and not options.again:
        earlier = outcome.already_imported
        raise refuse(
            "already-imported",
            "This content was imported before; say again=true if it is meant once more.",
            extensions={"import_id": str(earlier.id)},
        )
    # A bad line names an account that nobody knows: burning what the file does not name might burn that.
    if outcome.bad_lines and not (options.skip_bad_lines and options.absent is Absent.KEEP):
        raise refuse(
            "bad-lines",
            f"{outcome.bad_lines} lines cannot be imported, and nothing was.",
            extensions={
                "bad_lines": outcome.bad_lines,
                "reasons": outcome.reasons,
                "first": [
                    dict(zip(("line", "reason", "detail"), fault, strict=True)) for fault in outcome.first
                ],
            },
        )


def _create_accounts(session: Session, turn: Turn) -> None:
    """Make the accounts that rows name and that are not there: members' main ones, and nobody's."""
    columns = ("id", "community_id", "name", "owner", "membership_id", "balance", "position", "created_at")
    owner = sa.case(
        (CHANGES.c.membership_id.is_(None), AccountOwner.NOBODY.value), else_=AccountOwner.MEMBER.value
    )
    session.execute(
        sa.insert(TokenAccount).from_select(
            columns,
            sa.select(
                CHANGES.c.fresh,
                sa.literal(turn.supply.community_id, sa.Uuid()),
                CHANGES.c.name,
                owner,
                CHANGES.c.membership_id,
                sa.literal(0, sa.BigInteger()),
                sa.literal(0, sa.BigInteger()),
                sa.literal(turn.at, TokenAccount.__table__.c.created_at.type),
            ).where(CHANGES.c.account_id.is_(None), CHANGES.c.change > 0),
        )
    )


def _post(
    session: Session, actor: Actor, turn: Turn, kind: EntryKind, *, amount: int, reason: str | None
) -> tuple[int | None, Turn]:
    """Write the rows that issue, or those that burn, as one entry; return its position and the turn after it."""
    if not amount:
        return None, turn
    position = turn.position + 1
    issuing = kind is EntryKind.ISSUE
    community = sa.literal(turn.supply.community_id, sa.Uuid())
    at = sa.literal(position, sa.BigInteger())
    session.execute(
        sa.insert(TokenPosting).from_select(
            ["account_id", "position", "community_id", "amount"],
            sa.select(
                sa.func.coalesce(CHANGES.c.account_id, CHANGES.c.fresh), at, community, CHANGES.c.change
            ).where(CHANGES.c.change > 0 if issuing else CHANGES.c.change < 0),
        )
    )
    session.add(
        TokenPosting(
            account_id=turn.supply.id,
            position=position,
            community_id=turn.supply.community_id,
            amount=-amount if issuing else amount,
        )
    )
    seal(session, actor, turn, kind=kind, amount=amount, reason=reason)
    return position, dataclasses.replace(turn, position=position)


def _content(made: TokenImport) -> dict[str, Any]:
    names = ("digest", "mode", "rows", "bad_lines", "accounts_created", "issued_position", "burned_position")
    return {name: getattr(made, name) for name in names} | {
        "issued": str(made.issued),
        "burned": str(made.burned),
    }
