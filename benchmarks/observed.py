"""The service with one more address, ``/peak``: the memory its process needed at most since the last look, in MiB."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from benchmarks.memory import forget_peak, peak_mib

PEAK = "/peak"


def make_app() -> Callable[..., Iterable[bytes]]:
    """Load the service and put the address before it."""
    from wsgi import app as service  # noqa: PLC0415 - whoever only wants the address does not load the service

    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ["PATH_INFO"] != PEAK:
            answer: Iterable[bytes] = service(environ, start_response)
            return answer
        body = f"{peak_mib():.1f}".encode()
        forget_peak()
        start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
        return [body]

    return app


def __getattr__(name: str) -> Callable[..., Iterable[bytes]]:
    """Make ``app`` when a server asks for it."""
    if name != "app":
        raise AttributeError(name)
    return make_app()
