"""The transparency log of each community: entries get their places, checkpoints are signed, proofs are made."""
