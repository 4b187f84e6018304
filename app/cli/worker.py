"""``flask worker``: the loop that certifies closed ballots, as a process of its own."""

from __future__ import annotations

import signal
import threading

import click
from flask import current_app
from flask.cli import with_appcontext

from app.worker.loop import Worker


@click.command("worker")
@click.option("--once", is_flag=True, help="Do what is due now, and stop.")
@with_appcontext
def worker(*, once: bool) -> None:
    """Do due work until stopped by SIGTERM or Ctrl-C."""
    loop = Worker(current_app.extensions["althing.units"])
    if once:
        click.echo(f"Certified {loop.run_once()} ballots.")
        return
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    loop.run_forever(stop)
