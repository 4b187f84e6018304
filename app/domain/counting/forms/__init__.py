"""Ballot forms: what a voter may send, and its one canonical text."""
