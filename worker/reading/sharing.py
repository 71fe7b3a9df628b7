"""Sets that are told by what they have in common with a thing, or by a bare noun beside it:
"films that share a director with X", "films whose writers also wrote X", "the X actors"."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from worker.english.nouns import TYPES_BY_NOUN
from worker.english.words import (
    ARTICLES,
    AUXILIARIES,
    BE,
    DETERMINERS,
    EMPTY,
    HAVE,
    PREPOSITIONS,
    RELATIVES,
    TOGETHER,
    WHAT,
)
from worker.reading.items import Item, nodes_at, phrase
from worker.reading.question import Node, Option, Reached, Without
from worker.reading.stems import named_by, stem
from worker.types import OPPOSITE, Side

if TYPE_CHECKING:
    from worker.reading.parse import Parser

_SHARE = frozenset("share shares shared sharing".split())  # noqa: SIM905
_HAVE = HAVE | {"with"}
_LONGEST = 4  # words between what is shared and the thing


@dataclass(frozen=True)
class Shared:
    """Items ``[start, end)`` stand for a set; ``between`` are words of the outer question there."""

    start: int
    end: int
    node: Node
    type: str
    cost: float
    between: tuple[Item, ...] = ()


def shared_sets(items: Sequence[Item], parser: Parser) -> Iterator[Shared]:
    """Yield the sets that are told by what they share with a thing, or by a noun after it."""
    if (turned := _turned(items)) is not None:
        at = len(turned) - 1
        for one in (_together(turned, at, parser), _same_place(turned, at, parser)):
            if one is not None:
                yield replace(one, start=0, end=len(items))
    for at in nodes_at(items):
        if items[at].node is None:
            continue
        for one in (
            _in_common(items, at, parser),
            _same_place(items, at, parser),
            _whose(items, at, parser),
            _noun_after(items, at, parser),
            _verb_after(items, at, parser),
            _together(items, at, parser),
        ):
            if one is not None:
                yield one


def _turned(items: Sequence[Item]) -> list[Item] | None:
    """Return "X acted together with who?" as "who acted together with X"."""
    row = [item for item in items if item.kind != "mark"]
    nodes = nodes_at(row)
    if len(nodes) != 1 or [item.text for item in row[-2:]] not in (
        ["with", "who"],
        ["with", "whom"],
    ):
        return None
    at = nodes[0]
    if any(_text(row, number) not in TYPES_BY_NOUN.keys() | ARTICLES for number in range(at)):
        return None
    return [row[-1], *row[at + 1 : -1], row[at]]


def _text(items: Sequence[Item], at: int) -> str:
    return items[at].text if 0 <= at < len(items) and items[at].kind == "word" else ""


def _described(items: Sequence[Item], at: int) -> int:
    """Return where what stands before a thing and says what it is begins: "the film X"."""
    while at > 0 and (_text(items, at - 1) in ARTICLES or _text(items, at - 1) in TYPES_BY_NOUN):
        at -= 1
    return at


def _in_common(items: Sequence[Item], at: int, parser: Parser) -> Shared | None:
    """ "films that share a director with X", "films directed by the same director as X": what X
    has as its director, and what else has it."""
    link = _described(items, at) - 1
    texts = [_text(items, number) for number in range(link)]
    if _text(items, link) not in ("with", "as", "of", "that"):
        return None
    marks = [number for number, text in enumerate(texts) if text == "same" or text in _SHARE]
    if not marks or link - marks[-1] - 1 > _LONGEST:
        return None
    nouns = [one for one in items[marks[-1] + 1 : link] if one.text not in ARTICLES]
    if not nouns or not all(one.kind == "word" for one in nouns):
        return None
    found = _step([_word("the", nouns[0]), *nouns, _word("of", nouns[-1]), items[at]], parser)
    start = _noun_before(items, marks[0], found)
    if found is None or start < 0:
        return None
    option = found[0][0]
    return _others(items, start, at, _back_from(items[at], option, option.known), found[1])


def _noun_before(
    items: Sequence[Item], mark: int, found: tuple[tuple[Option, ...], float] | None
) -> int:
    """Return where the noun begins that shares something; what stands between it and the word
    for sharing may only be a verb of the relation. -1 where there is none."""
    at = mark - 1
    while at >= 0 and items[at].kind == "word" and _text(items, at) not in TYPES_BY_NOUN:
        text = _text(items, at)
        verb = found is not None and any(stem(text) in named_by(o.relation) for o in found[0])
        if text not in ARTICLES | AUXILIARIES | RELATIVES | PREPOSITIONS | _HAVE and not verb:
            return -1
        at -= 1
    if at < 0 or items[at].kind != "word":
        return -1
    return at - 1 if _text(items, at - 1) in DETERMINERS else at


def _others(items: Sequence[Item], start: int, at: int, node: Node, cost: float) -> Shared:
    noun = next((one.text for one in items[start : start + 2] if one.text in TYPES_BY_NOUN), "")
    types = TYPES_BY_NOUN.get(noun, frozenset())
    return Shared(start, at + 1, node, next(iter(types)) if len(types) == 1 else "", cost + 0.2)


def _same_place(items: Sequence[Item], at: int, parser: Parser) -> Shared | None:
    """ "born in the same city as X": where X was born, and who else was born there."""
    texts = [_text(items, number) for number in range(at)]
    if "same" not in texts or texts[-1] not in ("as", "with"):
        return None
    same = texts.index("same")
    start = same - 1 if texts[same - 1] == "the" else same
    noun = items[same + 1 : at - 1]
    types = TYPES_BY_NOUN.get(noun[-1].text, frozenset()) if noun else frozenset()
    if len(noun) != 1 or len(types) != 1:
        return None
    if nodes_at(items[:at]):
        return None
    stand_in = Item(
        "node", noun[0].text, items[at].start, items[at].end, items[at].node, next(iter(types))
    )
    found = _step([*items[:start], stand_in], parser)
    if found is None:
        return None
    there = OPPOSITE[found[0][0].known]
    node = _back_from(items[at], found[0][0], there)
    return Shared(0, at + 1, node, items[at].type, found[1] + 0.2)


def _whose(items: Sequence[Item], at: int, parser: Parser) -> Shared | None:
    """ "films whose directors also directed X": whoever directed X, and what they directed. A verb
    of the question may stand before the clause: "when did the films come out whose ..."."""
    whose = next((n for n in range(at - 1, 0, -1) if _text(items, n) == "whose"), -1)
    if whose < 0 or at - whose < 3:
        return None
    noun = _noun_of(items, whose)
    if noun < 0:
        return None
    had = items[whose + 1]
    also = any(one.text == "also" for one in items[whose:at])
    verb = [one for one in items[whose + 2 : at] if one.text != "also"]
    inner = _step([Item("word", "who", had.start, had.start), *verb, items[at]], parser)
    outer = _step([_word("the", had), had, _word("of", had), items[at]], parser)
    if inner is None or outer is None:
        return None
    if outer[0][0].known != "subject":
        return None
    turned = Option(outer[0][0].relation, "object", outer[0][0].score)
    reached: Node = Reached(Reached(_of(items[at]), inner[0][:1]), (turned,))
    if also:
        reached = Without(reached, (_of(items[at]),), implied=True)
    start = noun - 1 if _text(items, noun - 1) in DETERMINERS else noun
    made = _others(items, start, at, reached, inner[1] + outer[1] - 0.2)
    return Shared(
        made.start, made.end, made.node, made.type, made.cost, tuple(items[noun + 1 : whose])
    )


def _noun_of(items: Sequence[Item], whose: int) -> int:
    """Return where the noun stands that a clause with "whose" belongs to, -1 without one."""
    near = range(whose - 1, max(-1, whose - 4), -1)
    return next((at for at in near if _text(items, at) in TYPES_BY_NOUN), -1)


def _noun_after(items: Sequence[Item], at: int, parser: Parser) -> Shared | None:
    """ "the X actors", "by X writers": what "the actors of X" means."""
    noun = _text(items, at + 1)
    before = _text(items, at - 1)
    follows = _text(items, at + 2)
    verb = follows.endswith("s") and not noun.endswith("s")  # "footballer plays"
    if noun not in TYPES_BY_NOUN or before not in _OPENING:
        return None
    if follows in TYPES_BY_NOUN and not verb:
        return None
    start = at - 1 if before in ARTICLES else at
    if _text(items, start - 1) in ARTICLES:  # "the The Man director"
        start -= 1
    near = items[at + 1]
    types = TYPES_BY_NOUN[noun]
    if items[at].type == "LOC" and types == {"PER"}:
        people = _from(items[at], noun, parser)
        return Shared(start, at + 2, people, "PER", 0.4) if people is not None else None
    found = _step([_word("the", near), near, _word("of", near), items[at]], parser)
    if found is None:
        return None
    node = Reached(_of(items[at]), found[0])
    type_ = next(iter(types)) if len(types) == 1 else ""
    return Shared(start, at + 2, node, type_, found[1] + 0.1)


def _from(place: Item, noun: str, parser: Parser) -> Node | None:
    """Return who is from a place: "the Norway players"."""
    if (people := parser.from_place(_of(place), "PER")) is not None:
        return people
    found = _step([*(_word(text, place) for text in ("a", noun, "from")), place], parser)
    if found is None or not found[0][0].relation.used:
        return None
    return Reached(_of(place), found[0])


_OPENING = ARTICLES | PREPOSITIONS | WHAT | BE | {"", "all"}


def _verb_after(items: Sequence[Item], at: int, parser: Parser) -> Shared | None:
    """ "X directed films": the films directed by X."""
    verb, noun = _text(items, at + 1), _text(items, at + 2)
    if noun not in TYPES_BY_NOUN or not noun.endswith("s") or not verb.endswith(("ed", "en")):
        return None
    if _text(items, at - 1) not in PREPOSITIONS | DETERMINERS:
        return None
    near = items[at + 2]
    row = [_word("the", near), near, items[at + 1], _word("by", near), items[at]]
    found = _step(row, parser)
    if found is None:
        return None
    types = TYPES_BY_NOUN[noun]
    type_ = next(iter(types)) if len(types) == 1 else ""
    return Shared(at, at + 3, Reached(_of(items[at]), found[0]), type_, found[1] + 0.1)


def _together(items: Sequence[Item], at: int, parser: Parser) -> Shared | None:
    """ "who co-directed films with X", "who acted together with X", "the co-writers of X": others
    who are to the same things what X is to them."""
    marks = [n for n in range(at) if _text(items, n).startswith("co-") or _is_together(items, n)]
    link = _described(items, at) - 1
    if not marks or _text(items, link) not in ("with", "of", "as"):
        return None
    mark = marks[-1]
    start = _first_of_clause(items, mark)
    verb = _verb_among(items[start:link], items[mark].start)
    if verb is None:
        return None
    row = [_word("what", verb), _word("has", verb), items[at], verb]
    found = _step(row, parser) or _step([*row, _word("in", row[0])], parser)
    if found is None:
        return None
    node = _back_from(items[at], found[0][0], found[0][0].known)
    return Shared(start, at + 1, node, items[at].type, found[1] + 0.2)


def _verb_among(row: Sequence[Item], first: int) -> Item | None:
    """Return the one word of a row that says what is done together, without its "co-"; None where
    there are several."""
    words = [
        Item(one.kind, one.text.removeprefix("co-"), one.start, one.end)
        for one in row
        if one.kind == "word" and one.text not in EMPTY and one.text not in TOGETHER
    ]
    verbs = [one for one in words if one.text not in TYPES_BY_NOUN or one.start == first]
    return verbs[0] if len(verbs) == 1 and len(words) <= 3 else None


def _is_together(items: Sequence[Item], at: int) -> bool:
    return _text(items, at) == "together" and _text(items, at + 1) == "with"


def _first_of_clause(items: Sequence[Item], mark: int) -> int:
    """Return where the noun or the words for asking begin whose verb stands at ``mark``."""
    start = mark
    stops = WHAT | BE | ARTICLES | RELATIVES
    while start > 0 and items[start - 1].kind == "word" and items[start - 1].text not in stops:
        start -= 1
    return start


def _of(item: Item) -> Node:
    assert item.node is not None
    return item.node


def _word(text: str, near: Item) -> Item:
    return Item("word", text, near.start, near.start)


def _step(words: Sequence[Item], parser: Parser) -> tuple[tuple[Option, ...], float] | None:
    at = nodes_at(words)[-1]
    asked = phrase(words, at, parser.ranker.mask(words[at].type))
    return parser.step(words, at, asked)


def _back_from(one: Item, option: Option, side: Side) -> Node:
    """Return what has the same value of a relation as a thing, which stands on its ``side``,
    without the thing."""
    there = OPPOSITE[side]
    middle = Reached(_of(one), (Option(option.relation, side, option.score),))
    others = Reached(middle, (Option(option.relation, there, option.score),))
    return Without(others, (_of(one),))
