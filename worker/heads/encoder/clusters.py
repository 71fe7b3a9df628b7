"""Which mentions of a text name the same thing: normalised strings, and signs for the model."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from worker.mentions.names import acronym, initials, is_acronym, normalised

Floats = npt.NDArray[np.float32]

NAMED = frozenset({"PER", "ORG", "LOC", "MISC"})
SIGNS = 10


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


def sign_table(names: Sequence[Name]) -> Floats:
    """Return (N, N, SIGNS): ``signs`` of all pairs, the first of a pair in the rows.

    What it says of a name and itself has no meaning.
    """
    n = len(names)
    # By matrices and not pair by pair: a long document has hundreds of names.
    column = {w: c for c, w in enumerate(dict.fromkeys(w for name in names for w in name.words))}
    holds = np.zeros((n, len(column)), dtype=np.float32)
    for row, name in enumerate(names):
        holds[row, [column[w] for w in name.words]] = 1.0
    both, sizes = holds @ holds.T, holds.sum(1)
    least = np.minimum(sizes[:, None], sizes)
    lengths = [len(name.words) for name in names]
    shortest = np.minimum.outer(lengths, lengths)
    alike = _equal([name.type for name in names])
    person = np.array([name.type == "PER" for name in names])
    named = np.array([name.type in NAMED for name in names])
    columns = [
        alike,
        both / np.maximum(sizes[:, None] + sizes - both, 1.0),
        (both > 0) & (both == least),
        _equal([name.words[-1] if name.words else row for row, name in enumerate(names)]),
        _equal([name.words[0] if name.words else row for row, name in enumerate(names)]),
        _acronyms(names),
        alike & person & (shortest == 1) & (both > 0),
        ~_equal([name.digits for name in names]),
        _inside(names),
        named & named[:, None],
    ]
    return np.stack(columns, axis=-1).astype(np.float32)


def _equal(values: Sequence[Hashable]) -> npt.NDArray[np.bool_]:
    """Return (N, N): which of the values are equal."""
    codes: dict[Hashable, int] = {}
    own = np.array([codes.setdefault(value, len(codes)) for value in values])
    return own[:, None] == own


def _acronyms(names: Sequence[Name]) -> npt.NDArray[np.bool_]:
    """Return (N, N): whether one of two names is the acronym of the other."""
    by_initials: dict[str, list[int]] = {}
    for row, name in enumerate(names):
        for letters in set(initials(name.text)):
            by_initials.setdefault(letters, []).append(row)
    found = np.zeros((len(names), len(names)), dtype=np.bool_)
    for row, name in enumerate(names):
        if letters := acronym(name.text):
            found[row, by_initials.get(letters, [])] = True
    return found | found.T


def _inside(names: Sequence[Name]) -> npt.NDArray[np.bool_]:
    """Return (N, N): whether the name of fewer words stands in the other."""
    texts = [(len(name.words), " ".join(name.words)) for name in names]
    return np.array(
        [[(a in b) if m <= n else (b in a) for n, b in texts] for m, a in texts], dtype=np.bool_
    )


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
    may: Callable[[Sequence[int], Sequence[int]], bool] = lambda one, other: True,
) -> list[list[int]]:
    """Merge groups by average linkage over ``same``: (group, group, probability) for each pair.

    From the most probable pair down, two clusters merge when the mean probability between their
    groups is at or above ``threshold`` and ``may`` allows it, which is given the groups of both. A
    pair that ``same`` does not give counts as 0.
    """
    totals = np.zeros((len(groups), len(groups)))
    for i, j, p in same:
        totals[i, j] = totals[j, i] = p
    cluster = [[i] for i in range(len(groups))]
    owner = list(range(len(groups)))
    for i, j, p in sorted(same, key=lambda pair: (-pair[2], pair[:2])):
        if p < threshold:
            break
        a, b = owner[i], owner[j]
        if a == b or totals[a, b] / (len(cluster[a]) * len(cluster[b])) < threshold:
            continue
        if not may(cluster[a], cluster[b]):
            continue
        for x in cluster[b]:
            owner[x] = a
        cluster[a] += cluster[b]
        cluster[b] = []
        totals[a] += totals[b]
        totals[:, a] += totals[:, b]
    return sorted(sorted(m for g in c for m in groups[g]) for c in cluster if c)
