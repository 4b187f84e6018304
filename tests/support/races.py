"""Calls that are made at one moment."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from werkzeug.test import TestResponse


def at_once(calls: Sequence[Callable[[], TestResponse]]) -> list[int]:
    """Make calls on threads of their own, all at one moment, and return their statuses in the calls' order."""
    barrier, statuses = threading.Barrier(len(calls)), [0] * len(calls)

    def make(place: int, call: Callable[[], TestResponse]) -> None:
        barrier.wait()
        statuses[place] = call().status_code

    threads = [threading.Thread(target=make, args=pair) for pair in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return statuses
