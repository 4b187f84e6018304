"""``flask docs``: write the pages of docs/ that are derived from data, so that they cannot be wrong for long."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import click
from flask import current_app
from flask.cli import with_appcontext

from app.domain.errors import PROBLEMS
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
- Leaving is the one change open to an auditor: nobody is kept in a community against their will.
- Stewards invite members only; inviting into another role takes a brand owner.
- Drafts of ballots are shown to stewards, brand owners and auditors; to others they do not exist.
- A vote needs an entry on the ballot's roll, frozen at its opening, besides the role.
- The log of a sealed ballot is disclosed to nobody before the close.
- Whoever reads a result first has it counted; the audit entry of that count names the service, not the reader.
""".strip()

_PROBLEMS = """
Every error is an `application/problem+json` document (RFC 9457). Its `type` is `/problems/` and a slug from these
tables, stable for ever: switch on it, not on the sentence in `detail`. An error that the status says all about has
the type `about:blank`: 404 for an address that leads nowhere, 405 with `Allow`, 500 for a defect.
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
    """Return docs/problems.md: every problem type with its status and title."""
    ours = [[f"`{p.slug}`", str(STATUS_OF_KIND[p.kind]), p.title] for p in PROBLEMS.values()]
    of_http = [[f"`{p.slug}`", str(p.status), p.title] for p in HTTP_PROBLEMS.values()]
    head = ["slug", "status", "title"]
    parts = [
        "# Problems",
        _MADE.format(source="`app/domain/errors.py` and `app/http/problems.py`"),
        _PROBLEMS,
        "## What Althing refuses",
        _table(head, ours),
        "## What HTTP and JSON do not allow",
        _table(head, of_http),
    ]
    return "\n\n".join(parts) + "\n"


def pages(api: Api) -> Mapping[Path, str]:
    """Return every derived page by its path below the repository."""
    return {
        Path("docs/permissions.md"): permissions_page(api.operations),
        Path("docs/problems.md"): problems_page(),
    }


@click.command("docs")
@with_appcontext
def docs() -> None:
    """Write docs/permissions.md and docs/problems.md."""
    for path, text in pages(current_app.extensions["althing.api"]).items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        click.echo(f"Wrote {path}.")


def _holder(role: Role) -> Actor:
    return Actor(request_id="", roles=frozenset({role}))


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
