"""A second look at pairs of entities: their sentences, read once more for each pair alone.

The first pass encodes a text once for all its pairs, and its reader adds the marks of one pair
to states that know of no pair. That fits even its own training texts badly. Here all layers of
the encoder read the sentences of one pair with the two marked (entity markers, Zhou and Chen 2022,
as embeddings beside the word pieces'), so that every word is read for that pair. It costs as much
as encoding the sentences again for each pair, hence only those that the first pass leaves open.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from worker.heads.encoder.base import SharedEncoder
from worker.heads.encoder.features import SHAPES
from worker.heads.encoder.pair_reader import KINDS, MARKS, MOODS, Stretches, mean_of
from worker.heads.encoder.runtime import FrozenEncoder

LOOK_FILE = "second_look.safetensors"
LAYERS = "layers."
SCALE = ".scale"  # of a matrix in 8 bits, one for each row

CLS, SEP = 101, 102  # word pieces of the encoder's vocabulary


@dataclass(frozen=True)
class LookConfig:
    """Sizes of the second look; saved in the manifest, since the weights depend on them."""

    hidden: int = 384
    pair: int = 256
    text_scale: float = 2.0
    dropout: float = 0.1


@dataclass(frozen=True)
class Marked:
    """The marked sentences of P pairs: ``ids``, ``shapes`` and ``marks`` (P, L), each with [CLS]
    and [SEP] around it, and ``mask`` (P, L), 0 behind the end."""

    ids: Tensor
    shapes: Tensor
    marks: Tensor
    mask: Tensor


def marked(ids: Sequence[int], shapes: Sequence[int], read: Stretches) -> Marked:
    """Return the stretches of one window, given by its ``ids`` and ``shapes`` (T,), as inputs."""
    there = read.places >= 0
    at = read.places.clamp(min=0)
    edge = torch.zeros(len(at), 1, dtype=torch.long)

    def laid(values: Tensor) -> Tensor:
        return torch.cat([edge, torch.where(there, values, 0), edge], 1)

    pieces = laid(torch.tensor(ids)[at])
    pieces[:, 0] = CLS
    ends = there.sum(1, keepdim=True) + 1
    pieces.scatter_(1, ends, SEP)
    mask = (torch.arange(pieces.shape[1]) <= ends).long()
    return Marked(pieces, laid(torch.tensor(shapes)[at]), laid(read.marks), mask)


class SecondLook(nn.Module):
    """Scores all relations of a marked pair in both directions, and its mood, from the states of an
    encoder that read ``beside`` with the word pieces.

    ``relation_texts`` (R, 384) are the embeddings of the relations' texts.
    """

    known: Tensor
    centre: Tensor

    def __init__(self, config: LookConfig, relation_texts: Tensor) -> None:
        super().__init__()
        self.config = config
        hidden, pair = config.hidden, config.pair
        self.shapes = nn.Embedding(len(SHAPES), hidden)
        self.marks = nn.Embedding(MARKS, hidden)
        nn.init.zeros_(self.shapes.weight)
        nn.init.normal_(self.marks.weight, std=0.03)
        with torch.no_grad():
            self.marks.weight[0] = 0.0
        self.register_buffer("known", relation_texts)
        self.register_buffer("centre", relation_texts.mean(0))
        self.drop = nn.Dropout(config.dropout)
        self.out = nn.Sequential(
            nn.Linear(4 * hidden, 2 * pair), nn.GELU(), nn.Dropout(config.dropout),
            nn.Linear(2 * pair, pair), nn.LayerNorm(pair),
        )  # fmt: skip
        self.mood = nn.Linear(4 * hidden, len(MOODS))
        self.text = nn.Linear(hidden, pair, bias=False)
        self.residual = nn.Parameter(torch.zeros(len(relation_texts), pair))
        self.bias = nn.Parameter(torch.zeros(len(relation_texts)))
        self.threshold = nn.Linear(pair, 1)

    def relations(self) -> tuple[Tensor, Tensor]:
        """Return vectors (R, pair) and biases (R,) of the relations that it was trained on."""
        return self.text((self.known - self.centre) * self.config.text_scale) + self.residual, (
            self.bias
        )

    def beside(self, given: Marked) -> Tensor:
        """Return (P, L, D): what is added to the word pieces' embeddings."""
        marks: Tensor = self.shapes(given.shapes) + self.marks(given.marks)
        return marks

    def forward(self, states: Tensor, given: Marked) -> tuple[Tensor, Tensor]:
        """Return vectors (2, P, pair), of each pair as given and turned round, and mood logits
        (2, P, MOODS), from the last hidden ``states`` (P, L, D)."""
        role = (given.marks - 1).div(KINDS, rounding_mode="floor")
        entity = given.marks > 0
        one, other = (mean_of(states, entity & (role == side)) for side in (0, 1))
        words = mean_of(states, (given.mask > 0) & ~(entity & (role < 2)))
        first = states[:, 0]
        both = torch.stack(
            [torch.cat([one, other, first, words], -1), torch.cat([other, one, first, words], -1)]
        )
        both = self.drop(both)
        return self.out(both), self.mood(both)

    def margins(self, pairs: Tensor, vectors: Tensor, bias: Tensor) -> Tensor:
        """Return (..., R): each relation's logit less the pair's own threshold."""
        return pairs @ vectors.T + bias - self.threshold(pairs)


