"""``flask log``: the communities' transparency logs, their keys, and what to do when one was broken off."""

from __future__ import annotations

import sys
import uuid
from typing import cast

import click
import sqlalchemy as sa
from flask import current_app
from flask.cli import AppGroup

from app.domain.translog.checkpoints import Checkpoint
from app.domain.translog.signed_notes import InvalidNote, SignedNote
from app.models.ballots import BallotResult
from app.models.translog import LogTree
from app.services.translog.keys import all_keys, checkpoint_key
from app.services.translog.log import TransparencyLog
from app.services.translog.publishing import SigningRefused, require_continuity, resume, rotate_key

log = AppGroup(
    "log", help="Look into the transparency logs, rotate their keys, resume one that was broken off."
)


def _log() -> TransparencyLog:
    return cast("TransparencyLog", current_app.extensions["althing.log"])


@log.command("status")
def status() -> None:
    """Say of each community's log what is published, what the second place holds, and whether they agree."""
    own = _log()
    broken = False
    boxes = sa.select(
        BallotResult.ballot_id
    )  # whose trees never grow, and are signed when they are asked for
    with own.units.read() as session:
        for tree in session.scalars(
            sa.select(LogTree).where(LogTree.log_id.not_in(boxes)).order_by(LogTree.log_id)
        ):
            kept = own.store.read(tree.log_id)
            click.echo(
                f"{tree.log_id}  {tree.size} entries, {tree.published_size} published, "
                f"second place: {_size_of(kept)}"
            )
            try:
                require_continuity(session, tree, kept)
            except SigningRefused as refused:
                broken = True
                click.echo(f"  does not go on: {refused.reason}")
    if broken:
        sys.exit(1)


@log.command("keys")
@click.argument("log_id", type=click.UUID)
def keys(log_id: uuid.UUID) -> None:
    """List the keys of LOG_ID (a community's id), the newest first, each with the largest size it signed."""
    with _log().units.read() as session:
        for key in all_keys(session, log_id):
            until = "signs" if key.retired_at is None else f"signed up to {key.last_size}"
            click.echo(f"{key.number}  {checkpoint_key(key).vkey}  {until}")


@log.command("rotate-key")
@click.argument("log_id", type=click.UUID)
def rotate(log_id: uuid.UUID) -> None:
    """Make a new key for LOG_ID and sign with it from now on; the old one stays published."""
    own = _log()
    try:
        click.echo(rotate_key(own.units, own.keys, own.store, log_id))
    except SigningRefused as refused:
        sys.exit(str(refused))


@log.command("resume")
@click.argument("log_id", type=click.UUID)
@click.confirmation_option(
    prompt="Entries that were signed and are not in the database are lost for good. Go on without them?"
)
def resume_log(log_id: uuid.UUID) -> None:
    """Let LOG_ID go on from what the database holds, with a new key: its followers will see the break."""
    own = _log()
    click.echo(resume(own.units, own.keys, own.store, log_id))


def _size_of(kept: bytes | None) -> str:
    if kept is None:
        return "nothing"
    try:
        return str(Checkpoint.parse(SignedNote.parse(kept).text).size)
    except InvalidNote:
        return "unreadable"
