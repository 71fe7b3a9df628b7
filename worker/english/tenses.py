"""The sentence of a relation in another tense: of what has ended, and of what is yet to come."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal, TypeAlias

from worker.english.verbs import base_of, past_of, verb_of
from worker.english.words import ARTICLES

Tense: TypeAlias = Literal["", "past", "future"]  # "" leaves a sentence as it is

_WORD = re.compile(r"\{(?:subject|object)\}|[A-Za-z]+")
_BE = {"is": "was", "are": "were"}
_PAST_BE = frozenset({"was", "were"})
_SURE = {*_BE, *_PAST_BE, "has", "have"}


@lru_cache(maxsize=4096)
def in_tense(template: str, tense: Tense) -> str:
    """Return a template with its first verb in a tense; as it is where none is found, or
    where its past would have to be told as yet to come.

    >>> in_tense("The head of {subject} is {object}.", "past")
    'The head of {subject} was {object}.'
    >>> in_tense("{subject} has worked for {object}.", "past")
    '{subject} worked for {object}.'
    >>> in_tense("{subject} competes in {object}.", "future")
    '{subject} is to compete in {object}.'
    """
    if not tense:
        return template
    words = list(_WORD.finditer(template))
    surest = sorted(range(len(words)), key=lambda at: words[at].group() not in _SURE)
    for at in surest:  # "The amount paid is ...": of its verbs, "is" goes first
        word = words[at]
        after = words[at + 1].group() if at + 1 < len(words) else ""
        before = words[at - 1].group().lower() if at else ""
        changed = _changed(word.group(), after, before, tense)
        if changed is not None:
            text, with_next = changed
            end = words[at + 1].end() if with_next else word.end()
            return template[: word.start()] + text + template[end:]
    return template


def _changed(word: str, after: str, before: str, tense: Tense) -> tuple[str, bool] | None:
    """Return a verb in a tense, and whether the word after it is part of it; None for no verb."""
    past = tense == "past"
    if word in _BE:
        return (_BE[word] if past else f"{word} to be"), False
    if word in _PAST_BE:
        return (word if past else "is to be"), False
    if word in ("has", "have"):
        return _perfect(after, past=past)
    if before in ARTICLES or before == "of" or (found := verb_of(word)) is None:
        return None
    if found[1] != "present":
        return word, False
    return (past_of(word) if past else f"is to {base_of(word)}"), False


def _perfect(after: str, *, past: bool) -> tuple[str, bool]:
    if after == "been":
        return ("was" if past else "is to be"), True
    found = verb_of(after)
    if found is None or found[1] not in ("participle", "both"):
        return ("had" if past else "is to have"), False
    return (past_of(after) if past else f"is to {base_of(after)}"), True