class Looker:
    """The second look as it serves: the trained parts and the layers of its own.

    ``tensors`` are those of ``LOOK_FILE``; the embeddings of word pieces are the shared ones.
    """

    def __init__(
        self, config: LookConfig, tensors: Mapping[str, Tensor], shared: SharedEncoder
    ) -> None:
        own = {k: v.float() for k, v in tensors.items() if not k.startswith(LAYERS)}
        self.model = SecondLook(config, own["known"])
        self.model.load_state_dict(own)
        self.model.eval().requires_grad_(False)
        self.encoder = FrozenEncoder(shared, layers=_layers(shared, tensors))
        self.learned = self.model.relations()

    def __call__(
        self, ids: Sequence[int], shapes: Sequence[int], read: Stretches, rows: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Look at the stretches ``read`` (P) of a window's ``ids`` and ``shapes`` (T,) for the
        relations ``rows`` (K,) of those that it was trained on.

        Returns margins (2, P, K), as given and turned round, and mood logits (2, P, MOODS).
        """
        given = marked(ids, shapes, read)
        sizes = given.mask.sum(1).tolist()
        residual = self.model.beside(given)
        states = self.encoder(
            [row[:size] for row, size in zip(given.ids, sizes, strict=True)],
            [row[:size] for row, size in zip(residual, sizes, strict=True)],
        )
        joined, logits = self.model(
            nn.utils.rnn.pad_sequence([one.states for one in states], batch_first=True), given
        )
        vectors, bias = self.learned
        return self.model.margins(joined, vectors[rows], bias[rows]), logits


def load_look(folder: Path, sizes: Mapping[str, Any], shared: SharedEncoder) -> Looker:
    """Return the second look in a folder of weights, of the ``sizes`` in its manifest."""
    return Looker(LookConfig(**sizes), load_file(folder / LOOK_FILE), shared)


def in_eight_bits(name: str, matrix: Tensor) -> dict[str, Tensor]:
    """Return a matrix (M, N) under its name in 8-bit integers, with a scale (M, 1) for its rows.

    It takes half of what float16 does; an entry is off by at most 1/254 of the largest of its row.
    """
    scale = (matrix.abs().amax(1, keepdim=True) / 127).clamp(min=1e-8)
    return {name: (matrix / scale).round().to(torch.int8), name + SCALE: scale.half()}


def _layers(shared: SharedEncoder, tensors: Mapping[str, Tensor]) -> nn.ModuleList:
    """Return the encoder's layers with other weights."""
    from transformers.models.bert.modeling_bert import BertLayer

    config = shared.base.config
    layers = nn.ModuleList(BertLayer(config) for _ in range(config.num_hidden_layers))
    own = {k.removeprefix(LAYERS): v for k, v in tensors.items() if k.startswith(LAYERS)}
    layers.load_state_dict(
        {
            name: value.float() * own[name + SCALE].float()
            if name + SCALE in own
            else value.float()
            for name, value in own.items()
            if not name.endswith(SCALE)
        }
    )
    return layers.eval().requires_grad_(False)
