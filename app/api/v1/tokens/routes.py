"""Token accounts, the entries of the ledger, and statements."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from app.api.v1.tokens import examples
from app.api.v1.tokens.presentation import (
    shown_account,
    shown_as_of,
    shown_detail,
    shown_entry,
    shown_line,
    shown_own,
)
from app.api.v1.tokens.schemas import (
    AccountAsOf,
    AccountCreation,
    AccountQuery,
    AccountSort,
    Assignment,
    Burning,
    DownloadQuery,
    EntryQuery,
    Issuing,
    LedgerDownloadQuery,
    Locking,
    OwnBurning,
    OwnTokens,
    PositionQuery,
    StatementLine,
    StatementOrder,
    StatementQuery,
    TokenAccount,
    TokenEntry,
    TokenEntryDetail,
    TokenTotals,
    Transferring,
    Vesting,
)
from app.domain.errors import refuse
from app.domain.ledger import VestingSchedule
from app.http.blueprint import Blueprint
from app.http.exports import Stream
from app.http.operation import Context
from app.http.paging import Page, page_schema
from app.models.tokens import TokenAccount as AccountRow
from app.models.tokens import TokenEntry as EntryRow
from app.policies.permissions import Permission
from app.services.downloads import Download
from app.services.tokens import accounts, entries, exports, figures, moving, statements

blp = Blueprint(
    "tokens",
    __name__,
    url_prefix="/v1/communities/<uuid:community_id>/tokens",
    description=(
        "The community's tokens: a double-entry ledger that only grows. Amounts are whole numbers of the token's "
        "minor unit; balances are never below 0, and together they are the supply."
    ),
)

_FILES = ("text/csv", "application/jsonl")
_LINES = page_schema(StatementLine)
_AHEAD = {409: "The ledger has not come to this position yet."}
_NOT_AVAILABLE = (
    "No account goes by the name, it has less available than is wanted (what is locked or has not vested cannot be "
    "moved), or the entry would say nothing."
)


def _stream(download: Download) -> Stream:
    return Stream(download.chunks, download.filename, download.content_type)


def _entry_location(shown: dict[str, Any]) -> str:
    return f"/v1/communities/{shown['community_id']}/tokens/entries/{shown['position']}"


def _posted(context: Context, entry: EntryRow) -> dict[str, Any]:
    detail = entries.read(context.session, context.actor, entry.position)
    return shown_detail(detail) | {"community_id": entry.community_id}


# --- totals and one's own -----------------------------------------------------------------------------


@blp.operation(
    "GET",
    "",
    operation_id="get_tokens",
    permission=Permission.TOKEN_READ,
    query=PositionQuery,
    returns=(200, TokenTotals),
    errors=_AHEAD,
)
def get_tokens(context: Context, *, query: dict[str, Any]) -> figures.Totals:
    """Read what there is of the community's tokens: supply, issued, burned, and who holds it."""
    return figures.totals(context.session, context.actor, query["position"])


@blp.operation(
    "GET",
    "/me",
    operation_id="get_own_tokens",
    permission=Permission.TOKEN_READ,
    returns=(200, OwnTokens),
)
def get_own_tokens(context: Context) -> dict[str, Any]:
    """Read what you hold, over all your accounts, and how much of it you can move."""
    own = statements.own_accounts(context.session, context.actor)
    stand = figures.figures_of(context.session, own, context.now())
    return shown_own(context.actor.membership_id, own, stand)


@blp.operation(
    "GET",
    "/me/statement",
    operation_id="list_own_statement",
    permission=Permission.TOKEN_READ,
    query=StatementQuery,
    returns=(200, _LINES),
)
def list_own_statement(context: Context, *, query: dict[str, Any]) -> Page:
    """List what happened to your tokens, over all your accounts, with the balance after each entry."""
    own = statements.own_accounts(context.session, context.actor)
    return _statement(context, [account.id for account in own], query)


@blp.operation(
    "GET",
    "/me/statement/download",
    operation_id="download_own_statement",
    permission=Permission.TOKEN_READ,
    query=DownloadQuery,
    returns=(200, _FILES),
)
def download_own_statement(context: Context, *, query: dict[str, Any]) -> Stream:
    """Download your whole statement, over all your accounts, as CSV or JSON Lines."""
    actor = context.actor
    own = [account.id for account in statements.own_accounts(context.session, actor)]
    name = f"statement-{actor.reference}"
    return _stream(exports.statement(context.session, actor.community_id, own, query["format"], name))


