"""``flask demo``: a community decides over HTTP, and everything is counted again outside the server."""

from __future__ import annotations

import signal
import sys
from http.client import HTTPException
from pathlib import Path
from typing import NoReturn

import click

from app.cli.demo.audit import show
from app.cli.demo.client import ApiError, Client
from app.cli.demo.election import Election, InvalidElection, compare_with_declaration, hold, read_election
from app.cli.demo.findings import Finding
from app.cli.demo.portal import Portal
from app.cli.demo.server import HOST, ScratchServer, ServerError, scratch_server
from app.cli.demo.story import tell
from app.cli.demo.terminal import Terminal

#: Room for the sample's few dozen members.
_A_FEW = 100


@click.command("demo")
@click.option(
    "--ballots",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A BLT file to hold an election with, in place of the sample.",
)
def demo(*, ballots: Path | None) -> None:
    """Walk through a community's decisions on a server of its own, and recount them.

    Exits with 0 only if everything agrees.
    """
    terminal = Terminal()
    signal.signal(signal.SIGTERM, _interrupt)
    terminal.line("Starting a server of its own, on a database that will be gone afterwards.")
    try:
        election = None if ballots is None else read_election(ballots)
        with scratch_server(_A_FEW if election is None else len(election.choices)) as server:
            findings = _run(terminal, server, ballots, election)
    except (InvalidElection, ServerError) as error:
        sys.exit(f"althing: {error}")
    except KeyboardInterrupt:
        terminal.clear_status()
        sys.exit("Stopped; the server and its files are gone.")
    sys.exit(_conclude(terminal, findings, election))


def _run(
    terminal: Terminal, server: ScratchServer, ballots: Path | None, election: Election | None
) -> list[Finding]:
    """Tell the sample, or hold the election of a file."""
    terminal.line(f"It answers on {server.url}; everything from here on goes over HTTP.")
    portal = Portal(Client(HOST, server.port))
    try:
        if ballots is None or election is None:
            return tell(terminal, portal)
        findings, result = hold(terminal, portal, election)
    except (ApiError, OSError, HTTPException) as error:
        terminal.clear_status()
        words = server.last_words()
        wrote = f"\nThe server wrote:\n{words}" if words else ""
        raise ServerError(f"{str(error) or repr(error)}{wrote}") from error
    finally:
        portal.client.close()
    for finding in (declared := compare_with_declaration(ballots, result)):
        show(terminal, finding)
    return findings + declared


def _conclude(terminal: Terminal, findings: list[Finding], election: Election | None) -> int:
    """Say plainly whether everything agrees; return the exit code."""
    wrong = [finding for finding in findings if finding.agrees is False]
    terminal.line()
    if election is not None and election.refused:
        terminal.paragraph(
            f"{election.refused_papers:,} ballots of the file could not be cast; see above.",
            sign="✘",
            fg="red",
        )
    if wrong:
        terminal.line(terminal.style("Not everything agrees:", fg="red", bold=True))
        for finding in wrong:
            show(terminal, finding)
        return 1
    terminal.line(terminal.style("Everything agrees.", fg="green", bold=True))
    return 0


def _interrupt(*_: object) -> NoReturn:
    raise KeyboardInterrupt
