"""The scores of all relations of a window's pairs: from the pairs' vectors alone, or read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from worker.heads.encoder.extractor import Entities, WriteExtractor
from worker.heads.encoder.features import Window
from worker.heads.encoder.moods import STATED, likeliest
from worker.heads.encoder.pair_reader import (
    KINDS,
    MOODS,
    PairReader,
    ReaderConfig,
    Stretches,
    in_chunks,
    stretches,
)
from worker.heads.encoder.runtime import Pairs
from worker.heads.encoder.scoring import LOOK_SIGNS, SIGNS, ReadPairs, Scoring, look_signs, signs
from worker.heads.encoder.second_look import Looker
from worker.types import ENTITY_TYPES, RelationSpec

AT_ONCE = 64  # pairs that are read together


@dataclass(frozen=True)
class PairScores:
    """The probability (P, K) of each relation of each pair in the pair's likeliest mood, that mood
    (P,), an index into MOODS, and the signs (P, K, S) behind them where they were asked for."""

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
class _Chunk:
    """What was seen of C pairs, each as given and turned round: their ``rows`` (2, C) among all,
    ``margins`` (2, C, K), ``moods`` (2, C, MOODS), the log of how likely each is, and ``apart``
    (C,)."""

    rows: Tensor
    margins: Tensor
    moods: Tensor
    apart: Tensor


@dataclass(frozen=True)
class _Seen:
    """What was seen of P ordered pairs, by their ``rows`` (P,) among all: their ``moods``
    (P, MOODS), as in a chunk, and the ``signs`` (P, K, S) of each relation."""

    rows: Tensor
    moods: Tensor
    signs: Tensor


@dataclass(frozen=True)
class AskedPairs:
    """The pairs of a window and K relations, given by their ``rows`` (K,) among those that were
    learned, vectors (K, pair), biases (K,) and the types that they take (see ``takes``)."""

    window: Window
    states: Tensor
    entities: Entities
    pairs: Pairs
    rows: Tensor
    relations: tuple[Tensor, Tensor]
    takes: Tensor

    def chunks(self, hopeful: Tensor, config: ReaderConfig) -> Iterator[tuple[Tensor, Stretches]]:
        """Yield what is read for the pairs of which one direction is ``hopeful`` (P,), with their
        rows (2, C)."""
        half = len(self.pairs.subjects) // 2
        asked = hopeful.view(2, half).any(0).nonzero().squeeze(-1)
        ends = torch.stack([self.pairs.subjects[asked], self.pairs.objects[asked]], 1)
        for read in in_chunks(stretches(self.window.words, self.entities, ends, config), AT_ONCE):
            at = asked[read.rows]
            yield torch.stack([at, at + half]), read

    def read_pairs(self, chunks: Sequence[_Chunk], expected: Tensor) -> tuple[Tensor, ReadPairs]:
        """Return the rows (P,) of all chunks and what was read of them."""
        at = torch.cat([chunk.rows.flatten() for chunk in chunks])
        subjects, objects = self.pairs.subjects[at], self.pairs.objects[at]
        return at, ReadPairs(
            torch.stack([subjects, objects], 1),
            torch.cat([chunk.margins.flatten(0, 1) for chunk in chunks]),
            expected[at],
            likeliest(torch.cat([chunk.moods.flatten(0, 1) for chunk in chunks]))[1],
            torch.cat([chunk.apart.repeat(2) for chunk in chunks]),
            self.takes[self.entities.types[subjects], self.entities.types[objects]],
        )


@dataclass(frozen=True)
class Reading:
    """What reads a window's pairs: the reader, the networks that turn its vectors into margins,
    and the regression over the signs.

    ``look`` and ``look_scoring`` are the second look and the regression over its signs too; None
    where the weights have none. It looks at pairs of which the reader believes some relation with
    at least ``least_score``.
    """

    reader: PairReader
    model: WriteExtractor
    scoring: Scoring
    least_margin: float
    look: Looker | None = None
    look_scoring: Scoring | None = None
    least_score: float = 0.0

    def weighed(self, more: Mapping[str, float]) -> Reading:
        """Return the same with something added to the weights of the regression that counts."""
        if self.look_scoring is not None:
            names = (*SIGNS, *LOOK_SIGNS)
            return replace(self, look_scoring=self.look_scoring.with_more(more, names))
        return replace(self, scoring=self.scoring.with_more(more, SIGNS))

    def scores(
        self, asked: AskedPairs, *, also: Tensor | None = None, keep_signs: bool = False
    ) -> PairScores:
        """Return the scores of the relations of all pairs.

        Pairs of which their vectors alone expect nothing are not read unless they are among
        ``also`` (P,), nor those whose mentions stand too far apart: their scores are 0.
        """
        expected = self.model.margins(asked.pairs.vectors, *asked.relations)
        if also is None:
            also = torch.zeros(len(expected), dtype=torch.bool)
        moods = torch.full((len(expected),), STATED)
        seen, scoring = self._read(asked, expected, also), self.scoring
        moods[seen.rows] = likeliest(seen.moods)[0]
        if self.look is not None and self.look_scoring is not None:
            hopeful = (scoring(seen.signs) >= self.least_score).any(-1) | also[seen.rows]
            seen, scoring = self._looked(asked, seen, hopeful), self.look_scoring
            moods[seen.rows] = likeliest(seen.moods)[0]
        scores = torch.zeros_like(expected)
        scores[seen.rows] = scoring(seen.signs)
        if not keep_signs:
            return PairScores(scores, moods)
        kept = expected.new_zeros(*expected.shape, seen.signs.shape[-1])
        kept[seen.rows] = seen.signs
        return PairScores(scores, moods, kept)

    def _read(self, asked: AskedPairs, expected: Tensor, also: Tensor) -> _Seen:
        """Return what the reader finds."""
        vectors = asked.pairs.vectors
        chunks = []
        hopeful = (expected > self.least_margin).any(-1) | also
        for rows, read in asked.chunks(hopeful, self.reader.config):
            joined, logits = self.reader.read(asked.states, read, vectors[rows])
            margins = self.model.margins(joined, *asked.relations)
            chunks.append(_Chunk(rows, margins, logits.log_softmax(-1), read.apart))
        if not chunks:
            return _nothing_seen(len(asked.rows), len(SIGNS))
        at, found = asked.read_pairs(chunks, expected)
        return _Seen(at, torch.cat([chunk.moods.flatten(0, 1) for chunk in chunks]), signs(found))

    def _looked(self, asked: AskedPairs, seen: _Seen, hopeful: Tensor) -> _Seen:
        """Return what a second look at the ``hopeful`` (P,) of what was read finds, with the signs
        of both. A mood is as likely as both looks find it together: each misses denials that the
        other sees."""
        assert self.look is not None
        chosen = torch.zeros(len(asked.pairs.subjects), dtype=torch.bool)
        chosen[seen.rows[hopeful]] = True
        chunks = []
        place = torch.full((len(chosen),), -1)
        place[seen.rows] = torch.arange(len(seen.rows))
        for rows, read in asked.chunks(chosen, self.reader.config):
            margins, logits = self.look(asked.window.ids, asked.window.shapes, read, asked.rows)
            moods = (seen.moods[place[rows]] + logits.log_softmax(-1)) / 2
            chunks.append(_Chunk(rows, margins, moods.log_softmax(-1), read.apart))
        if not chunks:
            return _nothing_seen(len(asked.rows), len(SIGNS) + len(LOOK_SIGNS))
        at, found = asked.read_pairs(chunks, torch.zeros(len(chosen), len(asked.rows)))
        both = torch.cat([seen.signs[place[at]], look_signs(found)], -1)
        return _Seen(at, torch.cat([chunk.moods.flatten(0, 1) for chunk in chunks]), both)


def _nothing_seen(relations: int, signs_each: int) -> _Seen:
    none = torch.zeros(0, dtype=torch.long)
    return _Seen(none, torch.zeros(0, len(MOODS)), torch.zeros(0, relations, signs_each))
