"""Erasing what is kept of a person, so that log, rolls, votes and results stay and verify without them."""
