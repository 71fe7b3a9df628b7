"""Benchmarks, their runs side by side, and what decisions teach a head."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from memweb_client.shapes.spaces import Job


@dataclass(frozen=True)
class Benchmark:
    """A benchmark of the space. ``baseline`` is the run that others are measured against."""

    id: int
    name: str
    kind: str
    description: str
    versions: tuple[int, ...]
    baseline: int | None
    archived_at: datetime | None
    created_at: datetime


@dataclass(frozen=True)
class Case:
    """A case: what is asked, with what it is ``given`` beside, and what is right (``expected``)."""

    number: int
    key: str
    kind: str
    relation: str
    text: str
    given: Any
    expected: Any


@dataclass(frozen=True)
class Preview:
    """What was kept, or with ``dry_run`` would be: ``benchmark`` and ``version`` are null then.
    ``sha256`` stands for the cases; ``unknown`` and ``retired`` are relations of theirs that
    the space lacks or has retired, ``language`` what they are written in where it is not
    English."""

    benchmark: int | None
    version: int | None
    kept: bool
    cases: int
    sha256: str
    unknown: tuple[str, ...]
    retired: tuple[str, ...]
    language: str
    left_out: int
    first: tuple[Case, ...]


@dataclass(frozen=True)
class Version:
    """A version of a benchmark; its cases never change. Of ``size`` cases so many were ``erased``,
    with what they rested on."""

    number: int
    origin: Literal["file", "memory", "marks", "decisions", "shipped"]
    size: int
    erased: int
    sha256: str
    licence: str
    filename: str
    created_by: str
    created_at: datetime


@dataclass(frozen=True)
class Sample:
    """A benchmark that comes with memweb."""

    slug: str
    name: str
    kind: str
    description: str
    licence: str


@dataclass(frozen=True)
class Schedule:
    """When a benchmark runs by itself, and the measure that is watched. ``trouble`` says why
    nothing is measured at present; ``alerted_at`` that the measure got worse than the
    baseline's interval, ``seen_at`` that somebody has seen it."""

    id: int
    benchmark: int
    when: Literal["night", "decisions", "head"]
    every: int | None
    mode: str
    measure: str
    trouble: str
    last_run: int | None
    alerted_at: datetime | None
    seen_at: datetime | None


@dataclass(frozen=True)
class Difference:
    """A measure in the base run and in another one, over the cases that they share: ``low`` and
    ``high`` are the 95 % interval of ``change``, ``p`` that of McNemar's exact test where
    there is one, ``sure`` whether it is more than chance."""

    name: str
    label: str
    before: float | None
    after: float | None
    change: float | None
    low: float
    high: float
    p: float | None
    sure: bool


@dataclass(frozen=True)
class OtherWeights:
    """A part of a head of one setup that differs: its SHA-256 in the base run and in the other one,
    empty where it has none."""

    part: str
    before: str
    after: str


@dataclass(frozen=True)
class Retired:
    """A relation that was retired between two runs, and how many cases ask for it."""

    relation: str
    cases: int


@dataclass(frozen=True)
class AgainstBase:
    """A run against the base: over how many shared cases, and which of the two alone has a case
    right how often; how many of its cases were erased since, and what else may be the reason of a
    difference."""

    run: int
    shared: int
    left_out: int
    only_base_right: int
    only_run_right: int
    erased: int
    other_weights: tuple[OtherWeights, ...]
    retired: tuple[Retired, ...]
    measures: tuple[Difference, ...]


@dataclass(frozen=True)
class Comparison:
    """Runs against a base: the pinned baseline where it is among them, else the oldest."""

    base: int
    is_baseline: bool
    others: tuple[AgainstBase, ...]


@dataclass(frozen=True)
class Flip:
    """A case that came out otherwise: its number in each run, and both outcomes."""

    number: int
    other_number: int
    kind: str
    text: str
    before: str
    after: str


@dataclass(frozen=True)
class Flips:
    """The cases that came out otherwise, those first that fell furthest; ``count`` of all."""

    count: int
    flips: tuple[Flip, ...]


@dataclass(frozen=True)
class Material:
    """What there is to learn from: decisions that count, how many of them accepted, and of how
    many documents. ``trouble`` says why nothing can be learned yet. ``on`` is the training
    whose weights count, null for the shipped ones; ``on_trouble`` says why they do not,
    though they are on."""

    head: str
    decisions: int
    right: int
    documents: int
    trouble: str
    on: int | None
    on_trouble: str


@dataclass(frozen=True)
class Training(Job):
    """A training: ``done`` of ``total`` passages are read; ``figures`` once it is done. Its
    weights count where ``is_on``."""

    backend: str
    started_by: str
    done: int
    total: int
    counts: Any
    figures: Any
    sha256: str
    is_on: bool
    switched_at: datetime | None
