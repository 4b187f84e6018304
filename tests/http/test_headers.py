import pytest

from app.http.headers import SECURITY_HEADERS
from app.http.operation import RateLimit
from tests.http.conftest import Caller
from tests.http.toy import ELSEWHERE, PORTAL, make_app

PREFLIGHT = {"Origin": PORTAL, "Access-Control-Request-Method": "POST"}


@pytest.mark.parametrize("path", ["/v1/ping", "/v1/me", "/nowhere", "/openapi.json", "/docs", "/v1/ping?x=1"])
def test_every_answer_carries_the_security_headers(app, path):
    response = app.test_client().get(path)
    for name in SECURITY_HEADERS:
        assert response.headers.getlist(name), name
        assert len(response.headers.getlist(name)) == 1
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in response.headers["Content-Security-Policy"]
    assert "Strict-Transport-Security" not in response.headers
    assert "Origin" in response.headers.getlist("Vary")


def test_answers_are_not_stored_unless_their_operation_says_so(call):
    assert call("GET").headers["Cache-Control"] == "no-store"
    assert call("GET", "/v1/nowhere").headers["Cache-Control"] == "no-store"
    assert call("GET", "/v1/ping").headers["Cache-Control"] == "public, max-age=5"
    note = call.create()
    assert call("GET", note.headers["Location"]).headers["Cache-Control"] == "private, no-cache"


class TestRequestId:
    @pytest.mark.parametrize("name", ["a", "A-b_9", "x" * 64])
    def test_a_good_one_is_kept(self, app, name):
        response = app.test_client().get("/nowhere", headers={"X-Request-Id": name})
        assert response.headers["X-Request-Id"] == response.json["request_id"] == name

    @pytest.mark.parametrize("name", ["", "x" * 65, "a b", "a;b", "ä", '{"a":1}', "a/b"])
    def test_a_bad_one_is_replaced(self, app, name):
        response = app.test_client().get("/nowhere", headers={"X-Request-Id": name})
        assert response.headers["X-Request-Id"] == response.json["request_id"]
        assert len(response.headers["X-Request-Id"]) == 32

    def test_each_request_gets_its_own(self, app):
        client = app.test_client()
        ids = {client.get("/v1/ping").headers["X-Request-Id"] for _ in range(5)}
        assert len(ids) == 5


class TestCors:
    def test_a_listed_origin_is_echoed_on_answers_and_errors(self, call):
        for path in ("", "/v1/communities/x", f"/{ELSEWHERE}"):
            response = call("GET", path, headers={"Origin": PORTAL})
            listed = path != "/v1/communities/x"  # outside a community the list is another
            assert response.headers.get("Access-Control-Allow-Origin") == (PORTAL if listed else None)
        assert "ETag" in call("GET", headers={"Origin": PORTAL}).headers["Access-Control-Expose-Headers"]

    @pytest.mark.parametrize(
        "origin",
        ["null", "http://portal.example", "https://portal.example.evil.example", "https://evilportal.example",
         "https://portal.example:8443", "https://PORTAL.example", "https://portal.example/", "*",
         "https://portal.example, https://evil.example"],
    )  # fmt: skip
    def test_any_other_origin_gets_nothing(self, call, origin):
        response = call("GET", headers={"Origin": origin})
        preflight = call("OPTIONS", headers=PREFLIGHT | {"Origin": origin})
        for answer in (response, preflight):
            assert not [name for name in answer.headers.keys() if name.startswith("Access-Control")]  # noqa: SIM118 - a multidict
            assert "Origin" in answer.headers.getlist("Vary")

    def test_a_preflight_needs_no_token(self, app, call):
        response = app.test_client().options(call.home, headers=PREFLIGHT)
        assert (response.status_code, response.data) == (204, b"")
        assert response.headers["Access-Control-Allow-Origin"] == PORTAL
        assert {"GET", "POST"} <= set(response.headers["Access-Control-Allow-Methods"].split(", "))
        assert response.headers["Access-Control-Allow-Headers"] == (
            "Authorization, Content-Type, If-Match, If-None-Match, Idempotency-Key, X-Request-Id"
        )
        assert response.headers["Access-Control-Max-Age"] == "7200"
        assert "Access-Control-Allow-Credentials" not in response.headers

    def test_one_communitys_origin_is_not_anothers(self, call_as):
        response = call_as("bob")("GET", f"/v1/communities/{ELSEWHERE}/notes", headers={"Origin": PORTAL})
        assert response.status_code == 200
        assert "Access-Control-Allow-Origin" not in response.headers

    def test_a_preflight_to_nowhere_is_404(self, app):
        assert app.test_client().options("/nowhere", headers=PREFLIGHT).status_code == 404


class TestRateLimit:
    def test_the_state_of_the_quota_is_announced(self, call):
        response = call("GET")
        assert response.headers["RateLimit-Policy"] == '"default";q=1000;w=60'
        assert response.headers["RateLimit"] == '"default";r=999;t=60'
        assert not [name for name in response.headers.keys() if name.startswith("X-RateLimit")]  # noqa: SIM118 - a multidict

    def test_beyond_it_is_429_with_the_registered_type(self, engine):
        seen = []

        def throttle(_request, principal, operation_id):
            seen.append((principal and principal.identity, operation_id))
            return RateLimit("default", 100, 60, 0, 17, exceeded=True)

        call = Caller(make_app(engine, throttle=throttle))
        response = call.create()
        assert response.status_code == 429
        assert response.headers["Retry-After"] == "17"
        assert response.headers["RateLimit"] == '"default";r=0;t=17'
        assert response.json["type"] == "https://iana.org/assignments/http-problem-types#quota-exceeded"
        assert response.json["violated-policies"] == ["default"]
        assert seen == [("alice", "create_note")]
