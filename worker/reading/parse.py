"""From words and names to sets: the readings of a question that account for all of it.

The search goes from the names outwards. A stretch such as "the director of X" that some relation
accounts for becomes a set of its own, until what is left is a question about sets. The reading
that needs the least is taken: few steps, each in words that its relation goes by.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count

from worker.english.nouns import SAYS_MORE, TYPES_BY_NOUN, noun_fits
from worker.english.words import (
    ARTICLES,
    BE,
    DO,
    EMPTY,
    HAVE,
    PREPOSITIONS,
    WHAT,
)
from worker.reading.costs import SLACK, costs_of
from worker.reading.items import Item, Phrase, nodes_at, phrase, put, says_little
from worker.reading.joins import both_phrases, coordinated, joined, restricted, tells
from worker.reading.kinship import kin_node, kin_of
from worker.reading.parsed import Parsed, Ranker
from worker.reading.phrases import Stretch, stretches
from worker.reading.question import (
    MOST_STEPS,
    AllOf,
    Node,
    Option,
    Reached,
    Thing,
    steps_in,
)
from worker.reading.sharing import shared_sets
from worker.reading.spans import after_head, words_in
from worker.reading.stems import named_by, spoken_by, stem
from worker.types import RelationRole

_STEP = 0.3  # what a step costs
_KIN = 0.2  # a step of kinship, which may be recorded from either side
_BACK = 0.2  # a step that turns straight back
_LOOSELY = 0.1  # "the child of X" in "the child of X's wife"
_SET = 0.02  # a question that is read whole goes before one that is read in parts
_CARRIED = 0.35  # a word that only the encoder ties to the relation
_RANK = 0.04  # for each point of score below the best relation
_FROM: tuple[RelationRole, ...] = ("citizenship", "origin", "country", "from")
_COMES = BE | {"comes", "come", "came", "hails", "from"}
_MOST_STATES = 60
_MOST_READINGS = 4
_LEAST = 0.2  # that any further step costs
# Words for places that may be recorded as such where a place is asked for, and what is no place
# around another.
_ITSELF_TOO = frozenset(["country", "countries"])
_NOT_AROUND = frozenset(["capital", "capitals", "residence", "residences"])
SLACK_WHERE_UNKNOWN = 0.45  # by which a reading may cost more than the cheapest and still be tried


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
        # What a place lies in, by the word for it: "country", "continent".
        self._around = {
            word: r
            for r in ranker.relations
            if "LOC" in r.subject_types and r.object_types == ("LOC",) and " " not in r.name
            for word in (r.name.casefold(), _plural(r.name.casefold()))
            if word not in _NOT_AROUND
        }

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

    def tried(self, items: Sequence[Item], *, whether: bool = False) -> Iterator[Parsed]:
        """Yield the likeliest readings and, where they lead to nothing, those that cost more."""
        likeliest = self.readings(items, whether=whether)
        yield from likeliest
        for one in self.readings(items, whether=whether, slack=SLACK_WHERE_UNKNOWN):
            if one not in likeliest:
                yield one

    def nests(self, items: Sequence[Item]) -> bool:
        """Tell whether a question may name more than one thing or ask in more than one step."""
        nodes = nodes_at(items)
        if len(nodes) != 1:
            return len(nodes) > 1
        if any(item.kind == "word" and item.text in self._around for item in items):
            return True
        return any(
            self._kin(items, part, nodes[0]) is not None
            or not all(says_little(one) for one in (*items[: part.start], *items[part.end :]))
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
                if len(nodes_at(inside)) != 1 or all(map(says_little, inside)):
                    continue
                mask = self.ranker.mask(items[at].type)
                asked.append(
                    (part, at, phrase(_article(inside), at - part.start + _shift(inside), mask))
                )
        self.ranker.prepare([one for _, _, one in asked])
        for part, at, words_ in asked:
            yield from self._made_set(state, part, at, words_)
        for one in shared_sets(items, self):
            row = put(items, one.start, one.end, one.node, one.type)
            row[one.start + 1 : one.start + 1] = one.between
            yield _State(tuple(row), state.cost + one.cost)

    def _made_set(self, state: _State, part: Stretch, at: int, asked: Phrase) -> Iterator[_State]:
        items = state.items
        inside = items[part.start : part.end]
        node = items[at].node
        assert node is not None
        if (kin := self._kin(items, part, at)) is not None:
            cost = state.cost + _KIN + _loosely(items, part)
            yield _State(tuple(put(items, part.start, part.end, kin, "PER")), cost)
            return
        found = self.step(inside, at - part.start, asked)
        if found is None:
            return
        options, cost = found
        cost += _loosely(items, part) + _goes_back(node, options[0])
        type_ = _type_there(options) or _type_of_noun(items[part.head].text)
        made = self._narrowed(inside, Reached(node, options, spans=words_in(inside)))
        yield _State(tuple(put(items, part.start, part.end, made, type_)), state.cost + cost)

    def _kin(self, items: Sequence[Item], part: Stretch, at: int) -> Node | None:
        """Return the kin that a stretch such as "the uncle of X" stands for; None for others."""
        kin = kin_of(items[part.head].text) if part.shape in ("of", "possessive") else None
        node = items[at].node
        inside = items[part.start : part.end]
        if kin is None or node is None:
            return None
        if not _nothing_else(inside, (part.head - part.start, at - part.start)):
            return None
        if kin.loose and any(stem(kin.loose) in named_by(r) for r in self.ranker.relations):
            return None
        return kin_node(kin, node, self.ranker.relations, words_in(inside))

    def step(
        self, inside: Sequence[Item], at: int, asked: Phrase
    ) -> tuple[tuple[Option, ...], float] | None:
        """Return the relations that account for all words of a phrase about one thing, with what
        the reading costs; None where there is none."""
        options = self.ranker.options(asked)
        empty = [one for one in options if not one.relation.used]
        kept = _with_facts(inside, options, empty) if empty else options
        fitting = self._fitting(inside, at, asked, kept)
        if not fitting and len(kept) < len(options):
            fitting = self._fitting(inside, at, asked, options)
        if not fitting:
            return None
        least = min(cost for cost, _ in fitting)
        taken = tuple(one for cost, one in fitting if cost <= least + SLACK)
        return taken, least + _STEP

    def _fitting(
        self, inside: Sequence[Item], at: int, asked: Phrase, options: Sequence[Option]
    ) -> list[tuple[float, Option]]:
        """Return the relations that account for all words, with their costs. What only the
        encoder can tell is asked last, and not of relations that cost too much anyway."""
        best = options[0].score if options else 0.0
        costed: list[tuple[float, int, tuple[str, ...]]] = []
        for number, option in enumerate(options):
            found = costs_of(inside, at, option)
            if found is None or any(self._bars(item, option) for item in inside):
                continue
            cost = found.cost + _RANK * (best - option.score) + _CARRIED * len(found.carried)
            costed.append((cost, number, found.carried))
        fitting: list[tuple[float, Option]] = []
        for cost, number, carried in sorted(costed):
            if fitting and cost > fitting[0][0] + SLACK:
                break
            if all(self.ranker.carries(asked, word, options[number]) for word in carried):
                fitting.append((cost, options[number]))
        return sorted(fitting, key=lambda pair: -pair[1].score)

    def _bars(self, item: Item, option: Option) -> bool:
        """Tell whether a word asks for a kind of place that a relation never leads to."""
        wider = self._around.get(item.text) if item.kind == "word" else None
        if wider is None or item.text in _ITSELF_TOO or wider.id == option.relation.id:
            return False
        reaches = wider.used and "LOC" in _types_there(option)
        return not reaches and not _goes_by(item.text, option)

    def _narrowed(self, inside: Sequence[Item], reached: Reached) -> Reached:
        """Return the set that is asked for as a wider place than is recorded: "in which country
        was X born?" where the memory has a city and the country that it lies in."""
        first = reached.options[0]
        for item in inside:
            wider = self._around.get(item.text) if item.kind == "word" else None
            if wider is None or wider.id == first.relation.id or _goes_by(item.text, first):
                continue
            if "LOC" in _types_there(first):
                option = Option(wider, "subject")
                return Reached(reached, (option,), or_itself=item.text in _ITSELF_TOO)
        return reached

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
            yield from self.about_one(items, nodes[0])
            yield from self._of_both_verbs(items)
        elif len(nodes) > 1:
            for join in (coordinated, restricted, joined, both_phrases):
                yield from join(self, items, nodes)

    def about_one(
        self, items: Sequence[Item], at: int, *, telling: bool = False
    ) -> Iterator[Parsed]:
        """Yield what is asked of one thing; ``telling`` wants a word that tells the relation."""
        one = items[at]
        if (origin := self._origin(items, at)) is not None:
            yield origin
            return
        if (kin := self._kin_asked(items, at)) is not None:
            yield kin
        if telling and not tells(items):
            return
        assert one.node is not None
        if not isinstance(one.node, Thing) and _is_itself(items, at):
            yield Parsed(one.node, _SET, one.type)
        asked = phrase(items, at, self.ranker.mask(one.type))
        self.ranker.prepare([asked])
        found = self.step(items, at, asked)
        if found is not None:
            options, cost = found
            cost += _goes_back(one.node, options[0])
            spans = words_in(after_head(items))
            reached = self._narrowed(items, Reached(one.node, options, spans=spans))
            yield Parsed(reached, cost, _type_there(options))

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
            both = [next(self.about_one(row, nodes_at(row)[0]), None) for row in rows]
            found = [one for one in both if one is not None]
            if len(found) == len(rows):
                target = AllOf(tuple(one.target for one in found))
                yield Parsed(target, sum(one.cost for one in found), found[0].type)

    def _kin_asked(self, items: Sequence[Item], at: int) -> Parsed | None:
        """Read "which children had X?": a word for kin that stands alone with a name."""
        node = items[at].node
        told = [item for item in items if item.kind == "word" and not says_little(item)]
        kin = kin_of(told[0].text) if len(told) == 1 else None
        have = HAVE.intersection(item.text for item in items)
        if kin is None or node is None or not have:
            return None
        made = kin_node(kin, node, self.ranker.relations, words_in(told))
        return Parsed(made, _KIN, "PER") if made is not None else None

    def _origin(self, items: Sequence[Item], at: int) -> Parsed | None:
        """Read "who is from X"."""
        rest = [item for number, item in enumerate(items) if number not in (0, at)]
        node, asking = items[at].node, items[0].text
        words_ = [item.text for item in rest]
        if node is None or "from" not in words_ or not _COMES.issuperset(words_):
            return None
        types = {"who": "PER", "what": ""}.get(asking)
        found = self.from_place(node, types) if types is not None else None
        if found is not None:
            found = replace(found, spans=words_in(after_head(items)))
        return Parsed(found, _STEP, types or "") if found is not None else None

    def from_place(self, node: Node, type_: str) -> Node | None:
        """Return who was born in a place, lives there or is a citizen, or the same of places that
        lie there; None where the memory has nothing of the kind.

        What tells of people is read first, then in the order of the roles.
        """
        found = [
            relation
            for relation in self.ranker.relations
            if relation.role in _FROM
            and relation.used
            and (not type_ or type_ in relation.subject_types)
        ]
        found.sort(key=lambda one: ("PER" not in one.subject_types, _FROM.index(one.role)))
        options = tuple(Option(relation, "object") for relation in found)
        return Reached(node, options, every=True) if options else None

    def _whether(self, items: Sequence[Item], nodes: Sequence[int]) -> Iterator[Parsed]:
        if len(nodes) != 2:
            return
        one, other = (items[at] for at in nodes)
        if one.node is None or other.node is None:
            return
        plain = isinstance(one.node, Thing), isinstance(other.node, Thing)
        beside = [item for at, item in enumerate(items) if at not in nodes]
        if not all(plain) and all(map(says_little, beside)):
            among, target = (one.node, other.node) if plain[0] else (other.node, one.node)
            yield Parsed(target, _SET, "", among)
            return
        word = "who" if one.type == "PER" else "what"
        rest = [item for at, item in enumerate(items) if at != nodes[0]]
        row = [Item("word", word, one.start, one.end), *rest]
        for found in self.about_one(row, nodes_at(row)[0]):
            if isinstance(found.target, Reached):
                yield replace(found, among=one.node)


