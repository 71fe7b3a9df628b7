"""A read head that needs no model: names and key words of the question."""

from __future__ import annotations

import re
from dataclasses import replace

from worker.english.words import STOP_WORDS
from worker.heads.answering import Reading
from worker.heads.questions import question_form, why_unread
from worker.interfaces import Memory
from worker.reading.items import Named, items_of
from worker.reading.question import Form, Option, Question, Reached, Thing
from worker.reading.spans import laid_out, moved
from worker.types import EntityRef, QuestionContext, RelationSpec, Side, Span, TracedAnswer

_SAME = {
    "born": "birth", "bear": "birth", "died": "death", "die": "death", "dead": "death",
    "wife": "spouse", "husband": "spouse", "married": "spouse", "marry": "spouse",
    "wrote": "author", "written": "author", "write": "author", "work": "employ",
    "studi": "educat", "study": "educat", "won": "award", "win": "award", "citizen": "citizenship",
    "established": "inception", "made": "manufactur", "son": "child", "daughter": "child",
}  # fmt: skip
_HINTS = {
    "when": ("date", "time", "inception"),
    "where": ("place", "location", "located", "residence", "capital"),
}
_SUFFIX = re.compile(r"(?:ing|ers?|ors?|ed|es|s)$")
_MOST_READS = 4
_FORMS: dict[str, Form] = {"list": "which", "count": "how many", "yes_no": "whether"}


class ScriptedReadHead:
    """Answers by the names and key words that question and relation share.

    The relation is the one with the most words of its name, aliases and template in the question;
    both directions are tried, the known subject first. It abstains when no entity is known, when
    no word names a relation, and when the memory has no such fact.
    """

    name = "scripted"
    version = "1"

    def answer(self, question: str, memory: Memory, context: QuestionContext) -> TracedAnswer:
        """Answer from the memory's facts alone, or abstain."""
        reading = Reading(memory, context.as_of)
        text = question.strip()
        if why := why_unread(text):
            return reading.abstain(why)
        found = _entities(memory, text)
        if not found:
            return reading.abstain("The memory knows no entity that the question names.")
        answer = _answer(reading, text, found)
        asked = tuple(moved(one, question) for one in answer.questions)
        return replace(answer, questions=asked)


def _entities(memory: Memory, text: str) -> list[tuple[int, int, EntityRef]]:
    named = (
        hit for hit in memory.find_entities(text) if text[hit[0] : hit[1]].lower() not in STOP_WORDS
    )
    return sorted(named, key=lambda hit: (hit[0] - hit[1], hit[0]))


def _answer(reading: Reading, text: str, found: list[tuple[int, int, EntityRef]]) -> TracedAnswer:
    rest = text
    for start, end, _ in found:
        rest = rest[:start] + " " * (end - start) + rest[end:]
    best = _relations(rest, reading.memory)
    if not best:
        return reading.abstain("No relation of the memory matches the question.")
    form = question_form(text)
    sides: tuple[Side, Side] = ("subject", "object")
    for relation, score in best[:_MOST_READS]:
        for known in sides:
            facts = reading.ask(relation, found[0][2], known)
            if not facts:
                continue
            scores = {"relation": score}
            reading.asks = _asked(text, found, Option(relation, known, score))
            if form == "yes_no" and len(found) > 1:
                return reading.answer_yes_no(facts, found[1][2], known, scores)
            return reading.answer_names(facts, known, form, scores)
    tried = ", ".join(relation.name for relation, _ in best[:_MOST_READS])
    return reading.abstain(f"The memory has no fact about {found[0][2].name} for: {tried}.")


def _asked(text: str, found: list[tuple[int, int, EntityRef]], option: Option) -> Question:
    """Return the question as a value: a yes or no about two names, else what one step leads to."""
    form = _FORMS[question_form(text)]
    first, *others = [
        Named(start, end, Thing((entity,), text[start:end], (Span(start, end),)), entity.type)
        for start, end, entity in found
    ]
    beside = [one for one in others if one.end <= first.start or first.end <= one.start]
    judged = beside[:1] if form == "whether" else []
    return laid_out(
        Question(
            form if judged or form != "whether" else "which",
            Reached(first.node, (option,)),
            among=judged[0].node if judged else None,
            text=text,
        ),
        items_of(text, [first, *judged]),
    )


def _relations(text: str, memory: Memory) -> list[tuple[RelationSpec, float]]:
    """Return the relations that share the most words with ``text``; all have the same score."""
    asked = _stems(text)
    hints = {
        hint for word, words in _HINTS.items() if word in text.lower().split() for hint in words
    }
    scored = []
    for relation in memory.relations():
        names = " ".join((relation.name, *relation.aliases))
        score = 2 * len(asked & _stems(names)) + len(asked & _stems(relation.template))
        if score:
            scored.append((relation, score + 0.5 * bool(hints & set(names.lower().split()))))
    most = max((score for _, score in scored), default=0.0)
    return [(relation, score) for relation, score in scored if score == most]


def _stems(text: str) -> set[str]:
    plain = re.sub(r"\{\w+\}", " ", text.lower())
    words = (word for word in re.findall(r"\w+", plain) if word not in STOP_WORDS)
    return {_SAME.get(word) or _stem(word) for word in words}


def _stem(word: str) -> str:
    stem = _SUFFIX.sub("", word) if len(word) > 4 else word
    return _SAME.get(stem, stem)
