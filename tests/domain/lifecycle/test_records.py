"""What the tables say is recorded is what the audit log has a name for."""

from __future__ import annotations

import pytest

from app.domain.lifecycle import BALLOT_TRANSITIONS, IDEA_LIFECYCLE, PROPOSAL_LIFECYCLE
from app.domain.moderation.lifecycle import CASE_LIFECYCLE
from app.services.audit import Action


@pytest.mark.parametrize(
    "row",
    [*BALLOT_TRANSITIONS, *PROPOSAL_LIFECYCLE, *IDEA_LIFECYCLE, *CASE_LIFECYCLE],
    ids=lambda row: row.records,
)
def test_the_audit_log_knows_the_action(row):
    assert row.records in {action.value for action in Action}
