"""What the sentence of a candidate bears out, and what is only the word of who edits it.

A name of a fact is borne out where the words at its place are that name, another name of the
entity that it means, or an equal value, all as the memory knows them at this moment. An edit that
leaves this is a statement of its own: its sentence is no evidence, and another person decides it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from apps.common.names import normalise_name
from apps.curation.models import Candidate, Decision
from apps.curation.services.errors import CurationError
from apps.curation.services.writing import Picked
from apps.memory.controller import EntityInput
from apps.memory.controller.alike import is_alike
from apps.memory.controller.entities import find
from apps.memory.controller.types import Scope
from apps.memory.models import Entity, Triple
from worker.english.anaphors import REFERS_BACK
from worker.literals import as_json, normal_form, parse_literal

PARTS = ("subject", "object")
TIMES = ("valid_from", "valid_to")


@dataclass(frozen=True)
class Grounds:
    """What an edit rests on. ``own_words``: the sentence does not hold it. ``chosen``: what the
    reviewer chose beside that. ``whole``: it renames a side, and the sentence holds both then."""

    own_words: bool
    chosen: tuple[str, ...] = ()
    whole: bool = False


def grounds_of(fresh: Candidate, new: Mapping[str, Any], picked: Picked) -> Grounds:
    """Judge an edit: ``fresh`` is the candidate before it, ``new`` what changes, spans included.

    Whether a sentence holds another relation than the one that was read in it no program can tell:
    that is the reviewer's word, as a name is that the sentence does not hold.
    """
    chosen = []
    if any(name in new for name in TIMES):
        chosen.append(Decision.Chosen.TIME.value)
    touched = {part for part in PARTS if f"{part}_text" in new or _picks(picked, part)}
    # Names that another person put in stand for themselves: only what is touched is judged.
    judged = PARTS if fresh.reworded_by_id is not None and touched else touched
    held = {part for part in judged if _name_holds(fresh, new, picked, part)}
    own_words = not touched <= held
    if "relation" in new:
        chosen.append(Decision.Chosen.RELATION.value)
        own_words = True
    whole = held == set(PARTS) and not own_words
    return Grounds(own_words, tuple(sorted(chosen)), whole)


def bears_out(candidate: Candidate, triple: Triple) -> bool:
    """Return whether the candidate's sentence holds the names of a fact that it is merged into."""
    if candidate.origin == Candidate.Origin.IMPORT and not _same_relation(candidate, triple):
        return False
    sides = (triple.subject, triple.object)
    if is_turned(candidate, triple):
        sides = (triple.object, triple.subject)
    return all(
        _means(candidate, part, entity) or _refers_to(candidate, part, entity.name)
        for part, entity in zip(PARTS, sides, strict=True)
    )


def chosen_by_merge(candidate: Candidate, triple: Triple) -> tuple[str, ...]:
    """Return what a reviewer chose who merges the candidate into the fact."""
    return () if _same_relation(candidate, triple) else (Decision.Chosen.RELATION.value,)


def is_turned(candidate: Candidate, triple: Triple) -> bool:
    """Return whether the fact is one of the inverse relation, so that the sides change places."""
    inverse = candidate.relation.inverse_id
    return triple.relation_id == inverse and inverse != candidate.relation_id


def refuse_strangers(candidate: Candidate, picked: Picked) -> None:
    """Raise CurationError where a name is said to mean an entity that is not called so or much
    like it and that was not proposed for it."""
    for part in PARTS:
        entity = _picks(picked, part)
        if entity is not None and not _may_mean(candidate, part, entity):
            name = getattr(candidate, f"{part}_text")
            raise CurationError(
                f"The memory does not know “{entity.name}” by the name “{name}”: edit the fact, "
                "which is then in your words, or have an owner add that name."
            )


def _same_relation(candidate: Candidate, triple: Triple) -> bool:
    return triple.relation_id in (candidate.relation_id, candidate.relation.inverse_id)


def _picks(picked: Picked, part: str) -> Entity | None:
    if part == "subject":
        return None if picked.another_subject else picked.subject
    return None if picked.another_object else picked.object


def _name_holds(fresh: Candidate, new: Mapping[str, Any], picked: Picked, part: str) -> bool:
    """Return whether the sentence holds the name that a side has after the edit."""
    name = str(new.get(f"{part}_text", getattr(fresh, f"{part}_text")))
    entity = _entity(fresh, new, picked, part)
    means = _may_mean if _picks(picked, part) is not None else _means
    if entity is not None and means(fresh, part, entity):
        return True
    if fresh.passage is None:
        return False
    found = _at(fresh, new, part)
    is_named = normalise_name(found) == normalise_name(name) or _same_value(fresh, new, part, found)
    if not is_named and not _refers_to(fresh, part, name):
        return False
    picks = _picks(picked, part)
    return picks is None or normalise_name(name) in set(_names(picks))


