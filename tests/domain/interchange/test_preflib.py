"""PrefLib: lenient reading, strict writing. preflibtools 2.0.33 reads what is written (checked by hand)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.interchange.preflib import (
    InvalidPreflib,
    PreflibElection,
    from_approvals,
    from_rankings,
    read_preflib,
    write_preflib,
)

OPTIONS = ("mint", "lime", "plum", "cola")
TIDY = """# FILE NAME: 00001-00000001.toi
# TITLE: Flavours: the vote
# DATA TYPE: toi
# NUMBER ALTERNATIVES: 3
# NUMBER VOTERS: 5
# NUMBER UNIQUE ORDERS: 2
# ALTERNATIVE NAME 1: Mint
# ALTERNATIVE NAME 2: Lime
# ALTERNATIVE NAME 3: Plum
3: 1,{3,2}
2: 2
"""


def test_a_tidy_file_is_read():
    election = read_preflib(TIDY)
    assert election == PreflibElection(
        names=("Mint", "Lime", "Plum"),
        ballots=((3, ((1,), (3, 2))), (2, ((2,),))),
        title="Flavours: the vote",
    )
    assert election.data_type == "toi"
    assert election.canonical_ballots(OPTIONS[:3]) == {"mint>lime=plum": 3, "lime": 2}
    with pytest.raises(ValueError, match="4 option ids for 3"):
        election.canonical_ballots(OPTIONS)


def test_an_untidy_file_is_read_with_good_will():
    text = (
        "\ufeff#title: T\r\n# alternative name 2: B\r\n\r\n# NUMBER ALTERNATIVES: 3\r\n"
        " 2 : { 1 , 2 } , 3 \r\n1: 3,\r\n1:\r\n"
    )
    assert read_preflib(text) == PreflibElection(
        names=("1", "B", "3"), ballots=((2, ((1, 2), (3,))), (1, ((3,),)), (1, ())), title="T"
    )


def test_categories_are_read_and_the_first_is_the_approved_one():
    text = (
        "# NUMBER CATEGORIES: 2\n# CATEGORY NAME 1: Yes\n# CATEGORY NAME 2: No\n# NUMBER ALTERNATIVES: 3\n"
        "4: {1,3},2\n2: {},{1,2,3}\n1: {1,2,3}\n"
    )
    election = read_preflib(text)
    assert election.categories == ("Yes", "No")
    assert election.data_type == "cat"
    assert election.canonical_ballots(OPTIONS[:3]) == {"mint,plum": 4, "": 2, "mint,lime,plum": 1}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("# NUMBER ALTERNATIVES: 2\n1: 3\n", "line 2: there is no alternative 3"),
        ("# NUMBER ALTERNATIVES: 2\n1: 0\n", "line 2: there is no alternative 0"),
        ("# NUMBER ALTERNATIVES: 2\n1: 1,{2,1}\n", "line 2: an alternative stands twice"),
        ("1,2\n", 'line 1: "1,2" does not begin with a count'),
        ("0: 1\n", "does not begin with a count"),
        ("# NUMBER ALTERNATIVES: 2\n1: {1,2\n", 'line 2: "{1,2" is not a place'),
        ("# NUMBER ALTERNATIVES: 2\n1: 1;2\n", 'line 2: "1;2" is not a place'),
        ("# NUMBER ALTERNATIVES: 2\n1: 1,,2\n", 'line 2: ",2" is not a place'),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_line(text, message):
    with pytest.raises(InvalidPreflib, match=message):
        read_preflib(text)


@pytest.mark.parametrize(
    ("ballots", "data_type"),
    [
        ({"mint>lime>plum>cola": 1}, "soc"),
        ({"mint>lime": 1, "cola": 1}, "soi"),
        ({"mint=lime>plum=cola": 1}, "toc"),
        ({"mint=lime": 1}, "toi"),
    ],
)
def test_the_strictest_extension_that_fits_is_named(ballots, data_type):
    election = from_rankings(OPTIONS, ballots, names={}, title="")
    assert election.data_type == data_type
    assert f"# DATA TYPE: {data_type}\n" in write_preflib(election)


def test_writing_is_strict():
    election = from_rankings(
        OPTIONS[:3],
        {"plum>mint=lime": 10**24, "lime": 2, "": 7},
        names={"mint": "Mint\nCo."},
        title="Flavours",
    )
    assert write_preflib(election, file_name="flavours.toi", published="2026-02-14") == (
        "# FILE NAME: flavours.toi\n# TITLE: Flavours\n# DESCRIPTION:\n# DATA TYPE: toi\n"
        "# MODIFICATION TYPE: original\n# RELATES TO:\n# RELATED FILES:\n# PUBLICATION DATE: 2026-02-14\n"
        "# MODIFICATION DATE: 2026-02-14\n# NUMBER ALTERNATIVES: 3\n# NUMBER VOTERS: 1000000000000000000000002\n"
        "# NUMBER UNIQUE ORDERS: 2\n# ALTERNATIVE NAME 1: Mint Co.\n# ALTERNATIVE NAME 2: lime\n"
        "# ALTERNATIVE NAME 3: plum\n1000000000000000000000000: 3,{1,2}\n2: 2\n"
    )


def test_approvals_are_written_as_categories():
    written = write_preflib(from_approvals(OPTIONS[:3], {"mint,plum": 3, "": 1}, names={}, title="T"))
    assert "# NUMBER UNIQUE PREFERENCES: 2\n# NUMBER CATEGORIES: 2\n# CATEGORY NAME 1: Approved\n" in written
    assert written.endswith("3: {1,3},2\n1: {},{1,2,3}\n")


@pytest.mark.parametrize("ballot", [(0, ((1,),)), (1, ((3,),)), (1, ((1,), (1,))), (1, ((1,), (2,), ()))])
def test_ballots_that_are_none_are_not_written(ballot):
    with pytest.raises(ValueError, match="not a ballot"):
        write_preflib(PreflibElection(("a", "b"), (ballot,), categories=("x", "y")))


rankings = st.lists(st.sampled_from(OPTIONS), unique=True, min_size=1).flatmap(
    lambda order: st.lists(st.sampled_from(">="), min_size=len(order) - 1, max_size=len(order) - 1).map(
        lambda joins: "".join(option + join for option, join in zip(order, [*joins, ""], strict=True))
    )
)
names = st.dictionaries(st.sampled_from(OPTIONS), st.text(st.characters(codec="utf-8"), max_size=9))


def sorted_ranks(text):
    ranks = [sorted(rank.split("="), key=OPTIONS.index) for rank in text.split(">")]
    return ">".join("=".join(rank) for rank in ranks)


@given(
    st.dictionaries(rankings.map(sorted_ranks), st.integers(1, 10**24), min_size=1),
    names,
    st.text(max_size=9),
)
def test_rankings_come_back_the_same(ballots, named, title):
    written = write_preflib(from_rankings(OPTIONS, ballots, names=named, title=title))
    again = read_preflib(written)
    assert again.canonical_ballots(OPTIONS) == ballots
    assert write_preflib(again).splitlines()[4:] == written.splitlines()[4:]


approvals = st.sets(st.sampled_from(OPTIONS)).map(
    lambda chosen: ",".join(option for option in OPTIONS if option in chosen)
)


@given(st.dictionaries(approvals, st.integers(1, 10**24), min_size=1), names)
def test_approvals_come_back_the_same(ballots, named):
    written = write_preflib(from_approvals(OPTIONS, ballots, names=named, title=""))
    assert read_preflib(written).canonical_ballots(OPTIONS) == ballots
