"""The floor: the barest Flask view that could be said to record a vote.

It reads JSON with the standard library, does one INSERT and one COMMIT, and answers. It knows neither who
votes nor whether they may, keeps no log and gives no receipt. Its database is ``FLOOR_DATABASE_URL``.
"""

from __future__ import annotations

import json
import os
import sqlite3
import threading
from collections.abc import Callable
from typing import Any

from flask import Flask, request

#: Connections of each pool: one for each request thread, so that nobody waits for one.
CONNECTIONS = 8

TABLE = {
    "postgresql": (
        "CREATE TABLE floor_votes (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, choice text NOT NULL)"
    ),
    "sqlite": "CREATE TABLE floor_votes (id integer PRIMARY KEY, choice text NOT NULL)",
}

#: Paths of the two floors: with a transaction as drivers open it, and with the INSERT committing by itself.
FLOOR, FLOOR_AUTOCOMMIT = "/votes", "/votes-autocommit"


def make_app(url: str) -> Flask:
    """Make the floor on a database that has :data:`TABLE`."""
    app = Flask(__name__, static_folder=None)
    for path, autocommit in ((FLOOR, False), (FLOOR_AUTOCOMMIT, True)):
        insert = (
            _postgresql(url, autocommit=autocommit)
            if url.startswith("postgres")
            else _sqlite(url.removeprefix("sqlite:///"), autocommit=autocommit)
        )
        app.add_url_rule(path, path, _view(insert), methods=["PUT"])
    return app


def _view(insert: Callable[[str], None]) -> Callable[[], Any]:
    def vote() -> Any:
        body = json.loads(request.get_data())
        insert(json.dumps(body["choice"]))
        return {"recorded": True}, 201

    return vote


def _postgresql(url: str, *, autocommit: bool) -> Callable[[str], None]:
    import psycopg_pool  # noqa: PLC0415 - SQLite does without it

    pool = psycopg_pool.ConnectionPool(
        url, min_size=CONNECTIONS, max_size=CONNECTIONS, kwargs={"autocommit": autocommit}, open=True
    )

    def insert(choice: str) -> None:
        with pool.connection() as connection:
            connection.execute("INSERT INTO floor_votes (choice) VALUES (%s)", (choice,))

    return insert


def _sqlite(path: str, *, autocommit: bool) -> Callable[[str], None]:
    local = threading.local()

    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(path, timeout=30, isolation_level=None)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        return connection

    def insert(choice: str) -> None:
        if not hasattr(local, "connection"):
            local.connection = connect()
        if not autocommit:
            local.connection.execute("BEGIN IMMEDIATE")
        local.connection.execute("INSERT INTO floor_votes (choice) VALUES (?)", (choice,))
        if not autocommit:
            local.connection.execute("COMMIT")

    return insert


def __getattr__(name: str) -> Flask:
    """Make ``app`` when a server asks for it, not when this module is imported for its names."""
    if name != "app":
        raise AttributeError(name)
    return make_app(os.environ["FLOOR_DATABASE_URL"])
