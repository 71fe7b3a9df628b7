"""Words without their endings, so that "directed", "director" and "directs" are one."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache

from worker.english.verbs import plain_form
from worker.english.words import EMPTY, OPERATORS
from worker.types import RelationSpec
from worker.wordings import known_wordings, relation_names

_WORD = re.compile(r"[^\W_]+(?:[-'’][^\W_]+)*")
_ENDINGS = (
    "ations", "ation", "ments", "ment", "ships", "ship", "ings", "ing", "ions", "ion", "ors", "or",
    "ers", "er", "ies", "ied", "ed", "es", "s", "y", "e",
)  # fmt: skip
_LEAST = 3  # letters that a stem keeps
# A word speaks for a relation that it stands in so many wordings of, if it stands in those of no
# more than so many relations and is no other relation's whole name ("whose mother is X?" asks for
# a child); one that may be an operator must be all but the relation's own.
_OFTEN, _RELATIONS = 2, 20
_OFTEN_OPERATOR, _RELATIONS_OPERATOR = 4, 4


def words(text: str) -> list[str]:
    """Return the words of a text in lower case, "X's" without its ending."""
    return [_plain(match.group()) for match in _WORD.finditer(text)]


def _plain(word: str) -> str:
    return re.sub(r"['’]s?$", "", word.casefold()).replace("’", "'")


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """Return a word without its ending, rough but the same for words of one family.

    >>> stem("directed") == stem("director") == stem("directs"), stem("wrote") == stem("writer")
    (True, True)
    """
    word = plain_form(word)
    for ending in _ENDINGS:
        if ending == "y" and word[-2:-1] in "aeo":
            continue
        if word.endswith(ending) and len(word) - len(ending) >= _LEAST:
            word = word[: -len(ending)]
            break
    if len(word) > _LEAST and word[-1] == word[-2]:
        word = word[:-1]
    return word


@lru_cache(maxsize=1_000)
def named_by(relation: RelationSpec) -> frozenset[str]:
    """Return the stems of the words that name a relation: its names, aliases and inverse."""
    texts = (relation.name, *relation.aliases, relation.inverse_name)
    return frozenset(stem(word) for text in texts for word in words(text))


@lru_cache(maxsize=1_000)
def spoken_by(relation: RelationSpec) -> frozenset[str]:
    """Return the stems of all words of a relation: those that name it, its sentence, questions,
    and what its wordings have of their own."""
    texts = (relation.template, *relation.questions, *relation.inverse_questions)
    cues = (word.strip("*") for word in relation.cue_words)
    found = frozenset(stem(word) for text in (*texts, *cues) for word in words(text))
    return found | named_by(relation) | _spoken_by_key().get(relation.key, frozenset())


@cache
def _spoken_by_key() -> Mapping[str, frozenset[str]]:
    """Return the stems that speak for the relation of a key in the wordings that it is known by."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for (key, _), texts in known_wordings().items():
        for text in texts:
            found = {word for word in words(text.replace("{x}", " ")) if word not in EMPTY}
            counts[key].update({stem(word) for word in found})
    relations = Counter(one for found in counts.values() for one in found)
    operators = {stem(word) for word in OPERATORS}
    named = {stem(name): key for key, name in relation_names().items() if " " not in name}

    def speaks(key: str, one: str, often: int) -> bool:
        if named.get(one, key) != key:
            return False
        if one in operators:
            return often >= _OFTEN_OPERATOR and relations[one] <= _RELATIONS_OPERATOR
        return often >= _OFTEN and relations[one] <= _RELATIONS

    return {
        key: frozenset(one for one, often in found.items() if speaks(key, one, often))
        for key, found in counts.items()
    }


def own_names(text: str, relations: Iterable[RelationSpec]) -> list[tuple[int, int]]:
    """Return where the names of several words stand in a text that owners gave to relations: such
    a name is meant as it stands, "first album" is no first of the albums."""
    found = []
    for relation in relations:
        for name in (relation.name, *relation.aliases, relation.inverse_name):
            if relation.key or len(name.split()) < 2:
                continue
            pattern = rf"(?<!\w){re.escape(name)}(?!\w)"
            found += [match.span() for match in re.finditer(pattern, text, re.IGNORECASE)]
    return found


def is_named(phrase: str, relation: RelationSpec) -> bool:
    """Tell whether a phrase of several words stands in a name of a relation."""
    return any(
        f" {phrase} " in f" {name.casefold()} "
        for name in (relation.name, *relation.aliases, relation.inverse_name)
    )
