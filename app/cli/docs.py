"""``flask docs``: write the pages of docs/ that are derived from data, so that they cannot be wrong for long."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any

import click
from flask import current_app
from flask.cli import with_appcontext

from app.domain.errors import PROBLEMS
from app.domain.lifecycle import (
    BALLOT_CLOCK,
    BALLOT_TRANSITIONS,
    IDEA_FACTS,
    IDEA_LIFECYCLE,
    PROPOSAL_LIFECYCLE,
    BallotState,
    IdeaState,
    Passage,
    ProposalState,
    Transition,
    Who,
    is_final,
)
from app.domain.moderation.lifecycle import CASE_LIFECYCLE, CLOSED, CaseState
from app.http.api import Api
from app.http.operation import AUTHENTICATED, PUBLIC, Operation
from app.http.problems import HTTP_PROBLEMS, STATUS_OF_KIND
from app.policies.permissions import PERMISSION_MAP, Actor, Role, allows

_MADE = "<!-- Written by `flask --app wsgi docs` from {source}; changes made here are lost. -->"

_PERMISSIONS = """
A role is given per community, and none contains another: a brand owner has no vote by owning, and an auditor reads
everything and changes nothing. Outsiders get 404 for everything inside a community, as if it did not exist;
insiders without the permission get 403. What a role may do is read from the database on every request, so a role
that was taken is gone at the next one.
""".strip()

_BESIDE_THE_MAP = """
## What the map does not say

- Nobody gives themselves a role (`own-role`), and an auditor holds no other (`auditor-is-exclusive`). A community
  keeps at least one brand owner (`last-brand-owner`).
- Leaving is the one change open to an auditor: nobody is kept in a community against their will. A member from
  whom every role was taken may leave, too, and read their own membership.
- Stewards invite members only; inviting into another role takes a brand owner.
- Drafts of ballots are shown to stewards, brand owners and auditors, those of a group to its stewards, too; to others
  they do not exist.
- A vote needs an entry on the ballot's roll, frozen at its opening, besides the role.
- Members who own the brand do not attest to its deliveries.
- The log of a sealed ballot is disclosed to nobody before the close, that of a confidential or secret one before the
  result. Who took part in these is shown once as many have voted as the quorum takes, at least three.
- Whoever votes in a secret ballot must not say who they are: the credential says that they may.
- Drafts of ideas are shown to their authors and to whoever is invited to be one; to others they do not exist. Who
  posts, and how ideas are supported, is up to the board's phase besides.
- In a group the role of member counts for its own members alone, and its stewards have the role of steward in it
  and nowhere else, for ballots, boards and ideas (`not-in-group`). Only its stewards, and those with `group.oversee`,
  edit it, let people in and out, and appoint stewards.
- What a group keeps to itself is seen by its members, by the community's stewards and by auditors; for others it does
  not exist.
- What one wrote, one edits, withdraws and appeals oneself. Hidden texts are read by their authors, stewards and
  auditors.
- Nobody judges what they wrote, reported or hid, and whoever owns the brand judges nothing, except that an owner may
  restore what no steward is left to judge (`not-impartial`).
- Cases are seen by stewards and auditors, and by whoever wrote what was hidden; to others they do not exist. Who
  reported stewards and auditors alone learn.
- Whoever reads a result first has it counted; the audit entry of that count names the service, not the reader.
""".strip()

_PROBLEMS = """
Every error is an `application/problem+json` document (RFC 9457). Its `type` is `/problems/` and a slug from these
tables, stable for ever: switch on it, not on the sentence in `detail`. An error that the status says all about has
the type `about:blank`: 404 for an address that leads nowhere, 405 with `Allow`, 500 for a defect.
""".strip()

_LIFECYCLES = """
What can be done in which state. Everything else is refused with 409 and changes nothing. Who:

- **author**: whoever wrote what the action changes, or gave the support that it takes back. No charter gives that
  right and none takes it;
- **a power**: members with a role to which the charter in force gives that power;
- **the service**: when an instant or the last missing fact has come. Whoever asks next, or the worker, has it done,
  dated by when it fell due; so every request finds the states that an exact clock would have made.

