"""``flask worker``: the loops that sequence the log and certify closed ballots, as a process of their own."""

from __future__ import annotations

import signal

import click
from flask import current_app
from flask.cli import with_appcontext

from app.worker.loop import InlineWorker, Worker
from app.worker.sequencing import Sequencer


@click.command("worker")
@click.option("--once", is_flag=True, help="Do what is due now, and stop.")
@with_appcontext
def worker(*, once: bool) -> None:
    """Do due work until stopped by SIGTERM or Ctrl-C."""
    known = current_app.extensions
    units, log, erasures = known["althing.units"], known["althing.log"], known["althing.erasures"]
    if once:
        click.echo(f"Certified {Worker(units, erasures).run_once()} ballots.")
        click.echo(f"Sequenced {Sequencer(log).run_once()} entries.")
        return
    # Waited for, not handled: a handler could interrupt the very lock that it needs to stop the loop.
    ending = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, ending)
    running = InlineWorker(units, log, erasures)
    signal.sigwait(ending)
    running.stop()
