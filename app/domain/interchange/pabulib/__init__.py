"""Pabulib, the format of participatory budgeting elections (.pb).

Source: P. Faliszewski and others, "Participatory Budgeting: Data, Tools, and Analysis" (2023), appendix, and
the format's page on pabulib.org. A file is UTF-8 text of records separated by ``;`` with three sections, META,
PROJECTS and VOTES, each with a header line. Every voter is one line of VOTES: the format knows no weights, so
only elections of one member, one vote can be written.

Reading is lenient: a byte order mark, blank lines, section names in any case, further columns, amounts with
decimals. Writing is strict: what ``pabulib-checker`` accepts, a vote's most preferred project first.
"""

from app.domain.interchange.pabulib.election import PbElection, PbProject, PbVote, VoteType, from_canonical
from app.domain.interchange.pabulib.reading import InvalidPabulib, read_pabulib
from app.domain.interchange.pabulib.writing import write_pabulib

__all__ = [
    "InvalidPabulib",
    "PbElection",
    "PbProject",
    "PbVote",
    "VoteType",
    "from_canonical",
    "read_pabulib",
    "write_pabulib",
]
