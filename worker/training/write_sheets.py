"""Batches of the write head as whole arrays, and their loss in few large products.

``write_model`` goes over a batch text by text, which suits a processor; a device would wait for
each of the small products. The loss here is the same, of all texts at once: what belongs to a text
is known by its number, and a mean over a text's rows is a sum with a weight for each row.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from worker.heads.encoder.extractor import UNKNOWN_TYPE, WriteExtractor
from worker.heads.encoder.pair_reader import Stretches, stretches
from worker.training import examples
from worker.training.examples import IGNORED, Example
from worker.training.precision import products
from worker.training.write_model import Trainee, TrainingConfig, read_pairs, threshold_losses

Arrays = dict[str, "np.ndarray"]
FAR = -1e9


def grouped(made: Sequence[Example], pieces: int, rng: random.Random) -> Iterator[list[Example]]:
    """Yield examples of like length and like number of entities, as many as ``pieces`` word pieces
    and twice as many pairs hold, in random order."""
    order = sorted(made, key=lambda e: len(e.window.ids) * (1 + 0.1 * rng.random()))
    groups: list[list[Example]] = [[]]
    length = entities = 0
    for one in order:
        own, count = len(one.window.ids), len(one.entities.groups)
        length, entities = max(length, own), max(entities, count)
        if groups[-1] and (len(groups[-1]) + 1) * max(length, entities**2 // 2) > pieces:
            groups.append([])
            length, entities = own, count
        groups[-1].append(one)
    rng.shuffle(groups)
    yield from (group for group in groups if group)


def collated(batch: Sequence[Example], config: TrainingConfig) -> Arrays:
    """Return a batch as arrays that a process can send. Which types are hidden and which pairs are
    read is drawn here."""
    lists: dict[str, list[Any]] = {}
    ids, mask, shapes = examples.padded(batch)
    long = ids.shape[1]
    most = max(len(one.entities.groups) for one in batch)
    pairs = mentions = groups = 0
    for number, one in enumerate(batch):
        if torch.rand(()) < config.drop_types:
            unknown = torch.full_like(one.entities.types, UNKNOWN_TYPE)
            one = replace(one, entities=replace(one.entities, types=unknown))
        weight = (1.0 if one.has_tags else config.fewrel_weight) / len(batch)
        add = _Adder(lists)
        _add_entities(add, one, number, most, mentions)
        _add_pairs(add, one, number, weight)
        _add_reading(add, one, number * long, pairs, (weight, config))
        if one.has_tags:
            _add_tags(add, one, number * long, weight)
            groups += _add_same(add, one, mentions, groups, weight * config.same_weight)
        mentions += len(one.entities.spans)
        pairs += len(one.entities.groups) ** 2
    made = {name: _joined(name, rows) for name, rows in lists.items()}
    made |= {"ids": ids.numpy(), "mask": mask.numpy(), "shapes": shapes.numpy()}
    made = {name: _small(value) for name, value in made.items()}
    made |= {"most": np.array(most), "groups": np.array(groups)}
    made["listed_most"] = np.array(int(made["listed_at"].max()) + 1)
    return made


def _small(values: np.ndarray) -> np.ndarray:
    """Return whole numbers in as few bytes as hold them all."""
    if values.dtype != np.int64:
        return values
    low, high = (int(values.min()), int(values.max())) if values.size else (0, 0)
    kinds = (np.uint8, np.int16, np.int32)
    fits = (k for k in kinds if np.iinfo(k).min <= low and high <= np.iinfo(k).max)
    return values.astype(next(fits, np.int64))


class _Adder:
    """Collects rows under names, whole numbers but for those called ``weight`` or ``signs``."""

    def __init__(self, lists: dict[str, list[Any]]) -> None:
        self.lists = lists

    def __call__(self, **rows: Any) -> None:
        for name, value in rows.items():
            kind = torch.float32 if name.endswith(("weight", "signs", "same")) else torch.long
            self.lists.setdefault(name, []).append(torch.as_tensor(value, dtype=kind))


def _joined(name: str, rows: Sequence[Tensor]) -> np.ndarray:
    if name in ("places", "marks", "distance_one", "distance_two"):
        longest = max(row.shape[1] for row in rows)
        fill = -1 if name == "places" else 0
        rows = [functional.pad(row, (0, longest - row.shape[1]), value=fill) for row in rows]
    return torch.cat(list(rows)).numpy()


def _add_entities(add: _Adder, one: Example, number: int, most: int, before: int) -> None:
    """Add the mentions with the slot of their entity, and the entities' mentions."""
    entities = one.entities
    owner = [0] * len(entities.spans)
    size = [1.0] * len(entities.spans)
    for index, group in enumerate(entities.groups):
        for member in group:
            owner[member], size[member] = index, 1 / len(group)
    spans = torch.tensor(entities.spans, dtype=torch.long).view(-1, 2)
    add(
        mention_text=[number] * len(spans), mention_first=spans[:, 0], mention_last=spans[:, 1],
        mention_slot=[number * most + n for n in owner], mention_weight=size,
        entity_slot=[number * most + n for n in range(len(entities.groups))],
        listed_slot=[number * most + n for n, g in enumerate(entities.groups) for _ in g],
        listed_at=[at for g in entities.groups for at in range(len(g))],
        listed_mention=[before + member for g in entities.groups for member in g],
    )  # fmt: skip


