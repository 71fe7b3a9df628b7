"""MemLLM's heads (arXiv 2404.11672): a causal language model that writes and reads the memory."""
