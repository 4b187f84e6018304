"""``flask worker``: the loop that certifies closed ballots, as a process of its own."""

from __future__ import annotations

import signal

import click
from flask import current_app
from flask.cli import with_appcontext

from app.worker.loop import InlineWorker, Worker


@click.command("worker")
@click.option("--once", is_flag=True, help="Do what is due now, and stop.")
@with_appcontext
def worker(*, once: bool) -> None:
    """Do due work until stopped by SIGTERM or Ctrl-C."""
    units = current_app.extensions["althing.units"]
    if once:
        click.echo(f"Certified {Worker(units).run_once()} ballots.")
        return
    # Waited for, not handled: a handler could interrupt the very lock that it needs to stop the loop.
    ending = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, ending)
    running = InlineWorker(units)
    signal.sigwait(ending)
    running.stop()
