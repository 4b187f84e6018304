"""Boards: their phases, what is promoted from them, and where opinions meet."""
