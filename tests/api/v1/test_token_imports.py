"""Balances imported from CSV: tried, reported, carried out once, all or nothing."""

from __future__ import annotations

import functools
import json
import uuid

import pytest
import sqlalchemy as sa

from app.db import patience
from app.http import pipeline
from app.models.tokens import TokenAccount
from app.services.tokens.importing import carrying_out, staging
from tests.support import journal
from tests.support.charters import wide_charter
from tests.support.races import answers_at_once
from tests.support.tokens import balance, give, issue, member, token_town, treasury


@pytest.fixture
def town(portal):
    return token_town(portal)


def path(town, what=""):
    return f"{town.path}/tokens/imports{what}"


def send(town, text, what="", /, *, key=None, **query):
    query = {name: str(value).lower() if isinstance(value, bool) else value for name, value in query.items()}
    options = {} if key is None else {"key": key}
    return town.owner.call("POST", path(town, what), text, query_string=query, **options)


def imported(town, text, **query):
    answer = send(town, text, **query)
    assert answer.status_code == 201, answer.text
    return answer.get_json()


def tried(town, text, **query):
    answer = send(town, text, "/dry-run", **query)
    assert answer.status_code == 200, answer.text
    return answer.get_json()


def balances(town):
    lines = town.owner.call("GET", f"{town.path}/tokens/balances/download", query_string={"format": "jsonl"})
    return {row["account"]: row["balance"] for row in map(json.loads, lines.text.splitlines())}


def reference(town, person):
    return person.ok("GET", f"{town.path}/members/me")["reference"]


def test_a_file_is_imported_in_one_entry(town):
    first, second = town.members
    treasury(town)
    text = f"account,amount\n{reference(town, first)},5\n{member(town, second)},7\ntreasury,100\nLOYAL-1,3\n"
    made = imported(town, text, create_accounts=True, reason="Welcome")
    assert (made["rows"], made["issued"], made["burned"], made["bad_lines"]) == (4, 115, 0, 0)
    assert (made["accounts_created"], made["issued_position"], made["burned_position"]) == (3, 1, None)
    assert (balance(town, first), balance(town, second)) == (5, 7)
    assert balances(town)["LOYAL-1"] == 3
    entry = town.owner.ok("GET", f"{town.path}/tokens/entries/1")
    assert (entry["kind"], entry["amount"], entry["posting_count"], entry["reason"]) == (
        "issue",
        115,
        5,
        "Welcome",
    )
    assert [line["reason"] for line in first.ok("GET", f"{town.path}/tokens/me/statement")["items"]] == [
        "Welcome"
    ]
    assert [p["amount"] for p in first.ok("GET", f"{town.path}/tokens/entries/1")["postings"]] == [5]
    assert town.owner.ok("GET", path(town))["items"] == [made]


def test_a_dry_run_says_what_an_import_would_do_and_keeps_nothing(town, units):
    text = f"account;amount\nx;1\n{member(town, town.members[0])};2\nLOYAL-1;3\nx;4\n=cmd;5\nLOYAL-2;0\n"
    before = journal.everything(units)
    told = tried(town, text, create_accounts=False)
    assert (told["rows"], told["bad_lines"], told["issued"]) == (1, 5, 2)
    assert told["reasons"] == {"duplicate_account": 1, "formula": 1, "unknown_account": 2, "zero": 1}
    assert [(fault["line"], fault["reason"]) for fault in told["first"]] == [
        (2, "unknown_account"),
        (4, "unknown_account"),
        (5, "duplicate_account"),
        (6, "formula"),
        (7, "zero"),
    ]
    assert tried(town, text, create_accounts=True)["accounts_created"] == 3
    report = send(town, text, "/dry-run/report").text.split("\r\n")
    assert report[0] == "line,reason,detail"
    assert [line.split(",")[1] for line in report[1:-1]] == [fault["reason"] for fault in told["first"]]
    rows = map(json.loads, send(town, text, "/dry-run/report", format="jsonl").text.splitlines())
    assert list(rows) == told["first"]
    assert journal.everything(units) == before


def test_a_file_with_a_bad_line_is_not_imported_unless_it_is_skipped(town, units):
    text = f"account,amount\n{member(town, town.members[0])},2\nnobody,3\n"
    before = journal.everything(units)
    problem = send(town, text).get_json()
    assert (problem["type"], problem["bad_lines"]) == ("/problems/bad-lines", 1)
    assert problem["reasons"] == {"unknown_account": 1}
    assert problem["first"][0]["line"] == 3
    assert journal.everything(units) == before
    made = imported(town, text, skip_bad_lines=True)
    assert (made["rows"], made["bad_lines"], made["issued"]) == (1, 1, 2)


