"""Delegation: giving and taking back, what delegates say of themselves, and what it comes to in a ballot."""
