"""On SQLite an import costs in proportion to its lines, whatever the planner was told of the tables' sizes.

What is counted is SQLite's own instructions and what its plans say, so that no clock decides.
"""

from __future__ import annotations

import functools

import pytest

from app import create_app
from tests.support.portal import Portal
from tests.support.settings import settings_for
from tests.support.sqlite_plans import scans_for_each_row, steps, take_for_tiny
from tests.support.tokens import token_town, treasury

SMALL, LARGE = 1_000, 2_000
#: What is imported first, so that the measured import finds it there, and how the measured one is asked for.
IMPORTS = {
    "new accounts": (False, "create_accounts=true"),
    "known accounts": (True, "again=true"),
    "names in another case": (True, "again=true&fold_case=true"),
    "a snapshot": (True, "mode=match"),
    "a snapshot that burns the rest": (True, "mode=match&absent=burn"),
}


@pytest.fixture(params=IMPORTS)
def imported(request, templates, tmp_path):
    """Imports a file of so many lines while somebody watches the engine."""
    apps = []
    known, query = IMPORTS[request.param]

    def run(lines, watching):
        app = create_app(settings_for(templates.database("sqlite", tmp_path)))
        apps.append(app)
        town = token_town(Portal(app))
        treasury(town, 1)
        engine = app.extensions["althing.units"].engine
        take_for_tiny(engine)
        path = f"{town.path}/tokens/imports"
        if known:
            town.owner.ok("POST", f"{path}?create_accounts=true", text(lines, 5))
        with watching(engine) as seen:
            made = town.owner.ok("POST", f"{path}?{query}", text(lines, 3))
        assert made["rows"] == lines
        return seen

    yield run
    for app in apps:
        app.extensions["althing.units"].dispose()


def text(lines, amount):
    return "account,amount\n" + "".join(f"Holder-{number},{amount}\n" for number in range(lines))


def test_twice_the_lines_take_about_twice_the_steps(imported):
    small, large = (imported(lines, steps)[0] for lines in (SMALL, LARGE))
    assert large < 2.5 * small


def test_no_statement_looks_through_a_table_for_each_line(imported):
    assert imported(20, functools.partial(scans_for_each_row, table="import_")) == {}
