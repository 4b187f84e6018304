"""What the brand owes: pre-commitments, answers, promises, what members say of them, and the scorecard."""