def _statement(context: Context, among: list[uuid.UUID], query: dict[str, Any]) -> Page:
    community_id = context.actor.community_id
    page = context.page(
        statements.lines(community_id, among),
        [(EntryRow.position, int)],
        query,
        descending=query["sort"] is StatementOrder.NEWEST,
    )
    told = statements.complete(context.session, community_id, among, page.items)
    return Page([shown_line(line) for line in told], page.next_cursor)


# --- accounts -----------------------------------------------------------------------------------------


@blp.operation(
    "GET",
    "/accounts",
    operation_id="list_token_accounts",
    permission=Permission.TOKEN_READ,
    query=AccountQuery,
    returns=(200, page_schema(TokenAccount)),
)
def list_token_accounts(context: Context, *, query: dict[str, Any]) -> Page:
    """List token accounts: your own, or all of them where you may read them all."""
    statement = accounts.listed(
        context.actor,
        owner=query["owner"],
        membership_id=query["membership_id"],
        name=query["name"],
        minimum=query["minimum"],
    )
    order = {
        AccountSort.NAME: [(AccountRow.name, str)],
        AccountSort.BALANCE: [(AccountRow.balance, int)],
        AccountSort.NEWEST: [(AccountRow.created_at, dt.datetime.fromisoformat)],
    }[query["sort"]]
    page = context.page(
        statement,
        [*order, (AccountRow.id, uuid.UUID)],
        query,
        descending=query["sort"] is not AccountSort.NAME,
    )
    stand = figures.figures_of(context.session, page.items, context.now())
    return Page([shown_account(account, stand[account.id]) for account in page.items], page.next_cursor)


@blp.operation(
    "POST",
    "/accounts",
    operation_id="create_token_account",
    permission=Permission.TOKEN_ISSUE,
    body=AccountCreation,
    returns=(201, TokenAccount),
    idempotent=True,
    location=lambda shown: f"/v1/communities/{shown['community_id']}/tokens/accounts/{shown['id']}",
    errors={
        404: "No such community, or no such member in it.",
        409: "The name is not free, or owner and member do not go together.",
    },
    examples={"request": examples.TREASURY},
)
def create_token_account(context: Context, *, body: dict[str, Any]) -> dict[str, Any]:
    """Make a token account: one of the treasury's, a further one of a member's, or one that is nobody's yet.

    A member's main account needs no making: it is there as soon as something goes to the member.
    """
    made = accounts.create(context.session, context.actor, body["name"], body["owner"], body["membership_id"])
    return _shown(context, made) | {"community_id": made.community_id}


@blp.operation(
    "GET",
    "/accounts/<uuid:account_id>",
    operation_id="get_token_account",
    permission=Permission.TOKEN_READ,
    returns=(200, TokenAccount),
)
def get_token_account(context: Context, *, account_id: uuid.UUID) -> dict[str, Any]:
    """Read a token account."""
    return _shown(context, accounts.read(context.session, context.actor, account_id))


@blp.operation(
    "GET",
    "/accounts/<uuid:account_id>/as_of/<int(max=9007199254740991):position>",
    operation_id="get_token_account_as_of",
    permission=Permission.TOKEN_READ,
    returns=(200, AccountAsOf),
    errors=_AHEAD,
)
def get_token_account_as_of(context: Context, *, account_id: uuid.UUID, position: int) -> dict[str, Any]:
    """Read what an account held as of an entry of the ledger."""
    account = accounts.read(context.session, context.actor, account_id)
    return shown_as_of(account, figures.balance_at(context.session, account, position), position)


@blp.operation(
    "POST",
    "/accounts/<uuid:account_id>/assignment",
    operation_id="assign_token_account",
    permission=Permission.TOKEN_ISSUE,
    body=Assignment,
    returns=(200, TokenAccount),
    idempotent=True,
    errors={
        404: "No such account, or no such member here.",
        409: "The account belongs to somebody already.",
    },
    examples={"request": examples.ASSIGNMENT},
)
def assign_token_account(context: Context, *, account_id: uuid.UUID, body: dict[str, Any]) -> dict[str, Any]:
    """Give an account that is nobody's to a member, once and for good.

    So a chain address or a loyalty number from an import becomes a member's, with what it holds and its history.
    """
    return _shown(context, accounts.assign(context.session, context.actor, account_id, body["membership_id"]))


