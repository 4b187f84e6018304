"""The identifiers in the requests before each is replaced by something real."""

from __future__ import annotations

STAND_INS = {
    name: f"00000000-0000-7000-8000-{number:012x}"
    for number, name in enumerate(
        (
            "community_id",
            "ballot_id",
            "membership_id",
            "session_id",
            "invitation_id",
            "tracker",
            "proposal_id",
            "suggestion_id",
            "obligation_id",
            "milestone_id",
            "account_id",
            "delegation_id",
            "board_id",
            "idea_id",
            "merge_id",
            "subject_id",
            "comment_id",
            "case_id",
            "group_id",
        ),
        1,
    )
}

#: What is no identifier that the service gives: a reserved matter of the charter.
MATTER = "trade_marks"

#: Ids that stand for members in the examples of bodies.
EXAMPLE_MEMBERS = (b"0197c2a4-5b1e-7c9d-8f00-2f4be1a3c001", b"0197c2a4-5b1e-7c9d-8f00-2f4be1a3c002")
#: The identifier in the examples of bodies; it stands for a member to invite, or an idea to merge into.
IN_BODIES = "0192f0c1-7c1e-7abc-8def-0123456789ab"
