"""Counted votes in other programs' formats: written after a ballot, read by others' readers, and counted again."""

from __future__ import annotations

import pytest
import votelib.io.blt

from tests.support.delegating import delegating_charter

CHOICES = {
    "irv": [["mint", "lime"], ["lime", "yuzu", "mint"], ["yuzu", "lime"], ["lime"]],
    "approval": [["mint", "lime"], ["lime"], ["yuzu", "lime"], ["mint"]],
    "score": [{"mint": 5, "lime": 1}, {"lime": 3}, {"yuzu": 2, "mint": 4}, {"mint": 1, "lime": 5}],
}


def closed(portal, town, choices, **facts):
    """Return a ballot in which each member made one choice."""
    path = portal.ballot(town, early_close=True, vote_change=False, **facts)
    for member, choice in zip(town.members, choices, strict=True):
        member.ok("PUT", f"{path}/votes/me", {"choice": choice})
    town.owner.ok("POST", f"{path}/close")
    return path


def votes(town, path, form):
    answer = town.members[0].call("GET", f"{path}/votes?format={form}")
    assert answer.status_code == 200, answer.text
    return answer


def counted(town, form, text, **query):
    asked = "&".join(f"{name}={value}" for name, value in {"format": form, **query}.items())
    path = f"{town.path}/ballots/preview-count/file?{asked}"
    return town.owner.ok("POST", path, text, content_type="text/plain")


@pytest.mark.parametrize(
    ("method", "form", "extension"),
    [
        ("irv", "blt", "blt"),
        ("irv", "preflib", "soi"),
        ("irv", "abif", "abif"),
        ("approval", "preflib", "cat"),
        ("approval", "abif", "abif"),
        ("score", "abif", "abif"),
    ],
)
def test_what_is_downloaded_counts_as_the_ballot_did(method, form, extension, portal):
    town = portal.town(members=4)
    path = closed(portal, town, CHOICES[method], method=method)
    answer = votes(town, path, form)
    assert answer.content_type == "text/plain; charset=utf-8"
    assert answer.headers["Content-Disposition"].endswith(f'.{extension}"')
    result = town.owner.ok("GET", f"{path}/result")
    again = counted(town, form, answer.text, tie_rule="stated_order")
    titles = {option["id"]: option["title"] for option in again["options"]}
    assert list(titles.values()) == ["Mint", "Lime", "Yuzu"]
    assert (again["method"], again["weight"]) == (method, 4)
    assert [titles[winner].lower() for winner in again["count"]["winners"]] == result["winners"]


def test_another_program_s_reader_takes_our_blt(portal):
    town = portal.town(members=4)
    path = closed(portal, town, CHOICES["irv"], method="irv")
    found, seats, names, title = votelib.io.blt.loads(votes(town, path, "blt").text)
    assert {tuple(one.name for one in order): int(weight) for order, weight in found.items()} == {
        ("Mint", "Lime"): 1,
        ("Lime", "Yuzu", "Mint"): 1,
        ("Yuzu", "Lime"): 1,
        ("Lime",): 1,
    }
    assert (seats, [one.name for one in names], title) == (1, ["Mint", "Lime", "Yuzu"], "Which flavour?")


def test_a_file_of_a_budget_names_costs_and_what_was_funded(portal):
    town = portal.town(members=4)
    costs = {"mint": 400, "lime": 250, "yuzu": 100}
    settings = {"budget": 600, "costs": costs}
    path = closed(portal, town, CHOICES["approval"], method="greedy_budget", settings=settings)
    text = votes(town, path, "pb").text
    assert "budget;600" in text
    again = counted(town, "pb", text, method="greedy_budget", tie_rule="stated_order")
    assert again["settings"]["costs"] == costs
    assert again["count"]["winners"] == town.owner.ok("GET", f"{path}/result")["winners"]


def test_the_weight_that_somebody_carries_for_others_is_in_the_file(portal):
    town = portal.town(members=2, charter=delegating_charter())
    giver, delegate = town.members
    given = {"scope": "community", "delegate_id": delegate.memberships[town.id]}
    giver.ok("POST", f"{town.path}/delegations", given)
    path = portal.ballot(town, decision_type="liquid", voting_period="PT2S")
    method = town.owner.ok("GET", path)["method"]
    delegate.ok("PUT", f"{path}/votes/me", {"choice": "mint" if method == "plurality" else ["mint"]})
    while town.owner.ok("GET", path)["state"] != "closed":
        pass
    form = "blt" if method == "irv" else "abif"
    assert counted(town, form, votes(town, path, form).text)["weight"] == 2


@pytest.mark.parametrize(
    ("method", "form", "formats"),
    [
        ("approval", "blt", ["preflib", "abif"]),
        ("yes_no", "abif", []),
        ("irv", "pb", ["blt", "preflib", "abif"]),
    ],
)
def test_a_format_without_words_for_the_votes_says_which_have(method, form, formats, portal):
    town = portal.town(members=1)
    choices = [{"approval": ["mint"], "yes_no": "for", "irv": ["mint"]}[method]]
    path = closed(portal, town, choices, method=method)
    problem = town.owner.refused(409, "format-cannot-hold", "GET", f"{path}/votes?format={form}")
    assert problem["formats"] == formats


def test_votes_are_no_file_before_they_are_counted(portal):
    town = portal.town(members=1)
    path = portal.ballot(town)
    town.owner.refused(409, "ballot-not-closed", "GET", f"{path}/votes?format=abif")
    stranger = portal.person()
    stranger.refused(404, "not-found", "GET", f"{path}/votes?format=abif")
    assert town.owner.call("GET", f"{path}/votes?format=csv").status_code == 422


@pytest.mark.parametrize(
    ("query", "text", "slug", "words"),
    [
        ("format=blt", "nothing of the sort", "unreadable-votes", "no blt file"),
        ("format=abif&method=score", "3: a>b\n", "invalid-vote", "cannot count the vote"),
        ("format=abif&method=greedy_budget", "3: a>b\n", "invalid-question", "budget"),
    ],
)
def test_a_file_that_cannot_be_counted_is_refused_with_the_reason(query, text, slug, words, portal):
    town = portal.town()
    path = f"{town.path}/ballots/preview-count/file?{query}"
    problem = town.owner.refused(409, slug, "POST", path, text, content_type="text/plain")
    assert words in problem["detail"]


def test_an_older_program_s_latin_1_is_read(portal):
    town = portal.town()
    text = '2 1\n3 1 2 0\n0\n"Crème"\n"Mokka"\n"Eis"\n'.encode("latin-1")
    answer = town.owner.call(
        "POST",
        f"{town.path}/ballots/preview-count/file?format=blt",
        data=text,
        headers={"Content-Type": "text/plain"},
    )
    assert [option["title"] for option in answer.get_json()["options"]] == ["Crème", "Mokka"]


def test_a_file_is_counted_at_the_command_line(app, tmp_path):
    file = tmp_path / "flavour.abif"
    file.write_text("3: mint>lime\n2: lime>mint\n")
    done = app.test_cli_runner().invoke(args=["count", str(file)])
    assert done.exit_code == 0, done.output
    assert "5 votes, irv" in done.output
    assert "mint" in done.output
    refused = app.test_cli_runner().invoke(args=["count", str(tmp_path / "flavour.abif"), "--format", "blt"])
    assert refused.exit_code == 1
    assert "no blt file" in refused.output
