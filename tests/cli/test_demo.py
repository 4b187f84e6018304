"""``flask demo`` as a person runs it: over HTTP, from founding to recount, and nothing left behind."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from urllib.parse import urlsplit

import pytest

from app.cli.demo.client import Answer, ApiError, Client, crowd
from app.cli.demo.server import MEMORY
from app.cli.demo.terminal import TIMES
from tests.repository import tree
from tests.repository.test_purity import foreign

WARD = """\
4 2
-4
30 1 2 0
12 2 - 3 0
4 4 3 0
6 3 1 0
2 1 2=3 0
3 0
0
"Ada"
"Blaise"
"Carl"
"Dora"
"Ward 7"
"""


def start(scratch, *arguments):
    """Start the demonstration with its files below ``scratch``."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ALTHING_", "FLASK_"))}
    environment = kept | {"TMPDIR": str(scratch), "FLASK_SKIP_DOTENV": "1", "ALTHING_LOG_LEVEL": "error"}
    return subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "-m", "flask", "--app", "wsgi", "demo", *map(str, arguments)],
        cwd=tree.ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
    )


def left_behind(scratch):
    """Return the directories of demonstrations that still lie around."""
    places = [scratch, *([MEMORY] if MEMORY.is_dir() else [])]
    return {path for place in places for path in place.glob("althing-demo-*")}


def answers(output):
    """Say whether the server that the output names still answers."""
    port = urlsplit(re.search(r"http://[0-9.:]+", output)[0]).port
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def said(output):
    return " ".join(output.split())


def test_the_sample_is_told_to_its_end_and_everything_agrees(tmp_path):
    process = start(tmp_path)
    output, _ = process.communicate(timeout=400)
    assert process.returncode == 0, output
    assert output.rstrip().endswith("Everything agrees.")
    assert "Wins: Elderflower" in output
    assert "Wins: Clean Rivers" in output
    assert output.count("caught by") == 3
    assert "Jonas voted with the weight of Kofi and no longer with that of Mei" in said(output)
    assert "it passed by members and is rejected by tokens, so it is rejected" in said(output)
    told = said(output)
    assert "Arjun comes too late: refused (409" in told
    assert '"housekeeping" is weaker than "amendment", which guards this: its threshold' in told
    assert f"38 {TIMES} 3 = 114 > 108 = 54 {TIMES} 2" in told
    assert "vetoes it because it is inconvenient: refused (409" in told
    assert 'Vetoed on the ground "contract", in public' in told
    assert f"45 {TIMES} 4 = 180 > 171 = 57 {TIMES} 3" in told
    assert "Version 2 of the charter is in force" in told
    assert "stays under version 1 with its quorum of 1/3" in told
    assert re.search(r"Which flavour next\? answer due \d+ s ago: overdue", told)
    assert "4 members confirm, 1 disputes" in told
    assert "answers that came late 0 1" in told
    assert "numbered 1 to 2 without a gap" in told
    assert "414 endorsements are counted, 414 were given" in told
    assert "31 endorsements after the merge, and 31 people who endorsed either before it" in told
    assert "Wins: Returnable bottles of brown glass" in output
    assert "idea Returnable bottles of brown glass: delivered credited Ada and Bilal" in told
    assert "60 on the roll, as many credentials, as many votes, and each is counted as it was meant" in told
    assert "with her name on it, her access token: refused (400" in told
    assert "althing-verify bundle: every credential signed for this vote" in told
    assert re.search(r"it equals the one served, at each of \d+ instants", told)
    assert not answers(output)


def test_a_file_of_ballots_is_voted_anew_and_counted(tmp_path):
    ward = tmp_path / "ward.blt"
    ward.write_text(WARD)
    process = start(tmp_path, "--ballots", ward)
    output, _ = process.communicate(timeout=240)
    assert process.returncode == 0, output
    told = said(output)
    assert "55 ballots, 3 candidates, 2 to elect by single transferable vote, Scottish rules" in told
    assert "2 x 1 2=3: rank 2 holds 2 options" in told
    assert "2 ballots of the file could not be cast" in told
    assert "Elected: Ada, Blaise" in told
    assert "55 of 55 voters find their vote" in told
    assert not answers(output)


def test_a_file_that_is_no_ballot_file_is_refused_in_one_line(tmp_path):
    file = tmp_path / "notes.txt"
    file.write_text("buy lemons")
    process = start(tmp_path, "--ballots", file)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "notes.txt is not BLT: line 1" in output
    assert "Traceback" not in output


def test_a_demonstration_stopped_halfway_leaves_nothing_behind(tmp_path):
    before = left_behind(tmp_path)
    process = start(tmp_path)
    output = ""
    for line in process.stdout:
        output += line
        if "It answers on" in line:
            break
    (mine,) = left_behind(tmp_path) - before
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    rest, _ = process.communicate(timeout=60)
    assert process.returncode != 0
    assert "Stopped" in rest
    assert "Traceback" not in rest
    assert not mine.exists()
    assert not answers(output)


def test_the_demonstration_reaches_the_service_over_http_alone():
    sources = sorted((tree.ROOT / "app" / "cli" / "demo").rglob("*.py"))
    own = ("app.cli.demo", "app.domain", "click", "cryptography")  # the last for a voter's device
    offences = {path: foreign(tree.text(path), own=own) for path in sources}
    assert {name: imports for name, imports in offences.items() if imports} == {}


def test_a_crowd_returns_results_in_the_order_of_its_items():
    told = []
    client = Client("", 0)
    assert crowd(client, lambda item: item * 2, range(200), told.append) == [2 * n for n in range(200)]
    assert told == sorted(told)
    assert crowd(client, str, [], told.append) == []


def test_the_first_failure_in_a_crowd_stops_the_rest():
    started = []

    def work(item):
        started.append(item)
        if item == 3:
            raise OSError("the line is dead")
        time.sleep(0.01)

    with pytest.raises(OSError, match="the line is dead"):
        crowd(Client("", 0), work, range(1000), lambda _: None)
    assert len(started) < 20


class Hanging(Client):
    """A client whose server answers as it is told to."""

    def __init__(self, *answers):
        super().__init__("", 0)
        self.answers = list(answers)
        self.keys = []

    def _exchange(self, _method, _path, _content, headers):
        self.keys.append(headers.get("Idempotency-Key"))
        return self.answers.pop(0)


def answer(status, body=b"{}", **headers):
    return Answer(status, headers, body)


def test_a_busy_server_is_asked_again_with_the_same_key():
    client = Hanging(answer(503, **{"retry-after": "0"}), answer(201))
    assert client.call("POST", "/v1/things", {}).status == 201
    assert len(set(client.keys)) == 1
    assert None not in client.keys


def test_a_refusal_is_raised_with_the_problems_own_words():
    body = b'{"type":"/problems/conflict","detail":"No.","errors":[{"pointer":"#/a","detail":"bad"}]}'
    with pytest.raises(ApiError, match=r"answered 409 conflict: No\.; #/a bad") as refusal:
        Hanging(answer(409, body)).call("PUT", "/v1/things", {})
    assert refusal.value.slug == "conflict"
    with pytest.raises(ApiError, match="502"):
        Hanging(answer(502, b"<html>")).call("GET", "/v1/things")
