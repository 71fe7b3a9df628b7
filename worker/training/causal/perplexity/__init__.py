"""What reading the memory is worth to a causal head, as perplexity of unseen documents."""
