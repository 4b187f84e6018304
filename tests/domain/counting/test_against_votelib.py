"""The same elections counted by votelib (Jan Simbera, MIT), an exact library written independently.

Where votelib reports a tie, or this count has broken one, there is nothing to compare: votelib breaks none.
It adds scores up vote by vote, so these come with small weights.
"""

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from app.domain.counting import Question, parse
from tests.domain.counting.elections import GRADES, OPTIONS, counted, elections, grouped, numbers, texts

condorcet = pytest.importorskip("votelib.evaluate.condorcet")
cardinal = pytest.importorskip("votelib.evaluate.cardinal")
convert = pytest.importorskip("votelib.convert")
core = pytest.importorskip("votelib.evaluate.core")

few = settings(deadline=None, max_examples=100)
weights = st.integers(1, 9) | st.integers(1, 10**24)


def ranked(question, ballots):
    """Return the ballots as votelib has them: a tuple of options and sets of options."""
    return {
        tuple(group[0] if len(group) == 1 else frozenset(group) for group in parse(question, text)): weight
        for text, weight in ballots.items()
    }


def pairwise(question, ballots):
    """Return votelib's comparison; every option must appear, so an empty ballot of weight 0 names them."""
    votes = ranked(question, ballots)
    votes[OPTIONS] = votes.get(OPTIONS, 0)
    return convert.RankedToCondorcetVotes(unranked_at_bottom=True).convert(votes)


@few
@given(elections(methods=("schulze",), min_votes=1))
def test_the_pairwise_matrix_is_the_same(election):
    question, votes = election
    theirs = pairwise(question, grouped(votes))
    ours = counted("schulze", grouped(votes)).tables["pairwise"]
    for one in OPTIONS:
        for other in ours[one]:
            assert int(ours[one][other]) == theirs.get((one, other), 0)


@pytest.mark.parametrize("method", ["schulze", "ranked_pairs", "copeland"])
@few
@given(data=st.data())
def test_condorcet_methods_elect_the_same_option(method, data):
    full = st.permutations(OPTIONS).map(list)
    choices = data.draw(st.lists(st.tuples(full, weights), min_size=1, max_size=9))
    ballots = texts(method, choices)
    result = counted(method, ballots)
    assume(not result.ties)
    evaluator = {
        "schulze": condorcet.Schulze(),
        "ranked_pairs": condorcet.RankedPairs(),
        "copeland": condorcet.Copeland(second_order=False),
    }[method]
    theirs = evaluator.evaluate(pairwise(Question(method, OPTIONS), ballots), 1)
    assume(not isinstance(theirs[0], core.Tie))
    assert tuple(theirs) == result.winners


@few
@given(st.lists(st.tuples(numbers(0, 5), st.integers(1, 9)), min_size=1, max_size=9))
def test_score_and_star_elect_the_same_option(choices):
    ballots = {}
    for choice, weight in choices:
        vote = frozenset((option, choice.get(option, 0)) for option in OPTIONS)
        ballots[vote] = ballots.get(vote, 0) + weight
    score = counted("score", texts("score", choices))
    if not score.ties and score.winners:
        assert tuple(cardinal.ScoreVoting("sum").evaluate(ballots, 1)) == score.winners
    star = counted("star", texts("star", choices))
    if not star.ties and len(star.rounds) > 1:
        assert tuple(cardinal.STAR().evaluate(ballots, 1)) == star.winners


@few
@given(
    st.lists(
        st.tuples(st.fixed_dictionaries({o: st.sampled_from(GRADES) for o in OPTIONS}), st.integers(1, 9)),
        min_size=1,
        max_size=9,
    )
)
def test_majority_judgment_finds_the_same_majority_grades(choices):
    result = counted("majority_judgment", texts("majority_judgment", choices))
    ballots = {}
    for choice, weight in choices:
        vote = frozenset((option, len(GRADES) - 1 - GRADES.index(grade)) for option, grade in choice.items())
        ballots[vote] = ballots.get(vote, 0) + weight
    medians = convert.ScoreToSimpleVotes("median_low").convert(ballots)
    assert {option: str(grade) for option, grade in medians.items()} == dict(result.rounds[0].totals)
