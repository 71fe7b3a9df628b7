"""Webhooks, the heads and the explicit memory of a space."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from memweb_client.shapes.memory import EntityRef
from memweb_client.shapes.spaces import Job

WebhookKind = Literal[
    "candidate.waiting",
    "fact.accepted",
    "fact.superseded",
    "fact.retracted",
    "answer.wrong",
    "run.finished",
    "run.regressed",
    "checkpoint.sealed",
]


@dataclass(frozen=True)
class Webhook:
    """Who is told of what. ``standing`` is how it is in words; ``ended_at`` says that memweb
    itself has switched it off, ``old_secret_until`` until when messages are signed with the
    old secret too."""

    id: int
    name: str
    address: str
    kinds: tuple[WebhookKind, ...]
    is_on: bool
    standing: str
    failing_since: datetime | None
    ended_at: datetime | None
    old_secret_until: datetime | None
    made_by: str
    created_at: datetime


@dataclass(frozen=True)
class WebhookSecret:
    """A webhook with its secret, which is shown this once; null where the call is sent again and
    the secret was changed since."""

    webhook: Webhook
    secret: str | None


@dataclass(frozen=True)
class Attempt:
    """One try to deliver: the first bytes of the answer, or why there was none."""

    status: int | None
    answer: str
    error: str
    seconds: float
    created_at: datetime


@dataclass(frozen=True)
class Delivery(Job):
    """A message on its way, or how it ended. ``due_at`` is the next try, ``until`` when it is
    given up; ``message`` is what the receiver knows it by."""

    webhook: int
    message: str
    kind: str
    tries: int
    due_at: datetime
    until: datetime


@dataclass(frozen=True)
class DeliveryDetail(Job):
    """A message with what is sent, letter by letter, and its last tries."""

    webhook: int
    message: str
    kind: str
    tries: int
    due_at: datetime
    until: datetime
    body: str
    attempts: tuple[Attempt, ...]


@dataclass(frozen=True)
class Offer:
    """Something that can be chosen."""

    name: str
    title: str


@dataclass(frozen=True)
class Head:
    """One of the two heads. ``backend`` is ``site`` where the space has none of its own: then it
    is ``default``. ``least`` is the least score of a proposal in per cent (of the head that
    writes), ``cut`` whether what no fact bears out is left out (of the head that reads).
    ``trouble`` says what is missing for it to work."""

    side: Literal["write", "read"]
    backend: str
    base: str
    adapter: str
    least: int
    cut: bool
    default: str
    trouble: str
    backends: tuple[Offer, ...]
    bases: tuple[Offer, ...]
    adapters: tuple[Offer, ...]


@dataclass(frozen=True)
class Explicit:
    """Whether a space keeps explicit memories, of which language model, and how many in each
    state; ``bytes`` is what the fresh ones take. ``policy`` is what is done where another
    form is cheaper."""

    is_on: bool
    base: str
    adapter: str
    policy: Literal["off", "propose", "act"]
    building: int
    fresh: int
    stale: int
    failed: int
    bytes: int
    bases: tuple[Offer, ...]
    adapters: tuple[Offer, ...]


@dataclass(frozen=True)
class ExplicitMemory:
    """An explicit memory of a subject. ``uses`` counts answers that attended to it, each half
    after a half-life."""

    id: int
    subject: EntityRef
    state: Literal["building", "fresh", "stale", "failed"]
    form: Literal["text", "memory"]
    version: int
    maker: str
    sha256: str
    bytes: int
    tokens: int
    error: str
    uses: float
    created_at: datetime


@dataclass(frozen=True)
class MemorisedFact:
    """A fact that a memory stands for, and whether it was changed since."""

    triple: int
    statement: str
    changed: bool


@dataclass(frozen=True)
class MemorisedSentence:
    """A sentence that a memory quotes, and the document that it stands in."""

    evidence: int
    document: int
    text: str


@dataclass(frozen=True)
class ExplicitContent:
    """A memory with its facts and sentences."""

    memory: ExplicitMemory
    facts: tuple[MemorisedFact, ...]
    sentences: tuple[MemorisedSentence, ...]


@dataclass(frozen=True)
class Build(Job):
    """A build: how many memories it made, failed at and removed so far. ``by_clock``: nobody
    asked for it."""

    asked_by: str
    by_clock: bool
    made: int
    failed: int
    removed: int


@dataclass(frozen=True)
class Move:
    """That a subject's references are cheaper in another form: proposed, or made. ``saving`` is
    the seconds that it is predicted to save, ``bytes`` the files that it adds (below 0:
    removes)."""

    id: int
    subject: EntityRef
    now: Literal["text", "memory"]
    to: Literal["text", "memory"]
    state: Literal["proposed", "made"]
    saving: float
    bytes: int
    proposed_at: datetime
    made_at: datetime | None


@dataclass(frozen=True)
class Weighed:
    """How many moves were proposed, and how many of them made by the owner's policy."""

    proposed: int
    made: int


@dataclass(frozen=True)
class Adapting:
    """Whether retrieval goes by what the caller was answered from of late."""

    is_on: bool
