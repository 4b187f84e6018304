"""Casting on the hot path: successful casts, gathered and stored by one statement (one transaction on SQLite).

:func:`app.services.ballots.casting.cast` is the reference. This path only ever makes the cast that the
reference would have made; whatever else there is to say (a closed ballot, a repeated or forbidden vote, a
lost race) it leaves to the reference by answering None.
"""

from __future__ import annotations

import threading
import uuid
from collections import OrderedDict

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from app.db.units import Units
from app.domain import counting
from app.domain.charter.words import Secrecy
from app.domain.evidence.digests import cast_digest
from app.models.ballots import Ballot
from app.models.ids import random_id
from app.policies.permissions import Actor
from app.services.ballots.casting_postgresql import PostgresqlCasts
from app.services.ballots.casting_request import CastRequest, Waited, WaitedInVain
from app.services.ballots.casting_sqlite import SqliteCasts
from app.services.ballots.gathering import Gathering
from app.services.ballots.rules import question_of
from app.services.ballots.voter_receipt import Receipt

#: Questions of opened ballots kept in memory; they are frozen, so nothing ever needs to be forgotten.
MOST_QUESTIONS = 1_000

#: Casts stored by one statement at most.
MOST_GATHERED = 64

Place = tuple[uuid.UUID, uuid.UUID]


class FastCasting:
    """The hot path of one process, shared by its threads.

    :param units: for reading questions; casts go by the connections that commit each statement.
    """

    def __init__(self, units: Units) -> None:
        self._units = units
        self._questions: OrderedDict[Place, counting.Question] = OrderedDict()
        self._lock = threading.Lock()
        postgresql = units.single.dialect.name == "postgresql"
        casts = PostgresqlCasts(units.single) if postgresql else SqliteCasts(units.single)
        self._gathering: Gathering[Place, CastRequest, Receipt | Waited] = Gathering(
            casts.store, most=MOST_GATHERED, lanes=2 if postgresql else 1
        )

    def cast(
        self, actor: Actor, community_id: uuid.UUID, ballot_id: uuid.UUID, choice: object
    ) -> Receipt | None:
        """Make the cast, if all is well with it.

        :param actor: as the access token says; session, membership and role are checked by the statement.
        :return: the receipt of a new cast, or None where the reference has to answer.
        :raises WaitedInVain: when a lock or a connection did not come in the time a request may wait.
        """
        try:
            question = self._question(community_id, ballot_id)
        except sa.exc.TimeoutError:
            raise WaitedInVain(Waited.DATABASE) from None
        if question is None or actor.account_id is None or actor.session_id is None:
            return None
        try:
            text = counting.canonical(question, choice)
        except counting.InvalidVote:
            return None
        tracker = random_id()
        request = CastRequest(
            account_id=actor.account_id,
            session_id=actor.session_id,
            request_id=actor.request_id,
            choice=text,
            tracker=tracker,
            event=random_id(),
            digest=cast_digest(ballot_id, tracker, text),
        )
        answer = self._gathering.submit((community_id, ballot_id), request)
        if isinstance(answer, Waited):
            raise WaitedInVain(answer)
        return answer

    def _question(self, community_id: uuid.UUID, ballot_id: uuid.UUID) -> counting.Question | None:
        """Return the frozen question of an opened ballot of the community whose casts are made here, or None."""
        key = (community_id, ballot_id)
        found = self._questions.get(key)
        if found is not None:
            return found
        statement = (
            sa.select(Ballot)
            .where(Ballot.id == ballot_id, Ballot.community_id == community_id, Ballot.opened_at.is_not(None))
            .options(selectinload(Ballot.options))
        )
        with self._units.read() as session:
            ballot = session.scalar(statement)
            if ballot is None or Secrecy(ballot.secrecy).keeps_votes_apart:
                return None  # what is kept apart is kept in another place
            found = question_of(ballot)
        with self._lock:
            self._questions[key] = found
            while len(self._questions) > MOST_QUESTIONS:
                self._questions.popitem(last=False)
        return found