@blp.operation(
    "GET",
    "/accounts/<uuid:account_id>/statement",
    operation_id="list_account_statement",
    permission=Permission.TOKEN_READ,
    query=StatementQuery,
    returns=(200, _LINES),
)
def list_account_statement(context: Context, *, account_id: uuid.UUID, query: dict[str, Any]) -> Page:
    """List what happened to an account, with the balance after each entry."""
    account = accounts.read(context.session, context.actor, account_id)
    return _statement(context, [account.id], query)


@blp.operation(
    "GET",
    "/accounts/<uuid:account_id>/statement/download",
    operation_id="download_account_statement",
    permission=Permission.TOKEN_READ,
    query=DownloadQuery,
    returns=(200, _FILES),
)
def download_account_statement(context: Context, *, account_id: uuid.UUID, query: dict[str, Any]) -> Stream:
    """Download an account's whole statement as CSV or JSON Lines."""
    account = accounts.read(context.session, context.actor, account_id)
    name = f"statement-{account.id}"
    return _stream(
        exports.statement(context.session, account.community_id, [account.id], query["format"], name)
    )


def _shown(context: Context, account: AccountRow) -> dict[str, Any]:
    return shown_account(account, figures.figures_of(context.session, [account], context.now())[account.id])


# --- entries ------------------------------------------------------------------------------------------


@blp.operation(
    "GET",
    "/entries",
    operation_id="list_token_entries",
    permission=Permission.TOKEN_READ_ALL,
    query=EntryQuery,
    returns=(200, page_schema(TokenEntry)),
)
def list_token_entries(context: Context, *, query: dict[str, Any]) -> Page:
    """List the entries of the ledger, the newest first."""
    page = context.page(
        entries.of_community(context.actor, query["kind"]), [(EntryRow.position, int)], query, descending=True
    )
    facts = entries.facts_of(
        context.session, context.actor.community_id, [entry.position for entry in page.items]
    )
    return Page(
        [shown_entry(entry, facts.get(entry.position, entries.Facts())) for entry in page.items],
        page.next_cursor,
    )


@blp.operation(
    "GET",
    "/entries/download",
    operation_id="download_token_entries",
    permission=Permission.TOKEN_READ_ALL,
    query=LedgerDownloadQuery,
    returns=(200, _FILES),
    errors=_AHEAD,
)
def download_token_entries(context: Context, *, query: dict[str, Any]) -> Stream:
    """Download the ledger: every posting, vesting schedule and lock, as CSV or JSON Lines.

    Enough to keep it again from the beginning, and to compare.
    """
    return _stream(exports.entries(context.session, context.actor, query["format"], query["position"]))


@blp.operation(
    "GET",
    "/entries/<int(max=9007199254740991):position>",
    operation_id="get_token_entry",
    permission=Permission.TOKEN_READ,
    returns=(200, TokenEntryDetail),
)
def get_token_entry(context: Context, *, position: int) -> dict[str, Any]:
    """Read an entry of the ledger that touched an account of yours, or any where you may read them all."""
    return shown_detail(entries.read(context.session, context.actor, position))


@blp.operation(
    "GET",
    "/balances/download",
    operation_id="download_token_balances",
    permission=Permission.TOKEN_READ_ALL,
    query=LedgerDownloadQuery,
    returns=(200, _FILES),
    errors=_AHEAD,
)
def download_token_balances(context: Context, *, query: dict[str, Any]) -> Stream:
    """Download what every account holds, as CSV or JSON Lines. The balances add up to the supply."""
    return _stream(exports.balances(context.session, context.actor, query["format"], query["position"]))


@blp.operation(
    "POST",
    "/issues",
    operation_id="issue_tokens",
    permission=Permission.TOKEN_ISSUE,
    body=Issuing,
    returns=(201, TokenEntryDetail),
    idempotent=True,
    location=_entry_location,
    errors={409: "No account goes by the name, or more tokens would exist than 2^53 - 1."},
    examples={"request": examples.ISSUING},
)
def issue_tokens(context: Context, *, body: dict[str, Any]) -> dict[str, Any]:
    """Make new tokens. They weigh in ballots opened afterwards, never in one already open."""
    return _posted(context, moving.issue(context.session, context.actor, **body))


