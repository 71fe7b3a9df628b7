"""The learning curve as a self-contained picture, for light and dark pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from apps.evaluation.measuring.svg import STYLE, element, leaf, path, text

WIDTH, HEIGHT = 880.0, 440.0
PANELS: Final = (
    ("precision_at_equal_recall", "Precision at the shipped head's recall"),
    ("f1", "F1 at the threshold that was learned"),
)


@dataclass(frozen=True)
class _Plot:
    """Axes with one step across for each number of decisions, and shares from low to high."""

    left: float
    low: float
    high: float
    steps: int
    top: float = 92.0
    width: float = 330.0
    height: float = 260.0

    def at(self, step: float, value: float) -> tuple[float, float]:
        across = self.left + self.width * (step + 0.5) / self.steps
        share = (value - self.low) / (self.high - self.low)
        return across, self.top + (1 - share) * self.height

    def line(self, one: tuple[float, float], other: tuple[float, float], class_: str) -> str:
        return path([self.at(*one), self.at(*other)], class_=class_)


def curve_picture(report: Mapping[str, Any]) -> str:
    """Return the figures of a report of ``evaluate learning`` after each number of decisions."""
    rows = [row for row in report["curve"] if "there_are" not in row]
    title = f"What decisions teach the {report['head']} write head"
    described = (
        f"Means over {report['seeds']} orders of documents, on {report['measured_on']} documents "
        "that nobody decided on. Bars: 95 % over documents; small dots: each order."
    )
    return element(
        "svg",
        leaf("title", title, id="t"),
        leaf("desc", described, id="d"),
        leaf("style", STYLE),
        element("rect", class_="paper", width=WIDTH, height=HEIGHT, rx=8),
        text(described, 62, 28),
        *(_panel(rows, name, label, 62.0 + 430 * i) for i, (name, label) in enumerate(PANELS)),
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {WIDTH:.0f} {HEIGHT:.0f}",
        role="img",
        aria_labelledby="t d",
    )


def _panel(rows: Sequence[Mapping[str, Any]], name: str, label: str, left: float) -> str:
    ends = [end for row in rows for end in row[name]["interval"]]
    low, high = int(min(ends) * 20) / 20, min(int(max(ends) * 20 + 1) / 20, 1.0)
    plot = _Plot(left, low, max(high, low + 0.05), len(rows))
    parts = [text(label, left, 66, class_="title")]
    for step in range(6):
        value = low + (plot.high - low) * step / 5
        kind = "axis" if step == 0 else "grid"
        parts.append(plot.line((-0.5, value), (len(rows) - 0.5, value), kind))
        parts.append(text(f"{value:.2f}", left - 8, plot.at(0, value)[1] + 4, text_anchor="end"))
    base = rows[0][name]["mean"]
    parts.append(plot.line((-0.5, base), (len(rows) - 0.5, base), "ideal"))
    parts.append(path([plot.at(i, row[name]["mean"]) for i, row in enumerate(rows)], class_="line"))
    for i, row in enumerate(rows):
        below, above = row[name]["interval"]
        parts.append(plot.line((i, below), (i, above), "whisker"))
        for place, value in enumerate(row[name]["seeds"] if row["decisions"] else ()):
            x, y = plot.at(i + 0.08 * (place + 1), value)
            parts.append(element("circle", cx=x, cy=y, r=2.5, class_="dot"))
        x, y = plot.at(i, row[name]["mean"])
        parts.append(element("circle", cx=x, cy=y, r=5.0, class_="dot"))
        parts.append(text(f"{row[name]['mean']:.3f}", x - 8, y - 10, text_anchor="end"))
        foot = plot.at(i, low)[1]
        parts.append(text(f"{row['decisions']:,}", x, foot + 18, text_anchor="middle"))
    parts.append(text("decisions", left + plot.width / 2, HEIGHT - 36, text_anchor="middle"))
    return "".join(parts)