def _entity(fresh: Candidate, new: Mapping[str, Any], picked: Picked, part: str) -> Entity | None:
    """Return the entity that an acceptance of the edit would write to, if it is there."""
    is_object = part == "object"
    given = EntityInput(
        name=new.get(f"{part}_text", getattr(fresh, f"{part}_text")),
        type=new.get(f"{part}_type", getattr(fresh, f"{part}_type")),
        kind=new.get("object_kind", fresh.object_kind) if is_object else Entity.Kind.ITEM,
        value=new.get("object_value", fresh.object_value) if is_object else None,
        entity=_picks(picked, part),
        another=picked.another_object if is_object else picked.another_subject,
    )
    return find(Scope(fresh.space), given)


def _means(candidate: Candidate, part: str, entity: Entity) -> bool:
    """Return whether a side of the candidate, as it was proposed, is the entity: by a name, by
    an equal value, or because it was proposed for it."""
    hint: int | None = getattr(candidate, f"{part}_entity_id")
    if hint == entity.pk:
        return True
    names = {normalise_name(one) for one in _words(candidate, part)}
    if names & set(_names(entity)):
        return True
    form = normal_form(candidate.object_value) if part == "object" else {}
    return bool(form) and form == normal_form(entity.value)


def _may_mean(candidate: Candidate, part: str, entity: Entity) -> bool:
    """Return whether a person may say so of a side: the entity is called so, or much like it."""
    if _means(candidate, part, entity):
        return True
    kind = candidate.object_kind if part == "object" else Entity.Kind.ITEM
    if not kind == entity.kind == Entity.Kind.ITEM:
        return False
    names = list(_names(entity))
    return any(is_alike(one, names, entity.type) for one in _words(candidate, part))


def _words(candidate: Candidate, part: str) -> Iterator[str]:
    """Yield what a side is called: the words at its place, and the name that was proposed for
    them; of a fact in somebody's words these alone."""
    yield getattr(candidate, f"{part}_text")
    if candidate.passage is not None and candidate.reworded_by_id is None:
        yield _at(candidate, {}, part)


def _names(entity: Entity) -> Iterator[str]:
    yield entity.normalised
    yield from entity.aliases.values_list("normalised", flat=True)
    yield from Entity.objects.filter(merged_into=entity).values_list("normalised", flat=True)


def _at(candidate: Candidate, new: Mapping[str, Any], part: str) -> str:
    """Return the words of the passage at the place that a side has after an edit."""
    passage = candidate.passage
    assert passage is not None
    start, end = (
        int(new.get(f"{part}_{edge}", getattr(candidate, f"{part}_{edge}")))
        for edge in ("start", "end")
    )
    return passage.text[start - passage.start : end - passage.start]


def _same_value(fresh: Candidate, new: Mapping[str, Any], part: str, found: str) -> bool:
    """Return whether the literal after an edit has the value of the words at its place."""
    kind = new.get("object_kind", fresh.object_kind)
    if part != "object" or kind not in (Entity.Kind.TIME, Entity.Kind.QUANTITY):
        return False
    form = normal_form(new.get("object_value", fresh.object_value))
    return bool(form) and form == normal_form(as_json(parse_literal(found, kind), found))


def _refers_to(candidate: Candidate, part: str, name: str) -> bool:
    """Return whether the words at a place point to a name that stands in their passage."""
    if candidate.passage is None or candidate.reworded_by_id is not None:
        return False
    return refers(_at(candidate, {}, part), name) and stands_in(candidate.passage.text, name)


def refers(found: str, name: str) -> bool:
    """Return whether words can point back to a name: a pronoun or "the company" to any name, a
    part of a name ("Curie") to the whole one."""
    words = " ".join(found.split())
    if REFERS_BACK.fullmatch(words[:1].lower() + words[1:]):
        return True
    return stands_in(name, words) and normalise_name(words) != normalise_name(name)


def stands_in(text: str, name: str) -> bool:
    """Return whether a name stands in a text as whole words."""
    return places_of(text, name) != []


def places_of(text: str, name: str) -> list[tuple[int, int]]:
    """Return where a name stands in a text as whole words, whatever its blanks."""
    words = name.split()
    if not words or not normalise_name(name):
        return []
    pattern = r"\s+".join(re.escape(word) for word in words)
    return [match.span() for match in re.finditer(rf"(?<!\w){pattern}(?!\w)", text)]