def _with_facts(
    inside: Sequence[Item], options: Sequence[Option], empty: Sequence[Option]
) -> list[Option]:
    """Return the relations that the memory has facts of: one stands in for a better one that is
    ``empty`` only where it goes by the words for that one too."""
    others = frozenset(word for one in empty for word in named_by(one.relation))
    words = {item.text for item in inside if item.kind == "word" and item.text not in EMPTY}
    named = {word for word in words if stem(word) in others}

    def goes_by(word: str, option: Option) -> bool:
        if stem(word) in spoken_by(option.relation):
            return True
        return word not in SAYS_MORE and noun_fits(word, frozenset(_types_there(option)))

    return [one for one in options if one.relation.used and all(goes_by(w, one) for w in named)]


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


def _loosely(items: Sequence[Item], part: Stretch) -> float:
    """Return what it costs to take "the child of X" out of "the child of X's wife"."""
    had = part.shape == "of" and part.end < len(items) and items[part.end].kind == "poss"
    return _LOOSELY if had else 0.0


def _goes_back(node: Node, option: Option) -> float:
    """Return what it costs to turn straight back: "the employer of those whose employer is X"."""
    if not isinstance(node, Reached):
        return 0.0
    last = node.options[0]
    same = last.relation.id == option.relation.id and last.known != option.known
    return _BACK if same else 0.0


