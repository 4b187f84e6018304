"""Writing a .pb file, strictly."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from app.domain.interchange.pabulib.election import PbElection

META_ORDER = (
    "description",
    "country",
    "unit",
    "district",
    "subunit",
    "instance",
    "num_projects",
    "num_votes",
    "budget",
    "vote_type",
    "rule",
    "date_begin",
    "date_end",
    "min_length",
    "max_length",
    "min_sum_cost",
    "max_sum_cost",
    "min_points",
    "max_points",
    "min_sum_points",
    "max_sum_points",
    "default_score",
    "min_project_cost",
    "max_project_cost",
    "min_project_score_threshold",
    "neighborhoods",
    "subdistricts",
    "categories",
    "edition",
    "language",
    "currency",
    "fully_funded",
    "experimental",
    "comment",
    "acknowledgments",
)
"""The order in which the format lists the keys of META; others follow in alphabetical order."""


def write_pabulib(election: PbElection) -> str:
    """Write a .pb file, strictly. Voters are numbered in the order of the votes.

    :raises ValueError: for a vote that names no project, an unknown one or one twice, or has other than one
        number of points a project where any has points.
    """
    known = frozenset(project.id for project in election.projects)
    _check(election, known)
    rows: list[Sequence[object]] = [["META"], ["key", "value"]]
    meta = {
        **election.meta,
        "num_projects": str(len(election.projects)),
        "num_votes": str(len(election.votes)),
        "budget": _shown(election.budget, election.decimals),
        "vote_type": election.vote_type,
    }
    order = {key: index for index, key in enumerate(META_ORDER)}
    rows += [[key, meta[key]] for key in sorted(meta, key=lambda key: (order.get(key, len(order)), key))]
    rows += [["PROJECTS"], *_project_rows(election), ["VOTES"]]
    with_points = election.vote_type in {"cumulative", "scoring"}
    rows.append(["voter_id", "vote", "points"] if with_points else ["voter_id", "vote"])
    for voter, vote in enumerate(election.votes, start=1):
        row = [str(voter), ",".join(vote.projects)]
        rows.append([*row, ",".join(map(str, vote.points))] if with_points else row)
    written = io.StringIO()
    csv.writer(written, delimiter=";", lineterminator="\n").writerows(
        [[_one_line(value) for value in row] for row in rows]
    )
    return written.getvalue()


def _check(election: PbElection, known: frozenset[str]) -> None:
    with_points = election.vote_type in {"cumulative", "scoring"}
    for vote in election.votes:
        right = bool(vote.projects) and len(frozenset(vote.projects)) == len(vote.projects)
        if not right or not known.issuperset(vote.projects):
            raise ValueError(f"not a vote of this election: {vote}")
        if len(vote.points) != (len(vote.projects) if with_points else 0):
            raise ValueError(f"not the points of a vote of this type: {vote}")


def _project_rows(election: PbElection) -> list[list[object]]:
    """Return the PROJECTS section with the columns that have any content, the best supported first."""
    columns = ["project_id", "cost", "votes", "score", "name", "selected"]
    given = {
        "votes": any(project.votes is not None for project in election.projects),
        "score": any(project.score is not None for project in election.projects),
        "selected": any(project.selected is not None for project in election.projects),
    }
    header: list[object] = [column for column in columns if given.get(column, True)]
    rows = [header]
    # Stable: equals stay in the order of the projects.
    for project in sorted(election.projects, key=lambda one: (-(one.score or 0), -(one.votes or 0))):
        cells: dict[str, object] = {
            "project_id": project.id,
            "cost": _shown(project.cost, election.decimals),
            "votes": project.votes or 0,
            "score": project.score or 0,
            "name": project.name,
            "selected": project.selected or 0,
        }
        rows.append([cells[str(column)] for column in header])
    return rows


def _shown(amount: int, decimals: int) -> str:
    if not decimals:
        return str(amount)
    whole, fraction = divmod(amount, 10**decimals)
    return f"{whole}.{fraction:0{decimals}d}"


def _one_line(value: object) -> str:
    """Make a control character of a text a space: every record stands on one line."""
    return "".join(character if character.isprintable() else " " for character in str(value))
