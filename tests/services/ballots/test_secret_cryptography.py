"""The blind signatures of RFC 9474, appendix A, and what is sealed and signed beside them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS
from cryptography.hazmat.primitives.hashes import SHA384
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from app.cli.demo.secret_device import blind, emsa_pss, unblind
from app.services.ballots import secret_cryptography
from app.services.ballots.secret_cryptography import CRYPTOGRAPHY, InvalidBlindedMessage, blind_sign
from app.verify import secret_votes

VECTORS = json.loads((Path(__file__).parent / "rfc9474_vectors.json").read_text())


def key_of(vector):
    p, q, n, e, d = (int(vector[name], 16) for name in ("p", "q", "n", "e", "d"))
    public = rsa.RSAPublicNumbers(e, n)
    parts = rsa.rsa_crt_dmp1(d, p), rsa.rsa_crt_dmq1(d, q), rsa.rsa_crt_iqmp(p, q)
    return rsa.RSAPrivateNumbers(p, q, d, *parts, public).private_key()


@pytest.fixture(params=VECTORS, ids=[vector["name"] for vector in VECTORS])
def vector(request):
    """One of the RFC's four."""
    return request.param


def test_the_blinded_messages_of_the_rfc_are_signed_as_there(vector):
    assert blind_sign(key_of(vector), bytes.fromhex(vector["blinded_msg"])).hex() == vector["blind_sig"]


def test_the_voters_part_makes_the_rfcs_messages_and_signatures(vector):
    n, e = int(vector["n"], 16), int(vector["e"], 16)
    prepared = bytes.fromhex(vector["msg_prefix"] + vector["msg"])
    r = pow(int(vector["inv"], 16), -1, n)
    assert blind(n, e, prepared, bytes.fromhex(vector["salt"]), r).hex() == vector["blinded_msg"]
    assert unblind(n, bytes.fromhex(vector["blind_sig"]), r).hex() == vector["sig"]
    assert len(emsa_pss(prepared, n.bit_length() - 1, b"")) == len(vector["sig"]) // 2


def test_the_rfcs_signatures_verify_as_ordinary_pss(vector):
    message = bytes.fromhex(vector["msg_prefix"] + vector["msg"])
    salt = len(vector["salt"]) // 2
    key_of(vector).public_key().verify(
        bytes.fromhex(vector["sig"]), message, PSS(MGF1(SHA384()), salt), SHA384()
    )


@pytest.mark.parametrize(
    "cryptography", [CRYPTOGRAPHY, secret_votes.CRYPTOGRAPHY], ids=["service", "verifier"]
)
def test_credentials_are_those_of_the_randomized_variant_alone(cryptography, vector):
    spki = key_of(vector).public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    message = bytes.fromhex(vector["msg_prefix"] + vector["msg"])
    holds = cryptography.credential_holds(spki, bytes.fromhex(vector["sig"]), message)
    assert holds == ("PSSZERO" not in vector["name"])
    assert not cryptography.credential_holds(spki, bytes.fromhex(vector["sig"]), message + b"x")


def test_what_is_no_blinded_message_is_refused():
    key = rsa.generate_private_key(65537, 2048)
    n = key.public_key().public_numbers().n
    for wrong in (b"", bytes(255), bytes(257), n.to_bytes(256, "big"), b"\xff" * 256):
        with pytest.raises(InvalidBlindedMessage):
            blind_sign(key, wrong)


def test_a_signing_fault_is_never_given_away(monkeypatch):
    key = rsa.generate_private_key(65537, 2048)
    monkeypatch.setattr(secret_cryptography, "pow", lambda *numbers: pow(*numbers) ^ 1, raising=False)
    with pytest.raises((RuntimeError, InvalidSignature, ValueError)):
        blind_sign(key, bytes(255) + b"\2")
