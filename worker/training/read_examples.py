"""Example questions that labels are known by, beside their texts, while the read head is trained.

Relations come with example questions, few or many or none, and the head is to make use of those
that it has never seen. So every label gets a few by lot, of which a step hides some, and a label
all of them in a share of the steps. A question is never compared with itself.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence

import torch
from torch import Tensor

from worker.heads.encoder.relation_matching import MASKS, UNKNOWN_MASK, plain_question
from worker.training import read_data
from worker.training.read_data import Corpus, Label

_MOST = 400  # SimpleQuestions of a label that are drawn from


class ExamplePool:
    """What examples are drawn from: (source, text) pairs of each label; a source is the wording or
    the question that a text was made of."""

    def __init__(self, corpus: Corpus, labels: Sequence[Label]) -> None:
        self.corpus, self.labels = corpus, labels
        self._asked: dict[Label, list[str]] = defaultdict(list)
        for question in corpus.questions:
            if len(self._asked[question.label]) < _MOST:
                self._asked[question.label].append(question.text)

    def draw(self, each: int, rng: random.Random) -> list[list[tuple[str, str]]]:
        """Return up to ``each`` (source, text) pairs for every label, in the labels' order."""
        return [self._of(label, each, rng) for label in self.labels]

    def _of(self, label: Label, each: int, rng: random.Random) -> list[tuple[str, str]]:
        written = list(self.corpus.wordings.patterns.get(label, ()))
        asked = self._asked.get(label, [])
        drawn = rng.sample(written, min(each, len(written)))
        spare = each - len(drawn) if written else each
        pairs = [(pattern, self._filled(pattern, label, rng)) for pattern in drawn]
        for text in rng.sample(asked, min(spare, len(asked))):
            pairs.append((text, read_data.mask_rare(text, self.corpus.rare)))
        return [(source, plain_question(text)) for source, text in pairs]

    def _filled(self, pattern: str, label: Label, rng: random.Random) -> str:
        relation = self.corpus.relations[label[0]]
        types = relation.subject_types if label[1] == "subject" else relation.object_types
        fits = types and rng.random() < 0.7
        return pattern.replace("{x}", MASKS[rng.choice(types)] if fits else UNKNOWN_MASK)


class ExampleBank:
    """The vectors of the examples of all labels, (labels, each, D), and where there are any."""

    def __init__(self, drawn: Sequence[Sequence[tuple[str, str]]], each: int) -> None:
        self.sources = [[source for source, _ in pairs] for pairs in drawn]
        self.texts = [[text for _, text in pairs] for pairs in drawn]
        self.there = torch.tensor([[i < len(pairs) for i in range(each)] for pairs in drawn])
        self.vectors = torch.zeros(0)

    @property
    def places(self) -> list[tuple[int, int]]:
        """Return (label, number) of every example."""
        return [(i, j) for i, texts in enumerate(self.texts) for j in range(len(texts))]

    def fill(self, vectors: Tensor) -> None:
        """Keep ``vectors``, (len(places), D), in the order of ``places``."""
        self.vectors = torch.zeros(*self.there.shape, vectors.shape[1])
        self.vectors[self.there] = vectors

    def seen(self, hidden: float, bare: float, rng: random.Random) -> Tensor:
        """Return which examples a step sees, (labels, each): some are hidden by lot, of some
        labels all."""
        generator = torch.Generator().manual_seed(rng.getrandbits(48))
        shown = torch.rand(self.there.shape, generator=generator) >= hidden
        labels = torch.rand(len(self.there), 1, generator=generator) >= bare
        return self.there & shown & labels

    def own(self, sources: Sequence[str], targets: Sequence[int]) -> Tensor:
        """Return which examples were made of what a question was made of,
        (questions, labels, each)."""
        mask = torch.zeros(len(sources), *self.there.shape, dtype=torch.bool)
        for row, (source, target) in enumerate(zip(sources, targets, strict=True)):
            if 0 <= target < len(self.sources):
                for number, other in enumerate(self.sources[target]):
                    mask[row, target, number] = other == source
        return mask


def nearest(asked: Tensor, vectors: Tensor, hidden: Tensor) -> tuple[Tensor, Tensor]:
    """Return (cosine to the nearest example, whether there is one), both (questions, labels).

    ``asked`` (questions, D), ``vectors`` (labels, each, D), ``hidden`` (questions, labels, each).
    """
    cosines = torch.einsum("qd,led->qle", asked, vectors).masked_fill(hidden, -1.0)
    return cosines.amax(-1), ~hidden.all(-1)
