"""One door to the formats: which of them can hold a ballot, the votes written in one, and a file read from any.

What is written is the tally, one line for all equal votes (in Pabulib one a voter): no format here has a place
for trackers, so none of them is the ballot's log. Whoever counts a file again gets what the service counted, as
far as the format can say what the votes said.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from app.domain.counting import Question
from app.domain.counting.question import OPTION_ID
from app.domain.interchange import abif, blt, pabulib, preflib


class FileFormat(StrEnum):
    """A format of other people's counting programs."""

    BLT = "blt"
    PREFLIB = "preflib"
    ABIF = "abif"
    PABULIB = "pb"


class VoteForm(StrEnum):
    """What a vote of a file says: an order, a set, or points."""

    RANKING = "ranking"
    APPROVAL = "approval"
    SCORE = "score"


class NotWritable(ValueError):
    """Votes that a format has no words for; the message says why."""


class Unreadable(ValueError):
    """A text that is no file of its format; the message names the place."""


@dataclass(frozen=True, slots=True)
class CountedVotes:
    """The votes of one ballot.

    :param ballots: canonical text to the weight of the votes that say it, each 1 or more.
    :param heads: canonical text to the number of voters, where each of them weighs 1; None where weights differ.
    :param names: option id to title.
    :param winners: the options that won, or were funded.
    :param opened_on, closed_on: dates as ``dd.mm.yyyy``.
    :param community: the name of whoever held it.
    :param country: its English name: Pabulib demands one.
    """

    question: Question
    ballots: Mapping[str, int]
    heads: Mapping[str, int] | None
    names: Mapping[str, str]
    title: str
    winners: tuple[str, ...] = ()
    opened_on: str = ""
    closed_on: str = ""
    community: str = ""
    country: str = "Worldwide"


@dataclass(frozen=True, slots=True)
class Written:
    """A file: its text, and the extension that programs know it by."""

    text: str
    extension: str


@dataclass(frozen=True, slots=True)
class FileVotes:
    """What a file holds, in the words of this service.

    :param names: option id to name, in the order of the file.
    :param ballots: canonical text of ``form`` to its weight.
    :param seats: as the file states them, or None.
    :param settings: of a budget: ``budget`` and ``costs``.
    """

    form: VoteForm
    names: Mapping[str, str]
    ballots: Mapping[str, int]
    title: str = ""
    seats: int | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)


#: What the votes of a method say. A method that is not here has votes that no format of these can hold.
_FORMS: Mapping[str, VoteForm] = {
    **dict.fromkeys(("irv", "stv", "borda", "schulze", "ranked_pairs", "copeland"), VoteForm.RANKING),
    **dict.fromkeys(("plurality", "approval", "pav", "sequential_phragmen"), VoteForm.APPROVAL),
    **dict.fromkeys(("score", "star", "cumulative", "weighted_split", "quadratic"), VoteForm.SCORE),
}
_BUDGETS = frozenset({"greedy_budget", "equal_shares"})
_FORMATS: Mapping[VoteForm, tuple[FileFormat, ...]] = {
    VoteForm.RANKING: (FileFormat.BLT, FileFormat.PREFLIB, FileFormat.ABIF),
    VoteForm.APPROVAL: (FileFormat.PREFLIB, FileFormat.ABIF),
    VoteForm.SCORE: (FileFormat.ABIF,),
}
_PABULIB_RULES = {"greedy_budget": "greedy", "equal_shares": "equalshares"}


def formats_of(method: str) -> tuple[FileFormat, ...]:
    """Return the formats that have words for the votes of a method; none for yes_no and for grades."""
    if method in _BUDGETS:
        return (FileFormat.PABULIB,)
    form = _FORMS.get(method)
    return () if form is None else _FORMATS[form]


def write_votes(form: FileFormat, votes: CountedVotes) -> Written:
    """Write the votes of a ballot.

    Blank votes are written in BLT, and left out where the format knows none.

    :raises NotWritable: for a method whose votes the format has no words for, and in Pabulib for weighted votes.
    """
    question, names = votes.question, votes.names
    if form not in formats_of(question.method):
        possible = ", ".join(formats_of(question.method)) or "none"
        raise NotWritable(f"The votes of {question.method} can be written as: {possible}.")
    match form:
        case FileFormat.BLT:
            election = blt.from_canonical(
                question.options, votes.ballots, names=names, seats=question.seats, title=votes.title
            )
            return Written(blt.write_blt(election), "blt")
        case FileFormat.ABIF:
            return Written(
                abif.write_abif(
                    abif.from_canonical(question.options, votes.ballots, names=names, title=votes.title)
                ),
                "abif",
            )
        case FileFormat.PREFLIB:
            ranked = _FORMS[question.method] is VoteForm.RANKING
            make = preflib.from_rankings if ranked else preflib.from_approvals
            made = make(question.options, votes.ballots, names=names, title=votes.title)
            name = f"votes.{made.data_type}"
            return Written(preflib.write_preflib(made, file_name=name), made.data_type)
        case FileFormat.PABULIB:
            return Written(_pabulib(votes), "pb")