def _add_pairs(add: _Adder, one: Example, number: int, weight: float) -> None:
    """Add all ordered pairs of the text's entities, with their facts and their weights."""
    n = len(one.entities.groups)
    i, j = torch.arange(n).repeat_interleave(n), torch.arange(n).repeat(n)
    kinds = one.entities.types
    asked = one.asked.flatten()
    facts = one.labels.flatten(0, 1).nonzero()
    add(
        pair_text=[number] * (n * n), pair_one=i, pair_other=j,
        pair_kinds=kinds[i] * (UNKNOWN_TYPE + 1) + kinds[j],
        pair_distance=one.entities.distances.flatten(),
        pair_weight=asked * (weight / max(int(asked.sum()), 1)),
        fact_of=[number] * len(facts), fact_pair=facts[:, 0], fact_relation=facts[:, 1],
        text_pairs=[n * n], candidates=one.candidates.unsqueeze(0),
    )  # fmt: skip


def _add_reading(
    add: _Adder, one: Example, begin: int, before: int, how: tuple[float, TrainingConfig]
) -> None:
    """Add the stretches of the text that are read, their pairs turned both ways, and moods."""
    weight, config = how
    chosen = read_pairs(one, config.unrelated)
    read = stretches(one.window.words, one.entities, chosen, config.reader)
    if not len(read.pairs):
        return
    i, j = read.pairs.unbind(1)
    first, second = torch.stack([i, j], 1), torch.stack([j, i], 1)
    asked = one.readable[first, second]
    if not asked.any():
        return
    weight *= config.reader_weight
    moods = one.moods[first, second]
    told = int((moods != IGNORED).sum())
    add(
        places=torch.where(read.places >= 0, read.places + begin, -1), marks=read.marks,
        distance_one=read.distances[0], distance_two=read.distances[1],
        read_pair=before + first * len(one.entities.groups) + second,
        read_weight=asked * (weight / int(asked.sum())),
        moods=moods, mood_weight=[config.mood_weight * weight / max(told, 1)] * len(moods),
    )  # fmt: skip


def _add_tags(add: _Adder, one: Example, begin: int, weight: float) -> None:
    words = one.window.words
    add(
        word_at=[begin + word.first for word in words], tags=one.tags,
        tag_weight=[weight / len(words)] * len(words),
    )  # fmt: skip


def _add_same(add: _Adder, one: Example, before: int, groups: int, weight: float) -> int:
    """Add the pairs of like-named groups of mentions, and return how many groups there are."""
    n = len(one.string_groups)
    if n < 2:
        return 0
    a, b = torch.triu_indices(n, n, 1)
    add(
        group_of=[groups + at for at, g in enumerate(one.string_groups) for _ in g],
        group_mention=[before + member for g in one.string_groups for member in g],
        group_weight=[1 / len(g) for g in one.string_groups for _ in g],
        same_one=groups + a, same_other=groups + b, same_signs=one.signs[a, b],
        same=one.same[a, b], same_weight=[weight / len(a)] * len(a),
    )  # fmt: skip
    return n


