"""Names that a text has in part, in another order or misspelt.

Three queries at most, whatever the size of the memory: names with all the words of a phrase; the
words of the memory next to those of the phrases (``memory_variants``, SymSpell's symmetric delete
index); names with one of these for each word.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from django.db import connection
from rapidfuzz.distance import OSA
from rapidfuzz.process import extract

from apps.memory.controller.phrases import Phrase
from apps.memory.controller.types import Scope
from apps.memory.controller.words import (
    MOST_EDITS,
    Fit,
    correctable,
    edits_between,
    fit,
    fold_normalised,
)

_READ = 200  # names looked at for one phrase
_WORDS_READ = 1500  # and words for one word
_MOST_SPELLINGS = 12  # of one word that are tried
_MOST_WAYS = 24  # to spell a phrase that are tried
_MOST_PROBES = 240  # looks into the index for one text
_TELLING = 8  # letters of a small word that may be a misspelt title or term
MOST_MEANT = 8  # entities that a phrase may mean; of more, it names none

Row: TypeAlias = tuple[Any, ...]  # id, name, type, description, normalised name


@dataclass(frozen=True)
class Meant:
    """An entity that a phrase may name, and how."""

    id: int
    name: str
    type: str
    description: str
    how: Literal["partial", "spelling"]
    edits: int


# Every probe is one look into an index by words that a name must have. OFFSET 0 makes each of its
# rows one look at its entity: the planner expects far more of them and would read all entities.
_NAMES = """
SELECT p.no, e.id, e.name, e.type, e.description, n.normalised
  FROM unnest(%(numbers)s::int[], %(keys)s::text[]) AS p(no, keys),
  LATERAL (
      (SELECT coalesce(merged_into_id, id) AS entity_id, normalised FROM memory_entity
        WHERE memory_keys(space_id, normalised) @> string_to_array(p.keys, ' ') LIMIT %(most)s)
      UNION ALL
      (SELECT entity_id, normalised FROM memory_alias
        WHERE memory_keys(space_id, normalised) @> string_to_array(p.keys, ' ') LIMIT %(most)s)
  ) AS n,
  LATERAL (
      SELECT id, name, type, description FROM memory_entity
       WHERE id = n.entity_id AND space_id = %(space)s
         AND kind = 'item' AND type NOT IN ('TIME', 'NUM')
      OFFSET 0
  ) AS e
"""
_NEAR = """
SELECT q.word, w.word
  FROM unnest(%(words)s::text[]) AS q(word),
  LATERAL (
      SELECT word FROM memory_word
       WHERE memory_variants(space_id, word) && memory_variants(%(space)s, q.word)
       LIMIT %(most)s
  ) AS w
