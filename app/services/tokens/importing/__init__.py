"""Import of balances from CSV: read, found out whose they are, and carried out, or only tried."""
