"""The client for browsers, in a browser: a real Chromium, without a window, against ``flask serve``."""

from __future__ import annotations

import contextlib
import http.server
import json
import queue
import shutil
import subprocess
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.operations.server import HOST, STOP_SECONDS, serving
from tests.repository import tree
from tests.support.portal import Portal

CLIENT = tree.ROOT / "docs" / "secret-ballot-client"
PACKAGE = CLIENT / "node_modules" / "@cloudflare" / "blindrsa-ts"
BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
#: A browser that starts for the first time on a busy machine.
PATIENCE = 120

PAGE = """<!doctype html><meta charset="utf-8"><title>Vote</title>
<script type="importmap">
{"imports": {"@cloudflare/blindrsa-ts": "/node_modules/@cloudflare/blindrsa-ts/lib/src/index.js"}}
</script>
<script type="module">
const told = (body) => fetch("/told", { method: "POST", body: JSON.stringify(body) });
try {
  const { SecretBallot } = await import("/client.js");
  const { voters, ...where } = await (await fetch("/task")).json();
  const found = [];
  for (const { token, choice } of voters) {
    const ballot = await SecretBallot.open({ ...where, token });
    const before = ballot.isRegistered;
    await ballot.register(token);
    await ballot.register(token);
    const receipt = await ballot.vote(choice, { pause: 5 });
    const again = await (await SecretBallot.open({ ...where, token })).send();
    found.push({ before, receipt, again });
    indexedDB.deleteDatabase("althing-secret-ballots");  // the next voter has another device
  }
  await told({ voters: found });
} catch (error) {
  await told({ error: String(error), stack: error.stack, problem: error.problem ?? null });
}
</script>"""

pytestmark = pytest.mark.skipif(
    BROWSER is None or not PACKAGE.is_dir(),
    reason="no Chromium, or no packages in docs/secret-ballot-client: npm install there",
)


class Page(http.server.SimpleHTTPRequestHandler):
    """Serves the client, the page that uses it and its task, and takes what the page tells."""

    task: dict[str, Any]
    told: queue.Queue[dict[str, Any]]

    def do_GET(self) -> None:
        if self.path == "/":
            self.answer("text/html; charset=utf-8", PAGE.encode())
        elif self.path == "/task":
            self.answer("application/json", json.dumps(self.task).encode())
        else:
            super().do_GET()

    def do_POST(self) -> None:
        self.told.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.answer("application/json", b"{}")

    def answer(self, kind: str, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextlib.contextmanager
def page_of(task: dict[str, Any], told: queue.Queue[dict[str, Any]]) -> Iterator[str]:
    """Serve the page and its task on a free port, and yield its origin."""
    handler = type("TaskPage", (Page,), {"task": task, "told": told})
    with http.server.ThreadingHTTPServer((HOST, 0), partial(handler, directory=str(CLIENT))) as served:
        threading.Thread(target=served.serve_forever, daemon=True).start()
        try:
            yield f"http://{HOST}:{served.server_port}"
        finally:
            served.shutdown()


@contextlib.contextmanager
def browsing(profile: Path, address: str) -> Iterator[None]:
    """Have a browser show a page until the block ends."""
    flags = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage")
    browser = subprocess.Popen(  # noqa: S603 - found on the machine's own path
        [str(BROWSER), *flags, f"--user-data-dir={profile}", address],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        browser.terminate()
        browser.wait(STOP_SECONDS)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_browser_votes_in_secret(database_url, tmp_path):
    task: dict[str, Any] = {}
    told: queue.Queue[dict[str, Any]] = queue.Queue()
    with serving(database_url, tmp_path) as server, page_of(task, told) as origin:
        portal = Portal(server)
        town = portal.town(members=3)
        town.owner.ok("PATCH", town.path, {"allowed_origins": [origin]}, if_match="*")
        rules = {"method": "plurality", "vote_change": False, "early_close": True}
        path = portal.ballot(town, secrecy="secret", **rules)
        ballot = town.owner.ok("GET", path)
        task |= {
            "service": f"http://{HOST}:{server.port}",
            "community": town.id,
            "ballot": ballot["id"],
            "manifestHash": ballot["manifest_hash"],
            "voters": [
                {"token": member.token, "choice": choice}
                for member, choice in zip(town.members, ("mint", "lime", "mint"), strict=True)
            ],
        }
        with browsing(tmp_path / "profile", f"{origin}/"):
            done = told.get(timeout=PATIENCE)
        assert "error" not in done, done
        for voter in done["voters"]:
            assert not voter["before"]
            assert voter["again"] == voter["receipt"]
        assert town.owner.ok("GET", f"{path}/turnout") == {"voters": 3, "roll_size": 3, "credentials": 3}
        result = town.owner.ok("POST", f"{path}/close")
        assert result["count"]["totals"] == {"lime": "1", "mint": "2", "yuzu": "0"}
        assert result["ballot_box"]["invalid"] == {}
        trackers = {voter["receipt"]["tracker"] for voter in done["voters"]}
        log = town.owner.call("GET", f"{path}/log?format=jsonl").text.splitlines()
        assert {json.loads(line)["tracker"] for line in log} == trackers
