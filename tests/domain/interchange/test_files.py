"""One door to the formats of other people's counting programs."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import counting
from app.domain.counting import METHODS, Question
from app.domain.interchange.files import (
    CountedVotes,
    FileFormat,
    NotWritable,
    Unreadable,
    VoteForm,
    formats_of,
    read_votes,
    write_votes,
)

OPTIONS = ("mint", "lime", "plum")
NAMES = {"mint": "Mint & Co.", "lime": "لیمو", "plum": "Plum, blue"}
RANKINGS = {"mint>lime=plum": 40, "plum": 2, "lime>mint>plum": 25}
APPROVALS = {"mint,lime": 40, "plum": 2}
SCORES = {"mint:5,lime:3": 40, "plum:1": 2}


def votes(method: str, ballots: dict[str, int], **facts) -> CountedVotes:
    made = CountedVotes(
        Question(method, OPTIONS, facts.pop("seats", 1), facts.pop("settings", {})),
        ballots,
        ballots,
        NAMES,
        "Which flavour?",
    )
    return dataclasses.replace(made, **facts)


def budget(**facts) -> CountedVotes:
    return votes(
        "greedy_budget",
        APPROVALS,
        settings={"budget": 600, "costs": {"mint": 400, "lime": 250, "plum": 100}},
        winners=("mint", "plum"),
        opened_on="01.02.2026",
        closed_on="14.02.2026",
        community="Fizz",
        **facts,
    )


@pytest.mark.parametrize(
    ("method", "form", "ballots", "said"),
    [
        ("stv", FileFormat.BLT, RANKINGS, VoteForm.RANKING),
        ("stv", FileFormat.PREFLIB, RANKINGS, VoteForm.RANKING),
        ("schulze", FileFormat.ABIF, RANKINGS, VoteForm.RANKING),
        ("approval", FileFormat.PREFLIB, APPROVALS, VoteForm.APPROVAL),
        ("pav", FileFormat.ABIF, APPROVALS, VoteForm.APPROVAL),
        ("score", FileFormat.ABIF, SCORES, VoteForm.SCORE),
        ("quadratic", FileFormat.ABIF, SCORES, VoteForm.SCORE),
    ],
)
def test_what_is_written_reads_back_as_the_same_votes(method, form, ballots, said):
    read = read_votes(form, write_votes(form, votes(method, ballots)).text)
    back = dict(zip(read.names, OPTIONS, strict=True))  # numbered where the format has no ids

    def renamed(text: str) -> str:
        for theirs, ours in back.items():
            text = text.replace(theirs, ours)
        return text

    assert read.form is said
    assert list(read.names.values()) == list(NAMES.values())
    assert {renamed(text): weight for text, weight in read.ballots.items()} == ballots


def test_a_budget_is_written_with_its_costs_and_reads_back():
    read = read_votes(FileFormat.PABULIB, write_votes(FileFormat.PABULIB, budget()).text)
    assert (read.form, dict(read.ballots)) == (VoteForm.APPROVAL, APPROVALS)
    assert read.settings == {"budget": 600, "costs": {"mint": 400, "lime": 250, "plum": 100}}
    assert read.title == "Which flavour?"


@pytest.mark.parametrize(
    ("made", "form", "why"),
    [
        (votes("yes_no", {"for": 3}), FileFormat.ABIF, "can be written as: none"),
        (votes("majority_judgment", {"mint:good": 3}), FileFormat.ABIF, "can be written as: none"),
        (votes("approval", APPROVALS), FileFormat.BLT, "can be written as: preflib, abif"),
        (budget(heads=None), FileFormat.PABULIB, "no weights"),
    ],
)
def test_what_a_format_has_no_words_for_is_refused_with_the_reason(made, form, why):
    with pytest.raises(NotWritable, match=why):
        write_votes(form, made)


def test_every_method_says_which_formats_hold_its_votes():
    without = {name for name in METHODS if not formats_of(name)}
    assert without == {"yes_no", "majority_judgment"}


@pytest.mark.parametrize("form", FileFormat)
def test_what_is_no_file_is_refused_with_the_place(form):
    with pytest.raises(Unreadable, match=r".+"):
        read_votes(form, "{<not a file>}\n:::\n")


@given(form=st.sampled_from(FileFormat), text=st.text(max_size=200))
def test_any_text_is_read_or_refused(form, text):
    try:
        read = read_votes(form, text)
    except Unreadable:
        return
    assert all(weight >= 1 for weight in read.ballots.values())


def test_names_of_a_file_that_can_be_option_ids_are_kept():
    read = read_votes(FileFormat.ABIF, "3: mint>lime\n2: lime\n")
    assert (list(read.names), dict(read.ballots)) == (["mint", "lime"], {"mint>lime": 3, "lime": 2})


def test_a_file_counts_as_the_ballot_did():
    question = Question("schulze", OPTIONS)
    written = write_votes(FileFormat.ABIF, votes("schulze", RANKINGS))
    read = read_votes(FileFormat.ABIF, written.text)
    ties = counting.StatedOrder(OPTIONS)
    assert counting.count(question, dict(read.ballots), tie_order=ties) == counting.count(
        question, RANKINGS, tie_order=ties
    )
