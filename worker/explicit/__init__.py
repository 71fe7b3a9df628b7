"""Explicit memory: references kept as a few attention key-values that a causal model attends to.

After Memory3 (arXiv 2407.01178): beside what a model has in its weights and what stands in its
context, a third form, encoded once (``encode``), kept in files (``store``), found again by their
texts (``retrieve``) and attended to left of the context (``attention``).
"""