@pytest.mark.parametrize("fold_case", [False, True])
def test_rows_mean_the_same_looked_up_one_by_one_or_joined(town, monkeypatch, fold_case):
    first, second = town.members
    imported(town, "account,amount\nTwin,1\ntwin,2\nLoyal-1,3\n", create_accounts=True)
    issue(town, member(town, first), 5)
    names = ["Loyal-1", "Twin", member(town, first), reference(town, second), "supply", "unheard-of"]
    text = "account,amount\n" + "".join(f"{name},{number}\n" for number, name in enumerate(names, 1))
    query = {"fold_case": fold_case, "create_accounts": False, "mode": "match"}
    told = []
    for few in (10_000, 0):
        monkeypatch.setattr(staging, "_FEW", few)
        told.append(tried(town, text, **query))
    assert told[0] == told[1]
    assert told[0]["reasons"]["unknown_account"] == 2


def test_the_same_content_is_imported_once_unless_it_is_meant_again(town):
    text = f"account,amount\n{member(town, town.members[0])},2\n"
    made = imported(town, text)
    problem = send(town, text).get_json()
    assert (problem["type"], problem["import_id"]) == ("/problems/already-imported", made["id"])
    assert tried(town, text)["already_imported"] == made["id"]
    imported(town, text, again=True)
    assert balance(town, town.members[0]) == 4


