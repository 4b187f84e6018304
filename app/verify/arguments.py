"""The command line of ``althing-verify``."""

from __future__ import annotations

import argparse
from pathlib import Path

from app.domain.translog.keys import Algorithm, InvalidKey, VerifierKey

_EPILOG = "Exit status: 0 nothing disagrees, 1 something does, 2 wrong usage or nothing that could be read."


def read_arguments(argv: list[str] | None) -> argparse.Namespace:
    """Read the command line; wrong usage ends the program with status 2.

    :param argv: without the program's name; the process's own when None.
    """
    parser = argparse.ArgumentParser(
        prog="althing-verify",
        description="Check a transparency log, a receipt or a ballot's evidence without trusting the service.",
        epilog=_EPILOG,
    )
    commands = parser.add_subparsers(dest="command", required=True)

    log = _command(commands, "log", "follow a log: its growth since the last run, and every entry")
    log.add_argument("log", help="address or folder of the log (C2SP tlog-tiles)")
    log.add_argument("--state", type=Path, help="file that keeps the last checkpoint from run to run")
    _add_bearer(log)

    receipt = _command(commands, "receipt", "prove that the log kept what a receipt promised")
    receipt.add_argument("receipt", type=Path, help="the receipt, a signed note")
    receipt.add_argument("proof", type=Path, help="the proof of inclusion (C2SP tlog-proof)")
    receipt.add_argument("--entry", type=Path, help="the entry itself, byte for byte")
    receipt.add_argument(
        "--receipt-key",
        type=_signing_key,
        metavar="VKEY",
        help="key that signs receipts; the log's own under the name ORIGIN/receipt unless given",
    )

    bundle = _command(commands, "bundle", "verify a ballot's evidence and count it again")
    bundle.add_argument("bundle", type=Path, help="the bundle, a ZIP archive or a folder")
    bundle.add_argument("--log", help="address or folder of the log, to look for entries left out")
    _add_bearer(bundle)
    return parser.parse_args(argv)


def _command(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], name: str, help_text: str
) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=help_text, description=help_text, epilog=_EPILOG)
    parser.add_argument(
        "--key", type=_signing_key, required=True, metavar="VKEY", help="verifier key of the log"
    )
    parser.add_argument(
        "--witness",
        type=_witness_key,
        action="append",
        default=[],
        metavar="VKEY",
        help="verifier key of a witness who must have cosigned; may be given again",
    )
    parser.add_argument("--json", action="store_true", help="write the report as JSON")
    return parser


def _add_bearer(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--bearer-file",
        type=Path,
        metavar="FILE",
        help="file with a token for the log of a private community",
    )


def _signing_key(text: str) -> VerifierKey:
    return _key(text, Algorithm.ED25519)


def _witness_key(text: str) -> VerifierKey:
    return _key(text, Algorithm.COSIGNATURE_V1)


def _key(text: str, algorithm: Algorithm) -> VerifierKey:
    try:
        key = VerifierKey.parse(text)
    except InvalidKey as invalid:
        raise argparse.ArgumentTypeError(str(invalid)) from None
    if key.algorithm is not algorithm:
        raise argparse.ArgumentTypeError(f"{key.name} is a key of another kind than is needed here")
    return key
