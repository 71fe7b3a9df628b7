"""Accepting a fact in other words than it was proposed in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import IntegrityError, models, transaction

from apps.accounts.models import User
from apps.common.names import normalise_name
from apps.common.text import plain
from apps.curation.models import Candidate, Decision
from apps.curation.selectors import may_decide_own
from apps.curation.services.deciding import Verdict, decide, take
from apps.curation.services.decisions import candidate_accept
from apps.curation.services.errors import CurationError
from apps.curation.services.grounds import grounds_of, places_of, refers
from apps.curation.services.writing import NOTHING_PICKED, Outcome, Picked, write
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

    The decision keeps what was proposed. Evidence stays where it was, or moves to where a new name
    stands in the sentence (``grounds``). What the sentence does not hold is the reviewer's own
    statement: the candidate then waits in these words for another person, and the decision is a
    ``reword``; the only reviewer of a space that allows it accepts it at once, without evidence.
    Raises CurationError for a relation of another space and for what another candidate says, and
    everything that candidate_accept raises.
    """
    fresh = Candidate.objects.select_related("space", "passage", "relation").get(pk=candidate.pk)
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
    grounds = grounds_of(fresh, new, picked)
    if grounds.own_words:
        new |= {"reworded_by": actor}
    elif fresh.reworded_by_id is not None and grounds.whole:
        new |= {"reworded_by": None}
    waits = grounds.own_words and not may_decide_own(space=fresh.space, user=actor, candidate=fresh)
    before = {name: _plain(getattr(fresh, name)) for name in new}
    state = Candidate.State.PENDING if waits else Candidate.State.ACCEPTED
    outcome = Outcome()
    try:
        with transaction.atomic():
            own = take(candidate, actor, version, state, **new | picked.changes())
            if not waits:
                outcome = write(candidate, actor, picked, despite_conflicts=despite_conflicts)
            return decide(
                candidate,
                actor,
                Verdict(
                    Decision.Action.REWORD if waits else Decision.Action.EDIT,
                    own_proposal=own and not waits,
                    seconds=seconds,
                    before=before,
                    chosen=sorted({*grounds.chosen, *_chosen_before(fresh)}),
                    despite_conflicts=despite_conflicts and not waits,
                ),
                outcome,
            )
    except IntegrityError as error:
        candidate.refresh_from_db()
        if "curation_candidate_once" in str(error):
            raise CurationError(SAME) from None
        raise


def _chosen_before(candidate: Candidate) -> set[str]:
    """Return what was chosen where the fact was put in other words."""
    rows = candidate.decisions.filter(action=Decision.Action.REWORD, undone_at=None)
    return {one for chosen in rows.values_list("chosen", flat=True) for one in chosen}


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
    changed = {name: value for name, value in changes.items() if value != getattr(candidate, name)}
    cleaned = {name: plain(one) if isinstance(one, str) else one for name, one in changed.items()}
    new = {name: value for name, value in cleaned.items() if value != getattr(candidate, name)}
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
    for part, other in (("subject", "object"), ("object", "subject")):
        name = new.get(f"{part}_text")
        at = (spans[f"{part}_start"], spans[f"{part}_end"])
        # Where both change, the subject may take the place of the object.
        both = part == "subject" and "object_text" in new
        taken = (0, 0) if both else (spans[f"{other}_start"], spans[f"{other}_end"])
        if name and (found := _find(candidate, name, at, taken)):
            spans[f"{part}_start"], spans[f"{part}_end"] = found
    for start, end in candidate.passage.sentence_spans():
        sides = ((spans[f"{part}_start"], spans[f"{part}_end"]) for part in ("subject", "object"))
        if any(start < side_end and side_start < end for side_start, side_end in sides):
            spans["sentence_start"] = min(spans["sentence_start"], start)
            spans["sentence_end"] = max(spans["sentence_end"], end)
    return {name: value for name, value in spans.items() if value != getattr(candidate, name)}


def _find(
    candidate: Candidate, name: str, at: tuple[int, int], taken: tuple[int, int]
) -> tuple[int, int] | None:
    """Return where the name stands in the sentence as whole words, nearest to ``at``; in the rest
    of the passage for words that point back to it ("she"). None when it does not, or stands at
    ``at`` already."""
    passage = candidate.passage
    assert passage is not None
    found = passage.text[at[0] - passage.start : at[1] - passage.start]
    if normalise_name(found) == normalise_name(name):
        return None
    places = [
        (start + passage.start, end + passage.start) for start, end in places_of(passage.text, name)
    ]
    free = [(start, end) for start, end in places if end <= taken[0] or start >= taken[1]]
    sentence = (candidate.sentence_start or 0, candidate.sentence_end or 0)
    inside = [place for place in free if sentence[0] <= place[0] < place[1] <= sentence[1]]
    if not inside and not refers(found, name):
        return None
    return min(inside or free, key=lambda place: abs(place[0] - at[0]), default=None)


def _plain(value: Any) -> Any:
    if isinstance(value, models.Model):
        return value.pk
    return value.isoformat() if isinstance(value, date) else value
