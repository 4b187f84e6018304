"""Other people's readers take the files that we write, and find in them the votes that we wrote."""

from __future__ import annotations

import pytest
from pabulib.checker import Checker
from preflibtools.instances import get_parsed_instance

from app.domain.counting import Question
from app.domain.interchange.files import CountedVotes, FileFormat, write_votes

OPTIONS = {"mint": "Mint & Co.", "lime": "لیمو", "plum": "Plum, blue; really"}
COSTS = {"mint": 400, "lime": 250, "plum": 100}
NUMBERS = {name: place for place, name in enumerate(OPTIONS, 1)}


def votes(method, ballots, settings=None, **facts):
    question = Question(method, tuple(OPTIONS), 1, settings or {})
    return CountedVotes(question, ballots, ballots, OPTIONS, "Which flavour?", **facts)


def checked(path):
    """Return what Pabulib's own checker finds wrong with a file, and what it would warn of."""
    found = Checker().process_files([str(path)])
    assert found["metadata"]["processed"] == 1
    results = found[path.stem]["results"]
    return results["errors"], results["warnings"]


@pytest.mark.parametrize(
    ("method", "ballots", "winners", "settings"),
    [
        ("greedy_budget", {"mint,lime": 40, "plum": 2}, ("mint", "plum"), {}),
        ("equal_shares", {"mint,lime": 3, "lime,plum": 2, "plum": 1}, ("lime", "plum"), {"utility": "cost"}),
    ],
)
def test_pabulibs_checker_finds_nothing_wrong(method, ballots, winners, settings, tmp_path):
    made = votes(
        method,
        ballots,
        {"budget": 600, "costs": COSTS} | settings,
        winners=winners,
        opened_on="01.02.2026",
        closed_on="14.02.2026",
        community="Fizz",
    )
    path = tmp_path / "budget.pb"
    path.write_text(write_votes(FileFormat.PABULIB, made).text, encoding="utf-8")
    assert checked(path) == ({}, {})

    # And it does look: a vote for what does not stand in the file is found.
    path.write_text(
        path.read_text(encoding="utf-8").replace(";mint,lime\n", ";quince\n", 1), encoding="utf-8"
    )
    errors, _ = checked(path)
    assert errors


@pytest.mark.parametrize(
    ("ballots", "kind", "orders"),
    [
        (
            {"mint>lime>plum": 3, "lime>plum>mint": 2},
            "soc",
            {("mint", "lime", "plum"): 3, ("lime", "plum", "mint"): 2},
        ),
        ({"mint>lime>plum": 3, "lime": 2}, "soi", {("mint", "lime", "plum"): 3, ("lime",): 2}),
        ({"mint>lime=plum": 3}, "toc", {("mint", ("lime", "plum")): 3}),
        ({"mint=plum": 3, "lime>mint": 25}, "toi", {(("mint", "plum"),): 3, ("lime", "mint"): 25}),
    ],
)
def test_preflibs_reader_finds_the_rankings(ballots, kind, orders, tmp_path):
    written = write_votes(FileFormat.PREFLIB, votes("schulze", ballots))
    path = tmp_path / f"votes.{written.extension}"
    path.write_text(written.text, encoding="utf-8")
    read = get_parsed_instance(str(path))
    assert (read.data_type, read.num_voters) == (kind, sum(ballots.values()))
    assert list(read.alternatives_name.values()) == list(OPTIONS.values())
    expected = {
        tuple(
            tuple(sorted(NUMBERS[name] for name in ([rank] if isinstance(rank, str) else rank)))
            for rank in order
        ): weight
        for order, weight in orders.items()
    }
    assert {
        tuple(tuple(sorted(rank)) for rank in order): n for order, n in read.multiplicity.items()
    } == expected


def test_preflibs_reader_finds_the_approvals(tmp_path):
    written = write_votes(FileFormat.PREFLIB, votes("approval", {"mint,lime": 40, "plum": 2}))
    path = tmp_path / f"votes.{written.extension}"
    path.write_text(written.text, encoding="utf-8")
    read = get_parsed_instance(str(path))
    assert (read.data_type, read.num_voters) == ("cat", 42)
    assert read.multiplicity == {((1, 2), (3,)): 40, ((3,), (1, 2)): 2}
