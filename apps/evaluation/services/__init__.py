"""Benchmarks made and kept, and heads run on them (``apps.evaluation.models``)."""
