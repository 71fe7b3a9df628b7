"""What the words of a phrase cost under a relation: nothing where it goes by them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise, takewhile

from worker.english.names import LEGAL_FORMS
from worker.english.nouns import KIND_MODIFIERS, SAYS_MORE, TYPES_BY_NOUN, noun_fits
from worker.english.words import (
    ARTICLES,
    BE,
    CONJUNCTIONS,
    EMPTY,
    NEVER_SPOKEN,
    OF_ANY,
    OPERATORS,
    is_kin_of_kin,
)
from worker.reading.items import Item
from worker.reading.question import Option, Thing
from worker.reading.stems import is_named, named_by, spoken_by, stem
from worker.types import RelationSpec

_SPOKEN = 0.2  # a word that the relation's sentence and questions have, but not its names
_KIND = 0.05  # a word for the kind of thing that is met
_MISTYPED = 0.4
_HEAD = 0.35  # a noun that may well be a step of its own
SLACK = _SPOKEN  # relations that cost so much more than the best are not meant
MOST_CARRIED = 2


@dataclass(frozen=True)
class Costs:
    """The cost of a phrase but for the words that nothing but the encoder may account for."""

    cost: float
    carried: tuple[str, ...]


def costs_of(inside: Sequence[Item], at: int, option: Option) -> Costs | None:
    """Return what a phrase about the thing at ``at`` costs under a relation; None where it cannot
    be asked for in these words or of such a thing."""
    here, there = option.relation.subject_types, option.relation.object_types
    if option.known == "object":
        here, there = there, here
    if not _is_one_step(inside, at, option, there):
        return None
    one = inside[at]
    cost = _HEAD * _heads(inside, at, option.relation)
    if one.type and here and one.type not in here:
        if not isinstance(one.node, Thing):
            return None
        cost += _MISTYPED
    carried: list[str] = []
    for number, item in enumerate(inside):
        if item.kind != "word":
            continue
        if item.text in CONJUNCTIONS and not _joins_nouns(inside, number):
            return None
        found = _operator_cost(item.text, option.relation)
        if found is None:
            found = _word_cost(inside, number, at, option.relation, there)
        if found is None:
            if not _may_be_carried(item.text):
                return None
            carried.append(item.text)
        else:
            cost += found
    return Costs(cost, tuple(carried)) if len(carried) <= MOST_CARRIED else None


def _is_one_step(inside: Sequence[Item], at: int, option: Option, there: Sequence[str]) -> bool:
    """Tell whether a phrase can be asked for in one step along a relation."""
    whose = any(item.kind == "word" and item.text == "whose" for item in inside[1:])
    if whose or _says_twice(inside) or _chained(inside, at, option.relation):
        return False
    return not _asks_for_other(inside, there) and not _asks_for_known(inside, option, there)


def _says_twice(inside: Sequence[Item]) -> bool:
    """Tell whether a word that counts stands twice, as in "the father of the father of X": one
    step accounts for it once."""
    told = [item.text for item in inside if item.kind == "word" and item.text not in EMPTY]
    return len(set(told)) < len(told)


def _asks_for_other(inside: Sequence[Item], there: Sequence[str]) -> bool:
    """Tell whether the word that asks cannot be answered by things of these types: "who" by a
    film, "where is the club ..." by the club."""
    texts = [item.text if item.kind == "word" else "" for item in inside]
    if not there or not texts[0]:
        return False
    if texts[0] in ("who", "whom"):
        return not {"PER", "ORG", "MISC"}.intersection(there) or tuple(there) == ("MISC",)
    if texts[0] != "where" or texts[1] not in BE or texts[2] not in ARTICLES:
        return False
    nouns = takewhile(lambda text: text and text not in EMPTY, texts[3:])
    kinds = [TYPES_BY_NOUN[noun] for noun in nouns if noun in TYPES_BY_NOUN]
    return bool(kinds) and "LOC" not in kinds[-1]


def _asks_for_known(inside: Sequence[Item], option: Option, there: Sequence[str]) -> bool:
    """Tell whether the noun that is asked for is the relation's own and of the side that is known:
    "which national team has X?" asks for no player of X."""
    if option.known == "subject" or inside[0].text not in OF_ANY:
        return False
    words = [item.text if item.kind == "word" else "" for item in inside[1:]]
    nouns = list(takewhile(lambda text: text and text not in EMPTY - ARTICLES, words))
    head = nouns[-1] if nouns else ""
    own = head and stem(head) == stem(option.relation.name.split()[-1].casefold())
    return bool(own and there and not noun_fits(head, frozenset(there)))


def _chained(inside: Sequence[Item], at: int, relation: RelationSpec) -> bool:
    """Tell whether a phrase goes the way of a relation more than once: "X's son's son", "the
    spouse of the husband of X". A name with "of" in it is one word: "place of birth"."""
    names = named_by(relation)
    heads = [
        number
        for number, one in enumerate(inside)
        if one.kind == "word" and one.text not in EMPTY and stem(one.text) in names
        if at - number != 1  # "the film X"
    ]
    return any(
        _links(inside[one + 1 : other])
        and not is_named(_without_name(inside[one : other + 1]), relation)
        for one, other in pairwise(heads)
    )


