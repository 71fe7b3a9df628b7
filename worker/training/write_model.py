"""The write head as it is trained: encoder with adapter, extractor, and their losses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor, nn
from torch.nn import functional

from worker.heads.encoder.base import SharedEncoder, lora_config
from worker.heads.encoder.decode import best_tags, mentions
from worker.heads.encoder.extractor import UNKNOWN_TYPE, ExtractorConfig, WriteExtractor
from worker.heads.encoder.pair_reader import PairReader, ReaderConfig, stretches, topic
from worker.heads.encoder.write_head import ADAPTER, relation_text
from worker.training import examples
from worker.training.examples import IGNORED, Example
from worker.training.precision import products
from worker.types import RelationSpec


@dataclass(frozen=True)
class TrainingConfig:
    """The knobs of a training run; saved in the manifest.

    ``minutes`` bounds the run: the learning rate falls with whichever is further on, the steps
    or the time (0: the steps alone).
    """

    epochs: int = 30
    minutes: float = 0.0
    seed: int = 7
    dev: int = 40
    held: int = 40
    batch: int = 4
    batch_pieces: int = 800  # short texts share a batch
    rank: int = 32
    alpha: int = 64
    adapter_rate: float = 8e-4
    head_rate: float = 6e-4
    weight_decay: float = 0.01
    warm_up: float = 0.05
    clip: float = 1.0
    average: float = 0.998
    swap_documents: float = 0.5
    swap_entities: float = 0.4
    drop_sentences: float = 0.3
    mask_words: float = 0.02
    crop_documents: float = 0.4
    documents_share: float = 1.0  # of Re-DocRED's documents in an epoch, drawn anew
    whole_documents: float = 0.2  # of our own; the others are cut up
    part_sentences: int = 8
    own_share: float = 1.0  # of the wordings, and of the documents that are cut up, in an epoch
    rename: float = 0.0  # of the people and organisations in our own documents
    drop_types: float = 0.1
    drop_residuals: float = 0.05
    hold_relations: int = 0
    hold_seed: int = 11
    fewrel_batches: int = 5
    fewrel_batch: int = 20
    fewrel_weight: float = 0.5
    fewrel_types: float = 0.5
    same_weight: float = 0.5
    threads: int = 2
    half: bool = True  # matrix products in bfloat16 where the device is made for it
    reader_weight: float = 1.0
    mood_weight: float = 0.5
    unrelated: int = 16
    reader: ReaderConfig = field(default_factory=ReaderConfig)
    head: ExtractorConfig = field(default_factory=ExtractorConfig)


class Trainee(nn.Module):
    """The shared encoder with its trainable adapter, and the extractor over it."""

    bare: Tensor  # (R, 384) the embeddings of the relations' names alone

    def __init__(self, config: TrainingConfig, specs: Sequence[RelationSpec]) -> None:
        super().__init__()
        self.shared = SharedEncoder()
        texts = self.shared.embed([relation_text(s) for s in specs])
        self.register_buffer("bare", self.shared.embed([s.name for s in specs]))
        for module in self.shared.base.modules():  # drawing its masks costs a third of a step
            if isinstance(module, nn.Dropout):
                module.p = 0.0
        self.encoder = self.shared.add_adapter(ADAPTER, lora_config(config.rank, config.alpha))
        self.extractor = WriteExtractor(config.head, texts)
        self.reader = PairReader(config.reader, config.head.hidden, config.head.pair)
        for name, parameter in self.encoder.named_parameters():
            parameter.requires_grad_("lora_" in name)

    def trainable(self) -> dict[str, nn.Parameter]:
        return {n: p for n, p in self.named_parameters() if p.requires_grad}

    def encode(self, batch: Sequence[Example], mask_words: float = 0.0) -> tuple[Tensor, Tensor]:
        """Return states (B, T, D) and attention (B, heads, T, T)."""
        device = self.extractor.residual.device
        ids, mask, shapes = (t.to(device) for t in examples.padded(batch))
        return self.encode_padded(ids, mask, shapes, mask_words)

    def encode_padded(
        self, ids: Tensor, mask: Tensor, shapes: Tensor, mask_words: float = 0.0
    ) -> tuple[Tensor, Tensor]:
        """Return what ``encode`` does, of ids, mask and shapes (B, T)."""
        if mask_words:
            unknown = self.shared.tokenizer.mask_token_id
            hit = (torch.rand(ids.shape, device=ids.device) < mask_words) & (shapes > 0)
            ids = ids.masked_fill(hit, unknown)
        residual = self.extractor.shape(shapes)
        out = self.shared.forward(ids, mask, ADAPTER, residual=residual, attention=True)
        assert out.attention is not None
        return out.states, out.attention

    def relation_vectors(self, drop: float = 0.0) -> tuple[Tensor, Tensor]:
        """Return vectors (R, pair) and biases (R,); ``drop`` leaves some with their text alone."""
        head = self.extractor
        if not drop:
            return head.text_vectors(head.known) + head.residual, head.bias
        device = head.residual.device
        bare = (torch.rand(len(head.known), 1, device=device) < 0.3).float()
        texts = head.text_vectors(bare * self.bare + (1 - bare) * head.known)
        keep = (torch.rand(len(head.known), device=device) >= drop).float()
        bias = keep * head.bias + (1 - keep) * head.bias.mean().detach()
        return texts + keep.unsqueeze(-1) * head.residual, bias


def threshold_loss(margins: Tensor, gold: Tensor) -> Tensor:
    """Adaptive threshold loss (Zhou et al. 2021) of margins over the threshold, (P, R)."""
    return threshold_losses(margins, gold).mean()


def threshold_losses(margins: Tensor, gold: Tensor) -> Tensor:
    """Return the loss (P,) of each row."""
    zero = margins.new_zeros(len(margins), 1)
    above = torch.cat([zero, margins.masked_fill(gold == 0, -1e9)], 1).log_softmax(-1)
    below = torch.cat([zero, margins.masked_fill(gold > 0, -1e9)], 1).log_softmax(-1)
    return -(above[:, 1:] * gold).sum(1) - below[:, 0]


def batch_loss(model: Trainee, batch: Sequence[Example], config: TrainingConfig) -> Tensor:
    """Return the loss of one batch: mentions, same entity and relations."""
    with products(model.extractor.residual.device.type, config.half):
        return _batch_loss(model, batch, config)


def _batch_loss(model: Trainee, batch: Sequence[Example], config: TrainingConfig) -> Tensor:
    states, attention = model.encode(batch, config.mask_words)
    head = model.extractor
    vectors, bias = model.relation_vectors(config.drop_residuals)
    total = states.new_zeros(())
    for one, words, look in zip(batch, states.unbind(), attention.unbind(), strict=True):
        entities = one.entities
        if torch.rand(()) < config.drop_types:
            unknown = torch.full_like(entities.types, UNKNOWN_TYPE)
            entities = type(entities)(entities.spans, entities.groups, unknown, entities.distances)
        pairs = head.pairs(words, look, entities)
        margins = head.margins(pairs[one.asked], vectors[one.candidates], bias[one.candidates])
        relation = threshold_loss(margins, one.labels[one.asked][:, one.candidates])
        relation = relation + reading_loss(
            model, words, pairs, replace(one, entities=entities), (vectors, bias), config
        )
        if not one.has_tags:
            total = total + config.fewrel_weight * relation
            continue
        total = total + relation + tag_loss(head, words, one)
        if len(one.string_groups) > 1:
            total = total + config.same_weight * same_loss(head, words, one)
    return total / len(batch)


def read_pairs(one: Example, unrelated: int) -> Tensor:
    """Return (P, 2): the pairs of an example with a fact, and some of those without, most of them
    from one sentence, some of the topic and what stands far from it."""
    facts = (one.labels.any(-1) | one.labels.any(-1).T) & (one.readable | one.readable.T)
    free = one.readable & one.readable.T & ~facts
    upper = torch.ones_like(facts).triu(1)
    with_fact, without = (facts & upper).nonzero(), (free & upper).nonzero()
    breaks = one.entities.distances[without[:, 0], without[:, 1]] % 4
    weight = torch.tensor([1.0, 0.4, 0.2, 0.0])[breaks]
    of_topic = (without == topic(one.entities)).any(1)
    weight[of_topic & (breaks == 3)] = 0.1
    # Of the largest u ** (1 / w) for uniform u, each comes in by its weight (Efraimidis 2006).
    keys = torch.rand(len(weight)) ** (1 / weight.clamp(min=1e-6))
    order = keys.argsort(descending=True)[: max(unrelated, 2 * len(with_fact))]
    return torch.cat([with_fact, without[order[weight[order] > 0]]])


def reading_loss(
    model: Trainee,
    states: Tensor,
    pairs: Tensor,
    one: Example,
    relations: tuple[Tensor, Tensor],
    config: TrainingConfig,
) -> Tensor:
    """Return the loss of the relations and moods that the reader finds in the words."""
    read = stretches(
        one.window.words, one.entities, read_pairs(one, config.unrelated), config.reader
    )
    if not len(read.pairs):
        return states.new_zeros(())
    i, j = read.pairs.unbind(1)
    pooled = torch.stack([pairs[i, j], pairs[j, i]])
    joined, moods = model.reader.read(states, read, pooled)
    first, second = torch.stack([i, j]), torch.stack([j, i])
    asked = one.readable[first, second]
    if not asked.any():
        return states.new_zeros(())
    vectors, bias = relations
    margins = model.extractor.margins(joined[asked], vectors[one.candidates], bias[one.candidates])
    loss = threshold_loss(margins, one.labels[first, second][asked][:, one.candidates])
    gold = one.moods[first, second]
    if (gold != IGNORED).any():
        wrong = functional.cross_entropy(moods.flatten(0, 1), gold.flatten(), ignore_index=IGNORED)
        loss = loss + config.mood_weight * wrong
    return config.reader_weight * loss


def tag_loss(head: WriteExtractor, states: Tensor, one: Example) -> Tensor:
    firsts = torch.tensor([w.first for w in one.window.words])
    logits = head.tagger(head.drop(states[firsts]))
    return functional.cross_entropy(logits, torch.tensor(one.tags, device=states.device))


def group_vectors(
    head: WriteExtractor,
    states: Tensor,
    spans: Sequence[tuple[int, int]],
    groups: Sequence[Sequence[int]],
) -> Tensor:
    """Return (G, D): the mean of each group's mentions."""
    vectors = head.mentions(states, spans) @ states
    return torch.stack([vectors[list(g)].mean(0) for g in groups])


