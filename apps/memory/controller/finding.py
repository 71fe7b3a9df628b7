"""Which entities of the memory a text names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Literal, TypeAlias

from django.db import connection
from django.db.models import Q

from apps.common.names import normalise_name
from apps.memory.controller.phrases import common_words, phrases
from apps.memory.controller.refs import entity_ref, ref_of
from apps.memory.controller.resolve import ENTITY_COLUMNS, follow, named
from apps.memory.controller.spelling import Meant, search
from apps.memory.controller.types import LONGEST_NAME, Scope, storable
from apps.memory.models import Entity
from worker.english.words import EMPTY
from worker.literals import as_json, normal_form, parse_time
from worker.types import EntityRef

# A word, and what touches it, without the punctuation of the sentence: "C++", "(Saxony". Any other
# punctuation is matched too, without a word, so that no character of it is looked at again.
_SENTENCE = r"\"'“”‘’«»„.,;:!?"
_OTHER = rf"[^\w\s{_SENTENCE}]"
_WORD = re.compile(
    rf"[{_SENTENCE}]*+(?P<around>(?:{_OTHER}[^\w\s]*+)?(?P<word>\w++)(?:[^\w\s]*{_OTHER})?)"
    r"|[^\w\s]++"
)
_DATE_LIKE = re.compile(r"(?=.*\d{3})[\w.,/ –-]{6,30}")
_MOST_TIMES = 40
_STRAIGHT, _CURLY = "'", "’"
# Scripts that write no blanks between words: Thai to Khmer, kana, Han, with their joining marks.
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u30ff\u3400-\u9fff]{2,}")
_LONGEST_UNSPACED = 20  # characters of a name inside such a text


def find_entities(scope: Scope, text: str) -> list[tuple[int, int, EntityRef]]:
    """See MemoryController.find_entities."""
    text = storable(text)
    exact, plain = _exact(scope, text)
    loose = [
        (phrase.start, phrase.end, [_ref(one) for one in meant])
        for phrase, meant in search(scope, phrases(text, [hit[:2] for hit in exact])).items()
    ]
    found: list[tuple[int, int, EntityRef]] = []
    for start, end, refs in _longest([*exact, *loose]):
        found.extend((start, end, ref) for ref in refs)
    return found or [(start, end, ref) for start, end, refs in plain for ref in refs]


_Hit: TypeAlias = tuple[int, int, Sequence[EntityRef]]


def _longest(hits: Iterable[_Hit]) -> list[_Hit]:
    """Return the hits without those that overlap a longer one, longest first."""
    kept: list[_Hit] = []
    taken: set[int] = set()
    for hit in sorted(hits, key=lambda hit: (hit[0] - hit[1], hit[0])):
        place = range(hit[0], hit[1])
        if taken.isdisjoint(place):
            taken.update(place)
            kept.append(hit)
    return kept


def _exact(scope: Scope, text: str) -> tuple[list[_Hit], list[_Hit]]:
    """Return the names that stand in a text letter by letter, and apart from them those that are
    made of common words and tell something only where the text has no other."""
    spans = _ngrams(text, scope)
    named = _named(scope, set(spans))
    named |= _times(scope, spans.keys() - named.keys())
    hits = [
        (start, end, named[normalised])
        for normalised in sorted(named)
        for start, end in spans[normalised]
    ]
    common = {at for start, end in common_words(text) for at in range(start, end)}
    plain = [hit for hit in hits if _says_nothing(text[hit[0] : hit[1]], hit[0], common)]
    alone = [hit for hit in plain if _stands_alone(text, text[hit[0] : hit[1]])]
    return _longest(hit for hit in hits if hit not in plain), _longest(alone)


def _stands_alone(text: str, surface: str) -> bool:
    """Tell whether a name of common words is the whole text, or long enough to be one in it:
    "who sang day after day?"."""
    words = surface.lower().split()
    whole = len(surface) == len(text.strip(_SENTENCE + " "))
    return whole or (len(words) > 2 and any(word not in EMPTY for word in words))


def _says_nothing(surface: str, start: int, common: set[int]) -> bool:
    """Tell whether all words of a name are common ones in this text, as "she" and "was" are."""
    letters = [at for at, char in enumerate(surface, start) if char.isalnum()]
    return bool(letters) and common.issuperset(letters)


def _ref(meant: Meant) -> EntityRef:
    return EntityRef(
        str(meant.id), meant.name, meant.type, meant.description, meant.how, meant.edits
    )


def _ngrams(text: str, scope: Scope) -> dict[str, list[tuple[int, int]]]:
    """Return the normalised word n-grams of a text with every place where they stand.

    Short ones come first, so that a text with too many loses only the longest: at most
    ``most_ngrams`` are looked up, about 20 000 for the 2 000 words of 10 000 characters.
    """
    words = [(m.span("around"), m.span("word")) for m in _WORD.finditer(text) if m["word"]]
    grams: dict[str, list[tuple[int, int]]] = {}
    for length in range(1, scope.config.longest_name + 1):
        for first in range(len(words) - length + 1):
            if len(grams) >= scope.config.most_ngrams:
                return grams
            outer = (words[first][0][0], words[first + length - 1][0][1])
            inner = (words[first][1][0], words[first + length - 1][1][1])
            spans = (inner, (inner[0], outer[1]), (outer[0], inner[1]), outer)
            for start, end in dict.fromkeys(spans):
                if end - start <= LONGEST_NAME:
                    _note(grams, text, start, end)
    for run in _UNSPACED.finditer(text):
        for start in range(run.start(), run.end() - 1):
            for end in range(start + 2, min(run.end(), start + _LONGEST_UNSPACED) + 1):
                if len(grams) >= scope.config.most_ngrams:
                    return grams
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


_NAMED = named("e.id, e.name, e.type, e.description, e.kind, e.value")


def _named(scope: Scope, names: set[str]) -> dict[str, list[EntityRef]]:
    """Return the entities that have one of the normalised names, by name and by age."""
    if not names:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_NAMED, {"space": scope.space.pk, "names": sorted(names)})
        rows = cursor.fetchall()
    found: dict[str, dict[int, EntityRef]] = {}
    for normalised, own, id_, *columns in rows:
        how: Literal["exact", "alias"] = "exact" if own else "alias"
        ref = ref_of(id_, columns, how)
        found.setdefault(normalised, {}).setdefault(id_, ref)
    return {normalised: list(refs.values()) for normalised, refs in found.items()}


def _times(scope: Scope, names: set[str]) -> dict[str, list[EntityRef]]:
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
    found: dict[str, dict[int, EntityRef]] = {}
    for row in rows.defer(*ENTITY_COLUMNS).order_by("pk"):
        entity = follow(row)
        for name in forms[normal_form(row.value)["edtf"]]:
            found.setdefault(name, {}).setdefault(entity.pk, entity_ref(entity))
    return {name: list(refs.values()) for name, refs in found.items()}