def on_device(arrays: Arrays, device: str) -> dict[str, Tensor]:
    """Return a batch's arrays as tensors on a device."""
    made = {}
    for name, value in arrays.items():
        given = torch.from_numpy(np.asarray(value))
        if given.dim() and device != "cpu":  # a size is read here
            given = given.pin_memory().to(device, non_blocking=True)
        made[name] = given if given.is_floating_point() else given.long()
    return made


def sheet_loss(model: Trainee, batch: dict[str, Tensor], config: TrainingConfig) -> Tensor:
    """Return the loss of a batch: mentions, same entity and relations."""
    with products(batch["ids"].device.type, config.half):
        hidden = config.mask_words if model.training else 0.0
        states, attention = model.encode_padded(
            batch["ids"], batch["mask"], batch["shapes"], hidden
        )
        flat = states.flatten(0, 1)
        head = model.extractor
        vectors, bias = model.relation_vectors(config.drop_residuals if model.training else 0.0)
        mentions = _mention_means(states, batch)
        pairs = pair_table(head, states, attention, mentions, batch)
        labels = _labels(batch, len(pairs), len(bias))
        candidates = batch["candidates"].bool()[batch["pair_text"]]
        margins = head.margins(pairs, vectors, bias).float().masked_fill(~candidates, FAR)
        rows = threshold_losses(margins, labels & candidates)
        loss = (rows * batch["pair_weight"]).sum()
        if "places" in batch:
            loss = loss + _reading_loss(model, flat, pairs, (vectors, bias), labels, batch)
        if "tags" in batch:
            logits = head.tagger(head.drop(flat[batch["word_at"]])).float()
            wrong = functional.cross_entropy(logits, batch["tags"], reduction="none")
            loss = loss + (wrong * batch["tag_weight"]).sum()
        if "same" in batch:
            loss = loss + _same_loss(head, mentions, batch)
    return loss


def _mention_means(states: Tensor, batch: dict[str, Tensor]) -> Tensor:
    """Return (M, D): the mean of the pieces of each mention, by differences of running sums."""
    sums = functional.pad(states.float().cumsum(1), (0, 0, 1, 0))
    text, first, last = (batch[f"mention_{name}"] for name in ("text", "first", "last"))
    return (sums[text, last] - sums[text, first]) / (last - first).unsqueeze(1)


def pair_table(
    head: WriteExtractor, states: Tensor, attention: Tensor, mentions: Tensor,
    batch: dict[str, Tensor],
) -> Tensor:  # fmt: skip
    """Return (P, pair): what ``WriteExtractor.pairs`` makes of each text, one after the other."""
    texts, long, _ = states.shape
    most = int(batch["most"])
    slots = texts * most
    # Of each entity's mentions, as many columns as the most that one has.
    table = mentions.new_full((slots, int(batch["listed_most"]), mentions.shape[1]), FAR)
    table[batch["listed_slot"], batch["listed_at"]] = mentions[batch["listed_mention"]]
    kept = table[batch["entity_slot"]].logsumexp(1)
    pooled = kept.new_zeros(slots, kept.shape[1]).index_copy(0, batch["entity_slot"], kept)
    pooled = head.drop(pooled).view(texts, most, -1)
    step = torch.arange(long, device=states.device)
    first, last = batch["mention_first"].unsqueeze(1), batch["mention_last"].unsqueeze(1)
    inside = ((step >= first) & (step < last)) / (last - first)
    own = states.new_zeros(slots, long, dtype=torch.float32)
    own.index_add_(0, batch["mention_slot"], inside * batch["mention_weight"].unsqueeze(1))
    look = own.view(texts, 1, most, long) @ attention.float()
    return _paired(head, states, look, pooled, batch)


