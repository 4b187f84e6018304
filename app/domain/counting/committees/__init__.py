"""Committees in proportion, from approval ballots."""