def test_the_same_key_imports_once(town):
    text = f"account,amount\n{member(town, town.members[0])},2\n"
    answers = [send(town, text, key="once") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [201] * 3
    assert len({answer.text for answer in answers}) == 1
    assert send(town, text + "x,1\n", key="once").status_code == 422
    assert send(town, text, key="once", skip_bad_lines=True).status_code == 422
    assert balance(town, town.members[0]) == 2


def test_the_same_content_at_once_is_imported_once(town):
    text = f"account,amount\n{member(town, town.members[0])},2\n"
    answers = answers_at_once([functools.partial(send, town, text)] * 4)
    statuses = sorted(answer.status_code for answer in answers)
    assert statuses.count(201) == 1
    assert set(statuses) <= {201, 409, 503}
    assert balance(town, town.members[0]) == 2


def test_a_snapshot_is_matched(town):
    first, second = town.members
    treasury(town, 1000)
    give(town, (first, 10), (second, 10))
    issue(town, make(town, "LOYAL-1"), 4)
    text = f"account,amount\n{member(town, first)},4\n{member(town, second)},25\nLOYAL-2,3\n"
    made = imported(town, text, mode="match", create_accounts=True)
    assert (made["issued"], made["burned"], made["accounts_created"]) == (18, 6, 1)
    assert (made["burned_position"], made["issued_position"]) == (5, 6)
    assert (balance(town, first), balance(town, second)) == (4, 25)
    held = balances(town)
    assert (held["treasury"], held["LOYAL-1"], held["LOYAL-2"]) == (1000, 4, 3)
    again = imported(town, text, mode="match", create_accounts=True, again=True)
    assert (again["issued"], again["burned"], again["issued_position"]) == (0, 0, None)
    emptied = imported(town, f"account,amount\n{member(town, first)},0\n", mode="match", absent="burn")
    assert emptied["burned"] == 4 + 25 + 4 + 3
    assert balances(town) == {"treasury": 1000}


def make(town, name):
    town.owner.ok("POST", f"{town.path}/tokens/accounts", {"name": name, "owner": "nobody"})
    return name


def test_what_cannot_be_burned_is_a_bad_line(town):
    first, second = town.members
    give(town, (first, 10), (second, 10))
    first.ok("POST", f"{town.path}/tokens/locks", {"amount": 7, "until": "2999-01-01T00:00:00Z"})
    vesting = {
        "to": member(town, second),
        "amount": 5,
        "starts_at": "2990-01-01T00:00:00Z",
        "duration": "P1D",
    }
    town.owner.ok("POST", f"{town.path}/tokens/vestings", vesting)
    low = f"account,amount\n{member(town, first)},6\n{member(town, second)},4\n"
    told = tried(town, low, mode="match")
    assert told["reasons"] == {"not_available": 2}
    assert told["first"][0]["detail"] == "4 would have to go, and only 3 are available"
    assert told["first"][1]["detail"] == "11 would have to go, and only 10 are available"
    fit = f"account,amount\n{member(town, first)},7\n{member(town, second)},5\n"
    assert imported(town, fit, mode="match")["burned"] == 13
    problem = send(town, "account,amount\n", mode="match", absent="burn", skip_bad_lines=True).get_json()
    assert problem["reasons"] == {"not_available": 2}


def test_a_snapshot_burns_only_for_who_may_burn(portal):
    charter = wide_charter()
    charter["role_powers"]["brand_owner"].remove("token.burn")
    town = portal.town(members=1, charter=charter)
    give(town, (town.members[0], 10))
    text = f"account,amount\n{member(town, town.members[0])},4\n"
    assert send(town, text, mode="match").get_json()["type"] == "/problems/forbidden"
    assert balance(town, town.members[0]) == 10
    assert imported(town, text.replace(",4", ",11"), mode="match")["issued"] == 1


def test_one_account_named_in_two_ways_is_named_twice(town):
    first, second = town.members
    give(town, (first, 1))
    account = first.ok("GET", f"{town.path}/tokens/me")["accounts"][0]["id"]
    ways = [reference(town, first), member(town, first), account, member(town, first).upper()]
    ways += [reference(town, second), member(town, second)]
    text = "account,amount\n" + "".join(f"{way},1\n" for way in ways)
    told = tried(town, text)
    assert [(f["line"], f["reason"], f["detail"]) for f in told["first"]] == [
        (3, "same_account", "line 2 names the same account"),
        (4, "same_account", "line 2 names the same account"),
        (5, "same_account", "line 2 names the same account"),
        (7, "same_account", "line 6 names the same account"),
    ]


def test_addresses_are_one_whatever_their_case(town):
    make(town, "0xABcd")
    text = "account,amount\n0xabCD,2\n"
    assert tried(town, text)["reasons"] == {"unknown_account": 1}
    assert imported(town, text, fold_case=True)["accounts_created"] == 0
    assert balances(town) == {"0xABcd": 2}
    make(town, "0xabcd")
    assert tried(town, text, fold_case=True)["reasons"] == {"ambiguous_account": 1}
    assert imported(town, "account,amount\n0xABcd,2\n")["issued"] == 2


@pytest.mark.parametrize("name", ["supply", "SUPPLY"])
def test_the_supply_is_nobodys_to_name(town, name):
    told = tried(town, f"account,amount\n{name},2\n", create_accounts=True, fold_case=True)
    assert told["reasons"] == {"unknown_account": 1}


def test_others_members_and_accounts_are_unknown(town, portal):
    other = token_town(portal)
    give(other, (other.members[0], 1))
    account = other.members[0].ok("GET", f"{other.path}/tokens/me")["accounts"][0]["id"]
    gone = town.members[0]
    names = [member(other, other.members[0]), reference(other, other.members[0]), account]
    names += [member(town, gone), reference(town, gone)]
    gone.ok("DELETE", f"{town.path}/members/me")
    told = tried(town, "account,amount\n" + "".join(f"{name},1\n" for name in names))
    assert told["reasons"] == {"unknown_account": 5}
    # Who has left gets no account that would be nobody's, and theirs when they return.
    told = tried(
        town, "account,amount\n" + "".join(f"{name},1\n" for name in names[3:]), create_accounts=True
    )
    assert told["reasons"] == {"unknown_account": 2}


def test_what_does_not_fit_under_the_supply_is_left_out(town):
    first, second = town.members
    issue(town, member(town, first), 2**53 - 1 - 10)
    text = f"account,amount\n{member(town, first)},4\n{member(town, second)},7\ny,6\n"
    told = tried(town, text, create_accounts=True)
    assert told["first"] == [
        {"line": 3, "reason": "supply_exceeded", "detail": "only 6 minor units more can be issued"}
    ]
    assert imported(town, text, create_accounts=True, skip_bad_lines=True)["issued"] == 10
    over = send(town, f"account,amount\nz,{2**53 - 1}\n", mode="match", create_accounts=True).get_json()
    assert over["type"] == "/problems/supply-exceeded"
    whole = f"account,amount\nz,{2**53 - 1}\n"
    assert imported(town, whole, mode="match", create_accounts=True, absent="burn")["issued"] == 2**53 - 1


def test_decimals_columns_and_delimiters_are_as_the_importer_says(town):
    text = "id|note|value\nLOYAL-1|x|1.25\n"
    query = {"account_column": "id", "amount_column": "value", "delimiter": "|", "decimals": 2}
    assert imported(town, text, create_accounts=True, **query)["issued"] == 125


def test_strange_names_survive(town):
    names = ["a\\b", "c\\\\d", "e,f", 'g"h', "\\N", "Zoë", "日本", "'quoted'", "\\"]
    lines = ['"' + name.replace('"', '""') + '",1\n' for name in names]
    imported(town, "account,amount\n" + "".join(lines), create_accounts=True)
    assert set(balances(town)) == set(names)


@pytest.mark.parametrize(
    ("text", "reason"),
    [("", "no_header"), ("a,b\nx,1\n", "no_columns"), ("account,amount\nx\n", "wrong_width")],
)
def test_what_is_no_file_of_balances_is_told(town, text, reason):
    assert tried(town, text)["reasons"] == {reason: 1}
    assert send(town, text).get_json()["reasons"] == {reason: 1}


def test_thousands_of_lines_are_imported_alike_in_any_chunks(town):
    names = [uuid.uuid4().hex for _ in range(30_000)]
    text = "account,amount\n" + "".join(f"{name},{index + 1}\n" for index, name in enumerate(names))
    made = imported(town, text, create_accounts=True)
    assert made["issued"] == sum(range(1, 30_001))
    assert balances(town) == {name: index + 1 for index, name in enumerate(names)}


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_thousands_of_lines_are_imported_where_the_database_takes_the_tables_for_empty(
    town, units, monkeypatch
):
    # What VACUUM writes down after an import that failed: pages there are, and rows in them none.
    with units.write() as session:
        emptied = "UPDATE pg_class SET relpages = 1000, reltuples = 0 WHERE relname IN "
        session.execute(sa.text(emptied + "('token_accounts', 'token_postings', 'token_entries')"))
    # Joined row by row, this many take minutes.
    monkeypatch.setattr(patience, "STATEMENT_TIMEOUT", "1min")
    names = [uuid.uuid4().hex for _ in range(40_000)]
    text = "account,amount\n" + "".join(f"{name},1\n" for name in names)
    assert imported(town, text, create_accounts=True)["issued"] == len(names)
    assert balances(town) == dict.fromkeys(names, 1)


def test_an_import_that_fails_at_the_end_leaves_nothing(town, units, monkeypatch):
    def fail(*_args: object, **_options: object) -> None:
        raise RuntimeError("killed")

    before = journal.everything(units)
    monkeypatch.setattr(carrying_out, "record", fail)
    text = "account,amount\nx,1\ny,2\n"
    assert send(town, text, create_accounts=True).status_code == 500
    assert journal.everything(units) == before
    monkeypatch.undo()
    assert imported(town, text, create_accounts=True)["issued"] == 3


def test_only_who_may_import_has_their_file_taken(town, portal, monkeypatch):
    taken, receive = [], pipeline.receive
    monkeypatch.setattr(pipeline, "receive", lambda *args: taken.append(args) or receive(*args))
    text = "account,amount\nx,1\n"
    for person, status in ((portal.person(), 404), (town.members[0], 403)):
        for what in ("", "/dry-run", "/dry-run/report"):
            assert person.call("POST", path(town, what), text).status_code == status
    assert not taken
    assert tried(town, text)["bad_lines"] == 1
    assert len(taken) == 1


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize("size", [100, 101])
def test_a_file_has_a_bounded_size(town, chunked, size, monkeypatch):
    monkeypatch.setattr(pipeline, "_most_bytes", lambda _operation: 100)
    text = "account,amount\n" + "x" * (size - 15)
    options = {"headers": {"Content-Type": "text/csv"}}
    if chunked:
        options |= {"environ_overrides": {"wsgi.input_terminated": True, "CONTENT_LENGTH": None}}
        options["headers"] |= {"Transfer-Encoding": "chunked"}
    answer = town.owner.call("POST", path(town, "/dry-run"), data=text.encode(), **options)
    assert answer.status_code == (200 if size == 100 else 413), answer.text


def test_a_file_is_csv(town):
    answer = town.owner.call("POST", path(town), {"account": "x"})
    assert answer.status_code == 415
    assert answer.headers["Accept"] == "text/csv"


def test_no_balance_is_stored_that_the_postings_do_not_say(town, units):
    imported(town, "account,amount\nx,1\ny,2\n", create_accounts=True)
    with units.read() as session:
        total = session.scalar(sa.select(sa.func.sum(TokenAccount.balance)))
    assert total == 0


def test_an_account_that_the_file_does_not_name_is_no_line_of_it(town):
    first, _ = town.members
    give(town, (first, 10))
    first.ok("POST", f"{town.path}/tokens/locks", {"amount": 7, "until": "2999-01-01T00:00:00Z"})
    trial = tried(town, "account,amount\n", mode="match", absent="burn")
    assert (trial["rows"], trial["bad_lines"]) == (0, 1)
