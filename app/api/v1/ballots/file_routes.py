"""Votes in the formats of other people's counting programs: written after a ballot, and read to be counted."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

import marshmallow as ma

from app.api.v1.ballots.schemas import Method, PreviewedCount, TieRule
from app.domain.interchange.files import FileFormat, FileVotes, VoteForm
from app.http.blueprint import Blueprint
from app.http.exports import Stream
from app.http.fields import Enum, Integer, Representation, Strict, String
from app.http.operation import Context
from app.policies.permissions import Permission
from app.services.ballots import votes_files

blp = Blueprint(
    "vote_files",
    __name__,
    url_prefix="/v1/communities/<uuid:community_id>/ballots",
    description="Votes in the formats of other counting programs: BLT, PrefLib, ABIF and Pabulib.",
)

#: A tally of many thousand different votes; counting more would keep others waiting.
MOST_BYTES = 4_194_304

_TEXT = "text/plain"
_BLT = '3 1\n40 1 2 0\n35 2 3 0\n25 3 2 0\n0\n"Mint"\n"Plum"\n"Lime"\n"Which flavour?"\n'


_FORMAT = {"description": "ABIF holds the votes of most methods; only Pabulib those of a budget."}


class VotesQuery(Strict):
    """In which format votes are downloaded."""

    format = Enum(FileFormat, load_default=FileFormat.ABIF, metadata=_FORMAT)


class FileCountQuery(Strict):
    """How a file is read and counted."""

    format = Enum(FileFormat, load_default=FileFormat.ABIF, metadata=_FORMAT)
    method = Enum(
        Method,
        load_default=None,
        metadata={
            "description": "Else the usual one: irv for rankings, stv where there are several seats, approval, "
            "score, or equal_shares for a budget."
        },
    )
    seats = Integer(
        minimum=1, maximum=100, load_default=None, metadata={"description": "Else the file's, else 1."}
    )
    tie_rule = Enum(TieRule, load_default=TieRule.LOT)


class FileOption(Representation):
    """An option of a file, as a ballot's draft takes it."""

    id = String(max_length=32)
    title = String(max_length=None)


class CountedFile(PreviewedCount):
    """How a file would be counted, and what was read from it."""

    title = String(max_length=None)
    form = Enum(VoteForm, metadata={"description": "What its votes say: an order, a set, or points."})
    method = String(max_length=32)
    seats = Integer()
    settings = ma.fields.Dict(metadata={"description": "The method's settings that the file asks for."})
    options = ma.fields.List(ma.fields.Nested(FileOption))
    weight = Integer(metadata={"description": "What all its votes weigh together."})


@blp.operation(
    "GET",
    "/<uuid:ballot_id>/votes",
    operation_id="download_votes",
    permission=Permission.BALLOT_LOG,
    query=VotesQuery,
    returns=(200, _TEXT),
    writes=True,
    errors={409: "Voting has not ended, or the format has no words for such votes."},
)
def download_votes(context: Context, *, ballot_id: uuid.UUID, query: dict[str, Any]) -> Stream:
    """Download the counted votes for another program.

    One line for all equal votes with the weight they were counted with, delegated weight included; in Pabulib one
    a voter. Who cast which is not in it, and no tracker: for those take the log. Whoever asks first after the
    close has the ballot counted.
    """
    made = votes_files.export_votes(context.session, context.actor, ballot_id, query["format"])
    return Stream([made.text.encode()], made.filename, "text/plain; charset=utf-8")


def _read(_principal: object, arguments: Mapping[str, Any]) -> FileVotes:
    """Read the file before the transaction is opened."""
    return votes_files.read_file(arguments["query"]["format"], b"".join(arguments["body"].chunks()))


@blp.operation(
    "POST",
    "/preview-count/file",
    operation_id="preview_count_of_file",
    permission=Permission.BALLOT_CREATE,
    query=FileCountQuery,
    body=_TEXT,
    most_bytes=MOST_BYTES,
    spooled=True,
    prepare=_read,
    returns=(200, CountedFile),
    writes=False,
    errors={409: "It is no file of that format, or the method cannot count such votes."},
    examples={"request": _BLT},
)
def preview_count_of_file(
    _context: Context, *, query: dict[str, Any], body: object, prepared: FileVotes
) -> dict[str, Any]:
    """Count a file of votes from another program, to compare, or to begin a ballot with its options.

    Nothing is stored. Ties by lot are drawn here from a public seed.
    """
    del body  # read already
    return votes_files.count_file(
        prepared,
        method=None if query["method"] is None else query["method"].value,
        seats=query["seats"],
        stated_order=query["tie_rule"] is TieRule.STATED_ORDER,
    )
