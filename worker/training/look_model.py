"""What the second look is trained as: marked pairs with their gold, the encoder that reads them,
and the loss."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import BertModel

from worker.heads.encoder.base import SharedEncoder
from worker.heads.encoder.extractor import UNKNOWN_TYPE
from worker.heads.encoder.pair_reader import ReaderConfig, stretches
from worker.heads.encoder.second_look import LookConfig, Marked, SecondLook, marked
from worker.heads.encoder.write_head import ADAPTER, relation_text
from worker.training.examples import IGNORED, Example
from worker.training.look_sheets import Gold
from worker.training.write_model import read_pairs, threshold_losses
from worker.types import RelationSpec

MASK, FIRST_PLAIN = 103, 999  # word pieces of the encoder's vocabulary


@dataclass(frozen=True)
class LookTraining:
    """The knobs of a run. The learning rate rises over ``warm_up`` of it and falls to its end,
    which ``minutes`` set; a batch holds about ``pieces`` word pieces."""

    minutes: float = 90.0
    seed: int = 7
    encoder_rate: float = 1.5e-4
    head_rate: float = 8e-4
    weight_decay: float = 0.01
    warm_up: float = 0.04
    average: float = 0.998
    clip: float = 1.0
    pieces: int = 2560
    pool: int = 1200  # pairs that are put in order of length together
    unrelated: int = 6
    mask_words: float = 0.03
    drop_types: float = 0.1
    drop_residuals: float = 0.06
    mood_weight: float = 0.5
    threads: int = 1
    dropout: float = LookConfig.dropout  # of the networks over the encoder
    encoder_dropout: float = 0.0


@dataclass(frozen=True)
class Pair:
    """A marked pair (L,) with its gold: ``facts`` are (direction, relation), ``asked`` and
    ``moods`` (2,) by direction; ``candidates`` (R,) were judged."""

    ids: Tensor
    shapes: Tensor
    marks: Tensor
    facts: tuple[tuple[int, int], ...]
    asked: tuple[bool, bool]
    moods: tuple[int, int]
    candidates: Tensor


def pairs_of(
    one: Example, unrelated: int, config: ReaderConfig, drop_types: float = 0.0
) -> Iterator[Pair]:
    """Yield the pairs of an example that are learned from."""
    entities = one.entities
    if drop_types and torch.rand(()) < drop_types:
        entities = replace(entities, types=torch.full_like(entities.types, UNKNOWN_TYPE))
    chosen = read_pairs(one, unrelated)
    if not len(chosen):
        return
    # Which of the two stands first in the list means nothing.
    turned = torch.rand(len(chosen)) < 0.5
    chosen = torch.where(turned.unsqueeze(1), chosen.flip(1), chosen)
    read = stretches(one.window.words, entities, chosen, config)
    if not len(read.pairs):
        return
    given = marked(one.window.ids, one.window.shapes, read)
    for row, (i, j) in enumerate(read.pairs.tolist()):
        size = int(given.mask[row].sum())
        ends = ((i, j), (j, i))
        asked = (bool(one.readable[i, j]), bool(one.readable[j, i]))
        if not any(asked):
            continue
        facts = [(n, r) for n, (a, b) in enumerate(ends) for r in _facts(one.labels[a, b])]
        moods = (int(one.moods[i, j]), int(one.moods[j, i]))
        yield Pair(
            given.ids[row, :size], given.shapes[row, :size], given.marks[row, :size],
            tuple(facts), asked, moods, one.candidates,
        )  # fmt: skip


def _facts(labels: Tensor) -> list[int]:
    found: list[int] = labels.nonzero().flatten().tolist()
    return found


def padded(pairs: Sequence[Pair]) -> Marked:
    """Return some pairs as one batch."""
    longest = max(len(p.ids) for p in pairs)

    def rows(values: Sequence[Tensor]) -> Tensor:
        return torch.stack([functional.pad(v, (0, longest - len(v))) for v in values])

    mask = rows([torch.ones_like(p.ids) for p in pairs])
    return Marked(
        rows([p.ids for p in pairs]), rows([p.shapes for p in pairs]),
        rows([p.marks for p in pairs]), mask,
    )  # fmt: skip


def gold_of(pairs: Sequence[Pair], relations: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Return labels (2, P, R), asked (2, P), moods (2, P) and candidates (P, R)."""
    labels = torch.zeros(2, len(pairs), relations, dtype=torch.bool)
    for row, pair in enumerate(pairs):
        for direction, relation in pair.facts:
            labels[direction, row, relation] = True
    asked = torch.tensor([p.asked for p in pairs]).T
    moods = torch.tensor([p.moods for p in pairs]).T
    return labels, asked, moods, torch.stack([p.candidates for p in pairs])


