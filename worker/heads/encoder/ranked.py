"""The readings of a question that its memory can answer, each with the signs that speak for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date

from worker.english.asked_types import asked_types
from worker.english.nouns import TYPES_BY_NOUN
from worker.english.words import EXCEPTING, NEGATIONS, OPERATORS, QUESTION_WORDS
from worker.heads.encoder.mentions import NamedEntity
from worker.heads.encoder.plain import thing_named
from worker.heads.encoder.relation_matching import MASKS, UNKNOWN_MASK, RelationMatcher
from worker.heads.encoder.reranker import Compared, Scorer, compared
from worker.heads.timing import Timed
from worker.interfaces import Memory
from worker.reading.alignment import Alignment, stretches_of, told_words
from worker.reading.around import Around, Step
from worker.reading.candidate import Candidate
from worker.reading.candidates import Generator, dated_steps
from worker.reading.chains import loops
from worker.reading.items import Item, Named, items_of
from worker.reading.linked import Linked
from worker.reading.places import Place, asked_place, telling
from worker.reading.question import AllOf, AnyOf, Counted, Picked, Thing, Without, inner
from worker.types import SIDES

MOST_STEPS = 80  # relations and sides that are looked at
SHORTLIST = 10
_SPOKEN_AGAINST = -5.0  # the sum of the steps' scores
_MOST_WORDS = 40  # of a question that is read so
_MOST_THINGS = 4
_UNREAD = Compared("", "")
_EVERY = frozenset(["both", "all", "every", "each"])  # a verdict is on one thing of a set


@dataclass(frozen=True)
class Signs:
    """A candidate, the figures that speak for it or against it, by name, and how the
    cross-encoder reads it."""

    candidate: Candidate
    figures: dict[str, float]
    compared: Compared = _UNREAD


def linked_of(
    question: str,
    named: Sequence[NamedEntity],
    timed: Timed | None,
    common: Sequence[NamedEntity] = (),
    families: Sequence[NamedEntity] = (),
) -> Linked | None:
    """Return a question with its names as things, and with what ``common`` words name; None for
    one that is too long to be read so. Of its names some are ``families``."""
    there = [*named, *common]
    whole = [Named(one.start, one.end, thing_named(question, one), one.type) for one in there]
    items = tuple(items_of(question, whole))
    if len(items) > _MOST_WORDS or len(there) > _MOST_THINGS:
        return None
    nodes = [item for item in items if isinstance(item.node, Thing)]
    things = tuple(item.node for item in nodes if isinstance(item.node, Thing))
    optional, all_of = (
        frozenset(at for at, item in enumerate(nodes) if item.start in {one.start for one in those})
        for those in (common, families)
    )
    time = timed.time if timed is not None else None
    places = _places_of(timed, items) if timed is not None else frozenset()
    return Linked(items, things, time, places, optional, all_of)


def _places_of(timed: Timed, items: Sequence[Item]) -> frozenset[int]:
    """Return where the words for a time stand."""
    within = [timed.start <= item.start and item.end <= timed.end for item in items]
    return frozenset(at for at, inside in enumerate(within) if inside)


def readings(
    matcher: RelationMatcher,
    scorer: Scorer,
    memory: Memory,
    linked: Linked,
    today: date,
    first: Mapping[str, float],
    most: int = SHORTLIST,
) -> list[Signs]:
    """Return the readings of a question that its words speak most for, at most ``most``, the
    likeliest first; ``first`` has the weights of the signs by which that is told."""
    told = told_words(linked.items, linked.time_words)
    mask = {**MASKS, "": UNKNOWN_MASK}
    stretches = stretches_of(linked.items, told, mask)
    relations = memory.relations()
    steps: list[Step] = [(relation, known) for relation in relations for known in SIDES]
    margins = matcher.margins([one.text for one in stretches], relations)
    usable = [step for step in steps if step[0].used]
    sorts = _to_sorts(linked, memory, usable)
    alignment = Alignment(linked.items, stretches, steps, margins, sorts)
    usable.sort(key=lambda step: -alignment.best(step))
    taken = usable[:MOST_STEPS]
    taken += [step for step in dated_steps(relations) if step not in taken and step[0].used]
    around = Around(memory, taken)
    found = Generator(linked, memory, around, alignment, today).candidates()
    place = asked_place(linked.items, relations)
    signs = [_signs(one, linked, alignment, place) for one in found]
    for one in signs:
        one.figures["first"] = weighed(first, one.figures)
    signs.sort(key=lambda one: -one.figures["first"])
    return _read(scorer, linked, signs[:most])


def _to_sorts(linked: Linked, memory: Memory, usable: Sequence[Step]) -> list[Step]:
    """Return the steps to what is of a sort that a common word of the question names."""
    sorts = [one for number in linked.common for one in linked.things[number].entities]
    around = Around(memory, [step for step in usable if step[1] == "object"] if sorts else [])
    around.look(sorts)
    return around.steps_from(sorts)


def _read(scorer: Scorer, linked: Linked, signs: Sequence[Signs]) -> list[Signs]:
    """Return the readings with what the cross-encoder says of each."""
    texts = compared(linked, [one.candidate for one in signs])
    return [
        Signs(one.candidate, {**one.figures, "read": score}, text)
        for one, text, score in zip(signs, texts, scorer.scores(texts), strict=True)
    ]


def _signs(one: Candidate, linked: Linked, alignment: Alignment, place: Place | None) -> Signs:
    aligned = alignment.of(one.steps)
    types = frozenset(end.type for end in one.ends)
    texts = linked.texts
    unsaid = _unsaid(one, linked, aligned.words, types)
    operators = [
        at
        for at, text in enumerate(texts)
        if text in OPERATORS and at not in one.words and at not in aligned.words
    ]
    scores = aligned.scores
    measured = _by_measure(one)
    form = one.question.form
    asked = asked_types(_said(linked.items))
    head = _head_types(linked.items)
    figures = {
        "sum": sum(scores),
        "least": min(scores, default=0.0),
        "steps": float(len(one.steps)),
        "unsaid": float(len(unsaid) + len(linked.common - one.things)),
        "operators": float(len(operators)),
        "unspoken": float(_is_unspoken(one, linked, sum(scores))),
        "twice": float(len(aligned.words & one.words & told_words(linked.items))),
        "names": float(len(linked.proper - one.things)),
        "sorts": float(len(linked.common - one.things)),
        "common": float(len(linked.common & one.things)),
        "nameless": float(not one.things),
        "nameless_unsaid": 0.0 if one.things else float(len(unsaid)),
        "counted": float(_is_by_number(one)),
        "typed": _fits(types, asked),
        "noun": _fits(types, head),
        "many": float(len(one.ends) > 1),
        "time": float(bool(linked.time_words - one.words)),
        "numbers": float(
            any(word[:1].isdigit() and at not in one.words for at, word in enumerate(texts))
        ),
        "count": float(form == "how many"),
        "pair": float(form in ("since when", "until when", "how long")),
        "whether": float(form == "whether"),
        "every": float(form == "whether" and not _EVERY.isdisjoint(texts)),
        "old": float(form in ("how old", "compare")),
        "age": float(form == "how old"),
        "place": float(_is_other_place(one, place)),
        "about": float(form == "about"),
        "picked": float(isinstance(one.question.target, Picked)),
        "without": float(isinstance(one.question.target, Without)),
        "loops": float(loops(one.steps)),
        "all": float(isinstance(one.question.target, AllOf)),
        "any": float(isinstance(one.question.target, AnyOf)),
        "both": float(isinstance(one.question.target, AllOf) and "both" in texts),
        "or": float(isinstance(one.question.target, AnyOf) and bool({"or", "either"} & {*texts})),
        "measured": float(measured),
        # No word asks for the dates that an order is by.
        "turned": max(map(alignment.turned, one.steps[: -1 if measured else None]), default=0.0),
        "elsewhere": alignment.elsewhere(one.steps),
        "denied": float(_passed_over(NEGATIONS | EXCEPTING, texts, one)),
    }
    if figures["nameless"] and figures["counted"]:
        # "Has more than two children" speaks for the relation from its other side, bound and all.
        figures["turned"] = figures["twice"] = 0.0
    return Signs(one, figures)


def _is_unspoken(one: Candidate, linked: Linked, said: float) -> bool:
    """Tell whether nothing speaks for the steps of a reading: no word asks for anything, or the
    first or last is taken of what the words, by their scores, speak against."""
    if not one.steps or linked.common & one.things:
        return False
    picked = isinstance(one.question.target, Picked) and not _by_measure(one)
    return (picked and said < _SPOKEN_AGAINST) or not told_words(linked.items)


def _unsaid(one: Candidate, linked: Linked, aligned: Set[int], types: frozenset[str]) -> list[int]:
    """Return the places of the words that neither a step nor an operator accounts for."""
    told = told_words(linked.items, one.words)
    return [
        at
        for at in told - aligned - one.words
        if not _names_type(linked.items[at], one, types) and linked.texts[at] not in OPERATORS
    ]


def _is_other_place(one: Candidate, place: Place | None) -> bool:
    """Tell whether a kind of place is asked for that the last relation says nothing of."""
    return place is not None and bool(one.steps) and place.noun not in telling(one.steps[-1][0])


def weighed(weights: Mapping[str, float], figures: Mapping[str, float]) -> float:
    """Return the sum of the figures that have weights."""
    return sum(weight * figures.get(name, 0.0) for name, weight in weights.items())


def _by_measure(one: Candidate) -> bool:
    target = one.question.target
    return isinstance(target, Picked) and target.by is not None


def _is_by_number(one: Candidate) -> bool:
    """Tell whether things are counted, to compare them or with a bound."""
    nodes = inner(one.question.target)
    return any(isinstance(it, Counted) or (isinstance(it, Picked) and it.counted) for it in nodes)


def _passed_over(words: Set[str], texts: Sequence[str], one: Candidate) -> bool:
    """Tell whether one of the words stands in the question and no operator accounts for it."""
    return any(text in words and at not in one.words for at, text in enumerate(texts))


def _names_type(item: Item, one: Candidate, types: frozenset[str]) -> bool:
    """Tell whether a word only says of what type something on the way is."""
    fitting = TYPES_BY_NOUN.get(item.text)
    if fitting is None:
        return False
    met = set(types)
    for relation, _ in one.steps:
        met.update(relation.subject_types, relation.object_types)
    return bool(met & fitting)


def _said(items: Sequence[Item]) -> str:
    return " ".join(item.text for item in items)


def _head_types(items: Sequence[Item]) -> frozenset[str]:
    """Return the types that fit the first noun after a question word."""
    for at, item in enumerate(items[:-1]):
        if item.text in QUESTION_WORDS:
            for further in items[at + 1 : at + 4]:
                if further.kind == "word" and further.text in TYPES_BY_NOUN:
                    return TYPES_BY_NOUN[further.text]
            break
    return frozenset()


def _fits(types: frozenset[str], asked: frozenset[str]) -> float:
    if not asked or not types:
        return 0.0
    return 1.0 if types & asked else -1.0
