"""Ballots that score or grade every option: one module a method."""