def _types_there(option: Option) -> Sequence[str]:
    if option.known == "object":
        return option.relation.subject_types
    return option.relation.object_types


def _type_there(options: Sequence[Option]) -> str:
    """Return the one type that the first of the options leads to, if it says one."""
    types = _types_there(options[0])
    return types[0] if len(types) == 1 else ""


def _goes_by(word: str, option: Option) -> bool:
    return stem(word) in named_by(option.relation)


def _plural(noun: str) -> str:
    return f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"


def _type_of_noun(noun: str) -> str:
    types = TYPES_BY_NOUN.get(noun, frozenset())
    return next(iter(types)) if len(types) == 1 else ""


def _is_itself(items: Sequence[Item], at: int) -> bool:
    """Tell whether a question asks for a set as it is: "Who is ...?", "Name ...", not "Where is
    ...?" of what is no place, nor "In which country is ...?"."""
    type_ = items[at].type
    wanted = {"where": "LOC", "when": "TIME"}
    for item in items:
        if item.kind == "node":
            continue
        if item.kind == "poss" or item.text in PREPOSITIONS or not says_little(item):
            return False
        if item.text in DO or (item.text == "who" and type_ not in ("PER", "ORG", "")):
            return False
        if item.text in wanted and type_ != wanted[item.text]:
            return False
    return True
