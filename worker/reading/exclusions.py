"""What a question leaves out of a set: "except X", "X aside", "without the Keanes"."""

from __future__ import annotations

from collections.abc import Iterator

from worker.english.comparing import BESIDES, CUES_OF_REST, LEAVING_OUT
from worker.english.nouns import TYPES_BY_NOUN
from worker.english.words import EMPTY, EXCEPTING, FINITE_BE, NEGATIONS
from worker.reading.chains import Chain
from worker.reading.linked import Linked
from worker.reading.operators import Frame
from worker.reading.question import Node, Thing, Without

_PART_OF_NAME = 3  # letters of a word that calls somebody


def left_out(
    one: Chain, linked: Linked, frame: Frame
) -> Iterator[tuple[Node, frozenset[int], frozenset[int]]]:
    """Yield a set without the things that the question excepts, the places of the words that say
    so, and the names that are used."""
    cue = excepting(linked, frame) | linked.places(BESIDES) | _is_not(linked)
    if not cue:
        return
    words = cue | linked.places(CUES_OF_REST)
    if out := _named(one, linked, frame):
        yield Without(one.node, tuple(out.values())), words, one.things | out.keys()
    elif called := _called(one, linked):
        yield Without(one.node, tuple(called.values())), words | called.keys(), one.things


def excepting(linked: Linked, frame: Frame) -> frozenset[int]:
    """Return the places of the words that leave something out: "except", "other than"."""
    return frame.places("excluded", linked.items) | linked.places(EXCEPTING | LEAVING_OUT)


def _is_not(linked: Linked) -> frozenset[int]:
    """Return where a "not" says which of a set is not meant: "the one that isn't X"."""
    texts = linked.texts
    return frozenset(
        at - 1
        for at in linked.name_places
        if at > 1 and texts[at - 1] in NEGATIONS and texts[at - 2] in FINITE_BE
    )


def _named(one: Chain, linked: Linked, frame: Frame) -> dict[int, Thing]:
    """Return the things of a set that words except, by number; where these words are not known,
    those that nothing else in the question has a use for."""
    there = {
        number: thing
        for number, thing in enumerate(linked.things)
        if one.ids.intersection(entity.id for entity in thing.entities)
    }
    named = {number: thing for number, thing in there.items() if thing in frame.excluded}
    return named or {n: thing for n, thing in there.items() if n not in one.things}


def _called(one: Chain, linked: Linked) -> dict[int, Thing]:
    """Return those of a set that a word of the question calls by a part of their name, by its
    place; not where that is all of them."""
    found: dict[int, Thing] = {}
    for at, text in enumerate(linked.texts):
        if len(text) < _PART_OF_NAME or text in EMPTY or text in TYPES_BY_NOUN:
            continue
        called = tuple(end for end in one.ends if _is_part(text, end.name))
        if 0 < len(called) < len(one.ends):
            found[at] = Thing(called, text)
    return found


def _is_part(word: str, name: str) -> bool:
    """Tell whether a word is one of a name of several, or the plural of one."""
    parts = name.casefold().split()
    one = {word, word.removesuffix("s"), word.removesuffix("es")}
    return len(parts) > 1 and not one.isdisjoint(parts)