def _pabulib(votes: CountedVotes) -> str:
    if votes.heads is None:
        raise NotWritable("Pabulib has one line a voter and no weights, and these votes differ in weight.")
    settings = votes.question.settings
    election = pabulib.from_canonical(
        votes.question.options,
        votes.heads,
        budget=settings["budget"],
        costs=settings["costs"],
        names=votes.names,
        funded=votes.winners,
        meta={
            "description": votes.title,
            "country": votes.country,
            "unit": votes.community,
            "instance": votes.closed_on[-4:],
            "rule": _PABULIB_RULES[votes.question.method],
            "date_begin": votes.opened_on,
            "date_end": votes.closed_on,
        },
    )
    return pabulib.write_pabulib(election)


def read_votes(form: FileFormat, text: str) -> FileVotes:
    """Read a file of other people's.

    Options are called by the file's own short names where these can be option ids, else ``o1``, ``o2``, ...

    :raises Unreadable: naming the line, when the text is not of the format even with good will.
    """
    try:
        match form:
            case FileFormat.BLT:
                return _from_blt(blt.read_blt(text))
            case FileFormat.PREFLIB:
                return _from_preflib(preflib.read_preflib(text))
            case FileFormat.ABIF:
                return _from_abif(abif.read_abif(text))
            case FileFormat.PABULIB:
                return _from_pabulib(pabulib.read_pabulib(text))
    except (blt.InvalidBlt, preflib.InvalidPreflib, abif.InvalidAbif, pabulib.InvalidPabulib) as invalid:
        raise Unreadable(str(invalid)) from None


def _from_blt(election: blt.BltElection) -> FileVotes:
    options = _numbered(len(election.names))
    return FileVotes(
        VoteForm.RANKING,
        dict(zip(options, election.names, strict=True)),
        election.canonical_ballots(options),
        election.title,
        election.seats,
    )


def _from_preflib(election: preflib.PreflibElection) -> FileVotes:
    options = _numbered(len(election.names))
    return FileVotes(
        VoteForm.APPROVAL if election.categories else VoteForm.RANKING,
        dict(zip(options, election.names, strict=True)),
        election.canonical_ballots(options),
        election.title,
    )


def _from_abif(election: abif.AbifElection) -> FileVotes:
    options = dict(zip(election.names, _ids(list(election.names)), strict=True))
    names = {options[token]: name for token, name in election.names.items()}
    if any(line.scores for line in election.ballots):
        return FileVotes(VoteForm.SCORE, names, election.canonical_scores(options), election.title)
    # A line of one rank is an approval; lines with several ranks make all of them rankings.
    if all(len(line.ranks) <= 1 for line in election.ballots):
        return FileVotes(VoteForm.APPROVAL, names, election.canonical_approvals(options), election.title)
    return FileVotes(VoteForm.RANKING, names, election.canonical_rankings(options), election.title)


def _from_pabulib(election: pabulib.PbElection) -> FileVotes:
    options = _ids([project.id for project in election.projects])
    form = {"ordinal": VoteForm.RANKING, "approval": VoteForm.APPROVAL, "choose-1": VoteForm.APPROVAL}.get(
        election.vote_type, VoteForm.SCORE
    )
    names = {
        option: project.name or project.id for option, project in zip(options, election.projects, strict=True)
    }
    return FileVotes(
        form,
        names,
        election.canonical_ballots(options),
        election.meta.get("description", ""),
        settings={"budget": election.budget, "costs": election.costs(options)},
    )


def _ids(names: list[str]) -> list[str]:
    """Return names as option ids, or numbers in their place where one of them cannot be an option id."""
    return names if all(OPTION_ID.fullmatch(name) for name in names) else _numbered(len(names))


def _numbered(number: int) -> list[str]:
    return [f"o{place}" for place in range(1, number + 1)]
