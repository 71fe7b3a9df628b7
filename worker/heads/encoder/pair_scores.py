"""The scores of all relations of a window's pairs: from the pairs' vectors alone, or read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from worker.heads.encoder.extractor import Entities, WriteExtractor
from worker.heads.encoder.features import Word
from worker.heads.encoder.moods import STATED, likeliest
from worker.heads.encoder.pair_reader import KINDS, PairReader, in_chunks, stretches
from worker.heads.encoder.runtime import Pairs
from worker.heads.encoder.scoring import SIGNS, ReadPairs, Scoring, signs
from worker.types import ENTITY_TYPES, RelationSpec

AT_ONCE = 64  # pairs that are read together


@dataclass(frozen=True)
class PairScores:
    """The probability (P, K) of each relation of each pair in the pair's likeliest mood, that mood
    (P,), an index into MOODS, and the signs (P, K, SIGNS) behind them where they were asked for."""

    scores: Tensor
    moods: Tensor
    signs: Tensor | None = None


def takes(relations: Sequence[RelationSpec]) -> Tensor:
    """Return (KINDS, KINDS, K): whether each relation takes a subject and an object of two types.

    A relation that says nothing of a side takes all there; a thing of unknown type fits all.
    """
    table = torch.ones(KINDS, KINDS, len(relations), dtype=torch.bool)
    for number, spec in enumerate(relations):
        for kind, name in enumerate(ENTITY_TYPES):
            if spec.subject_types and name not in spec.subject_types:
                table[kind, :, number] = False
            if spec.object_types and name not in spec.object_types:
                table[:, kind, number] = False
    return table


@dataclass(frozen=True)
class Following:
    """What the vectors of pairs say of all that follows from a text: vectors (R, pair) and biases
    (R,) of the relations, and the pair's own threshold (1, pair) and (1,)."""

    vectors: Tensor
    bias: Tensor
    threshold: Tensor
    threshold_bias: Tensor

    @classmethod
    def of(cls, tensors: Mapping[str, Tensor]) -> Following | None:
        """Return that of some weights; None for those that have none of their own."""
        names = ("vectors", "bias", "threshold.weight", "threshold.bias")
        if f"implied.{names[0]}" not in tensors:
            return None
        return cls(*(tensors[f"implied.{name}"] for name in names))

    def margins(self, pairs: Tensor, rows: Tensor) -> Tensor:
        """Return (P, K): how far pairs (P, pair) speak of the relations ``rows`` (K,)."""
        own = pairs @ self.threshold.T + self.threshold_bias
        return pairs @ self.vectors[rows].T + self.bias[rows] - own


def without_reading(margins: Tensor, scale: float, offset: float) -> PairScores:
    """Return the scores of margins (P, K) of pairs' vectors alone; all is taken for stated."""
    return PairScores((margins * scale + offset).sigmoid(), torch.full((len(margins),), STATED))


@dataclass(frozen=True)
class Reading:
    """What reads a window's pairs: the reader, the networks that turn its vectors into margins,
    and the regression over the signs."""

    reader: PairReader
    model: WriteExtractor
    scoring: Scoring
    least_margin: float

    def scores(
        self,
        states: Tensor,
        words: Sequence[Word],
        entities: Entities,
        pairs: Pairs,
        relations: tuple[Tensor, Tensor],
        takes: Tensor,
        *,
        also: Tensor | None = None,
        keep_signs: bool = False,
    ) -> PairScores:
        """Return the scores of K relations, given by vectors (K, pair), biases (K,) and the types
        that they take (see ``takes``).

        Pairs of which their vectors alone expect nothing are not read unless they are among
        ``also`` (P,), nor those whose mentions stand too far apart: their scores are 0.
        """
        half = len(pairs.subjects) // 2
        expected = self.model.margins(pairs.vectors, *relations)
        fits = takes[entities.types[pairs.subjects], entities.types[pairs.objects]]
        scores = torch.zeros_like(expected)
        chosen = torch.full((len(expected),), STATED)
        kept = expected.new_zeros(*expected.shape, len(SIGNS)) if keep_signs else None
        hopeful = (expected > self.least_margin).any(-1)
        if also is not None:
            hopeful = hopeful | also
        hopeful = hopeful.view(2, half).any(0)
        asked = hopeful.nonzero().squeeze(-1)
        ends = torch.stack([pairs.subjects[asked], pairs.objects[asked]], 1)
        rows, margins, chances, apart = [], [], [], []
        for read in in_chunks(stretches(words, entities, ends, self.reader.config), AT_ONCE):
            at = asked[read.rows]
            pooled = torch.stack([pairs.vectors[at], pairs.vectors[at + half]])
            joined, logits = self.reader.read(states, read, pooled)
            moods, likely = likeliest(logits)
            for turned, row in enumerate((at, at + half)):
                rows.append(row)
                margins.append(self.model.margins(joined[turned], *relations))
                chances.append(likely[turned])
                apart.append(read.apart)
                chosen[row] = moods[turned]
        if rows:
            at = torch.cat(rows)
            both = torch.stack([pairs.subjects[at], pairs.objects[at]], 1)
            found = ReadPairs(
                both,
                torch.cat(margins),
                expected[at],
                torch.cat(chances),
                torch.cat(apart),
                fits[at],
            )
            made = signs(found)
            scores[at] = self.scoring(made)
            if kept is not None:
                kept[at] = made
        return PairScores(scores, chosen, kept)
