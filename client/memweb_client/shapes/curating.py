"""What people said of answers, proposed relations, withdrawn sources, files of other systems."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from memweb_client.shapes.memory import Triple


@dataclass(frozen=True)
class Misreading:
    """How a question was meant, in words, and the question that was asked so. ``relation`` may
    be taught its wording; null where what was meant is more than one look-up of one thing."""

    id: int
    meant: str
    relation: int | None
    asked_again: int


@dataclass(frozen=True)
class Mark:
    """What somebody said of an answer, which step failed, what was proposed, and how the
    question was meant."""

    id: int
    question: int
    by: str
    expected: str
    step: str
    diagnosis: Any
    candidate: int | None
    relation_proposal: int | None
    misreadings: tuple[Misreading, ...]
    created_at: datetime


@dataclass(frozen=True)
class Part:
    """A part of how a question was read: ``number`` and ``path`` name it, ``words`` are those of
    the question and ``meaning`` what they were taken for; ``name`` is that of the entity,
    null where the part is a step, which asks for a relation."""

    number: int
    path: str
    words: str
    meaning: str
    name: str | None


@dataclass(frozen=True)
class Taught:
    """That a relation knows a wording; ``learnt`` is false where it did before."""

    misreading: int
    relation: int
    learnt: bool


@dataclass(frozen=True)
class RelationProposal:
    """A relation that a question asked for and the space lacks, with the fact that it would
    state. Taken up, ``relation`` is what it became and ``candidate`` puts its fact to review."""

    id: int
    name: str
    subject: str
    object: str
    question: int
    question_text: str
    proposed_by: str
    created_at: datetime
    state: Literal["waiting", "accepted", "declined"]
    relation: int | None
    candidate: int | None
    decided_by: str | None
    reason: str


@dataclass(frozen=True)
class Resting:
    """What rests on a source: how many facts would go with it (``active`` ones and ``past``
    ones, which another fact has replaced), how many ``stay`` on other grounds, the pieces of
    evidence that would go, and the answers that cite what would go. ``going`` and ``staying``
    are the first of these facts; ``seen_at`` is what a withdrawal states."""

    source: str
    name: str
    active: int
    past: int
    stay: int
    evidence: int
    answers: int
    going: tuple[Triple, ...]
    staying: tuple[Triple, ...]
    seen_at: datetime


@dataclass(frozen=True)
class Withdrawal:
    """A withdrawal: what was taken out of the memory, and whether it was undone."""

    id: int
    kind: Literal["document", "import", "reviewer", "head"]
    name: str
    reason: str
    by: str
    at: datetime
    facts: int
    evidence: int
    undone_at: datetime | None
    undone_by: str | None


@dataclass(frozen=True)
class Withdrawn:
    """What was done, and the numbers of the facts that were left as they are."""

    withdrawal: Withdrawal
    left: tuple[int, ...]


@dataclass(frozen=True)
class Met:
    """A relation of a file, by ``key``: how often it occurs, and the number of the space's
    relation that it seems to be, null for none. ``samples`` are facts of it."""

    key: str
    label: str
    count: int
    relation: int | None
    samples: tuple[str, ...]


@dataclass(frozen=True)
class LeftOut:
    """What of a file cannot be taken, and how often."""

    why: str
    count: int


@dataclass(frozen=True)
class Import:
    """The dry run of a file: of which system it is, its relations, and the first of its texts. A
    table has ``columns`` with its first rows (``cells``); where no fact was found in it, say
    which column is what (``/columns``). Nothing of it is in the space yet; it is kept for a
    day."""

    id: int
    filename: str
    system: str
    facts: int
    texts: int
    columns: tuple[str, ...]
    cells: tuple[tuple[str, ...], ...]
    relations: tuple[Met, ...]
    left_out: tuple[LeftOut, ...]
    first_texts: tuple[str, ...]
    added_by: str
    created_at: datetime


@dataclass(frozen=True)
class ImportedDocument:
    """A document that an import made; ``created`` is false where it was there before.
    ``queued``: a worker puts its rows to review."""

    document: int
    created: bool
    queued: bool
    candidates: int


@dataclass(frozen=True)
class Imported:
    """What came of a file: the document of its facts, and that of its texts."""

    facts: ImportedDocument | None
    texts: ImportedDocument | None
