"""Questions about approved facts, drawn from the memory by lot."""

from apps.evaluation.services.benchmarks.drawing.draw import (
    FEWEST,
    KINDS,
    MOST,
    draw_from_memory,
)

__all__ = ["FEWEST", "KINDS", "MOST", "draw_from_memory"]
