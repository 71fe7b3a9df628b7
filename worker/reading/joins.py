"""Questions about two things at once: "both X and Y", "players of X from Y", "born in X and Y"."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence, Set
from typing import TYPE_CHECKING

from worker.english.nouns import TYPES_BY_NOUN
from worker.english.words import (
    ARTICLES,
    CONJUNCTIONS,
    EMPTY,
    OF_ANY,
    PREPOSITIONS,
    QUESTION_WORDS,
    RELATIVES,
    TOGETHER,
)
from worker.reading.items import Item, nodes_at, says_little
from worker.reading.parsed import Parsed
from worker.reading.question import AllOf, AnyOf, Node, Thing, Without, options_in
from worker.reading.spans import words_in

if TYPE_CHECKING:
    from worker.reading.parse import Parser

_ASKING = QUESTION_WORDS | OF_ANY | {"please", "tell", "me", "give", "show"}


def coordinated(parser: Parser, items: Sequence[Item], nodes: Sequence[int]) -> Iterator[Parsed]:
    """ "both X and Y", "either X or Y": the same of each."""
    joiner = _joiner(items, nodes)
    if joiner is None:
        return
    marks = TOGETHER | {"either"}
    rest = [item for item in items[: nodes[0]] if item.text not in marks]
    after = [item for item in items[nodes[-1] + 1 :] if item.text not in marks]
    rows = [[*rest, items[at], *after] for at in nodes]
    each = [next(parser.final(one), None) for one in rows]
    found = [one for one in each if one is not None]
    if len(found) == len(nodes):
        target = joiner(tuple(one.target for one in found))
        yield Parsed(target, sum(one.cost for one in found), found[0].type)


def restricted(parser: Parser, items: Sequence[Item], nodes: Sequence[int]) -> Iterator[Parsed]:
    """ "Which PLAYERS OF X are from Y?": what is in a set and has something more."""
    first = nodes[0]
    if len(nodes) != 2 or isinstance(items[first].node, Thing):
        return
    if any(not says_little(item) for item in items[:first]):
        return
    made = _conditioned(parser, items[first], items[first + 1 :])
    if made is not None:
        yield made


def _conditioned(parser: Parser, one: Item, rest: Sequence[Item]) -> Parsed | None:
    """Return the part of a set for which the words after it hold."""
    negated = any(item.text in ("not", "n't", "never") for item in rest)
    kept = [item for item in rest if item.text not in ("not", "n't", "never")]
    if kept and kept[0].text in RELATIVES:
        kept = kept[1:]
    if len(nodes_at(kept)) != 1 or one.node is None:
        return None
    found = _asked_of(parser, one, kept)
    if found is None:
        return None
    if negated:
        no = words_in([item for item in rest if item not in kept])
        target: Node = Without(one.node, (found.target,), stated=True, spans=no)
    else:
        target = AllOf((one.node, found.target))
    return Parsed(target, found.cost, one.type)


def _asked_of(parser: Parser, one: Item, kept: Sequence[Item]) -> Parsed | None:
    """Return what words after a set ask for: "who is from Y", else "which player is from Y"."""
    noun = next((word for word in one.text.split()[:3] if word in TYPES_BY_NOUN), "")
    first: Parsed | None = None
    for words in (("who" if one.type == "PER" else "what",), ("which", noun)):
        row = [*(Item("word", word, one.start, one.end) for word in words if word), *kept]
        for found in parser.about_one(row, nodes_at(row)[0], telling=True):
            if any(option.relation.used for option in options_in(found.target)):
                return found
            first = first or found
    return first


def joined(parser: Parser, items: Sequence[Item], nodes: Sequence[int]) -> Iterator[Parsed]:
    """ "Who plays for X and comes from Y?", "Which films did A direct and B star in?"."""
    head = _head(items)
    for at in range(nodes[0] + 1, len(items) - 1):
        cuts = items[at].text in CONJUNCTIONS
        if not cuts and not (items[at - 1].kind == "node" and items[at].text in RELATIVES):
            continue
        left, right = items[:at], [*items[:head], *_clause_after(items[at + cuts :])]
        if not nodes_at(left) or not nodes_at(right[head:]):
            continue
        if not tells(left) or not tells(right[head:]):
            continue
        for one in parser.final(left):
            for other in parser.final(right):
                target = AllOf((one.target, other.target))
                yield Parsed(target, one.cost + other.cost, one.type)
                return


def both_phrases(parser: Parser, items: Sequence[Item], nodes: Sequence[int]) -> Iterator[Parsed]:
    """ "Who plays as a keeper for X?": two phrases with a preposition that both hold."""
    if len(nodes) != 2:
        return
    start, end = _phrase_before(items, nodes[0]), nodes[0] + 1
    places = all(items[at].type == "LOC" for at in nodes)
    if start < 1 or places or items[end].text == "of" or items[end].text not in PREPOSITIONS:
        return
    for one in parser.final(items[:end]):
        for head in (start, _head(items)):
            for other in parser.final([*items[:head], *items[end:]]):
                target = AllOf((one.target, other.target))
                yield Parsed(target, one.cost + other.cost, one.type)
                return


def _phrase_before(items: Sequence[Item], at: int) -> int:
    """Return where the preposition stands that leads to a thing, -1 without one."""
    link = at - 1
    while link > 0 and (items[link].text in ARTICLES or items[link].text in TYPES_BY_NOUN):
        link -= 1
    return link if items[link].kind == "word" and items[link].text in PREPOSITIONS else -1


def _joiner(
    items: Sequence[Item], nodes: Sequence[int]
) -> Callable[[tuple[Node, ...]], Node] | None:
    """Return what "both X and Y" or "either X or Y" makes of the two; None for other words."""
    if len(nodes) != 2:
        return None
    between = [item.text for item in items[nodes[0] + 1 : nodes[-1]]]
    plain = [word for word in between if word not in EMPTY or word in CONJUNCTIONS]
    if plain == ["and"] and TOGETHER.intersection(item.text for item in items):
        return AllOf
    return AnyOf if plain == ["or"] else None


def tells(items: Sequence[Item]) -> bool:
    """Tell whether a clause has a word that says what is asked of its thing."""
    return any(item.text == "from" or not says_little(item) for item in items)


def _head(items: Sequence[Item]) -> int:
    """Return where the words end that say what is asked for: "Which film", "Who"."""
    at = 0
    while _is_word(items, at, _ASKING):
        at += 1
    if at and items[at - 1].text in OF_ANY:
        while _is_word(items, at, TYPES_BY_NOUN.keys()):
            at += 1
    return at


def _is_word(items: Sequence[Item], at: int, among: Set[str]) -> bool:
    return at < len(items) and items[at].kind == "word" and items[at].text in among


def _clause_after(items: Sequence[Item]) -> list[Item]:
    """Return a clause without the word that joins it to its noun."""
    return list(items[1:]) if items and items[0].text in RELATIVES | {"also"} else list(items)
