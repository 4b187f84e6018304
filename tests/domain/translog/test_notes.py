"""Signed notes, checkpoints, proofs that travel alone and receipts: by the vectors, and none that was altered."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.translog.base64_text import decode_base64, encode_base64
from app.domain.translog.checkpoints import Checkpoint, InvalidCheckpoint, open_checkpoint, sign_checkpoint
from app.domain.translog.hashing import EMPTY_ROOT
from app.domain.translog.keys import Algorithm, InvalidKey, VerifierKey
from app.domain.translog.proofs import InvalidProof
from app.domain.translog.receipts import (
    InvalidReceipt,
    Receipt,
    open_receipt,
    receipt_name,
    sign_receipt,
)
from app.domain.translog.signed_notes import (
    InvalidNote,
    InvalidSignature,
    NoteSignature,
    SignedNote,
    sign,
    verify_note,
)
from app.domain.translog.tlog_proofs import TlogProof
from app.verify.ed25519 import verify
from tests.domain.translog import vectors
from tests.support.signing import SigningKey

LOG = SigningKey.of("vote.example/audit", vectors.SEED)
WITNESS = SigningKey.of("witness.example/w1", vectors.WITNESS_SEED, Algorithm.COSIGNATURE_V1)
RECEIPTS = SigningKey.of("vote.example/audit/receipt", vectors.SEED)
EVENT = "6f1c1f6e-3b0f-4f52-9a53-0d2a6a5f3c11"
RECEIPT = Receipt("vote.example/audit", EVENT, vectors.NODES["L3"], 1_767_000_000_000, 60_000)

ANYTHING_WRONG = (InvalidNote, InvalidSignature)


def single_changes(data):
    """Yield the data with each byte flipped, each taken out, and one put in at each place."""
    for at in range(len(data)):
        yield data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
        yield data[:at] + data[at + 1 :]
        yield data[:at] + b"A" + data[at:]
    yield data + b"A"


# --- keys ---------------------------------------------------------------------------------------------------


def test_keys_are_the_published_ones():
    assert LOG.verifier.public_key == vectors.PUBLIC_KEY
    assert LOG.verifier.vkey == vectors.VKEY
    assert WITNESS.verifier.vkey == vectors.WITNESS_VKEY
    for vkey in (vectors.VKEY, vectors.WITNESS_VKEY, vectors.EXAMPLE_VKEY):
        assert VerifierKey.parse(vkey).vkey == vkey


@pytest.mark.parametrize(
    "vkey",
    [
        "",
        "vote.example/audit",
        vectors.VKEY.replace("7ca49c9a", "7ca49c9b"),
        vectors.VKEY.replace("7ca49c9a", "7CA49C9A"),
        vectors.VKEY.replace("vote", "note"),
        vectors.VKEY[:-1],
        vectors.VKEY + "=",
        vectors.VKEY + "\n",
        "+" + vectors.VKEY,
        "a b" + vectors.VKEY.removeprefix("vote.example/audit"),
        "vote.example/audit+00000000+",
        "vote.example/audit+00000000+" + base64.b64encode(bytes(33)).decode(),
        "vote.example/audit+00000000+" + base64.b64encode(b"\1" + bytes(31)).decode(),
    ],
)
def test_a_text_that_is_no_key_is_refused(vkey):
    with pytest.raises(InvalidKey):
        VerifierKey.parse(vkey)


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\tb", "a\u00a0b", "a\u2003b", "a\nb", "a\x01b"])
def test_a_name_has_no_space_plus_or_control_character(name):
    with pytest.raises(InvalidKey):
        VerifierKey(name, Algorithm.ED25519, bytes(32))


@given(st.binary(max_size=40))
def test_base64_has_one_spelling(data):
    text = encode_base64(data)
    assert decode_base64(text) == data
    for other in (text + "\n", text.rstrip("=") + " ", text + "=", "\u00e9"):
        with pytest.raises(ValueError, match="base64"):
            decode_base64(other)


def test_base64_with_bits_left_over_is_refused():
    with pytest.raises(ValueError, match="canonical"):
        decode_base64("AB==")
    assert decode_base64("AA==") == b"\0"


# --- notes --------------------------------------------------------------------------------------------------


def test_the_note_of_the_specification_holds():
    note = SignedNote.parse(vectors.EXAMPLE_NOTE)
    key = VerifierKey.parse(vectors.EXAMPLE_VKEY)
    assert note.text == "This is an example message.\n"
    assert [(each.key, each.time) for each in verify_note(note, [key], verify)] == [(key, None)]
    assert note.encode() == vectors.EXAMPLE_NOTE


def test_a_note_altered_in_any_byte_does_not_hold():
    key = VerifierKey.parse(vectors.EXAMPLE_VKEY)
    for altered in single_changes(vectors.EXAMPLE_NOTE):
        with pytest.raises(ANYTHING_WRONG):
            verify_note(SignedNote.parse(altered), [key], verify)


def test_lines_of_unknown_keys_are_passed_over():
    note = SignedNote.parse(vectors.CHECKPOINT_7)
    strange = NoteSignature("post-quantum.example", b"\6abc", bytes(2420))
    same_name = NoteSignature("vote.example/audit", b"abcd", b"?")
    signed = SignedNote.parse(SignedNote(note.text, (strange, same_name, *note.signatures)).encode())
    assert [each.key for each in verify_note(signed, [LOG.verifier], verify)] == [LOG.verifier]
    with pytest.raises(InvalidSignature, match=r"no signature of witness\.example/w1"):
        verify_note(signed, [WITNESS.verifier], verify)
    with pytest.raises(InvalidSignature, match="anyone known"):
        verify_note(signed, [], verify)


def test_a_false_line_of_a_known_key_spoils_the_note():
    note = SignedNote.parse(vectors.CHECKPOINT_7)
    false = NoteSignature(WITNESS.verifier.name, WITNESS.verifier.key_id, bytes(72))
    for value in (bytes(72), bytes(71), bytes(73), b"?"):
        false = NoteSignature(WITNESS.verifier.name, WITNESS.verifier.key_id, value)
        with pytest.raises(InvalidSignature, match="does not verify"):
            verify_note(note.with_signature(false), [LOG.verifier, WITNESS.verifier], verify)


def test_the_first_line_of_a_key_counts():
    note = SignedNote.parse(vectors.CHECKPOINT_7)
    again = NoteSignature(LOG.verifier.name, LOG.verifier.key_id, bytes(64))
    assert len(verify_note(note.with_signature(again), [LOG.verifier], verify)) == 1


def test_a_cosignature_is_the_published_one_and_says_its_time():
    text = SignedNote.parse(vectors.CHECKPOINT_7).text
    made = sign(text, WITNESS.verifier, WITNESS.sign, time=vectors.WITNESS_TIME)
    assert made.line.encode() == vectors.COSIGNATURE_7
    cosigned = SignedNote.parse(vectors.CHECKPOINT_7 + vectors.COSIGNATURE_7)
    found = verify_note(cosigned, [WITNESS.verifier, LOG.verifier], verify)
    assert [(each.key, each.time) for each in found] == [
        (LOG.verifier, None),
        (WITNESS.verifier, vectors.WITNESS_TIME),
    ]


def test_a_cosignature_moved_in_time_does_not_hold():
    text = SignedNote.parse(vectors.CHECKPOINT_7).text
    made = sign(text, WITNESS.verifier, WITNESS.sign, time=vectors.WITNESS_TIME)
    later = NoteSignature(
        made.name, made.key_id, (vectors.WITNESS_TIME + 1).to_bytes(8, "big") + made.value[8:]
    )
    with pytest.raises(InvalidSignature):
        verify_note(SignedNote(text, (later,)), [WITNESS.verifier], verify)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"text\n",
        b"text\n\n",
        b"text\n\nsignature\n",
        vectors.EXAMPLE_NOTE[:-1],
        vectors.EXAMPLE_NOTE + b"\n",
        vectors.EXAMPLE_NOTE.replace(b"\n\n", b"\n"),
        vectors.EXAMPLE_NOTE.replace(b"\n", b"\r\n"),
        vectors.EXAMPLE_NOTE.replace(b"message", b"mess\tage"),
        vectors.EXAMPLE_NOTE.replace(b"message", b"mess\0age"),
        vectors.EXAMPLE_NOTE.replace(b"message", b"mess\xffage"),
        vectors.EXAMPLE_NOTE.replace("\u2014 ".encode(), b"-- "),
        vectors.EXAMPLE_NOTE.replace(b".com/foo ", b".com/foo"),
        vectors.EXAMPLE_NOTE.replace(b".com/foo", b".com/f+o"),
        "text\n\n\u2014 name AAAA\n".encode(),
        "text\n\n\u2014 name !!!!\n".encode(),
        b"text\n\n" + "\u2014 name AAAAAAA=\n".encode() * 101,
        b"t" * 1_000_001,
    ],
)
def test_what_is_no_note_is_refused(data):
    with pytest.raises(InvalidNote):
        SignedNote.parse(data)


def test_only_a_line_feed_separates_lines():
    text = "one\u2028two\u0085three\n"
    note = SignedNote(text, (sign(text, LOG.verifier, LOG.sign),))
    assert SignedNote.parse(note.encode()) == note
    assert verify_note(SignedNote.parse(note.encode()), [LOG.verifier], verify)


@pytest.mark.parametrize("text", ["", "not ended", "tab\there\n", "return\r\n"])
def test_a_text_that_no_note_can_have_is_not_signed(text):
    with pytest.raises(InvalidNote):
        sign(text, LOG.verifier, LOG.sign)


@given(st.binary(max_size=200))
def test_reading_anything_never_fails_otherwise(data):
    for read in (SignedNote.parse, lambda data: open_checkpoint(data, LOG.verifier, verify)):
        with pytest.raises(ANYTHING_WRONG):
            read(data)
    with pytest.raises(InvalidProof):
        TlogProof.parse(data)


# --- checkpoints --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("size", "root", "published"),
    [(0, EMPTY_ROOT, vectors.CHECKPOINT_0), (7, vectors.ROOTS[7], vectors.CHECKPOINT_7)],
)
def test_checkpoints_are_the_published_ones(size, root, published):
    checkpoint = Checkpoint("vote.example/audit", size, root)
    assert sign_checkpoint(checkpoint, LOG.verifier, LOG.sign) == published
    assert open_checkpoint(published, LOG.verifier, verify)[0] == checkpoint


def test_a_checkpoint_altered_in_any_byte_does_not_hold():
    for altered in single_changes(vectors.CHECKPOINT_7):
        with pytest.raises(ANYTHING_WRONG):
            open_checkpoint(altered, LOG.verifier, verify)


def test_a_checkpoint_of_another_origin_or_key_is_refused():
    other = SigningKey.of("vote.example/other", vectors.SEED)
    with pytest.raises(ValueError, match="does not sign for"):
        sign_checkpoint(Checkpoint("vote.example/audit", 7, vectors.ROOTS[7]), other.verifier, other.sign)
    text = SignedNote.parse(vectors.CHECKPOINT_7).text
    disguised = SignedNote(text, (sign(text, other.verifier, other.sign),)).encode()
    with pytest.raises(InvalidSignature, match=r"of vote\.example/audit, not of vote\.example/other"):
        open_checkpoint(disguised, other.verifier, verify)
    with pytest.raises(InvalidSignature, match="no signature"):
        open_checkpoint(vectors.CHECKPOINT_7, SigningKey.of("vote.example/audit", bytes(32)).verifier, verify)


def test_witnesses_that_are_asked_for_must_have_cosigned():
    cosigned = vectors.CHECKPOINT_7 + vectors.COSIGNATURE_7
    _, verified = open_checkpoint(cosigned, LOG.verifier, verify, [WITNESS.verifier])
    assert [each.key for each in verified] == [LOG.verifier, WITNESS.verifier]
    with pytest.raises(InvalidSignature, match=r"no signature of witness\.example/w1"):
        open_checkpoint(vectors.CHECKPOINT_7, LOG.verifier, verify, [WITNESS.verifier])
    only_cosigned = SignedNote.parse(cosigned)
    only_cosigned = SignedNote(only_cosigned.text, only_cosigned.signatures[1:]).encode()
    with pytest.raises(InvalidSignature, match=r"no signature of vote\.example/audit"):
        open_checkpoint(only_cosigned, LOG.verifier, verify, [WITNESS.verifier])


GOOD = SignedNote.parse(vectors.CHECKPOINT_7).text


@pytest.mark.parametrize(
    "text",
    [
        "",
        GOOD.removesuffix("\n"),
        GOOD + "extension\n",
        GOOD + "\n",
        GOOD.replace("\n7\n", "\n07\n"),
        GOOD.replace("\n7\n", "\n+7\n"),
        GOOD.replace("\n7\n", "\n7 \n"),
        GOOD.replace("\n7\n", "\n-7\n"),
        GOOD.replace("\n7\n", "\n\u0667\n"),
        GOOD.replace("\n7\n", f"\n{2**63}\n"),
        GOOD.replace("\n7\n", "\n0\n"),
        GOOD.replace("vote.example/audit", ""),
        GOOD.replace("vote.example/audit", "vote example"),
        GOOD.replace("WF0=", "WF1="),
        GOOD.replace("WF0=", "WF0"),
        "vote.example/audit\n7\nAAAA\n",
    ],
)
def test_a_checkpoint_is_read_strictly(text):
    with pytest.raises(InvalidCheckpoint):
        Checkpoint.parse(text)


# --- proofs that travel alone -------------------------------------------------------------------------------


def test_a_proof_that_travels_alone_is_the_published_one():
    proof = TlogProof.parse(vectors.PROOF_3_OF_7)
    assert proof.index == 3
    assert proof.hashes == tuple(vectors.NODES[name] for name in vectors.INCLUSION[3, 7])
    assert proof.encode() == vectors.PROOF_3_OF_7
    checkpoint = proof.verify(vectors.NODES["L3"], LOG.verifier, verify)
    assert (checkpoint.size, checkpoint.root) == (7, vectors.ROOTS[7])
    with pytest.raises(InvalidProof):
        proof.verify(vectors.NODES["L2"], LOG.verifier, verify)


def test_a_proof_altered_in_any_byte_does_not_hold():
    for altered in single_changes(vectors.PROOF_3_OF_7):
        with pytest.raises((*ANYTHING_WRONG, InvalidProof)):
            TlogProof.parse(altered).verify(vectors.NODES["L3"], LOG.verifier, verify)


@given(
    st.none() | st.binary(max_size=60), st.integers(0, 2**62), st.lists(st.binary(min_size=32, max_size=32))
)
def test_a_proof_is_read_as_it_was_written(extra, index, hashes):
    proof = TlogProof(index, tuple(hashes[:63]), vectors.CHECKPOINT_7, extra)
    assert TlogProof.parse(proof.encode()) == proof


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"c2sp.org/tlog-proof@v1\n\n",
        b"c2sp.org/tlog-proof@v1\nextra AAAA\n\n",
        b"c2sp.org/tlog-proof@v2\nindex 0\n\n",
        b"c2sp.org/tlog-proof@v1\nindex 00\n\n",
        b"c2sp.org/tlog-proof@v1\nindex 0\nAAAA\n\n",
        b"c2sp.org/tlog-proof@v1\nindex 0\nextra AAAA\n\n",
        b"c2sp.org/tlog-proof@v1\nextra A\nindex 0\n\n",
        b"c2sp.org/tlog-proof@v1\nindex 0\n" + b"A" * 43 + b"=\n" * 64 + b"\n",
        b"c2sp.org/tlog-proof@v1\nindex 0\n" + (b"A" * 43 + b"=\n") * 64 + b"\n",
    ],
)
def test_what_is_no_proof_is_refused(data):
    with pytest.raises(InvalidProof):
        TlogProof.parse(data)


# --- receipts -----------------------------------------------------------------------------------------------


def test_a_receipt_is_read_as_it_was_signed():
    data = sign_receipt(RECEIPT, RECEIPTS.verifier, RECEIPTS.sign)
    assert data.decode().split("\n")[:5] == [
        "vote.example/audit/receipt",
        f"event {EVENT}",
        f"leaf {encode_base64(vectors.NODES['L3'])}",
        "time 1767000000000",
        "within 60000",
    ]
    assert open_receipt(data, RECEIPTS.verifier, verify) == RECEIPT
    assert RECEIPT.due == 1_767_000_060_000


def test_a_receipt_altered_in_any_byte_does_not_hold():
    for altered in single_changes(sign_receipt(RECEIPT, RECEIPTS.verifier, RECEIPTS.sign)):
        with pytest.raises(ANYTHING_WRONG):
            open_receipt(altered, RECEIPTS.verifier, verify)


def test_a_receipt_is_no_checkpoint_and_a_checkpoint_no_receipt():
    # Even of one private key under both names.
    receipt = sign_receipt(RECEIPT, RECEIPTS.verifier, RECEIPTS.sign)
    with pytest.raises(ANYTHING_WRONG):
        open_checkpoint(receipt, RECEIPTS.verifier, verify)
    with pytest.raises(ANYTHING_WRONG):
        open_checkpoint(receipt, LOG.verifier, verify)
    text = SignedNote.parse(vectors.CHECKPOINT_7).text
    disguised = SignedNote(text, (sign(text, RECEIPTS.verifier, RECEIPTS.sign),)).encode()
    with pytest.raises(InvalidReceipt):
        open_receipt(disguised, RECEIPTS.verifier, verify)


def test_a_receipt_is_signed_under_its_own_name_for_its_own_log():
    assert receipt_name("vote.example/audit") == RECEIPTS.verifier.name
    with pytest.raises(ValueError, match="does not sign"):
        sign_receipt(RECEIPT, LOG.verifier, LOG.sign)
    other = SigningKey.of("other.example/receipt", vectors.SEED)
    text = RECEIPT.text
    stolen = SignedNote(text, (sign(text, other.verifier, other.sign),)).encode()
    with pytest.raises(InvalidSignature, match=r"not of other\.example/receipt"):
        open_receipt(stolen, other.verifier, verify)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("event ", "event  "),
        (EVENT, EVENT.upper()),
        ("time 1767000000000", "time 01767000000000"),
        ("time 1767000000000", "time -1"),
        ("within 60000\n", ""),
        ("within 60000\n", "within 60000\nmore\n"),
        ("/receipt\n", "\n"),
        ("=\n", "\n"),
    ],
)
def test_a_receipt_is_read_strictly(old, new):
    with pytest.raises(InvalidReceipt):
        Receipt.parse(RECEIPT.text.replace(old, new))
