"""An import whose process is killed in the middle leaves nothing, and holds nobody up."""

from __future__ import annotations

import subprocess
import sys

import pytest

from app.db.migrations import ROOT
from tests.support import journal
from tests.support.tokens import token_town

#: Imports a file, and says when all of it is written and nothing committed.
IMPORTER = """
import sys, time, uuid
from app.db.units import Units
from app.policies.permissions import Actor, Permission
from app.services import access
from app.services.tokens.importing import carrying_out
from app.services.tokens.importing.reading import BalancesFile
from app.domain.ledger.importing import ImportRules

url, community, account, session_id = sys.argv[1:]

def written(*_args, **_options):
    print("written", flush=True)
    time.sleep(600)

carrying_out.record = written
text = b"account,amount\\n" + b"".join(b"holder %d,1\\n" % n for n in range(20_000))
file = BalancesFile([text], ImportRules(), "0" * 64)
with Units.of(url).write() as session:
    actor = Actor("request", uuid.UUID(account), uuid.UUID(session_id))
    actor = access.enter(session, actor, uuid.UUID(community), Permission.TOKEN_ISSUE)
    carrying_out.carry_out(session, actor, file, carrying_out.ImportOptions(create_accounts=True))
"""


@pytest.fixture
def importer(database_url, portal):
    town = token_town(portal)
    (signed_in,) = town.owner.ok("GET", "/v1/sessions")["items"]
    arguments = [database_url, town.id, town.owner.account_id, signed_in["id"]]
    process = subprocess.Popen(  # noqa: S603 - this interpreter, and a program of our own
        [sys.executable, "-c", IMPORTER, *arguments], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    yield town, process
    process.kill()
    process.wait()
    process.stdout.close()


def test_a_killed_import_leaves_nothing(importer, units):
    town, process = importer
    before = journal.everything(units)
    assert process.stdout.readline() == "written\n"
    assert journal.everything(units) == before
    process.kill()
    process.wait()
    assert journal.everything(units) == before
    text = "account,amount\nholder 1,1\n"
    made = town.owner.ok("POST", f"{town.path}/tokens/imports?create_accounts=true", text)
    assert (made["issued_position"], made["accounts_created"]) == (1, 1)
