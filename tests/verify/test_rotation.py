"""Following a log whose key was rotated: what is vouched for is followed, and nothing else."""

import json

import pytest

from app.domain.translog.successions import Succession, sign_succession
from app.verify.__main__ import main
from tests.support.signing import SigningKey
from tests.support.translog import LOG_KEY, ORIGIN, log_of, write_files

SECOND, THIRD, STRANGE = (SigningKey.of(ORIGIN, bytes([number]) * 32) for number in (1, 2, 3))


def entries(size):
    return [f"entry-{index}".encode() for index in range(size)]


def vouching(old, new, size, signer=None):
    note = sign_succession(Succession(new.verifier, size), old.verifier, (signer or old).sign)
    return {"checkpoint_key": old.verifier.vkey, "succession": note.decode()}


def published(size, key, *rotations):
    """Return a log of a size, its checkpoint signed by a key, with what its keys say of each other."""
    keys = [*rotations, {"checkpoint_key": key.verifier.vkey, "succession": None}]
    return log_of(entries(size), key) | {"keys": json.dumps({"origin": ORIGIN, "keys": keys[::-1]}).encode()}


@pytest.fixture
def run(capsys, tmp_path):
    """Follow a log with the first key, keeping a state; return status and report."""

    def run_on(files):
        log, state = write_files(tmp_path / "log", files), str(tmp_path / "state.json")
        status = main(["log", str(log), "--key", LOG_KEY.verifier.vkey, "--json", "--state", state])
        return status, json.loads(capsys.readouterr().out)

    return run_on


def codes(report):
    return [finding["code"] for finding in report["findings"]]


def test_a_kept_state_follows_every_rotation_that_was_vouched_for(run):
    assert run(published(300, LOG_KEY))[0] == 0
    first = vouching(LOG_KEY, SECOND, 300)
    status, report = run(published(600, SECOND, first))
    assert (status, report["checked"]["extends"]) == (0, 300)
    assert report["checked"]["key"] == SECOND.verifier.vkey
    status, report = run(published(900, THIRD, first, vouching(SECOND, THIRD, 600)))
    assert (status, report["checked"]["extends"], report["checked"]["entries"]) == (0, 600, 388)
    assert report["checked"]["key"] == THIRD.verifier.vkey


@pytest.mark.parametrize(
    "rotation",
    [
        None,
        vouching(LOG_KEY, SECOND, 300, signer=STRANGE),
        vouching(SECOND, SECOND, 300),
        vouching(LOG_KEY, STRANGE, 300),
        {"checkpoint_key": LOG_KEY.verifier.vkey, "succession": "nothing of the sort"},
        {"checkpoint_key": LOG_KEY.verifier.vkey, "succession": 7},
    ],
)
def test_a_key_that_nobody_vouched_for_is_not_followed(rotation, run):
    assert run(published(300, LOG_KEY))[0] == 0
    status, report = run(published(600, SECOND, *([] if rotation is None else [rotation])))
    assert (status, codes(report)) == (1, ["checkpoint-not-signed"])


def test_a_key_that_has_retired_is_believed_for_nothing_larger(run):
    rotation = vouching(LOG_KEY, SECOND, 300)
    assert run(published(300, LOG_KEY, rotation))[0] == 0
    status, report = run(published(301, LOG_KEY, rotation))
    assert (status, codes(report)) == (1, ["checkpoint-not-signed"])
    assert "retired at 300 entries" in report["findings"][0]["detail"]


def test_a_fork_behind_a_rotation_is_found(run):
    assert run(published(300, LOG_KEY))[0] == 0
    forked = log_of([b"other", *entries(599)], SECOND)
    keys = published(600, SECOND, vouching(LOG_KEY, SECOND, 300))["keys"]
    status, report = run(forked | {"keys": keys})
    assert (status, codes(report)) == (1, ["log-forked"])
