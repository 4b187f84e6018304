from __future__ import annotations

import pytest

from tests.support.assembly import Assembly


@pytest.fixture
def hall(portal, clock):
    return Assembly(portal, clock)
