"""Candidates for annotation teams that work in Label Studio or Argilla.

What such a team decides comes back as a file that is imported like any other system's
(``apps.sources.foreign.annotated``): as candidates for a reviewer, never as decisions.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from xml.sax.saxutils import quoteattr

from django.db import transaction

from apps.accounts.models import Space, User
from apps.audit.services import record
from apps.curation.models import Candidate

LABEL_STUDIO, ARGILLA = "label-studio", "argilla"
FORMATS = (LABEL_STUDIO, ARGILLA)
MOST = 5000  # candidates of one file
ITEM = "MISC"  # the label of a name without a type


@transaction.atomic
def annotation_export(*, space: Space, actor: User, format: str) -> list[dict[str, Any]]:
    """Return the candidates that wait for review, the oldest first, as tasks or records.

    ``format`` is one of FORMATS.
    """
    waiting = list(
        Candidate.objects.filter(
            space=space,
            state=Candidate.State.PENDING,
            passage__isnull=False,
            subject_start__isnull=False,
            object_start__isnull=False,
        )
        .select_related("passage__document", "relation")
        .order_by("pk")[:MOST]
    )
    record(
        space=space,
        action="candidate.exported",
        actor=actor,
        payload={"format": format, "candidates": len(waiting)},
    )
    return _tasks(waiting) if format == LABEL_STUDIO else [_record(one) for one in waiting]


def labelling(space: Space) -> str:
    """Return the labelling configuration of Label Studio that fits the tasks."""
    names = space.relations.filter(retired_at=None).order_by("name").values_list("name", flat=True)
    relations = "".join(f"\n    <Relation value={quoteattr(name)} />" for name in names)
    labels = "".join(
        f'\n    <Label value="{kind}" />' for kind in ("PER", "ORG", "LOC", "TIME", "NUM", ITEM)
    )
    return (
        f"<View>\n  <Relations>{relations}\n  </Relations>\n"
        f'  <Labels name="label" toName="text">{labels}\n  </Labels>\n'
        '  <Text name="text" value="$text" />\n</View>\n'
    )


def _tasks(waiting: Iterable[Candidate]) -> list[dict[str, Any]]:
    """Return a task for each passage, with its names and relations as a prediction."""
    tasks: dict[int, dict[str, Any]] = {}
    for candidate in waiting:
        passage = candidate.passage
        assert passage is not None
        task = tasks.setdefault(
            passage.pk,
            {
                "data": {"text": passage.text, "document": passage.document.title},
                "predictions": [{"model_version": "memweb", "result": []}],
            },
        )
        result = task["predictions"][0]["result"]
        ends = [_region(result, candidate, part) for part in ("subject", "object")]
        result.append(
            {
                "type": "relation",
                "from_id": ends[0],
                "to_id": ends[1],
                "direction": "right",
                "labels": [candidate.relation.name],
            }
        )
    return list(tasks.values())


def _region(result: list[dict[str, Any]], candidate: Candidate, part: str) -> str:
    """Add the region of a name if it is not there; return its id."""
    start, end = _place(candidate, part)
    number = f"{start}-{end}"
    if all(one.get("id") != number for one in result):
        text = candidate.passage.text[start:end] if candidate.passage else ""
        kind = getattr(candidate, f"{part}_type") or ITEM
        value = {"start": start, "end": end, "text": text, "labels": [kind]}
        result.append(
            {"id": number, "from_name": "label", "to_name": "text", "type": "labels",
             "value": value}
        )  # fmt: skip
    return number


def _record(candidate: Candidate) -> dict[str, Any]:
    """Return a record of Argilla: two spans in the passage, and the relation that joins them."""
    passage = candidate.passage
    assert passage is not None
    spans = [
        dict(zip(("start", "end", "label"), (*_place(candidate, part), part), strict=True))
        for part in ("subject", "object")
    ]
    return {
        "id": f"candidate-{candidate.pk}",
        "fields": {"text": passage.text},
        "metadata": {"document": passage.document.title},
        "suggestions": {
            "names": {"value": spans, "agent": "memweb"},
            "relation": {"value": candidate.relation.name, "agent": "memweb"},
        },
        "responses": {},
    }


def _place(candidate: Candidate, part: str) -> tuple[int, int]:
    """Return the offsets of a name in its passage, in code points."""
    origin = candidate.passage.start if candidate.passage else 0
    start, end = (getattr(candidate, f"{part}_{edge}") for edge in ("start", "end"))
    return start - origin, end - origin
