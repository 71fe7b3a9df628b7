"""What a page, or a report, shows of a run that is done: figures in words, tables and pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from apps.accounts.models import User
from apps.evaluation.models import Run
from apps.evaluation.run_selectors import figure_of
from apps.evaluation.services import charts
from apps.evaluation.services.answering.diagnosis import DIAGNOSES
from apps.evaluation.services.kinds import Kind, kind_of
from apps.evaluation.services.kinds.measures import Measure
from apps.sources.models import Document

GROUPS: Final = {
    "kind": "By kind",
    "relation": "By relation",
    "source": "By source",
    "reviewer": "By reviewer",
}
FACT_GROUPS: Final = {"kind": "Facts by kind of text", "relation": "Facts by relation"}
FILTERED: Final = ("kind", "relation")  # what the list of cases can be narrowed by
MOST_ROWS: Final = 12  # of a table before the rest is folded away


@dataclass(frozen=True)
class Card:
    """A measure with its value, its 95 % interval, of how many it is, and a picture of these."""

    name: str
    measure: Measure
    value: float
    low: float
    high: float
    n: int
    picture: str


@dataclass(frozen=True)
class BesideRow:
    """A line of figures with the memory beside those without it, written out. ``holds`` is None
    where nothing is to be held."""

    label: str
    on: str
    off: str
    ratio: str
    interval: str
    n: int
    holds: bool | None = None
    verdict: str = ""


@dataclass(frozen=True)
class Row:
    """A line of a table of counts. ``query`` narrows the list of cases to it."""

    name: str
    n: int
    right: int
    wrong: int
    abstained: int
    picture: str
    query: str = ""
    page: int | None = None  # the number of the document

    @property
    def share(self) -> float:
        return self.right / self.n if self.n else 0.0


@dataclass(frozen=True)
class Table:
    """Counts of the cases of a run by one of their properties: the most frequent, and the rest."""

    name: str
    title: str
    first: Sequence[Row]
    rest: Sequence[Row]

    @property
    def both(self) -> tuple[Sequence[Row], Sequence[Row]]:
        return self.first, self.rest


@dataclass(frozen=True)
class FactRow:
    """A line of a table of facts: how many were stated, found, proposed and right."""

    name: str
    stated: int
    found: int
    proposed: int
    right: int

    @property
    def precision(self) -> float | None:
        return self.right / self.proposed if self.proposed else None

    @property
    def recall(self) -> float | None:
        return self.found / self.stated if self.stated else None

    @property
    def f1(self) -> float | None:
        if self.recall is None:
            return None
        both = (self.precision or 0.0) + self.recall
        return 2 * (self.precision or 0.0) * self.recall / both if both else 0.0


@dataclass(frozen=True)
class FactTable:
    """Facts by the kind of their text, or by relation: the most frequent, and the rest."""

    name: str
    title: str
    first: Sequence[FactRow]
    rest: Sequence[FactRow]


@dataclass(frozen=True)
class Picture:
    """A picture with the table of its figures."""

    title: str
    note: str
    drawing: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Shown:
    """All that is shown of a run's figures. ``diagnoses`` has the key, the name and the number of
    each reason for which cases failed."""

    cards: Sequence[Card] = ()
    beside: Sequence[BesideRow] = ()
    tables: Sequence[Table] = ()
    facts: Sequence[FactTable] = ()
    pictures: Sequence[Picture] = ()
    diagnoses: Sequence[tuple[str, str, int]] = ()
    p50: str = ""
    p95: str = ""
    missing: Sequence[str] = field(default_factory=tuple)


def shown(run: Run) -> Shown:
    """Return what is shown of the figures of a run that has some."""
    figures: Mapping[str, Any] = run.figures
    took = figures.get("latency_ms") or {}
    kind = kind_of(run.version.benchmark.kind)
    measures = kind.measures
    apart = {name for one in kind.beside for name in (one.on, one.off, one.ratio)}
    return Shown(
        cards=[one for one in cards_of(figures, measures) if one.name not in apart],
        beside=beside_of(figures, kind),
        facts=_facts(figures.get("facts") or {}),
        tables=_tables(run, figures.get("by") or {}),
        pictures=_pictures(figures),
        diagnoses=[
            (key, DIAGNOSES[key].label, n) for key, n in (figures.get("diagnoses") or {}).items()
        ],
        p50=charts.time_of(took.get("p50") or 0),
        p95=charts.time_of(took.get("p95") or 0),
        missing=[one.label for name, one in measures.items() if figure_of(figures, name) is None],
    )


def cards_of(figures: Mapping[str, Any], measures: Mapping[str, Measure]) -> list[Card]:
    """Return the measures that a run has."""
    cards = []
    for name, measure in measures.items():
        found = figure_of(figures, name)
        if found is None:
            continue
        value = float(found["value"])
        low, high = (float(end) for end in found.get("interval") or (value, value))
        picture = "" if measure.plain else charts.interval(value, low, high)
        cards.append(Card(name, measure, value, low, high, int(found.get("n") or 0), picture))
    return cards


def beside_of(figures: Mapping[str, Any], kind: Kind) -> list[BesideRow]:
    """Return the table of a run's figures with the memory beside those without it, as far as it has
    them. What a control comes to is its ratio times what it is compared with."""
    rows = []
    for line in kind.beside:
        ratio, off = (figure_of(figures, name) for name in (line.ratio, line.off))
        on = figure_of(figures, line.on) if line.on else None
        if ratio is None or off is None:
            continue
        value, low, high = float(ratio["value"]), *(float(end) for end in ratio["interval"])
        with_ = float(on["value"]) if on else value * float(off["value"])
        said = kind.measures[line.ratio].said
        holds, verdict = line.verdict(value, low, high) if line.verdict else (None, "")
        rows.append(
            BesideRow(
                line.label, said(with_), said(float(off["value"])), said(value),
                f"{said(low)} to {said(high)}", int(ratio.get("n") or 0), holds, verdict,
            )
        )  # fmt: skip
    return rows


def time_left(run: Run) -> timedelta | None:
    """Return about how long a run that is under way has to go; None where nobody can say yet."""
    if not run.done or run.seconds <= 0 or run.done >= run.total:
        return None
    return timedelta(seconds=run.seconds / run.done * (run.total - run.done))


def _tables(run: Run, by: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[Table]:
    tables = []
    for group, title in GROUPS.items():
        given = by.get(group) or ()
        names = _names(run, group, [str(one["name"]) for one in given])
        rows = [_row(group, one, names) for one in given]
        if rows:
            tables.append(Table(group, title, rows[:MOST_ROWS], rows[MOST_ROWS:]))
    return tables


def _facts(facts: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[FactTable]:
    tables = []
    for group, title in FACT_GROUPS.items():
        rows = [FactRow(**one) for one in facts.get(group, ())]
        if rows:
            tables.append(FactTable(group, title, rows[:MOST_ROWS], rows[MOST_ROWS:]))
    return tables


def _row(group: str, one: Mapping[str, Any], names: Mapping[str, str]) -> Row:
    key = str(one["name"])
    return Row(
        name=names.get(key, key),
        n=one["n"],
        right=one["right"],
        wrong=one["wrong"],
        abstained=one["abstained"],
        picture=charts.shares(dict(one)),
        query=key if group in FILTERED else "",
        page=int(key) if group == "source" and key in names and key.isdecimal() else None,
    )


def _names(run: Run, group: str, keys: Sequence[str]) -> dict[str, str]:
    """Return what the numbers of a table's rows stand for: titles of documents, names of people."""
    numbers = [int(key) for key in keys if key.isdecimal()]
    if group == "source":
        rows = Document.objects.filter(space=run.space_id, pk__in=numbers)
        return {str(pk): title for pk, title in rows.values_list("pk", "title")}
    if group == "reviewer":
        return {str(one.pk): one.label for one in User.objects.filter(pk__in=numbers)}
    return {}


