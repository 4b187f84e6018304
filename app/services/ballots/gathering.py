"""Group commit: requests that arrive while transactions run share the next one.

A commit costs a write to the disk however little it writes. Nobody waits for company: whoever finds a lane
free starts a transaction at once, alone if need be.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar, cast

Key = TypeVar("Key", bound=Hashable)
Job = TypeVar("Job")
Answer = TypeVar("Answer")


@dataclass(slots=True)
class _Ticket(Generic[Key, Job, Answer]):
    """One caller's job; its ``turn``, taken at first, is released when it is answered or shall lead.

    ``batch`` is what its caller shall run: the batch that it leads, itself first.
    """

    key: Key
    job: Job
    turn: threading.Lock = field(default_factory=threading.Lock)
    answer: Answer | None = None
    batch: list[_Ticket[Key, Job, Answer]] = field(default_factory=list)


class Gathering(Generic[Key, Job, Answer]):
    """Runs jobs in batches, in the threads of those who bring them.

    :param run: (key, jobs of that key) -> an answer for each, in order. When it raises, the caller whose thread
        ran it gets the exception and the others of the batch get None.
    :param most: jobs in one batch at most.
    :param lanes: batches of one key that may run at the same time. Each key has lanes of its own: a ballot whose
        row is locked while it is counted must not hold up the votes in another community's.
    """

    def __init__(
        self, run: Callable[[Key, Sequence[Job]], Sequence[Answer | None]], *, most: int, lanes: int
    ) -> None:
        self._run = run
        self._most = most
        self._lanes = lanes
        self._lock = threading.Lock()
        self._waiting: list[_Ticket[Key, Job, Answer]] = []
        self._running: Counter[Key] = Counter()

    def submit(self, key: Key, job: Job) -> Answer | None:
        """Run a job, together with others of the same key that wait; return its answer.

        :param key: jobs of different keys never share a batch.
        """
        ticket: _Ticket[Key, Job, Answer] = _Ticket(key, job)
        ticket.turn.acquire()
        with self._lock:
            self._waiting.append(ticket)
            if self._running[key] < self._lanes:
                self._running[key] += 1
                ticket.batch = self._take(key)
        if not ticket.batch:
            ticket.turn.acquire()  # until whoever leads releases it
        if ticket.batch:
            self._lead(ticket.batch)
        return ticket.answer

    def _take(self, key: Key) -> list[_Ticket[Key, Job, Answer]]:
        """Take a key's next batch, if any: whoever has waited longest leads it. The caller holds the lock."""
        batch = [ticket for ticket in self._waiting if ticket.key == key][: self._most]
        taken = set(map(id, batch))
        self._waiting = [ticket for ticket in self._waiting if id(ticket) not in taken]
        return batch

    def _lead(self, batch: list[_Ticket[Key, Job, Answer]]) -> None:
        """Run a batch in the thread of its first ticket, then hand the lane over."""
        key, answers = batch[0].key, cast("Sequence[Answer | None]", [None] * len(batch))
        try:
            answers = self._run(key, [ticket.job for ticket in batch])
        finally:
            with self._lock:
                following = self._take(key)
                if not following:
                    self._running[key] -= 1
                    if not self._running[key]:
                        del self._running[key]
            if following:
                following[0].batch = following
                following[0].turn.release()
            for ticket, answer in zip(batch, answers, strict=True):
                ticket.answer = answer
            for ticket in batch[1:]:
                ticket.turn.release()
