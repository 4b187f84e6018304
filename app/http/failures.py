"""From any exception to its problem document: the application's one error handler.

Refusals and rules of HTTP say themselves what they are. A database that is locked, lost or full is 503; a
violated constraint is the problem the application's table names; everything else is a defect: 500, logged
with its traceback under the request id, and nothing of it told to the client.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import sqlalchemy as sa
import sqlalchemy.exc
from flask import Flask, Response
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException

from app.domain.errors import Refusal
from app.http.operation import current_kit
from app.http.problems import (
    ProblemError,
    problem_response,
    refusal_response,
    request_id,
)

logger = logging.getLogger("althing.error")

#: serialization_failure and deadlock_detected: the same transaction may well succeed when run again.
_TRANSIENT = frozenset({"40001", "40P01"})

#: PostgreSQL: connection lost, transaction lost, out of resources, operator intervention, system error.
_UNAVAILABLE_CLASSES = frozenset({"08", "40", "53", "57", "58"})
#: lock_not_available; read_only_sql_transaction, after the server has become a standby.
_UNAVAILABLE_STATES = frozenset({"55P03", "25006"})

_SQLITE_UNAVAILABLE = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_INTERRUPT,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PROTOCOL,
    }
)


def register_error_handlers(app: Flask) -> None:
    """Make every error of the application a problem document, its own 404 and 405 included."""
    app.register_error_handler(Exception, answer_error)


def answer_error(error: Exception) -> Response:
    """Answer an exception.

    :return: a problem document; for redirects and the like, the response the exception carries.
    """
    if isinstance(error, HTTPException):
        return _http_exception(error)
    told = _tell(error)
    if isinstance(told, Refusal):
        return refusal_response(told)
    if told is not None:
        return _http_problem(told)
    logger.error("unhandled exception", exc_info=error, extra={"request_id": request_id()})
    return problem_response(500, detail="The request met a defect of this service and was not carried out.")


def _tell(error: Exception) -> Refusal | ProblemError | None:
    """Say what an exception means to the client; None for a defect."""
    if isinstance(error, Refusal | ProblemError):
        return error
    if isinstance(error, StaleDataError):
        # Another transaction wrote the version this one was about to write.
        return ProblemError("precondition-failed")
    if isinstance(error, sa.exc.IntegrityError):
        kit = current_kit()
        names = violated_constraints(error, kit.metadata)
        name = next((n for n in names if n in kit.constraints), None)
        return None if name is None else Refusal(kit.constraints[name])
    if is_unavailable(error):
        # The error's own text may carry bound values.
        logger.warning(
            "database unavailable: %s %s",
            type(error).__name__,
            _sqlstate(error) or "",
            extra={"request_id": request_id()},
        )
        return ProblemError("database-unavailable")
    return None


def _http_problem(error: ProblemError) -> Response:
    problem = error.problem
    return problem_response(
        problem.status,
        slug=problem.slug,
        title=problem.title,
        detail=error.detail,
        faults=error.faults,
        headers=error.headers,
    )


def _http_exception(error: HTTPException) -> Response:
    response = error.get_response()  # keeps Allow, WWW-Authenticate and Retry-After
    if (error.code or 500) < HTTPStatus.BAD_REQUEST:
        return response  # type: ignore[return-value] # Flask takes werkzeug's responses
    kept = {k: v for k, v in response.headers.items() if k not in {"Content-Type", "Content-Length"}}
    if error.code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return _http_problem(ProblemError("body-too-large", headers=kept))
    return problem_response(error.code or 500, detail=_DETAILS.get(error.code or 500), headers=kept)


#: Sentences for the statuses the framework raises by itself; its own descriptions are HTML for people.
_DETAILS: Mapping[int, str] = {
    400: "The request could not be understood.",
    404: "There is no such thing here.",
    405: "The method is not allowed here; see Allow.",
}


def is_transient(error: BaseException) -> bool:
    """Whether running the transaction again may succeed: a deadlock or a serialization failure."""
    return _sqlstate(error) in _TRANSIENT


def is_unavailable(error: BaseException) -> bool:
    """Whether the database, not the request or the program, is at fault: locked, lost, full or exhausted.

    Takes SQLAlchemy's errors as well as those of the drivers.
    """
    if isinstance(error, sa.exc.TimeoutError):
        return True
    origin = getattr(error, "orig", None) or error
    if isinstance(origin, sqlite3.Error):
        # "no such table" is an OperationalError too, and a defect.
        return getattr(origin, "sqlite_errorcode", 0) & 0xFF in _SQLITE_UNAVAILABLE
    if getattr(error, "connection_invalidated", False):
        return True
    state = _sqlstate(error)
    if state is not None:
        return state[:2] in _UNAVAILABLE_CLASSES or state in _UNAVAILABLE_STATES
    # Without a state the server was never heard: refused, unreachable, timed out.
    return type(origin).__name__ in {"OperationalError", "ConnectionTimeout", "PoolTimeout", "InterfaceError"}


def _sqlstate(error: BaseException) -> str | None:
    origin = getattr(error, "orig", None) or error
    state = getattr(origin, "sqlstate", None)
    return state if isinstance(state, str) else None


def violated_constraints(error: sa.exc.IntegrityError, metadata: sa.MetaData) -> Sequence[str]:
    """Name the constraint an IntegrityError reports.

    PostgreSQL names it. SQLite names a CHECK, and for UNIQUE only the columns, which are looked up in the
    metadata and may fit several partial indexes.

    :return: candidate names, none for NOT NULL and, on SQLite, for foreign keys.
    """
    diagnosis: Any = getattr(error.orig, "diag", None)
    if diagnosis is not None:
        return [diagnosis.constraint_name] if diagnosis.constraint_name else []
    kind, _, subject = str(error.orig).partition(" constraint failed: ")
    if kind == "CHECK":
        return [subject]
    if kind != "UNIQUE":
        return []
    if subject.startswith("index '"):
        return [subject.removeprefix("index '").removesuffix("'")]
    return _unique_on(frozenset(subject.split(", ")), metadata)


def _unique_on(columns: frozenset[str], metadata: sa.MetaData) -> list[str]:
    names: list[str] = []
    for table in metadata.tables.values():
        keys = [c for c in table.constraints if isinstance(c, sa.UniqueConstraint | sa.PrimaryKeyConstraint)]
        for key in [*keys, *(index for index in table.indexes if index.unique)]:
            if key.name and frozenset(f"{table.name}.{c.name}" for c in key.columns) == columns:
                names.append(str(key.name))  # noqa: PERF401 - the condition reads better in a statement
    return names
