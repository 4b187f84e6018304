import datetime as dt
import threading
import time
import uuid

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.http import idempotency
from app.http.blueprint import Blueprint
from app.http.operation import PUBLIC
from app.models.idempotency import IdempotencyRecord
from tests.http.conftest import Caller
from tests.http.toy import HOME, Note, NoteDraftSchema, NoteSchema, make_app


def count(engine, model):
    with Session(engine) as session:
        return session.scalar(sa.select(sa.func.count()).select_from(model))


def in_parallel(number, act):
    """Run ``act(i)`` in that many threads at once and return what they returned."""
    barrier, results = threading.Barrier(number), []

    def body(i):
        barrier.wait()
        results.append(act(i))

    threads = [threading.Thread(target=body, args=(i,)) for i in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def answer(response):
    kept = {k: response.headers.get(k) for k in ("ETag", "Location", "Content-Type", "Cache-Control")}
    return response.status_code, response.data, kept


def test_a_retry_gets_the_first_answer_and_does_nothing(call, engine):
    first = call.create("Once", key="k-1")
    again = call.create("Once", key="k-1")
    assert answer(again) == answer(first)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first.headers
    assert count(engine, Note) == 1


def test_the_quoted_and_the_bare_key_are_one(call, engine):
    first = call.create("Once", key='"8e03978e-40d5-43e8-bc93-6894a57f9324"')
    again = call.create("Once", key="8e03978e-40d5-43e8-bc93-6894a57f9324")
    assert answer(again) == answer(first)
    assert count(engine, Note) == 1


@pytest.mark.parametrize("key", [None, "", '""', "a b", "ä", "x" * 256, "a,b", "a;b", "'a'"])
def test_a_missing_or_malformed_key_is_400(call, engine, key):
    headers = {} if key is None else {"Idempotency-Key": key}
    response = call("POST", json={"title": "x"}, headers=headers)
    assert response.status_code == 400
    assert response.json["type"] == "/problems/idempotency-key-required"
    assert count(engine, Note) == 0


def test_the_same_key_with_another_body_is_422(call, engine):
    call.create("One", key="k")
    response = call.create("Two", key="k")
    assert response.status_code == 422
    assert response.json["type"] == "/problems/idempotency-key-reused"
    assert count(engine, Note) == 1


def test_another_actors_key_is_independent(call, call_as, engine):
    assert call.create("One", key="k").status_code == 201
    other = call_as("dora").create("Two", key="k")
    assert (other.status_code, "Idempotent-Replayed" in other.headers) == (201, False)
    assert count(engine, Note) == 2


def test_a_refused_request_does_not_burn_its_key(call, engine):
    assert call.create("Taken").status_code == 201
    assert call.create("Taken", key="k").status_code == 409
    assert call.create(" untrimmed", key="k").status_code == 422
    assert count(engine, IdempotencyRecord) == 1
    assert call.create("Free", key="k").status_code == 201


def test_who_lost_the_permission_gets_no_replay(engine):
    allowed = [True]

    def authorise(_session, _principal, _permission, _path_args):
        from app.domain.errors import Refusal  # noqa: PLC0415 - used only here
        from tests.http.toy import FORBIDDEN  # noqa: PLC0415 - used only here

        if not allowed[0]:
            raise Refusal(FORBIDDEN)

    call = Caller(make_app(engine, authorise=authorise))
    assert call.create("One", key="k").status_code == 201
    allowed[0] = False
    assert call.create("One", key="k").status_code == 403


def test_an_expired_record_is_as_good_as_none_and_is_swept(call, engine):
    call.create("One", key="k")
    past = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=1)
    with Session(engine) as session:
        session.execute(sa.update(IdempotencyRecord).values(expires_at=past))
        session.commit()
    assert call.create("Two", key="k").status_code == 201  # another body: nothing is remembered
    assert count(engine, IdempotencyRecord) == 1
    with Session(engine) as session:
        assert idempotency.delete_expired(session, dt.datetime.now(dt.UTC)) == 0
        assert idempotency.delete_expired(session, dt.datetime.now(dt.UTC) + idempotency.KEPT) == 1
        session.commit()
    assert count(engine, IdempotencyRecord) == 0


def test_records_are_kept_for_two_days_under_community_and_actor(call, engine):
    call.create("One", key="k")
    with Session(engine) as session:
        record = session.scalars(sa.select(IdempotencyRecord)).one()
        assert (record.community_id, record.actor, record.status) == (HOME, "alice", 201)
        left = record.expires_at - dt.datetime.now(dt.UTC)
        assert dt.timedelta(hours=47) < left <= dt.timedelta(hours=48)


def kept_bodies(engine):
    with Session(engine) as session:
        return [record.body for record in session.scalars(sa.select(IdempotencyRecord))]


def test_a_kept_answer_cannot_be_read_from_the_database(call, engine):
    first = call.create("Telling", key="k")
    (body,) = kept_bodies(engine)
    assert len(body) > len(first.data)
    assert b"Telling" not in body
    assert call.create("Telling", key="k").data == first.data


