import dataclasses

import pytest

from app.policies.permissions import Actor
from app.services.identity.provider import IdentityProvider
from tests.services.identity.people import Person


@pytest.fixture
def settings(settings):
    """Three failures are enough to see a limit."""
    return dataclasses.replace(settings, sign_in_attempts=3)


@pytest.fixture
def provider(settings, units):
    return IdentityProvider.build(settings, units)


@pytest.fixture
def visitor():
    return Actor("test")


@pytest.fixture
def ada(units, provider):
    return Person.register(units, provider, "ada@example.org")


@pytest.fixture
def bob(units, provider):
    return Person.register(units, provider, "bob@example.org")