def same_logits(head: WriteExtractor, states: Tensor, one: Example) -> tuple[Tensor, Tensor]:
    """Return logits and gold (P,) of whether groups of like-named mentions are one entity."""
    vectors = group_vectors(head, states, one.entities.spans, one.string_groups)
    a, b = torch.triu_indices(len(one.string_groups), len(one.string_groups), 1)
    return head.same_pairs(vectors, a, b, one.signs[a, b]), one.same[a, b]


def same_loss(head: WriteExtractor, states: Tensor, one: Example) -> Tensor:
    """Return the loss of judging which groups of mentions name one entity."""
    return functional.binary_cross_entropy_with_logits(*same_logits(head, states, one))


@torch.inference_mode()
def quick_scores(model: Trainee, held: Sequence[Example]) -> dict[str, float]:
    """Return mention F1 and relation F1 between gold entities, at the model's own threshold."""
    model.eval()
    tag, rel, same = [0, 0, 0], [0, 0, 0], [0, 0, 0]
    vectors, bias = model.relation_vectors()
    for at in range(0, len(held), 4):
        batch = held[at : at + 4]
        states, attention = model.encode(batch)
        for row, one in enumerate(batch):
            firsts = torch.tensor([w.first for w in one.window.words])
            scores = model.extractor.tagger(states[row][firsts]).log_softmax(-1).cpu().numpy()
            found, gold = set(mentions(best_tags(scores))), set(mentions(list(one.tags)))
            _count(tag, len(found & gold), len(found), len(gold))
            pairs = model.extractor.pairs(states[row], attention[row], one.entities)
            margins = model.extractor.margins(pairs, vectors, bias)[one.asked][:, one.candidates]
            truth = one.labels[one.asked][:, one.candidates] > 0
            _count(
                rel, int((truth & (margins > 0)).sum()), int((margins > 0).sum()), int(truth.sum())
            )
            logits, truth_same = same_logits(model.extractor, states[row], one)
            got, want = logits > 0, truth_same > 0
            _count(same, int((got & want).sum()), int(got.sum()), int(want.sum()))
    return {
        "mentions": _f1(tag),
        "relations": _f1(rel),
        "same": _f1(same),
        "relations_p": rel[0] / max(rel[1], 1),
        "relations_r": rel[0] / max(rel[2], 1),
    }


def _count(row: list[int], right: int, found: int, gold: int) -> None:
    for index, value in enumerate((right, found, gold)):
        row[index] += value


def _f1(row: Sequence[int]) -> float:
    return 2 * row[0] / max(row[1] + row[2], 1)
