"""Ballots that divide something among the options: one module a method."""
