"""Real budgets from Pabulib: what the cities funded, by the rule each of them used."""

from pathlib import Path

import pytest

from app.domain.counting import Question, StatedOrder, count, explain
from app.domain.interchange.pabulib import read_pabulib

# The cities' files lie beside the repository, never in it.
DATA = Path(__file__).parents[5] / "shared" / "data" / "pabulib"
FILES = sorted(path.name for path in DATA.glob("*.pb"))

CITIES = {
    # Plain: the most points first, whatever does not fit is passed over, and 300 points are needed.
    "Poland_Czestochowa_2025_Mirow.pb": (
        "greedy_budget",
        {"ballot": "points", "points": 10, "min_votes": 300},
    ),
    # Plain, with points from 1 to 5; the file does not say what was funded, so only the sums are compared.
    "Poland_Gdansk_2020_Srodmiescie.pb": ("greedy_budget", {"ballot": "points", "points": 5}),
    # Plain: the first project that does not fit ends the list.
    "Poland_Gdynia_2023_Chylonia__small.pb": ("greedy_budget", {"unaffordable": "stop", "min_votes": 50}),
    # Plain: three projects ranked, for 3, 2 and 1 points.
    "Poland_Krakow_2020_Mistrzejowice.pb": ("greedy_budget", {"ballot": "ranking", "max": 3}),
    # Not plain: the first project that does not fit ends the list, but is funded all the same, with other
    # money, if what is left covers 80 % of its cost. Here 315,000 of 800,000 is left, so that never applies.
    "Poland_Poznan_2026_9_-_Stare_Miasto__large.pb": ("greedy_budget", {"unaffordable": "stop"}),
    # Equal shares with cost utilities, raised by one unit a vote until the budget would be exceeded.
    "Poland_Swiecie_2023.pb": (
        "equal_shares",
        {"completion": "add1", "add1_of": "share", "add1_step": 1},
    ),
    # Plain: a tenth of all valid votes is needed; the file gives that as 149 of 1,484.
    "Poland_Warszawa_2018_rejon_1.pb": ("greedy_budget", {"min_share": "0.1"}),
    # Plain.
    "Poland_Warszawa_2023_Wesola.pb": ("greedy_budget", {}),
}

pytestmark = pytest.mark.skipif(not FILES, reason="the cities' files are not on this machine")


def counted(name, **changed):
    """Count a city's votes and return the result with the city's projects by option id."""
    election = read_pabulib((DATA / name).read_text())
    options = tuple(f"p{number}" for number in range(1, len(election.projects) + 1))
    method, settings = CITIES[name]
    money = {"budget": election.budget, "costs": election.costs(options)}
    question = Question(method, options, settings=money | settings | changed)
    ballots = election.canonical_ballots(options)
    assert sum(ballots.values()) == len(election.votes)
    result = count(question, ballots, tie_order=StatedOrder(options))
    return result, dict(zip(options, election.projects, strict=True))


def test_there_is_a_rule_for_every_city():
    assert sorted(CITIES) == FILES


@pytest.mark.parametrize("name", sorted(CITIES))
def test_a_city_funds_what_it_funded(name):
    result, projects = counted(name)
    funded = {option for option, project in projects.items() if project.selected == 1}
    if any(project.selected is not None for project in projects.values()):
        assert set(result.winners) == funded
        assert int(result.figures["spent"]) == sum(projects[option].cost for option in funded)
    names = {option: project.name for option, project in projects.items()}
    assert len(explain(result, names)) == len(result.rounds) + 1


@pytest.mark.parametrize("name", sorted(CITIES))
def test_the_votes_add_up_to_the_citys_own_sums(name):
    result, projects = counted(name)
    for option, project in projects.items():
        published = project.votes if project.score is None else project.score
        assert result.totals[option] == str(published)


def test_warsaws_threshold_is_the_one_in_its_file():
    result, _ = counted("Poland_Warszawa_2018_rejon_1.pb")
    assert result.rounds[0].excluded == ("p14",)
    stated, _ = counted("Poland_Warszawa_2018_rejon_1.pb", min_share="0", min_votes=149)
    assert stated.winners == result.winners
    assert "149" in explain(result, {})[0]


def test_poznans_reserve_would_not_have_been_touched():
    result, projects = counted("Poland_Poznan_2026_9_-_Stare_Miasto__large.pb")
    stopped_at = projects[result.rounds[-1].subject]
    assert int(result.figures["left"]) * 100 < 80 * stopped_at.cost


def test_swiecie_raises_its_shares_from_419_to_662():
    result, projects = counted("Poland_Swiecie_2023.pb")
    assert (result.figures["share"], result.figures["raises"]) == ("662", "243")
    assert result.figures["raises_ended_by"] == "over_budget"
    assert result.figures["left"] == "29663"
    assert result.ties == ()
    # The dearest project had the second most votes; those who wanted it had spent their shares.
    assert projects["p8"].votes == 623
    assert "p8" not in result.winners


def test_swiecie_would_have_funded_less_without_completion_and_the_same_with_more_of_it():
    plain, _ = counted("Poland_Swiecie_2023.pb", completion="none")
    assert plain.figures["spent"] == "647787"
    raised, _ = counted("Poland_Swiecie_2023.pb")
    for further in ({"add1_until": "exhausted"}, {"completion": "add1_greedy"}):
        longer, _ = counted("Poland_Swiecie_2023.pb", **further)
        assert set(longer.winners) == set(raised.winners)
