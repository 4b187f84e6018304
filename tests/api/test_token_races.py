"""Tokens spent at once: what there is goes out once, and whatever is said to have gone has gone."""

from __future__ import annotations

import functools

import sqlalchemy as sa

from app.models.tokens import TokenEntry, TokenPosting
from tests.support.races import answers_at_once
from tests.support.tokens import balance, give, issue, member, token_town, treasury

#: Whoever waits longer than the database lets a lock be waited for is told to come again.
LATE = {503}


def transfer(person, town, to, amount):
    body = {"to": member(town, to), "amount": amount}
    return functools.partial(person.call, "POST", f"{town.path}/tokens/transfers", body)


def test_of_many_who_spend_the_whole_balance_one_does(portal):
    town = token_town(portal, members=3)
    first, *others = town.members
    give(town, (first, 10))
    answers = answers_at_once([transfer(first, town, others[turn % 2], 10) for turn in range(8)])
    statuses = [answer.status_code for answer in answers]
    assert statuses.count(201) == 1
    assert set(statuses) <= {201, 409} | LATE
    problems = {answer.get_json()["type"] for answer in answers if answer.status_code == 409}
    assert problems <= {"/problems/not-available"}
    assert balance(town, first) == 0
    assert sum(balance(town, other) for other in others) == 10


def test_transfers_in_a_ring_and_both_ways_neither_stop_each_other_nor_lose_anything(portal, units):
    town = token_town(portal, members=4)
    give(town, *((person, 100) for person in town.members))
    ring = [(town.members[n], town.members[(n + 1) % 4]) for n in range(4)]
    calls = [transfer(payer, town, payee, 1) for _ in range(2) for payer, payee in ring]
    calls += [transfer(payee, town, payer, 1) for _ in range(2) for payer, payee in ring]
    statuses = [answer.status_code for answer in answers_at_once(calls)]
    assert set(statuses) <= {201} | LATE
    assert statuses.count(201) >= 8
    assert sum(balance(town, person) for person in town.members) == 400
    with units.read() as session:
        positions = session.scalars(sa.select(TokenEntry.position).order_by(TokenEntry.position)).all()
        assert positions == list(range(1, 4 + statuses.count(201) + 1))
        assert session.scalar(sa.select(sa.func.sum(TokenPosting.amount))) == 0


def test_issuing_burning_and_moving_at_once_come_to_the_supply(portal):
    town = token_town(portal)
    first, second = town.members
    treasury(town, 50)
    give(town, (first, 50))
    path = f"{town.path}/tokens"
    call = functools.partial
    prize = {"from": "treasury", "to": member(town, second), "amount": 2}
    calls = [
        call(town.owner.call, "POST", f"{path}/issues", {"to": "treasury", "amount": 7}),
        call(town.owner.call, "POST", f"{path}/burns", {"from": "treasury", "amount": 3, "reason": "So"}),
        call(town.owner.call, "POST", f"{path}/transfers", prize),
        call(first.call, "POST", f"{path}/me/burns", {"amount": 5}),
        call(town.owner.call, "POST", f"{path}/imports", f"account,amount\n{member(town, first)},11\n"),
        transfer(first, town, second, 4),
    ]
    changes = (7, -3, 0, -5, 11, 0)
    done = [answer.status_code == 201 for answer in answers_at_once(calls)]
    totals = town.owner.ok("GET", path)
    assert totals["supply"] == 100 + sum(change for change, made in zip(changes, done, strict=True) if made)
    assert totals["supply"] == totals["members"] + totals["treasury"]
    assert sum(done) >= 3


def test_a_first_account_is_made_once_however_many_pay_into_it(portal):
    town = token_town(portal, members=4)
    *payers, payee = town.members
    give(town, *((person, 5) for person in payers))
    calls = [transfer(person, town, payee, 1) for person in payers for _ in range(2)]
    statuses = [answer.status_code for answer in answers_at_once(calls)]
    assert set(statuses) <= {201} | LATE
    assert balance(town, payee) == statuses.count(201)
    assert len(payee.ok("GET", f"{town.path}/tokens/me")["accounts"]) == 1


def test_an_account_is_assigned_once(portal):
    town = token_town(portal, members=4)
    made = town.owner.ok("POST", f"{town.path}/tokens/accounts", {"name": "x", "owner": "nobody"})
    issue(town, "x", 5)
    path = f"{town.path}/tokens/accounts/{made['id']}/assignment"
    calls = [
        functools.partial(town.owner.call, "POST", path, {"membership_id": member(town, person)})
        for person in town.members
    ]
    statuses = [answer.status_code for answer in answers_at_once(calls)]
    assert statuses.count(200) == 1
    assert set(statuses) <= {200, 409} | LATE
    assert sum(balance(town, person) for person in town.members) == 5
