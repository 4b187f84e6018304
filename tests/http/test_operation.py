import itertools
import uuid

import pytest
import sqlalchemy as sa
import sqlalchemy.exc

from app.http import fields
from app.http.blueprint import Blueprint
from app.http.operation import AUTHENTICATED, PUBLIC, Reply
from tests.http.conftest import Caller
from tests.http.toy import ELSEWHERE, HOME, Note, NoteEditSchema, NoteSchema, PingSchema, make_app


def test_a_note_is_created_read_edited_and_deleted(call):
    created = call.create("First", stars=3)
    assert created.status_code == 201
    path = created.headers["Location"]
    assert created.headers["ETag"] == f'"note.{created.json["id"]}.1"'
    read = call("GET", path)
    assert (
        read.json
        == created.json
        == {
            "id": created.json["id"],
            "title": "First",
            "stars": 3,
            "published": False,
        }
    )
    edited = call("PATCH", path, json={"title": "Second"}, headers={"If-Match": read.headers["ETag"]})
    assert (edited.status_code, edited.json["title"]) == (200, "Second")
    assert edited.headers["ETag"] == f'"note.{created.json["id"]}.2"'
    deleted = call("DELETE", path, headers={"If-Match": "*"})
    assert (deleted.status_code, deleted.data) == (204, b"")
    assert "Content-Type" not in deleted.headers
    assert call("GET", path).status_code == 404


def test_a_reply_may_choose_among_the_declared_statuses(call):
    first, second = call.create("One", stars=0), call.create("Two", stars=1)
    assert call("POST", first.headers["Location"] + "/publish").status_code == 202
    assert call("POST", second.headers["Location"] + "/publish").status_code == 200


class TestOrder:
    def test_a_stranger_is_refused_before_the_body_is_looked_at(self, app):
        response = app.test_client().post(f"/v1/communities/{HOME}/notes", data=b"\xff{", content_type="x/y")
        assert response.status_code == 401

    @pytest.mark.parametrize(
        ("token", "challenge"),
        [
            (None, 'Bearer realm="althing"'),
            ("Bearer mallory", 'Bearer realm="althing", error="invalid_token"'),
            ("Basic YTpi", 'Bearer realm="althing", error="invalid_token"'),
        ],
    )
    def test_a_401_says_how_to_authenticate(self, app, token, challenge):
        headers = {} if token is None else {"Authorization": token}
        response = app.test_client().get("/v1/me", headers=headers)
        assert response.status_code == 401
        assert response.headers["WWW-Authenticate"] == challenge

    def test_a_public_operation_does_not_look_at_the_token(self, app):
        assert app.test_client().get("/v1/ping", headers={"Authorization": "Bearer junk"}).status_code == 200

    def test_outsiders_get_404_and_members_without_the_permission_403(self, call_as):
        assert call_as("bob").create().status_code == 404
        assert call_as("carol").create().status_code == 403
        assert call_as("carol")("GET").status_code == 200

    def test_unknown_and_foreign_documents_are_the_same_404(self, call):
        def body(response):
            return {k: v for k, v in response.json.items() if k not in {"instance", "request_id"}}

        unknown = call("GET", f"/{uuid.uuid4()}")
        foreign = call("GET", f"/v1/communities/{ELSEWHERE}/notes/{uuid.uuid4()}")
        nowhere = call("GET", f"/v1/communities/{uuid.uuid4()}/notes")
        assert body(unknown) == body(foreign) == body(nowhere)


class TestTransaction:
    def test_nothing_of_a_refused_request_is_kept(self, engine):
        blp = Blueprint("broken", __name__, url_prefix="/v1")

        @blp.operation("POST", "/broken", operation_id="broken", permission=PUBLIC, returns=(204, None))
        def broken(context):
            """Write, then fail."""
            note = Note(id=uuid.uuid4(), community_id=HOME, title="x", stars=1, published=False)
            context.session.add(note)
            context.session.flush()
            raise ZeroDivisionError

        app = make_app(engine, blp)
        assert app.test_client().post("/v1/broken").status_code == 500
        assert Caller(app)("GET").json["items"] == []

    def test_no_success_is_told_when_the_commit_fails(self, engine):
        blp = Blueprint("late", __name__, url_prefix="/v1")

        @blp.operation("POST", "/late", operation_id="late", permission=PUBLIC, returns=(200, PingSchema))
        def late(context):
            """Fail at the commit."""

            @sa.event.listens_for(context.session, "before_commit")
            def _fail(_session):
                raise sqlalchemy.exc.TimeoutError

            return {"alive": True}

        response = make_app(engine, blp).test_client().post("/v1/late")
        assert response.status_code == 503
        assert response.headers["Retry-After"] == "30"

    @pytest.mark.parametrize(("failures", "status"), [(1, 200), (3, 200), (4, 503)])
    @pytest.mark.parametrize("sqlstate", ["40001", "40P01"])
    def test_a_lost_race_is_run_again_three_times_at_most(self, engine, failures, status, sqlstate):
        blp = Blueprint("racing", __name__, url_prefix="/v1")
        attempts = itertools.count(1)

        class Body(fields.Strict):
            items = fields.List(fields.Integer(), max_items=3)

        @blp.operation(
            "POST", "/race", operation_id="race", permission=PUBLIC, body=Body, returns=(200, Body)
        )
        def race(_context, *, body):
            """Lose some races."""
            body["items"].append(9)  # a careless view: the next attempt must not see it
            if next(attempts) <= failures:
                lost = Exception()
                lost.sqlstate = sqlstate
                raise sqlalchemy.exc.OperationalError("", {}, lost)
            return body

        response = make_app(engine, blp).test_client().post("/v1/race", json={"items": [1]})
        assert response.status_code == status
        if status == 200:
            assert response.json == {"items": [1, 9]}
        assert next(attempts) == min(failures, 3) + 2

    def test_an_edit_that_compared_no_etag_fails_loudly_and_changes_nothing(self, engine):
        blp = Blueprint("careless", __name__, url_prefix="/v1")

        @blp.operation(
            "PATCH",
            "/careless",
            operation_id="careless",
            permission=PUBLIC,
            returns=(204, None),
            if_match=True,
        )
        def careless(context):
            """Forget check_etag."""
            note = Note(id=uuid.uuid4(), community_id=HOME, title="x", stars=1, published=False)
            context.session.add(note)

        app = make_app(engine, blp)
        response = app.test_client().patch("/v1/careless", headers={"If-Match": '"a"'})
        assert response.status_code == 500
        assert Caller(app)("GET").json["items"] == []

    def test_the_clock_is_the_databases_and_read_once(self, engine):
        blp = Blueprint("clock", __name__, url_prefix="/v1")
        seen = []

        @blp.operation("GET", "/clock", operation_id="clock", permission=PUBLIC, returns=(200, PingSchema))
        def clock(context):
            """Look twice."""
            seen.extend([context.now(), context.now()])
            return {"alive": True}

        assert make_app(engine, blp).test_client().get("/v1/clock").status_code == 200
        assert seen[0] is seen[1]
        assert seen[0].utcoffset().total_seconds() == 0


