"""The Method of Equal Shares: every vote holds the same share of the budget and pays for what it supports."""
