"""People who vote and somebody who watches the log, while something is being killed; and what must hold after it."""

from __future__ import annotations

import contextlib
import http.client
import json
import random
import threading
import time
from typing import Any

from app.domain.evidence.faults import Report
from app.domain.translog.checkpoints import Checkpoint
from app.domain.translog.frontier import Frontier
from app.domain.translog.hashing import leaf_hash
from app.domain.translog.keys import VerifierKey
from app.domain.translog.receipts import open_receipt
from app.domain.translog.tlog_proofs import TlogProof
from app.verify.ed25519 import verify
from app.verify.following import follow
from app.verify.keys import LogKeys
from tests.operations.server import ANSWER_SECONDS
from tests.support.log import PortalSource, keys
from tests.support.portal import Person, Town

VOTERS = 6
FLAVOURS = ("mint", "lime", "yuzu")


def patiently(person: Person, method: str, path: str, body: Any = None) -> Any:
    """Call until there is an answer, as a portal would."""
    deadline = time.monotonic() + 2 * ANSWER_SECONDS
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError, http.client.HTTPException):
            answer = person.call(method, path, body)
            if answer.status_code not in {404, 503}:
                assert answer.status_code < 300, (method, path, answer.status_code, answer.text)
                return answer
        time.sleep(0.05)
    raise AssertionError(f"no answer: {method} {path}")


class Load:
    """Voters who change their minds, and somebody who keeps every checkpoint they see."""

    def __init__(self, town: Town, ballot: str, auditor: Person) -> None:
        self.receipts: list[dict[str, Any]] = []
        self.checkpoints: dict[int, bytes] = {}
        self.failures: list[Exception] = []
        self._origin = LogKeys(keys(auditor, town)[0])
        self._stop = threading.Event()
        jobs = [lambda member=member: self._vote(member, ballot) for member in town.members]
        jobs.append(lambda: self._watch(auditor, f"{town.path}/log/checkpoint"))
        self._threads = [threading.Thread(target=self._run, args=(job,)) for job in jobs]
        for thread in self._threads:
            thread.start()

    def _run(self, job: Any) -> None:
        try:
            while not self._stop.is_set():
                job()
        except Exception as failure:  # noqa: BLE001 - reported by the test's own thread
            self.failures.append(failure)

    def _vote(self, member: Person, ballot: str) -> None:
        choice = random.choice(FLAVOURS)
        answer = patiently(member, "PUT", f"{ballot}/votes/me", {"choice": choice})
        self.receipts.append(answer.get_json())

    def _watch(self, auditor: Person, path: str) -> None:
        seen: Checkpoint = self._origin.open_checkpoint(patiently(auditor, "GET", path).data)
        assert self.checkpoints.setdefault(seen.size, seen.root) == seen.root
        time.sleep(0.02)

    def go_on(self) -> None:
        """Wait until votes are answered again, so that whatever is killed next is killed at work."""
        known, deadline = len(self.receipts), time.monotonic() + 2 * ANSWER_SECONDS
        while len(self.receipts) < known + VOTERS and not self.failures:
            assert time.monotonic() < deadline, "nobody votes any more"
            time.sleep(0.02)

    def finish(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(3 * ANSWER_SECONDS)
        assert not self.failures, self.failures


def assert_the_log_holds_every_vote(load: Load, town: Town, ballot: str, auditor: Person) -> None:
    lines = town.owner.call("GET", f"{ballot}/log?format=jsonl").text.splitlines()
    stored = {cast["digest"] for cast in map(json.loads, lines)}
    acknowledged = {receipt["digest"] for receipt in load.receipts}
    assert acknowledged <= stored

    source = PortalSource(auditor, town)
    listed = every_entry(auditor, town)
    deadline = time.monotonic() + ANSWER_SECONDS
    log_keys = LogKeys(keys(auditor, town)[0])
    while (signed := log_keys.open_checkpoint(source.read("checkpoint", 10**6))).size < len(listed):
        assert time.monotonic() < deadline, "the last entries got no checkpoint"
        time.sleep(0.05)
    assert [item["position"] for item in listed] == list(range(len(listed)))
    casts = [item["entry"]["commitment"] for item in listed if item["entry"]["action"] == "ballot.cast"]
    assert sorted(casts) == sorted(stored)

    report = Report()
    follow(report, source, log_keys, None, keep=lambda _: None, tell=print)
    assert report.agrees, report.findings
    frontier, roots = Frontier(), {0: Frontier().root()}
    for item in listed:
        frontier.push(leaf_hash(item["body"].encode()))
        roots[frontier.size] = frontier.root()
    assert roots[signed.size] == signed.root
    assert len(load.checkpoints) > 1
    for size, root in load.checkpoints.items():
        assert roots[size] == root, size

    published = auditor.ok("GET", f"{town.path}/log/keys")["keys"]
    receipt_key = VerifierKey.parse(published[0]["receipt_key"])
    for receipt in {each["tracker"]: each for each in load.receipts}.values():
        promise = open_receipt(receipt["receipt_note"].encode(), receipt_key, verify)
        proof = town.owner.call("GET", f"/v1/receipts/{receipt['tracker']}/proof").data
        TlogProof.parse(proof).verify(promise.leaf, log_keys.log, verify)


def every_entry(auditor: Person, town: Town) -> list[dict[str, Any]]:
    found, cursor = [], ""
    while cursor is not None:
        page = auditor.ok("GET", f"{town.path}/audit-entries?limit=100{cursor}")
        found += page["items"]
        cursor = page["next_cursor"] and f"&cursor={page['next_cursor']}"
    return found
