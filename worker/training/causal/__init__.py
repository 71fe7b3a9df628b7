"""Training of the causal heads: ``python -m worker.training.causal``."""
