"""Discussion: comments in threads, their versions, mentions and reactions."""
