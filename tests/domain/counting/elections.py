"""Elections whose outcome is published, random ballots, and a short way to count."""

from hypothesis import strategies as st

from app.domain.counting import Question, StatedOrder, canonical, count

# Four cities vote where the capital of Tennessee shall be: Wikipedia's running example.
CITIES = ("memphis", "nashville", "chattanooga", "knoxville")
TENNESSEE = {
    "memphis>nashville>chattanooga>knoxville": 42,
    "nashville>chattanooga>knoxville>memphis": 26,
    "chattanooga>knoxville>nashville>memphis": 15,
    "knoxville>chattanooga>nashville>memphis": 17,
}

# Markus Schulze's example of 45 voters (Wikipedia, "Schulze method"; arXiv:1804.02973, example 1).
SCHULZE = {
    "a>c>b>e>d": 5,
    "a>d>e>c>b": 5,
    "b>e>d>a>c": 8,
    "c>a>b>e>d": 3,
    "c>a>e>b>d": 7,
    "c>b>a>d>e": 2,
    "d>c>e>b>a": 7,
    "e>b>a>d>c": 8,
}

# Snapshot's and LiquidFeedback's vector for cycles.
CYCLE = {"a>b>c": 4, "b>c>a": 3, "c>a>b": 2}

OPTIONS = ("mint", "lime", "plum", "cola", "fig")


def counted(method, ballots, options=OPTIONS, *, seats=1, tie_order=None, **settings):
    """Count canonical texts under a method."""
    question = Question(method, options, seats, settings)
    return count(question, ballots, tie_order=tie_order or StatedOrder(options))


def texts(method, choices, options=OPTIONS, **settings):
    """Turn (choice, weight) pairs into canonical texts with their weights."""
    question = Question(method, options, 1, settings)
    ballots = {}
    for choice, weight in choices:
        text = canonical(question, choice)
        ballots[text] = ballots.get(text, 0) + weight
    return ballots


def grouped(votes):
    """Add the weights of equal texts."""
    ballots = {}
    for text, weight in votes:
        ballots[text] = ballots.get(text, 0) + weight
    return ballots


@st.composite
def weak_rankings(draw, options=OPTIONS):
    """Draw a list of ranks, some of several equal options, some options left out."""
    order = draw(st.permutations(options))
    length = draw(st.integers(1, len(options)))
    groups = []
    for option in order[:length]:
        if groups and draw(st.integers(0, 3)) == 0:
            groups[-1].append(option)
        else:
            groups.append([option])
    return groups


def numbers(low, high, options=OPTIONS):
    """Draw a number for some of the options."""
    return st.dictionaries(st.sampled_from(options), st.integers(low, high), min_size=1)


GRADES = ("excellent", "very_good", "good", "acceptable", "poor", "reject")

CHOICES = {
    "borda": weak_rankings(),
    "schulze": weak_rankings(),
    "ranked_pairs": weak_rankings(),
    "copeland": weak_rankings(),
    "score": numbers(0, 5),
    "star": numbers(0, 5),
    "majority_judgment": st.dictionaries(st.sampled_from(OPTIONS), st.sampled_from(GRADES), min_size=1),
    "cumulative": numbers(1, 2),
    "weighted_split": numbers(1, 7),
    "quadratic": numbers(1, 4),
    "stv": st.lists(st.sampled_from(OPTIONS), unique=True, min_size=1),
}
"""For every ranked and scored method a strategy for the choices voters send."""

VARIANTS = {
    "borda": [{"unranked": "share"}, {"unranked": "nothing"}, {"unranked": "modified"}],
    "schulze": [{"strength": "winning_votes"}, {"strength": "margins"}, {"status_quo": "plum"}],
    "ranked_pairs": [{"strength": "winning_votes"}, {"strength": "margins"}, {"status_quo": "plum"}],
    "copeland": [
        {},
        {"ties": "tie_order"},
        {"status_quo": "plum", "majority": "1/3", "majority_test": "at_least"},
    ],
    "score": [
        {},
        {"missing_score": "nothing"},
        {"missing_score": "nothing", "decides": "mean", "scored_by": "1/3"},
        {"lowest_score": -5},
    ],
    "stv": [{"rules": "gregory"}, {"rules": "meek"}, {"rules": "meek", "precision": 9}],
}


@st.composite
def elections(draw, methods=tuple(CHOICES), weight=None, min_votes=0):
    """Draw a method, its settings, and votes as (text, weight) pairs."""
    method = draw(st.sampled_from(methods))
    settings = draw(st.sampled_from(VARIANTS.get(method, [{}])))
    question = Question(method, OPTIONS, 1, settings)
    weights = st.integers(1, 9) | st.integers(1, 10**24) if weight is None else weight
    votes = draw(st.lists(st.tuples(CHOICES[method], weights), min_size=min_votes, max_size=15))
    return question, [(canonical(question, choice), weight) for choice, weight in votes]
