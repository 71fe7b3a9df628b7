"""Pictures of runs, as SVG that a page draws with its style sheet and a report with its own.

Every picture has a title and a description for those who do not see it, and stands beside a table
of the same figures. Colours come from the classes ``chart__…`` alone. Names are escaped.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from apps.evaluation.measuring.svg import element, leaf, path, text
from worker.wilson import wilson

WIDTH, HEIGHT = 400.0, 270.0
MOST_RUNS: Final = 40  # in the picture over time

Pair = tuple[float, float]


@dataclass(frozen=True)
class Plot:
    """Where the axes of a picture are, in its own units, and how far up they go.

    Values on both axes begin at 0; ``across`` and ``up`` are the largest.
    """

    across: float = 1.0
    up: float = 1.0
    left: float = 52.0
    top: float = 18.0
    width: float = WIDTH - 66.0
    height: float = HEIGHT - 74.0

    def at(self, x: float, y: float) -> Pair:
        """Return where a value is in the picture; what is off the axes is put on their end."""
        along = min(max(x / self.across, 0.0), 1.0)
        high = min(max(y / self.up, 0.0), 1.0)
        return self.left + along * self.width, self.top + (1 - high) * self.height

    def line(self, one: Pair, other: Pair, class_: str) -> str:
        """Return a straight line between two values."""
        return path([self.at(*one), self.at(*other)], class_=class_)

    def rungs(self) -> str:
        """Return the lines of the upright axis with their numbers."""
        parts = []
        for step in range(6):
            value = step * self.up / 5
            kind = "chart__axis" if step == 0 else "chart__grid"
            parts.append(self.line((0, value), (self.across, value), kind))
            x, y = self.at(0, value)
            parts.append(_words(_number(value, self.up), x - 7, y + 4, "end"))
        return "".join(parts)

    def numbers_below(self) -> str:
        """Return the numbers of the axis across, which is one of shares."""
        parts = []
        for step in range(6):
            value = step * self.across / 5
            x, y = self.at(value, 0)
            parts.append(_words(_number(value, self.across), x, y + 18, "middle"))
        return "".join(parts)

    def names(self, across: str, up: str) -> str:
        """Return what the axes measure."""
        middle = self.top + self.height / 2
        turned = f"rotate(-90 13 {middle:.0f})"
        return _words(across, self.left + self.width / 2, HEIGHT - 10, "middle") + text(
            up, 13, middle, class_="chart__text", text_anchor="middle", transform=turned
        )


def risk_coverage(points: Sequence[Sequence[float]], *, id: str = "risk") -> str:
    """Draw the share of wrong answers against how many questions are answered, the surest first."""
    if not points:
        return ""
    top = max((risk for _, risk in points), default=0.0)
    plot = Plot(up=next(limit for limit in (0.1, 0.25, 0.5, 1.0) if top <= limit))
    last = points[-1]
    return _svg(
        id,
        "Wrong answers by how many are given",
        f"The surest answers first. With {_percent(last[0])} of the questions answered, "
        f"{_percent(last[1])} of the answers are wrong.",
        plot.rungs(),
        plot.numbers_below(),
        plot.names("questions answered", "answers that are wrong"),
        path([plot.at(x, y) for x, y in points], class_="chart__line"),
    )


def precision_recall(points: Sequence[Sequence[float]], *, id: str = "precision-recall") -> str:
    """Draw precision against recall, the surest proposals first."""
    if not points:
        return ""
    plot = Plot()
    recall, precision = points[-1]
    return _svg(
        id,
        "Precision against recall",
        f"The surest proposals first. Of all of them, {_percent(precision)} are right, and "
        f"{_percent(recall)} of what is stated is found.",
        plot.rungs(),
        plot.numbers_below(),
        plot.names("of what is stated, found", "of what is proposed, right"),
        path([plot.at(x, y) for x, y in points], class_="chart__line"),
        *(_dot(*plot.at(x, y)) for x, y in points[-1:]),
    )


def calibration(bins: Sequence[Sequence[float]], *, id: str = "calibration") -> str:
    """Draw the share of right answers by the head's own score, with Wilson's 95 % interval."""
    if not bins:
        return ""
    plot = Plot()
    parts = [plot.line((0, 0), (1, 1), "chart__ideal")]
    parts.append(path([plot.at(score, right) for score, right, _ in bins], class_="chart__line"))
    for score, right, count in bins:
        low, high = wilson(right, int(count))
        parts.append(plot.line((score, low), (score, high), "chart__whisker"))
        parts.append(_dot(*plot.at(score, right)))
    return _svg(
        id,
        "How far a score can be believed",
        "The share that is right by the score that the head gave. On the dashed line a score "
        "is a probability.",
        plot.rungs(),
        plot.numbers_below(),
        plot.names("score of the head", "of these, right"),
        *parts,
    )


def latency(
    buckets: Sequence[Sequence[float]], p50: float, p95: float, *, id: str = "latency"
) -> str:
    """Draw how many cases took how long. ``buckets``: upper end in ms, and how many."""
    if not buckets:
        return ""
    most = max(count for _, count in buckets)
    plot = Plot(across=len(buckets), up=_round_up(most))
    parts = []
    for i, (end, count) in enumerate(buckets):
        x, y = plot.at(i + 0.1, count)
        right, foot = plot.at(i + 0.9, 0)
        parts.append(
            element("rect", x=x, y=y, width=right - x, height=foot - y, class_="chart__bar")
        )
        if len(buckets) <= 8 or i % 2 == len(buckets) % 2:
            parts.append(_words(time_of(end), (x + right) / 2, foot + 18, "middle"))
    return _svg(
        id,
        "How long a case took",
        f"Half of the cases took at most {time_of(p50)}, 95 in 100 at most {time_of(p95)}.",
        plot.rungs(),
        plot.names("at most", "cases"),
        *parts,
    )


@dataclass(frozen=True)
class Moment:
    """A run in the picture over time: its number, a measure with its interval, and whether it is
    the baseline."""

    run: int
    value: float
    low: float
    high: float
    baseline: bool = False


def over_time(
    moments: Sequence[Moment], name: str, *, is_share: bool = True, id: str = "time"
) -> str:
    """Draw a measure of a benchmark's runs, the oldest first, with the baseline as a line. One
    that is no share has an axis as long as its intervals need."""
    if not moments:
        return ""
    shown = moments[-MOST_RUNS:]
    up = 1.0 if is_share else _round_up(max(one.high for one in shown))
    plot = Plot(across=len(shown) + 1, up=up)
    parts = [path([plot.at(i, one.value) for i, one in enumerate(shown, 1)], class_="chart__line")]
    base = next((one for one in moments if one.baseline), None)
    if base:
        parts.insert(0, plot.line((0, base.value), (plot.across, base.value), "chart__ideal"))
    for i, one in enumerate(shown, 1):
        x, y = plot.at(i, one.value)
        parts.append(plot.line((i, one.low), (i, one.high), "chart__whisker"))
        parts.append(_dot(x, y) if not one.baseline else _square(x, y))
        if len(shown) <= 12 or i % (len(shown) // 10 + 1) == 0:
            parts.append(_words(str(one.run), x, plot.at(i, 0)[1] + 18, "middle"))
    first, last = shown[0], shown[-1]
    said = f"From {first.value:.3f} in run {first.run} to {last.value:.3f} in run {last.run}."
    if base:
        said += f" The baseline is run {base.run} with {base.value:.3f}, the dashed line."
    return _svg(
        id, f"{name}, run by run", said, plot.rungs(), plot.names("run", name.lower()), *parts
    )


def interval(
    value: float, low: float, high: float, *, least: float = 0.0, most: float = 1.0
) -> str:
    """Draw a value with its interval on a short line from ``least`` to ``most``, with a mark at 0
    where that lies between them.

    It repeats the figures beside it, so that it is hidden from those who have them read out.
    """

    def along(one: float) -> float:
        return 4 + 92 * min(max((one - least) / (most - least), 0.0), 1.0)

    parts = [path([(4, 6), (96, 6)], class_="chart__grid")]
    if least < 0:
        parts.append(path([(along(0), 1), (along(0), 11)], class_="chart__axis"))
    parts.append(path([(along(low), 6), (along(high), 6)], class_="chart__range"))
    parts.append(element("circle", cx=along(value), cy=6, r=2.6, class_="chart__dot"))
    return element(
        "svg",
        *parts,
        xmlns="http://www.w3.org/2000/svg",
        class_="chart-interval",
        viewBox="0 0 100 12",
        aria_hidden="true",
    )


def shares(row: dict[str, Any]) -> str:
    """Draw how a row of a table divides: right, partly right, abstained, wrong, as one bar."""
    whole = row["n"] or 1
    given = {name: row.get(name, 0) for name in ("right", "abstained", "wrong")}
    given["partly"] = max(row["n"] - sum(given.values()), 0)
    parts, x = [], 0.0
    for name in ("right", "partly", "abstained", "wrong"):
        width = 100 * given[name] / whole
        if width:
            parts.append(element("rect", x=x, width=width, height=10, class_=f"chart__{name}"))
        x += width
    return element(
        "svg",
        *parts or ["<g/>"],
        xmlns="http://www.w3.org/2000/svg",
        class_="chart-shares",
        viewBox="0 0 100 10",
        preserveAspectRatio="none",
        aria_hidden="true",
    )


def time_of(milliseconds: float) -> str:
    """Return a time in the unit that people would use: "40 ms", "1.2 s"."""
    if milliseconds < 1000:
        return f"{milliseconds:.0f} ms" if milliseconds >= 10 else f"{milliseconds:.1f} ms"
    return f"{milliseconds / 1000:.1f} s".replace(".0 s", " s")


def _svg(id: str, title: str, described: str, *parts: str) -> str:
    return element(
        "svg",
        leaf("title", title, id=f"{id}-title"),
        leaf("desc", described, id=f"{id}-desc"),
        *parts,
        xmlns="http://www.w3.org/2000/svg",
        class_="chart",
        viewBox=f"0 0 {WIDTH:.0f} {HEIGHT:.0f}",
        role="img",
        aria_labelledby=f"{id}-title {id}-desc",
    )


def _words(value: str, x: float, y: float, anchor: str) -> str:
    return text(value, x, y, class_="chart__text", text_anchor=anchor)


def _dot(x: float, y: float) -> str:
    return element("circle", cx=x, cy=y, r=4.0, class_="chart__dot")


def _square(x: float, y: float) -> str:
    return element("rect", x=x - 5, y=y - 5, width=10.0, height=10.0, class_="chart__dot")


def _number(value: float, largest: float) -> str:
    if largest <= 1:
        return f"{value:.2f}" if largest < 0.5 else f"{value:.1f}"
    return f"{value / 1000:g}k" if value >= 10_000 else f"{value:g}"


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _round_up(count: float) -> float:
    """Return a number that ends in zeros, divides by five, and is not below."""
    size = 5.0
    while size < count:
        size *= 2.5 if str(size)[0] == "2" else 2
    return size