def loss_of(model: LookTrainee, pairs: Sequence[Pair], config: LookTraining) -> Tensor:
    """Return the loss of a batch: relations in both directions, and moods."""
    given = padded(pairs)
    return look_loss(model, given, Gold(*gold_of(pairs, len(model.bias))), config)


def look_loss(model: LookTrainee, given: Marked, gold: Gold, config: LookTraining) -> Tensor:
    """Return the loss of a batch that lies on the model's device."""
    if config.mask_words and model.training:
        drawn = torch.rand(given.ids.shape, device=given.ids.device) < config.mask_words
        given = replace(given, ids=given.ids.masked_fill(drawn & (given.ids > FIRST_PLAIN), MASK))
    vectors, bias = model.varied_relations(config.drop_residuals if model.training else 0.0)
    joined, moods = model.read(given)
    margins = model.margins(joined, vectors, bias).float()
    margins = margins.masked_fill(~gold.candidates, -1e9)
    # A mean over those that are asked about; to pick them out would make a device wait.
    rows = threshold_losses(margins.flatten(0, 1), (gold.labels & gold.candidates).flatten(0, 1))
    loss = (rows * gold.asked.flatten()).sum() / gold.asked.sum().clamp(min=1)
    wrong = functional.cross_entropy(
        moods.float().flatten(0, 1), gold.moods.flatten(), ignore_index=IGNORED, reduction="sum"
    )
    return loss + config.mood_weight * wrong / (gold.moods != IGNORED).sum().clamp(min=1)


class LookTrainee(SecondLook):
    """The second look with the encoder that reads for it: ``bert``, whose embeddings stay."""

    def __init__(
        self, config: LookConfig, bert: BertModel, relation_texts: Tensor,
        encoder_dropout: float = 0.0,
    ) -> None:  # fmt: skip
        super().__init__(config, relation_texts)
        self.bert = bert.requires_grad_(True)
        self.bert.embeddings.requires_grad_(False)
        for module in self.bert.modules():  # drawing its masks costs a processor a third of a step
            if isinstance(module, nn.Dropout):
                module.p = encoder_dropout

    def read(self, given: Marked) -> tuple[Tensor, Tensor]:
        """Return what ``forward`` does, of the encoder's states."""
        embeds = self.bert.embeddings.word_embeddings(given.ids) + self.beside(given)
        states = self.bert(inputs_embeds=embeds, attention_mask=given.mask).last_hidden_state
        return self(states, given)

    def varied_relations(self, drop: float) -> tuple[Tensor, Tensor]:
        """Return vectors and biases of the relations, a share ``drop`` of them by their texts
        alone, so that relations known by nothing else can be scored too."""
        vectors, bias = self.relations()
        if not drop:
            return vectors, bias
        keep = (torch.rand(len(bias), device=bias.device) >= drop).float()
        vectors = vectors - (1 - keep).unsqueeze(1) * self.residual
        return vectors, keep * bias + (1 - keep) * bias.mean().detach()


def untrained(
    specs: Sequence[RelationSpec], folder: Path, dropout: float = LookConfig.dropout,
    encoder_dropout: float = 0.0,
) -> LookTrainee:  # fmt: skip
    """Return a second look whose layers are the encoder's with the adapter of ``folder``."""
    shared = SharedEncoder()
    texts = shared.embed([relation_text(s) for s in specs])
    tensors = shared.load_adapter(ADAPTER, folder)
    model = LookTrainee(LookConfig(dropout=dropout), shared.merged(), texts, encoder_dropout)
    with torch.no_grad():
        model.shapes.weight.copy_(tensors["head.shape.weight"])
    return model
