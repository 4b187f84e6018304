"""The error catalogue: every reason for which Althing refuses a request, as data.

Domain and services raise :class:`Refusal` with one of :data:`PROBLEMS`; they know nothing of HTTP. The HTTP
kit maps a problem's :class:`Kind` to a status code and its slug to the stable type URI
``/problems/<slug>`` (RFC 9457). The documentation and the OpenAPI document list the same catalogue.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """What sort of refusal a problem is; the edge decides how its protocol says so."""

    INVALID = "invalid"
    UNAUTHENTICATED = "unauthenticated"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    CONFLICT = "conflict"
    PRECONDITION = "precondition"
    TOO_MANY = "too_many"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True, slots=True)
class Problem:
    """One entry of the catalogue.

    ``slug`` is stable for ever (clients switch on it), ``title`` is a short sentence for people, ``members``
    says what further members its problem objects have (RFC 9457 section 3.2), by name.
    """

    slug: str
    title: str
    kind: Kind
    members: Mapping[str, str] = field(default_factory=dict)


class Refusal(Exception):
    """A request that is refused, with the catalogue entry, the particulars and pointers into the input.

    :param problem: the catalogue entry.
    :param detail: what happened this time, in one sentence a caller can act on; never SQL, paths or secrets.
    :param errors: (RFC 6901 JSON pointer into the request body, detail) pairs.
    :param extensions: further members of the problem object (RFC 9457 section 3.2).
    :param effects_stand: what the use case wrote before refusing is to be committed, not rolled back: a
        counted failure, a session revoked because its refresh token came twice.
    """

    def __init__(
        self,
        problem: Problem,
        detail: str = "",
        *,
        errors: Sequence[tuple[str, str]] = (),
        extensions: Mapping[str, Any] | None = None,
        effects_stand: bool = False,
    ) -> None:
        super().__init__(detail or problem.title)
        self.problem = problem
        self.detail = detail or problem.title
        self.errors = list(errors)
        self.extensions = dict(extensions or {})
        self.effects_stand = effects_stand


_STANDING = {
    "state": "where the ballot stands",
    "opens_at": "when voting begins, null while that is not fixed",
    "closes_at": "when voting ends, null while that is not fixed",
}
_SHORT = {
    "available": "what the account can move now, in minor units",
    "wanted": "what the request would take, in minor units",
}
_ROOM = {"room": "how many minor units can still be issued"}
_END = {"position": "of the ledger's last entry"}
_BAD_LINES = {
    "bad_lines": "how many lines cannot be imported",
    "reasons": "how many for each reason",
    "first": "the first of them: line, reason and detail",
}
_IMPORTED = {"import_id": "the import that had the same content", "imported_at": "when that was"}
_WAIT = {"retry_after": "whole seconds until the next attempt is looked at"}

_ENTRIES = (
    # Access
    Problem("invalid-token", "The access token is missing, invalid or expired", Kind.UNAUTHENTICATED),
    Problem("invalid-credentials", "E-mail address and password do not match", Kind.UNAUTHENTICATED),
    Problem(
        "invalid-refresh-token",
        "The refresh token is unknown, used, revoked or expired",
        Kind.UNAUTHENTICATED,
    ),
    Problem("not-found", "There is no such thing here", Kind.NOT_FOUND),
    Problem("forbidden", "Your roles do not give this permission", Kind.FORBIDDEN),
    Problem("email-taken", "An account with this e-mail address exists", Kind.CONFLICT),
    Problem("slug-taken", "A community with this slug exists", Kind.CONFLICT),
    Problem("already-member", "You are already a member", Kind.CONFLICT),
    Problem("invalid-invitation", "The invitation is unknown, used up, revoked or expired", Kind.CONFLICT),
    Problem("last-brand-owner", "A community keeps at least one brand owner", Kind.CONFLICT),
    Problem("own-role", "Nobody changes their own roles upwards", Kind.FORBIDDEN),
    Problem("auditor-is-exclusive", "An auditor holds no other role", Kind.CONFLICT),
    Problem("own-verification", "Nobody verifies their own account", Kind.FORBIDDEN),
    Problem("role-already-held", "The member already holds this role", Kind.CONFLICT),
    Problem("not-active", "The membership is not active", Kind.CONFLICT),
    Problem("too-many-attempts", "Too many attempts; wait before the next one", Kind.TOO_MANY, _WAIT),
    # Ballots
    Problem(
        "ballot-not-draft",
        "The ballot has been opened and can no longer be changed",
        Kind.CONFLICT,
        _STANDING,
    ),
    Problem("invalid-question", "The ballot's question does not fit its method", Kind.CONFLICT),
    Problem("invalid-period", "The voting period does not lie ahead", Kind.CONFLICT),
    Problem("empty-roll", "Nobody would be entitled to vote", Kind.CONFLICT),
    Problem("ballot-not-open", "The ballot is not open for voting", Kind.CONFLICT, _STANDING),
    Problem("not-on-roll", "You are not on this ballot's electoral roll", Kind.FORBIDDEN),
    Problem("invalid-vote", "The vote does not answer the question", Kind.CONFLICT),
    Problem("already-voted", "You have voted, and this ballot's votes cannot be changed", Kind.CONFLICT),
    Problem("ballot-not-closed", "The ballot has not closed yet", Kind.CONFLICT, _STANDING),
    Problem("log-not-disclosed", "This ballot's log is not disclosed to you at this time", Kind.FORBIDDEN),
    Problem(
        "format-cannot-hold",
        "This format has no words for the ballot's votes",
        Kind.CONFLICT,
        {"formats": "The formats that have, by the names that this operation knows them by."},
    ),
    Problem("unreadable-votes", "This is no file of votes in that format", Kind.CONFLICT),
    Problem("charts-not-installed", "This installation does not draw charts as SVG", Kind.CONFLICT),
    Problem("fixed-by-charter", "The charter fixes this for ballots of this decision type", Kind.CONFLICT),
    Problem(
        "unknown-decision-type", "The charter in force has no such decision type for this", Kind.CONFLICT
    ),
    Problem(
        "not-a-candidate", "An option of an election names no member who can take the role", Kind.CONFLICT
    ),
    Problem("ballot-suspended", "Voting is suspended for the time being", Kind.CONFLICT),
    Problem("suspension-not-possible", "The ballot cannot be suspended, or not again", Kind.CONFLICT),
    Problem(
        "secret-ballot", "Votes in this ballot are cast with a credential, by nobody known", Kind.CONFLICT
    ),
    Problem("not-a-secret-ballot", "This ballot takes no credentials", Kind.CONFLICT),
    Problem("credential-issued", "You were given a credential for another message", Kind.CONFLICT),
    Problem(
        "invalid-credential", "Credential, key and signature do not show the right to vote", Kind.FORBIDDEN
    ),
    Problem(
        "surplus-votes", "There are more votes than credentials: nothing can be certified", Kind.CONFLICT
    ),
    Problem(
        "outdated-seq", "A vote of this key with as high a seq, or a higher one, is there", Kind.CONFLICT
    ),
    # Delegation
    Problem(
        "invalid-delegation", "Scope, target and end of the delegation do not fit together", Kind.CONFLICT
    ),
    Problem("delegation-not-allowed", "The rules let no delegation of this kind count", Kind.CONFLICT),
    Problem("not-a-delegate", "This member cannot vote for you", Kind.CONFLICT),
    # Charter
    Problem("invalid-charter", "The charter does not make sense as it stands", Kind.CONFLICT),
    Problem("charter-superseded", "Another version of the charter is in force", Kind.CONFLICT),
    Problem("invalid-amendment", "The operations do not fit the charter in force", Kind.CONFLICT),
    Problem("entrenched", "The rule for changing a rule is never weaker than that rule", Kind.CONFLICT),
    Problem("reserved-matter", "The matter is reserved: this way of deciding it is not open", Kind.CONFLICT),
    Problem("ground-not-listed", "The charter does not list this ground", Kind.CONFLICT),
    # Proposals
    Problem("illegal-step", "The proposal is in no state in which this can be done", Kind.CONFLICT),
    Problem("not-the-author", "Only its author may do this", Kind.FORBIDDEN),
    Problem("text-superseded", "The text has changed since", Kind.CONFLICT),
    Problem("suggestion-decided", "The suggestion has been decided or withdrawn", Kind.CONFLICT),
    Problem("discussion-not-over", "The discussion is not over yet", Kind.CONFLICT),
    Problem("precommitment-missing", "The brand has not said yet what follows if it passes", Kind.CONFLICT),
    Problem("veto-not-possible", "The decision type gives no veto, or its quota is used up", Kind.CONFLICT),
    Problem("override-not-possible", "The veto cannot be overridden, or not at this time", Kind.CONFLICT),
    # Obligations
    Problem("refusal-not-allowed", "This answer is not open to the brand under the decision", Kind.CONFLICT),
    Problem("obligation-not-open", "The obligation is in no state in which this can be done", Kind.CONFLICT),
    # Tokens
    Problem("account-name-taken", "An account of this name exists, or the name is not free", Kind.CONFLICT),
    Problem("unknown-account", "No account of this community goes by this name", Kind.CONFLICT),
    Problem("account-assigned", "The account belongs to somebody already", Kind.CONFLICT),
    Problem("not-your-account", "The account is not yours to move tokens from", Kind.FORBIDDEN),
    Problem("invalid-entry", "The ledger cannot hold such an entry", Kind.CONFLICT),
    Problem("not-available", "The account has less available than is wanted", Kind.CONFLICT, _SHORT),
    Problem("supply-exceeded", "More tokens would exist than 2^53 - 1", Kind.CONFLICT, _ROOM),
    Problem("position-ahead", "The ledger has not come to this position yet", Kind.CONFLICT, _END),
    Problem("bad-lines", "The file has lines that cannot be imported", Kind.CONFLICT, _BAD_LINES),
    Problem("already-imported", "This very file has been imported before", Kind.CONFLICT, _IMPORTED),
    # Log
    Problem("not-in-log-yet", "The log does not show this yet", Kind.NOT_FOUND, _WAIT),
    # Groups
    Problem("group-archived", "The group is archived", Kind.CONFLICT),
    Problem("group-closed-to-you", "The group does not let you in by yourself", Kind.CONFLICT),
    Problem("not-a-group-member", "This member is no member of the group", Kind.CONFLICT),
    Problem("not-in-group", "Only the group's members do this, or those whom it names", Kind.FORBIDDEN),
    Problem("not-for-groups", "The charter lets no group decide so", Kind.CONFLICT),
    # Boards and ideas
    Problem("invalid-board", "The board's phases or its dots do not fit together", Kind.CONFLICT),
    Problem(
        "phase-not-open",
        "The board is in no phase in which this can be done",
        Kind.CONFLICT,
        {"phase": "the phase that runs, null before the first"},
    ),
    Problem(
        "illegal-idea-step",
        "The idea is in no state in which this can be done",
        Kind.CONFLICT,
        {
            "state": "where the idea stands",
            "action": "what was tried",
            "legal_actions": "what can be done in that state",
        },
    ),
    Problem(
        "dots-exceeded",
        "You have fewer dots left, or an idea takes fewer",
        Kind.CONFLICT,
        {"left": "how many dots you have left", "most": "how many an idea takes of one member"},
    ),
    Problem("author-exists", "The member is an author of the idea, or invited to be", Kind.CONFLICT),
    Problem("merge-not-possible", "These ideas cannot be merged", Kind.CONFLICT),
    Problem(
        "merge-decided",
        "The merge has been decided, refused or taken back",
        Kind.CONFLICT,
        {"verdict": "what became of it"},
    ),
    Problem(
        "merge-not-due",
        "The author still has time to answer",
        Kind.CONFLICT,
        {"decidable_from": "from when on the merge can be decided without the author"},
    ),
    Problem(
        "opt-out-over", "No support of yours was carried by this merge, or the time is over", Kind.CONFLICT
    ),
    Problem("not-promotable", "These ideas cannot be promoted so", Kind.CONFLICT),
    # Discussion
    Problem("discussion-closed", "What is discussed is not open to discussion", Kind.CONFLICT),
    Problem("not-shown", "What was written there is withdrawn or hidden", Kind.CONFLICT),
    Problem("thread-too-deep", "No reply to this comment goes any deeper", Kind.CONFLICT),
    Problem("too-many-mentions", "The comment mentions too many members", Kind.CONFLICT),
    # Moderation
    Problem("already-reported", "You have reported this before", Kind.CONFLICT),
    Problem("already-judged", "What it says was reported, judged on appeal, and stays", Kind.CONFLICT),
    Problem("case-not-open", "The case is in no state in which this can be done", Kind.CONFLICT),
    Problem("not-impartial", "Your own part in it keeps you from judging this", Kind.FORBIDDEN),
    Problem("cannot-be-hidden", "What was put to the vote is not hidden", Kind.CONFLICT),
    Problem("appeal-over", "The time to appeal is over", Kind.CONFLICT),
    # Requests
    Problem("conflict", "The request conflicts with the present state", Kind.CONFLICT),
    Problem("unavailable", "The service cannot answer right now", Kind.UNAVAILABLE),
)

PROBLEMS: Mapping[str, Problem] = {entry.slug: entry for entry in _ENTRIES}


def refuse(
    slug: str,
    detail: str = "",
    *,
    errors: Sequence[tuple[str, str]] = (),
    extensions: Mapping[str, Any] | None = None,
    effects_stand: bool = False,
) -> Refusal:
    """Build the refusal for a catalogue slug, to be raised by the caller.

    :raises KeyError: for a slug that is not in the catalogue: a defect of the caller.
    """
    return Refusal(PROBLEMS[slug], detail, errors=errors, extensions=extensions, effects_stand=effects_stand)