@blp.operation(
    "POST",
    "/vestings",
    operation_id="vest_tokens",
    permission=Permission.TOKEN_ISSUE,
    body=Vesting,
    returns=(201, TokenEntryDetail),
    idempotent=True,
    location=_entry_location,
    errors={
        403: "You lack the permission, or the account is not the treasury's.",
        409: "More tokens would exist than 2^53 - 1, or the schedule makes no sense. " + _NOT_AVAILABLE,
    },
    examples={"request": examples.VESTING},
)
def vest_tokens(context: Context, *, body: dict[str, Any]) -> dict[str, Any]:
    """Give tokens that become movable bit by bit: out of the supply, or out of an account of the treasury's.

    They are their holder's at once. Nothing vests before the cliff; from then on it is amount x elapsed / duration,
    rounded down and counted from the start, and everything at the end.
    """
    schedule = _schedule(body)
    facts = {name: body[name] for name in ("source", "to", "reason")}
    return _posted(context, moving.vest(context.session, context.actor, schedule=schedule, **facts))


def _schedule(body: dict[str, Any]) -> VestingSchedule:
    seconds = dt.timedelta(seconds=1)
    try:
        return VestingSchedule(
            body["amount"], body["starts_at"], body["duration"] // seconds, body["cliff"] // seconds
        )
    except ValueError as unsound:
        raise refuse("invalid-entry", f"{str(unsound).capitalize()}.") from None


@blp.operation(
    "POST",
    "/transfers",
    operation_id="transfer_tokens",
    permission=Permission.TOKEN_TRANSFER,
    body=Transferring,
    returns=(201, TokenEntryDetail),
    idempotent=True,
    location=_entry_location,
    errors={403: "You lack the permission, or the account is not yours.", 409: _NOT_AVAILABLE},
    examples={
        "requests": {"own": examples.TRANSFERRING, "treasury": examples.TREASURY_TRANSFERRING},
    },
)
def transfer_tokens(context: Context, *, body: dict[str, Any]) -> dict[str, Any]:
    """Move tokens from an account of yours, or as brand owner from one of the treasury's."""
    return _posted(context, moving.transfer(context.session, context.actor, **body))


@blp.operation(
    "POST",
    "/locks",
    operation_id="lock_tokens",
    permission=Permission.TOKEN_TRANSFER,
    body=Locking,
    returns=(201, TokenEntryDetail),
    idempotent=True,
    location=_entry_location,
    errors={403: "You lack the permission, or the account is not yours.", 409: _NOT_AVAILABLE},
    examples={"request": examples.LOCKING},
)
def lock_tokens(context: Context, *, body: dict[str, Any]) -> dict[str, Any]:
    """Keep tokens where they are until an instant. They weigh in votes all the same."""
    return _posted(context, moving.lock(context.session, context.actor, **body))


@blp.operation(
    "POST",
    "/burns",
    operation_id="burn_tokens",
    permission=Permission.TOKEN_BURN,
    body=Burning,
    returns=(201, TokenEntryDetail),
    idempotent=True,
    location=_entry_location,
    errors={409: _NOT_AVAILABLE},
    examples={"request": examples.BURNING},
)
def burn_tokens(context: Context, *, body: dict[str, Any]) -> dict[str, Any]:
    """Destroy tokens of any account, for a reason that its owner reads."""
    return _posted(context, moving.burn(context.session, context.actor, **body))


@blp.operation(
    "POST",
    "/me/burns",
    operation_id="burn_own_tokens",
    permission=Permission.TOKEN_TRANSFER,
    body=OwnBurning,
    returns=(201, TokenEntryDetail),
    idempotent=True,
    location=_entry_location,
    errors={403: "You lack the permission, or the account is not yours.", 409: _NOT_AVAILABLE},
    examples={"request": examples.OWN_BURNING},
)
def burn_own_tokens(context: Context, *, body: dict[str, Any]) -> dict[str, Any]:
    """Destroy tokens of an account of yours, or as brand owner of one of the treasury's."""
    return _posted(context, moving.burn_own(context.session, context.actor, **body))
