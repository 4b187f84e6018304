import threading

import pytest


@pytest.fixture
def note(call):
    return call.create("Mine")


@pytest.fixture
def path(note):
    return note.headers["Location"]


class TestIfMatch:
    @pytest.mark.parametrize("value", [None, "", "  "])
    def test_missing_is_428(self, call, path, value):
        headers = {} if value is None else {"If-Match": value}
        response = call("PATCH", path, json={"stars": 1}, headers=headers)
        assert response.status_code == 428
        assert response.json["type"] == "/problems/precondition-required"

    @pytest.mark.parametrize("value", ["abc", '"abc', 'abc"', '"a" "b"', '*, "a"', "W/abc", '"a b"'])
    def test_malformed_is_400(self, call, path, value):
        response = call("PATCH", path, json={"stars": 1}, headers={"If-Match": value})
        assert response.status_code == 400

    def test_stale_weak_and_foreign_tags_are_412(self, call, note, path):
        tag = note.headers["ETag"]
        for value in (f"W/{tag}", '"note.x.1"', tag.replace(".1", ".2"), f'"a", W/{tag}'):
            assert call("PATCH", path, json={"stars": 1}, headers={"If-Match": value}).status_code == 412
        assert call("GET", path).headers["ETag"] == tag

    def test_a_list_that_holds_the_tag_and_a_star_match(self, call, note, path):
        value = f'"other", {note.headers["ETag"]}'
        assert call("PATCH", path, json={"stars": 1}, headers={"If-Match": value}).status_code == 200
        assert call("PATCH", path, json={"stars": 2}, headers={"If-Match": "*"}).status_code == 200

    def test_of_twenty_parallel_edits_with_one_tag_one_wins(self, app, call, note, path):
        statuses = []
        barrier = threading.Barrier(20)
        client = type(call)

        def edit(number):
            caller = client(app)
            barrier.wait()
            headers = {"If-Match": note.headers["ETag"]}
            statuses.append(caller("PATCH", path, json={"stars": number + 1}, headers=headers).status_code)

        threads = [threading.Thread(target=edit, args=(n,)) for n in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(statuses) == [200] + [412] * 19
        assert call("GET", path).headers["ETag"].endswith('.2"')


class TestIfNoneMatch:
    @pytest.mark.parametrize("form", ["{}", "W/{}", '"other", {}', "*"])
    def test_a_current_copy_is_304_and_the_tag_is_repeated(self, call, note, path, form):
        tag = note.headers["ETag"]
        response = call("GET", path, headers={"If-None-Match": form.format(tag)})
        assert (response.status_code, response.data) == (304, b"")
        assert response.headers["ETag"] == tag
        assert response.headers["Cache-Control"] == "private, no-cache"
        assert "Authorization" in response.headers.getlist("Vary")
        assert "Content-Type" not in response.headers

    def test_another_copy_is_200(self, call, path):
        assert call("GET", path, headers={"If-None-Match": '"other"'}).status_code == 200
        assert call("GET", path, headers={"If-None-Match": "junk"}).status_code == 200
