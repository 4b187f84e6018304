"""Ballots compared option by option, two at a time: one module a method, and what they share."""
