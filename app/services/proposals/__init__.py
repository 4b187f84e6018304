"""Proposals: from draft to what became of them, by people's actions and by the clock's steps."""