def _pictures(figures: Mapping[str, Any]) -> list[Picture]:
    found = [
        _risk(figures.get("risk_coverage") or ()),
        _precision_recall(figures.get("precision_recall") or ()),
        _calibration(figures.get("calibration") or ()),
        _latency(figures.get("latency_ms") or {}, figures.get("latencies") or ()),
    ]
    return [one for one in found if one.drawing]


def _risk(points: Sequence[Sequence[float]]) -> Picture:
    return Picture(
        "Fewer answers, fewer mistakes",
        "If only the answers that the head is surest of were given: how many of those are not "
        "right.",
        charts.risk_coverage(points),
        ("Answered", "Not right"),
        [(_percent(x), _percent(y)) for x, y in points],
    )


def _precision_recall(points: Sequence[Sequence[float]]) -> Picture:
    return Picture(
        "Precision against recall",
        "If only the facts that the head is surest of were proposed. The dot is all of them.",
        charts.precision_recall(points),
        ("Found", "Right"),
        [(_percent(x), _percent(y)) for x, y in points],
    )


def _calibration(bins: Sequence[Sequence[float]]) -> Picture:
    return Picture(
        "How far a score can be believed",
        "What the head gave by its score, in tenths: how many are right. Bars: 95 %.",
        charts.calibration(bins),
        ("Score", "Right", "Number"),
        [(f"{score:.2f}", _percent(right), f"{n:,.0f}") for score, right, n in bins],
    )


def _latency(took: Mapping[str, Any], buckets: Sequence[Sequence[float]]) -> Picture:
    p50, p95 = float(took.get("p50") or 0), float(took.get("p95") or 0)
    return Picture(
        "How long a case took",
        f"Half within {charts.time_of(p50)}, 95 of 100 within {charts.time_of(p95)}: head, memory "
        "and check.",
        charts.latency(buckets, p50, p95),
        ("At most", "Cases"),
        [(charts.time_of(end), f"{n:,}") for end, n in buckets],
    )


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"
