"""From words and names to sets: the readings of a question that account for all of it.

The search goes from the names outwards. A stretch such as "the director of X" that some relation
accounts for becomes a set of its own, until what is left is a question about sets. The reading
that needs the least is taken: few steps, each in words that its relation goes by.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Sequence, Set
from dataclasses import dataclass, replace
from itertools import count
from typing import Protocol

from worker.english.nouns import TYPES_BY_NOUN
from worker.english.words import (
    ARTICLES,
    BE,
    CONJUNCTIONS,
    HAVE,
    OF_ANY,
    OPERATORS,
    PREPOSITIONS,
    QUESTION_WORDS,
    RELATIVES,
    TOGETHER,
    WHAT,
)
from worker.reading.costs import SLACK, costs_of
from worker.reading.items import Item, Phrase, nodes_at, phrase, put
from worker.reading.kinship import kin_node, kin_of
from worker.reading.leftover import EMPTY
from worker.reading.phrases import Stretch, stretches
from worker.reading.question import (
    MOST_STEPS,
    AllOf,
    AnyOf,
    Node,
    Option,
    Reached,
    Thing,
    Without,
    steps_in,
)
from worker.reading.spans import after_head, words_in
from worker.types import RelationSpec

_STEP = 0.3  # what a step costs
_KIN = 0.2  # a step of kinship, which may be recorded from either side
_SET = 0.02  # a question that is read whole goes before one that is read in parts
_CARRIED = 0.35  # a word that only the encoder ties to the relation
_RANK = 0.04  # for each point of score below the best relation
_FROM = ("P27", "P19", "P551", "P495", "P17", "P159", "P740")  # where somebody or something is from
_COMES = BE | {"comes", "come", "came", "hails", "from"}
_MOST_STATES = 60
_MOST_READINGS = 4
_LEAST = 0.2  # that any further step costs
SLACK_WHERE_UNKNOWN = 0.45  # by which a reading may cost more than the cheapest and still be tried

_ASKING = QUESTION_WORDS | OF_ANY | {"please", "tell", "me", "give", "show"}


class Ranker(Protocol):
    """Finds the relations that words may mean."""

    @property
    def relations(self) -> Sequence[RelationSpec]: ...

    def mask(self, type_: str) -> str:
        """Return the words that stand for a thing of a type."""
        ...

    def prepare(self, phrases: Sequence[Phrase]) -> None:
        """Take note of what will be asked for, so that it is encoded in one go."""
        ...

    def options(self, asked: Phrase) -> Sequence[Option]:
        """Return the relations that a phrase may ask for of its thing, best first."""
        ...

    def carries(self, asked: Phrase, word: str, option: Option) -> bool:
        """Tell whether a relation is found because of a word of the phrase."""
        ...


@dataclass(frozen=True)
class Parsed:
    """A reading of the words of a question; ``left`` are those that it does not account for."""

    target: Node
    cost: float
    type: str = ""
    among: Node | None = None
    left: tuple[str, ...] = ()


@dataclass(frozen=True)
class _State:
    items: tuple[Item, ...]
    cost: float


class Parser:
    """Reads one row of items."""

    def __init__(self, ranker: Ranker) -> None:
        self.ranker = ranker
        self._names = frozenset(
            name.casefold() for r in ranker.relations for name in (r.name, *r.aliases)
        )
        self.nearest: Parsed | None = None  # the reading that leaves the fewest words over

    def readings(
        self, items: Sequence[Item], *, whether: bool = False, slack: float = 0.0
    ) -> list[Parsed]:
        """Return the complete readings that cost no more than the cheapest and ``slack``, the
        cheapest first."""
        found: list[Parsed] = []
        tie = count()
        queue = [(0.0, next(tie), _State(tuple(items), 0.0))]
        seen = set()
        for _ in range(_MOST_STATES):
            if not queue:
                break
            cost, _, state = heapq.heappop(queue)
            if found and cost + _SET > found[0].cost + slack:
                break
            if (key := _key(state.items)) in seen:
                continue
            seen.add(key)
            for parsed in self._complete(state, whether):
                found.append(replace(parsed, cost=parsed.cost + state.cost))
            found.sort(key=lambda one: one.cost)
            if found and cost + _LEAST > found[0].cost + slack:
                continue
            for further in self._reduced(state):
                heapq.heappush(queue, (further.cost, next(tie), further))
        least = found[0].cost if found else 0.0
        return [one for one in found if one.cost <= least + slack][:_MOST_READINGS]

    def nests(self, items: Sequence[Item]) -> bool:
        """Tell whether a question may name more than one thing or ask in more than one step."""
        nodes = nodes_at(items)
        if len(nodes) != 1:
            return len(nodes) > 1
        return any(
            (kin_of(items[part.head].text) and part.shape in ("of", "possessive"))
            or not all(_says_little(one) for one in (*items[: part.start], *items[part.end :]))
            for part in stretches(items, nodes[0], self._names)
        )

    # sets of their own

    def _reduced(self, state: _State) -> Iterator[_State]:
        items = state.items
        asked: list[tuple[Stretch, int, Phrase]] = []
        for at in nodes_at(items):
            node = items[at].node
            if node is None or steps_in(node) >= MOST_STEPS:
                continue
            for part in dict.fromkeys(stretches(items, at, self._names)):
                inside = items[part.start : part.end]
                if len(nodes_at(inside)) != 1 or all(map(_says_little, inside)):
                    continue
                mask = self.ranker.mask(items[at].type)
                asked.append(
                    (part, at, phrase(_article(inside), at - part.start + _shift(inside), mask))
                )
        self.ranker.prepare([one for _, _, one in asked])
        for part, at, words_ in asked:
            yield from self._made_set(state, part, at, words_)

    def _made_set(self, state: _State, part: Stretch, at: int, asked: Phrase) -> Iterator[_State]:
        items = state.items
        inside = items[part.start : part.end]
        node = items[at].node
        assert node is not None
        kin = kin_of(items[part.head].text) if part.shape in ("of", "possessive") else None
        if kin is not None and _nothing_else(inside, (part.head - part.start, at - part.start)):
            made = kin_node(kin, node, self.ranker.relations, words_in(inside))
            if made is not None:
                cost = state.cost + _KIN
                yield _State(tuple(put(items, part.start, part.end, made, "PER")), cost)
            return
        found = self.step(inside, at - part.start, asked)
        if found is None:
            return
        options, cost = found
        type_ = _type_there(options) or _type_of_noun(items[part.head].text)
        made = Reached(node, options, spans=words_in(inside))
        yield _State(tuple(put(items, part.start, part.end, made, type_)), state.cost + cost)

    def step(
        self, inside: Sequence[Item], at: int, asked: Phrase
    ) -> tuple[tuple[Option, ...], float] | None:
        """Return the relations that account for all words of a phrase about one thing, with what
        the reading costs; None where there is none."""
        options = self.ranker.options(asked)
        costed = [(self._cost(inside, at, asked, one, options[0].score), one) for one in options]
        fitting = [(cost, one) for cost, one in costed if cost is not None]
        if not fitting:
            return None
        least = min(cost for cost, _ in fitting)
        taken = tuple(one for cost, one in fitting if cost <= least + SLACK)
        return taken, least + _STEP

    def _cost(
        self, inside: Sequence[Item], at: int, asked: Phrase, option: Option, best: float
    ) -> float | None:
        """Return what the words of a phrase cost under a relation; None where one is left over."""
        found = costs_of(inside, at, option)
        if found is None:
            return None
        if not all(self.ranker.carries(asked, word, option) for word in found.carried):
            return None
        return found.cost + _RANK * (best - option.score) + _CARRIED * len(found.carried)

    # what is left of the question

    def _complete(self, state: _State, whether: bool) -> Iterator[Parsed]:
        items = [item for item in state.items if item.kind != "mark"]
        nodes = nodes_at(items)
        if whether:
            yield from self._whether(items, nodes)
            return
        yield from self.final(items)

    def final(self, items: Sequence[Item]) -> Iterator[Parsed]:
        """Yield what a question asks for, when its inner sets have been made."""
        nodes = nodes_at(items)
        if len(nodes) == 1:
            yield from self._about_one(items, nodes[0])
            yield from self._of_both_verbs(items)
        elif len(nodes) > 1:
            yield from self._coordinated(items, nodes)
            yield from self._restricted(items, nodes)
            yield from self._joined(items, nodes)

    def _about_one(
        self, items: Sequence[Item], at: int, *, telling: bool = False
    ) -> Iterator[Parsed]:
        """Yield what is asked of one thing; ``telling`` wants a word that tells the relation."""
        one = items[at]
        if (origin := self._origin(items, at)) is not None:
            yield origin
            return
        if (kin := self._kin_asked(items, at)) is not None:
            yield kin
        if telling and all(_says_little(item) for item in items):
            return
        assert one.node is not None
        if not isinstance(one.node, Thing) and _is_itself(items, at):
            yield Parsed(one.node, _SET, one.type)
        asked = phrase(items, at, self.ranker.mask(one.type))
        self.ranker.prepare([asked])
        found = self.step(items, at, asked)
        if found is not None:
            options, cost = found
            spans = words_in(after_head(items))
            yield Parsed(Reached(one.node, options, spans=spans), cost, _type_there(options))

    def _of_both_verbs(self, items: Sequence[Item]) -> Iterator[Parsed]:
        """ "Which film was directed and produced by X?": one thing with two relations to another.

        "Where was X born and educated?" asks for two things and is none of these.
        """
        for at in range(2, len(items) - 1):
            joined = items[at].text == "and" and items[0].text in WHAT
            beside = items[at - 1], items[at + 1]
            if not joined or any(one.boundary or one.text in TYPES_BY_NOUN for one in beside):
                continue
            rows = [*items[:at], *items[at + 2 :]], [*items[: at - 1], *items[at + 1 :]]
            both = [next(self._about_one(row, nodes_at(row)[0]), None) for row in rows]
            found = [one for one in both if one is not None]
            if len(found) == len(rows):
                target = AllOf(tuple(one.target for one in found))
                yield Parsed(target, sum(one.cost for one in found), found[0].type)

    def _kin_asked(self, items: Sequence[Item], at: int) -> Parsed | None:
        """Read "which children had X?": a word for kin that stands alone with a name."""
        node = items[at].node
        told = [item for item in items if item.kind == "word" and not _says_little(item)]
        kin = kin_of(told[0].text) if len(told) == 1 else None
        have = HAVE.intersection(item.text for item in items)
        if kin is None or node is None or not have:
            return None
        spans = words_in(told)
        made = kin_node(kin, node, self.ranker.relations, spans)
        return Parsed(made, _KIN, "PER") if made is not None else None

    def _origin(self, items: Sequence[Item], at: int) -> Parsed | None:
        """Read "who is from X": who was born there, lives there or is a citizen, or the same of a
        place that lies there."""
        rest = [item for number, item in enumerate(items) if number not in (0, at)]
        node, asking = items[at].node, items[0].text
        words_ = [item.text for item in rest]
        if node is None or "from" not in words_ or not _COMES.issuperset(words_):
            return None
        types = {"who": "PER", "what": ""}.get(asking)
        relations = [
            relation
            for property_ in _FROM
            for relation in self.ranker.relations
            if relation.wikidata_property == property_
            and (not types or types in relation.subject_types)
        ]
        if types is None or not relations:
            return None
        options = tuple(Option(relation, "object") for relation in relations)
        made = Reached(node, options, every=True, spans=words_in(after_head(items)))
        return Parsed(made, _STEP, types)

    def _coordinated(self, items: Sequence[Item], nodes: Sequence[int]) -> Iterator[Parsed]:
        """ "both X and Y", "either X or Y": the same of each."""
        joiner = _joiner(items, nodes)
        if joiner is None:
            return
        marks = TOGETHER | {"either"}
        rest = [item for item in items[: nodes[0]] if item.text not in marks]
        after = [item for item in items[nodes[-1] + 1 :] if item.text not in marks]
        rows = [[*rest, items[at], *after] for at in nodes]
        each = [next(self.final(one), None) for one in rows]
        found = [one for one in each if one is not None]
        if len(found) == len(nodes):
            target = joiner(tuple(one.target for one in found))
            yield Parsed(target, sum(one.cost for one in found), found[0].type)

    def _restricted(self, items: Sequence[Item], nodes: Sequence[int]) -> Iterator[Parsed]:
        """ "Which PLAYERS OF X are from Y?": what is in a set and has something more."""
        first = nodes[0]
        if len(nodes) != 2 or isinstance(items[first].node, Thing):
            return
        if any(not _says_little(item) for item in items[:first]):
            return
        made = self._conditioned(items[first], items[first + 1 :])
        if made is not None:
            yield made

    def _conditioned(self, one: Item, rest: Sequence[Item]) -> Parsed | None:
        """Return the part of a set for which the words after it hold."""
        negated = any(item.text in ("not", "n't", "never") for item in rest)
        kept = [item for item in rest if item.text not in ("not", "n't", "never")]
        if kept and kept[0].text in RELATIVES:
            kept = kept[1:]
        word = "who" if one.type == "PER" else "what"
        asking = Item("word", word, one.start, one.end)
        row = [asking, *kept]
        at = nodes_at(row)
        if len(at) != 1 or one.node is None:
            return None
        for found in self._about_one(row, at[0], telling=True):
            if negated:
                no = words_in([item for item in rest if item not in kept])
                target: Node = Without(one.node, (found.target,), stated=True, spans=no)
            else:
                target = AllOf((one.node, found.target))
            return Parsed(target, found.cost, one.type)
        return None

    def _joined(self, items: Sequence[Item], nodes: Sequence[int]) -> Iterator[Parsed]:
        """ "Who plays for X and comes from Y?", "Which films did A direct and B star in?"."""
        head = _head(items)
        for at in range(nodes[0] + 1, len(items) - 1):
            cuts = items[at].text in CONJUNCTIONS
            if not cuts and not (items[at - 1].kind == "node" and items[at].text in RELATIVES):
                continue
            left, right = items[:at], [*items[:head], *_clause_after(items[at + cuts :])]
            if not nodes_at(left) or not nodes_at(right[head:]):
                continue
            if not _tells(left) or not _tells(right[head:]):
                continue
            for one in self.final(left):
                for other in self.final(right):
                    target = AllOf((one.target, other.target))
                    yield Parsed(target, one.cost + other.cost, one.type)
                    return

    def _whether(self, items: Sequence[Item], nodes: Sequence[int]) -> Iterator[Parsed]:
        if len(nodes) != 2:
            return
        one, other = (items[at] for at in nodes)
        if one.node is None or other.node is None:
            return
        plain = isinstance(one.node, Thing), isinstance(other.node, Thing)
        beside = [item for at, item in enumerate(items) if at not in nodes]
        if not all(plain) and all(map(_says_little, beside)):
            among, target = (one.node, other.node) if plain[0] else (other.node, one.node)
            yield Parsed(target, _SET, "", among)
            return
        word = "who" if one.type == "PER" else "what"
        rest = [item for at, item in enumerate(items) if at != nodes[0]]
        row = [Item("word", word, one.start, one.end), *rest]
        for found in self._about_one(row, nodes_at(row)[0]):
            if isinstance(found.target, Reached):
                yield replace(found, among=one.node)


def _key(items: Sequence[Item]) -> tuple[tuple[int, int, str], ...]:
    return tuple((item.start, item.end, item.kind) for item in items)


def _article(inside: Sequence[Item]) -> list[Item]:
    """Return a noun phrase with an article, as questions have it."""
    if inside[0].kind == "word" and inside[0].text not in ARTICLES:
        return [Item("word", "the", inside[0].start, inside[0].start), *inside]
    return list(inside)


def _shift(inside: Sequence[Item]) -> int:
    return len(_article(inside)) - len(inside)


def _nothing_else(inside: Sequence[Item], places: Sequence[int]) -> bool:
    return all(
        item.kind != "word" or item.text in EMPTY
        for at, item in enumerate(inside)
        if at not in places
    )


def _type_there(options: Sequence[Option]) -> str:
    """Return the one type that the first of the options leads to, if it says one."""
    best = options[0]
    types = best.relation.object_types
    if best.known == "object":
        types = best.relation.subject_types
    return types[0] if len(types) == 1 else ""


def _type_of_noun(noun: str) -> str:
    types = TYPES_BY_NOUN.get(noun, frozenset())
    return next(iter(types)) if len(types) == 1 else ""


def _says_little(item: Item) -> bool:
    return item.kind in ("node", "mark") or (item.text in EMPTY and item.text not in OPERATORS)


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


def _tells(items: Sequence[Item]) -> bool:
    """Tell whether a clause has a word that says what is asked of its thing."""
    return any(item.text == "from" or not _says_little(item) for item in items)


def _is_itself(items: Sequence[Item], at: int) -> bool:
    """Tell whether a question asks for a set as it is: "Who is ...?", "Name ...", not "Where is
    ...?" of what is no place, nor "In which country is ...?"."""
    type_ = items[at].type
    wanted = {"where": "LOC", "when": "TIME"}
    for item in items:
        if item.kind == "node":
            continue
        if item.kind == "poss" or item.text in PREPOSITIONS or not _says_little(item):
            return False
        if item.text in wanted and type_ != wanted[item.text]:
            return False
    return True


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