def test_equal_answers_are_kept_in_unlike_forms(engine):
    app = make_app(engine, _slow_blueprint(lambda: None))
    caller = Caller(app, home=f"/v1/communities/{HOME}/slow")
    for key in ("k-1", "k-2"):
        caller.create(f"For {key}", key=key)
    first, second = kept_bodies(engine)
    assert first[:12] != second[:12]  # a nonce each
    with Session(engine) as session:  # one record's answer put into another's place opens nothing
        for record in session.scalars(sa.select(IdempotencyRecord)):
            record.body = second if record.body == first else first
        session.commit()
    assert caller.create("For k-1", key="k-1").status_code == 422


def test_an_answer_kept_under_a_lost_secret_is_not_replayed_and_nothing_is_done_again(engine):
    assert Caller(make_app(engine)).create("Once", key="k").status_code == 201
    again = Caller(make_app(engine, answer_key=b"b" * 32)).create("Once", key="k")
    assert again.status_code == 422
    assert again.json["type"] == "/problems/idempotency-key-reused"
    assert count(engine, Note) == 1


def test_of_twenty_equal_requests_at_once_one_has_the_effect_and_all_the_answer(app, engine):
    responses = in_parallel(20, lambda _i: Caller(app).create("Once", key="k"))
    assert len({(r.status_code, r.data, r.headers["ETag"]) for r in responses}) == 1
    assert responses[0].status_code == 201
    assert sum("Idempotent-Replayed" in r.headers for r in responses) == 19
    assert count(engine, Note) == 1


def _slow_blueprint(act):
    blp = Blueprint("slow", __name__, url_prefix="/v1/communities/<uuid:community_id>/slow")

    @blp.operation(
        "POST",
        "",
        operation_id="slow",
        permission="note.write",
        body=NoteDraftSchema,
        returns=(201, NoteSchema),
        idempotent=True,
    )
    def slow(context, *, body, community_id):
        """Take its time."""
        act()
        note = Note(id=uuid.uuid4(), community_id=community_id, title=body["title"], stars=0, published=False)
        context.session.add(note)
        return note

    return blp


def test_a_second_request_waits_for_the_first_and_replays_it(engine):
    app = make_app(engine, _slow_blueprint(lambda: time.sleep(0.3)))
    home = f"/v1/communities/{HOME}/slow"
    responses = in_parallel(2, lambda _i: Caller(app, home=home).create("Once", key="k"))
    assert [r.status_code for r in responses] == [201, 201]
    assert responses[0].data == responses[1].data
    assert count(engine, Note) == 1


def test_when_the_first_fails_the_waiting_second_runs(engine):
    turns = iter([True, False])

    def fail_once():
        time.sleep(0.2)
        if next(turns):
            raise ZeroDivisionError

    app = make_app(engine, _slow_blueprint(fail_once))
    home = f"/v1/communities/{HOME}/slow"
    responses = in_parallel(2, lambda _i: Caller(app, home=home).create("Once", key="k"))
    assert sorted(r.status_code for r in responses) == [201, 500]
    assert not any("Idempotent-Replayed" in r.headers for r in responses)
    assert count(engine, Note) == 1


def test_who_waits_too_long_is_told_to_come_back(engine):
    entered, leave = threading.Event(), threading.Event()

    def linger():
        entered.set()
        leave.wait(10)

    settings = {"postgresql": "SET lock_timeout = '100ms'", "sqlite": "PRAGMA busy_timeout = 100"}

    @sa.event.listens_for(engine, "checkout")
    def _impatient(dbapi, _record, _proxy):
        cursor = dbapi.cursor()
        cursor.execute(settings[engine.dialect.name])
        cursor.close()
        if engine.dialect.name == "postgresql":
            dbapi.commit()

    app = make_app(engine, _slow_blueprint(linger))
    home = f"/v1/communities/{HOME}/slow"
    first = threading.Thread(target=lambda: Caller(app, home=home).create("Once", key="k"))
    first.start()
    entered.wait(10)
    second = Caller(app, home=home).create("Once", key="k")
    leave.set()
    first.join()
    # SQLite cannot say what it waited for.
    assert second.status_code == (409 if engine.dialect.name == "postgresql" else 503)
    assert "Retry-After" in second.headers


def test_anonymous_requests_share_a_key_only_when_they_are_equal(engine):
    blp = Blueprint("sign_up", __name__, url_prefix="/v1")

    @blp.operation(
        "POST",
        "/sign-up",
        operation_id="sign_up",
        permission=PUBLIC,
        body=NoteDraftSchema,
        returns=(201, NoteSchema),
        idempotent=True,
    )
    def sign_up(_context, *, body):
        """Make something for a stranger."""
        return {"id": uuid.uuid4(), "title": body["title"], "stars": 1, "published": True}

    client = make_app(engine, blp).test_client()

    def ask(title):
        return client.post("/v1/sign-up", json={"title": title}, headers={"Idempotency-Key": "k"})

    mine, yours, again = ask("me"), ask("you"), ask("me")
    assert (mine.status_code, yours.status_code) == (201, 201)
    assert again.data == mine.data != yours.data
