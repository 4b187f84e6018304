"""One member's chain in sentences."""

import itertools

import pytest

from app.domain.delegation import DelegationCap, Roll, explain, foresee, resolve
from tests.domain.delegation.graphs import CLOSE, gives

PEOPLE = {"a": "Ada", "b": "Ben", "c": "Cleo"}
SINCE = "given 2026-11-18T08:00:00.000Z"
LEFT = "the weight of 2 is not counted."
TO_BEN = f"Ada did not vote and delegated to Ben (for the whole community, {SINCE})."

CASES = {
    "voted": ([], "a", ["Ada voted; the vote counts with a weight of 2."]),
    "carries": (
        [gives("b", "a"), gives("c", "b")],
        "a",
        ["Ada voted; the vote counts with a weight of 6, of which 4 was delegated."],
    ),
    "delegated": (
        [gives("a", "b"), gives("b", "c", "ballot")],
        "c",
        [
            TO_BEN,
            f"Ben did not vote and delegated to Cleo (for this ballot, {SINCE}).",
            "Cleo voted and carries the weight of 2.",
        ],
    ),
    "no vote": ([], "b", [f"Ada neither voted nor delegated; {LEFT}"]),
    "opted out": (
        [gives("a", None, "ballot")],
        "b",
        [
            (
                "Ada did not vote and lets nobody else do it (for this ballot, since 2026-11-18T08:00:00.000Z); "
                f"{LEFT}"
            )
        ],
    ),
    "expired": (
        [gives("a", "b", expires=-1)],
        "b",
        [f"Ada did not vote, and the delegation had expired; {LEFT}"],
    ),
    "revoked": (
        [gives("a", "b", revoked=-1)],
        "b",
        [f"Ada did not vote and had revoked the delegation; {LEFT}"],
    ),
    "nobody voted": ([gives("a", "b")], "", [TO_BEN, f"There the chain ends, and Ben did not vote; {LEFT}"]),
    "circle": (
        [gives("a", "b"), gives("b", "a")],
        "",
        [
            TO_BEN,
            f"Ben did not vote and delegated to Ada (for the whole community, {SINCE}).",
            f"There the chain comes back to Ada, and nobody in that circle voted; {LEFT}",
        ],
    ),
    "off the roll": (
        [gives("a", "stranger", "group")],
        "b",
        [
            (
                "Ada did not vote and delegated to someone without a vote in this ballot "
                f"(for this group, {SINCE})."
            ),
            f"There the chain ends; {LEFT}",
        ],
    ),
}


@pytest.mark.parametrize(("delegations", "cast", "told"), CASES.values(), ids=CASES)
def test_each_outcome_is_told_in_sentences(delegations, cast, told):
    roll = Roll.of((name, 2) for name in "abc")
    assert explain(resolve(roll, delegations, cast, CLOSE), "a", PEOPLE) == told


def test_a_returned_weight_is_told_with_the_cap_in_the_members_units():
    roll = Roll.of([("a", 250), ("b", 100)])
    resolution = resolve(roll, [gives("a", "b")], "b", CLOSE, DelegationCap(weight=150))
    assert explain(resolution, "a", PEOPLE, decimals=2)[-1] == (
        "Ben voted but may carry no more than 1.5 of others; the weight of 2.5 was returned to Ada, who did not "
        "vote, and is not counted."
    )


def test_a_long_chain_is_summed_up():
    names = [f"{number:03}" for number in range(101)]
    chain = [gives(one, other) for one, other in itertools.pairwise(names)]
    resolution = resolve(Roll.of((name, 1) for name in names), chain, ["100"], CLOSE)
    told = explain(resolution, "000", {})
    assert len(told) == 22
    assert told[20] == "80 further delegations follow."


UNLESS = "the weight of 2 is not counted."
FIRST = "The first along it who votes carries the weight of 2; if nobody does, it is not counted."
AT_ANY_TIME = "A vote of Ada takes the weight back at any time before 2026-11-22T12:00:00.000Z."
BEN = f"Ada delegates to Ben (for the whole community, {SINCE})."

FORESEEN = {
    "voted": (
        [gives("a", "b")],
        "a",
        [
            (
                "Ada has voted; that vote counts, whatever Ada has delegated, and carries what others delegate "
                "to Ada."
            )
        ],
    ),
    "delegated": (
        [gives("a", "b")],
        "b",
        [BEN, "Ben has voted and would carry the weight of 2.", AT_ANY_TIME],
    ),
    "nothing yet": ([], "b", [f"Ada has neither voted nor delegated; unless that changes, {UNLESS}"]),
    "opted out": (
        [gives("a", None, "ballot")],
        "b",
        [
            (
                "Ada lets nobody else vote (for this ballot, since 2026-11-18T08:00:00.000Z); unless Ada votes, "
                f"{UNLESS}"
            )
        ],
    ),
    "ends too early": (
        [gives("a", "b", expires=-1)],
        "b",
        [f"The delegation ends before voting does; unless Ada votes or delegates anew, {UNLESS}"],
    ),
    "revoked": (
        [gives("a", "b", revoked=-1)],
        "b",
        [f"The delegation was revoked; unless Ada votes or delegates anew, {UNLESS}"],
    ),
    "nobody has voted": ([gives("a", "b")], "", [BEN, f"There the chain ends. {FIRST}", AT_ANY_TIME]),
    "circle": (
        [gives("a", "b"), gives("b", "a")],
        "",
        [
            BEN,
            f"Ben delegates to Ada (for the whole community, {SINCE}).",
            f"There the chain comes back to Ada. {FIRST}",
            AT_ANY_TIME,
        ],
    ),
    "off the roll": (
        [gives("a", "stranger")],
        "b",
        [
            f"Ada delegates to someone without a vote in this ballot (for the whole community, {SINCE}).",
            f"There the chain ends. {FIRST}",
            AT_ANY_TIME,
        ],
    ),
}


@pytest.mark.parametrize(("delegations", "cast", "sentences"), FORESEEN.values(), ids=FORESEEN)
def test_a_member_is_told_beforehand_what_would_become_of_their_weight(delegations, cast, sentences):
    roll = Roll.of((name, 2) for name in "abc")
    assert foresee(resolve(roll, delegations, cast, CLOSE), "a", PEOPLE) == sentences


def test_under_a_cap_it_is_told_beforehand_what_a_delegate_may_carry():
    roll = Roll.of((name, 2) for name in "abc")
    resolution = resolve(roll, [gives("a", "b")], "b", CLOSE, DelegationCap(weight=3))
    assert foresee(resolution, "a", PEOPLE)[-1].startswith("No delegate may carry more than 3 of others;")
    assert len(foresee(resolution, "b", PEOPLE)) == 1
