import uuid

import pytest
import sqlalchemy as sa

from app.db.engine import make_engine
from tests.http.toy import HOME, make_app
from tests.support.databases import KINDS


@pytest.fixture(scope="session")
def postgres_url(templates):
    """One empty PostgreSQL database for all these tests: emptying it is faster than making another."""
    return templates.empty_postgres()


@pytest.fixture(params=KINDS)
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