Each action writes the entry in the last column to the audit log.
""".strip()

_BALLOTS = """
A ballot's state is computed from its instants, never stored: time moves it without anybody's doing, and nothing is
recorded of that. Voting runs in the half-open interval [`opens_at`, `closes_at`).
""".strip()

_PROPOSALS = """
A proposal's state is stored with the instant since when it holds and the instant of the next step due. A stage of
no length is passed through at once, so an action may lead further than the next stage. Actions that leave the state
as it is stand in the table only.
""".strip()

_IDEAS = """
What a board's phase allows comes on top of this table: who posts, how ideas are supported, whether texts are edited.
An idea whose promotion led to an obligation that the brand has kept is `delivered` by that fact: accepted, and every
promise confirmed by members. Nothing is stored or recorded of it with the idea.
""".strip()


_CASES = """
A case is about one comment or proposal. It hides its subject from the decision to hide it until an appeal restores
it. When the time to appeal is over, nothing moves: a case in `hidden` rests there.
""".strip()


def permissions_page(operations: Mapping[str, Operation]) -> str:
    """Return docs/permissions.md: roles by permissions, with the operations that ask for each.

    :param operations: by id, as the API declares them.
    """
    users: dict[str, list[str]] = {}
    for name, operation in operations.items():
        users.setdefault(str(operation.permission), []).append(f"`{name}`")
    roles = list(Role)
    rows = [
        [
            f"`{permission.value}`",
            *("yes" if allows(permission, _holder(role)) else "" for role in roles),
            ", ".join(users.get(permission.value, ["none"])),
        ]
        for permission in PERMISSION_MAP
    ]
    head = ["permission", *(role.value.replace("_", " ") for role in roles), "operations"]
    free = [
        ["`authenticated`", "any account that has signed in", ", ".join(users.get(AUTHENTICATED.value, []))],
        ["`public`", "anyone; a token is not looked at", ", ".join(users.get(PUBLIC.value, []))],
    ]
    parts = [
        "# Permissions",
        _MADE.format(source="`app/policies/permissions.py`"),
        _PERMISSIONS,
        "## Inside a community",
        _table(head, rows),
        "## Outside communities",
        _table(["access", "who", "operations"], free),
        _BESIDE_THE_MAP,
    ]
    return "\n\n".join(parts) + "\n"


def problems_page() -> str:
    """Return docs/problems.md: every problem type with its status, title and further members."""
    ours = [
        [
            f"`{p.slug}`",
            str(STATUS_OF_KIND[p.kind]),
            p.title,
            "; ".join(f"`{name}`: {meaning}" for name, meaning in p.members.items()),
        ]
        for p in PROBLEMS.values()
    ]
    of_http = [[f"`{p.slug}`", str(p.status), p.title] for p in HTTP_PROBLEMS.values()]
    head = ["slug", "status", "title"]
    parts = [
        "# Problems",
        _MADE.format(source="`app/domain/errors.py` and `app/http/problems.py`"),
        _PROBLEMS,
        "## What Althing refuses",
        _table([*head, "further members"], ours),
        "## What HTTP and JSON do not allow",
        _table(head, of_http),
    ]
    return "\n\n".join(parts) + "\n"


def lifecycles_page() -> str:
    """Return docs/lifecycles.md: a diagram and a table for each lifecycle."""
    parts = [
        "# Lifecycles",
        _MADE.format(source="`app/domain/lifecycle/` and `app/domain/moderation/`"),
        _LIFECYCLES,
        "## Ballots",
        _BALLOTS,
        _diagram(BALLOT_TRANSITIONS, BALLOT_CLOCK, start=BallotState.DRAFT, ends=[BallotState.CLOSED]),
        _transitions(BALLOT_TRANSITIONS),
        "## Proposals",
        _PROPOSALS,
        _diagram(
            PROPOSAL_LIFECYCLE, (), start=ProposalState.DRAFT, ends=[s for s in ProposalState if is_final(s)]
        ),
        _transitions(PROPOSAL_LIFECYCLE),
        "## Ideas",
        _IDEAS,
        _diagram(
            IDEA_LIFECYCLE,
            IDEA_FACTS,
            start=IdeaState.DRAFT,
            ends=[IdeaState.DELIVERED, IdeaState.MERGED, IdeaState.WITHDRAWN],
        ),
        _transitions(IDEA_LIFECYCLE),
        "## Moderation",
        _CASES,
        _diagram(CASE_LIFECYCLE, (), start=CaseState.OPEN, ends=[s for s in CaseState if s in CLOSED]),
        _transitions(CASE_LIFECYCLE),
    ]
    return "\n\n".join(parts) + "\n"


def pages(api: Api) -> Mapping[Path, str]:
    """Return every derived page by its path below the repository."""
    return {
        Path("docs/permissions.md"): permissions_page(api.operations),
        Path("docs/problems.md"): problems_page(),
        Path("docs/lifecycles.md"): lifecycles_page(),
    }


@click.command("docs")
@with_appcontext
def docs() -> None:
    """Write docs/permissions.md, docs/problems.md and docs/lifecycles.md."""
    for path, text in pages(current_app.extensions["althing.api"]).items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        click.echo(f"Wrote {path}.")


def _holder(role: Role) -> Actor:
    return Actor(request_id="", membership_id=uuid.UUID(int=0), roles=frozenset({role}))


def _diagram(
    rows: Sequence[Transition[Any, Any]],
    passages: Sequence[Passage[Any]],
    *,
    start: StrEnum,
    ends: Iterable[StrEnum],
) -> str:
    """Draw the moves between states as Mermaid's stateDiagram-v2, states in the order of their enumeration."""
    states = _enumerated(start)
    arrows: dict[tuple[StrEnum, StrEnum], list[str]] = {}
    for source in states:
        for target in states:
            labels = [row.action.value for row in rows if target in row.targets and source in row.sources]
            labels += [p.title for p in passages if (p.source, p.target) == (source, target)]
            if labels and source is not target:
                arrows[source, target] = labels
    lines = [
        f"[*] --> {start}",
        *(f"{source} --> {target}: {', '.join(labels)}" for (source, target), labels in arrows.items()),
        *(f"{state} --> [*]: {row.action}" for row in rows if row.removes for state in sorted(row.sources)),
        *(f"{state} --> [*]" for state in ends),
    ]
    return "\n".join(["```mermaid", "stateDiagram-v2", *(f"    {line}" for line in lines), "```"])


def _transitions(rows: Sequence[Transition[Any, Any]]) -> str:
    cells = [
        [
            f"`{row.action}`",
            _states(row.sources),
            "gone" if row.removes else _states(row.targets) or "stays",
            {Who.AUTHOR: "author", Who.POWER: f"`{row.power}`", Who.CLOCK: "the service"}[row.by],
            row.title,
            f"`{row.records}`",
        ]
        for row in rows
    ]
    return _table(["action", "from", "to", "who", "what", "records"], cells)


def _states(states: Iterable[StrEnum]) -> str:
    return ", ".join(f"`{state}`" for state in sorted(states, key=lambda s: _enumerated(s).index(s)))


def _enumerated(state: StrEnum) -> list[StrEnum]:
    """Return every state of the lifecycle to which one belongs, in the order of the enumeration."""
    return list(type(state).__members__.values())


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
