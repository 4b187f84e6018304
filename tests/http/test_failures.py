import logging
import sqlite3

import psycopg
import pytest
import sqlalchemy as sa
import sqlalchemy.exc
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import ImATeapot, RequestTimeout

from app.domain.errors import Kind, Problem, Refusal
from app.http.blueprint import Blueprint
from app.http.failures import violated_constraints
from app.http.operation import PUBLIC
from app.http.problems import HTTP_PROBLEMS, STATUS_OF_KIND
from tests.http.toy import ToyBase, make_app


def sqlite_error(code):
    error = sqlite3.OperationalError("database is locked")
    error.sqlite_errorcode = code
    return sqlalchemy.exc.OperationalError("SELECT secret", {}, error)


def postgres_error(name):
    error = psycopg.errors.lookup(name)("secret detail") if name else psycopg.OperationalError("refused")
    kind = (
        sqlalchemy.exc.OperationalError
        if isinstance(error, psycopg.OperationalError)
        else sqlalchemy.exc.ProgrammingError
    )
    return kind("SELECT secret", {}, error)


@pytest.fixture
def raising(tmp_path):
    """An application whose only interesting operation raises what it is given."""
    blp = Blueprint("raising", __name__, url_prefix="/v1")
    box = []

    @blp.operation("GET", "/raise", operation_id="raise_it", permission=PUBLIC, returns=(204, None))
    def raise_it(_context):
        """Raise."""
        raise box[0]

    client = make_app(
        sa.create_engine(f"sqlite:///{tmp_path}/x.db", poolclass=sa.NullPool), blp
    ).test_client()

    def get(error):
        box[:] = [error]
        return client.get("/v1/raise", headers={"X-Request-Id": "r-1"})

    return get


def test_every_kind_of_refusal_has_its_status(raising):
    for kind in Kind:
        refusal = Refusal(
            Problem("some-reason", "Some reason", kind),
            "What happened.",
            errors=[("#/a", "Wrong.")],
            extensions={"limit": 3},
        )
        response = raising(refusal)
        assert response.status_code == STATUS_OF_KIND[kind]
        assert response.content_type == "application/problem+json"
        assert response.json == {
            "type": "/problems/some-reason",
            "title": "Some reason",
            "status": STATUS_OF_KIND[kind],
            "detail": "What happened.",
            "instance": "/v1/raise",
            "request_id": "r-1",
            "errors": [{"pointer": "#/a", "detail": "Wrong."}],
            "limit": 3,
        }


def test_extensions_cannot_replace_the_standard_members(raising):
    refusal = Refusal(Problem("x", "X", Kind.CONFLICT), extensions={"status": 200, "type": "y"})
    response = raising(refusal)
    assert (response.json["status"], response.json["type"]) == (409, "/problems/x")


def test_too_many_and_unavailable_say_when_to_come_back(raising):
    assert raising(Refusal(Problem("x", "X", Kind.TOO_MANY))).headers["Retry-After"] == "30"
    later = Refusal(Problem("x", "X", Kind.TOO_MANY), extensions={"retry_after": 900})
    assert raising(later).headers["Retry-After"] == "900"


def test_a_missing_scope_is_challenged(raising):
    response = raising(Refusal(Problem("insufficient-scope", "X", Kind.FORBIDDEN)))
    assert response.headers["WWW-Authenticate"] == 'Bearer realm="althing", error="insufficient_scope"'


@pytest.mark.parametrize(
    "error",
    [
        sqlite_error(sqlite3.SQLITE_BUSY),
        sqlite_error(sqlite3.SQLITE_LOCKED),
        sqlite_error(sqlite3.SQLITE_BUSY_SNAPSHOT),
        sqlite_error(sqlite3.SQLITE_IOERR),
        sqlite_error(sqlite3.SQLITE_FULL),
        postgres_error(None),
        postgres_error("55P03"),
        postgres_error("57014"),
        postgres_error("57P01"),
        postgres_error("40P01"),
        postgres_error("53300"),
        postgres_error("08006"),
        postgres_error("25006"),
        psycopg.OperationalError("refused"),
        sqlalchemy.exc.TimeoutError(),
        sqlalchemy.exc.InterfaceError("", {}, Exception(), connection_invalidated=True),
    ],
)
def test_a_database_that_is_locked_lost_or_full_is_503(raising, error):
    response = raising(error)
    assert response.status_code == 503
    assert response.headers["Retry-After"] == "30"
    assert "secret" not in response.text


@pytest.mark.parametrize(
    "error",
    [
        ZeroDivisionError("secret"),
        sqlite_error(sqlite3.SQLITE_ERROR),
        postgres_error("42P01"),
        postgres_error("42601"),
        sqlalchemy.exc.IntegrityError("secret", {}, sqlite3.IntegrityError("FOREIGN KEY constraint failed")),
        sqlalchemy.exc.IntegrityError("secret", {}, sqlite3.IntegrityError("entries are append-only")),
        RecursionError(),
        KeyError("secret"),
    ],
)
def test_a_defect_is_500_logged_with_the_request_id_and_not_told(raising, error, caplog):
    with caplog.at_level(logging.ERROR, logger="althing.error"):
        response = raising(error)
    assert response.status_code == 500
    assert response.json["type"] == "about:blank"
    assert "secret" not in response.text
    assert "Traceback" not in response.text
    (record,) = [r for r in caplog.records if r.name == "althing.error"]
    assert record.request_id == "r-1"
    assert record.exc_info[1] is error


