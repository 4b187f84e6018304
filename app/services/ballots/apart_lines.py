"""The columns of a published log whose votes are kept apart from their voters, as SQL text.

They hold nothing that differs by voter or by time but what the voter made at random, and are sorted by tracker.
"""

from __future__ import annotations

from collections.abc import Mapping

from app.domain.charter.words import Secrecy
from app.services.ballots.lines import number_text, uuid_text

#: By level of secrecy, what follows ``SELECT line``.
APART_ROWS: Mapping[str, str] = {
    Secrecy.CONFIDENTIAL: """
FROM confidential_casts c
LEFT JOIN confidential_casts l ON l.ballot_id = c.ballot_id AND l.handle = c.handle AND l.revision = c.revision + 1
WHERE c.ballot_id = {ballot}
ORDER BY c.tracker
""",
    Secrecy.SECRET: """
FROM secret_casts c LEFT JOIN opened_votes o ON o.tracker = c.tracker
WHERE c.ballot_id = {ballot}
ORDER BY c.tracker
""",
}


def apart_cells(dialect: str, secrecy: str) -> dict[str, str]:
    """Return the SQL text expression of each column of such a log."""
    tracker = uuid_text(dialect, "c.tracker")
    if secrecy == Secrecy.CONFIDENTIAL:
        stands = "CASE WHEN l.tracker IS NULL THEN {} ELSE {} END"
        return {
            "tracker": tracker,
            "counts": stands.format("'true'", "'false'"),
            "choice": stands.format("c.choice", "''"),
            "salt": stands.format("c.salt", "''"),
            "digest": "c.digest",
        }
    return {
        "tracker": tracker,
        "counts": "CASE WHEN o.choice IS NULL THEN 'false' ELSE 'true' END",
        "choice": "coalesce(o.choice, '')",
        "invalid": "coalesce(o.invalid, '')",
        "public_key": "c.public_key",
        "prefix": "c.prefix",
        "credential": "c.credential",
        "seq": number_text("c.seq"),
        "sealed_choice": "c.sealed_choice",
        "signature": "c.signature",
        "digest": "c.digest",
    }
