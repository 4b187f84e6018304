"""ABIF: lenient reading, strict writing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.interchange.abif import (
    AbifBallot,
    AbifElection,
    InvalidAbif,
    from_canonical,
    read_abif,
    write_abif,
)

OPTIONS = ("mint", "lime", "plum", "1-a")
SAME = {option: option for option in OPTIONS}


def test_tennessee_is_read():
    election = read_abif(
        '{"title": "Capital of Tennessee"}\n=Memph:[Memphis]\n=Nash:[Nashville]\n=Chat:[Chattanooga]\n'
        "=Knox:[Knoxville]\n42:Memph/5>Nash/2>Chat/1=Knox/1\n26:Nash>Chat>Knox>Memph\n"
    )
    assert election.title == "Capital of Tennessee"
    assert election.names == {
        "Memph": "Memphis",
        "Nash": "Nashville",
        "Chat": "Chattanooga",
        "Knox": "Knoxville",
    }
    assert election.ballots[0] == AbifBallot(
        42,
        (("Memph",), ("Nash",), ("Chat", "Knox")),
        (("Memph", 5), ("Nash", 2), ("Chat", 1), ("Knox", 1)),
    )
    options = {"Memph": "m", "Nash": "n", "Chat": "c", "Knox": "k"}
    assert election.canonical_rankings(options) == {"m>n>c=k": 42, "n>c>k>m": 26}


def test_an_untidy_file_is_read_with_good_will():
    election = read_abif(
        '\ufeff# a comment\r\n{title: no JSON}\r\n{"title": 3}\r\n\r\n'
        "=DGM : [Doña García # Márquez]  # known\r\n"
        '"Sue Ye":[Sue Ye (蘇業)]\r\n'
        '27 : DGM/5, "Sue Ye"/2,[Adam Muñoz]/0 # scores in any order\r\n'
        "3: DGM\r\n2: X*4, DGM*6\r\n"
    )
    assert election.title == ""
    assert election.names == {
        "DGM": "Doña García # Márquez",
        "Sue Ye": "Sue Ye (蘇業)",
        "Adam Muñoz": "Adam Muñoz",
        "X": "X",
    }
    assert election.ballots[0].ranks == (("DGM",), ("Sue Ye",), ("Adam Muñoz",))
    assert election.ballots[1] == AbifBallot(3, (("DGM",),))
    assert election.ballots[2].ranks == (("DGM",), ("X",))


def test_scores_between_commas_say_the_order_and_equal_ones_share_a_rank():
    (ballot,) = read_abif("4:a/1,b/3,c/1").ballots
    assert ballot.ranks == (("b",), ("a", "c"))
    (without,) = read_abif("4:a,b/3").ballots
    assert without.ranks == (("a", "b"),)


def test_a_line_is_read_as_approvals_or_scores_where_it_is_wanted():
    election = read_abif("3:plum=mint\n2:lime/4>mint/0\n")
    assert election.canonical_approvals(SAME) == {"mint,plum": 3, "mint,lime": 2}
    assert election.canonical_scores(SAME) == {"": 3, "lime:4": 2}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("mint > lime", 'line 1: "mint > lime" is neither'),
        ("3:", "line 1: .* is not a candidate"),
        ("3:mint>", "line 1: .* is not a candidate"),
        ("3:mint>>lime", 'line 1: ">lime" is not a candidate'),
        ("3:mint lime", 'line 1: "mint lime" is not a candidate'),
        ("3:mint/x", 'line 1: "mint/x" is not a candidate'),
        ("# fine\n3:mint=mint", 'line 2: "mint" stands twice'),
        ("0:mint", "line 1: a line stands for at least one"),
        ("1.5:mint", 'line 1: "1.5:mint" is not a candidate|neither'),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_line(text, message):
    if text.startswith("1.5"):
        # A token of digits and a point can only be a candidate that is declared.
        assert read_abif(text).names == {"1.5": "mint"}
        return
    with pytest.raises(InvalidAbif, match=message):
        read_abif(text)


def test_writing_is_strict():
    election = from_canonical(
        OPTIONS,
        {"plum>mint=lime": 10**24, "1-a": 2, "": 9},
        names={"mint": "Mint [the]\nleaf", "lime": 'The "Lime"'},
        title="Flavours",
    )
    assert write_abif(election) == (
        '{"title": "Flavours"}\n=mint:[Mint (the) leaf]\n=lime:[The "Lime"]\n=plum:[plum]\n="1-a":[1-a]\n'
        '2:"1-a"\n1000000000000000000000000:plum>mint=lime\n'
    )


def test_scores_and_approvals_are_written():
    scores = from_canonical(OPTIONS, {"mint:1,lime:5": 3}, names={}, title="")
    assert write_abif(scores).endswith("\n3:mint/1,lime/5\n")
    approvals = from_canonical(OPTIONS, {"mint,lime": 3}, names={}, title="")
    assert write_abif(approvals).endswith("\n3:mint=lime\n")


@pytest.mark.parametrize(
    "ballot",
    [
        AbifBallot(0, (("mint",),)),
        AbifBallot(1, ()),
        AbifBallot(1, (("x",),)),
        AbifBallot(1, (("mint",), ("mint",))),
    ],
)
def test_ballots_that_are_none_are_not_written(ballot):
    with pytest.raises(ValueError, match="not a ballot"):
        write_abif(AbifElection({"mint": "Mint"}, (ballot,)))


names = st.dictionaries(
    st.sampled_from(OPTIONS), st.text(st.characters(codec="utf-8"), min_size=1, max_size=9)
)
counts = st.integers(1, 10**24)
rankings = st.lists(st.sampled_from(OPTIONS), unique=True, min_size=1).map(">".join)
approvals = st.sets(st.sampled_from(OPTIONS), min_size=1).map(
    lambda chosen: ",".join(option for option in OPTIONS if option in chosen)
)
scores = st.dictionaries(st.sampled_from(OPTIONS), st.integers(-5, 9).filter(bool), min_size=1).map(
    lambda given: ",".join(f"{option}:{given[option]}" for option in OPTIONS if option in given)
)


@given(st.dictionaries(rankings, counts), names, st.text('aÄ"\\{}#[]:', max_size=9))
def test_rankings_come_back_the_same(ballots, named, title):
    written = write_abif(from_canonical(OPTIONS, ballots, names=named, title=title))
    again = read_abif(written)
    assert again.canonical_rankings(SAME) == ballots
    assert again.title == title
    assert write_abif(again) == written


@given(st.dictionaries(approvals, counts), st.dictionaries(scores, counts))
def test_approvals_and_scores_come_back_the_same(approved, scored):
    written = write_abif(from_canonical(OPTIONS, approved, names={}, title=""))
    assert read_abif(written).canonical_approvals(SAME) == approved
    written = write_abif(from_canonical(OPTIONS, scored, names={}, title=""))
    assert read_abif(written).canonical_scores(SAME) == scored
