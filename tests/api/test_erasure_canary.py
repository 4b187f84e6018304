"""After everybody was erased, no word of theirs is anywhere but where the table of treatments says it stays.

The canary stands in every text that an operation takes: the walks of the audit log put it there, so that an operation
that is added is covered with its walk.
"""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest

from app.services.erasure.compacting import compact
from app.services.erasure.contents import KEPT as KEPT_CONTENTS
from app.services.erasure.treatment import KEPT
from tests.api.walks import WALKS
from tests.api.walks.canary import CANARY
from tests.support.erasing import contents_with, erase_everybody, found

#: What else people are known by; every address that tests make up ends so.
ADDRESS = "@example."


#: What is taken out is said once for both databases; that PostgreSQL lets go of it, too, a few show.
CASES = [("sqlite", name) for name in WALKS] + [("postgresql", name) for name in list(WALKS)[::8]]


@pytest.mark.parametrize(("database_url", "name"), CASES, indirect=["database_url"])
def test_no_canary_is_left_but_where_the_table_says_so(name, portal, units, database_url):
    walk = WALKS[name](portal)
    walk.ready()
    answer = walk.call.send(key=uuid.uuid4().hex)
    assert answer.status_code < 300, answer.text

    erase_everybody(portal, units, portal.app.extensions["althing.identity"])
    compact(units.engine)

    left = {(table, column) for table, column, _ in found(units, CANARY)}
    assert left - set(KEPT) == set()
    assert set(contents_with(units, CANARY)) <= {each.value for each in KEPT_CONTENTS}
    assert [value for _, column, value in found(units, ADDRESS) if column == "email"] != []  # the heir's
    assert len([column for _, column, _ in found(units, ADDRESS)]) == 1
    if database_url.startswith("sqlite") and not left:
        path = database_url.removeprefix("sqlite:///")
        for file in (Path(path), Path(f"{path}-wal")):
            assert CANARY.encode() not in file.read_bytes().lower(), file
