from __future__ import annotations

import pytest

from app.application import compose, connect
from app.db.units import Units
from tests.support.clock import movable_clock
from tests.support.compiled import share_compiled_statements
from tests.support.databases import KINDS, Templates
from tests.support.portal import Portal
from tests.support.settings import settings_for
from tests.support.towns import Towns

share_compiled_statements()


@pytest.fixture(scope="session")
def templates(tmp_path_factory):
    """Migrated templates from which each test's database is copied."""
    made = Templates(tmp_path_factory.mktemp("templates"))
    yield made
    made.close()


@pytest.fixture(params=KINDS)
def database_url(request, templates, tmp_path):
    """A migrated database of each kind, in which nothing is, the test's own while it runs."""
    url = templates.borrow(request.param, tmp_path, clocked="clock" in request.fixturenames)
    yield url
    templates.take_back(url)


@pytest.fixture(scope="session")
def towns(tmp_path_factory):
    """Towns that tests found alike, kept with all that a database holds of them."""
    return Towns(tmp_path_factory.mktemp("towns"))


@pytest.fixture
def settings(database_url):
    """Settings for tests: cheap passwords, the test's database."""
    return settings_for(database_url)


@pytest.fixture
def units(settings):
    """The unit of work on the test's database, beside any application's."""
    made = Units.of(settings.database_url)
    yield made
    made.dispose()


@pytest.fixture(scope="session")
def composed():
    """The application without a database: composing it takes longer than most tests."""
    return compose()


@pytest.fixture
def app(composed, settings):
    """The application on the test's database."""
    connect(composed, settings)
    yield composed
    composed.extensions["althing.units"].dispose()


@pytest.fixture
def portal(app, towns):
    """A portal's calls to the application."""
    return Portal(app, towns)


@pytest.fixture
def clock(database_url, monkeypatch):
    """The clock of the test's database, to be moved and stopped; whoever is signed in stays so."""
    with movable_clock(database_url, monkeypatch) as made:
        yield made
