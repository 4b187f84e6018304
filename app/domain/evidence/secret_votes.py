"""A vote of a secret ballot as it is sent and published, and the bytes that its cryptography is about.

The right to vote is a credential: an RSA-PSS signature of the ballot's issuer over the voter's own public key, made
blindly (RFC 9474, RSABSSA-SHA384-PSS-Randomized), so that the issuer cannot tell later whose it was. With the private
half of that key the voter signs the choice, which is sealed to the ballot's sealing key until the close:

- an ephemeral P-256 key agrees with the sealing key (ECDH);
- HKDF-SHA256 makes 44 bytes of that, with :func:`sealing_info` as info and no salt: 32 for AES-256-GCM, 12 of nonce;
- the plain text is the choice as JSON, followed by spaces up to a multiple of 256 bytes, so that its length tells
  nothing;
- what is sent is the ephemeral key (65 bytes, uncompressed), then ciphertext and tag.

All arithmetic is the caller's: see :class:`SecretVoteCryptography`.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any, Final, NoReturn, Protocol

from app.domain import counting
from app.domain.canonical_json import canonical_json

SCHEME: Final = "RSABSSA-SHA384-PSS-Randomized/P-256/ECDH-HKDF-SHA256-AES256GCM"
"""Names the whole construction; another is another scheme."""

PREFIX_SIZE: Final = 32
"""Random bytes in front of the message that the credential signs (RFC 9474 section 4.1)."""

CREDENTIAL_SIZE: Final = 256
"""Bytes of a credential, and of what is blinded: the issuer's key has 2048 bits."""

SIGNATURE_SIZE: Final = 64
"""Bytes of an ECDSA signature as WebCrypto writes it: r, then s."""

POINT_SIZE: Final = 65
PAD_TO: Final = 256
LARGEST_SEALED: Final = 16 * 1024
"""Bytes of a sealed choice."""

GREATEST_SEQ: Final = 2**53 - 1

#: Why the last vote of a key does not count, by the code under which it is listed.
INVALID: Final = {
    "not-sealed": "It was not sealed to this ballot's key by the key that signed it",
    "no-json": "What was sealed is no JSON value",
    "no-answer": "What was sealed does not answer the question",
}


class InvalidSecretVote(ValueError):
    """A vote that does not show the right to vote; the message says what is wrong."""


class SecretVoteCryptography(Protocol):
    """The arithmetic of a secret ballot. Keys are the DER of a SubjectPublicKeyInfo or of PKCS #8."""

    def credential_holds(self, issuer_key: bytes, credential: bytes, message: bytes) -> bool:
        """Say whether the issuer signed a message: RSA-PSS with SHA-384, MGF1-SHA-384 and a salt of 48 bytes."""

    def signature_holds(self, public_key: bytes, signature: bytes, message: bytes) -> bool:
        """Say whether a signature verifies: ECDSA on P-256 with SHA-256, r and s of 32 bytes each."""

    def unseal(self, private_key: bytes, sealed: bytes, info: bytes) -> bytes | None:
        """Return what was sealed, or None where it was not sealed so."""

    def public_half(self, private_key: bytes) -> bytes | None:
        """Return the public half of a P-256 key, or None where the bytes are none."""


