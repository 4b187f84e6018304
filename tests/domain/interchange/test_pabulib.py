"""Pabulib: lenient reading, strict writing. What is written passes pabulib-checker 1.0.8 (checked by hand)."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.interchange.pabulib import (
    InvalidPabulib,
    PbElection,
    PbProject,
    PbVote,
    from_canonical,
    read_pabulib,
    write_pabulib,
)

# The cities' files lie beside the repository, never in it.
DATA = Path(__file__).parents[4] / "shared" / "data" / "pabulib"
FILES = sorted(DATA.glob("*.pb"))

META = {
    "description": "Flavour fund",
    "country": "Germany",
    "unit": "Althing",
    "instance": "2026",
    "rule": "greedy",
    "date_begin": "01.02.2026",
    "date_end": "14.02.2026",
}
TIDY = """META
key;value
description;Flavours
budget;600
vote_type;approval
PROJECTS
project_id;cost;votes;name;selected
mint;400;2;Mint;1
lime;250;1;"Lime; ""green""\";0
VOTES
voter_id;vote
1;mint
2;mint,lime
"""


def test_a_tidy_file_is_read():
    assert read_pabulib(TIDY) == PbElection(
        budget=600,
        vote_type="approval",
        projects=(
            PbProject("mint", 400, "Mint", 2, None, 1),
            PbProject("lime", 250, 'Lime; "green"', 1, None, 0),
        ),
        votes=(PbVote(("mint",)), PbVote(("mint", "lime"))),
        meta={"description": "Flavours"},
    )


def test_an_untidy_file_is_read_with_good_will():
    text = (
        "\ufeffmeta;;\r\nkey;value\r\nbudget;600.50\r\n\r\nnum_projects;99\r\n"
        "Projects\r\nproject_id; cost ;category\r\n a ; 250.5 ;sport,health\r\nb;10;\r\n"
        "VOTES\r\nvoter_id;vote;age\r\n7; b, a ;33\r\n8;;\r\n9;a,a\r\n"
    )
    election = read_pabulib(text)
    assert (election.budget, election.decimals) == (6005, 1)
    assert election.costs(("mint", "lime")) == {"mint": 2505, "lime": 100}
    assert election.canonical_ballots(("mint", "lime")) == {"mint,lime": 1, "": 1, "mint": 1}
    assert election.meta == {}


def test_points_and_rankings_become_canonical_text():
    head = (
        "META\nkey;value\nbudget;9\nvote_type;{}\nPROJECTS\nproject_id;cost\na;1\nb;2\n"
        "VOTES\nvoter_id;vote;points\n"
    )
    points = read_pabulib(head.format("cumulative") + "1;b,a;3,1\n2;a,b;2,0\n")
    assert points.canonical_ballots(("mint", "lime")) == {"mint:1,lime:3": 1, "mint:2": 1}
    ranking = read_pabulib(head.format("ordinal") + "1;b,a;\n2;b\n3;b,a,b\n")
    assert ranking.canonical_ballots(("mint", "lime")) == {"lime>mint": 2, "lime": 1}
    with pytest.raises(ValueError, match="1 option ids for 2 projects"):
        ranking.canonical_ballots(("mint",))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("META\n", "", "line 1: there is no section yet"),
        ("budget;600", "budget;six", 'META: budget: "six" is not an amount'),
        ("budget;600", "", 'META: budget: "" is not an amount'),
        ("mint;400", "mint;-1", 'line 8: "-1" is not an amount'),
        ("mint;400;2", "mint;400;two", 'line 8: "two" is not a whole number'),
        ("2;mint,lime", "2;mint,cola", 'line 13: there is no project "cola"'),
        ("approval", "shouting", '"shouting" is not a type of vote'),
        ("voter_id;vote\n1;mint", "voter_id;vote;points\n1;mint;1,2", "line 12: 2 numbers of points for 1"),
        ("voter_id;vote\n1;mint", "voter_id;vote;points\n1;mint;x", 'line 12: "x" is not a whole number'),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_line(old, new, message):
    assert old in TIDY
    with pytest.raises(InvalidPabulib, match=message):
        read_pabulib(TIDY.replace(old, new, 1))


def test_a_field_without_an_end_is_refused():
    with pytest.raises(InvalidPabulib, match="line 3: field larger"):
        read_pabulib(TIDY.replace("Flavours", '"' + "a" * 200_000, 1))


def made(ballots, **changed):
    facts = {
        "budget": 60_000,
        "costs": {"mint": 40_000, "lime": 25_000, "plum": 30_000},
        "names": {"mint": 'Mint; "fresh"\nleaves', "lime": "Lime"},
        "funded": ["lime"],
        "meta": META,
        "decimals": 2,
    }
    return from_canonical(("mint", "lime", "plum"), ballots, **facts | changed)


def test_writing_is_strict():
    assert write_pabulib(made({"mint,lime": 2, "plum": 1, "": 5})) == (
        "META\nkey;value\ndescription;Flavour fund\ncountry;Germany\nunit;Althing\ninstance;2026\nnum_projects;3\n"
        "num_votes;3\nbudget;600.00\nvote_type;approval\nrule;greedy\ndate_begin;01.02.2026\ndate_end;14.02.2026\n"
        'PROJECTS\nproject_id;cost;votes;name;selected\nmint;400.00;2;"Mint; ""fresh"" leaves";0\n'
        "lime;250.00;2;Lime;1\nplum;300.00;1;plum;0\nVOTES\nvoter_id;vote\n1;mint,lime\n2;mint,lime\n3;plum\n"
    )


def test_points_are_written_with_the_most_points_first():
    written = write_pabulib(made({"mint:3,lime:7": 1, "plum:10": 1}))
    assert "vote_type;cumulative" in written
    assert "project_id;cost;votes;score;name;selected\nplum;300.00;1;10;plum;0\n" in written
    assert written.endswith("voter_id;vote;points\n1;lime,mint;7,3\n2;plum;10\n")


def test_rankings_are_written_in_their_order():
    written = write_pabulib(made({"plum>mint": 1}))
    assert "vote_type;ordinal" in written
    assert written.endswith("VOTES\nvoter_id;vote\n1;plum,mint\n")


@pytest.mark.parametrize(
    "vote",
    [PbVote(()), PbVote(("mint", "mint")), PbVote(("cola",)), PbVote(("mint",), (3,))],
)
def test_votes_that_are_none_are_not_written(vote):
    with pytest.raises(ValueError, match=r"not (a vote|the points)"):
        write_pabulib(PbElection(1, "approval", (PbProject("mint", 1),), (vote,)))


OPTIONS = ("mint", "lime", "plum")
kinds = st.sampled_from(["approval", "ranking", "points"])


@st.composite
def ballots(draw):
    kind = draw(kinds)
    texts = {}
    for _ in range(draw(st.integers(1, 6))):
        if kind == "points":
            points = draw(st.dictionaries(st.sampled_from(OPTIONS), st.integers(1, 10), min_size=1))
            text = ",".join(f"{option}:{points[option]}" for option in OPTIONS if option in points)
        else:
            order = draw(st.lists(st.sampled_from(OPTIONS), unique=True, min_size=1))
            text = ">".join(order) if kind == "ranking" else ",".join(sorted(order, key=OPTIONS.index))
        texts[text] = draw(st.integers(1, 4))
    if kind == "ranking":
        texts["mint>lime"] = 1  # a file of single choices alone does not show that they are rankings
    return texts


@given(ballots(), st.text(st.characters(codec="utf-8"), max_size=12), st.integers(0, 3))
def test_what_is_written_reads_back_the_same(texts, name, decimals):
    written = write_pabulib(made(texts, names={"plum": f"x{name}x"}, decimals=decimals))
    again = read_pabulib(written)
    # Projects stand by support in the file, so the options are matched by id.
    option_ids = [project.id for project in again.projects]
    canonical = again.canonical_ballots(option_ids)
    assert {frozenset(text.split(",")) for text in canonical} == {
        frozenset(text.split(",")) for text in texts
    }
    assert sum(canonical.values()) == sum(texts.values())
    assert again.budget * 10**decimals == 60_000 * 10**again.decimals
    assert write_pabulib(again).count("\n") == written.count("\n")


# The files lie beside the repository, as said above: without them there is nothing to read.
@pytest.mark.skipif(not FILES, reason="the cities' files are not on this machine")
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_citys_file_survives_reading_and_writing(path):
    election = read_pabulib(path.read_text())
    again = read_pabulib(write_pabulib(election))
    assert (again.votes, again.meta, again.budget) == (election.votes, election.meta, election.budget)
    assert sorted(again.projects, key=str) == sorted(election.projects, key=str)
