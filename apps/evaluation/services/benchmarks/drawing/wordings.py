"""How a drawn question is put.

A relation is asked for in words that were kept apart from training, where it came with memweb and
has some; else in its own, which its owner wrote and heads know.
"""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final, Literal, TypeAlias

from worker.types import RelationSpec, Side
from worker.wordings import read_wordings

Source: TypeAlias = Literal["own", "apart"]
PLACE: Final = "{x}"
_COUNTING: Final = (
    ("Who was ", "How many people were "),
    ("Who is ", "How many people are "),
    ("Who has ", "How many people have "),
)
_WHICH: Final = re.compile(
    r"(?:Which|What) ((?:\w+ )?(?:\w{2,}s|people|children))\b (?!is|was|has)"
)
_PAST: Final = (("Who is ", "Who was "), ("What is ", "What was "), ("Where is ", "Where was "))
_STATED: Final = re.compile(r"(\{\w+\}) (was|is|has) (.+)")
_OF_OBJECT: Final = re.compile(r"The (.+) (is|was) (\{object\})")
_PHRASE: Final = re.compile(r"The (.+ of) \{subject\} is \{object\}")


@dataclass(frozen=True)
class Wording:
    """A text with ``{x}`` for what it names."""

    text: str
    source: Source

    def of(self, name: str) -> str:
        """Return the text with a name, or words that stand for one."""
        whole = self.text.replace(PLACE, name)
        return whole[:1].upper() + whole[1:]


def questions(relation: RelationSpec, side: Side) -> list[Wording]:
    """Return the questions that name this side of a relation, those kept apart where it has any."""
    if apart := _apart().get((relation.key, side)):
        return [Wording(text, "apart") for text in apart]
    return own_questions(relation, side)


def own_questions(relation: RelationSpec, side: Side) -> list[Wording]:
    """Return the questions that the relation itself comes with."""
    texts = relation.questions if side == "subject" else relation.inverse_questions
    own = (text.replace(f"{{{side}}}", PLACE) for text in texts)
    return [Wording(text, "own") for text in own if text.count(PLACE) == 1]


def counting(relation: RelationSpec, side: Side) -> list[Wording]:
    """Return questions for how many there are at the other end.

    >>> one = RelationSpec("1", "place of birth", inverse_questions=("Who was born in {object}?",))
    >>> [wording.text for wording in counting(one, "object")]
    ['How many people were born in {x}?']
    """
    found = []
    for wording in own_questions(relation, side):
        for start, many in _COUNTING:
            if wording.text.startswith(start):
                found.append(Wording(many + wording.text.removeprefix(start), "own"))
        if match := _WHICH.match(wording.text):
            rest = wording.text[match.end(1) :]
            found.append(Wording(f"How many {match[1]}{rest}", "own"))
    return found


def in_year(relation: RelationSpec, side: Side, year: int) -> list[Wording]:
    """Return questions for what was so in a year."""
    found = []
    for wording in questions(relation, side) + own_questions(relation, side):
        text = wording.text
        if not text.endswith("?") or (PLACE + "?" not in text and "," in text):
            continue
        for present, past in _PAST:
            text = text.replace(present, past) if text.startswith(present) else text
        found.append(Wording(f"{text[:-1]} in {year}?", wording.source))
    return found


def whether(template: str) -> list[str]:
    """Return questions whether what a template states is so.

    >>> whether("{subject} was born in {object}.")
    ['Is it true that {subject} was born in {object}?', 'Was {subject} born in {object}?']
    """
    statement = template.rstrip(". ")
    lower = statement if statement.startswith("{") else statement[:1].lower() + statement[1:]
    return [f"Is it true that {lower}?", *_turned(statement)]


def since_when(template: str) -> list[str]:
    """Return questions since when what a template states is so.

    >>> since_when("The mayor of {subject} is {object}.")
    ['Since when is {object} the mayor of {subject}?']
    """
    turned = _turned(template.rstrip(". "))
    return [f"Since when {text[:1].lower()}{text[1:]}" for text in turned]


def standing_for(relation: RelationSpec) -> list[Wording]:
    """Return words for the object of a relation by its subject: "the mayor of {x}"."""
    if apart := _phrases().get(relation.key):
        return [Wording(text, "apart") for text in apart]
    if found := _PHRASE.fullmatch(relation.template.rstrip(". ")):
        return [Wording(f"the {found[1]} {PLACE}", "own")]
    return []


def chosen(rng: random.Random, wordings: Sequence[Wording]) -> Wording | None:
    """Return one of the wordings; None where there is none."""
    return rng.choice(wordings) if wordings else None


def _turned(statement: str) -> list[str]:
    if found := _STATED.fullmatch(statement):
        return [f"{found[2].capitalize()} {found[1]} {found[3]}?"]
    if found := _OF_OBJECT.fullmatch(statement):
        return [f"{found[2].capitalize()} {found[3]} the {found[1]}?"]
    return []


@cache
def _apart() -> Mapping[tuple[str, Side], tuple[str, ...]]:
    found: dict[tuple[str, Side], list[str]] = defaultdict(list)
    for one in read_wordings():
        if one.apart and one.form in ("forward", "inverse"):
            found[one.key, one.known].append(one.text)
    return {label: tuple(texts) for label, texts in found.items()}


@cache
def _phrases() -> Mapping[str, tuple[str, ...]]:
    found: dict[str, list[str]] = defaultdict(list)
    for one in read_wordings():
        if one.apart and one.form == "phrase_forward":
            found[one.key].append(one.text)
    return {key: tuple(texts) for key, texts in found.items()}
