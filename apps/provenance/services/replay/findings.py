"""What a verification finds: each difference named, all of them counted, some of them kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any, Final

MOST_KEPT: Final = 500
MOST_OF_A_KIND: Final = 100
MOST_CHARACTERS: Final = 300


@dataclass(frozen=True)
class Finding:
    """One thing that is not as the log says.

    ``kind`` is one of ``KINDS``; ``table`` and ``row`` say where, ``name`` what people call it,
    ``expected`` what the log says of ``field`` and ``found`` what stands there, both as text.
    ``event`` is the last one that told of it. ``also`` names further rows that it may be.
    """

    kind: str
    sentence: str
    table: str = ""
    row: int | None = None
    field: str = ""
    expected: str = ""
    found: str = ""
    event: int | None = None
    name: str = ""
    also: tuple[tuple[str, int], ...] = ()

    def names(self, table: str, row: int) -> bool:
        """Tell whether it names this row of a table."""
        return (self.table, self.row) == (table, row) or (table, row) in self.also


# The kinds of findings, as headings.
KINDS: Final = {
    "event": "Events that are not as they were sealed",
    "entry": "Places of the log that are empty or filled wrongly",
    "tile": "Hashes of the tree that are not as they were sealed",
    "checkpoint": "Checkpoints that do not hold",
    "contradiction": "Checkpoints that the log contradicts",
    "log": "Logs that are not as they were opened",
    "key": "Keys of which the log does not tell",
    "unsealed": "Events without a place in their log",
    "orphan": "Changes of which no event tells",
    "chain": "Changes that do not follow from those before them",
    "row": "Rows that are not as the log says",
    "missing": "Rows that are gone, and of whose end the log does not tell",
    "untold": "Rows of which the log does not tell",
    "erasure": "Erasures of which no event tells",
    "meaning": "Rows that do not fit each other",
    "unwatched": "Tables whose changes are not recorded",
}


@dataclass
class Findings:
    """Findings so far. ``counts`` has all of them by kind; ``notes`` are what is no fault."""

    kept: list[Finding] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)

    def add(self, finding: Finding) -> None:
        """Count a finding, and keep it while there is room."""
        self.counts[finding.kind] += 1
        if self.has_room(finding.kind):
            self.kept.append(finding)

    def has_room(self, kind: str) -> bool:
        """Tell whether another finding of a kind would be kept: what is not need not be named."""
        own = sum(one.kind == kind for one in self.kept)
        return len(self.kept) < MOST_KEPT and own < MOST_OF_A_KIND

    def add_all(self, found: Iterable[Finding]) -> None:
        for one in found:
            self.add(one)

    def take(self, other: Findings) -> None:
        """Add what another one found."""
        unlisted = other.counts - Counter(one.kind for one in other.kept)
        self.add_all(other.kept)
        self.counts += unlisted
        self.notes += other.notes

    @property
    def total(self) -> int:
        return self.counts.total()


@dataclass(frozen=True)
class LogResult:
    """One log as it was verified: ``root`` is the head over its ``size`` entries, in hex."""

    log: int
    origin: str
    space: str
    size: int
    root: str
    checkpoints: int
    changes: int


@dataclass(frozen=True)
class Report:
    """What came of a verification."""

    logs: tuple[LogResult, ...]
    findings: tuple[Finding, ...]
    counts: dict[str, int]
    notes: tuple[str, ...]
    rows: int
    seconds: float
    leaf_seconds: float  # of them, for the leaves and trees
    checkpoint: str = ""

    @property
    def holds(self) -> bool:
        return not self.counts

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def sentence(self) -> str:
        """The verdict in one sentence."""
        events = sum(log.size for log in self.logs)
        of = f"{events:,} {'event' if events == 1 else 'events'}"
        if self.holds:
            return f"All holds: {of} are as they were sealed, and {self.rows:,} rows as they say."
        what = f"{self.total:,} {'thing is' if self.total == 1 else 'things are'}"
        return f"{what} not as the log says, of {of} and {self.rows:,} rows."

    def as_json(self) -> dict[str, Any]:
        """Return what ``json.dumps`` takes."""
        return {"holds": self.holds, "sentence": self.sentence, "total": self.total, **asdict(self)}


def short(value: object) -> str:
    """Return a value as a finding has it: text, not too long."""
    text = str(value)
    return text if len(text) <= MOST_CHARACTERS else text[: MOST_CHARACTERS - 1] + "…"
