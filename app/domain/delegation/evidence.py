r"""The chains used, as evidence: JSON Lines from which anyone can resolve the delegations again.

The first line says what holds for all of them. Every other line is one link: a roll entry that did not vote
and whose delegation held at the close. A link names the delegate it goes to and the representative its whole
chain leads to, so that checking a link needs the roll, the list of who voted, and the next link. Chains are not
written out: 5,000 hops would fill 12 million places, and the links hold them. Members who voted, and
delegations that did not hold, leave no line: taking away what was not used changes nothing here.

Lines stand in the order of the roll, each in canonical JSON and ended by ``\n``. The digest is the SHA-256 over
all of these bytes. No line names anyone who is not on the roll.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from json.encoder import encode_basestring

from app.domain.canonical_json import canonical_json
from app.domain.delegation.chains import NOBODY, Outcome
from app.domain.delegation.facts import SCOPES
from app.domain.delegation.resolution import Resolution
from app.domain.delegation.selection import NOT_DELEGATED
from app.domain.instants import instant

VERSION = "1"
"""Of the format and of the rules; a change to either changes it."""


def evidence_lines(resolution: Resolution) -> Iterator[bytes]:
    """Yield the lines, the first one first, each ended by a line feed."""
    header = {
        "record": "delegation",
        "version": VERSION,
        "closes_at": instant(resolution.closes_at),
        **resolution.to_json(),
    }
    yield canonical_json(header) + b"\n"
    roll, chains, selection = resolution.roll, resolution.chains, resolution.chains.selection
    names = roll.names
    outcomes = {int(outcome): outcome.word for outcome in Outcome}
    for position, delegate in enumerate(selection.delegate):
        if delegate == NOT_DELEGATED or resolution.outcome[position] == Outcome.CAST:
            continue
        representative = chains.representative[position]
        # Written by hand in the form of canonical_json, which takes three times as long for half a million.
        yield (
            f'{{"delegate":{_text(names[delegate]) if delegate >= 0 else "null"},'
            f'"given_at":"{instant(selection.given(position))}",'
            f'"hops":{chains.hops[position]},'
            f'"outcome":"{outcomes[resolution.outcome[position]]}",'
            f'"reference":{_text(selection.reference[position])},'
            f'"representative":{"null" if representative == NOBODY else _text(names[representative])},'
            f'"scope":"{SCOPES[selection.breadth[position]].value}",'
            f'"voter":{_text(names[position])},'
            f'"weight":{roll.weights[position]}}}\n'
        ).encode()


def evidence_digest(resolution: Resolution) -> str:
    """Return the SHA-256 over all lines, as 64 lower-case hexadecimal digits."""
    digest = hashlib.sha256()
    for line in evidence_lines(resolution):
        digest.update(line)
    return digest.hexdigest()


_text = encode_basestring
