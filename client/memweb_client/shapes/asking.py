"""Questions and answers, and conversations."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from memweb_client.shapes.memory import Triple
from memweb_client.shapes.review import Candidate
from memweb_client.shapes.spaces import Job


@dataclass(frozen=True)
class Question(Job):
    """A question; its answer stands beside it once the state is done."""

    text: str
    as_of: date | None
    conversation: int
    asked_by: str
    head: str
    erased_at: datetime | None


@dataclass(frozen=True)
class CitedTriple:
    """The fact of a citation as it stands today."""

    id: int
    subject: str
    relation: str
    object: str
    valid_from: date | None
    valid_to: date | None
    status: str
    in_words_of: str | None


@dataclass(frozen=True)
class CitedDocument:
    """The document of a citation; ``erased`` says what became of one that is no longer kept."""

    id: int
    title: str
    erased: str | None


@dataclass(frozen=True)
class CitedRow:
    """The row of an imported file that a cited fact rests on."""

    row: int
    file: str
    by: str


@dataclass(frozen=True)
class CitedSpans:
    """Where the sentence and its two names stand in the text: code points, the end excluded."""

    sentence: tuple[int, ...]
    subject: tuple[int, ...]
    object: tuple[int, ...]


@dataclass(frozen=True)
class Citation:
    """A fact that an answer states: ``[number]`` in its text."""

    number: int
    triple: CitedTriple
    statement: str
    sentence: str | None
    imported: CitedRow | None
    document: CitedDocument | None
    spans: CitedSpans | None
    approved_by: str
    approved_at: datetime


@dataclass(frozen=True)
class ReadCallQuery:
    """A partial triple; the side that was asked for is None."""

    subject: str | None
    relation: str
    object: str | None


@dataclass(frozen=True)
class ReadCall:
    """A read of the memory that an answer was made from."""

    query: ReadCallQuery
    call: str
    candidates: tuple[Any, ...]
    results: tuple[Any, ...]
    truncated: bool


@dataclass(frozen=True)
class AttentionShare:
    """The mean share of attention of a group of layers, over the tokens of the answer."""

    first_layer: int
    last_layer: int
    share: float


@dataclass(frozen=True)
class Attended:
    """An explicit memory that the model looked at, with the facts that it states; ``left_out`` says
    why it was not looked at. That it looked there proves nothing of why it answered so."""

    number: int
    memory: int
    version: int
    name: str
    sha256: str | None
    facts: tuple[int, ...]
    shares: tuple[AttentionShare, ...]
    left_out: str | None


@dataclass(frozen=True)
class Perhaps:
    """What a question that was abstained from may mean: no answer, and nothing is cited for it."""

    number: int
    said: str
    reading: tuple[Any, ...]


@dataclass(frozen=True)
class Answer:
    """An answer with its whole trace (docs/ask_json.md)."""

    id: int
    question: str
    as_of: date | None
    answer: str
    abstained: bool
    reason: str
    understood: tuple[Any, ...]
    reading: tuple[Any, ...]
    topic: Any
    perhaps: tuple[Perhaps, ...]
    citations: tuple[Citation, ...]
    reads: tuple[ReadCall, ...]
    attended: tuple[Attended, ...]
    calls: str
    unsupported: Any
    head: str
    head_version: str
    seconds: float


@dataclass(frozen=True)
class Progress:
    """An answer so far, while it is made."""

    text: str
    reads: Any


@dataclass(frozen=True)
class Messages:
    """What was kept of messages; ``extraction`` looks for facts in them."""

    conversation: str
    session: str
    document: int
    added: int
    extraction: int | None


@dataclass(frozen=True)
class Recalled:
    """A fact that matters for a message, with what it rests on and who said it."""

    triple: Triple
    statement: str
    sentence: str | None
    document: int | None
    approved_by: str
    approved_at: datetime
    tokens: int
    said_by: str | None
    by_self: bool


@dataclass(frozen=True)
class Context:
    """The facts that fit, the nearest first."""

    facts: tuple[Recalled, ...]
    tokens: int
    left_out: int


@dataclass(frozen=True)
class Saying:
    """A message that says a fact."""

    document: int
    conversation: str
    session: str
    speaker: str
    time: datetime
    text: str
    by_self: bool


@dataclass(frozen=True)
class Otherwise:
    """What was said in the place of a fact's object."""

    object: str
    candidate: int | None
    sayings: tuple[Saying, ...]


@dataclass(frozen=True)
class SaidAgain:
    """A proposed fact of a conversation with every message that says it."""

    candidate: Candidate
    confirmations: int
    by_self: int
    sessions: int
    sayings: tuple[Saying, ...]
    otherwise: tuple[Otherwise, ...]