def _paired(
    head: WriteExtractor, states: Tensor, look: Tensor, pooled: Tensor, batch: dict[str, Tensor]
) -> Tensor:
    """Return (P, pair) from the entities' attention (B, heads, N, T) and vectors (B, N, D)."""
    texts, most, _ = pooled.shape
    text, one, other = (batch[f"pair_{name}"] for name in ("text", "one", "other"))
    both = torch.einsum("bhit,bhjt->bijt", look, look).flatten(1, 2)
    context = (both / (both.sum(-1, keepdim=True) + 1e-9)) @ states
    context = head.drop(context[text, one * most + other])
    subjects, objects = head.subject(pooled), head.object(pooled)
    s = torch.tanh(subjects[text, one] + head.subject_context(context))
    o = torch.tanh(objects[text, other] + head.object_context(context))
    block = head.config.block
    outer = s.view(len(s), -1, block, 1) * o.view(len(o), -1, 1, block)
    raw = head.bilinear(outer.flatten(1))
    raw = raw + head.types(batch["pair_kinds"]) + head.distances(batch["pair_distance"])
    pair = head.pair_norm(raw)
    place = (text * most + one) * most + other
    whole = pair.new_zeros(texts * most * most, pair.shape[1]).index_copy(0, place, pair)
    off = pair.new_zeros(texts * most * most, 1)
    off[place] = (one != other).to(pair.dtype).unsqueeze(1)
    square = (texts, most, most, -1)
    triangle, off = head.triangle, off.view(square)
    whole = whole.view(square)
    left = triangle.left(whole) * torch.sigmoid(triangle.left_gate(whole)) * off
    right = triangle.right(whole) * torch.sigmoid(triangle.right_gate(whole)) * off
    through = torch.einsum("bikc,bkjc->bijc", left, right)
    told = whole + triangle.out(triangle.norm(through)) + triangle.back(whole.transpose(1, 2))
    found: Tensor = head.drop(head.out_norm(told.flatten(0, 2)[place]))
    return found


def _labels(batch: dict[str, Tensor], pairs: int, relations: int) -> Tensor:
    begins = batch["text_pairs"].cumsum(0) - batch["text_pairs"]
    labels = torch.zeros(pairs, relations, dtype=torch.bool, device=begins.device)
    labels[begins[batch["fact_of"]] + batch["fact_pair"], batch["fact_relation"]] = True
    return labels


def _reading_loss(
    model: Trainee, states: Tensor, pairs: Tensor, relations: tuple[Tensor, Tensor],
    labels: Tensor, batch: dict[str, Tensor],
) -> Tensor:  # fmt: skip
    """Return the loss of the relations and moods that the reader finds in the words."""
    at = batch["read_pair"].T  # (2, Q): as given and turned round
    distances = torch.stack([batch["distance_one"], batch["distance_two"]])
    none = at[0]
    read = Stretches(none, at.T, batch["places"], batch["marks"], distances, none)
    joined, moods = model.reader.read(states, read, pairs[at])
    vectors, bias = relations
    candidates = batch["candidates"].bool()[batch["pair_text"][at]]
    margins = model.extractor.margins(joined, vectors, bias).float().masked_fill(~candidates, FAR)
    rows = threshold_losses(margins.flatten(0, 1), (labels[at] & candidates).flatten(0, 1))
    loss = (rows * batch["read_weight"].T.flatten()).sum()
    wrong = functional.cross_entropy(
        moods.float().flatten(0, 1), batch["moods"].T.flatten(),
        ignore_index=IGNORED, reduction="none",
    )  # fmt: skip
    return loss + (wrong * batch["mood_weight"].repeat(2)).sum()


def _same_loss(head: WriteExtractor, mentions: Tensor, batch: dict[str, Tensor]) -> Tensor:
    groups = int(batch["groups"])
    parts = mentions[batch["group_mention"]] * batch["group_weight"].unsqueeze(1)
    vectors = mentions.new_zeros(groups, mentions.shape[1])
    vectors = vectors.index_add(0, batch["group_of"], parts)
    logits = head.same_pairs(vectors, batch["same_one"], batch["same_other"], batch["same_signs"])
    wrong = functional.binary_cross_entropy_with_logits(
        logits.float(), batch["same"], reduction="none"
    )
    return (wrong * batch["same_weight"]).sum()
