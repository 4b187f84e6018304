from __future__ import annotations

import io

import pytest

from app import create_app
from app.http.logging import configure_logging
from app.http.operation import Operation
from tests.support.clock import movable_clock
from tests.support.databases import KINDS
from tests.support.portal import Portal
from tests.support.settings import settings_for

# What these modules assert is told as fully as what the tests themselves assert.
pytest.register_assert_rewrite("tests.api.calls", "tests.api.matrix", "tests.api.walks")


@pytest.fixture
def operations(app) -> dict[str, Operation]:
    """Every operation of the API, by its id."""
    return app.extensions["althing.api"].operations


@pytest.fixture
def log_lines(app):  # noqa: ARG001 - the application configures logging when it is made
    """Everything the process logs from here on, at its most talkative."""
    stream = io.StringIO()
    configure_logging("debug", stream)
    yield stream
    configure_logging("error")


@pytest.fixture(scope="module", params=KINDS)
def scene(request, templates, tmp_path_factory):
    """The matrix's scene: one community a database for all tests of a module."""
    # Not imported above: there the assertions of its modules would not be rewritten yet.
    from tests.api.matrix.scene import Scene  # noqa: PLC0415

    url = templates.database(request.param, tmp_path_factory.mktemp("matrix"))
    with pytest.MonkeyPatch.context() as patch, movable_clock(url, patch):
        app = create_app(settings_for(url))
        units = app.extensions["althing.units"]
        yield Scene(Portal(app), units)
        units.dispose()
