from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.services.ballots.gathering import Gathering


@pytest.mark.parametrize("lanes", [1, 2])
def test_every_job_is_run_once_and_answered_to_who_brought_it(lanes):
    batches = []

    def run(key, jobs):
        batches.append((key, list(jobs)))
        time.sleep(0.001)
        return [(key, job) for job in jobs]

    gathering = Gathering(run, most=5, lanes=lanes)
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda n: gathering.submit(n % 3, n), range(500)))
    assert answers == [(n % 3, n) for n in range(500)]
    assert sorted(job for _, jobs in batches for job in jobs) == list(range(500))
    assert all(job % 3 == key for key, jobs in batches for job in jobs)
    assert max(len(jobs) for _, jobs in batches) <= 5
    assert len(batches) < 500


def test_nobody_waits_for_company():
    gathering = Gathering(lambda _key, jobs: jobs, most=5, lanes=1)
    assert [gathering.submit("a", n) for n in range(3)] == [0, 1, 2]


def test_a_failing_batch_leaves_the_next_one_unharmed():
    started, go = threading.Event(), threading.Event()

    def run(_key, jobs):
        started.set()
        go.wait(5)
        if "bad" in jobs:
            raise ValueError("bad")
        return jobs

    gathering = Gathering(run, most=2, lanes=1)
    with ThreadPoolExecutor(4) as pool:
        first = pool.submit(gathering.submit, "k", "first")
        started.wait(5)
        others = [pool.submit(gathering.submit, "k", job) for job in ("bad", "beside", "after")]
        while len(gathering._waiting) < 3:
            time.sleep(0.001)
        go.set()
        outcomes = [future.exception() or future.result() for future in (first, *others)]
    assert outcomes[0] == "first"
    assert sum(isinstance(outcome, ValueError) for outcome in outcomes) == 1
    assert gathering.submit("k", "later") == "later"
