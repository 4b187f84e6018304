"""Participatory budgeting: options have costs, and a budget pays for some of them."""
