import os
import uuid

import pytest
import sqlalchemy as sa

from app.db.engine import make_engine
from tests.http.toy import HOME, make_app

POSTGRES = os.environ.get("ALTHING_TEST_POSTGRES_URL")


@pytest.fixture(scope="session")
def postgres_url():
    """A database of its own, dropped at the end."""
    if POSTGRES is None:
        pytest.skip("ALTHING_TEST_POSTGRES_URL is not set")
    admin = sa.create_engine(POSTGRES, isolation_level="AUTOCOMMIT")
    name = f"toy_{uuid.uuid4().hex}"
    with admin.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
    yield sa.make_url(POSTGRES).set(database=name).render_as_string(hide_password=False)
    with admin.connect() as connection:
        connection.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request, tmp_path):
    """An empty database of each kind."""
    if request.param == "sqlite":
        engine = make_engine(f"sqlite:///{tmp_path}/toy.db")
    else:
        engine = make_engine(request.getfixturevalue("postgres_url"))
        with engine.begin() as connection:
            connection.execute(sa.text("DROP SCHEMA public CASCADE"))
            connection.execute(sa.text("CREATE SCHEMA public"))
    yield engine
    engine.dispose()


@pytest.fixture
def app(engine):
    return make_app(engine)


@pytest.fixture
def api(app):
    return app.extensions["toy"]


class Caller:
    """A test client that speaks as somebody, in one community."""

    def __init__(self, app, name="alice", home=f"/v1/communities/{HOME}/notes"):
        self.client = app.test_client()
        self.name = name
        self.home = home

    def __call__(self, method, path="", **kwargs):
        headers = {"Authorization": f"Bearer {self.name}"} | kwargs.pop("headers", {})
        url = path if path.startswith("/v1") else self.home + path
        return self.client.open(url, method=method, headers=headers, **kwargs)

    def create(self, title="A note", key=None, **members):
        headers = {"Idempotency-Key": key or uuid.uuid4().hex}
        return self("POST", json={"title": title} | members, headers=headers)


@pytest.fixture
def call(app):
    return Caller(app)


@pytest.fixture
def call_as(app):
    return lambda name: Caller(app, name)
