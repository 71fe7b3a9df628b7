"""Figures in aligned columns, for a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


def columns(rows: Sequence[Sequence[str]], *, left: int = 1) -> str:
    """Return rows as lines: the first ``left`` columns flush left, the others flush right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        cells = [
            cell.ljust(width) if i < left else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def three(scores: Mapping[str, float] | None) -> list[str]:
    """Return precision, recall and F1 as cells; dashes where they were not measured."""
    if scores is None:
        return ["-"] * 3
    return [f"{scores[key]:.3f}" for key in ("precision", "recall", "f1")]


def share(value: float | None) -> str:
    """Return a share with three digits; a dash where there was nothing to measure."""
    return "-" if value is None else f"{value:.3f}"
