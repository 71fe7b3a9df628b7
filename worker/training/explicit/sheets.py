"""What is reported on: documents and wordings that nothing was trained on, as sheets of questions.

A sheet is a document's passages, passages of other documents up to a number, and questions that
each one passage answers; or, with the document's own left out, that none does.
"""

from __future__ import annotations

import json
import random
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from worker.training.causal.data import UNKNOWN
from worker.training.causal.windows import ranges
from worker.training.explicit.groups import Question
from worker.training.explicit.told import ROOM, Teller, Told
from worker.training.statements import sentence_spans
from worker.types import RelationSpec
from worker.wordings import Wording, read_wordings


@dataclass(frozen=True)
class Sheet:
    """References and the questions that are asked of them."""

    references: tuple[Told, ...]
    questions: tuple[Question, ...]


@dataclass(frozen=True)
class Paper:
    """A document in passages that fit, and its questions with the passage that answers each."""

    passages: tuple[Told, ...]
    questions: tuple[tuple[int, Question], ...]


def papers(path: Path, teller: Teller, rng: random.Random) -> list[Paper]:
    """Read documents in the format of ``manage.py evaluate documents``; those of which nothing can
    be asked are left out. A fact is asked for whose names stand in one passage and whose subject
    has no other object by that relation. Raises OSError and ValueError."""
    keys = {spec.name: spec.key for spec in teller.source.specs}
    wordings: dict[str, list[Wording]] = defaultdict(list)
    for one in read_wordings():
        if one.apart and one.form == "forward":
            wordings[one.key].append(one)
    made = []
    for row in _rows(path):
        passages = _passages(row["text"], teller)
        asked = tuple(_asked(row["facts"], passages, keys, wordings, rng))
        if asked:
            told = tuple(Told(text, tuple(_told(row["facts"], text))) for text in passages)
            made.append(Paper(told, asked))
    return made


def _passages(text: str, teller: Teller) -> tuple[str, ...]:
    spans = sentence_spans(text)
    sizes = [teller.size(span.of(text)) + 1 for span in spans]
    cut = [text[spans[r[0]].start : spans[r[-1]].end] for r in ranges(sizes, ROOM - 2)]
    return tuple(one for one in cut if teller.size(one) <= ROOM)


def _asked(
    facts: Sequence[Mapping[str, Any]],
    passages: Sequence[str],
    keys: Mapping[str, str],
    wordings: Mapping[str, Sequence[Wording]],
    rng: random.Random,
) -> Iterator[tuple[int, Question]]:
    objects = Counter((one["subject"], one["relation"]) for one in facts)
    for one in facts:
        known = wordings.get(keys.get(one["relation"], ""), ())
        if objects[one["subject"], one["relation"]] > 1 or not known:
            continue
        for number, passage in enumerate(passages):
            subject = _found(one, "subject", passage)
            answer = _found(one, "object", passage)
            if subject and answer:
                text = rng.choice(known).text.replace("{x}", subject)
                yield number, Question(text, answer)
                break


def _told(facts: Sequence[Mapping[str, Any]], passage: str) -> Iterator[tuple[str, str, str]]:
    """Yield the facts whose names a passage has, as it has them."""
    for one in facts:
        subject, object_ = _found(one, "subject", passage), _found(one, "object", passage)
        if subject and object_:
            yield one["relation"], subject, object_


def _found(fact: Mapping[str, Any], side: str, passage: str) -> str:
    """Return the longest name of a side that a passage has; "" where it has none."""
    names = [fact[side], *fact.get(f"{side}_names", ())]
    return max((name for name in names if name in passage), key=len, default="")


def sheets(made: Sequence[Paper], count: int, rng: random.Random) -> Iterator[Sheet]:
    """Yield sheets of ``count`` references, the answering ones among them."""
    for paper in made:
        by_passages: dict[tuple[int, ...], list[Question]] = defaultdict(list)
        for number, question in paper.questions:
            first = number // count * count
            lot = range(first, min(first + count, len(paper.passages)))
            by_passages[tuple(lot)].append(question)
        for lot_, questions in by_passages.items():
            own = [paper.passages[n] for n in lot_]
            others = _of_others(made, paper, count - len(own), rng)
            references = [*own, *others]
            rng.shuffle(references)
            yield Sheet(tuple(references), tuple(questions))


def without(made: Sequence[Paper], count: int, rng: random.Random) -> Iterator[Sheet]:
    """Yield sheets of ``count`` references of other documents: their questions have no answer."""
    for paper in made:
        questions = tuple(Question(q.text, UNKNOWN) for _, q in paper.questions)
        yield Sheet(tuple(_of_others(made, paper, count, rng)), questions)


def _of_others(made: Sequence[Paper], paper: Paper, count: int, rng: random.Random) -> list[Told]:
    pool = [one for other in made if other is not paper for one in other.passages]
    return rng.sample(pool, min(count, len(pool)))


def of_facts(
    triples: Path, questions: Path, teller: Teller, count: int, rng: random.Random
) -> Iterator[Sheet]:
    """Yield a sheet for each question of kind ``single``, in the formats of ``manage.py evaluate
    questions``: what is known of the thing that it names, in words, beside what is known of others.

    Left out are those that do not name one side of a fact whose other side is the answer. Raises
    OSError and ValueError.
    """
    said = _about(triples, teller)
    for row in _rows(questions):
        fact = _fact_asked(row, said) if row.get("kind") == "single" else None
        if fact:
            key, subject, answer = fact
            like = [
                told for other, told in said.items()
                if other != subject and answer not in told.text
                and any(one[0] == key for one in told.facts)
            ]  # fmt: skip
            references = [said[subject], *rng.sample(like, min(count - 1, len(like)))]
            rng.shuffle(references)
            yield Sheet(tuple(references), (Question(row["question"], answer),))


def _about(triples: Path, teller: Teller) -> dict[str, Told]:
    """Return the facts of each subject in words, as many as there is room for."""
    specs = {spec.key: spec for spec in teller.source.specs}
    facts: dict[str, list[tuple[RelationSpec, str, str]]] = defaultdict(list)
    for row in _rows(triples):
        if row["relation"] in specs:
            known = facts[row["subject"]]
            known.append((specs[row["relation"]], row["subject"], row["object"]))
    return {subject: teller.of_facts(known) for subject, known in facts.items()}


def _fact_asked(row: Mapping[str, Any], said: Mapping[str, Told]) -> tuple[str, str, str] | None:
    """Return the fact of the longest name in a question whose object is its one answer."""
    names = sorted((name for name in said if name in row["question"]), key=len, reverse=True)
    found = (
        fact for name in names for fact in said[name].facts
        if len(row["answers"]) == 1 and fact[2] in row["answers"][0]
    )  # fmt: skip
    return next(found, None)


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.strip():
            yield json.loads(line)
