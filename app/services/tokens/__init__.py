"""The token ledger: accounts, entries, what is held, imports and downloads."""
