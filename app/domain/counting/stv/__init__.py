"""Single transferable vote: one module a set of rules."""
