"""Moderation: reports, decisions, appeals, who may judge, and the public figures of all that."""
