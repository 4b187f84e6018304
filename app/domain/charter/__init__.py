"""The charter: what a community and its brand have agreed on, in articles and in rules a machine enforces."""
