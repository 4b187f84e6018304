"""``flask serve``: the API on one of two servers; docs/decisions/0001-server.md says why there are two."""

from __future__ import annotations

import errno
import json
import logging
import multiprocessing
import os
import signal
import socket
import sys
import threading
import time
from typing import Any

import click
import granian
import waitress.server
from flask import Flask
from flask.cli import ScriptInfo, pass_script_info
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from waitress import wasyncore

from app.cli.bodies import channel_class
from app.config import Settings
from app.http.logging import JsonFormatter
from app.worker.loop import InlineWorker

#: How long requests that have arrived may take to finish after SIGTERM or Ctrl-C.
DRAIN_SECONDS = 10

MOST_HEADER_BYTES = 32_768

#: Open connections of waitress. Each takes a file, and another where its body does not fit in memory, so that
#: all of them fit into the usual limit of 1,024 open files.
MOST_CONNECTIONS = 400
#: Longer than the 60 seconds for which proxies keep an idle connection: they, not we, close it.
IDLE_SECONDS = 75
HEADER_SECONDS = 15

logger = logging.getLogger("althing.server")


@click.command("serve")
@pass_script_info
def serve(script: ScriptInfo) -> None:
    """Serve the API until SIGTERM or Ctrl-C; requests being answered are finished first."""
    app = script.load_app()
    settings: Settings = app.extensions["althing.settings"]
    with _listen(settings) as listener:
        if settings.server == "waitress":
            _serve_with_waitress(app, settings, listener)
            return
    # Granian's processes each open the port anew, which they may do beside each other but not beside us.
    _serve_with_granian(settings)


def _listen(settings: Settings) -> socket.socket:
    """Open the port, or leave with one line that says why it cannot be had."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        return socket.create_server((settings.host, settings.port), family=family)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            sys.exit(f"althing: port {settings.port} is in use; choose another with ALTHING_PORT")
        reason = os.strerror(error.errno) if error.errno in errno.errorcode else error.strerror
        sys.exit(f"althing: cannot listen on {settings.host} port {settings.port}: {reason}")


def _serve_with_waitress(app: Flask, settings: Settings, listener: socket.socket) -> None:
    channels: dict[int, wasyncore.dispatcher] = {}
    server = waitress.server.create_server(
        app,
        map=channels,
        sockets=[listener],
        threads=settings.threads,
        ident=None,
        asyncore_use_poll=True,  # select() stops at 1,024 files
        connection_limit=MOST_CONNECTIONS,
        channel_timeout=IDLE_SECONDS,
        max_request_header_size=MOST_HEADER_BYTES,
        inbuf_overflow=65_536,
        log_socket_errors=False,  # a client that hangs up is no event
    )
    server.channel_class = channel_class(app)
    _log_like_the_application("waitress")
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # a queue is what threads are for

    stopping = False  # no Event: setting one twice at once, as two signals may, blocks for ever

    def request_stop(*_: object) -> None:
        nonlocal stopping
        stopping = True
        server.pull_trigger()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, request_stop)
    worker = _inline_worker(app) if settings.runs_worker_inline else None
    _announce(settings)
    while not stopping:
        wasyncore.loop(timeout=1, use_poll=True, map=channels, count=1)
    if worker is not None:
        worker.stop()
    _drain(server, channels)
    app.extensions["althing.units"].dispose()


def _drain(server: Any, channels: dict[int, wasyncore.dispatcher]) -> None:
    """Finish what has arrived, for DRAIN_SECONDS at most; waitress by itself would drop what still queues.

    A connection is busy while it has requests (the thread that answers takes them off last) or output.
    """
    server.del_channel()
    server.socket.close()
    deadline = time.monotonic() + DRAIN_SECONDS
    while server.active_channels and time.monotonic() < deadline:
        for channel in list(server.active_channels.values()):
            if not channel.requests and not channel.total_outbufs_len:
                channel.will_close = True
        wasyncore.loop(timeout=0.1, use_poll=True, map=channels, count=1)
    if server.active_channels:
        logger.warning("stopped with %d requests unanswered", len(server.active_channels))


def _serve_with_granian(settings: Settings) -> None:
    # The same everywhere: a forked child would share what the parent has opened.
    multiprocessing.set_start_method("spawn", force=True)
    server = granian.Granian(
        "wsgi:app",
        address=settings.host,
        port=settings.port,
        interface=Interfaces.WSGI,
        workers=settings.processes,
        blocking_threads=settings.threads,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(
            header_read_timeout=HEADER_SECONDS * 1000, max_buffer_size=MOST_HEADER_BYTES
        ),
        websockets=False,
        respawn_failed_workers=True,
        workers_kill_timeout=DRAIN_SECONDS,
        log_level=LogLevels.error,
        log_dictconfig={
            "formatters": {"json": {"()": JsonFormatter}},
            "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json"}},
            "loggers": {"_granian": {"handlers": ["console"], "propagate": False}},
        },
    )
    server.on_startup(lambda: _announce(settings))
    try:
        server.serve(target_loader=_load)
    except SystemExit:
        # A service manager's SIGTERM may reach the processes, too: one that then stops by
        # itself counts as failed, though that is no failure.
        if not server.interrupt_signal:
            raise


def _load(target: str) -> Flask:
    """Load the application in a process of granian's."""
    # Ctrl-C reaches every process of the terminal. The parent passes it on as SIGTERM, and granian's handler
    # hangs when it meets both; threads started from here on inherit the mask.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    threading.Thread(target=_stop_with_parent, name="parent", daemon=True).start()
    app: Flask = granian.server.common.load_target(target)
    settings: Settings = app.extensions["althing.settings"]
    if settings.runs_worker_inline:
        _inline_worker(app)
    return app


def _inline_worker(app: Flask) -> InlineWorker:
    known = app.extensions
    return InlineWorker(known["althing.units"], known["althing.log"], known["althing.erasures"])


def _stop_with_parent() -> None:
    """Stop when the parent has died: nobody else would, and the port would stay taken."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)


def _log_like_the_application(name: str) -> None:
    logger = logging.getLogger(name)
    logger.handlers[:] = logging.getLogger("althing").handlers
    logger.propagate = False


def _announce(settings: Settings) -> None:
    """Say where the API is and, outside production, how to get in."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)  # noqa: S104 - compared, not bound
    url = f"http://{f'[{host}]' if ':' in host else host}:{settings.port}"
    lines = [f"Althing serves {url}/v1; documentation to try it in: {url}/docs"]
    if settings.env != "production":
        account = {
            "email": "ada@example.org",
            "password": "correct horse battery staple",
            "display_name": "Ada",
        }
        lines += [
            "A first account and its access token, then a request with it:",
            f"  curl -s {url}/v1/accounts -H 'Content-Type: application/json' -d '{json.dumps(account)}'",
            f"  curl -s {url}/v1/accounts/me -H 'Authorization: Bearer ACCESS_TOKEN'",
        ]
    click.echo("\n".join([*lines, "Ctrl-C stops it."]))
