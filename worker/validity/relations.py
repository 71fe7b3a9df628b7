"""Which relations can hold for a time, and how a sentence speaks of them: as the relation says."""

from __future__ import annotations

import re
from functools import lru_cache

from worker.english.words import UNTELLING
from worker.types import RelationSpec

_LITERALS = frozenset({"TIME", "NUM"})
_STEM = 5  # letters: "sponsored" and "sponsor" share them
# Words with blanks, hyphens or apostrophes inside and, at either end, a star for any letters.
_CUE = re.compile(r"\*?[^\W_]+(?:[ '’-][^\W_]+)*\*?")


def can_last(relation: RelationSpec) -> bool:
    """Return whether a fact of the relation can hold for a time; a time or a number does not."""
    literal = bool(relation.object_types) and _LITERALS.issuperset(relation.object_types)
    return relation.lasts and not literal


def is_cue(words: str) -> bool:
    """Tell whether a text can stand among the cue words of a relation: "left", "work*"."""
    letters = sum(char.isalnum() for char in words)
    return letters > 1 and _CUE.fullmatch(words) is not None


@lru_cache(maxsize=1024)
def words_of(relation: RelationSpec) -> re.Pattern[str]:
    """Return the words of which a sentence must hold one to speak of the relation.

    Without cue words of its own they are those of its names and of its template.
    """
    return _pattern(relation.cue_words or _own_words(relation))


def _own_words(relation: RelationSpec) -> tuple[str, ...]:
    names = (relation.name, relation.inverse_name, *relation.aliases, relation.template)
    own = re.findall(r"[^\W\d_]{4,}", " ".join(names).lower())
    return tuple(sorted({f"{word[:_STEM]}*" for word in own if word not in UNTELLING}))


def _pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    made = [
        r"\w*".join(r"\s+".join(map(re.escape, piece.split(" "))) for piece in word.split("*"))
        for word in words
    ]
    return re.compile(rf"\b(?:{'|'.join(made) or r'(?!)'})\b", re.IGNORECASE)
