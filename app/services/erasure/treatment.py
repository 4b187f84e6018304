"""What becomes of every column that can hold text, once a person is erased: data, from which tests are derived.

A column that is added says here what becomes of it; a test fails until it does. Three answers are possible: it holds
no words of people; what the person wrote there is taken out; or it stays, and why.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class Stays(StrEnum):
    """Why words stay when whoever wrote them is erased. Their author is then a reference that means nobody."""

    THE_COMMUNITYS = "what the brand or a steward says for the community, not for themselves"
    VOTED_ON = "what was put to a vote: everybody's decision rests on these words, and their hash is in the log"
    IN_AN_OFFICE = "a reason or an answer that an office owes the public"


#: Ids, states, digests, keys and figures: nobody can put words of their own there.
NO_WORDS: Final[Mapping[str, frozenset[str]]] = {
    table: frozenset(columns.split())
    for table, columns in {
        "accounts": "reference",
        "attestations": "verdict",
        "audit_contents": "salt",
        "audit_log": "leaf_hash body action object_type object_id actor",
        "audit_outbox": "body leaf_hash",
        "ballot_options": "option_id",
        "ballot_results": "digest",
        "ballots": "kind method weighting weight_cap exclude secrecy disclosure tie_rule quorum threshold "
        "min_approval rejection_quorum token_majority decision_type matters binding_level grants_role roll_hash "
        "manifest_hash tie_secret",
        "boards": "phases",
        "casts": "choice digest leaf_hash",
        "charter_versions": "digest",
        "comment_reactions": "kind",
        "comment_texts": "stance",
        "comments": "subject_type",
        "communities": "allowed_origins",
        "consensus_scores": "seen",
        "delegate_statements": "stance decision_types",
        "delegation_evidence": "part content",
        "delegations": "scope decision_type revoked_because",
        "erasures": "kind ground",
        "idea_answers": "state role",
        "idea_authors": "kind standing",
        "idea_merges": "verdict",
        "idea_opinions": "opinion",
        "ideas": "state",
        "idempotency_records": "id request_sha256",
        "invitations": "code_hash role",
        "log_keys": "origin public_key private_sealed",
        "log_tiles": "data",
        "log_trees": "edge checkpoint",
        "membership_roles": "role",
        "memberships": "reference",
        "moderation_cases": "subject_type state ground",
        "moderation_reports": "ground",
        "moderation_steps": "action source target role ground",
        "obligation_answers": "verdict ground",
        "obligations": "owner_role binding_level",
        "opinion_snapshots": "groups",
        "promoted_ideas": "option_id",
        "proposal_consents": "matter role",
        "proposal_steps": "action source target role",
        "proposal_suggestions": "verdict",
        "proposals": "decision_type matters state stale_reason outcome",
        "refresh_tokens": "token_hash",
        "signing_keys": "kid algorithm public_key private_sealed",
        "token_accounts": "owner",
        "token_entries": "kind",
        "token_imports": "digest mode",
        "vetoes": "decision_type ground",
    }.items()
}

#: What the person wrote there is gone: their rows are deleted, or hold a marker, or nothing.
ERASED: Final[Mapping[str, frozenset[str]]] = {
    table: frozenset(columns.split())
    for table, columns in {
        "accounts": "email display_name password_hash",
        "attestations": "comment",
        "comment_texts": "body html",
        "delegate_statements": "statement",
        "idea_merges": "reason",
        "idea_tags": "tag",
        "idea_texts": "title body tags links",
        "idea_words": "words",
        "ideas": "title body links",
        "idempotency_records": "actor headers body",
        "memberships": "display_name",
        "moderation_reports": "note",
        "proposal_suggestions": "title body reason verdict_reason",
        "sign_in_attempts": "email_digest",
        "token_accounts": "name",
    }.items()
}

#: What stays, wholly or in the cases that its reason names.
KEPT: Final[Mapping[str, Mapping[str, Stays]]] = {
    table: dict.fromkeys(columns.split(), reason)
    for table, (columns, reason) in {
        "audit_contents": ("content", Stays.IN_AN_OFFICE),
        "ballot_options": ("title description", Stays.VOTED_ON),
        "ballot_results": ("body", Stays.VOTED_ON),
        "ballots": (
            "title description settings charter_rules precommitment manifest suspension",
            Stays.VOTED_ON,
        ),
        "boards": ("title description", Stays.THE_COMMUNITYS),
        "charter_versions": ("body", Stays.VOTED_ON),
        "communities": ("slug name description", Stays.THE_COMMUNITYS),
        "idea_answers": ("reason", Stays.IN_AN_OFFICE),
        "idea_merges": ("verdict_reason", Stays.IN_AN_OFFICE),
        "milestone_evidence": ("note url", Stays.IN_AN_OFFICE),
        "milestones": ("title description", Stays.IN_AN_OFFICE),
        "moderation_cases": ("ground_title reason", Stays.IN_AN_OFFICE),
        "moderation_steps": ("reason", Stays.IN_AN_OFFICE),
        "obligation_answers": ("reason", Stays.IN_AN_OFFICE),
        "obligations": ("title rules", Stays.VOTED_ON),
        "precommitments": ("undertaking budget refusal_grounds", Stays.IN_AN_OFFICE),
        "proposal_consents": ("reason", Stays.IN_AN_OFFICE),
        "proposal_steps": ("reason", Stays.IN_AN_OFFICE),
        "proposal_texts": ("title body options operations", Stays.VOTED_ON),
        "proposals": ("title body options operations basis stale_detail rules", Stays.VOTED_ON),
        "token_entries": ("reason", Stays.IN_AN_OFFICE),
        "vetoes": ("reason", Stays.IN_AN_OFFICE),
    }.items()
}
