"""A run of the write head on batches that other processes make, of a set time."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from worker.heads.encoder.base import read_manifest
from worker.heads.encoder.write_head import ADAPTER
from worker.training.ahead import PARTS, Ahead, seeded, share_of, slice_of
from worker.training.redocred import MalformedDocuments
from worker.training.timed_run import TimedRun
from worker.training.write_corpus import Corpus
from worker.training.write_model import Trainee, TrainingConfig
from worker.training.write_publish import WEIGHTS_FILE, published_name
from worker.training.write_sheets import Arrays, collated, grouped, on_device, sheet_loss


class AheadRun(TimedRun):
    """One training run: its model, optimiser, averaged weights and progress."""

    counted = ("epoch",)

    def __init__(self, config: TrainingConfig, data: Corpus, out: Path, device: str) -> None:
        super().__init__(config, out)
        self.config, self.data, self.device = config, data, device
        random.seed(config.seed)
        self.model = Trainee(config, data.specs).to(device)
        self.learned = self.model.trainable()
        lora = [p for n, p in self.learned.items() if "lora_" in n]
        rest = [p for n, p in self.learned.items() if "lora_" not in n]
        self.optimiser = torch.optim.AdamW(
            [
                {"params": lora, "peak": config.adapter_rate},
                {"params": rest, "peak": config.head_rate},
            ],
            weight_decay=config.weight_decay,
            fused=True if device != "cpu" else None,
        )
        self.average = self.averaged()
        self.epoch = 0

    def trainable(self) -> Mapping[str, nn.Parameter]:
        return self.learned

    def run(self, ahead: Ahead[list[Arrays]]) -> None:
        """Train until the time is over. Raises MalformedDocuments where no text holds anything to
        learn from, and MakingFailed."""
        self.model.train()
        self.train_ahead(self._losses(ahead))

    def _losses(self, ahead: Ahead[list[Arrays]]) -> Iterator[Callable[[], Tensor]]:
        while True:
            self.epoch = ahead.made // PARTS
            part = ahead.next()
            if part is None:
                if ahead.made >= PARTS and not ahead.kept:
                    raise MalformedDocuments("no text holds anything to learn from")
                continue
            for arrays in self.rng.sample(part, len(part)):
                yield partial(self._loss, arrays)

    def _loss(self, arrays: Arrays) -> Tensor:
        return sheet_loss(self.model, on_device(arrays, self.device), self.config)

    def told(self) -> str:
        return f"epoch {self.epoch + 1}"

    def take_average(self) -> None:
        """Put the averaged weights into the model."""
        with torch.no_grad():
            for name, parameter in self.learned.items():
                parameter.copy_(self.average[name])


def made_ahead(
    config: TrainingConfig, data: Corpus, workers: int, first: int = 0
) -> Ahead[list[Arrays]]:
    """Return the batches of a run's epochs, made by processes of their own in PARTS of an epoch."""

    def made(number: int) -> list[Arrays] | None:
        rng = seeded(config.seed, number)
        few = share_of(config.fewrel_batches, number)
        part_config = replace(config, fewrel_batches=few)
        part = slice_of(data, number % PARTS, PARTS)
        texts = [one for batch in part.epoch(rng, part_config) for one in batch]
        groups = grouped(texts, config.batch_pieces, rng)
        return [collated(group, config) for group in groups] or None

    return Ahead(made, workers, first)


def take_shipped(model: Trainee, folder: Path, properties: Mapping[str, int]) -> None:
    """Put the weights of a published head into a model, those of its relations by their names;
    what it lacks (the reader, other relations) stays untrained."""
    tensors = {k: v.float() for k, v in load_file(folder / WEIGHTS_FILE).items()}
    order = read_manifest(ADAPTER, folder)["relations"]
    own = torch.tensor([properties.get(name, -1) for name in order])
    with torch.no_grad():
        model.extractor.centre.copy_(tensors["head.centre"])
        for name, parameter in model.trainable().items():
            given = tensors.get(published_name(name))
            if given is None:
                continue
            if name in ("extractor.residual", "extractor.bias"):
                device = parameter.device
                parameter[own[own >= 0].to(device)] = given[own >= 0].to(device)
            else:
                parameter.copy_(given)
