"""What has something in common with a thing: "films that share a director with X"."""

from __future__ import annotations

from collections.abc import Sequence

from worker.english.nouns import TYPES_BY_NOUN
from worker.english.words import ARTICLES, HAVE
from worker.reading.items import Item, nodes_at, phrase
from worker.reading.leftover import EMPTY
from worker.reading.parse import Parser
from worker.reading.question import Node, Option, Reached, Without

_SHARE = frozenset("share shares shared sharing".split())  # noqa: SIM905


def shared(items: Sequence[Item], parser: Parser) -> Node | None:
    """Return the set of what shares something with the one thing that is named, without it."""
    row = [item for item in items if item.kind != "mark"]
    nodes = nodes_at(row)
    if len(nodes) != 1 or row[nodes[0]].node is None:
        return None
    at = nodes[0]
    texts = [item.text for item in row]
    if _SHARE.intersection(texts[:at]) and texts[at - 1] == "with":
        start = next(number for number, text in enumerate(texts) if text in _SHARE) + 1
        return _same_noun(row, start, at, parser)
    if "same" in texts[:at] and texts[at - 1] == "as":
        same = texts.index("same")
        verb = texts[same - 2] if texts[same - 1] == "the" else texts[same - 1]
        if verb in HAVE | {"with"}:
            return _same_noun(row, same + 1, at, parser)
        return _same_place(row, same, at, parser)
    return None


def _same_noun(row: Sequence[Item], start: int, at: int, parser: Parser) -> Node | None:
    """ "share a director with X": what X has as its director, and what else has it."""
    nouns = [item for item in row[start : at - 1] if item.text not in ARTICLES | {"same"}]
    before = [item.text for item in row[: start - 1]]
    if not nouns or not all(
        word in EMPTY or word in TYPES_BY_NOUN or word == "same" for word in before
    ):
        return None
    words = [_word("the", nouns[0]), *nouns, _word("of", nouns[-1]), row[at]]
    found = _step(words, parser)
    return None if found is None else _back_from(row[at], found, known="subject")


def _same_place(row: Sequence[Item], same: int, at: int, parser: Parser) -> Node | None:
    """ "born in the same city as X": where X was born, and who else was born there."""
    start = same - 1 if row[same - 1].text == "the" else same
    noun = row[same + 1 : at - 1]
    types = TYPES_BY_NOUN.get(noun[-1].text, frozenset()) if noun else frozenset()
    if len(noun) != 1 or len(types) != 1:
        return None
    stand_in = Item(
        "node", noun[0].text, row[at].start, row[at].end, row[at].node, next(iter(types))
    )
    found = _step([*row[:start], stand_in], parser)
    return None if found is None else _back_from(row[at], found, known="object")


def _word(text: str, near: Item) -> Item:
    return Item("word", text, near.start, near.start)


def _step(words: Sequence[Item], parser: Parser) -> tuple[Option, ...] | None:
    at = nodes_at(words)[0]
    asked = phrase(words, at, parser.ranker.mask(words[at].type))
    found = parser.step(words, at, asked)
    return found[0][:1] if found is not None else None


def _back_from(one: Item, options: tuple[Option, ...], *, known: str) -> Node | None:
    """Return what has the same value of a relation as a thing, without the thing."""
    assert one.node is not None
    relation = options[0].relation
    forward = Option(relation, "subject", options[0].score)
    back = Option(relation, "object", options[0].score)
    if options[0].known != known:
        forward, back = back, forward
    middle = Reached(one.node, (forward,))
    return Without(Reached(middle, (back,)), (one.node,))
