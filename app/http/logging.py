"""Structured logs: one JSON object a line, and one access line for each request.

No address, query string, token, body or path argument is logged: a route's rule says what was done, and the
audit log says to what.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import logging
import time
from typing import IO, Any

from flask import Flask, Response, g, request

access_logger = logging.getLogger("althing.access")

_encode = json.JSONEncoder(default=str).encode

#: What a log record has by nature; everything else was given as ``extra``.
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class JsonFormatter(logging.Formatter):
    """Formats a record as one JSON object: time, level, logger, message, extras, traceback."""

    def format(self, record: logging.LogRecord) -> str:
        """Return one line."""
        instant = dt.datetime.fromtimestamp(record.created, dt.UTC)
        line: dict[str, Any] = {
            "time": instant.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        line |= {name: value for name, value in vars(record).items() if name not in _STANDARD}
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        # json escapes line breaks, so no text can forge a line.
        return _encode(line)


class LineHandler(logging.StreamHandler[Any]):
    """Writes each record with one call, which the operating system keeps whole: no lock to queue at."""

    def createLock(self) -> None:  # noqa: N802 - logging's name
        """Make the lock that takes no time."""
        self.lock = _Unlocked()  # type: ignore[assignment]

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line."""
        try:
            self.stream.write(self.format(record) + "\n")
            self.stream.flush()
        except Exception:  # noqa: BLE001 - logging must not fail what it reports on
            self.handleError(record)


class _Unlocked(contextlib.nullcontext[None]):
    """Stands where :mod:`logging` wants a lock."""

    def acquire(self) -> None:
        """Go on."""

    def release(self) -> None:
        """Go on."""


def configure_logging(level: str, stream: IO[str] | None = None) -> None:
    """Send the ``althing`` loggers to a stream as JSON lines.

    :param level: "debug", "info", "warning" or "error".
    :param stream: standard error when None.
    """
    handler = LineHandler(stream)
    handler.setFormatter(JsonFormatter())
    root = logging.getLogger("althing")
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    root.propagate = False


def register_access_log(app: Flask) -> None:
    """Log one line for each request: method, route, status, duration in milliseconds, request ids."""

    @app.after_request
    def _log(response: Response) -> Response:
        if g.get("unlogged"):  # when it came would tell something of who sent it
            return response
        route = request.url_rule.rule if request.url_rule else None
        ids = g.get("request_id"), g.get("audit_request_id")
        log_access(request.method, route, response.status_code, g.get("started"), ids)
        return response


def log_access(
    method: str,
    route: str | None,
    status: int,
    started: float | None,
    ids: tuple[str | None, str | None],
) -> None:
    """Log one answered request.

    :param route: the rule that matched, never the path.
    :param started: by ``time.perf_counter``.
    :param ids: the request's id as its client knows it, and as the audit log does.
    """
    if not access_logger.isEnabledFor(logging.INFO):
        return
    # Made by hand: Logger.info would walk the stack to say which line of this file logged.
    record = logging.LogRecord(access_logger.name, logging.INFO, "", 0, "request", None, None)
    record.method = method
    record.route = route
    record.status = status
    record.duration_ms = None if started is None else round((time.perf_counter() - started) * 1000, 2)
    record.request_id, record.audit_request_id = ids
    access_logger.handle(record)
