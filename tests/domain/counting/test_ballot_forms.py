"""What a voter may send under each ballot form, and its one canonical text."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.counting import METHODS, InvalidVote, Question, canonical, check_question, parse, to_choice
from app.domain.counting.forms.rankings import WeakRanking

OPTIONS = ("mint", "lime", "plum")
CANONICAL = re.compile(r"[a-z0-9_:,=>-]*")


def question(method, **settings):
    stated = dict(METHODS[method].settings_example) | settings
    return Question(method, () if method == "yes_no" else OPTIONS, settings=stated)


def weak(**settings):
    return Question("ranked", OPTIONS, settings={"min": 1, "max": None} | settings)


@pytest.mark.parametrize(
    ("asked", "choice", "text"),
    [
        (question("yes_no"), "for", "for"),
        (question("yes_no"), "abstain", "abstain"),
        (question("plurality"), "lime", "lime"),
        (question("plurality", min=0), None, ""),
        (question("approval"), ["plum", "mint"], "mint,plum"),
        (question("approval"), ["lime"], "lime"),
        (question("approval", min=0), [], ""),
        (question("irv"), ["plum", "mint", "lime"], "plum>mint>lime"),
        (question("irv"), ["plum"], "plum"),
        (question("stv", min=0), [], ""),
    ],
)
def test_a_choice_has_one_text_and_comes_back_from_it(asked, choice, text):
    check_question(asked)
    assert canonical(asked, choice) == text
    assert canonical(asked, to_choice(asked, text)) == text


@pytest.mark.parametrize(
    ("asked", "choice", "errors"),
    [
        (question("yes_no"), "yes", [("", 'must be "for", "against" or "abstain"')]),
        (question("yes_no"), None, [("", 'must be "for", "against" or "abstain"')]),
        (question("yes_no"), True, [("", 'must be "for", "against" or "abstain"')]),
        (question("plurality"), "cola", [("", '"cola" is not an option of this ballot')]),
        (question("plurality"), None, [("", "choose one option; this ballot takes no blank votes")]),
        (question("plurality"), ["mint"], [("", "must be an option id (a string)")]),
        (question("approval"), "mint", [("", "must be a list of option ids")]),
        (question("approval"), [], [("", "approve at least 1 options; this ballot has 0")]),
        (
            question("approval", max=1),
            ["mint", "lime"],
            [("", "approve at most 1 options; this ballot has 2")],
        ),
        (
            question("approval"),
            ["mint", "cola", "mint"],
            [("/1", '"cola" is not an option of this ballot'), ("/2", '"mint" is already at place 1')],
        ),
        (question("approval"), ["mint", 3], [("/1", "must be an option id (a string)")]),
        (question("irv"), {"mint": 1}, [("", "must be a list of option ids, the most preferred first")]),
        (question("irv"), ["mint", "mint"], [("/1", '"mint" already has rank 1')]),
        (
            question("irv"),
            ["plum", ["mint", "lime"]],
            [("/1", "rank 2 holds 2 options; this method takes one option a rank")],
        ),
        (question("irv"), ["plum", []], [("/1", "rank 2 is empty; leave it out")]),
        (question("stv", min=2), ["plum"], [("", "rank at least 2 options; this ballot has 1")]),
        (question("irv"), [["mint"], ["cola"]], [("/1/0", '"cola" is not an option of this ballot')]),
    ],
)
def test_an_invalid_choice_is_refused_with_the_place_and_the_reason(asked, choice, errors):
    with pytest.raises(InvalidVote) as refused:
        canonical(asked, choice)
    assert refused.value.errors == errors


def test_a_choice_longer_than_the_ballot_gets_one_complaint_and_not_a_million():
    with pytest.raises(InvalidVote) as refused:
        canonical(question("irv"), ["cola"] * 100_000)
    assert len(refused.value.errors) == 1


def test_equal_ranks_have_one_text_in_the_order_of_the_options():
    form = WeakRanking()
    assert form.canonical(weak(), ["plum", ["lime", "mint"]]) == "plum>mint=lime"
    assert form.canonical(weak(), [["plum"], "mint"]) == "plum>mint"
    assert form.reader(weak())("plum>mint=lime") == (("plum",), ("mint", "lime"))
    assert form.to_choice(weak(), "plum>mint=lime") == ["plum", ["mint", "lime"]]
    assert form.reader(weak(min=0))("") == ()


@pytest.mark.parametrize(
    ("choice", "errors"),
    [
        ([["mint", "mint"]], [("/0/1", '"mint" stands twice in rank 1')]),
        (["mint", ["lime", "mint"]], [("/1", '"mint" already has rank 1')]),
        ([["mint", "cola"]], [("/0/1", '"cola" is not an option of this ballot')]),
        ([[["mint"]]], [("/0/0", "must be an option id (a string)")]),
        ([], [("", "rank at least 1 options; this ballot has 0")]),
    ],
)
def test_an_invalid_weak_ranking_is_refused(choice, errors):
    with pytest.raises(InvalidVote) as refused:
        WeakRanking().canonical(weak(), choice)
    assert refused.value.errors == errors


@pytest.mark.parametrize(
    "text", ["lime=mint", "mint>mint", "mint>", "cola", "mint=mint", "", "mint=", ">mint"]
)
def test_a_weak_ranking_reads_no_text_but_the_canonical_one(text):
    with pytest.raises(InvalidVote):
        WeakRanking().reader(weak())(text)


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        (question("yes_no"), ""),
        (question("yes_no"), "For"),
        (question("plurality"), ""),
        (question("plurality"), "cola"),
        (question("approval"), "plum,mint"),
        (question("approval"), "mint,mint"),
        (question("approval"), "mint,"),
        (question("approval"), "mint, lime"),
        (question("approval", max=1), "mint,lime"),
        (question("irv"), "mint>mint"),
        (question("irv"), "mint>cola"),
        (question("irv"), "mint=lime"),
        (question("irv"), ""),
        (question("stv", min=2), "mint"),
    ],
)
def test_a_text_no_choice_could_have_made_is_refused(asked, text):
    with pytest.raises(InvalidVote, match="canonical"):
        parse(asked, text)


@pytest.mark.parametrize("name", METHODS)
def test_the_example_choice_of_every_method_is_valid_and_its_text_safe(name):
    asked = question(name)
    text = canonical(asked, METHODS[name].choice_example)
    assert CANONICAL.fullmatch(text)
    assert parse(asked, text)


@pytest.mark.parametrize("name", METHODS)
def test_every_method_describes_its_choice_with_and_without_a_question(name):
    method = METHODS[name]
    assert method.choice_schema(None)
    assert method.choice_schema(question(name))


@given(st.permutations(OPTIONS), st.integers(0, 3), st.lists(st.booleans(), min_size=3, max_size=3))
def test_every_weak_ranking_returns_from_its_text(order, length, joined):
    groups = []
    for option, join in zip(order[:length], joined, strict=False):
        if groups and join:
            groups[-1].append(option)
        else:
            groups.append([option])
    form, asked = WeakRanking(), weak(min=0)
    text = form.canonical(asked, groups)
    assert [frozenset(group) for group in form.reader(asked)(text)] == [frozenset(group) for group in groups]
    assert form.canonical(asked, form.to_choice(asked, text)) == text