"""


def search(scope: Scope, phrases: Sequence[Phrase]) -> dict[Phrase, list[Meant]]:
    """Return the entities that each phrase may name; phrases that name none are left out."""
    asked = [phrase for phrase in phrases if _telling(phrase)]
    probes = [(phrase, words) for phrase in asked for words in _as_written(phrase)]
    found = _best(_names_with(scope, probes), known=frozenset())
    covered = [(phrase.start, phrase.end) for phrase in found]
    left = [
        phrase
        for phrase in asked
        if not any(low <= phrase.start and phrase.end <= high for low, high in covered)
    ]
    return found | _misspelt(scope, left)


def search_names(scope: Scope, phrases: Sequence[Phrase]) -> dict[Phrase, list[Meant]]:
    """Return the same of phrases that are whole names: a statement for their words and, where each
    is near one of the memory, another one for the names."""
    words = {word for phrase in phrases for word in _telling(phrase) if correctable(word)}
    near = _near_words(scope, sorted(words)) if words else {}
    known = frozenset(word for word in words if (0, word) in near[word])
    probes = [
        (phrase, way)
        for phrase in phrases
        for way in _likeliest(
            [near[w] if w in words - known else [(0, w)] for w in _telling(phrase)]
        )
    ]
    return _best(_names_with(scope, probes[:_MOST_PROBES]), known=known)


def _telling(phrase: Phrase) -> list[str]:
    """Return the words of a phrase that names are looked up by."""
    return [word for word in phrase.words if len(word) > 2]


def _as_written(phrase: Phrase) -> list[list[str]]:
    """Return the words that a name must have, and the same as one: "New Castle", "Newcastle"."""
    glued = "".join(phrase.words)
    return [_telling(phrase)] if phrase.words == (glued,) else [_telling(phrase), [glued]]


def _misspelt(scope: Scope, phrases: Sequence[Phrase]) -> dict[Phrase, list[Meant]]:
    words = {word for phrase in phrases for word in phrase.words if correctable(word)}
    if not words:
        return {}
    near = _near_words(scope, sorted(words))
    known = frozenset(word for word in words if (0, word) in near[word])
    ways = [way for phrase in phrases for way in _ways(phrase, near, words - known)]
    ways.sort(key=lambda way: way[0])  # of many phrases, the likeliest ways of each
    probes = [(phrase, words) for _, phrase, words in ways[:_MOST_PROBES]]
    return _best(_names_with(scope, probes), known=known)


def _ways(
    phrase: Phrase, near: Mapping[str, list[tuple[int, str]]], doubtful: Set[str]
) -> list[tuple[int, Phrase, list[str]]]:
    """Return the words that a phrase may mean, ranked, where one of them may be misspelt."""
    telling = _telling(phrase)
    if doubtful.isdisjoint(telling):
        # A short word is looked up by those beside it: "Alberto Jão Jardim".
        long = [word for word in telling if correctable(word)]
        return [(0, phrase, long)] if 1 < len(long) < len(telling) else []
    choices = [near[word] if word in doubtful else [(0, word)] for word in telling]
    return [(rank, phrase, words) for rank, words in enumerate(_likeliest(choices))]


def _likeliest(choices: Sequence[Sequence[tuple[int, str]]]) -> list[list[str]]:
    """Return one word of each choice in every way, those with the fewest edits in all first."""
    ways: list[tuple[int, list[str]]] = [(0, [])]
    for choice in choices:
        longer = [(edits + more, [*way, word]) for edits, way in ways for more, word in choice]
        ways = sorted(longer)[:_MOST_WAYS]
    return [way for edits, way in ways if edits <= MOST_EDITS]


def _near_words(scope: Scope, words: Sequence[str]) -> dict[str, list[tuple[int, str]]]:
    """Return the words of the memory that each word may be a misspelling of, nearest first."""
    rows = _query(_NEAR, {"words": list(words), "space": scope.space.pk, "most": _WORDS_READ})
    others: dict[str, list[str]] = {word: [] for word in words}
    for word, other in rows:
        others[word].append(other)
    near: dict[str, list[tuple[int, str]]] = {}
    for word, those in others.items():
        within = extract(word, those, scorer=OSA.distance, score_cutoff=MOST_EDITS, limit=None)
        scored = [(edits_between(word, other), other) for other, _, _ in within]
        near[word] = [(edits, other) for edits, other in scored if edits is not None]
    return {word: sorted(pairs)[:_MOST_SPELLINGS] for word, pairs in near.items()}


def _names_with(
    scope: Scope, probes: Sequence[tuple[Phrase, Sequence[str]]]
) -> list[tuple[Phrase, Row]]:
    """Return for each phrase the names that have all its words."""
    if not probes:
        return []
    space = scope.space.pk
    parameters = {
        "numbers": list(range(len(probes))),
        "keys": [" ".join(f"{space}:{word}" for word in words) for _, words in probes],
        "space": space,
        "most": _READ,
    }
    return [(probes[row[0]][0], row[1:]) for row in _query(_NAMES, parameters)]


def _best(
    rows: Iterable[tuple[Phrase, Row]], *, known: frozenset[str]
) -> dict[Phrase, list[Meant]]:
    """Return for each phrase the entities whose names fit it best, by age."""
    fitting: dict[Phrase, dict[Fit, dict[int, Meant]]] = defaultdict(lambda: defaultdict(dict))
    for phrase, (id_, name, type_, description, normalised) in rows:
        found = fit(phrase.words, fold_normalised(normalised).split(), type_=type_, known=known)
        if found is not None and not _no_name(phrase, found, type_):
            how: Literal["partial", "spelling"] = "partial" if found.partial else "spelling"
            meant = Meant(id_, name, type_, description, how, found.edits)
            fitting[phrase][found][id_] = meant
    best = {phrase: list(fits[min(fits)].values()) for phrase, fits in fitting.items()}
    return {
        phrase: sorted(meant, key=lambda one: one.id)
        for phrase, meant in best.items()
        if len(meant) <= MOST_MEANT
    }


def _no_name(phrase: Phrase, found: Fit, type_: str) -> bool:
    """Tell whether small words are more likely no name at all than a part of this one."""
    if not phrase.small:
        return False
    if phrase.common and (found.partial or found.edits):
        return True
    if found.partial:
        return type_ not in ("PER", "ORG", "")
    single = len(phrase.words) == 1 and len(phrase.words[0]) < _TELLING
    return bool(found.edits) and single and type_ not in ("PER", "LOC", "ORG")


def _query(sql: str, parameters: dict[str, Any]) -> list[Row]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return list(cursor.fetchall())
