"""References that tell facts, and the questions that they answer.

Three kinds: sentences of relations' templates and invented names, so that nothing can come from the
weights; texts composed of wordings; passages of whole documents, of which people and organisations
have got other names.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from worker import sentences
from worker.explicit.encode import POSITIONS
from worker.heads.causal.tokens import encode
from worker.training import augment
from worker.training.causal.data import STATED
from worker.training.causal.material import Material
from worker.training.causal.sequences import Composer
from worker.training.causal.windows import ranges, window
from worker.training.redocred import GoldDocument
from worker.types import RelationSpec, Side
from worker.wordings import Wording

ROOM = POSITIONS - 1  # tokens of a reference
RENAMED = 0.7  # of the people and organisations of a document


@dataclass(frozen=True)
class Told:
    """A reference and the facts that it states: relation's key, subject and object."""

    text: str
    facts: tuple[tuple[str, str, str], ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of its facts, each once."""
        return tuple(dict.fromkeys(name for fact in self.facts for name in fact[1:]))


@dataclass(frozen=True)
class Fact:
    """What is asked: a relation's key, the side that is known, and the name that stands there."""

    key: str
    known: Side
    name: str


def answers(references: Iterable[Told]) -> dict[Fact, tuple[str, ...]]:
    """Return what references answer, and the answers in the order in which they tell them."""
    found: dict[Fact, dict[str, None]] = defaultdict(dict)
    for reference in references:
        for key, subject, object_ in reference.facts:
            found[Fact(key, "subject", subject)][object_] = None
            found[Fact(key, "object", object_)][subject] = None
    return {fact: tuple(names) for fact, names in found.items()}


class Teller:
    """Makes references of a material; ``asking`` has the wordings of each fact's question."""

    def __init__(self, source: Material, composer: Composer) -> None:
        self.source, self.composer = source, composer
        wordings = source.questions.asking if source.questions else []
        self.asking: dict[tuple[str, Side], list[Wording]] = defaultdict(list)
        for one in wordings:
            self.asking[one.key, one.known].append(one)
        keys = {key for key, _ in self.asking}
        self.specs = [
            spec for spec in source.specs
            if spec.key in keys and "{subject}" in spec.template and "{object}" in spec.template
        ]  # fmt: skip

    def from_templates(self, rng: random.Random, count: int) -> Told:
        """Return sentences of templates, as often of one relation as of several."""
        one = rng.random() < 0.5
        specs = [rng.choice(self.specs)] * count if one else rng.choices(self.specs, k=count)
        return self.of_facts((s, self._name(s.subject_types, rng), self._name(s.object_types, rng))
                             for s in specs)  # fmt: skip

    def of_facts(self, facts: Iterable[tuple[RelationSpec, str, str]]) -> Told:
        """Return facts in words, as many as a reference has room for."""
        said: list[str] = []
        kept: list[tuple[str, str, str]] = []
        for spec, subject, object_ in facts:
            text = sentences.fill(spec.template, subject=subject, object=object_)
            if subject == object_ or self.size(" ".join([*said, text])) > ROOM:
                continue
            said.append(text)
            kept.append((spec.key, subject, object_))
        return Told(" ".join(said), tuple(kept))

    def from_texts(self, rng: random.Random) -> Iterator[Told]:
        """Yield the passages of an epoch of texts and documents that state something."""
        texts = list(self.source.texts.epoch(rng)) if self.source.texts else []
        documents = [*self.source.documents, *texts]
        rng.shuffle(documents)
        for document in documents:
            yield from self.passages(augment.rename(document, self.source.names, rng, RENAMED))

    def passages(self, document: GoldDocument) -> Iterator[Told]:
        """Yield the passages of a document that fit and state something."""
        sizes = [self.size(span.of(document.text)) + 1 for span in document.sentences]
        for kept in ranges(sizes, ROOM - 2):
            part = window(document, kept)
            facts = tuple(dict.fromkeys(_facts(part)))
            if facts and self.size(part.text) <= ROOM:
                yield Told(part.text, facts)

    def size(self, text: str) -> int:
        """Return the number of tokens of a text."""
        return len(encode(self.composer.tokenizer, text))

    def _name(self, types: Sequence[str], rng: random.Random) -> str:
        names: Mapping[str, Sequence[str]] = self.source.names
        return rng.choice(names.get(rng.choice(types) if types else "MISC") or names["MISC"])


def _facts(document: GoldDocument) -> Iterator[tuple[str, str, str]]:
    names = [_name(document, number) for number in range(len(document.entities))]
    for triple in document.triples:
        subject, object_ = names[triple.subject], names[triple.object]
        if triple.mood in STATED and subject and object_ and subject != object_:
            yield triple.property, subject, object_


def _name(document: GoldDocument, entity: int) -> str:
    """Return the longest name of an entity; "" where there are words such as "the firm" alone."""
    texts = [mention.span.of(document.text) for mention in document.entities[entity]]
    return max((t for t in texts if not t[:1].islower() and "\n" not in t), key=len, default="")