class TestDeclaration:
    @pytest.mark.parametrize(
        ("change", "complaint"),
        [
            ({"method": "get"}, "method must be one of"),
            ({"rule": "/x/"}, "must not end in a slash"),
            ({"operation_id": "getX"}, "snake_case"),
            ({"idempotent": True}, "only POST"),
            ({"body": PingSchema}, "GET has no body"),
            ({"if_match": True}, "GET has no If-Match"),
            ({"returns": (404, None)}, "must be a success"),
            ({"errors": {302: "Elsewhere."}}, "4xx or 5xx"),
        ],
    )
    def test_a_contradiction_is_refused_at_import(self, change, complaint):
        declaration = {
            "method": "GET",
            "rule": "/x",
            "operation_id": "get_x",
            "permission": PUBLIC,
            "returns": (204, None),
        } | change
        blp = Blueprint("x", __name__)
        with pytest.raises(TypeError, match=complaint):
            blp.operation(**declaration)(_nothing)

    def test_a_permission_is_required(self):
        with pytest.raises(TypeError, match="permission"):
            Blueprint("x", __name__).operation("GET", "/x", operation_id="x", returns=(204, None))

    def test_there_is_no_other_way_to_add_an_endpoint(self):
        with pytest.raises(TypeError, match="operation"):
            Blueprint("x", __name__).route("/x")

    def test_an_operation_id_is_used_once(self, api):
        blp = Blueprint("again", __name__)
        blp.operation("GET", "/again", operation_id="ping", permission=PUBLIC, returns=(204, None))(_nothing)
        with pytest.raises(ValueError, match="ping is declared twice"):
            api.register_blueprint(blp)

    def test_the_view_itself_stays_a_plain_function(self):
        blp = Blueprint("x", __name__)
        decorate = blp.operation("GET", "/x", operation_id="x", permission=PUBLIC, returns=(204, None))
        assert decorate(_nothing) is _nothing


class TestShortcut:
    @pytest.fixture
    def client(self, engine):
        blp = Blueprint("fast", __name__, url_prefix="/v1")

        def shortcut(principal, arguments):
            """Answer for even numbers alone."""
            if arguments["body"]["stars"] % 2:
                return None
            return Reply({"alive": True}, headers={"X-Way": f"short {principal.identity}"})

        @blp.operation(
            "PUT",
            "/fast/<uuid:thing_id>",
            operation_id="fast",
            permission=AUTHENTICATED,
            body=NoteEditSchema,
            returns=(200, PingSchema),
            shortcut=shortcut,
        )
        def fast(_context, *, body, thing_id):
            """Go the ordinary way."""
            assert (body["stars"], thing_id) == (1, HOME)
            return {"alive": False}

        return Caller(make_app(engine, blp))

    def test_a_shortcut_answers_what_it_can(self, client):
        response = client("PUT", f"/v1/fast/{HOME}", json={"stars": 2})
        assert (response.json, response.headers["X-Way"]) == ({"alive": True}, "short alice")

    def test_the_rest_goes_the_ordinary_way(self, client):
        assert client("PUT", f"/v1/fast/{HOME}", json={"stars": 1}).json == {"alive": False}

    def test_nobody_gets_past_token_and_schema(self, client):
        assert client("PUT", f"/v1/fast/{HOME}", json={"stars": "2"}).status_code == 422
        client.name = "mallory"
        assert client("PUT", f"/v1/fast/{HOME}", json={"stars": 2}).status_code == 401


def test_a_reading_that_completes_what_is_due_may_write_and_is_still_conditional(engine):
    blp = Blueprint("due", __name__, url_prefix="/v1")

    @blp.operation(
        "GET",
        "/due",
        operation_id="due",
        permission=PUBLIC,
        returns=(200, NoteSchema),
        etag=lambda note: ("due", note.id, note.version),
        writes=True,
    )
    def due(context):
        """Write on the first reading."""
        note = context.session.scalar(sa.select(Note))
        if note is None:
            note = Note(id=uuid.uuid4(), community_id=HOME, title="x", stars=1, published=False)
            context.session.add(note)
        return note

    client = make_app(engine, blp).test_client()
    first, second = client.get("/v1/due"), client.get("/v1/due")
    assert first.json == second.json
    conditional = client.get("/v1/due", headers={"If-None-Match": first.headers["ETag"]})
    assert conditional.status_code == 304


def _nothing(_context):
    """Do nothing."""
