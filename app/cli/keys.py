"""``flask keys``: the key pairs that sign access tokens."""

from __future__ import annotations

import sys

import click
from flask import current_app
from flask.cli import AppGroup

from app.api.identity import current_provider
from app.config import SettingsError
from app.db.clock import database_now
from app.db.units import Units
from app.domain.errors import Refusal
from app.domain.instants import instant
from app.models.identity import SigningKey
from app.services import audit
from app.services.identity import signing_keys

keys = AppGroup("keys", help="Make, list and retire the keys that sign access tokens.")


def _units() -> Units:
    units = current_app.extensions["althing"].units
    assert isinstance(units, Units)  # noqa: S101 - create_app puts no other there
    return units


@keys.command("rotate")
@click.option("--now", "at_once", is_flag=True, help="Sign with the new key at once, as after a leak.")
@click.option(
    "--if-none", is_flag=True, help="Only make the first key; check that the secret opens the one that signs."
)
def rotate(*, at_once: bool, if_none: bool) -> None:
    """Make a new key. It signs in five minutes; the older ones verify until their last token has expired."""
    seal = current_provider().tokens.seal
    with _units().write() as session:
        if if_none:
            try:
                seal.unseal(signing_keys.ensure_first_key(session, seal))
            except SettingsError as error:
                sys.exit(str(error))
            return
        key = signing_keys.rotate(session, audit.SERVICE, seal, at_once=at_once)
        click.echo(f"{key.kid} signs from {instant(key.activates_at)}")


@keys.command("list")
def list_keys() -> None:
    """List every key, the newest first: name, state, when it signs from, when it stops verifying."""
    with _units().read() as session:
        signing = signing_keys.signing_key(session, database_now(session))
        verifying = {key.kid for key in signing_keys.verifying_keys(session)}
        for key in signing_keys.all_keys(session):
            retires = "-" if key.retired_at is None else instant(key.retired_at)
            click.echo(
                f"{key.kid}  {_state(key, signing, verifying):9}  {instant(key.activates_at)}  {retires}"
            )


# One key in 64 has a name that begins with a hyphen: it is no option.
@keys.command("retire", context_settings={"ignore_unknown_options": True})
@click.argument("kid")
def retire(kid: str) -> None:
    """Stop KID from verifying, as after a leak: the tokens it signed are refused within a minute."""
    try:
        with _units().write() as session:
            signing_keys.retire(session, audit.SERVICE, kid)
    except Refusal as refusal:
        sys.exit(refusal.detail)


def _state(key: SigningKey, signing: SigningKey | None, verifying: set[str]) -> str:
    if signing is not None and key.kid == signing.kid:
        return "signs"
    if key.kid not in verifying:
        return "retired"
    return "verifies" if signing is None or key.created_at < signing.created_at else "will sign"
