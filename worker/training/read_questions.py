"""Measure a read head on questions generated from the facts of Re-DocRED.

    python -m worker.training.read_questions --data DIR [--weights DIR] [--each 300] [--reported]

All facts of ``redocred/dev_revised.json`` go into an in-memory memory. The questions are about
the facts of the first fifth of the documents, whose names the training does not use, and in
wordings that the training leaves out: those to choose settings by or, with ``--reported``, those
to report. One JSON object goes to standard output.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from worker.heads.scripted.memory import InMemoryMemory, Named
from worker.interfaces import ReadHead
from worker.training import read_data, redocred
from worker.training.read_data import Label, Wordings
from worker.training.read_head import RELATIONS
from worker.types import (
    EntityRef,
    Fact,
    MemoryQuery,
    QuestionContext,
    RelationSpec,
    Side,
    TracedAnswer,
)

_PHRASES = {
    "P22": ("the father of {x}", "{x}'s father"),
    "P25": ("the mother of {x}",),
    "P26": ("the spouse of {x}", "{x}'s husband", "the woman {x} married"),
    "P57": ("the director of {x}", "the person who directed {x}"),
    "P50": ("the author of {x}", "the writer of {x}"),
    "P86": ("the composer of {x}",),
    "P36": ("the capital of {x}",),
    "P178": ("the developer of {x}", "the company that developed {x}"),
    "P175": ("the performer of {x}", "the artist who performed {x}"),
    "P123": ("the publisher of {x}",),
    "P162": ("the producer of {x}",),
    "P40": ("the child of {x}",),
    "P108": ("the employer of {x}",),
    "P19": ("the place where {x} was born", "the town in which {x} was born"),
    "P20": ("the place where {x} died",),
    "P159": ("the place where {x} is headquartered",),
    "P112": ("the man who founded {x}", "{x}'s founder"),
}  # fmt: skip
_INVENTED = ("Zorvan Quell", "Mirabeth Osk", "the Trelliant Institute", "Port Vashkel")


class NoQuestion(Exception):
    """This draw makes no fair question."""


@dataclass(frozen=True)
class TestQuestion:
    """A question with the ids of the right answers; none means that abstaining is right."""

    kind: str
    text: str
    answers: frozenset[str]


class QuestionSource:
    """Draws questions of each kind from a memory, seeded."""

    def __init__(
        self,
        memory: InMemoryMemory,
        facts: Sequence[Fact],
        wordings: Wordings,
        same: dict[Label, set[Label]],
        outside: Sequence[str],
        seed: int,
        phrases: Mapping[str, Sequence[str]] = _PHRASES,
    ) -> None:
        """``phrases`` stand for the object of a property in a longer question."""
        self.memory, self.facts, self.outside = memory, facts, outside
        self.patterns, self.phrases = wordings.patterns, phrases
        self.same = same
        self.rng = random.Random(seed)
        self._relations = {relation.id: relation for relation in memory.relations()}

    def draw(self, kind: str, count: int) -> list[TestQuestion]:
        """Return up to ``count`` different questions of a kind."""
        make: Callable[[], TestQuestion | None] = getattr(self, f"_{kind}")
        found: dict[str, TestQuestion] = {}
        for _ in range(count * 200):
            try:
                question = make()
            except NoQuestion:
                continue
            if question is not None:
                found.setdefault(question.text, question)
            if len(found) == count:
                break
        return list(found.values())

    def _fact(self) -> Fact:
        """Draw a relation first, so that rare relations are asked about as often."""
        relation = self.rng.choice(sorted(self._relations))
        of_it = [fact for fact in self.facts if fact.relation.id == relation]
        return self.rng.choice(of_it or list(self.facts))

    def _held(self, entity: EntityRef, label: Label) -> frozenset[str]:
        """Return the ids that the memory gives for a label, or for one that means the same."""
        found: set[str] = set()
        for property_, known in ({label} if label[1] else set()) | self.same.get(label, set()):
            if property_ not in self._relations:
                continue
            subject = known == "subject"
            query = MemoryQuery(
                "",
                relation_id=property_,
                subject=entity.name if subject else None,
                object=None if subject else entity.name,
                subject_id=entity.id if subject else None,
                object_id=None if subject else entity.id,
            )
            for fact in self.memory.read(query).facts:
                found.add(fact.object.id if known == "subject" else fact.subject.id)
        return frozenset(found)

    def _asked(self, kind: str, known: Side) -> TestQuestion | None:
        fact = self._fact()
        entity = fact.subject if known == "subject" else fact.object
        label: Label = (fact.relation.id, known)
        answers = self._held(entity, label)
        if label not in self.patterns or len(answers) >= 30:
            return None
        text = self.rng.choice(self.patterns[label]).replace("{x}", entity.name)
        return TestQuestion(kind, text, answers)

    def _single(self) -> TestQuestion | None:
        return self._asked("single", "subject")

    def _inverse(self) -> TestQuestion | None:
        return self._asked("inverse", "object")

    def _absent(self) -> TestQuestion | None:
        """The entity is known, and would fit, but has no such fact."""
        entity = self._fact().subject
        label: Label = (self.rng.choice(sorted(self._relations)), "subject")
        relation = self._relations[label[0]]
        if (
            label not in self.patterns
            or entity.type not in relation.subject_types
            or self._held(entity, label)
        ):
            return None
        text = self.rng.choice(self.patterns[label]).replace("{x}", entity.name)
        return TestQuestion("absent", text, frozenset())

    def _outside(self) -> TestQuestion:
        entity = self._fact().subject
        text = self.rng.choice(self.outside).replace("{x}", entity.name)
        return TestQuestion("outside", text, frozenset())

    def _unknown(self) -> TestQuestion | None:
        label = self.rng.choice(sorted(self.patterns))
        text = self.rng.choice(self.patterns[label]).replace("{x}", self.rng.choice(_INVENTED))
        if self.memory.find_entities(text):
            return None
        return TestQuestion("unknown", text, frozenset())

    def _two_hops(self) -> TestQuestion | None:
        fact = self._bridge(list(self.facts))
        return self._through("two_hops", self._phrase(fact, fact.subject.name), fact.object)

    def _three_hops(self) -> TestQuestion | None:
        first = self._bridge(list(self.facts))
        onward = [f for f in self.memory.facts() if f.subject.id == first.object.id]
        second = self._bridge(onward)
        inner = self._phrase(second, self._phrase(first, first.subject.name))
        return self._through("three_hops", inner, second.object)

    def _broken(self) -> TestQuestion | None:
        """The first of two steps is unknown; what is asked then is known of the entity itself."""
        fact = self._fact()
        label: Label = (fact.relation.id, "subject")
        property_ = self.rng.choice(sorted(self.phrases))
        fits = fact.subject.type in self._relations[property_].subject_types
        if (
            label not in self.patterns
            or not fits
            or self._held(fact.subject, (property_, "subject"))
        ):
            return None
        inner = self.rng.choice(self.phrases[property_]).replace("{x}", fact.subject.name)
        text = self.rng.choice(self.patterns[label]).replace("{x}", inner)
        return TestQuestion("broken", text, frozenset())

    def _bridge(self, facts: Sequence[Fact]) -> Fact:
        """Draw a fact that is the only one of its subject and relation. Raises NoQuestion."""
        found = [f for f in facts if f.relation.id in self.phrases and f.object.id != f.subject.id]
        fact = self.rng.choice(found) if found else None
        if fact is None or len(self._held(fact.subject, (fact.relation.id, "subject"))) != 1:
            raise NoQuestion
        return fact

    def _phrase(self, fact: Fact, name: str) -> str:
        return self.rng.choice(self.phrases[fact.relation.id]).replace("{x}", name)

    def _through(self, kind: str, inner: str, entity: EntityRef) -> TestQuestion | None:
        """Ask something of ``entity``, which ``inner`` stands for."""
        label: Label = (self.rng.choice(sorted(self._relations)), "subject")
        answers = self._held(entity, label)
        if not answers or label not in self.patterns or len(answers) >= 30:
            return None
        return TestQuestion(
            kind, self.rng.choice(self.patterns[label]).replace("{x}", inner), answers
        )


KINDS = ("single", "inverse", "two_hops", "three_hops", "broken", "absent", "outside", "unknown")


def load_memory(
    documents: Sequence[redocred.GoldDocument],
    relations: Sequence[RelationSpec],
    turned: Mapping[str, str] | None = None,
) -> tuple[InMemoryMemory, list[Fact]]:
    """Return a memory of all the documents' facts, and those of the first fifth.

    ``turned``: see InMemoryMemory.
    """
    memory = InMemoryMemory(relations, turned=turned)
    known = {relation.id for relation in relations}
    first: list[Fact] = []
    for number, document in enumerate(documents):
        names = [
            sorted({m.span.of(document.text) for m in mentions}, key=lambda n: (-len(n), n))
            for mentions in document.entities
        ]
        for triple in document.triples:
            if triple.property not in known:
                continue
            subject, object_ = names[triple.subject], names[triple.object]
            types = [document.entities[i][0].type for i in (triple.subject, triple.object)]
            fact = memory.add(
                Named(subject[0], types[0], aliases=subject[1:]),
                triple.property,
                Named(object_[0], types[1], aliases=object_[1:]),
            )
            if number < len(documents) // 5:
                first.append(fact)
    return memory, first


def measure(
    head: ReadHead, memory: InMemoryMemory, questions: Sequence[TestQuestion]
) -> tuple[dict[str, float], list[tuple[TestQuestion, TracedAnswer]]]:
    """Return the figures over ``questions`` of one kind, and the answers that were wrong."""
    right = abstained = 0
    f1 = 0.0
    times: list[float] = []
    wrong: list[tuple[TestQuestion, TracedAnswer]] = []
    for question in questions:
        began = time.perf_counter()
        answer = head.answer(question.text, memory, QuestionContext())
        times.append(time.perf_counter() - began)
        given = {entity.id for entity in answer.answers}
        exact = given == question.answers and answer.abstained == (not question.answers)
        both = len(given & question.answers)
        f1 += 2 * both / (len(given) + len(question.answers)) if both else float(exact)
        right += exact
        abstained += answer.abstained
        if not exact:
            wrong.append((question, answer))
    n = max(1, len(questions))
    times.sort()
    return {
        "n": len(questions),
        "exact_match": round(right / n, 4),
        "f1": round(f1 / n, 4),
        "abstained": round(abstained / n, 4),
        "latency_ms_p50": round(1000 * times[len(times) // 2], 1) if times else 0.0,
    }, wrong


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="worker.training.read_questions", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the folder with the data sets")
    parser.add_argument("--relations", type=Path, default=RELATIONS, help="a relations.json")
    parser.add_argument("--weights", type=Path, help="trained weights; the shipped ones if absent")
    parser.add_argument("--each", type=int, default=300, help="questions of each kind")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--reported", action="store_true", help="the wordings to report")
    parser.add_argument("--wrong", type=int, default=0, help="wrong answers of each kind to show")
    options = parser.parse_args(arguments)
    from worker.heads.encoder.read_head import EncoderReadHead

    items = json.loads(options.relations.read_text(encoding="utf-8"))
    relations = [read_data.relation_spec(item) for item in items]
    documents = redocred.read(options.data / "redocred" / "dev_revised.json")
    same = read_data.equivalents(options.relations)
    memory, facts = load_memory(documents, relations, read_data.turned(same))
    _, wordings = read_data.read_wordings(options.relations)
    phrases: Mapping[str, Sequence[str]] = _PHRASES
    if options.reported:
        wordings, phrases = read_data.read_reported(options.relations)
    outside = json.loads(read_data.OUTSIDE.read_text(encoding="utf-8"))["apart"]
    source = QuestionSource(memory, facts, wordings, same, outside, options.seed, phrases)
    head = EncoderReadHead(options.weights)
    figures = {}
    for kind in KINDS:
        figures[kind], wrong = measure(head, memory, source.draw(kind, options.each))
        for question, answer in wrong[: options.wrong]:
            print(f"{kind}: {question.text}\n  {answer.text[:200]}\n  {answer.calls[:300]}",
                  file=sys.stderr)  # fmt: skip
    print(json.dumps({"facts": len(memory.facts()), "kinds": figures}, indent=2))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
