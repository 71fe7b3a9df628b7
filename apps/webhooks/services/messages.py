"""What endpoints can be told of, and the text of each message.

A message is thin: numbers of rows and addresses, no text that people or documents wrote. What was
sent cannot be called back, so an erasure would have to chase it; who may see the words gets them
from the page or from the API, with their own rights, as they are at that time.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, TypeAlias

from apps.audit.models import Event, RowChange
from apps.provenance.models import Checkpoint

MOST_NUMBERS: Final = 100  # of rows in one message
TEST: Final = "test"
# Of an event: the numbers that a message holds, and the path of its page below the space's.
Told: TypeAlias = tuple[dict[str, Any], str]


@dataclass(frozen=True)
class Kind:
    """Something that endpoints can be told of: its name in messages, what people call it, and by
    which actions of the log it happens, with what is told of each."""

    name: str
    label: str
    help: str
    actions: Mapping[str, Callable[[Event], Told]]


def _waiting(event: Event) -> Told:
    numbers = event.payload["candidates"]
    about = {"candidates": numbers[:MOST_NUMBERS], "count": len(numbers)}
    return _with_document(event, about), "review/"


def _accepted(event: Event) -> Told:
    triple = event.payload["triple"]
    about = {"triple": triple, "candidate": event.subject_id, "decision": event.payload["decision"]}
    return _with_document(event, about), f"facts/{triple}/"


def _superseded(event: Event) -> Told:
    about = {"triple": event.subject_id, "superseded_by": event.payload.get("superseded_by")}
    return about, f"facts/{event.subject_id}/"


def _retracted(event: Event) -> Told:
    about = {"triples": [event.subject_id], "count": 1}
    return about, f"facts/{event.subject_id}/"


def _retracted_at_once(event: Event) -> Told:
    """Which facts, only the row changes of the same transaction say."""
    changes = RowChange.objects.filter(transaction=event.transaction or 0, table="memory_triple")
    gone = changes.filter(space=event.space_id, after__status="retracted")
    numbers = list(gone.order_by("row").values_list("row", flat=True)[:MOST_NUMBERS])
    about = {"triples": numbers, "count": event.payload["facts"]}
    return about, f"audit/events/{event.pk}/"


def _wrong(event: Event) -> Told:
    question = event.subject_id
    about = {"question": question, "mark": event.payload["mark"]}
    return about, f"ask/questions/{question}/"


def _finished(event: Event) -> Told:
    about = {name: event.payload[name] for name in ("run", "benchmark", "version", "mode")}
    return about, f"evaluation/runs/{about['run']}/"


def _regressed(event: Event) -> Told:
    names = ("run", "benchmark", "version", "mode", "baseline", "measure", "before", "after")
    about = {name: event.payload[name] for name in names}
    page = f"evaluation/compare/?runs={about['baseline']}&runs={about['run']}"
    return about, page


def _with_document(event: Event, about: dict[str, Any]) -> dict[str, Any]:
    document = event.payload.get("document")
    return about if document is None else about | {"document": document}


_DECIDED: Final = ("accepted", "edited", "merged", "superseded")
CHECKPOINT: Final = Kind(
    "checkpoint.sealed", "A checkpoint is sealed", "At most every minute, with the note.", {}
)
KINDS: Final[dict[str, Kind]] = {
    kind.name: kind
    for kind in (
        Kind(
            "candidate.waiting",
            "Candidates wait for a decision",
            "Once for each passage that a head has read, each import and each proposal.",
            {"candidate.proposed": _waiting},
        ),
        Kind(
            "fact.accepted",
            "A fact is accepted",
            "Also an edited one, and one more sentence for a fact that is there.",
            {f"candidate.{how}": _accepted for how in _DECIDED},
        ),
        Kind(
            "fact.superseded",
            "A fact is superseded",
            "Another one stands in its place.",
            {"triple.superseded": _superseded},
        ),
        Kind(
            "fact.retracted",
            "A fact is retracted",
            "By hand, by undoing, or many at once with their source.",
            {
                "triple.retracted": _retracted,
                "facts.retracted": _retracted_at_once,
                "provenance.withdrawn": _retracted_at_once,
            },
        ),
        Kind(
            "answer.wrong",
            "An answer is marked as wrong",
            "With the number of the question.",
            {"answer.marked": _wrong},
        ),
        Kind(
            "run.finished",
            "A run is finished",
            "Of a benchmark.",
            {"run.finished": _finished},
        ),
        Kind(
            "run.regressed",
            "A watched measure got worse",
            "By more than the baseline's interval.",
            {"run.fell": _regressed},
        ),
        CHECKPOINT,
    )
}
KIND_OF: Final[dict[str, Kind]] = {
    action: kind for kind in KINDS.values() for action in kind.actions
}


def of_event(event: Event, *, site: str, slug: str) -> str | None:
    """Return the message of an event; None for one of which there is nothing to tell."""
    kind = KIND_OF[event.action]
    about, page = kind.actions[event.action](event)
    if about.get("triple", 0) is None or not about.get("count", 1):
        return None
    return _text(kind.name, event.created_at, site, slug, page, {**about, "event": event.pk})


def of_checkpoint(checkpoint: Checkpoint, *, site: str, slug: str) -> str:
    """Return the message of a checkpoint, with the note that was signed: it holds hashes alone, and
    whoever keeps it can later show another history."""
    about = {"checkpoint": checkpoint.pk, "size": checkpoint.size, "note": checkpoint.note}
    page = f"audit/checkpoints/{checkpoint.pk}.txt"
    return _text(CHECKPOINT.name, checkpoint.created_at, site, slug, page, about)


def of_test(endpoint: int, moment: datetime, *, site: str, slug: str) -> str:
    """Return a message that tells of nothing."""
    page = f"settings/webhooks/{endpoint}/"
    return _text(TEST, moment, site, slug, page, {"endpoint": endpoint})


def _text(kind: str, at: datetime, site: str, slug: str, page: str, about: dict[str, Any]) -> str:
    said = {
        "type": kind,
        "timestamp": at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "data": {
            "space": slug,
            **about,
            "page": f"{site}/s/{slug}/{page}",
            "api": f"{site}/api/v1/spaces/{slug}",
        },
    }
    return json.dumps(said, separators=(",", ":"), ensure_ascii=True)