@dataclass(frozen=True, slots=True)
class SecretVote:
    """A vote as it was sent: all of it lower-case hexadecimal but the number.

    :param public_key: the voter's, the DER of a SubjectPublicKeyInfo on P-256.
    :param prefix: what RFC 9474 puts in front of the message, 32 random bytes.
    :param credential: of the issuer over prefix and :func:`credential_message`.
    :param seq: from 1; of the votes of one key the one with the highest counts.
    :param sealed_choice: see the module.
    :param signature: by the voter's key over :func:`vote_message`.
    """

    public_key: str
    prefix: str
    credential: str
    seq: int
    sealed_choice: str
    signature: str

    @property
    def fingerprint(self) -> str:
        """Return the SHA-256 of the voter's key, in hexadecimal."""
        return hashlib.sha256(bytes.fromhex(self.public_key)).hexdigest()

    @property
    def digest(self) -> str:
        """Return what its receipt commits to: SHA-256 over ``secret-vote/v1``, a line feed and its canonical JSON."""
        members = {name: getattr(self, name) for name in self.__slots__}
        return hashlib.sha256(b"secret-vote/v1\n" + canonical_json(members)).hexdigest()

    def check(
        self, community: str, ballot: str, issuer_key: bytes, cryptography: SecretVoteCryptography
    ) -> None:
        """Check that the vote shows the right to vote in a ballot.

        :param issuer_key: of the ballot.
        :raises InvalidSecretVote: where it does not.
        """
        try:
            key, prefix, credential, sealed, signature = map(
                _read_hexadecimal,
                (self.public_key, self.prefix, self.credential, self.sealed_choice, self.signature),
            )
        except ValueError:
            raise InvalidSecretVote("a part of it is not lower-case hexadecimal") from None
        if len(prefix) != PREFIX_SIZE or len(sealed) > LARGEST_SEALED or not 0 < self.seq <= GREATEST_SEQ:
            raise InvalidSecretVote("prefix, sealed choice or seq are not of their size")
        message = prefix + credential_message(community, ballot, key)
        if not cryptography.credential_holds(issuer_key, credential, message):
            raise InvalidSecretVote("the credential is not this ballot's issuer's for this key")
        if not cryptography.signature_holds(
            key, signature, vote_message(community, ballot, self.seq, sealed)
        ):
            raise InvalidSecretVote("the signature is not this key's over this vote")

    def opened(
        self,
        community: str,
        ballot: str,
        question: counting.Question,
        sealing_key: bytes,
        cryptography: SecretVoteCryptography,
    ) -> tuple[str | None, str | None]:
        """Open a vote that was checked.

        :param sealing_key: the private half, published with the result.
        :return: the canonical choice and None, or None and the code of why there is none (:data:`INVALID`).
        """
        info = sealing_info(community, ballot, bytes.fromhex(self.public_key))
        plain = cryptography.unseal(sealing_key, bytes.fromhex(self.sealed_choice), info)
        if plain is None:
            return None, "not-sealed"
        try:
            choice = read_choice(plain)
        except ValueError:
            return None, "no-json"
        try:
            return counting.canonical(question, choice), None
        except counting.InvalidVote:
            return None, "no-answer"


def ballot_path(community: str, ballot: str) -> str:
    """Return what names a ballot in everything that is signed: its path in the API, wherever the service is."""
    return f"/v1/communities/{community}/ballots/{ballot}"


def credential_message(community: str, ballot: str, public_key: bytes) -> bytes:
    """Return what a credential is over, without the random prefix: the ballot and the voter's key."""
    return f"ballot-credential/v1\n{ballot_path(community, ballot)}\n".encode() + public_key


def vote_message(community: str, ballot: str, seq: int, sealed: bytes) -> bytes:
    """Return what the voter's key signs."""
    return f"secret-vote/v1\n{ballot_path(community, ballot)}\n{seq}\n".encode() + sealed


def sealing_info(community: str, ballot: str, public_key: bytes) -> bytes:
    """Return the info that a choice is sealed with: nobody can cast a copy of it under another key."""
    return f"sealed-choice/v1\n{ballot_path(community, ballot)}\n".encode() + public_key


def read_choice(plain: bytes) -> Any:
    """Read the JSON value of a choice: of every text one meaning in every program.

    :raises ValueError: for anything else, for a name that comes twice, for numbers that are no integers of at most
        2**53 - 1, and for too deep a nesting.
    """
    try:
        choice = json.loads(
            plain.decode(),
            object_pairs_hook=_unique,
            parse_float=_no_number,
            parse_constant=_no_number,
            parse_int=_integer,
        )
    except RecursionError:
        raise ValueError("too deep") from None
    if choice is not None and not isinstance(choice, str | list | dict):
        raise ValueError("neither a text, a list nor an object")
    return choice


def _read_hexadecimal(text: str) -> bytes:
    data = bytes.fromhex(text)
    if data.hex() != text:
        raise ValueError("another spelling")
    return data


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a name comes twice")
    return members


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"no number here: {text[:20]}")


def _integer(text: str) -> int:
    if len(text) > len(str(-GREATEST_SEQ)) or abs(int(text)) > GREATEST_SEQ:
        raise ValueError("too great a number")
    return int(text)