def _links(between: Sequence[Item]) -> bool:
    """Tell whether one noun is had by the next: "of the", "'s", "of X's"."""
    words = [item.text for item in between if item.kind != "node" and item.text not in ARTICLES]
    return words in (["of"], ["'s"], ["of", "'s"])


def _without_name(inside: Sequence[Item]) -> str:
    return " ".join(item.text for item in inside if item.kind == "word")


def _may_be_carried(word: str) -> bool:
    return word not in OPERATORS and not is_kin_of_kin(word) and not word[0].isdigit()


def _operator_cost(word: str, relation: RelationSpec) -> float | None:
    """Return what a word costs that may be an operator; None for one that is none, or that the
    relation does not account for."""
    if word not in OPERATORS or word in NEVER_SPOKEN or is_kin_of_kin(word):
        return None
    return _SPOKEN if stem(word) in spoken_by(relation) else None


def _word_cost(
    inside: Sequence[Item], number: int, at: int, relation: RelationSpec, there: Sequence[str]
) -> float | None:
    """Return what a word that is no operator costs; None where nothing accounts for it."""
    word = inside[number].text
    if not _may_be_carried(word):
        return None
    if stem(word) in named_by(relation) or word in EMPTY or word in LEGAL_FORMS:
        return 0.0
    before = inside[number - 1].text if number else ""
    kind = noun_fits(word, frozenset(there) or frozenset({""}))
    if kind and (word not in SAYS_MORE or before in OF_ANY):
        return _KIND
    if _is_apposition(inside, number, at):
        return 0.0
    if stem(word) in spoken_by(relation):
        return _SPOKEN
    return _KIND if word in KIND_MODIFIERS else None


def _is_apposition(inside: Sequence[Item], number: int, at: int) -> bool:
    """Tell whether a noun before a name says what the name is: "the film X"."""
    word, type_ = inside[number].text, inside[at].type
    return 0 < at - number <= 2 and word in TYPES_BY_NOUN and noun_fits(word, frozenset({type_}))


def _heads(inside: Sequence[Item], at: int, relation: RelationSpec) -> int:
    """Return how many nouns beyond the first say what is asked for: in "In which country is the
    town where X was born?" the town is a step of its own. A list of nouns is one."""
    names = named_by(relation)
    groups = 0
    last = -1
    for number, item in enumerate(inside):
        noun = item.kind == "word" and item.text in TYPES_BY_NOUN and stem(item.text) not in names
        if not noun or abs(at - number) == 1:  # "the film X", "X plays"
            continue
        between = {one.text for one in inside[last + 1 : number]}
        if last < 0 or not between <= {"or", ",", "and", "a", "an"}:
            groups += 1
        last = number
    return max(0, groups - 1)


def _joins_nouns(inside: Sequence[Item], at: int) -> bool:
    """Tell whether "or" joins two nouns for one thing: "which river or lake"."""
    beside = [inside[i].text for i in (at - 1, at + 1) if 0 <= i < len(inside)]
    return inside[at].text == "or" and any(word in TYPES_BY_NOUN for word in beside)
