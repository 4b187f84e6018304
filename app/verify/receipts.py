"""A receipt, proven: the log promised to include an entry, and here is the proof that it did."""

from __future__ import annotations

from app.domain.evidence.faults import InvalidEvidence, Report
from app.domain.evidence.log_entries import read_body
from app.domain.translog.ballot_receipts import (
    ballot_receipt_name,
    box_origin,
    is_ballot_receipt,
    open_ballot_receipt,
)
from app.domain.translog.hashing import leaf_hash
from app.domain.translog.keys import Algorithm, VerifierKey
from app.domain.translog.proofs import InvalidProof, verify_inclusion
from app.domain.translog.receipts import Receipt, open_receipt
from app.domain.translog.signed_notes import InvalidNote, InvalidSignature, SignedNote
from app.domain.translog.tlog_proofs import TlogProof
from app.verify.ed25519 import verify
from app.verify.keys import LogKeys

RECEIPT = "receipt"
PROOF = "proof"
ENTRY = "entry"


def prove_receipt(
    report: Report,
    *,
    receipt: bytes,
    proof: bytes,
    entry: bytes | None,
    keys: LogKeys,
    receipt_key: VerifierKey,
) -> None:
    """Check a receipt, the proof that belongs to it, and the entry they are about.

    :param receipt: the signed note.
    :param proof: the file in the form of C2SP tlog-proof.
    :param entry: the entry's bytes, or None where they are not at hand.
    :param receipt_key: the key that signs the log's receipts.
    """
    if _is_of_a_vote(receipt):
        prove_ballot_receipt(
            report, receipt=receipt, proof=proof, keys=keys, public_key=receipt_key.public_key
        )
        return
    promised = _open_receipt(report, receipt, receipt_key)
    if promised is None:
        return
    report.checked["event"] = promised.event
    report.checked["promised"] = {"time": promised.time, "due": promised.due}
    _check_proof(report, promised, proof, keys)
    if entry is None:
        report.unchecked.append("the entry was not shown: the proof is about its hash alone")
    else:
        _check_entry(report, promised, entry)


def _is_of_a_vote(receipt: bytes) -> bool:
    try:
        return is_ballot_receipt(SignedNote.parse(receipt).text)
    except InvalidNote:
        return False


def prove_ballot_receipt(
    report: Report, *, receipt: bytes, proof: bytes, keys: LogKeys, public_key: bytes
) -> None:
    """Check the receipt of a vote that is kept apart from its voter, and that the vote is in the ballot box.

    :param public_key: of the key that signed the receipt.
    """
    own = VerifierKey(ballot_receipt_name(keys.log.name), Algorithm.ED25519, public_key)
    try:
        promised = open_ballot_receipt(receipt, own, verify)
    except InvalidNote as malformed:
        report.found("receipt-malformed", RECEIPT, str(malformed))
        return
    except InvalidSignature as unsigned:
        report.found("receipt-not-signed", RECEIPT, str(unsigned))
        return
    report.checked["ballot"], report.checked["tracker"] = promised.ballot, promised.tracker
    box = VerifierKey(box_origin(keys.log.name, promised.ballot), Algorithm.ED25519, keys.log.public_key)
    try:
        shown = TlogProof.parse(proof)
        checkpoint = shown.verify(promised.leaf, box, verify)
    except InvalidProof as wrong:
        report.found("proof-wrong", PROOF, str(wrong))
    except InvalidNote as malformed:
        report.found("checkpoint-malformed", PROOF, str(malformed))
    except InvalidSignature as unsigned:
        report.found("checkpoint-not-signed", PROOF, str(unsigned))
    else:
        report.checked["box"] = {"casts": checkpoint.size, "root": checkpoint.root.hex()}
        report.unchecked.append(
            "compare the root with the one that the certified result states as ballot_box"
        )


def _open_receipt(report: Report, data: bytes, key: VerifierKey) -> Receipt | None:
    try:
        return open_receipt(data, key, verify)
    except InvalidNote as malformed:
        report.found("receipt-malformed", RECEIPT, str(malformed))
    except InvalidSignature as unsigned:
        report.found("receipt-not-signed", RECEIPT, str(unsigned))
    return None


def _check_proof(report: Report, receipt: Receipt, data: bytes, keys: LogKeys) -> None:
    try:
        proof = TlogProof.parse(data)
    except InvalidProof as malformed:
        report.found("proof-malformed", PROOF, str(malformed))
        return
    try:
        checkpoint = keys.open_checkpoint(proof.checkpoint)
        verify_inclusion(proof.index, checkpoint.size, receipt.leaf, proof.hashes, checkpoint.root)
    except InvalidNote as malformed:
        report.found("checkpoint-malformed", PROOF, str(malformed))
    except InvalidSignature as unsigned:
        report.found("checkpoint-not-signed", PROOF, str(unsigned))
    except InvalidProof as wrong:
        report.found("proof-wrong", PROOF, str(wrong))
    else:
        if checkpoint.origin != receipt.origin:
            report.found(
                "proof-wrong", PROOF, f"it is of {checkpoint.origin}, the receipt of {receipt.origin}"
            )
        report.checked["log"] = {"origin": checkpoint.origin, "size": checkpoint.size}
        report.checked["index"] = proof.index


def _check_entry(report: Report, receipt: Receipt, entry: bytes) -> None:
    if leaf_hash(entry) != receipt.leaf:
        report.found("entry-differs", ENTRY, "its hash is not the one in the receipt")
    with report.reading(ENTRY):
        event = read_body(entry).get("event")
        if event != receipt.event:
            raise InvalidEvidence(f"names the event {event}, not {receipt.event}")
    report.checked["entry"] = "shown"
