"""Which of two has more of something: two sets that are counted and compared."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from worker.english.comparing import AS_MANY, EITHER, MORE_OF, OR, SAME_NUMBER
from worker.english.verbs import base_of, verb_of
from worker.english.words import AUXILIARIES, FINITE, PREPOSITIONS, WHAT
from worker.heads.answering import Reading
from worker.reading.amounts import recorded_number
from worker.reading.execute import Execution, Found, measure_of
from worker.reading.items import Item
from worker.reading.paired import pair_at
from worker.reading.question import HOLDS, AnyOf, Form, Node, Question, Sign, Spans, Thing
from worker.reading.say import facts_of, say_verdict
from worker.reading.spans import words_in
from worker.types import Fact, TracedAnswer

_MOST_WORDS = 4  # of "the sister of X"


@dataclass(frozen=True)
class Rivals:
    """A question about each of two things, whose answers are counted, and how the numbers have to
    compare; ``names`` are the two where one of them is asked for."""

    rows: tuple[tuple[Item, ...], tuple[Item, ...]]
    sign: Sign
    form: Form = "compare numbers"
    names: tuple[Thing, ...] = ()
    spans: Spans = ()


@dataclass(frozen=True)
class _Measure:
    """Where "more", "the most" or "as many" stands."""

    start: int
    end: int
    sign: Sign


def rivals(items: Sequence[Item]) -> Rivals | None:
    """Return what a question compares by number; None for all others."""
    row = tuple(item for item in items if item.kind != "mark" and item.text != "n't")
    for measure in _measures(row):
        for read in (_than, _both, _listed):
            if (found := read(row, measure)) is not None:
                return found
    return None


def _measures(items: Sequence[Item]) -> Iterator[_Measure]:
    texts = _texts(items)
    for at, text in enumerate(texts):
        if tuple(texts[at : at + len(SAME_NUMBER)]) == SAME_NUMBER:
            yield _Measure(at, at + len(SAME_NUMBER), "=")
        elif text == "as" and texts[at + 1 : at + 2] in ([word] for word in AS_MANY):
            yield _Measure(at, at + 2, ">=")
        elif text in MORE_OF and texts[at + 1 : at + 2] != ["than"]:
            sign: Sign = MORE_OF[text]
            yield _Measure(at - (texts[at - 1 : at] == ["the"]), at + 1, sign)


def _texts(items: Sequence[Item]) -> list[str]:
    return [item.text if item.kind == "word" else "" for item in items]


def _which(item: Item) -> Item:
    return Item("word", "which", item.start, item.start)


def _than(items: tuple[Item, ...], measure: _Measure) -> Rivals | None:
    """Read "does X have more children than Y?" and "how many more children has X than Y?"."""
    texts = _texts(items)
    linked = "as" if measure.sign == ">=" else "than"
    if linked not in texts[measure.end :] or measure.sign == "=":
        return None
    than = texts.index(linked, measure.end)
    other = items[than + 1 :]
    if other and other[-1].text in FINITE:  # "than Y did"
        other = other[:-1]
    asks_number = texts[:2] == ["how", "many"] and measure.start == 2
    if not (asks_number or texts[0] in AUXILIARIES) or not _has_one_node(other):
        return None
    if asks_number:
        first = [_which(items[0]), *items[measure.end : than]]
    elif texts[1] == "there":
        first = _there(items, measure, than)
    else:
        first = [_which(items[0]), *items[measure.end : than], *items[: measure.start]]
    second = _with_other(first, other)
    if second is None:
        return None
    told = (*items[measure.start : measure.end], items[than])
    form: Form = "how many more" if asks_number else "compare numbers"
    return Rivals((tuple(first), second), measure.sign, form, spans=words_in(told))


def _has_one_node(items: Sequence[Item]) -> bool:
    return sum(item.kind == "node" for item in items) == 1


def _there(items: Sequence[Item], measure: _Measure, than: int) -> list[Item]:
    """Return "which actors are in X" for "are there more actors in X"."""
    noun = list(items[measure.end : than])
    at = next((n for n, item in enumerate(noun) if item.text in PREPOSITIONS), len(noun))
    return [_which(items[0]), *noun[:at], items[0], *noun[at:]]


def _with_other(first: Sequence[Item], other: Sequence[Item]) -> tuple[Item, ...] | None:
    """Return the question about one thing with the other in its place: what has the same
    preposition, else the subject."""
    if other[0].kind == "word" and other[0].text in PREPOSITIONS:
        places = [
            (at + 1, at + 2)
            for at, item in enumerate(first[:-1])
            if item.text == other[0].text and first[at + 1].kind == "node"
        ]
        other = other[1:]
    else:
        places = [
            (at + 1, end)
            for at, item in enumerate(first[:-1])
            if item.text in AUXILIARIES and (end := _subject_end(first, at + 1))
        ]
    if not places or len(other) > _MOST_WORDS:
        return None
    start, end = places[-1]
    return (*first[:start], *other, *first[end:])


def _subject_end(items: Sequence[Item], start: int) -> int:
    """Return where "X", "X's sister" or "the sister of X" ends that begins there; 0 for none."""
    at = start
    if items[start].text == "the":
        ends = [n for n in range(start + 2, min(start + _MOST_WORDS, len(items)))
                if items[n].kind == "node" and items[n - 1].text == "of"]  # fmt: skip
        return ends[0] + 1 if ends else 0
    if items[at].kind != "node":
        return 0
    while [item.kind for item in items[at + 1 : at + 3]] == ["poss", "word"]:
        at += 2
    return at + 1


def _both(items: tuple[Item, ...], measure: _Measure) -> Rivals | None:
    """Read "do X and Y have the same number of children?"."""
    texts = _texts(items)
    two = pair_at(items, 1, frozenset(["and"]))
    if measure.sign not in ("=", ">=") or texts[0] not in AUXILIARIES or two is None:
        return None
    noun = items[measure.end :]
    verbs = items[4 : measure.start]
    rows = [(_which(items[0]), *noun, items[0], one, *verbs) for one in two]
    return (
        Rivals((rows[0], rows[1]), "=", spans=words_in(items[measure.start : measure.end]))
        if noun
        else None
    )


def _listed(items: tuple[Item, ...], measure: _Measure) -> Rivals | None:
    """Read "who has more children, X or Y?", "which of X and Y ..." and "does X or Y ...?"."""
    if measure.sign not in (">", "<"):
        return None
    told = items[measure.start : measure.end]
    between = OR if items[0].text == "between" else EITHER
    for at, joins in ((len(items) - 3, EITHER), (2, OR), (1, between), (0, OR)):
        two = pair_at(items, at, joins)
        if two is None or measure.start - 3 < at < measure.end + 1:
            continue
        rest = [*items[:at], *items[at + 3 :]]
        names = tuple(one.node for one in two if isinstance(one.node, Thing))
        first, second = (_about(rest, told, one) for one in two)
        if first is not None and second is not None and len(names) == 2:
            return Rivals((first, second), measure.sign, names=names, spans=words_in(told))
    return None


def _about(rest: Sequence[Item], told: Sequence[Item], one: Item) -> tuple[Item, ...] | None:
    """Return "which children has X" for "who has more children"."""
    at = list(rest).index(told[0])
    noun = rest[at + len(told) :]
    asking = [item for item in rest[:at] if item.text not in ("between", "of")]
    if asking and asking[0].text in WHAT:
        verbs = asking[1:]
        while verbs and verbs[0].text not in AUXILIARIES and verb_of(verbs[0].text) is None:
            verbs = verbs[1:]  # "which film has"
    else:
        verbs = asking
    if not noun or not verbs:
        return None
    head = [_which(rest[0]), *noun]
    if verbs[0].text in AUXILIARIES:
        return (*head, verbs[0], one, *verbs[1:])
    did = Item("word", "did", verbs[0].start, verbs[0].start)
    verb = Item("word", base_of(verbs[0].text), verbs[0].start, verbs[0].end)
    return (*head, did, one, verb, *verbs[1:])


def _numbers(one: Found, other: Found) -> tuple[float, float] | None:
    """Return how many there are in two sets or, where each holds one quantity, these: "more staff"
    compares what is recorded of it. None for dates, and for quantities that cannot be compared."""
    values = [[measure_of(member.entity) for member in found.all] for found in (one, other)]
    if not any(value is not None for found in values for value in found):
        return len(one.members), len(other.members)
    first, second = (found[0] if len(found) == 1 else None for found in values)
    if first is None or second is None or first[0] != second[0] or first[0] == "day":
        return None
    return first[1], second[1]


def _both_found(
    execution: Execution, parts: Sequence[Node], *, today: bool
) -> tuple[Found, Found] | None:
    """Return what is in two sets or, of ``today``, the numbers that are recorded for both; None
    where one is recorded for one of them alone, as that is compared with no count."""
    recorded = [recorded_number(execution, part) for part in parts if today]
    numbers = [found for found in recorded if found is not None]
    if len(numbers) == 1:
        return None
    one, other = numbers or [execution.find(part, inner=True) for part in parts]
    return one, other


def say_numbers(asked: Question, reading: Reading) -> TracedAnswer | None:
    """Return which of two sets has more in it, or whether one has. None where nothing is known of
    one of them: that nothing is recorded does not say that there is nothing."""
    if not isinstance(asked.target, AnyOf) or len(asked.target.parts) != 2:
        return None
    found = _both_found(Execution(reading), asked.target.parts, today=asked.time is None)
    if found is None:
        return None
    one, other = found
    if one.cut or other.cut or not one.members or not other.members:
        return None
    numbers = _numbers(one, other)
    if numbers is None:
        return None
    number, against = numbers
    facts = facts_of([*one.all, *other.all])
    said = f"{number:,.12g} against {against:,.12g} are recorded"
    return _compared(asked, reading, facts, (number, against), said)


def _compared(
    asked: Question,
    reading: Reading,
    facts: Sequence[Fact],
    numbers: tuple[float, float],
    said: str,
) -> TracedAnswer | None:
    """Return by how much one number is more, whether it is, or which thing has it."""
    number, against = numbers
    if asked.form == "how many more":
        by = abs(number - against)
        more = f"{by:,.12g} {'more' if number >= against else 'fewer'}"
        opening = f"The memory knows {more}: {said}."
        return reading.answer(facts, answers=(), opening=opening)
    if not isinstance(asked.among, AnyOf):
        yes = HOLDS[asked.sign](number, against)
        return say_verdict(reading, facts, yes=yes, why=said, scores={})
    if number == against:
        opening = f"Neither: {said}."
        return reading.answer(facts, answers=(), opening=opening)
    part = asked.among.parts[0 if HOLDS[asked.sign](number, against) else 1]
    if not isinstance(part, Thing) or len(part.entities) != 1:
        return None
    entity = part.entities[0]
    return reading.answer(facts, answers=(entity,), opening=f"It is {entity.name}: {said}.")
