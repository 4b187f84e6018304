"""Co-creation boards: their phases, how ideas are found, ranked, compared and merged."""
