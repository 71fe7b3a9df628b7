"""What a write-head run trains on: documents, their split, the relations, and the variations."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from worker.training import augment, examples, redocred
from worker.training.examples import Example
from worker.training.redocred import GoldDocument
from worker.training.write_model import TrainingConfig
from worker.types import RelationSpec


@dataclass
class Corpus:
    """What a run trains on and chooses with."""

    train: list[GoldDocument]
    dev: list[GoldDocument]
    held: list[GoldDocument]
    specs: list[RelationSpec]
    properties: dict[str, int]
    annotated: Tensor  # (R,) the relations that Re-DocRED's annotators judged
    fewrel: list[tuple[GoldDocument, str]]
    fewrel_set: Tensor
    names: augment.Names

    def dev_examples(self) -> list[Example]:
        made = (examples.example(d, self.properties, self.annotated) for d in self.dev)
        return [e for e in made if e is not None]

    def epoch(self, rng: random.Random, config: TrainingConfig) -> Iterator[list[Example]]:
        """Yield the batches of one epoch, each document varied anew."""
        made = []
        for document in self.train:
            if rng.random() < config.swap_documents:
                document = augment.swap_names(document, self.names, rng, config.swap_entities)
            if rng.random() < config.drop_sentences:
                document = augment.drop_sentence(document, rng)
            one = examples.example(document, self.properties, self.annotated)
            if one is not None:
                made.append(one)
        groups = examples.batches([len(e.window.ids) for e in made], config.batch, rng)
        plan = [[made[i] for i in group] for group in groups]
        for _ in range(config.fewrel_batches if self.fewrel else 0):
            picked = [
                examples.fewrel_example(d, self.properties, self.fewrel_set)
                for d, _ in rng.sample(self.fewrel, config.fewrel_batch)
            ]
            plan.insert(rng.randrange(len(plan) + 1), [e for e in picked if e is not None])
        yield from plan


def corpus(
    data: Path, fewrel: Path | None, names: Path | None, labels: Path | None, config: TrainingConfig
) -> Corpus:
    """Read and split the data."""
    documents = redocred.read(data)
    train, dev, held = redocred.split(documents, seed=config.seed, dev=config.dev, held=config.held)
    judged = sorted({t.property for d in documents for t in d.triples})
    extra = examples.fewrel(fewrel) if fewrel else []
    seen = {pid for _, pid in extra}
    order = [*judged, *sorted(seen - set(judged))]
    specs = redocred.relation_specs(order, _json(names), _json(labels))
    properties = {pid: i for i, pid in enumerate(order)}
    return Corpus(
        train,
        dev,
        held,
        specs,
        properties,
        torch.tensor([p in judged for p in order]),
        extra,
        torch.tensor([p in seen for p in order]),
        augment.names_by_type(train),
    )


def _json(path: Path | None) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8")) if path else {}
