"""A fact as a sentence: the one place where the sentence of a relation is filled with names.

Plain text rules without any framework; the pages come here through ``apps.memory.controller``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

LONGEST = 300  # characters of a template
NEEDS_BOTH = "Write {subject} and {object} exactly once each, and no other braces."
TOO_LONG = f"A sentence has at most {LONGEST} characters."
NO_MARKS = "Write no square brackets around a number or a name: with [1] an answer cites its facts."
GLUED = "Write something between {subject} and {object}, a blank at least."
_PLACES = ("{subject}", "{object}")
_PLACE = re.compile(r"(\{subject\}|\{object\})")
_BRACES = re.compile(r"\{[^{}]*\}")
_MARK = re.compile(r"\[(\d+)\]")
# Names as they may come: numbers, marks, braces, what patterns mean something else by.
_HARD_NAMES = (("7", "12"), ("{object} [3]", r"\1 {subject}"), ("J. R. [4] Öl.", "a]"))


@dataclass(frozen=True)
class Piece:
    """A stretch of a sentence: a name on its side, or the words around names."""

    text: str
    side: Literal["", "subject", "object"] = ""


def fill(template: str, *, subject: str, object: str) -> str:
    """Return the template with both names in their places, whatever the names hold.

    >>> fill("{subject} of {object}", subject="{object}", object="B")
    '{object} of B'
    """
    names = {"{subject}": subject, "{object}": object}
    return _PLACE.sub(lambda match: names[match.group()], template)


def pieces(template: str, relation: str, *, subject: str, object: str) -> tuple[Piece, ...]:
    """Return a fact in the words of its relation's template, cut at the names.

    A template that cannot state a fact is not used: then the fact is said plainly.

    >>> [piece.text for piece in pieces("[7] {subject}", "likes", subject="Ada", object="Ben")]
    ['Ada', ': likes: ', 'Ben', '.']
    """
    names = {"{subject}": Piece(subject, "subject"), "{object}": Piece(object, "object")}
    cut = _PLACE.split(template_in_use(template, relation))
    return tuple(names.get(piece, Piece(piece)) for piece in cut if piece)


def sentence(template: str, relation: str, *, subject: str, object: str) -> str:
    """Return a fact as a sentence, by the rule of ``pieces``."""
    found = "".join(
        piece.text for piece in pieces(template, relation, subject=subject, object=object)
    )
    return found[:1].upper() + found[1:]


def template_in_use(template: str, relation: str) -> str:
    """Return the template by which the facts of a relation are stated: its own, or a plain one."""
    own = template.strip()
    if not template_problem(own):
        return own
    name = _MARK.sub(r"(\1)", relation).translate({ord("{"): "(", ord("}"): ")"})
    return f"{{subject}}: {name}: {{object}}."


def cited(text: str, number: int, *, remark: str = "") -> str:
    """Return a sentence with ``[number]``, the mark of its citation, before its full stop."""
    return f"{text.rstrip('. ')}{f' ({remark})' if remark else ''} [{number}]."


def marks(text: str) -> list[int]:
    """Return the numbers that stand in a text as marks of citations do, in order."""
    return [int(number) for number in _MARK.findall(text)]


def unexplained_marks(text: str, names: Iterable[str]) -> set[int]:
    """Return the marks of a text that are not part of the names in it."""
    return set(marks(text)) - set(marks(" ".join(names)))


def one_of_each(text: str, placeholders: tuple[str, ...]) -> bool:
    """Return whether the text has each placeholder exactly once and no other braces."""
    bare = _BRACES.sub("", text)
    return sorted(_BRACES.findall(text)) == sorted(placeholders) and not set("{}") & set(bare)


@lru_cache(maxsize=4096)
def template_problem(template: str) -> str:
    """Return, in a sentence, why a template cannot state a fact; nothing where it can.

    It is tried as answers use it: sentences are built with hard names, and the marks of their
    citations are read back.

    >>> template_problem("{subject} is the father of {object}.")
    ''
    """
    if not one_of_each(template, _PLACES):
        return NEEDS_BOTH
    if len(template) > LONGEST:
        return TOO_LONG
    if "}{" in template:
        return GLUED
    for subject, object_ in _HARD_NAMES:
        said = cited(fill(template, subject=subject, object=object_), 1)
        if sorted(marks(said)) != sorted([1, *marks(subject), *marks(object_)]):
            return NO_MARKS
    return ""
