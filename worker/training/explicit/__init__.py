"""Training the adapter ``explicit`` of a causal base, and what it reaches: questions that only
references answer, as text before them or as memories that are attended to."""
