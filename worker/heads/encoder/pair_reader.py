"""Reading a sentence for one pair of entities: what it says of them, and in which mood.

The pair's vector of ``WriteExtractor`` is pooled over whole entities, so it knows which types of
things stand together but hardly the words that join them. The reader looks at the word pieces of
the stretch that holds both: each carries a mark (Zhong and Chen 2021) that says whether it is the
first of the pair, the second or another entity, of which type, and how far from both it stands.
A few small transformer layers read them, so a "not" or the verb of the neighbouring clause can
count for one pair and against another.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from worker.heads.encoder.extractor import UNKNOWN_TYPE, Entities
from worker.heads.encoder.features import Word
from worker.types import ENTITY_TYPES

MOODS = ("stated", "denied", "uncertain", "asked", "planned", "ended")
KINDS = UNKNOWN_TYPE + 1
MARKS = 1 + 3 * KINDS  # no entity, or the first, the second or another one, by type
STEPS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 40)  # edges of the classes of distances, in pieces
DISTANCES = 2 * len(STEPS) + 3  # before, inside and after
LEAST_AT_ONCE, WIDER = 8, 1.2  # pairs of a chunk, and how much longer its others may be
_VALUES = (ENTITY_TYPES.index("TIME"), ENTITY_TYPES.index("NUM"))


@dataclass(frozen=True)
class ReaderConfig:
    """Sizes of the reader; ``sentences`` and ``pieces`` bound the stretch that it reads."""

    width: int = 128
    layers: int = 3
    heads: int = 4
    inner: int = 256
    sentences: int = 3
    pieces: int = 128
    around: int = 24
    dropout: float = 0.05


@dataclass(frozen=True)
class Stretches:
    """What is read for P pairs (i, j), i before j in the window's list of entities.

    ``rows`` (P,) index the pairs that were given, of which ``pairs`` (P, 2) are those that stand
    near enough to be read; ``places`` (P, L) index the window's pieces, -1 behind the end;
    ``marks`` (P, L); ``distances`` (2, P, L); ``apart`` (P,) counts the sentence breaks between
    the two.
    """

    rows: Tensor
    pairs: Tensor
    places: Tensor
    marks: Tensor
    distances: Tensor
    apart: Tensor


def stretches(
    words: Sequence[Word], entities: Entities, pairs: Tensor, config: ReaderConfig
) -> Stretches:
    """Lay out what is read for ``pairs`` (P, 2).

    Those too far apart are left out, but for the pairs of the window's topic: what a line of a CV
    says, it says of the name at the top, so the two sentences are read one after the other.
    """
    size = words[-1].last + 1
    sentence = torch.full((size,), -1, dtype=torch.long)
    for word in words:
        sentence[word.first : word.last] = word.sentence
    owner = torch.full((size,), -1, dtype=torch.long)
    for index, group in enumerate(entities.groups):
        for member in group:
            first, last = entities.spans[member]
            owner[first:last] = index
    of_piece, head = sentence.tolist(), topic(entities)
    rows, spans, apart = [], [], []
    for number, (i, j) in enumerate(pairs.tolist()):
        near = _nearest(entities, of_piece, i, j)
        breaks = abs(of_piece[near[0][0]] - of_piece[near[1][0]]) if near else 0
        if near is not None and breaks >= config.sentences:
            near = (_first(entities, i), _first(entities, j)) if head in (i, j) else None
        if near is None:
            continue
        rows.append(number)
        spans.append(near)
        apart.append(min(breaks, config.sentences))
    chosen = torch.tensor(rows, dtype=torch.long)
    near_pairs = pairs.view(-1, 2)[chosen]
    near_spans = torch.tensor(spans, dtype=torch.long).view(-1, 2, 2)
    breaks_apart = torch.tensor(apart, dtype=torch.long)
    places = _places(sentence, near_spans, breaks_apart >= config.sentences, config)
    there = places >= 0
    who = torch.where(there, owner[places.clamp(min=0)], -1)
    role = torch.where(who == near_pairs[:, :1], 0, torch.where(who == near_pairs[:, 1:], 1, 2))
    marks = torch.where(who < 0, 0, 1 + role * KINDS + entities.types[who.clamp(min=0)])
    distances = torch.stack([_distance(places, near_spans[:, side]) for side in (0, 1)])
    return Stretches(chosen, near_pairs, places, marks, distances * there, breaks_apart)


def topic(entities: Entities) -> int:
    """Return the entity that a window names first, times and quantities aside; -1 without one."""
    named = [i for i, kind in enumerate(entities.types.tolist()) if kind not in _VALUES]
    return min(named, key=lambda i: _first(entities, i), default=-1)


def _first(entities: Entities, entity: int) -> tuple[int, int]:
    return min(entities.spans[member] for member in entities.groups[entity])


def in_chunks(read: Stretches, size: int) -> Iterator[Stretches]:
    """Yield the same pairs, at most ``size`` at a time, those of like length together.

    A chunk is as wide as its longest, so it ends where the next one is much longer than its first.
    """
    lengths = (read.places >= 0).sum(1)
    order = lengths.argsort(stable=True)
    sizes = lengths[order].tolist()
    at = 0
    while at < len(sizes):
        end = at + 1
        while end < min(at + size, len(sizes)) and (
            end - at < LEAST_AT_ONCE or sizes[end] <= WIDER * sizes[at]
        ):
            end += 1
        some, longest = order[at:end], sizes[end - 1]
        at = end
        yield Stretches(
            read.rows[some],
            read.pairs[some],
            read.places[some, :longest],
            read.marks[some, :longest],
            read.distances[:, some, :longest],
            read.apart[some],
        )


def _nearest(
    entities: Entities, sentence: Sequence[int], i: int, j: int
) -> tuple[tuple[int, int], tuple[int, int]] | None:
    """Return the two nearest mentions of a pair, those in one sentence first."""
    best, found = None, None
    for a in entities.groups[i]:
        for b in entities.groups[j]:
            one, other = entities.spans[a], entities.spans[b]
            if one[0] < other[1] and other[0] < one[1]:
                continue  # one inside the other
            apart = abs(sentence[one[0]] - sentence[other[0]])
            gap = other[0] - one[1] if one[0] < other[0] else one[0] - other[1]
            if best is None or (apart, gap) < best:
                best, found = (apart, gap), (one, other)
    return found


def _places(sentence: Tensor, spans: Tensor, parted: Tensor, config: ReaderConfig) -> Tensor:
    """Return (P, L): the pieces that are read, -1 behind them.

    They are the sentences from the first to the second of ``spans`` (P, 2, 2): of long ones what
    lies around both, of very long ones the two ends. Of the ``parted`` (P,) they are the two
    sentences alone.
    """
    order = spans[..., 0].argsort(1)
    left, right = (spans[torch.arange(len(spans)), order[:, side]] for side in (0, 1))
    inside = (sentence >= 0).nonzero().squeeze(-1)
    numbers = sentence[inside].contiguous()

    def bounds(one: Tensor, other: Tensor) -> tuple[Tensor, Tensor]:
        """Return where the sentence of ``one`` (P, 2) begins and that of ``other`` ends."""
        begins = torch.searchsorted(numbers, sentence[one[:, 0]].contiguous())
        ends = torch.searchsorted(numbers, sentence[other[:, 1] - 1].contiguous(), right=True)
        return inside[begins], inside[ends - 1] + 1

    def cut(one: Tensor, other: Tensor, most: int) -> tuple[Tensor, Tensor]:
        first, last = bounds(one, other)
        long = last - first > most
        first = torch.where(long, torch.maximum(first, one[:, 0] - config.around), first)
        return first, torch.where(long, torch.minimum(last, other[:, 1] + config.around), last)

    half = config.pieces // 2
    first, last = cut(left, torch.maximum(left, right), config.pieces)
    alone = [cut(left, left, half), cut(right, right, half)]
    one = torch.where(parted, (alone[0][1] - alone[0][0]).clamp(max=half), half)
    length = torch.where(parted, one + (alone[1][1] - alone[1][0]).clamp(max=half), last - first)
    kept = length.clamp(max=config.pieces)
    first = torch.where(parted, alone[0][0], first)
    # Where the second part begins: the middle of a very long stretch says little.
    second = torch.where(parted, alone[1][0], first + one + length - kept)
    step = torch.arange(int(kept.max()) if len(kept) else 0)
    places = torch.where(
        step < one.unsqueeze(1),
        first.unsqueeze(1) + step,
        (second - one).unsqueeze(1) + step,
    )
    return torch.where(step < kept.unsqueeze(1), places, -1)


def _distance(places: Tensor, spans: Tensor) -> Tensor:
    """Return (P, L): how far each place stands from its row's span, as a class; 0 in it, odd
    before it."""
    before, after = spans[:, :1] - places, places - spans[:, 1:] + 1
    edges = torch.tensor(STEPS)
    steps = torch.bucketize(torch.maximum(before, after).clamp(min=1), edges)
    side = torch.where(before > 0, 1 + 2 * steps, 2 + 2 * steps)
    return torch.where((before <= 0) & (after <= 0), 0, side)


class PairReader(nn.Module):
    """Adds to the vectors of pairs what the words around both say."""

    def __init__(self, config: ReaderConfig, hidden: int, pair: int) -> None:
        super().__init__()
        self.config = config
        width = config.width
        self.down = nn.Linear(hidden, width)
        self.marks = nn.Embedding(MARKS, width)
        self.first, self.second = nn.Embedding(DISTANCES, width), nn.Embedding(DISTANCES, width)
        for table in (self.marks, self.first, self.second):
            nn.init.normal_(table.weight, std=0.1)
        layer = nn.TransformerEncoderLayer(
            width, config.heads, config.inner, config.dropout, "gelu", batch_first=True,
            norm_first=True,
        )  # fmt: skip
        self.layers = nn.TransformerEncoder(layer, config.layers, enable_nested_tensor=False)
        # A layer begins by changing nothing, so that one may be added to a trained reader.
        for name, parameter in self.layers.named_parameters():
            if "out_proj" in name or "linear2" in name:
                nn.init.zeros_(parameter)
        self.norm = nn.LayerNorm(width)
        self.out = nn.Sequential(
            nn.Linear(4 * width, pair), nn.GELU(), nn.Dropout(config.dropout), nn.Linear(pair, pair)
        )
        self.mood = nn.Linear(4 * width, len(MOODS))
        self.joined = nn.LayerNorm(pair)

    def forward(self, states: Tensor, read: Stretches) -> tuple[Tensor, Tensor]:
        """Return vectors (2, P, pair), of each pair as given and turned round, and mood logits
        (2, P, MOODS). ``states`` (T, D) are the window's."""
        there = read.places >= 0
        x = self.down(states)[read.places.clamp(min=0)] + self.marks(read.marks)
        x = x + self.first(read.distances[0]) + self.second(read.distances[1])
        x = self.norm(self.layers(x, src_key_padding_mask=~there))
        role = (read.marks - 1).div(KINDS, rounding_mode="floor")
        entity = read.marks > 0
        one = mean_of(x, there & entity & (role == 0))
        other = mean_of(x, there & entity & (role == 1))
        words = there & ~(entity & (role < 2))
        mean = mean_of(x, words)
        most = x.masked_fill(~words.unsqueeze(-1), -1e4).amax(1)
        most = most.masked_fill(~words.any(1, keepdim=True), 0.0)
        both = torch.stack(
            [torch.cat([one, other, mean, most], -1), torch.cat([other, one, mean, most], -1)]
        )
        return self.out(both), self.mood(both)

    def read(self, states: Tensor, read: Stretches, pooled: Tensor) -> tuple[Tensor, Tensor]:
        """Return what ``pooled`` (2, P, pair), the vectors of ``WriteExtractor``, and the words say
        together, and mood logits (2, P, MOODS)."""
        said, moods = self(states, read)
        return self.joined(pooled + said), moods


def mean_of(x: Tensor, chosen: Tensor) -> Tensor:
    """Return (P, D): the means of the ``chosen`` (P, L) of ``x`` (P, L, D), 0 where none is."""
    weight = chosen.unsqueeze(-1).to(x.dtype)
    return (x * weight).sum(1) / weight.sum(1).clamp(min=1)
