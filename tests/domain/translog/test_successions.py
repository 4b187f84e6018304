"""Successions: one spelling, one signer, and a name by which they pass for nothing else."""

import pytest

from app.domain.translog.signed_notes import InvalidNote, InvalidSignature, SignedNote, sign
from app.domain.translog.successions import Succession, open_succession, sign_succession, successors
from app.verify.ed25519 import verify
from tests.support.signing import SigningKey
from tests.support.translog import LOG_KEY, ORIGIN, checkpoint_of, tree_of

NEXT = SigningKey.of(ORIGIN, bytes([1]) * 32)
NOTE = sign_succession(Succession(NEXT.verifier, 1342), LOG_KEY.verifier, LOG_KEY.sign)


def test_it_says_the_next_key_and_how_far_the_old_one_went():
    assert NOTE.decode().split("\n\n")[0] == f"{ORIGIN}/successor\nkey {NEXT.verifier.vkey}\nsize 1342"
    assert open_succession(NOTE, LOG_KEY.verifier, verify) == Succession(NEXT.verifier, 1342)


def test_another_key_has_not_signed_it():
    with pytest.raises(InvalidSignature):
        open_succession(NOTE, NEXT.verifier, verify)


def test_a_checkpoint_is_none():
    with pytest.raises((InvalidNote, InvalidSignature)):
        open_succession(checkpoint_of(tree_of([b"entry"])[0]), LOG_KEY.verifier, verify)


def test_a_key_of_another_log_is_never_vouched_for():
    elsewhere = SigningKey.of("elsewhere.example/audit", bytes([1]) * 32)
    with pytest.raises(ValueError, match="no successor"):
        sign_succession(Succession(elsewhere.verifier, 1), LOG_KEY.verifier, LOG_KEY.sign)
    text = f"{ORIGIN}/successor\nkey {elsewhere.verifier.vkey}\nsize 1\n"
    signer = SigningKey.of(f"{ORIGIN}/successor", bytes(range(32)))
    note = SignedNote(text, (sign(text, signer.verifier, signer.sign),)).encode()
    with pytest.raises(InvalidNote, match="is no key of the log"):
        open_succession(note, LOG_KEY.verifier, verify)


def test_a_circle_of_keys_ends():
    back = sign_succession(Succession(LOG_KEY.verifier, 1400), NEXT.verifier, NEXT.sign)
    assert [each.size for each in successors(LOG_KEY.verifier, [back, NOTE], verify)] == [1342, 1400]
