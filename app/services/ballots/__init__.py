"""Ballots: drafting, opening, casting, closing, results, receipts and logs."""
