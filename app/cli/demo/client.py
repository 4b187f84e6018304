"""HTTP as a member portal speaks it: JSON, tokens, kept connections, a few requests at a time."""

from __future__ import annotations

import http.client
import json
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, TypeVar

T = TypeVar("T")
R = TypeVar("R")

#: One request is being answered while the next ones are under way.
THREADS = 4

ANSWER_SECONDS = 60
#: "Come back later" is obeyed this many times.
PATIENCE = 5
_LATER = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer; the names of ``headers`` are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """Return the body as JSON."""
        return json.loads(self.body)


class ApiError(Exception):
    """A request the API refused: ``status``, the problem's ``slug``, its words and ``reasons`` (RFC 9457)."""

    def __init__(self, request: str, answer: Answer) -> None:
        try:
            problem = answer.json()
        except ValueError:
            problem = {}
        self.status = answer.status
        self.slug = str(problem.get("type", "")).rpartition("/")[2]
        self.detail = str(problem.get("detail") or problem.get("title") or "")
        errors = problem.get("errors", [])
        self.reasons = [str(one.get("detail", "")) for one in errors]
        places = [f"{one.get('pointer', '')} {one.get('detail', '')}" for one in errors]
        words = "; ".join([self.detail, *places])
        super().__init__(f"{request} was answered {answer.status} {self.slug}: {words}")


class Client:
    """Calls one server. Each thread keeps its own connection."""

    def __init__(self, host: str, port: int) -> None:
        self._address = (host, port)
        self._own = threading.local()

    def get(self, path: str, *, token: str | None = None) -> Answer:
        """Read something, whatever the status."""
        return self._send("GET", path, None, token)

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        token: str | None = None,
        if_match: str | None = None,
    ) -> Answer:
        """Make a call that must succeed.

        :param body: sent as JSON unless None.
        :param if_match: the ``ETag`` of what was read before, where the call asks for it.
        :raises ApiError: for an answer that is no success.
        """
        answer = self._send(method, path, body, token, if_match)
        if answer.status >= HTTPStatus.MULTIPLE_CHOICES:
            raise ApiError(f"{method} {path}", answer)
        return answer

    def pages(self, path: str, *, token: str) -> Iterator[Any]:
        """Yield every item of a list, page by page."""
        cursor, joint = "", "&" if "?" in path else "?"
        while True:
            page = self.call("GET", f"{path}{joint}limit=100{cursor}", token=token).json()
            yield from page["items"]
            if page["next_cursor"] is None:
                return
            cursor = f"&cursor={page['next_cursor']}"

    def close(self) -> None:
        """Close this thread's connection."""
        connection = getattr(self._own, "connection", None)
        if connection is not None:
            connection.close()
            self._own.connection = None

    def _send(
        self, method: str, path: str, body: Any, token: str | None, if_match: str | None = None
    ) -> Answer:
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        if if_match is not None:
            headers["If-Match"] = if_match
        if method == "POST":
            # The same key each time: sent twice, it takes effect once.
            headers["Idempotency-Key"] = uuid.uuid4().hex
        content = None
        if body is not None:
            headers["Content-Type"] = "application/json"
            content = json.dumps(body).encode()
        for _ in range(PATIENCE):
            answer = self._exchange(method, path, content, headers)
            if answer.status not in _LATER:
                break
            time.sleep(int(answer.headers.get("retry-after", "1")))
        return answer

    def _exchange(self, method: str, path: str, content: bytes | None, headers: Mapping[str, str]) -> Answer:
        """Send a request on the thread's connection; anew if the server has closed it meanwhile."""
        kept = getattr(self._own, "connection", None)
        if kept is not None:
            try:
                return _exchange(kept, method, path, content, headers)
            except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
                self.close()
        self._own.connection = http.client.HTTPConnection(*self._address, timeout=ANSWER_SECONDS)
        return _exchange(self._own.connection, method, path, content, headers)


def _exchange(
    connection: http.client.HTTPConnection,
    method: str,
    path: str,
    content: bytes | None,
    headers: Mapping[str, str],
) -> Answer:
    connection.request(method, path, content, dict(headers))
    response = connection.getresponse()
    body = response.read()
    return Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, body)


def crowd(
    client: Client, work: Callable[[T], R], items: Sequence[T], progress: Callable[[int], None]
) -> list[R]:
    """Do some work for every item, a few at a time; the first failure stops the rest.

    :param progress: told now and then, from the calling thread, how many are done.
    :return: the results in the order of the items.
    """
    results: dict[int, R] = {}
    failures: list[BaseException] = []
    stop = threading.Event()
    places = iter(range(len(items)))
    turn = threading.Lock()

    def labour() -> None:
        try:
            while not stop.is_set():
                with turn:
                    place = next(places, None)
                if place is None:
                    return
                results[place] = work(items[place])
        except Exception as failure:  # noqa: BLE001 - raised again by the thread that waits
            failures.append(failure)
            stop.set()
        finally:
            client.close()

    threads = [threading.Thread(target=labour, daemon=True) for _ in range(min(THREADS, len(items)))]
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            while thread.is_alive():
                thread.join(0.1)
                progress(len(results))
    finally:
        stop.set()  # as after Ctrl-C
    if failures:
        raise failures[0]
    return [results[place] for place in range(len(items))]
