"""A ballot's counted votes as other people's programs read them, and their files counted as ballots are here.

The log names every cast by its tracker; these files are the tally. What is counted from a file is kept nowhere.
"""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy.orm import Session

from app.domain import counting
from app.domain.counting import METHODS
from app.domain.errors import refuse
from app.domain.interchange.files import (
    CountedVotes,
    FileFormat,
    FileVotes,
    NotWritable,
    Unreadable,
    VoteForm,
    formats_of,
    read_votes,
    write_votes,
)
from app.domain.weights import Weighting
from app.models.communities import Community
from app.policies.permissions import Actor
from app.services.ballots import closing
from app.services.ballots.drafts import read
from app.services.ballots.preview import PREVIEW_ID, PREVIEW_SEED
from app.services.ballots.rules import question_of
from app.services.ballots.tallying import tally

#: How a file is counted when nobody says by which method, for one seat and for several.
_USUAL: Final[Mapping[VoteForm, tuple[str, str]]] = {
    VoteForm.RANKING: ("irv", "stv"),
    VoteForm.APPROVAL: ("approval", "approval"),
    VoteForm.SCORE: ("score", "score"),
}
_SCORE: Final = re.compile(r":(-?\d+)")
_MOST_OPTIONS: Final = 500


@dataclass(frozen=True, slots=True)
class VotesFile:
    """A file of votes: its name and its text."""

    filename: str
    text: str


def export_votes(session: Session, actor: Actor, ballot_id: uuid.UUID, form: FileFormat) -> VotesFile:
    """Return a closed ballot's counted votes in a format, each with the weight it was counted with.

    Whoever asks first after the close has the ballot counted.

    :raises Refusal: ``not-found``; ``ballot-not-closed`` or ``ballot-not-open``; ``format-cannot-hold`` where the
        format has no words for such votes.
    """
    result = closing.as_document(closing.result(session, actor, ballot_id))
    ballot = read(session, actor, ballot_id)
    question = question_of(ballot)
    if ballot.weighting == Weighting.DUAL:
        raise _cannot_hold(question.method, "A double majority has two tallies, and a file holds one.")
    votes = tally(session, ballot).votes
    community = session.get_one(Community, ballot.community_id)
    try:
        written = write_votes(
            form,
            CountedVotes(
                question=question,
                ballots=votes.by_choice,
                heads=votes.by_choice if votes.weight == votes.voters else None,
                names={option.option_id: option.title for option in ballot.options},
                title=ballot.title,
                winners=tuple(result["winners"]),
                opened_on=_date(ballot.opens_at or ballot.opened_at),
                closed_on=_date(ballot.closes_at),
                community=community.name,
            ),
        )
    except NotWritable as reason:
        raise _cannot_hold(question.method, str(reason)) from None
    return VotesFile(f"votes-{ballot.id}.{written.extension}", written.text)


def read_file(form: FileFormat, data: bytes) -> FileVotes:
    """Read an uploaded file.

    :param data: UTF-8, with or without a byte order mark; what is not is taken for Latin-1, as older programs write.
    :raises Refusal: ``unreadable-votes``, naming the line.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    try:
        votes = read_votes(form, text)
    except Unreadable as wrong:
        raise refuse("unreadable-votes", f"This is no {form.value} file: {wrong}") from None
    if not 1 <= len(votes.names) <= _MOST_OPTIONS:
        raise refuse(
            "unreadable-votes", f"It has {len(votes.names)} options; 1 to {_MOST_OPTIONS} can be counted."
        )
    return votes


def count_file(
    votes: FileVotes, *, method: str | None, seats: int | None, stated_order: bool
) -> dict[str, Any]:
    """Count what a file holds.

    :param method: by name; the usual one for what the votes say unless given.
    :param seats: those of the file unless given, else one.
    :param stated_order: whether ties fall by the order of the file's options; else by a lot.
    :return: what was counted, with ``count`` and ``explanation`` as a certified result has them.
    :raises Refusal: ``invalid-question`` and ``invalid-vote`` where the method cannot count such votes.
    """
    several = seats if seats is not None else votes.seats if votes.seats is not None else 1
    chosen = method or _usual(votes, several)
    question = counting.Question(
        method=chosen,
        options=tuple(votes.names),
        seats=several if METHODS[chosen].seats == "many" else 1,
        settings=_settings(chosen, votes),
    )
    try:
        counting.check_question(question)
    except counting.InvalidQuestion as invalid:
        faults = "; ".join(f"{pointer} {detail}" for pointer, detail in invalid.errors)
        raise refuse("invalid-question", f"{chosen} cannot count this file: {faults}.") from None
    ballots: dict[str, int] = {}
    for text, weight in votes.ballots.items():
        try:
            same = counting.canonical(question, counting.to_choice(question, text))
        except (counting.InvalidVote, ValueError) as invalid:
            raise refuse(
                "invalid-vote", f"{chosen} cannot count the vote {text[:100]!r}: {invalid}"
            ) from None
        ballots[same] = ballots.get(same, 0) + weight
    ties = (
        counting.StatedOrder(question.options)
        if stated_order
        else counting.LotOrder(PREVIEW_ID, PREVIEW_SEED, question.options)
    )
    count = counting.count(question, ballots, tie_order=ties)
    return {
        "title": votes.title,
        "form": votes.form.value,
        "method": chosen,
        "seats": question.seats,
        "settings": question.settings,
        "options": [{"id": option, "title": name} for option, name in votes.names.items()],
        "weight": sum(ballots.values()),
        "count": count.to_json(),
        "explanation": counting.explain(count, dict(votes.names)),
    }


def _usual(votes: FileVotes, seats: int) -> str:
    if "budget" in votes.settings:
        return "equal_shares"
    return _USUAL[votes.form][seats > 1]


def _settings(method: str, votes: FileVotes) -> dict[str, Any]:
    """Return the settings that the votes themselves ask for: a budget's costs, the range of scores."""
    known = METHODS[method].settings_schema()["properties"]
    found = {name: value for name, value in votes.settings.items() if name in known}
    if "highest_score" in known:
        scores = [int(score) for text in votes.ballots for score in _SCORE.findall(text)]
        found |= {"lowest_score": min([0, *scores]), "highest_score": max([1, *scores])}
    return found | ({"min": 0} if "min" in known else {})


def _cannot_hold(method: str, why: str) -> Exception:
    formats = [form.value for form in formats_of(method)]
    return refuse("format-cannot-hold", why, extensions={"formats": formats})


def _date(moment: dt.datetime | None) -> str:
    return "" if moment is None else moment.astimezone(dt.UTC).strftime("%d.%m.%Y")
