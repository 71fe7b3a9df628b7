"""Patterns built from the closed classes, each with an example of what it finds and does not."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias, TypeVar

Words = TypeVar("Words", bound=Collection[str])
How: TypeAlias = Literal["search", "match", "fullmatch"]


@dataclass(frozen=True)
class Example:
    """What shows a pattern: it finds something in ``yes`` and nothing in ``no``; ``how`` it is
    used."""

    pattern: re.Pattern[str]
    yes: str
    no: str
    how: How

    def holds(self, text: str) -> bool:
        """Tell whether the pattern finds something in a text."""
        return getattr(self.pattern, self.how)(text) is not None


EXAMPLES: list[Example] = []  # of every pattern that was made


def pattern(
    regex: str, *, yes: str, no: str, how: How = "search", flags: int = re.IGNORECASE
) -> re.Pattern[str]:
    """Return a compiled pattern whose examples a test looks at."""
    made = re.compile(regex, flags)
    EXAMPLES.append(Example(made, yes, no, how))
    return made


def one_of(words: Iterable[str]) -> str:
    """Return a group of a regular expression for any of some words, longer ones first; a blank in
    one stands for any.

    >>> one_of(["is", "isn't", "used to"])
    "(?:used\\\\s+to|isn't|is)"
    """
    found = sorted(words, key=lambda word: (-len(word), word))
    return "(?:" + "|".join(re.escape(word).replace(r"\ ", r"\s+") for word in found) + ")"


def shown(words: Words, *, yes: str, no: str) -> Words:
    """Return a list of words as it is; a test looks at its examples, of which ``yes`` has one of
    the words and ``no`` has none."""
    pattern(of_words(words), yes=yes, no=no)
    return words


def of_words(words: Iterable[str]) -> str:
    """Return what finds any of some words, whole.

    >>> bool(re.search(of_words(["end"]), "the end")), bool(re.search(of_words(["end"]), "ends"))
    (True, False)
    """
    return rf"\b{one_of(words)}\b"
