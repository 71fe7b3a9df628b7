"""Two things that a question names side by side: whether they are something of each other, and
which of them is meant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from worker.english.comparing import EACH_OTHER, EITHER, OR
from worker.english.verbs import verb_of
from worker.english.words import AUXILIARIES, FINITE_BE, WHAT
from worker.reading.items import Item
from worker.reading.kinship import kin_of
from worker.reading.question import Thing
from worker.reading.stems import named_by, stem
from worker.types import RelationSpec

_MOST_NOUNS = 2


def pair_at(items: Sequence[Item], at: int, joins: frozenset[str]) -> tuple[Item, Item] | None:
    """Return the two things of "X or Y" that begins at a place; None where none does."""
    three = items[at : at + 3] if at >= 0 else ()
    kinds = [item.kind for item in three]
    things = kinds == ["node", "word", "node"] and three[1].text in joins
    return (three[0], three[2]) if things else None


def of_each_other(items: Sequence[Item], relations: Sequence[RelationSpec]) -> list[Item] | None:
    """Return "is X the sibling of Y" for "are X and Y siblings", and "is X married to Y" for "are
    X and Y married"; None for other questions.

    Only kin, and relations that are the same both ways, are what two are of each other: two
    actors are none.
    """
    two = pair_at(items, 1, frozenset(["and"]))
    if two is None or items[0].text not in FINITE_BE:
        return None
    rest = [item for item in items[4:] if item.kind == "word" and item.text not in EACH_OTHER]
    if not 0 < len(rest) <= _MOST_NOUNS or any(item.kind == "node" for item in items[4:]):
        return None
    last = rest[-1]
    kin = kin_of(last.text) is not None and len(rest) == 1
    if not kin and not _same_both_ways(last.text, relations):
        return None
    put = last.end
    if (verb := verb_of(last.text)) is not None and verb[1] in ("both", "participle"):
        return [items[0], two[0], *rest, Item("word", "to", put, put), two[1]]
    the, of = Item("word", "the", rest[0].start, rest[0].start), Item("word", "of", put, put)
    return [items[0], two[0], the, *rest, of, two[1]]


def of_the_same(items: Sequence[Item]) -> tuple[list[Item], list[Item]] | None:
    """Return "which mother does X have" and the same of Y for "do X and Y have the same mother";
    None for other questions, and for the same number of something."""
    row = [item for item in items if item.kind != "mark"]
    two = pair_at(row, 1, frozenset(["and"]))
    texts = [item.text if item.kind == "word" else "" for item in row]
    if two is None or texts[0] not in AUXILIARIES or "same" not in texts[4:-1]:
        return None
    at = texts.index("same")
    noun = row[at + 1 :]
    verbs = row[4 : at - (texts[at - 1] == "the")]
    plain = verbs and "" not in (*texts[4:at], *texts[at + 1 :])
    if not plain or len(noun) > _MOST_NOUNS or noun[0].text == "number":
        return None
    which = Item("word", "which", row[0].start, row[0].start)
    first, second = ([which, *noun, row[0], one, *verbs] for one in two)
    return first, second


def _same_both_ways(word: str, relations: Sequence[RelationSpec]) -> bool:
    return any(
        stem(word) in named_by(one)
        for one in relations
        if one.inverse_name.casefold() == one.name.casefold()
    )


def one_of_two(items: Sequence[Item]) -> tuple[list[Item], tuple[Thing, ...]] | None:
    """Return "who was born in Z" and the two for "which of X and Y was born in Z" and for "who was
    born in Z, X or Y"; None for other questions."""
    row = [item for item in items if item.kind != "mark"]
    if not row or row[0].text not in WHAT:
        return None
    asking = row[0]
    if [item.text for item in row[1:2]] == ["of"]:
        two, rest = pair_at(row, 2, OR), row[5:]
        asking = replace(asking, text="who" if _are_people(two or ()) else "what")
    else:
        two, rest = pair_at(row, len(row) - 3, EITHER), row[1:-3]
    named = tuple(one.node for one in two or () if isinstance(one.node, Thing))
    if len(named) < 2 or not any(item.kind == "node" for item in rest):
        return None
    return [asking, *rest], named


def _are_people(things: Sequence[Item]) -> bool:
    return {one.type for one in things} == {"PER"}
