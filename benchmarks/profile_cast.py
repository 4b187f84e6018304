"""``python -m benchmarks.profile_cast``: where the time of a cast goes, in one thread of one process.

Casts are pushed through the WSGI application without a server. The first table has the microseconds of a
whole request, the floor's beside them: what passes, and what of it this process computes itself (the rest is
waiting for the database). The second has the stages of a request, timed by wrapping their functions; the
profile after it is cProfile's, which makes small functions look dearer than they are.
"""

from __future__ import annotations

import argparse
import contextlib
import cProfile
import functools
import importlib
import io
import os
import pstats
import secrets
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import Any
from unittest import mock

from benchmarks import databases, floor
from benchmarks.electorate import Electorate, OpenBallot, casting_body
from benchmarks.figures import print_table

ROLL = 4_000

#: Stage -> the function that is it, as ``module:attribute.path``. Stages may lie inside one another.
STAGES = {
    "match the route (werkzeug)": "flask.ctx:AppContext.match_request",
    "before_request hooks": "flask.app:Flask.preprocess_request",
    "dispatch, whole": "flask.app:Flask.dispatch_request",
    "  authenticate": "app.api.wiring:authenticate",
    "    look in the memory of tokens": "app.services.identity.verified_tokens:VerifiedTokens.find",
    "    verify a signature": "app.services.identity.access_tokens:AccessTokens._read",
    "  read query and body": "app.http.pipeline:read_arguments",
    "    marshmallow load": "marshmallow.schema:Schema.load",
    "  authorise": "app.services.access:enter",
    "  cast at once": "app.services.ballots.casting_fast:FastCasting.cast",
    "    check out a connection": "sqlalchemy.engine.base:Engine.raw_connection",
    "    the statement": "psycopg:Connection.execute",
    "  cast, plain": "app.services.ballots.casting:cast",
    "  commit": "sqlalchemy.orm.session:Session.commit",
    "  answer": "app.http.pipeline:answer",
    "    marshmallow dump": "marshmallow.schema:Schema.dump",
    "after_request hooks": "flask.app:Flask.process_response",
    "  access log": "logging:Logger.info",
}


class Requests:
    """Members' casts as WSGI environments."""

    def __init__(self, electorate: Electorate, ballot: OpenBallot) -> None:
        self._ballot = ballot
        members = range(1, ballot.community.size + 1)
        self._tokens = electorate.tokens(ballot.community, members)

    def environments(self, members: Sequence[int], revision: int) -> list[dict[str, Any]]:
        """Return one request for each member, whose vote differs from the one of another revision."""
        return [
            environment(
                f"{self._ballot.path}/votes/me", self._tokens[member - 1], casting_body(member + revision)
            )
            for member in members
        ]


def environment(path: str, token: str, body: bytes) -> dict[str, Any]:
    """Return a PUT as a WSGI server hands it over."""
    return {
        "REQUEST_METHOD": "PUT",
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": "api.example.org",
        "HTTP_ACCEPT": "application/json",
        "HTTP_AUTHORIZATION": f"Bearer {token}",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }


def push(app: Callable[..., Any], environments: Sequence[dict[str, Any]]) -> tuple[float, float]:
    """Answer the requests one after the other.

    :return: microseconds of a request: passed, and computed by this thread.
    """
    statuses: list[str] = []

    def start_response(status: str, _headers: Any, _failure: Any = None) -> None:
        statuses.append(status)

    passed, computed = time.perf_counter(), time.thread_time()
    for request in environments:
        answer = app(request, start_response)
        b"".join(answer)
        if hasattr(answer, "close"):
            answer.close()
    passed, computed = time.perf_counter() - passed, time.thread_time() - computed
    assert all(status.startswith("201") for status in statuses), set(statuses)
    return passed / len(environments) * 1e6, computed / len(environments) * 1e6


@contextlib.contextmanager
def stages_timed() -> Iterator[dict[str, list[float]]]:
    """Wrap the functions of :data:`STAGES`; yield their microseconds of computing and waiting, call by call."""
    found: dict[str, list[float]] = defaultdict(list)
    with contextlib.ExitStack() as stack:
        for stage, place in STAGES.items():
            module, _, path = place.partition(":")
            owner: Any = importlib.import_module(module)
            *holders, name = path.split(".")
            for holder in holders:
                owner = getattr(owner, holder, None)
            if (function := getattr(owner, name, None)) is None:
                continue  # another release of the library, or another way of doing it here
            stack.enter_context(mock.patch.object(owner, name, _timed(function, found[stage])))
        yield found


def _timed(function: Callable[..., Any], times: list[float]) -> Callable[..., Any]:
    @functools.wraps(function)
    def timed(*args: Any, **kwargs: Any) -> Any:
        started = time.perf_counter()
        try:
            return function(*args, **kwargs)
        finally:
            times.append((time.perf_counter() - started) * 1e6)

    return timed


def main() -> None:
    """Profile on PostgreSQL where the environment names one, else on SQLite."""
    parser = argparse.ArgumentParser(description="Where the time of a cast goes.")
    parser.add_argument("--lines", type=int, default=45, help="lines of the profile")
    options = parser.parse_args()
    server = os.environ.get("ALTHING_TEST_POSTGRES_URL")
    with (
        contextlib.redirect_stderr(io.StringIO()),  # the access log is written as in production, and not read
        databases.postgresql(server) if server else databases.sqlite() as database,
    ):
        electorate = Electorate(database, secrets.token_hex(32), log_level="info")
        ballot = electorate.open(electorate.found(ROLL))
        database.settle()
        requests = Requests(electorate, ballot)
        floors = [
            environment(path, "x" * 640, casting_body(n))
            for path in (floor.FLOOR, floor.FLOOR_AUTOCOMMIT)
            for n in range(ROLL // 2)
        ]
        service, bare = electorate.app.wsgi_app, floor.make_app(database.url).wsgi_app
        half = ROLL // 2
        first, second = range(1, half + 1), range(half + 1, ROLL + 1)
        rows = {
            "floor: INSERT and COMMIT": push(bare, floors[:half]),
            "floor, its INSERT autocommitted": push(bare, floors[half:]),
            "vote, token never seen": push(service, requests.environments(first, 0)),
            "vote replaced, token seen before": push(service, requests.environments(first, 1)),
        }
        print_table(
            f"A request by itself: {database.description}",
            ("", "µs passed", "µs computed"),
            [(name, f"{passed:,.0f}", f"{computed:,.0f}") for name, (passed, computed) in rows.items()],
        )
        with stages_timed() as stages:
            push(service, requests.environments(first, 2))
        print_table(
            "Stages of a replaced vote, token seen before",
            ("", "calls", "µs each"),
            [
                (name, f"{len(stages[name]) / half:g}", f"{sum(stages[name]) / len(stages[name]):,.0f}")
                for name in STAGES
                if stages.get(name)
            ],
        )
        profiler = cProfile.Profile()
        environments = requests.environments(second, 0)
        profiler.enable()
        push(service, environments)
        profiler.disable()
        report = io.StringIO()
        statistics = pstats.Stats(profiler, stream=report).strip_dirs()
        statistics.sort_stats("cumulative").print_stats(options.lines)
        statistics.sort_stats("tottime").print_stats(options.lines)
        print(f"## cProfile of {half:,} first votes, tokens never seen\n\n{report.getvalue()}")
        electorate.close()


if __name__ == "__main__":
    main()
