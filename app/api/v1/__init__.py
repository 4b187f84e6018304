"""Version 1 of the API: one package a feature, listed here in the order in which the documentation shows them."""

from app.api.v1.accounts.routes import blp as accounts
from app.api.v1.audit.routes import blp as audit
from app.api.v1.ballots.routes import blp as ballots
from app.api.v1.charter.routes import blp as charter
from app.api.v1.charter.routes import templates_blp as charter_templates
from app.api.v1.communities.routes import blp as communities
from app.api.v1.members.routes import blp as members
from app.api.v1.methods.routes import blp as methods
from app.api.v1.obligations.routes import blp as obligations
from app.api.v1.proposals.routes import blp as proposals
from app.api.v1.receipts.routes import blp as receipts
from app.api.v1.sessions.routes import blp as sessions
from app.api.v1.suggestions.routes import blp as suggestions

BLUEPRINTS = (
    accounts,
    sessions,
    communities,
    members,
    charter,
    proposals,
    suggestions,
    ballots,
    obligations,
    receipts,
    methods,
    charter_templates,
    audit,
)
