"""What is stored of an obligation beside the facts that its state follows from."""

from __future__ import annotations

import uuid

from app.models.obligations import Obligation
from tests.support import debts


def test_the_stored_date_of_the_answer_is_that_of_the_first_one(portal, units, clock):
    town = debts.town_of(portal)
    owed = debts.decided(portal, town, clock)

    def stored():
        with units.read() as session:
            return session.get_one(Obligation, uuid.UUID(owed["id"])).answered_at

    assert stored() is None
    first = debts.answer(town, owed)
    clock.advance(debts.DAY)
    debts.answer(town, owed, reason="Once more.")
    assert debts.instant(stored()) == first["answered_at"]
