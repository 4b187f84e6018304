"""The transparency log: a Merkle tree, its tiles and proofs, and the signed notes that state its root.

Everything is computed from bytes that are passed in; signatures are made and checked by callables of the caller.
Sources: RFC 6962 and RFC 9162 (tree and proofs), C2SP signed-note v1.0.0, tlog-checkpoint v1.0.0,
tlog-cosignature v1.0.1, tlog-tiles v0.1.0, and tlog-proof as drafted (c2sp.org/tlog-proof@v1).
"""
