"""Pictures of evaluations: self-contained SVG without script or fonts, for light and dark pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from apps.evaluation.measuring.svg import STYLE, element, leaf, path, text
from worker.wilson import wilson

WIDTH, HEIGHT = 880.0, 452.0


@dataclass(frozen=True)
class Plot:
    """A square of side ``size`` whose axes run from 0 to 1; ``left`` and ``top`` in pixels."""

    left: float
    top: float
    size: float

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Return where a point of the plot is in the picture."""
        return self.left + x * self.size, self.top + (1 - y) * self.size

    def line(self, one: tuple[float, float], other: tuple[float, float], class_: str) -> str:
        """Return a straight line between two points of the plot."""
        return path([self.at(*one), self.at(*other)], class_=class_)

    def frame(self, title: str, across: str, up: str) -> str:
        """Return grid, axes, their numbers and names, and a title above."""
        parts = [text(title, self.left, self.top - 44, class_="title")]
        for i in range(6):
            value = i / 5
            parts.append(self.line((value, 0), (value, 1), "axis" if i == 0 else "grid"))
            parts.append(self.line((0, value), (1, value), "axis" if i == 0 else "grid"))
            x, y = self.at(value, 0)
            parts.append(text(f"{value:.1f}", x, y + 18, text_anchor="middle"))
            x, y = self.at(0, value)
            parts.append(text(f"{value:.1f}", x - 8, y + 4, text_anchor="end"))
        x, y = self.at(0.5, 0)
        parts.append(text(across, x, y + 40, text_anchor="middle"))
        x, y = self.at(0, 0.5)
        turned = f"rotate(-90 {x - 40:.0f} {y:.0f})"
        parts.append(text(up, x - 40, y, text_anchor="middle", transform=turned))
        return "".join(parts)


def extraction_picture(report: Mapping[str, Any]) -> str:
    """Return the reliability diagram and the precision-recall curve of an extraction report."""
    title = f"The {report['head']} write head on {report['documents']} documents"
    described = (
        f"Left: share of predictions that are right, by their score; calibration error "
        f"{report['calibration_error']:.3f}. Right: precision against recall, end to end."
    )
    return element(
        "svg",
        leaf("title", title, id="t"),
        leaf("desc", described, id="d"),
        leaf("style", STYLE),
        element("rect", class_="paper", width=WIDTH, height=HEIGHT, rx=8),
        _reliability(Plot(72, 72, 320), report),
        _curve(Plot(520, 72, 320), report),
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {WIDTH:.0f} {HEIGHT:.0f}",
        role="img",
        aria_labelledby="t d",
    )


def _reliability(plot: Plot, report: Mapping[str, Any]) -> str:
    rows: Sequence[Mapping[str, float]] = report["reliability"]
    below = f"calibration error {report['calibration_error']:.3f}; bars: 95 %, counts above"
    parts = [
        plot.frame("How far a score can be believed", "score", "share of facts that are right"),
        text(below, plot.left, plot.top - 25),
        plot.line((0, 0), (1, 1), "ideal"),
        path([plot.at(row["score"], row["right"]) for row in rows], class_="line"),
    ]
    for row in rows:
        low, high = wilson(row["right"], int(row["count"]))
        parts.append(plot.line((row["score"], low), (row["score"], high), "whisker"))
        x, y = plot.at(row["score"], row["right"])
        parts.append(element("circle", cx=x, cy=y, r=4.5, class_="dot"))
        x, _ = plot.at(min(int(row["score"] * 10), 9) / 10 + 0.05, 1)
        parts.append(
            text(_count(row["count"]), x, plot.top - 6, text_anchor="middle", class_="small")
        )
    return "".join(parts)


def _curve(plot: Plot, report: Mapping[str, Any]) -> str:
    rows = [row for row in report["curve"] if row["precision"] > 0]
    parts = [
        plot.frame("What a threshold gives", "recall", "precision"),
        text("end to end, by threshold; marked: those in use", plot.left, plot.top - 25),
        path([plot.at(row["recall"], row["precision"]) for row in rows], class_="line"),
    ]
    for row in rows[4::5]:
        x, y = plot.at(row["recall"], row["precision"])
        parts.append(element("circle", cx=x, cy=y, r=3.5, class_="dot"))
        parts.append(text(f"{row['threshold']:.1f}", x + 7, y - 6))
    marks = {
        "end_to_end": (f"best F1, {report['best_threshold']:.2f}", 2.0),
        "end_to_end_at_review_threshold": (f"review, {report['review_threshold']:.2f}", 7.0),
    }
    for line, (key, (name, round_)) in enumerate(marks.items()):
        legend = plot.at(0.05, 0.13 - 0.07 * line)
        parts.append(text(name, legend[0] + 14, legend[1] + 4, class_="strong"))
        for x, y in (plot.at(report[key]["recall"], report[key]["precision"]), legend):
            parts.append(
                element("rect", x=x - 6, y=y - 6, width=12, height=12, rx=round_, class_="mark")
            )
    return "".join(parts)


def _count(number: float) -> str:
    return f"{number:,.0f}" if number < 10_000 else f"{number / 1000:,.0f}k"
