"""Accounts, entries, balances and statements over the API."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from tests.support.charters import wide_charter
from tests.support.portal import UNKNOWN
from tests.support.tokens import balance, give, issue, member, token_town, treasury

MOST = 2**53 - 1


@pytest.fixture
def town(portal):
    return token_town(portal)


def post(person, town, what, body, **options):
    return person.call("POST", f"{town.path}/tokens/{what}", body, **options)


def totals(town, **query):
    found = town.owner.call("GET", f"{town.path}/tokens", query_string=query).get_json()
    return {name: found[name] for name in ("supply", "issued", "burned", "members", "treasury", "unassigned")}


def test_a_new_community_has_no_tokens(town):
    assert town.members[0].ok("GET", f"{town.path}/tokens") == {
        "position": 0,
        "supply": 0,
        "issued": 0,
        "burned": 0,
        "members": 0,
        "treasury": 0,
        "unassigned": 0,
        "holders": 0,
    }
    own = town.members[0].ok("GET", f"{town.path}/tokens/me")
    assert (own["balance"], own["available"], own["accounts"]) == (0, 0, [])


def test_tokens_are_issued_to_a_member_by_id_and_by_reference(town):
    first, second = town.members
    reference = first.ok("GET", f"{town.path}/members/me")["reference"]
    made = issue(town, member(town, first), 7, reason="Welcome")
    assert (made["position"], made["kind"], made["amount"], made["reason"]) == (1, "issue", 7, "Welcome")
    assert [(p["account"]["name"], p["amount"]) for p in made["postings"]] == [
        ("supply", -7),
        (reference, 7),
    ]
    issue(town, reference, 5)
    issue(town, member(town, second).upper(), 1)
    own = first.ok("GET", f"{town.path}/tokens/me")
    assert (own["balance"], [account["name"] for account in own["accounts"]]) == (12, [reference])
    assert totals(town) == {
        "supply": 13,
        "issued": 13,
        "burned": 0,
        "members": 13,
        "treasury": 0,
        "unassigned": 0,
    }
    assert town.owner.ok("GET", f"{town.path}/tokens")["holders"] == 2


def test_a_transfer_moves_what_it_says_and_nothing_else(town):
    first, second = town.members
    give(town, (first, 10))
    answer = post(first, town, "transfers", {"to": member(town, second), "amount": 4})
    assert answer.status_code == 201
    assert answer.headers["Location"] == f"{town.path}/tokens/entries/2"
    assert first.ok("GET", answer.headers["Location"]) == answer.get_json()
    assert second.ok("GET", answer.headers["Location"]) == answer.get_json()
    assert (balance(town, first), balance(town, second)) == (6, 4)
    assert totals(town)["supply"] == 10


def test_the_same_key_moves_once(town):
    first, second = town.members
    give(town, (first, 10))
    body = {"to": member(town, second), "amount": 4}
    answers = [post(first, town, "transfers", body, key="once") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [201] * 3
    assert len({answer.text for answer in answers}) == 1
    assert balance(town, second) == 4


def test_nobody_moves_more_than_they_have(town):
    first, second = town.members
    give(town, (first, 10))
    problem = first.refused(
        409,
        "not-available",
        "POST",
        f"{town.path}/tokens/transfers",
        {"to": member(town, second), "amount": 11},
    )
    assert (problem["available"], problem["wanted"]) == (10, 11)
    assert totals(town)["supply"] == 10
    assert town.owner.ok("GET", f"{town.path}/tokens")["position"] == 1


def test_what_is_locked_is_not_moved_until_then_and_stays_in_the_balance(town, clock):
    first, second = town.members
    give(town, (first, 10))
    until = clock.now() + dt.timedelta(hours=1)
    locked = post(first, town, "locks", {"amount": 7, "until": until.isoformat()}).get_json()
    assert (locked["kind"], locked["amount"], locked["lock"]["amount"]) == ("lock", 7, 7)
    own = first.ok("GET", f"{town.path}/tokens/me")
    assert (own["balance"], own["locked"], own["available"]) == (10, 7, 3)
    to = member(town, second)
    assert post(first, town, "transfers", {"to": to, "amount": 4}).status_code == 409
    assert post(first, town, "transfers", {"to": to, "amount": 3}).status_code == 201
    assert post(first, town, "locks", {"amount": 1, "until": until.isoformat()}).status_code == 409
    clock.stop(dt.datetime.fromisoformat(locked["lock"]["until"]))
    assert first.ok("GET", f"{town.path}/tokens/me")["locked"] == 0
    assert post(first, town, "transfers", {"to": to, "amount": 7}).status_code == 201


def test_a_lock_ends_in_the_future(town, clock):
    first = town.members[0]
    give(town, (first, 10))
    past = (clock.now() - dt.timedelta(seconds=1)).isoformat()
    path = f"{town.path}/tokens/locks"
    problem = first.refused(409, "invalid-entry", "POST", path, {"amount": 1, "until": past})
    assert problem["errors"] == [{"pointer": "#/until", "detail": "does not lie ahead"}]


def test_tokens_vest_from_the_treasury_with_a_cliff(town, clock):
    first = town.members[0]
    treasury(town, 1000)
    start = clock.now().replace(microsecond=0)
    vesting = {
        "from": "treasury",
        "to": member(town, first),
        "amount": 100,
        "starts_at": start.isoformat(),
        "duration": "PT100S",
        "cliff": "PT10S",
    }
    made = town.owner.ok("POST", f"{town.path}/tokens/vestings", vesting)
    assert made["schedule"]["duration"] == "PT1M40S"
    assert totals(town)["supply"] == 1000
    for seconds, unvested in ((9, 100), (10, 90), (55, 45), (99, 1), (100, 0), (1000, 0)):
        clock.stop(start + dt.timedelta(seconds=seconds))
        own = first.ok("GET", f"{town.path}/tokens/me")
        assert (own["balance"], own["unvested"], own["available"]) == (100, unvested, 100 - unvested)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"cliff": "PT11S"}, "The cliff lies between the start and the end, in whole seconds."),
        ({"duration": "PT0S"}, "The duration is 1 to 3000000000 whole seconds."),
        ({"duration": "P40000D"}, "The duration is 1 to 3000000000 whole seconds."),
        ({"starts_at": "2027-01-01T00:00:00.5Z"}, "Vesting starts at an aware instant in whole seconds."),
        ({"starts_at": "9999-12-31T23:59:59Z"}, "Vesting ends before the year 10000."),
    ],
)
def test_a_schedule_that_makes_no_sense_is_refused(town, change, told):
    body = {"to": member(town, town.members[0]), "amount": 5, "starts_at": "2027-01-01T00:00:00Z"}
    body |= {"duration": "PT10S"} | change
    path = f"{town.path}/tokens/vestings"
    assert town.owner.refused(409, "invalid-entry", "POST", path, body)["detail"] == told


def test_tokens_vest_only_out_of_the_supply_and_the_treasury(town):
    first, second = town.members
    give(town, (first, 10))
    body = {"from": member(town, first), "to": member(town, second), "amount": 5}
    body |= {"starts_at": "2027-01-01T00:00:00Z", "duration": "PT10S"}
    town.owner.refused(403, "not-your-account", "POST", f"{town.path}/tokens/vestings", body)


def test_the_brand_burns_for_a_reason_that_the_member_reads(town):
    first = town.members[0]
    give(town, (first, 10))
    path, body = f"{town.path}/tokens/burns", {"from": member(town, first), "amount": 3}
    town.owner.refused(422, "invalid-request", "POST", path, body)
    town.owner.ok("POST", path, body | {"reason": "Issued twice by mistake"})
    line = first.ok("GET", f"{town.path}/tokens/me/statement")["items"][0]
    assert (line["kind"], line["amount"], line["balance"], line["reason"]) == (
        "burn",
        -3,
        7,
        "Issued twice by mistake",
    )
    assert totals(town) == {
        "supply": 7,
        "issued": 10,
        "burned": 3,
        "members": 7,
        "treasury": 0,
        "unassigned": 0,
    }


def test_members_burn_their_own_and_nobody_elses(town):
    first, second = town.members
    give(town, (first, 10), (second, 10))
    assert post(first, town, "me/burns", {"amount": 4}).status_code == 201
    path = f"{town.path}/tokens/me/burns"
    first.refused(403, "not-your-account", "POST", path, {"from": member(town, second), "amount": 1})
    first.refused(
        403,
        "forbidden",
        "POST",
        f"{town.path}/tokens/burns",
        {
            "from": member(town, second),
            "amount": 1,
            "reason": "Mine",
        },
    )
    assert (balance(town, first), balance(town, second)) == (6, 10)


def test_the_treasury_is_moved_by_the_brand_owner_alone(town):
    first = town.members[0]
    treasury(town, 50)
    body = {"from": "treasury", "to": member(town, first), "amount": 20}
    first.refused(403, "not-your-account", "POST", f"{town.path}/tokens/transfers", body)
    assert post(town.owner, town, "transfers", body).status_code == 201
    assert (balance(town, first), totals(town)["treasury"]) == (20, 30)


def test_a_charter_that_lets_only_members_transfer_locks_the_treasury(portal):
    charter = wide_charter()
    charter["role_powers"]["brand_owner"].remove("token.transfer")
    town = portal.town(members=1, charter=charter)
    treasury(town, 50)
    membership = town.owner.ok("GET", f"{town.path}/members/me")["id"]
    second = portal.join(town, "brand_owner")
    second.ok("POST", f"{town.path}/members/{membership}/roles", {"role": "member"})
    body = {"from": "treasury", "to": member(town, town.members[0]), "amount": 1}
    town.owner.refused(403, "not-your-account", "POST", f"{town.path}/tokens/transfers", body)


def test_a_small_brand_lets_nobody_pass_tokens_on(portal):
    town = portal.town(members=2, charter_template="small_brand")
    first, second = town.members
    give(town, (first, 5))
    body = {"to": member(town, second), "amount": 1}
    first.refused(403, "forbidden", "POST", f"{town.path}/tokens/transfers", body)


@pytest.mark.parametrize("name", ["nobody of this name", UNKNOWN, "supply"])
def test_an_account_that_is_not_there_gets_nothing(town, name):
    path, body = f"{town.path}/tokens/issues", {"to": name, "amount": 1}
    problem = town.owner.refused(409, "unknown-account", "POST", path, body)
    assert problem["errors"][0]["pointer"] == "#/to"


def test_a_member_of_another_community_is_unknown_here(town, portal):
    other = token_town(portal)
    treasury(other, 10, name="elsewhere")
    for name in (member(other, other.members[0]), "elsewhere"):
        path, body = f"{town.path}/tokens/issues", {"to": name, "amount": 1}
        town.owner.refused(409, "unknown-account", "POST", path, body)


def test_who_has_left_keeps_their_tokens_and_gets_no_more_by_membership(town):
    first = town.members[0]
    reference = first.ok("GET", f"{town.path}/members/me")["reference"]
    give(town, (first, 5))
    first.ok("DELETE", f"{town.path}/members/me")
    assert totals(town)["members"] == 5
    path = f"{town.path}/tokens/issues"
    town.owner.refused(409, "unknown-account", "POST", path, {"to": member(town, first), "amount": 1})
    body = {"from": reference, "amount": 5, "reason": "Left, and asked for it"}
    town.owner.ok("POST", f"{town.path}/tokens/burns", body)
    assert totals(town)["supply"] == 0


def test_a_transfer_to_oneself_says_nothing(town):
    first = town.members[0]
    give(town, (first, 5))
    body = {"to": member(town, first), "amount": 1}
    first.refused(409, "invalid-entry", "POST", f"{town.path}/tokens/transfers", body)


def test_no_more_is_issued_than_clients_can_read(town):
    to = member(town, town.members[0])
    issue(town, to, MOST - 1)
    path = f"{town.path}/tokens/issues"
    problem = town.owner.refused(409, "supply-exceeded", "POST", path, {"to": to, "amount": 2})
    assert problem["room"] == 1
    issue(town, to, 1)
    assert totals(town)["supply"] == MOST
    town.owner.refused(409, "supply-exceeded", "POST", path, {"to": to, "amount": MOST})


# --- accounts -----------------------------------------------------------------------------------------


def test_accounts_have_owners(town):
    first = town.members[0]
    path = f"{town.path}/tokens/accounts"
    for body, owner in (
        ({"name": "prizes"}, "treasury"),
        ({"name": "savings", "owner": "member", "membership_id": member(town, first)}, "member"),
        ({"name": "LOYAL-1", "owner": "nobody"}, "nobody"),
    ):
        assert town.owner.ok("POST", path, body)["owner"] == owner
    issue(town, "savings", 3)
    issue(town, member(town, first), 4)
    assert balance(town, first) == 7
    assert sorted(a["balance"] for a in first.ok("GET", path)["items"]) == [3, 4]
    assert len(town.owner.ok("GET", path)["items"]) == 4


@pytest.mark.parametrize(
    "facts",
    [
        {"name": "mine", "owner": "member"},
        {"name": "mine", "owner": "supply"},
        {"name": "mine", "owner": "treasury", "membership_id": "member"},
    ],
)
def test_owner_and_member_go_together(town, facts):
    facts = {
        k: member(town, town.members[0]) if v == "member" and k == "membership_id" else v
        for k, v in facts.items()
    }
    town.owner.refused(409, "invalid-entry", "POST", f"{town.path}/tokens/accounts", facts)


def test_names_are_unique_and_stand_for_one_thing(town):
    path = f"{town.path}/tokens/accounts"
    treasury(town)
    reference = town.members[0].ok("GET", f"{town.path}/members/me")["reference"]
    for name in ("treasury", "supply", reference, member(town, town.members[0])):
        town.owner.refused(409, "account-name-taken", "POST", path, {"name": name})


def test_an_account_that_is_nobodys_is_assigned_once(town):
    first, second = town.members
    made = town.owner.ok("POST", f"{town.path}/tokens/accounts", {"name": "0xAB", "owner": "nobody"})
    issue(town, "0xAB", 9)
    assert totals(town)["unassigned"] == 9
    path = f"{town.path}/tokens/accounts/{made['id']}/assignment"
    town.owner.refused(404, "not-found", "POST", path, {"membership_id": UNKNOWN})
    given = town.owner.ok("POST", path, {"membership_id": member(town, first)})
    assert (given["owner"], given["membership_id"], given["balance"]) == ("member", member(town, first), 9)
    assert (balance(town, first), totals(town)["unassigned"]) == (9, 0)
    problem = {"membership_id": member(town, second)}
    town.owner.refused(409, "account-assigned", "POST", path, problem)
    to = {"from": "0xAB", "to": member(town, second), "amount": 9}
    assert post(first, town, "transfers", to).status_code == 201


def test_members_see_their_own_accounts_alone(town):
    first, second = town.members
    give(town, (first, 5), (second, 6))
    theirs = town.owner.ok("GET", f"{town.path}/tokens/accounts", None, query_string={"sort": "balance"})[
        "items"
    ]
    assert [account["balance"] for account in theirs] == [6, 5]
    account = f"{town.path}/tokens/accounts/{theirs[0]['id']}"
    assert second.ok("GET", account)["balance"] == 6
    for path in (account, f"{account}/statement", f"{account}/statement/download", f"{account}/as_of/1"):
        first.refused(404, "not-found", "GET", path)
    first.refused(404, "not-found", "GET", f"{town.path}/tokens/entries/2")
    first.refused(403, "forbidden", "GET", f"{town.path}/tokens/entries")


def test_accounts_are_filtered_sorted_and_paged(town):
    for index, name in enumerate(("c", "a", "d", "b")):
        treasury(town, 10 * (index + 1), name=name)
    give(town, (town.members[0], 7))
    path = f"{town.path}/tokens/accounts"

    def names(**query):
        found, cursor = [], None
        while True:
            page = {**query, "limit": 2} | ({"cursor": cursor} if cursor else {})
            answer = town.owner.ok("GET", path, None, query_string=page)
            found += [account["name"] for account in answer["items"]]
            cursor = answer["next_cursor"]
            if cursor is None:
                return found

    assert names(owner="treasury") == ["a", "b", "c", "d"]
    assert names(owner="treasury", sort="balance") == ["b", "d", "a", "c"]
    assert names(owner="treasury", sort="newest") == ["b", "d", "a", "c"]
    assert names(minimum=30) == ["b", "d"]
    assert names(name="a") == ["a"]
    assert len(names(membership_id=member(town, town.members[0]))) == 1
    assert town.owner.call("GET", path, query_string={"sort": "password"}).status_code == 422


# --- reading ------------------------------------------------------------------------------------------


def test_a_statement_tells_what_happened_with_the_balance_after_each(town):
    first, second = town.members
    give(town, (first, 100), (second, 1))
    post(first, town, "transfers", {"to": member(town, second), "amount": 30, "reason": "Thanks"})
    post(second, town, "transfers", {"to": member(town, first), "amount": 5})
    post(first, town, "locks", {"amount": 10, "until": "2999-01-01T00:00:00Z"})
    path = f"{town.path}/tokens/me/statement"
    found, cursor = [], None
    while True:
        query = {"limit": 2, "sort": "oldest"} | ({"cursor": cursor} if cursor else {})
        page = first.ok("GET", path, None, query_string=query)
        found += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert [(x["position"], x["kind"], x["amount"], x["balance"]) for x in found] == [
        (1, "issue", 100, 100),
        (3, "transfer", -30, 70),
        (4, "transfer", 5, 75),
        (5, "lock", 0, 75),
    ]
    reference = second.ok("GET", f"{town.path}/members/me")["reference"]
    assert [x["counterparty"] and x["counterparty"]["name"] for x in found] == [
        None,
        reference,
        reference,
        None,
    ]
    assert found[3]["lock"]["amount"] == 10
    newest = first.ok("GET", path)["items"]
    assert newest == found[::-1]


def test_a_member_with_two_accounts_reads_one_statement(town):
    first = town.members[0]
    town.owner.ok(
        "POST",
        f"{town.path}/tokens/accounts",
        {
            "name": "savings",
            "owner": "member",
            "membership_id": member(town, first),
        },
    )
    give(town, (first, 10))
    post(first, town, "transfers", {"to": "savings", "amount": 4})
    lines = first.ok("GET", f"{town.path}/tokens/me/statement")["items"]
    assert [(x["amount"], x["balance"], x["counterparty"]) for x in lines] == [(0, 10, None), (10, 10, None)]


def test_balances_and_totals_as_of_a_position(town):
    first, second = town.members
    give(town, (first, 10))
    post(first, town, "transfers", {"to": member(town, second), "amount": 4})
    post(second, town, "me/burns", {"amount": 1})
    account = first.ok("GET", f"{town.path}/tokens/me")["accounts"][0]["id"]
    held = [
        first.ok("GET", f"{town.path}/tokens/accounts/{account}/as_of/{position}")["balance"]
        for position in range(4)
    ]
    assert held == [0, 10, 6, 6]
    path = f"{town.path}/tokens/accounts/{account}/as_of"
    assert first.refused(409, "position-ahead", "GET", f"{path}/4")["position"] == 3
    assert first.call("GET", f"{path}/{2**53}").status_code == 404
    assert [totals(town, position=p)["supply"] for p in range(4)] == [0, 10, 10, 9]
    assert totals(town, position=3) == totals(town)
    assert town.owner.call("GET", f"{town.path}/tokens", query_string={"position": 4}).status_code == 409


def test_the_downloads_say_the_same_as_the_ledger(town):
    first, second = town.members
    give(town, (first, 10))
    post(first, town, "transfers", {"to": member(town, second), "amount": 4, "reason": '=1+1, "so"'})
    post(first, town, "locks", {"amount": 1, "until": "2999-01-01T00:00:00Z"})
    csv = town.owner.call("GET", f"{town.path}/tokens/balances/download")
    assert csv.headers["Content-Disposition"] == f'attachment; filename="balances-{town.id}-3.csv"'
    lines = csv.text.split("\r\n")
    assert lines[0] == "account_id,account,owner,member,balance"
    assert sorted(line.rsplit(",", 1)[1] for line in lines[1:-1]) == ["4", "6"]
    ledger = town.owner.call("GET", f"{town.path}/tokens/entries/download").text.split("\r\n")
    assert len(ledger) == 1 + 2 + 2 + 1 + 1
    assert sum('\'=1+1, ""so""' in line for line in ledger) == 2
    told = town.owner.call(
        "GET", f"{town.path}/tokens/entries/download", query_string={"format": "jsonl", "position": 2}
    )
    rows = [json.loads(line) for line in told.text.splitlines()]
    assert [
        (row["position"], row["amount"]) for row in sorted(rows, key=lambda r: (r["position"], r["amount"]))
    ] == [
        (1, -10),
        (1, 10),
        (2, -4),
        (2, 4),
    ]
    assert rows[-1]["reason"] == '=1+1, "so"'
    own = first.call("GET", f"{town.path}/tokens/me/statement/download").text.split("\r\n")
    assert [line.split(",")[3:5] for line in own[1:-1]] == [["10", "10"], ["-4", "6"], ["0", "6"]]
