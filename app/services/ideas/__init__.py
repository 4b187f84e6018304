"""Ideas: texts, authors, support, opinions, answers, merging, and how they are found."""
