"""Bundles that lie in memory."""

import io

from app.domain.evidence.verification import verify_bundle
from app.verify.keys import LogKeys
from tests.support.evidence import small_ballot
from tests.support.signing import SigningKey
from tests.support.translog import LOG_KEY

HONEST = small_ballot()
FILES = HONEST.files()
STRANGER = SigningKey.of("vote.example/audit", bytes(32))


class MemoryFiles:
    """The files of a bundle, by name."""

    def __init__(self, files):
        self._files = files

    def names(self):
        return self._files.keys()

    def open(self, name):
        return io.BytesIO(self._files[name])


def verified(files, key=LOG_KEY):
    """Return the report on a bundle."""
    return verify_bundle(MemoryFiles(files), LogKeys(key.verifier).open_checkpoint)[0]


def codes(files, key=LOG_KEY):
    """Return the codes of what is found in a bundle."""
    return {finding.code for finding in verified(files, key).findings}


def found(files, key=LOG_KEY):
    """Return (code, where) of everything that is found."""
    return {(finding.code, finding.where) for finding in verified(files, key).findings}


def changed(change):
    """Return an honest ballot's pieces after a change to them."""
    pieces = HONEST.copy()
    change(pieces)
    return pieces


def place_of(pieces, action):
    return next(at for at, each in enumerate(pieces.log) if each.body["action"] == action)
