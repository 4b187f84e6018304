from __future__ import annotations

import dataclasses

import pytest

from app import create_app
from app.api.v1.ballots.front import CastingFront
from app.services.ballots.casting_fast import FastCasting


@pytest.fixture
def flask_calls(app, monkeypatch):
    """How often a request went past the front to Flask."""
    calls = []
    inner = app.wsgi_app._inner
    monkeypatch.setattr(app.wsgi_app, "_inner", lambda e, s: calls.append(e["PATH_INFO"]) or inner(e, s))
    return calls


def varying(response):
    return {
        (name, value) for name, value in response.headers if name not in {"X-Request-Id", "Content-Length"}
    }


def test_the_front_answers_in_the_very_words_of_the_route(portal, flask_calls, monkeypatch):
    town = portal.town(members=2)
    path = portal.ballot(town)
    flask_calls.clear()
    by_front = town.members[0].call("PUT", f"{path}/votes/me", {"choice": ["mint"]})
    assert flask_calls == []
    monkeypatch.setattr(CastingFront, "_cast", lambda *_: None)
    by_route = town.members[1].call("PUT", f"{path}/votes/me", {"choice": ["mint"]})
    assert len(flask_calls) == 1
    assert by_front.status == by_route.status == "201 CREATED"
    assert varying(by_front) == varying(by_route)
    assert list(by_front.get_json()) == list(by_route.get_json())


@pytest.mark.parametrize(
    "options",
    [
        {"headers": {"Origin": "https://portal.example"}},
        {"headers": {"Content-Type": "application/json; charset=utf-8"}},
        {"headers": {"Authorization": "bearer nonsense"}},
        {"query_string": "debug=1"},
    ],
)
def test_whatever_is_not_plain_goes_on_to_flask(portal, flask_calls, options):
    town = portal.town(members=1)
    path = portal.ballot(town)
    flask_calls.clear()
    town.members[0].call("PUT", f"{path}/votes/me", {"choice": ["mint"]}, **options)
    assert len(flask_calls) == 1


def test_a_refused_vote_is_read_again_by_the_route(portal, flask_calls):
    town = portal.town(members=1)
    path = portal.ballot(town)
    flask_calls.clear()
    town.members[0].refused(409, "invalid-vote", "PUT", f"{path}/votes/me", {"choice": ["cola"]})
    town.members[0].refused(422, "invalid-request", "PUT", f"{path}/votes/me", {"choice": [], "x": 1})
    assert len(flask_calls) == 2


@pytest.mark.parametrize("more", [0, 1])
def test_a_body_over_the_installation_s_limit_is_refused_by_the_front_too(portal, settings, more):
    town = portal.town(members=1)
    path = portal.ballot(town)
    app = create_app(dataclasses.replace(settings, max_body_bytes=1_024))
    voter = dataclasses.replace(town.members[0], app=app)
    body = '{"choice": ["mint"]}'.ljust(1_024 + more)
    answer = voter.call("PUT", f"{path}/votes/me", data=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == (413 if more else 201), answer.text
    app.extensions["althing.units"].dispose()


def test_the_request_s_own_id_is_kept_and_logged(portal, monkeypatch):
    town = portal.town(members=1)
    path = portal.ballot(town)
    seen = []
    cast = FastCasting.cast
    monkeypatch.setattr(
        FastCasting, "cast", lambda self, actor, *a: seen.append(actor) or cast(self, actor, *a)
    )
    own = "0192f0c1-0000-7000-8000-000000000001"
    headers = {"X-Request-Id": own}
    answer = town.members[0].call("PUT", f"{path}/votes/me", {"choice": ["mint"]}, headers=headers)
    assert answer.headers["X-Request-Id"] == seen[0].request_id == own