def test_a_stale_version_is_412(raising):
    assert raising(StaleDataError()).status_code == 412


@pytest.mark.parametrize("error", [ImATeapot(), RequestTimeout()])
def test_the_frameworks_errors_are_problems_too(raising, error):
    response = raising(error)
    assert response.status_code == error.code
    assert response.content_type == "application/problem+json"
    assert response.json["type"] == "about:blank"
    assert response.json["title"]


class TestRouting:
    def test_an_unknown_path_is_a_problem(self, app):
        response = app.test_client().get("/nowhere/ü?x=1")
        assert response.status_code == 404
        assert response.content_type == "application/problem+json"
        assert response.json["instance"] == "/nowhere/%C3%BC"

    @pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE"])
    def test_a_405_keeps_allow(self, call, method):
        response = call(method)
        assert response.status_code == 405
        assert set(response.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS", "POST"}
        assert response.content_type == "application/problem+json"

    @pytest.mark.parametrize(
        "tail", ["/not-a-uuid", "/123456789012345678901234", "/%00", "/..", "/%2e%2e%2f"]
    )
    def test_what_is_no_uuid_is_404(self, call, tail):
        assert call("GET", tail).status_code == 404

    def test_a_slash_too_many_is_no_redirect(self, call):
        assert call("GET", call.home + "/").status_code in {200, 404}
        assert call("GET", call.home.replace("/notes", "//notes")).status_code == 404

    def test_head_is_get_without_the_body(self, call):
        path = call.create().headers["Location"]
        get, head = call("GET", path), call("HEAD", path)
        assert (head.status_code, head.data) == (200, b"")
        assert head.headers["ETag"] == get.headers["ETag"]
        assert head.headers["Content-Length"] == get.headers["Content-Length"]


class TestConstraints:
    def test_a_unique_violation_is_the_problem_the_table_names(self, call):
        assert call.create("Same").status_code == 201
        response = call.create("Same")
        assert (response.status_code, response.json["type"]) == (409, "/problems/title-taken")

    def test_every_kind_of_constraint_is_found_by_its_name(self, engine):
        metadata = sa.MetaData(naming_convention=ToyBase.metadata.naming_convention)
        table = sa.Table(
            "toy_things",
            metadata,
            sa.Column("id", sa.Integer, primary_key=True),
            sa.Column("a", sa.Integer, sa.CheckConstraint("a > 0", name="positive")),
            sa.Column("b", sa.Integer, index=True, unique=True),
            sa.Column("c", sa.Integer, nullable=False),
            sa.UniqueConstraint("c", "a"),
        )
        sa.Index("ux_toy_things_expression", sa.func.abs(table.c.c), unique=True)
        metadata.create_all(engine)

        def violate(**values):
            with engine.begin() as connection, pytest.raises(sqlalchemy.exc.IntegrityError) as caught:
                connection.execute(sa.insert(table).values(values))
            return violated_constraints(caught.value, metadata)

        with engine.begin() as connection:
            connection.execute(sa.insert(table).values(id=1, a=1, b=1, c=1))
        assert violate(id=1, a=2, b=2, c=2) == ["pk_toy_things"]
        assert violate(id=2, a=-1, b=2, c=2) == ["ck_toy_things_positive"]
        assert violate(id=2, a=2, b=1, c=2) == ["ix_toy_things_b"]
        assert violate(id=2, a=1, b=2, c=1)[0] in {"uq_toy_things_c_a", "ux_toy_things_expression"}
        assert violate(id=2, a=2, b=2, c=-1) == ["ux_toy_things_expression"]
        assert violate(id=2, a=2, b=2, c=None) == []


def test_a_locked_database_is_503(call, engine):
    path = call.create().headers["Location"]
    timeout = (
        "SET lock_timeout = '50ms'" if engine.dialect.name == "postgresql" else "PRAGMA busy_timeout = 50"
    )

    @sa.event.listens_for(engine, "checkout")
    def _impatient(dbapi, _record, _proxy):
        cursor = dbapi.cursor()
        cursor.execute(timeout)
        cursor.close()
        if engine.dialect.name == "postgresql":
            dbapi.commit()

    with engine.begin() as holder:
        holder.execute(sa.text("UPDATE toy_notes SET stars = 1"))
        response = call("POST", path + "/publish")
    assert response.status_code == 503
    assert response.json["type"] == "/problems/database-unavailable"
    assert call("POST", path + "/publish").status_code == 200


def test_slugs_are_unique_kebab_case_and_statuses_are_errors():
    for slug, problem in HTTP_PROBLEMS.items():
        assert slug == slug.lower().replace("_", "-")
        assert 400 <= problem.status < 600
