"""A run of the training of the second look, on batches of its own or on those made ahead."""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from worker.training.ahead import PARTS, Ahead, seeded, share_of, slice_of
from worker.training.look_model import (
    LookTraining,
    Pair,
    look_loss,
    loss_of,
    pairs_of,
    untrained,
)  # fmt: skip
from worker.training.look_publish import BERT, take_look
from worker.training.look_sheets import Arrays, Sheet, laid
from worker.training.precision import products
from worker.training.redocred import MalformedDocuments
from worker.training.timed_run import TimedRun
from worker.training.write_corpus import Corpus
from worker.training.write_model import TrainingConfig

SAVE_STEPS = 200


class LookRun(TimedRun):
    """One training run: its model, optimiser, averaged weights and progress."""

    counted = ("epoch",)

    def __init__(
        self, config: LookTraining, corpus_config: TrainingConfig, data: Corpus, out: Path,
        folder: Path, device: str = "cpu", begin: str = "adapter",
    ) -> None:  # fmt: skip
        super().__init__(config, out)
        self.config, self.corpus_config, self.data = config, corpus_config, data
        self.device = device
        random.seed(config.seed)
        self.model = untrained(data.specs, folder, config.dropout, config.encoder_dropout)
        if begin == "shipped":
            take_look(self.model, folder, data.properties)
        self.model.to(device)
        own = [p for n, p in self.model.named_parameters() if n.startswith("bert.")]
        rest = [p for n, p in self.model.named_parameters() if not n.startswith("bert.")]
        self.optimiser = torch.optim.AdamW(
            [
                {"params": [p for p in own if p.requires_grad], "peak": config.encoder_rate},
                {"params": rest, "peak": config.head_rate},
            ],
            weight_decay=config.weight_decay,
            fused=True if device != "cpu" else None,
        )
        self.average = self.averaged()
        self.epoch = 0

    def trainable(self) -> dict[str, nn.Parameter]:
        return {n: p for n, p in self.model.named_parameters() if p.requires_grad}

    def epoch_pairs(self) -> Iterator[Pair]:
        """Yield the pairs of an epoch, texts in random order."""
        for batch in self.data.epoch(self.rng, self.corpus_config):
            for one in batch:
                yield from pairs_of(
                    one, self.config.unrelated, self.corpus_config.reader, self.config.drop_types
                )

    def batches(self) -> Iterator[list[Pair]]:
        """Yield batches of pairs of like length, in random order within each pool."""
        pool: list[Pair] = []
        for pair in self.epoch_pairs():
            pool.append(pair)
            if len(pool) == self.config.pool:
                yield from self._batched(pool)
                pool = []
        yield from self._batched(pool)

    def _batched(self, pool: list[Pair]) -> list[list[Pair]]:
        pool.sort(key=lambda p: len(p.ids))
        made: list[list[Pair]] = [[]]
        for pair in pool:
            if made[-1] and (len(made[-1]) + 1) * len(pair.ids) > self.config.pieces:
                made.append([])
            made[-1].append(pair)
        self.rng.shuffle(made)
        return [batch for batch in made if batch]

    def train_step(self, batch: Sequence[Pair]) -> float:
        """Take one step and return its loss."""
        self.set_rates()
        with products(self.device):
            loss = loss_of(self.model, batch, self.config)
        return self.learn(loss)

    def run_ahead(self, ahead: Ahead[Arrays]) -> None:
        """Train until the time is over on what other processes make. Raises MalformedDocuments
        where no text holds a pair, and MakingFailed."""
        self.model.train()
        self.train_ahead(self._losses(ahead))

    def _losses(self, ahead: Ahead[Arrays]) -> Iterator[Callable[[], Tensor]]:
        while True:
            self.epoch = ahead.made // PARTS
            arrays = ahead.next()
            if arrays is None:
                if ahead.made >= PARTS and not ahead.kept:
                    raise MalformedDocuments("no text holds a pair to learn from")
                continue
            sheet = Sheet(arrays, self.device)
            for group in sheet.groups(self.config.pieces, self.rng):
                yield partial(self._loss, sheet, group)

    def _loss(self, sheet: Sheet, group: Sequence[int]) -> Tensor:
        given, gold = sheet.batch(group)
        with products(self.device):
            return look_loss(self.model, given, gold, self.config)

    def told(self) -> str:
        return f"epoch {self.epoch + 1}"

    def run(self) -> None:
        """Train until the time is over. Raises MalformedDocuments where no text holds a pair."""
        self.model.train()
        losses: list[float] = []
        last = time.monotonic()
        while self.progress() < 1.0:
            before = self.step
            for batch in self.batches():
                losses.append(self.train_step(batch))
                now = time.monotonic()
                self.elapsed, last = self.elapsed + now - last, now
                if self.step % 20 == 0:
                    mean = sum(losses[-50:]) / len(losses[-50:])
                    print(
                        f"epoch {self.epoch + 1} step {self.step} loss {mean:.3f} "
                        f"{100 * self.progress():.1f}%", file=sys.stderr, flush=True,
                    )  # fmt: skip
                if self.step % SAVE_STEPS == 0:
                    self.save()
                if self.progress() >= 1.0:
                    break
            if self.step == before:
                raise MalformedDocuments("no text holds a pair to learn from")
            self.epoch += 1
        self.save()


def trained(run: LookRun) -> dict[str, Tensor]:
    """Return the run's tensors, averaged, without the encoder's embeddings."""
    tensors = {**run.model.state_dict(), **run.average}
    return {n: v for n, v in tensors.items() if not n.startswith("bert.") or n.startswith(BERT)}


def facts_of(run: LookRun) -> dict[str, Any]:
    """Return what a manifest says of the run."""
    return {
        "sizes": asdict(run.model.config), "settings": asdict(run.config), "steps": run.step,
        "minutes": run.elapsed / 60,
    }  # fmt: skip


def made_ahead(
    config: LookTraining, corpus_config: TrainingConfig, data: Corpus, workers: int, first: int = 0
) -> Ahead[Arrays]:
    """Return the pairs of a run's epochs, made by processes of their own in PARTS of an epoch."""

    def made(number: int) -> Arrays | None:
        rng = seeded(config.seed, number)
        few = share_of(corpus_config.fewrel_batches, number)
        part_config = replace(corpus_config, fewrel_batches=few)
        part = slice_of(data, number % PARTS, PARTS)
        return laid(
            pair
            for batch in part.epoch(rng, part_config)
            for one in batch
            for pair in pairs_of(one, config.unrelated, part_config.reader, config.drop_types)
        )

    return Ahead(made, workers, first)
