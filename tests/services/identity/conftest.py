import os
import uuid

import pytest
import sqlalchemy as sa

from app.config import Settings
from app.db.engine import make_engine
from app.db.units import Units
from app.models import Base
from app.policies.permissions import Actor
from app.services.identity.provider import IdentityProvider
from tests.services.identity.people import Person


@pytest.fixture
def settings():
    return Settings.from_environment(
        {
            "ALTHING_ENV": "test",
            "ALTHING_SECRET_KEY": "a secret that only these tests know 0123456789",
            "ALTHING_PUBLIC_URL": "https://vote.example",
            "ALTHING_ARGON2_MEMORY_KIB": "8",
            "ALTHING_ARGON2_PASSES": "1",
            "ALTHING_SIGN_IN_ATTEMPTS": "3",
        }
    )


@pytest.fixture(params=["sqlite", "postgresql"])
def units(request, tmp_path):
    if request.param == "sqlite":
        engine = make_engine(f"sqlite:///{tmp_path}/identity.db")
        Base.metadata.create_all(engine)
        yield Units(engine)
        engine.dispose()
        return
    url = os.environ.get("ALTHING_TEST_POSTGRES_URL")
    if url is None:
        pytest.skip("ALTHING_TEST_POSTGRES_URL is not set")
    admin = sa.create_engine(make_engine(url).url, isolation_level="AUTOCOMMIT")
    name = f"identity_{uuid.uuid4().hex}"
    with admin.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
    engine = make_engine(admin.url.set(database=name).render_as_string(hide_password=False))
    Base.metadata.create_all(engine)
    yield Units(engine)
    engine.dispose()
    with admin.connect() as connection:
        connection.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


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
