import re

import pytest

from app.domain.errors import PROBLEMS
from app.http.problems import HTTP_PROBLEMS


@pytest.fixture
def client(app):
    return app.test_client()


def test_the_page_and_all_it_loads_come_from_this_host(client):
    page = client.get("/docs")
    assert page.status_code == 200
    assert "script-src 'self'" in page.headers["Content-Security-Policy"]
    assert "connect-src 'self'" in page.headers["Content-Security-Policy"]
    links = re.findall(r'(?:href|src|data-document)="([^"]+)"', page.text)
    assert "/openapi.json" in links
    for link in links:
        assert link.startswith("/")
        with client.get(link) as part:
            assert part.status_code == 200, link
    assert "<style" not in page.text
    assert not re.search(r"<script(?![^>]*src=)", page.text)


@pytest.mark.parametrize(
    "path", ["/docs/swagger/oauth2-redirect.html", "/docs/swagger/../x", "/docs/other.js"]
)
def test_nothing_else_of_the_package_is_served(client, path):
    assert client.get(path).status_code == 404


def test_the_document_can_be_revalidated(client):
    first = client.get("/openapi.json")
    assert first.content_type == "application/json"
    again = client.get("/openapi.json", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]


def test_every_problem_type_leads_somewhere(client):
    items = client.get("/problems").json["items"]
    assert {i["type"] for i in items} == {f"/problems/{slug}" for slug in (*HTTP_PROBLEMS, *PROBLEMS)}
    for item in items:
        assert client.get(item["type"]).json == item
    assert client.get("/problems/no-such").status_code == 404
