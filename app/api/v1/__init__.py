"""Version 1 of the API: one package a feature, listed here in the order in which the documentation shows them."""

from app.api.v1.accounts.routes import blp as accounts
from app.api.v1.audit.routes import blp as audit
from app.api.v1.ballots.file_routes import blp as vote_files
from app.api.v1.ballots.routes import blp as ballots
from app.api.v1.boards.routes import blp as boards
from app.api.v1.charter.routes import blp as charter
from app.api.v1.charter.routes import templates_blp as charter_templates
from app.api.v1.comments.routes import blp as comments
from app.api.v1.communities.routes import blp as communities
from app.api.v1.delegations.routes import blp as delegations
from app.api.v1.erasure.routes import blp as erasure
from app.api.v1.evidence.routes import blp as evidence
from app.api.v1.groups.routes import blp as groups
from app.api.v1.ideas.merge_routes import blp as merges
from app.api.v1.ideas.routes import blp as ideas
from app.api.v1.ideas.support_routes import blp as support
from app.api.v1.log.routes import blp as log
from app.api.v1.members.routes import blp as members
from app.api.v1.methods.routes import blp as methods
from app.api.v1.moderation.routes import blp as moderation
from app.api.v1.obligations.routes import blp as obligations
from app.api.v1.proposals.routes import blp as proposals
from app.api.v1.receipts.routes import blp as receipts
from app.api.v1.secret_ballots.routes import blp as secret_ballots
from app.api.v1.sessions.routes import blp as sessions
from app.api.v1.suggestions.routes import blp as suggestions
from app.api.v1.tokens.import_routes import blp as token_imports
from app.api.v1.tokens.routes import blp as tokens

BLUEPRINTS = (
    accounts,
    sessions,
    erasure,
    communities,
    members,
    charter,
    groups,
    boards,
    ideas,
    support,
    merges,
    proposals,
    suggestions,
    comments,
    moderation,
    ballots,
    vote_files,
    secret_ballots,
    delegations,
    obligations,
    tokens,
    token_imports,
    receipts,
    evidence,
    methods,
    charter_templates,
    audit,
    log,
)
