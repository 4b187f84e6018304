"""``althing-verify``, also as ``python -m app.verify``."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from enum import IntEnum
from pathlib import Path

from app.domain.evidence.faults import Report
from app.domain.translog.keys import Algorithm, VerifierKey
from app.domain.translog.receipts import receipt_name
from app.domain.translog.signed_notes import LONGEST_NOTE, InvalidNote, InvalidSignature
from app.verify.archives import RefusedBundle
from app.verify.arguments import read_arguments
from app.verify.bundles import check_bundle
from app.verify.following import follow
from app.verify.keys import LogKeys
from app.verify.output import as_json, as_text
from app.verify.receipts import prove_receipt
from app.verify.sources import Unreachable, open_source
from app.verify.state import InvalidState, State, load_state, save_state


class Status(IntEnum):
    """Exit statuses."""

    AGREES = 0
    DISAGREES = 1
    UNREADABLE = 2


class _TooLarge(Exception):
    """A file that cannot be what it is said to be."""


def main(argv: list[str] | None = None) -> int:
    """Run the command and return its exit status.

    :param argv: the command line without the program's name; the process's own when None.
    """
    arguments = read_arguments(argv)
    keys = LogKeys(arguments.key, tuple(arguments.witness))
    try:
        report = _COMMANDS[arguments.command](arguments, keys)
    except (RefusedBundle, Unreachable, InvalidState, _TooLarge, OSError) as unreadable:
        if arguments.json:
            _write(json.dumps({"command": arguments.command, "error": str(unreadable)}, indent=2))
        else:
            _tell(str(unreadable))
        return Status.UNREADABLE
    _write(as_json(arguments.command, report) if arguments.json else as_text(report))
    return Status.AGREES if report.agrees else Status.DISAGREES


def _log(arguments: argparse.Namespace, keys: LogKeys) -> Report:
    report = Report()
    kept = None if arguments.state is None else load_state(arguments.state)
    source = open_source(arguments.log, _bearer(arguments))

    def keep(state: State) -> None:
        if arguments.state is not None:
            save_state(arguments.state, state)

    try:
        follow(report, source, keys, kept, keep=keep, tell=_tell)
    except (InvalidNote, InvalidSignature) as foreign:
        raise InvalidState(f"the state kept in {arguments.state} is not of this log: {foreign}") from None
    return report


def _receipt(arguments: argparse.Namespace, keys: LogKeys) -> Report:
    report = Report()
    log = keys.log
    own = VerifierKey(receipt_name(log.name), Algorithm.ED25519, log.public_key)
    prove_receipt(
        report,
        receipt=_small(arguments.receipt),
        proof=_small(arguments.proof),
        entry=None if arguments.entry is None else _small(arguments.entry),
        keys=keys,
        receipt_key=arguments.receipt_key or own,
    )
    return report


def _bundle(arguments: argparse.Namespace, keys: LogKeys) -> Report:
    log = None if arguments.log is None else open_source(arguments.log, _bearer(arguments))
    return check_bundle(arguments.bundle, keys, log, _tell)


_COMMANDS: dict[str, Callable[[argparse.Namespace, LogKeys], Report]] = {
    "log": _log,
    "receipt": _receipt,
    "bundle": _bundle,
}


def _bearer(arguments: argparse.Namespace) -> str | None:
    return None if arguments.bearer_file is None else _small(arguments.bearer_file).decode("latin-1").strip()


def _small(path: Path) -> bytes:
    with path.open("rb") as stream:
        data = stream.read(LONGEST_NOTE + 1)
    if len(data) > LONGEST_NOTE:
        raise _TooLarge(f"{path} has more than {LONGEST_NOTE:,} bytes")
    return data


def _write(text: str) -> None:
    sys.stdout.write(f"{text}\n")


def _tell(line: str) -> None:
    sys.stderr.write(f"althing-verify: {line}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
