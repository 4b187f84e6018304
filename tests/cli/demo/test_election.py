"""What becomes of a BLT file before and after its votes are cast."""

from __future__ import annotations

import json

import pytest

from app.cli.demo.election import InvalidElection, compare_with_declaration, read_election
from app.domain import counting

WARD = """\
4 2
-4
3 1 2 0
2 2 - 3 0
1 4 3 0
1 1 2=3 0
1 2=4 0
2 0
0
"Ada"
"Blaise"
"Carl\x1b[31m"
"Dora"
"Ward 7"
"""


@pytest.fixture
def ward(tmp_path):
    path = tmp_path / "ward.blt"
    path.write_text(WARD)
    return path


def test_every_paper_becomes_a_choice_of_those_who_stand(ward):
    election = read_election(ward)
    assert election.title == "Ward 7"
    assert (election.question.method, election.question.seats) == ("stv", 2)
    assert election.question.options == ("c1", "c2", "c3")
    assert election.choices == [["c1", "c2"]] * 3 + [["c2", "c3"]] * 2 + [["c3"], ["c2"], [], []]


def test_what_is_not_taken_as_it_stands_is_said(ward):
    election = read_election(ward)
    assert election.notes == (
        "Withdrawn: Dora. Where a ballot names them, its next preference moves up.",
        "2 ballots skip a rank: the next preference moves up.",
        "2 ballots are blank: they take part and count for nobody.",
    )


def test_a_paper_that_the_method_cannot_take_is_named_with_the_reason(ward):
    election = read_election(ward)
    assert election.refused == (("1 2=3", "rank 2 holds 2 options; this method takes one option a rank", 1),)
    assert election.refused_papers == 1


def test_no_name_can_steer_a_terminal(ward):
    assert read_election(ward).names["c3"] == "Carl [31m"


def test_one_seat_is_filled_by_instant_runoff(ward):
    ward.write_text('2 1\n1 1 0\n0\n""\n"B"\n')
    election = read_election(ward)
    assert election.question.method == "irv"
    assert (election.title, election.names["c1"]) == ("ward", "Candidate 1")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("not a ballot file", "is not BLT: line 1"),
        ('2 1\n0\n"A"\n"B"\n', "holds no ballot that could be cast"),
        ('2 1\n1 1=2 0\n0\n"A"\n"B"\n', "holds no ballot that could be cast"),
        ('2 3\n1 1 0\n0\n"A"\n"B"\n', "3, more than the 2 options"),
    ],
)
def test_a_file_no_election_can_be_held_with_is_refused_in_one_sentence(ward, text, reason):
    ward.write_text(text)
    with pytest.raises(InvalidElection, match=reason):
        read_election(ward)


def test_a_file_in_an_old_encoding_is_read(ward):
    ward.write_bytes('2 1\n1 1 0\n0\n"Zoë"\n"B"\n'.encode("cp1252"))
    assert read_election(ward).names["c1"] == "Zoë"


@pytest.fixture
def result():
    question = counting.Question("stv", ("c1", "c2", "c3"), 2)
    count = counting.count(
        question, {"c1>c2": 5, "c2": 3, "c3": 1}, tie_order=counting.StatedOrder(question.options)
    )
    return {"winners": list(count.winners), "count": count.to_json()}


def declare(ward, result, *, exact=True, **changes):
    rounds = result["count"]["rounds"]
    elected = [
        {"candidate": int(option[1:]), "stage": counted["number"]}
        for counted in rounds
        for option in counted["elected"]
    ]
    official = {
        "elected": elected,
        "stages": [list(counted["totals"].values()) for counted in rounds],
        "stage_totals_published_to_five_decimals": exact,
    }
    ward.with_suffix(".json").write_text(json.dumps(official | changes))
    return compare_with_declaration(ward, result)


def test_an_election_equal_to_its_declaration_agrees(ward, result):
    assert [finding.agrees for finding in declare(ward, result)] == [True, True]


def test_others_declared_elected_are_a_disagreement(ward, result):
    (finding,) = declare(ward, result, elected=[{"candidate": 1, "stage": 1}, {"candidate": 3, "stage": 2}])
    assert finding.agrees is False


def test_another_stage_or_another_total_is_a_disagreement(ward, result):
    elected = [{"candidate": 1, "stage": 1}, {"candidate": 2, "stage": 7}]
    assert [finding.agrees for finding in declare(ward, result, elected=elected)] == [False, True]
    stages = [["5.00001", "3", "1"], *([["5", "3", "1"]] * (len(result["count"]["rounds"]) - 1))]
    assert declare(ward, result, stages=stages)[1].agrees is False


def test_totals_published_to_two_decimals_are_compared_as_such(ward, result):
    stages = [[f"{float(total):.2f}" for total in r["totals"].values()] for r in result["count"]["rounds"]]
    assert declare(ward, result, exact=False, stages=stages)[1].agrees


def test_without_a_declaration_nothing_is_compared(ward, result):
    assert compare_with_declaration(ward, result) == []


def test_a_companion_of_another_kind_is_said_and_no_disagreement(ward, result):
    ward.with_suffix(".json").write_text('{"turnout": 12}')
    (finding,) = compare_with_declaration(ward, result)
    assert finding.agrees is None
