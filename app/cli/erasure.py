"""``flask erasure``: people erased at their request, again after a restored backup, and out of the files."""

from __future__ import annotations

import sys
from typing import cast

import click
import sqlalchemy as sa
from flask import current_app
from flask.cli import AppGroup

from app.api.identity import current_provider
from app.db.units import Units
from app.domain.erasure import Ground
from app.domain.errors import Refusal
from app.models.identity import Account
from app.services.erasure import account as accounts
from app.services.erasure import listing
from app.services.erasure.compacting import compact
from app.services.identity.accounts import normalise_email

erasure = AppGroup("erasure", help="Erase people, also again after a backup was restored.")


def _units() -> Units:
    return cast("Units", current_app.extensions["althing.units"])


def _list() -> listing.ErasureList:
    return cast("listing.ErasureList", current_app.extensions["althing.erasures"])


@erasure.command("account")
@click.argument("email")
@click.confirmation_option(prompt="This cannot be undone. Erase the account and all its memberships?")
def account(email: str) -> None:
    """Erase the account of EMAIL, for somebody who cannot sign in to do so."""
    with _units().write() as session:
        found = session.scalar(sa.select(Account.id).where(Account.email == normalise_email(email)))
        if found is None:
            sys.exit("No account has this address.")
        try:
            accounts.erase(session, found, Ground.OPERATOR, current_provider())
        except Refusal as refused:
            sys.exit(str(refused))
    with _units().write() as session:
        listing.write_down(session, _list())
    click.echo("Erased.")


@erasure.command("replay")
def replay() -> None:
    """Erase again whom a restored backup has brought back. Run it before anyone is served."""
    units, kept = _units(), _list()
    try:
        with units.read() as session:
            due = listing.missing(session, kept)
    except listing.UnreadableList as unreadable:
        sys.exit(str(unreadable))
    refused, done = 0, 0
    for each in due:
        try:
            with units.write() as session:
                done += listing.erase_again(session, each, current_provider())
        except Refusal as refusal:
            refused += 1
            click.echo(f"{each.kind.value} {each.subject_id}: {refusal}", err=True)
    click.echo(f"{done} erased again, {len(due) - done - refused} not in this database, {refused} refused.")
    if refused:
        sys.exit(1)


@erasure.command("compact")
def compact_files() -> None:
    """Rewrite the database's tables, so that nothing erased is left in its files. Others wait meanwhile."""
    compact(_units().engine)
    click.echo("Compacted.")
