"""Groups: some references and the questions that are asked of them, as one tree of tokens.

The questions branch off what stands before them all: the references' text, or nothing but the
beginning where the references are memories. So a reference is computed once for all of them.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from worker.explicit.references import marked
from worker.heads.causal.tokens import encode, encode_with_offsets
from worker.training.causal.data import UNKNOWN
from worker.training.causal.sequences import PROMPT, Composer, TokenTree
from worker.training.explicit.told import Fact, Teller, Told, answers

Stage = Literal["text", "dense", "sparse"]
CLOZE = 0.15  # of the questions are a template's words up to the object
TEXTS = 0.5  # of the groups are passages of texts; the others are made of templates
MOST_FACTS = 5  # in a reference of templates


@dataclass
class Group(TokenTree):
    """Questions as branches, and the tokens of the references that are memories beside them."""

    references: tuple[tuple[int, ...], ...] = ()
    marked: tuple[tuple[int, ...], ...] = ()  # of each, the places of the names of its facts

    def cut(self, length: int) -> Group:
        """Return the first tokens of it, with all references."""
        return Group(**vars(super().cut(length)), references=self.references, marked=self.marked)


@dataclass(frozen=True)
class Question:
    """A question and its answer."""

    text: str
    answer: str


@dataclass(frozen=True)
class Mix:
    """At most how many references a group has, how many questions, and the share of these that no
    reference answers."""

    references: int = 5
    questions: int = 8
    absent: float = 0.2


def tokens_of(
    composer: Composer, references: Sequence[Told]
) -> tuple[tuple[tuple[int, ...], ...], tuple[tuple[int, ...], ...]]:
    """Return the tokens of references, and of each the places of the names of its facts."""
    ids, marks = [], []
    for told in references:
        tokens, offsets = encode_with_offsets(composer.tokenizer, told.text)
        ids.append(tuple(tokens))
        marks.append(tuple(marked(told.text, told.names, offsets)))
    return tuple(ids), tuple(marks)


def composed(
    composer: Composer, questions: Sequence[Question], references: Sequence[Told], *, text: bool
) -> Group:
    """Return questions with their answers, which alone are learnt; with ``text`` the references
    stand before them, else they are to be attended to."""
    ids, marks = tokens_of(composer, references)
    made = Group(references=() if text else ids, marked=() if text else marks)
    start = composer.start_ids()
    made.add(start, PROMPT, 0.0)
    if text:
        for row in ids:
            made.add([*row, *encode(composer.tokenizer, "\n")], PROMPT, 0.0)
    begin = made.trunk
    for branch, one in enumerate(questions, 1):
        whole = composer.answer(one.text, [], one.answer)
        rest = range(len(start), len(whole))
        for at, n in enumerate(rest):
            made.add([whole.ids[n]], whole.kinds[n], whole.weights[n], branch, begin + at)
    return made


class Groups:
    """Makes groups of a teller's references."""

    def __init__(self, teller: Teller, mix: Mix | None = None) -> None:
        self.teller, self.mix = teller, mix or Mix()
        self.specs = {spec.key: spec for spec in teller.specs}

    def epoch(self, count: int, rng: random.Random, *, text: bool) -> Iterator[Group]:
        """Yield so many groups; the same for the same generator."""
        passages: Iterator[Told] = iter(())
        for _ in range(count):
            references: list[Told] = []
            from_texts = bool(self.teller.source.documents) and rng.random() < TEXTS
            for _ in range(rng.randint(1, self.mix.references)):
                if from_texts:
                    made = next(passages, None)
                    if made is None:
                        passages = self.teller.from_texts(rng)
                        made = next(passages)
                else:
                    made = self.teller.from_templates(rng, rng.randint(1, MOST_FACTS))
                references.append(made)
            questions = self.questions(references, rng)
            if questions:
                told = [one for one in references if one.text]
                yield composed(self.teller.composer, questions, told, text=text)

    def questions(self, references: Sequence[Told], rng: random.Random) -> list[Question]:
        """Return questions that references answer, and some that they do not."""
        known = answers(references)
        askable = [fact for fact in known if self.teller.asking.get((fact.key, fact.known))]
        rng.shuffle(askable)
        made: list[Question] = []
        for fact in askable[: self.mix.questions]:
            if rng.random() < self.mix.absent:
                made += self._unanswered(fact, known, rng)
            else:
                made.append(self.asked(fact, "; ".join(known[fact]), rng))
        return made

    def asked(self, fact: Fact, answer: str, rng: random.Random) -> Question:
        """Return a fact's question in one of its wordings, or the words that end with it."""
        spec = self.specs.get(fact.key)
        if spec and fact.known == "subject" and rng.random() < CLOZE:
            before, _, after = spec.template.partition("{object}")
            if not after.strip(" .") and "{subject}" in before:
                return Question(before.replace("{subject}", fact.name).strip(), answer)
        wording = rng.choice(self.teller.asking[fact.key, fact.known])
        return Question(wording.text.replace("{x}", fact.name), answer)

    def _unanswered(
        self, fact: Fact, known: Mapping[Fact, Sequence[str]], rng: random.Random
    ) -> list[Question]:
        """Return a question for another relation of a name that is told of, or for the same one of
        a name that is not; none where a reference answers it after all."""
        if rng.random() < 0.5:
            like = self._types(fact)
            others = [s.key for s in self.teller.specs
                      if self.teller.asking.get((s.key, fact.known))
                      and self._types(Fact(s.key, fact.known, "")) == like]  # fmt: skip
            other = Fact(rng.choice(others), fact.known, fact.name) if others else fact
        else:
            names = self.teller.source.names
            types = self._types(fact) or ("MISC",)
            other = Fact(
                fact.key, fact.known, rng.choice(names.get(rng.choice(types)) or names["MISC"])
            )
        return [] if other in known else [self.asked(other, UNKNOWN, rng)]

    def _types(self, fact: Fact) -> tuple[str, ...]:
        spec = self.specs.get(fact.key)
        if spec is None:
            return ()
        return tuple(spec.subject_types if fact.known == "subject" else spec.object_types)
