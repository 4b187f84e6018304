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
    VOTED_ON = (
        "what was put to a vote: everybody's decision rests on these words, and their hash is in the log"
    )
    A_SHORT_NAME = "what the charter, a ballot or the treasury calls one of its parts"
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
        "ballot_results": "digest",
        "ballots": "kind method weighting weight_cap exclude secrecy disclosure tie_rule quorum threshold "
        "min_approval rejection_quorum token_majority binding_level grants_role roll_hash "
        "manifest_hash tie_secret",
        "ballot_keys": "purpose public_key private_sealed",
        "boards": "phases",
        "casts": "digest leaf_hash",
        "charter_versions": "digest",
        "comment_reactions": "kind",
        "comment_texts": "stance",
        "comments": "subject_type",
        "confidential_casts": "handle salt digest",
        "consensus_scores": "seen",
        "credential_issuances": "blinded_message blind_signature",
        "delegate_statements": "stance",
        "delegation_evidence": "part content",
        "delegations": "scope revoked_because",
        "erasures": "kind ground",
        "group_members": "standing",
        "groups": "kind joining",
        "idea_answers": "state role",
        "idea_authors": "kind standing",
        "idea_merges": "verdict",
        "idea_opinions": "opinion",
        "ideas": "state",
        "idempotency_records": "id request_sha256",
        "invitations": "code_hash role",
        "log_keys": "origin public_key private_sealed succession",
        "log_tiles": "data",
        "log_trees": "edge checkpoint",
        "membership_roles": "role",
        "memberships": "reference",
        "moderation_cases": "subject_type state",
        "moderation_steps": "action source target role",
        "obligation_answers": "verdict",
        "obligations": "owner_role binding_level",
        "opened_votes": "invalid",
        "opinion_snapshots": "groups",
        "proposal_consents": "role",
        "proposal_steps": "action source target role",
        "proposal_suggestions": "verdict",
        "proposals": "state stale_reason outcome",
        "refresh_tokens": "token_hash",
        "secret_casts": "fingerprint public_key prefix credential sealed_choice signature digest",
        "signing_keys": "kid algorithm public_key private_sealed",
        "token_accounts": "owner",
        "token_entries": "kind",
        "token_imports": "digest mode",
    }.items()
}

#: What the person wrote there is gone: their rows are deleted, or hold a marker, or nothing.
ERASED: Final[Mapping[str, frozenset[str]]] = {
    table: frozenset(columns.split())
    for table, columns in {
        "accounts": "email display_name password_hash",
        "attestations": "comment",
        "comment_texts": "body html",
        "delegate_statements": "statement decision_types",
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
    }.items()
}

_KEPT: Final[Mapping[Stays, Mapping[str, str]]] = {
    Stays.THE_COMMUNITYS: {
        "boards": "title description",
        "communities": "slug name description allowed_origins",
        "groups": "name description",
    },
    Stays.VOTED_ON: {
        "ballot_options": "title description",
        "ballot_results": "body",
        "ballots": "title description settings charter_rules precommitment manifest suspension",
        "charter_versions": "body",
        "obligations": "title rules",
        "proposal_texts": "title body options operations",
        "proposals": "title body options operations basis stale_detail rules",
    },
    Stays.IN_AN_OFFICE: {
        "audit_contents": "content",
        "groups": "archived_because",
        "idea_answers": "reason",
        "idea_merges": "verdict_reason",
        "milestone_evidence": "note url",
        "milestones": "title description",
        "moderation_cases": "ground_title reason",
        "moderation_steps": "reason",
        "obligation_answers": "reason",
        "precommitments": "undertaking budget refusal_grounds",
        "proposal_consents": "reason",
        "proposal_steps": "reason",
        "token_entries": "reason",
        "vetoes": "reason",
    },
    Stays.A_SHORT_NAME: {
        "ballot_options": "option_id",
        "ballots": "decision_type matters",
        "casts": "choice",
        "confidential_casts": "choice",
        "delegations": "decision_type",
        "moderation_cases": "ground",
        "moderation_reports": "ground",
        "moderation_steps": "ground",
        "obligation_answers": "ground",
        "opened_votes": "choice",
        "promoted_ideas": "option_id",
        "proposal_consents": "matter",
        "proposals": "decision_type matters",
        "token_accounts": "name",
        "vetoes": "decision_type ground",
    },
}

#: What stays of a column, wholly or in the cases that its reason names, by (table, column).
KEPT: Final[Mapping[tuple[str, str], Stays]] = {
    (table, column): reason
    for reason, tables in _KEPT.items()
    for table, columns in tables.items()
    for column in columns.split()
}
