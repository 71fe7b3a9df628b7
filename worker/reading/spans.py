"""Which words of a question each part of its reading accounts for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import replace
from difflib import SequenceMatcher

from worker.english.nouns import SAYS_MORE, TYPES_BY_NOUN
from worker.english.words import (
    ARTICLES,
    AUXILIARIES,
    CONJUNCTIONS,
    EMPTY,
    OF_ANY,
    OPERATORS,
    PREPOSITIONS,
    QUESTION_WORDS,
    TOGETHER,
)
from worker.reading.items import Item
from worker.reading.question import (
    AllOf,
    AnyOf,
    Node,
    Question,
    Reached,
    Spans,
    Thing,
    each_node,
    nodes_in,
)
from worker.reading.stems import named_by, spoken_by, stem
from worker.types import Span

_JOINING = TOGETHER | CONJUNCTIONS | {"either"}
_ASKING = QUESTION_WORDS | OF_ANY | ARTICLES | frozenset("please tell me give show can you".split())  # noqa: SIM905


def words_in(items: Sequence[Item]) -> Spans:
    """Return where the words of a row stand, those that follow each other as one stretch.

    Articles, conjunctions and auxiliaries at the edge of a stretch and what was put in ("the") are
    left out.
    """
    return _stretches(items, ARTICLES | CONJUNCTIONS | AUXILIARIES)


def _stretches(items: Sequence[Item], edges: Set[str] = frozenset()) -> Spans:
    runs: list[list[Item]] = []
    for item in items:
        if item.kind != "word" or item.start == item.end:
            continue
        if runs and 0 <= item.start - runs[-1][-1].end <= 1:
            runs[-1].append(item)
        else:
            runs.append([item])
    found = []
    for run in runs:
        telling = [at for at, item in enumerate(run) if item.text not in edges]
        if telling:
            found.append(Span(run[telling[0]].start, run[telling[-1]].end))
    return tuple(found)


def after_head(items: Sequence[Item]) -> Sequence[Item]:
    """Return a question without the words that say what is asked for: "Which film", "Who"."""
    return items[_head(items)[1] :]


def _head(items: Sequence[Item]) -> tuple[int, int]:
    """Return where the words end that ask, and those that say for what kind of thing."""
    at = 0
    while at < len(items) and items[at].kind == "word" and items[at].text in _ASKING:
        at += 1
    end = at
    if at and items[at - 1].text in OF_ANY | ARTICLES:
        while end < len(items) and _is_noun(items[end]):
            if end > at and items[end].text in SAYS_MORE:  # "which film stars X"
                break
            end += 1
    return at, end


def _is_noun(item: Item) -> bool:
    return item.kind == "word" and item.text in TYPES_BY_NOUN


def laid_out(question: Question, items: Sequence[Item]) -> Question:
    """Return the question with each word that asks for something in the part that it belongs to.

    ``items`` are the words and names of the whole question. What the reading has not placed goes
    to the step whose relation speaks it, else to the last one.
    """
    taken = list(all_spans(question))
    free = [item for item in items if not _covered(item, taken)]
    asks, kind = _head(items)
    if question.form == "whether" and not question.form_spans:
        asks = kind = 1
    head = [item for item in items[:asks] if item in free]
    nouns = [item for item in items[asks:kind] if item in free]
    changed = replace(
        question,
        form_spans=_joined(question.form_spans, _stretches(head)),
        kind_spans=_joined(question.kind_spans, _stretches(nouns)),
        kind=question.kind or " ".join(item.text for item in nouns),
    )
    rest = [item for item in free if item not in (*head, *nouns)]
    changed = _with_steps(changed, rest)
    return _grown(changed, items)


def _with_steps(question: Question, rest: Sequence[Item]) -> Question:
    steps = [node for node in nodes_in(question) if isinstance(node, Reached)]
    sets = [node for node in nodes_in(question) if isinstance(node, AllOf | AnyOf)]
    added: dict[int, list[Item]] = {}
    for item in rest:
        owner: Node | None = None
        if item.kind == "node":  # a name that only describes the next one
            owner = _next_thing(question, item.end)
        elif item.text in _JOINING and sets:
            owner = sets[0]
        elif item.kind == "word" and steps and not _says_nothing(item.text):
            owner = _step_for(item.text, steps)
        if owner is not None:
            added.setdefault(id(owner), []).append(item)

    def put(node: Node) -> Node:
        more = tuple(Span(item.start, item.end) for item in added.get(id(node), ()))
        return replace(node, spans=_joined(node.spans, more)) if more else node

    return each_node(question, put)


def _next_thing(question: Question, at: int) -> Thing | None:
    things = (node for node in nodes_in(question) if isinstance(node, Thing) and node.spans)
    return next((one for one in things if one.spans[0].start >= at), None)


def _says_nothing(word: str) -> bool:
    return word in EMPTY and word not in OPERATORS


def _step_for(word: str, steps: Sequence[Reached]) -> Reached:
    for speaks in (named_by, spoken_by):
        for step in steps:
            if any(stem(word) in speaks(option.relation) for option in step.options[:1]):
                return step
    return steps[0]


def _grown(question: Question, items: Sequence[Item]) -> Question:
    """Let the stretches of a step take in the prepositions after them: "directed by"."""
    taken = list(all_spans(question))
    words = [item for item in items if item.kind == "word" and item.start < item.end]
    free = [item for item in words if not _covered(item, taken)]

    def put(node: Node) -> Node:
        if not isinstance(node, Reached):
            return node
        spans = list(node.spans)
        for item in free:
            follows = (at for at, one in enumerate(spans) if 0 <= item.start - one.end <= 1)
            at = next(follows, None)
            if at is not None and item.text in PREPOSITIONS:
                spans[at] = Span(spans[at].start, item.end)
        return replace(node, spans=_joined(tuple(spans), ()))

    return each_node(question, put)


def _joined(one: Spans, other: Spans) -> Spans:
    """Return the stretches of both in order, those as one that only a blank parts."""
    found: list[Span] = []
    for span in sorted(one + other):
        if found and span.start - found[-1].end <= 1:
            found[-1] = Span(found[-1].start, max(found[-1].end, span.end))
        else:
            found.append(span)
    return tuple(found)


def _covered(item: Item, spans: Iterable[Span]) -> bool:
    return any(span.start < item.end and item.start < span.end for span in spans)


def all_spans(question: Question) -> Iterator[Span]:
    """Yield all that the parts of a question account for."""
    for node in nodes_in(question):
        yield from node.spans
    yield from question.form_spans
    yield from question.kind_spans
    yield from question.time_spans
    yield from question.negated_spans
    yield from question.now_spans
    yield from question.left_spans


def moved(question: Question, text: str) -> Question:
    """Return the question with its parts where their words stand in ``text``, which it was made of.

    Words that were put in, such as the name that a pronoun stands for, get the place of what they
    stand for; what came from an earlier question has none.
    """
    if question.text == text:
        return question
    places = _Places(question.text, text)

    def move(spans: Spans) -> Spans:
        return _joined(tuple(found for span in spans if (found := places.of(span))), ())

    def put(node: Node) -> Node:
        return replace(node, spans=move(node.spans))

    return replace(
        each_node(question, put),
        text=text,
        form_spans=move(question.form_spans),
        kind_spans=move(question.kind_spans),
        time_spans=move(question.time_spans),
        negated_spans=move(question.negated_spans),
        now_spans=move(question.now_spans),
        left_spans=move(question.left_spans),
    )


def without_words(question: Question, left: Spans) -> Question:
    """Return a question of whose parts none accounts for the words at ``left``."""

    def put(node: Node) -> Node:
        return replace(node, spans=tuple(_cut_out(node.spans, left)))

    return replace(
        each_node(question, put),
        kind_spans=tuple(_cut_out(question.kind_spans, left)),
        left_spans=left,
    )


def _cut_out(spans: Spans, left: Spans) -> Iterator[Span]:
    for span in spans:
        start = span.start
        for one in left:
            if start < one.end and one.start < span.end:
                if start < one.start - 1:
                    yield Span(start, one.start - 1)
                start = one.end + 1
        if start < span.end:
            yield Span(start, span.end)


class _Places:
    """Where the words of one text stand in another one that it was made of."""

    def __init__(self, made: str, typed: str) -> None:
        here, there = _words(made), _words(typed)
        matcher = SequenceMatcher(
            None,
            [made[start:end].casefold() for start, end in here],
            [typed[start:end].casefold() for start, end in there],
            autojunk=False,
        )
        self._places: list[tuple[int, int, int, int]] = []
        for what, first, last, other_first, other_last in matcher.get_opcodes():
            if what == "equal":
                pairs = zip(here[first:last], there[other_first:other_last], strict=True)
                self._places += [(*one, *other) for one, other in pairs]
            elif what == "replace":
                whole = there[other_first][0], there[other_last - 1][1]
                self._places += [(*one, *whole) for one in here[first:last]]

    def of(self, span: Span) -> Span | None:
        found = [
            (start, end)
            for first, last, start, end in self._places
            if first < span.end and span.start < last
        ]
        if not found:
            return None
        return Span(min(start for start, _ in found), max(end for _, end in found))


def _words(text: str) -> list[tuple[int, int]]:
    return [match.span() for match in re.finditer(r"[^\W_]+|[^\w\s]", text)]
