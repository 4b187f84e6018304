"""BLT: lenient reading, strict writing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.interchange.blt import (
    BltBallot,
    BltElection,
    InvalidBlt,
    from_canonical,
    read_blt,
    write_blt,
)

OPTIONS = ("mint", "lime", "plum")


def test_a_tidy_file_is_read():
    election = read_blt('3 2\n4 1 2 0\n1 3 0\n0\n"Mint"\n"Lime"\n"Plum"\n"Flavours"\n')
    assert election == BltElection(
        names=("Mint", "Lime", "Plum"),
        seats=2,
        ballots=(BltBallot(4, ((1,), (2,))), BltBallot(1, ((3,),))),
        title="Flavours",
    )


def test_an_untidy_file_is_read_with_good_will():
    text = (
        "\ufeff# exported\r\n3 2 # three for two seats\r\n-2\r\n\r\n"
        "4 1 -\r\n 2=3 0\r\n2 0 # blank\r\n0\r\n"
        '"Mint ""The"" Leaf" # first\r\n# a comment\r\n""Lime""\r\nPlum & Co.\r\nWard #3 - The Hill\r\n'
    )
    assert read_blt(text) == BltElection(
        names=('Mint "The" Leaf', "Lime", "Plum & Co."),
        seats=2,
        ballots=(BltBallot(4, ((1,), (), (2, 3))), BltBallot(2, ())),
        title="Ward #3 - The Hill",
        withdrawn=(2,),
    )


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ('"Mint"', "Mint"),
        ("Mint", "Mint"),
        ('  "Mint"  ', "Mint"),
        ('"Robert ""Bob"" Mint"', 'Robert "Bob" Mint'),
        ('"Robert ""Bob"""', 'Robert "Bob"'),
        ('"""Bob"" Mint"', '"Bob" Mint'),
        ('"Robert "Bob" Mint"', 'Robert "Bob" Mint'),
        ('""Mint""', "Mint"),
        ('"Mint #1"', "Mint #1"),
        ('"Mint #1" # the first', "Mint #1"),
        ('"O\'Neill, Mint"', "O'Neill, Mint"),
    ],
)
def test_a_name_is_read_however_it_is_quoted(line, name):
    assert read_blt(f"1 1\n1 1 0\n0\n{line}\n").names == (name,)


def test_names_may_share_a_line():
    election = read_blt('2 1 1 1 0 0\n"Mint" "Lime" # both\n"Title"\n')
    assert (election.names, election.title) == (("Mint", "Lime"), "Title")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the text ends where the number of candidates"),
        ("two 1", 'line 1: "two" is not the number of candidates'),
        ("2 0", "is not the number of seats"),
        ("2 1\n1 1 2\n", "the text ends where the 0 that ends a ballot"),
        ("2 1\n1 3 0\n0\n", "line 2: there is no candidate 3"),
        ("2 1\n1 1= 0\n0\n", 'line 2: "1=" is not a candidate'),
        ("2 1\n1.5 1 0\n0\n", 'line 2: "1.5" is not the weight'),
        ("2 1\n1 1 0\n-2\n0\n", 'line 3: "-2" is not the weight'),
        ("2 1\n-3\n0\n", "line 2: there is no candidate 3"),
        ("2 1\n1 1 x 0\n0\n", 'line 2: "x" is not a candidate'),
        ('2 1\n1 1 0\n0\n"Mint"\n', "line 4: 1 names for 2 candidates"),
        ("2 1\n1 1 0\n", "the text ends where a ballot or the closing 0"),
        ("2 1\n" + "9" * 101 + " 1 0\n0\n", "is not the weight"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_line(text, message):
    with pytest.raises(InvalidBlt, match=message):
        read_blt(text)


def test_withdrawn_candidates_and_skipped_ranks_are_passed_over_when_counting():
    election = read_blt('3 1\n-2\n4 2 1 0\n1 - 1 0\n2 2 0\n3 1=2 - 3 0\n0\n"a" "b" "c"\n')
    assert election.canonical_ballots(OPTIONS) == {"mint": 5, "": 2, "mint>plum": 3}


def test_a_candidate_ranked_twice_keeps_the_higher_rank():
    election = read_blt('3 1\n1 2 2 1 0\n2 -=- 3=3 2=3 0\n0\n"a" "b" "c"\n')
    assert [ballot.ranks for ballot in election.ballots] == [((2,), (2,), (1,)), ((), (3, 3), (2, 3))]
    assert election.canonical_ballots(OPTIONS) == {"lime>mint": 1, "plum>lime": 2}


def test_equal_ranks_become_canonical_text():
    election = read_blt('3 1\n4 3 2=1 0\n0\n"a" "b" "c"\n')
    assert election.canonical_ballots(OPTIONS) == {"plum>mint=lime": 4}
    with pytest.raises(ValueError, match="2 option ids for 3 candidates"):
        election.canonical_ballots(OPTIONS[:2])


def test_writing_is_strict():
    election = from_canonical(
        OPTIONS,
        {"plum>mint=lime": 10**24, "": 2, "mint": 1},
        names={"mint": 'Robert "Bob"\nMint', "lime": "Lime"},
        seats=2,
        title="",
    )
    assert write_blt(election) == (
        '3 2\n2 0\n1 1 0\n1000000000000000000000000 3 1=2 0\n0\n"Robert \'Bob\' Mint"\n"Lime"\n"plum"\n""\n'
    )


@pytest.mark.parametrize("ballot", [BltBallot(0, ((1,),)), BltBallot(1, ((4,),)), BltBallot(1, ((0,),))])
def test_ballots_that_are_none_are_not_written(ballot):
    with pytest.raises(ValueError, match="not a ballot"):
        write_blt(BltElection(("a", "b"), 1, (ballot,)))


names = st.text(st.characters(codec="utf-8", exclude_characters='"'), max_size=12)


@st.composite
def elections(draw):
    count = draw(st.integers(1, 5))
    numbers = st.permutations(range(1, count + 1))
    ballots = []
    for _ in range(draw(st.integers(0, 5))):
        ranks, order = [], draw(numbers)
        while order:
            size = draw(st.integers(0, len(order)))
            ranks.append(tuple(sorted(order[:size])))
            order = order[size:] if size else order[1:]
        ballots.append(BltBallot(draw(st.integers(1, 10**24)), tuple(ranks)))
    return BltElection(
        names=tuple(f"x{draw(names)}x" for _ in range(count)),
        seats=draw(st.integers(1, 9)),
        ballots=tuple(ballots),
        title=draw(names).strip(),
        withdrawn=tuple(draw(st.sets(st.integers(1, count)).map(sorted))),
    )


@given(elections())
def test_what_is_written_reads_back_the_same(election):
    written = write_blt(election)
    again = read_blt(written)
    assert (again.seats, again.ballots, again.withdrawn) == (
        election.seats,
        election.ballots,
        election.withdrawn,
    )
    assert write_blt(again) == written
