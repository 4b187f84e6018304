"""A participatory budgeting election as a Pabulib file holds it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

VoteType = Literal["approval", "choose-1", "cumulative", "scoring", "ordinal"]


@dataclass(frozen=True, slots=True)
class PbProject:
    """One project.

    :param cost: in units of 10**-decimals of the file's currency.
    :param votes: how many votes it got, if the file says so; ``score`` likewise its points.
    :param selected: 1 if it was funded, above 1 if from other money, 0 if not; None if the file is silent.
    """

    id: str
    cost: int
    name: str = ""
    votes: int | None = None
    score: int | None = None
    selected: int | None = None


@dataclass(frozen=True, slots=True)
class PbVote:
    """One voter's vote: projects, in order of preference where the vote type has one, and their points."""

    projects: tuple[str, ...]
    points: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class PbElection:
    """An election as a Pabulib file holds it.

    :param meta: keys of the META section to their texts, without ``num_projects``, ``num_votes``, ``budget`` and
        ``vote_type``, which follow from the rest.
    :param budget: in units of 10**-decimals.
    :param decimals: of all amounts.
    """

    budget: int
    vote_type: VoteType
    projects: tuple[PbProject, ...]
    votes: tuple[PbVote, ...]
    meta: Mapping[str, str] = field(default_factory=dict)
    decimals: int = 0

    def costs(self, options: Sequence[str]) -> dict[str, int]:
        """Return what each option costs.

        :param options: the option id of every project, in the order of the projects.
        """
        return {option: project.cost for option, project in zip(options, self.projects, strict=True)}

    def canonical_ballots(self, options: Sequence[str]) -> dict[str, int]:
        """Return the votes as canonical texts with the number of voters: approvals, rankings, or points.

        A project named twice counts where it is named first; points of 0 are left out.

        :param options: the option id of every project, in the order of the projects.
        :raises ValueError: when there are not as many options as projects.
        """
        if len(options) != len(self.projects):
            raise ValueError(f"{len(options)} option ids for {len(self.projects)} projects")
        option_of = {project.id: option for project, option in zip(self.projects, options, strict=True)}
        place = {option: index for index, option in enumerate(options)}
        texts: Counter[str] = Counter()
        for vote in self.votes:
            named = list(dict.fromkeys(option_of[project] for project in vote.projects))
            if self.vote_type == "ordinal":
                texts[">".join(named)] += 1
                continue
            points: dict[str, int] = {}
            for project, number in zip(vote.projects, vote.points, strict=False):
                points.setdefault(option_of[project], number)
            named.sort(key=place.__getitem__)
            if points:
                texts[",".join(f"{option}:{points[option]}" for option in named if points[option])] += 1
            else:
                texts[",".join(named)] += 1
        return dict(texts)


def from_canonical(
    options: Sequence[str],
    ballots: Mapping[str, int],
    *,
    budget: int,
    costs: Mapping[str, int],
    names: Mapping[str, str],
    funded: Sequence[str],
    meta: Mapping[str, str],
    decimals: int = 0,
) -> PbElection:
    """Make an election of canonical texts (approvals, points or rankings, all of one kind).

    :param ballots: canonical text to the number of voters who voted so: weights that are not heads cannot be
        written in this format. Blank ballots are left out: a line without a vote is invalid.
    :param funded: the options that were funded.
    :param meta: at least ``description``, ``country`` (its English name), ``unit``, ``instance``, ``rule``,
        ``date_begin`` and ``date_end`` (``dd.mm.yyyy``), which the format demands.
    """
    votes: list[PbVote] = []
    for text in sorted(text for text in ballots if text):
        votes += [_vote(text)] * ballots[text]
    joined = "".join(ballots)
    vote_type: VoteType = "cumulative" if ":" in joined else "ordinal" if ">" in joined else "approval"
    supporters: Counter[str] = Counter()
    score: Counter[str] = Counter()
    for vote in votes:
        supporters.update(vote.projects)
        for project, points in zip(vote.projects, vote.points, strict=False):
            score[project] += points
    chosen = frozenset(funded)
    return PbElection(
        budget=budget,
        vote_type=vote_type,
        projects=tuple(
            PbProject(
                id=option,
                cost=costs[option],
                name=names.get(option, option),
                votes=supporters[option],
                score=score[option] if vote_type == "cumulative" else None,
                selected=int(option in chosen),
            )
            for option in options
        ),
        votes=tuple(votes),
        meta=meta,
        decimals=decimals,
    )


def _vote(text: str) -> PbVote:
    """Read a canonical text; projects with points come with the most points first."""
    if ":" not in text:
        return PbVote(tuple(text.split(">" if ">" in text else ",")))
    pairs = [entry.split(":") for entry in text.split(",")]
    pairs.sort(key=lambda pair: -int(pair[1]))  # stable: equals stay in the question's order
    return PbVote(tuple(option for option, _ in pairs), tuple(int(points) for _, points in pairs))
