"""Bodies that are right in form. No device makes these: they open nothing."""

from __future__ import annotations

BLINDED_MESSAGE = "4a" * 256

#: What every P-256 key begins with as a SubjectPublicKeyInfo, up to its coordinates.
_P256 = "3059301306072a8648ce3d020106082a8648ce3d030107034200"

VOTE = {
    "public_key": f"{_P256}04{'5b' * 64}",
    "prefix": "6c" * 32,
    "credential": "7d" * 256,
    "seq": 1,
    "sealed_choice": f"04{'8e' * 336}",
    "signature": "9f" * 64,
}
