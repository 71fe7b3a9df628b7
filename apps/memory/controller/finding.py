"""Which entities of the memory a text names."""

from __future__ import annotations

import re

from django.db.models import F, Q

from apps.common.text import normalise_name
from apps.memory.controller.refs import entity_ref
from apps.memory.controller.resolve import ENTITY_COLUMNS, follow
from apps.memory.controller.types import LONGEST_NAME, Scope, storable
from apps.memory.models import Alias, Entity
from worker.literals import as_json, normal_form, parse_time
from worker.types import EntityRef

# A word, and what touches it, without the punctuation of the sentence: "C++", "(Saxony".
_EDGES = r"\s\"'“”‘’«»„.,;:!?"
_WORD = re.compile(
    rf"(?P<around>(?:[^\w{_EDGES}][^\w\s]*?)?(?P<word>\w+)(?:[^\w\s]*[^\w{_EDGES}])?)"
)
_DATE_LIKE = re.compile(r"(?=.*\d{3})[\w.,/ –-]{6,30}")
_MOST_TIMES = 40
_STRAIGHT, _CURLY = "'", "’"


def find_entities(scope: Scope, text: str) -> list[tuple[int, int, EntityRef]]:
    """See MemoryController.find_entities."""
    spans = _ngrams(storable(text), scope)
    named = _named(scope, set(spans))
    named |= _times(scope, spans.keys() - named.keys())
    hits = sorted(
        (start - end, start, end, normalised)
        for normalised in named
        for start, end in spans[normalised]
    )
    taken: list[tuple[int, int]] = []
    found: list[tuple[int, int, EntityRef]] = []
    for _, start, end, normalised in hits:
        if any(start < other_end and other < end for other, other_end in taken):
            continue
        taken.append((start, end))
        found.extend((start, end, entity_ref(entity)) for entity in named[normalised])
    return found


def _ngrams(text: str, scope: Scope) -> dict[str, list[tuple[int, int]]]:
    """Return the normalised word n-grams of a text with every place where they stand.

    Short ones come first, so that a text with too many loses only the longest: at most
    ``most_ngrams`` are looked up, about 20 000 for the 2 000 words of 10 000 characters.
    """
    words = [(m.span("around"), m.span("word")) for m in _WORD.finditer(text)]
    grams: dict[str, list[tuple[int, int]]] = {}
    for length in range(1, scope.config.longest_name + 1):
        for first in range(len(words) - length + 1):
            if len(grams) >= scope.config.most_ngrams:
                return grams
            outer = (words[first][0][0], words[first + length - 1][0][1])
            inner = (words[first][1][0], words[first + length - 1][1][1])
            spans = (inner, (inner[0], outer[1]), (outer[0], inner[1]), outer)
            for start, end in spans:
                if end - start <= LONGEST_NAME:
                    _note(grams, text, start, end)
    return grams


def _note(grams: dict[str, list[tuple[int, int]]], text: str, start: int, end: int) -> None:
    normalised = normalise_name(text[start:end])
    spellings = {normalised}
    if _STRAIGHT in normalised or _CURLY in normalised:
        spellings = {
            normalised.replace(_CURLY, _STRAIGHT),
            normalised.replace(_STRAIGHT, _CURLY),
        }
    for spelling in spellings:
        places = grams.setdefault(spelling, [])
        # The same name with its punctuation is the same place: "Lindenau" in "Lindenau."
        if not places or places[-1][1] <= start:
            places.append((start, end))


def _named(scope: Scope, names: set[str]) -> dict[str, list[Entity]]:
    """Return the entities that have one of the normalised names, by name and by age."""
    wanted = sorted(names)
    rows = Entity.objects.filter(space=scope.space).defer(*ENTITY_COLUMNS)
    pairs = [(row.normalised, row) for row in rows.filter(normalised__in=wanted).order_by("pk")]
    aliases = (
        Alias.objects.filter(space=scope.space, normalised__in=wanted)
        .select_related("entity")
        .defer("entity__embedding")
        .order_by(F("entity_id"), "pk")
    )
    pairs += [(alias.normalised, alias.entity) for alias in aliases]
    found: dict[str, dict[int, Entity]] = {}
    for normalised, row in pairs:
        entity = follow(row)
        found.setdefault(normalised, {}).setdefault(entity.pk, entity)
    return {normalised: list(entities.values()) for normalised, entities in found.items()}


def _times(scope: Scope, names: set[str]) -> dict[str, list[Entity]]:
    """Return the times that the text spells in another way than the memory does."""
    forms: dict[str, list[str]] = {}
    for name in sorted(names):
        if _DATE_LIKE.fullmatch(name):
            for edtf in normal_form(as_json(parse_time(name), name)).values():
                forms.setdefault(edtf, []).append(name)
    equal = Q()
    for edtf in list(forms)[:_MOST_TIMES]:
        equal |= Q(value__contains={"edtf": edtf})
    if not equal:
        return {}
    rows = Entity.objects.filter(equal, space=scope.space, kind=Entity.Kind.TIME)
    found: dict[str, dict[int, Entity]] = {}
    for row in rows.defer(*ENTITY_COLUMNS).order_by("pk"):
        entity = follow(row)
        for name in forms[normal_form(row.value)["edtf"]]:
            found.setdefault(name, {}).setdefault(entity.pk, entity)
    return {name: list(entities.values()) for name, entities in found.items()}
