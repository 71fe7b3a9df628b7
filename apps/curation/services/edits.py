"""Accepting a fact in other words than it was proposed in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import IntegrityError, models, transaction

from apps.accounts.models import User
from apps.common.text import normalise_name
from apps.curation.models import Candidate, Decision
from apps.curation.services.decisions import candidate_accept, decide, take
from apps.curation.services.errors import CurationError
from apps.curation.services.writing import NOTHING_PICKED, Picked, write
from worker.literals import as_json, parse_literal

EDITABLE = (
    "subject_text", "subject_type", "relation", "object_text", "object_type", "object_kind",
    "valid_from", "valid_to",
)  # fmt: skip
SPANS = (
    "sentence_start", "sentence_end", "subject_start", "subject_end", "object_start", "object_end",
)  # fmt: skip
SAME = "Another candidate says exactly this at the same place: reject this one as a duplicate."


def candidate_edit(
    *,
    candidate: Candidate,
    actor: User,
    changes: Mapping[str, Any],
    version: int | None = None,
    seconds: float | None = None,
    picked: Picked = NOTHING_PICKED,
    despite_conflicts: bool = False,
) -> Decision:
    """Change the candidate (fields of EDITABLE) and accept it; without a change just accept it.

    The decision keeps what was proposed. Evidence stays where it was, unless the new name stands
    elsewhere in the passage: then it points there, and the sentence grows to hold both names.
    Raises CurationError for a relation of another space and for what another candidate says, and
    everything that candidate_accept raises.
    """
    fresh = Candidate.objects.select_related("passage", "relation").get(pk=candidate.pk)
    new = _changed(fresh, changes)
    if not new:
        return candidate_accept(
            candidate=candidate,
            actor=actor,
            version=version,
            seconds=seconds,
            picked=picked,
            despite_conflicts=despite_conflicts,
        )
    before = {name: _plain(getattr(fresh, name)) for name in new}
    try:
        with transaction.atomic():
            changed = new | picked.changes()
            own = take(candidate, actor, version, Candidate.State.ACCEPTED, **changed)
            outcome = write(candidate, actor, picked, despite_conflicts=despite_conflicts)
            return decide(
                candidate,
                actor,
                Decision.Action.EDIT,
                outcome,
                own_proposal=own,
                seconds=seconds,
                before=before,
                despite_conflicts=despite_conflicts,
            )
    except IntegrityError as error:
        candidate.refresh_from_db()
        if "curation_candidate_once" in str(error):
            raise CurationError(SAME) from None
        raise


def restored(before: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a candidate as ``before`` of an edit keeps them, for an UPDATE."""
    values: dict[str, Any] = {}
    for name, value in before.items():
        field = Candidate._meta.get_field(name)
        assert isinstance(field, models.Field)
        values[field.attname] = field.to_python(value) if value is not None else None
    return values


def _changed(candidate: Candidate, changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields whose values differ, with the spans that move along."""
    if unknown := set(changes) - set(EDITABLE):
        raise ValueError(f"not to be edited: {', '.join(sorted(unknown))}")
    relation = changes.get("relation", candidate.relation)
    if relation.space_id != candidate.space_id:
        raise CurationError("There is no such relation in this space.")
    new = {name: value for name, value in changes.items() if value != getattr(candidate, name)}
    for part in ("subject", "object"):
        renamed = f"{part}_text" in new or f"{part}_type" in new
        if renamed and getattr(candidate, f"{part}_entity_id") is not None:
            new[f"{part}_entity"] = None  # it was what the old name meant
    return new | _valued(candidate, new) | _moved(candidate, new)


def _valued(candidate: Candidate, new: Mapping[str, Any]) -> dict[str, Any]:
    """Return the value that changes because the object's text or kind does."""
    if not {"object_text", "object_kind"}.intersection(new):
        return {}
    text = new.get("object_text", candidate.object_text)
    kind = new.get("object_kind", candidate.object_kind)
    value = as_json(parse_literal(text, kind), text)
    return {} if value == candidate.object_value else {"object_value": value}


def _moved(candidate: Candidate, new: Mapping[str, Any]) -> dict[str, int]:
    """Return the spans that change because a new name stands in the passage."""
    if candidate.passage is None:
        return {}
    spans = {name: int(getattr(candidate, name)) for name in SPANS}
    for part in ("subject", "object"):
        name = new.get(f"{part}_text")
        other = "object" if part == "subject" else "subject"
        taken = (spans[f"{other}_start"], spans[f"{other}_end"])
        if name and (found := _find(candidate, name, spans[f"{part}_start"], taken)):
            spans[f"{part}_start"], spans[f"{part}_end"] = found
    inside = [
        (start, end)
        for start, end in candidate.passage.sentence_spans()
        if any(
            start < spans[f"{part}_end"] and spans[f"{part}_start"] < end
            for part in ("subject", "object")
        )
    ]
    spans["sentence_start"] = min(spans["sentence_start"], *(start for start, _ in inside))
    spans["sentence_end"] = max(spans["sentence_end"], *(end for _, end in inside))
    return {name: value for name, value in spans.items() if value != getattr(candidate, name)}


def _find(
    candidate: Candidate, name: str, near: int, taken: tuple[int, int]
) -> tuple[int, int] | None:
    """Return where the name stands in the passage as whole words, nearest to ``near`` and first
    inside the sentence, or None when it does not or stands at ``near`` already."""
    passage = candidate.passage
    assert passage is not None
    at_hand = passage.text[near - passage.start :]
    if not normalise_name(name) or at_hand.startswith(name):
        return None
    places = [
        (match.start() + passage.start, match.end() + passage.start)
        for match in re.finditer(rf"(?<!\w){re.escape(name)}(?!\w)", passage.text)
    ]
    free = [(start, end) for start, end in places if end <= taken[0] or start >= taken[1]]
    sentence = (candidate.sentence_start or 0, candidate.sentence_end or 0)
    return min(
        free,
        key=lambda place: (
            not sentence[0] <= place[0] < place[1] <= sentence[1],
            abs(place[0] - near),
        ),
        default=None,
    )


def _plain(value: Any) -> Any:
    if isinstance(value, models.Model):
        return value.pk
    return value.isoformat() if isinstance(value, date) else value
