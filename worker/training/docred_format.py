"""Checks of DocRED objects: every fault is told by its place in the file and in plain words.

Places are written as in the file, ``vertexSet[2][0].pos``, and count from 0 as the format does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

_KINDS = {str: "a text", int: "a whole number", list: "a list", dict: "an object"}


class Malformed(ValueError):
    """A document is not in DocRED format; the text says where and how."""


def kind_of(value: object) -> str:
    """Return in words what a JSON value is."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true or false"
    return "a fraction" if isinstance(value, float) else _KINDS[type(value)]


def field(row: Mapping[str, Any], key: str, kind: type, place: str = "") -> Any:
    """Return a field that must be there, of exactly that type. Raises Malformed."""
    name = f"{place}.{key}" if place else key
    if key not in row:
        raise Malformed(f"{name} is missing")
    return typed(row[key], kind, name)


def typed(value: Any, kind: type, place: str) -> Any:
    """Return a value that must be of exactly that type. Raises Malformed."""
    if type(value) is not kind:
        raise Malformed(f"{place} is {kind_of(value)}, not {_KINDS[kind]}")
    if isinstance(value, str):
        _whole(value, place)
    return value


def tokens(row: Mapping[str, Any]) -> list[list[str]]:
    """Return the sentences of a document, each a list of words. Raises Malformed."""
    sentences: list[list[str]] = field(row, "sents", list)
    for i, sentence in enumerate(sentences):
        for j, token in enumerate(typed(sentence, list, f"sents[{i}]")):
            typed(token, str, f"sents[{i}][{j}]")
    return sentences


def mention(row: Any, place: str, sentences: Sequence[Sequence[str]]) -> tuple[int, int, int, str]:
    """Return (sentence, first word, word after the last, type). Raises Malformed."""
    typed(row, dict, place)
    number = field(row, "sent_id", int, place)
    if not 0 <= number < len(sentences):
        raise Malformed(f"{place}.sent_id is {number}, but there are {len(sentences)} sentences")
    pos = field(row, "pos", list, place)
    if [type(p) for p in pos] != [int, int]:
        raise Malformed(f"{place}.pos is not a list of two whole numbers")
    first, after = pos
    size = len(sentences[number])
    if not 0 <= first < after <= size:
        raise Malformed(f"{place}.pos {pos} is no range in sentence {number}, of {size} words")
    if not "".join(sentences[number][first:after]).strip():
        raise Malformed(f"{place}.pos {pos} covers no text in sentence {number}")
    return number, first, after, field(row, "type", str, place)


def label(row: Any, place: str, entities: int) -> tuple[int, str, int, tuple[int, ...]]:
    """Return (subject, property, object, evidence). Raises Malformed."""
    typed(row, dict, place)
    pair = []
    for key in ("h", "t"):
        number = field(row, key, int, place)
        if not 0 <= number < entities:
            raise Malformed(f"{place}.{key} names entity {number} of {entities}")
        pair.append(number)
    relation = field(row, "r", str, place)
    if not relation.strip():
        raise Malformed(f"{place}.r is empty")
    evidence = field(row, "evidence", list, place) if "evidence" in row else []
    for i, number in enumerate(evidence):
        typed(number, int, f"{place}.evidence[{i}]")
    return pair[0], relation, pair[1], tuple(evidence)


def _whole(text: str, place: str) -> None:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise Malformed(f"{place} holds half a character (a lone surrogate)") from None
