"""Moderation: reports, decisions by stewards, appeals decided by somebody else, and public figures."""
