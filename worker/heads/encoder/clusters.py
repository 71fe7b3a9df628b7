"""Which mentions of a text name the same thing: normalised strings, and signs for the model."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

NAMED = frozenset({"PER", "ORG", "LOC", "MISC"})
SIGNS = 10
_ARTICLES = ("the ", "a ", "an ")
_SMALL = frozenset({"of", "the", "and", "for", "in", "de", "la", "du", "von", "van", "&"})


def normalised(name: str) -> str:
    """Return a mention's text as it is compared: folded case, no marks, no leading article."""
    folded = unicodedata.normalize("NFKD", name).casefold()
    plain = "".join(c if c.isalnum() else " " for c in folded if not unicodedata.combining(c))
    plain = " ".join(plain.split())
    for article in _ARTICLES:
        if plain.startswith(article) and len(plain) > len(article):
            plain = plain[len(article) :]
    return plain or " ".join(name.split())


def is_acronym(short: str, long: str) -> bool:
    """Tell whether ``short`` is the initials of ``long`` (both as written in the text)."""
    letters = "".join(c for c in short if c.isalnum())
    if not 2 <= len(letters) <= 8 or not letters.isupper():
        return False
    words = long.replace("-", " ").split()
    every = "".join(w[0] for w in words if w[0].isalnum()).upper()
    main = "".join(w[0] for w in words if w[0].isalnum() and w.lower() not in _SMALL).upper()
    return letters in (every, main)


@dataclass(frozen=True)
class Name:
    """A mention's text as ``signs`` compares it, worked out once."""

    text: str
    type: str
    words: tuple[str, ...]
    digits: frozenset[str]

    @classmethod
    def of(cls, text: str, kind: str) -> Name:
        """Read a name from a mention's text and type."""
        words = tuple(normalised(text).split())
        return cls(text, kind, words, frozenset(w for w in words if any(map(str.isdigit, w))))


def signs(one: Name, other: Name) -> list[float]:
    """Return SIGNS numbers in [0, 1] on whether two names may mean the same thing.

    Symmetric in the two names, so that a pair has one answer.
    """
    a, b = one.words, other.words
    sa, sb = set(a), set(b)
    both = len(sa & sb)
    short, long = (a, b) if len(a) <= len(b) else (b, a)
    alike = one.type == other.type
    return [
        float(alike),
        both / max(len(sa | sb), 1),
        float(both > 0 and (sa <= sb or sb <= sa)),
        float(bool(a) and bool(b) and a[-1] == b[-1]),
        float(bool(a) and bool(b) and a[0] == b[0]),
        float(is_acronym(one.text, other.text) or is_acronym(other.text, one.text)),
        float(alike and one.type == "PER" and len(short) == 1 and short[0] in long),
        float(one.digits != other.digits),
        float(" ".join(short) in " ".join(long)),
        float(one.type in NAMED and other.type in NAMED),
    ]


def string_groups(names: Sequence[str]) -> list[list[int]]:
    """Group mentions with the same normalised text; groups and members in order of the text."""
    found: dict[str, list[int]] = {}
    for index, name in enumerate(names):
        found.setdefault(normalised(name), []).append(index)
    return list(found.values())


def merged_groups(
    groups: Sequence[Sequence[int]],
    same: Sequence[tuple[int, int, float]],
    threshold: float,
) -> list[list[int]]:
    """Merge groups by average linkage over ``same``: (group, group, probability) for each pair.

    From the most probable pair down, two clusters merge when the mean probability between their
    groups is at or above ``threshold``. A pair that ``same`` does not give counts as 0.
    """
    probability = {(min(i, j), max(i, j)): p for i, j, p in same}
    cluster = [[i] for i in range(len(groups))]
    owner = list(range(len(groups)))
    for (i, j), p in sorted(probability.items(), key=lambda item: (-item[1], item[0])):
        if p < threshold:
            break
        a, b = owner[i], owner[j]
        if a == b:
            continue
        links = [
            probability.get((min(x, y), max(x, y)), 0.0) for x in cluster[a] for y in cluster[b]
        ]
        if sum(links) / len(links) >= threshold:
            for x in cluster[b]:
                owner[x] = a
            cluster[a] += cluster[b]
            cluster[b] = []
    return sorted(sorted(m for g in c for m in groups[g]) for c in cluster if c)
