"""Entities whose names are much like one that the memory does not have.

"Dr. Petra Lomansk", "Lomansk, Petra", "Kestrel Bank Ltd." and "Solvang Musuem" may be known things
in another writing. Nobody but a person says so: these are hints, and resolving takes none of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from apps.memory.controller.phrases import LONGEST, Phrase
from apps.memory.controller.spelling import Meant, search_names
from apps.memory.controller.types import Scope, storable
from apps.memory.controller.words import fit, fold
from worker.english.names import FIRM_WORDS, LEGAL_FORMS
from worker.english.titles import titles_at_start
from worker.english.words import ARTICLES

MOST_HINTS = 3  # of one name
# They tell two of one name apart too seldom to hide one of them.
_LEGAL = LEGAL_FORMS | FIRM_WORDS | {"jr", "sr"}


def entities_alike(
    scope: Scope, names: Iterable[tuple[str, str]]
) -> Mapping[tuple[str, str], Sequence[Meant]]:
    """Return for names, each with its type or none, the entities that they may mean, likeliest
    first. Two statements at most, whatever the number of names."""
    asked: list[tuple[int, str, str]] = []
    probes: list[Phrase] = []
    at = 0
    for name, type_ in dict.fromkeys(names):
        asked.append((at, name, type_))
        end = at + 1 + len(name)
        probes += [Phrase(at, end, words) for words in writings(name)]
        at = end + 1
    by_place: dict[int, dict[int, Meant]] = defaultdict(dict)
    for phrase, meant in search_names(scope, probes).items():
        for one in meant:
            before = by_place[phrase.start].get(one.id)
            if before is None or _likeness(one) < _likeness(before):
                by_place[phrase.start][one.id] = one
    return {
        (name, type_): sorted(
            (one for one in by_place[start].values() if _may_be(one, type_)), key=_likeness
        )[:MOST_HINTS]
        for start, name, type_ in asked
    }


def is_alike(name: str, names: Iterable[str], type_: str = "") -> bool:
    """Tell whether an entity with these normalised names may be offered for a name.

    >>> is_alike("Lomansk, Dr. Petra", ["petra lomansk"]), is_alike("Oslo", ["tromso"])
    (True, False)
    """
    nothing: frozenset[str] = frozenset()
    return any(
        fit(words, fold(other).split(), type_=type_, known=nothing) is not None
        for words in writings(name)
        for other in names
    )


def writings(name: str) -> list[tuple[str, ...]]:
    """Return the words of a name as it is written, and without title, article and legal form.

    >>> writings("Lomansk, Dr. Petra")
    [('lomansk', 'dr', 'petra'), ('petra', 'lomansk')]
    >>> writings("the Kestrel Bank, Ltd."), writings("Inc.")
    ([('the', 'kestrel', 'bank', 'ltd'), ('kestrel', 'bank')], [])
    """
    name = storable(name)
    first, _, rest = name.partition(",")
    surname_first = rest and "," not in rest and not _LEGAL.issuperset(fold(rest).split())
    core = (f"{rest} {first}" if surname_first else name).split()
    core = core[titles_at_start(core) :]
    while len(core) > 1 and core[0].casefold() in ARTICLES:
        core = core[1:]
    while len(core) > 1 and fold(core[-1]) in _LEGAL:
        core = core[:-1]
    found = dict.fromkeys(tuple(fold(" ".join(words)).split()) for words in (name.split(), core))
    return [words for words in found if _tells(words)]


def _tells(words: Sequence[str]) -> bool:
    telling = (word for word in words if word not in _LEGAL and word not in ARTICLES)
    return len(words) <= LONGEST and any(word.isalpha() and len(word) > 2 for word in telling)


def _likeness(one: Meant) -> tuple[int, bool, int]:
    return one.edits, one.how == "partial", one.id


def _may_be(one: Meant, type_: str) -> bool:
    """A part of a name says too little of a thing of another type, and a person's is no firm's
    misspelt; whether a museum is a place or an organisation heads take either way."""
    if not type_ or one.type in (type_, ""):
        return True
    return one.how != "partial" and (not one.edits or "PER" not in (one.type, type_))
