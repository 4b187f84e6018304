"""The README's first calls work as they stand, pasted into a shell."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest

from app.cli.demo.server import scratch_server
from tests.repository import tree

README = tree.text(tree.ROOT / "README.md")
DEFAULT_ADDRESS = "http://127.0.0.1:8000"


# The README's own words are run as they stand, and they are curl's: a machine without it cannot follow them either.
@pytest.mark.skipif(shutil.which("curl") is None, reason="no curl on this machine")
def test_the_first_calls_lead_from_an_account_to_a_counted_ballot():
    (script,) = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
    assert DEFAULT_ADDRESS in script
    with scratch_server(voters=10) as server:
        done = subprocess.run(
            ["/bin/sh", "-eu"],
            input=script.replace(DEFAULT_ADDRESS, server.url),
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Lime has 1 of the 1 votes still counting, more than half, and wins." in done.stdout
    assert done.stdout.rstrip().splitlines()[-2].startswith("tracker,voter,member,weight")
    assert "/problems/" not in done.stdout


def test_every_flask_command_it_names_exists(app):
    named = re.findall(r"flask --app wsgi ([a-z]+)", README)
    assert named
    assert set(named) <= set(app.cli.commands)
