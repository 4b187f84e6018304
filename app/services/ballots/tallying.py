"""The votes that count, by weight and in a double majority by tokens too.

The database groups them, unless members may let others vote for them: then where everybody's weight went is
resolved first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from app.db.patience import allow_long_statements
from app.domain.charter.words import Secrecy
from app.domain.delegation import Resolution
from app.domain.weights import Weighting
from app.models.ballots import Ballot, Cast, RollEntry
from app.services.ballots.apart_tallying import choices, votes_digest
from app.services.ballots.lines import dialect_of, joined, number_text, sha256_of, uuid_text, written
from app.services.delegations import resolving
from app.services.delegations.dating import wait_for_earlier
from app.services.delegations.resolving import Resolved, Votes


@dataclass(frozen=True, slots=True)
class Tally:
    """The votes that count, by one kind of weight.

    :param by_choice: weight by canonical choice, each above 0.
    :param voters: people whose vote weighs anything here.
    :param largest_vote: the weight of the single vote that counts most; 0 where nobody voted.
    :param delegated: weight that delegates carry for others.
    """

    by_choice: Mapping[str, int]
    voters: int
    largest_vote: int
    delegated: int = 0

    @property
    def weight(self) -> int:
        """Return what all votes weigh together."""
        return sum(self.by_choice.values())


@dataclass(frozen=True, slots=True)
class Tallied:
    """Everything a count starts from.

    :param votes: by the weight on the roll; of a double majority, by members.
    :param tokens: of a double majority, by tokens; else None.
    :param votes_digest: SHA-256 over the counted votes' lines, see :func:`tally`.
    :param resolved: where the weight of everyone on the roll went; None where only direct votes count.
    """

    votes: Tally
    tokens: Tally | None
    votes_digest: str
    resolved: Resolved | None = None


def tally(session: Session, ballot: Ballot) -> Tallied:
    """Group the votes that count: each member's latest.

    The roll's weights, and its tokens, come to at most 2**53 - 1, so a 64-bit SUM is exact. The digest is over
    ``tracker SP weight SP choice LF`` sorted by tracker; of a double majority over ``tracker SP weight SP tokens
    SP choice LF``; the weights are everyone's own.

    :param ballot: closed by the database's clock, its row locked.
    """
    allow_long_statements(session)
    if Secrecy(ballot.secrecy).keeps_votes_apart:
        chosen = choices(session, ballot)
        voters = sum(chosen.values())
        votes = Tally(by_choice=chosen, voters=voters, largest_vote=min(voters, 1))
        return Tallied(votes=votes, tokens=None, votes_digest=votes_digest(session, ballot))
    dual = ballot.weighting == Weighting.DUAL
    rule = resolving.rule_of(ballot)
    if rule is not None:
        wait_for_earlier(session, ballot.community_id)
        resolved = resolving.resolve_ballot(session, ballot, rule)
        return Tallied(
            votes=_carried(resolved.votes, resolved.members),
            tokens=None if resolved.tokens is None else _carried(resolved.votes, resolved.tokens),
            votes_digest=_digest(session, ballot, dual=dual),
            resolved=resolved,
        )
    return Tallied(
        votes=_grouped(session, ballot, RollEntry.weight),
        tokens=_grouped(session, ballot, RollEntry.tokens) if dual else None,
        votes_digest=_digest(session, ballot, dual=dual),
    )


def _grouped(session: Session, ballot: Ballot, weight: InstrumentedAttribute[int]) -> Tally:
    rows = session.execute(
        _counted_votes(ballot)
        .add_columns(Cast.choice, sa.func.sum(weight), sa.func.count(), sa.func.max(weight))
        .where(weight > 0)
        .group_by(Cast.choice)
    ).all()
    return Tally(
        by_choice={choice: int(total) for choice, total, _, _ in rows},
        voters=sum(number for _, _, number, _ in rows),
        largest_vote=max((largest for *_, largest in rows), default=0),
    )


def _carried(votes: Votes, resolution: Resolution) -> Tally:
    """Return the tally in which each vote counts with what its voter carries."""
    return Tally(
        by_choice=votes.tally(resolution.counted),
        voters=sum(weight > 0 for weight in resolution.counted),
        largest_vote=max(resolution.counted, default=0),
        delegated=resolution.delegated_weight,
    )


def _counted_votes(ballot: Ballot) -> sa.Select[Any]:
    """Select the casts that count, joined to the roll: each member's latest revision."""
    later = aliased(Cast)
    replaced = sa.exists().where(
        later.ballot_id == Cast.ballot_id,
        later.membership_id == Cast.membership_id,
        later.revision == Cast.revision + 1,
    )
    return (
        sa.select()
        .select_from(Cast)
        .join(
            RollEntry,
            sa.and_(RollEntry.ballot_id == Cast.ballot_id, RollEntry.membership_id == Cast.membership_id),
        )
        .where(Cast.ballot_id == ballot.id, ~replaced)
    )


#: The same casts as text, in the order of their digest.
_LINES = """
FROM casts c
JOIN roll_entries r ON r.ballot_id = c.ballot_id AND r.membership_id = c.membership_id
WHERE c.ballot_id = {ballot} AND NOT EXISTS (
    SELECT 1 FROM casts l
    WHERE l.ballot_id = c.ballot_id AND l.membership_id = c.membership_id AND l.revision = c.revision + 1
)
ORDER BY c.tracker
"""


def _digest(session: Session, ballot: Ballot, *, dual: bool) -> str:
    numbers = ("r.weight", "r.tokens") if dual else ("r.weight",)
    cells = [uuid_text(dialect_of(session), "c.tracker"), *map(number_text, numbers), "c.choice"]
    return sha256_of(written(session, joined(" ", cells), _LINES, ballot.id))
