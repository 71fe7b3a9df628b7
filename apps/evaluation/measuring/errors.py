"""What an evaluation refuses."""

from __future__ import annotations


class EvaluationError(Exception):
    """The evaluation cannot be made; the text is one sentence for the person who asked for it."""
