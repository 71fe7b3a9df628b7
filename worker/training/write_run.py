"""A run of the write head by epochs, each batch made when it is its turn."""

from __future__ import annotations

import json
import random
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from worker.training.examples import Example
from worker.training.write_ahead import take_shipped
from worker.training.write_corpus import Corpus
from worker.training.write_model import Trainee, TrainingConfig, batch_loss, quick_scores

SAVE_STEPS = 200  # between the epochs; a run can be started from what is saved


class Run:
    """One training run: its model, optimiser, averaged weights and progress."""

    def __init__(self, config: TrainingConfig, data: Corpus, out: Path, device: str) -> None:
        self.config, self.data, self.out = config, data, out
        random.seed(config.seed)
        torch.manual_seed(config.seed)
        self.rng = random.Random(config.seed)
        self.model = Trainee(config, data.specs).to(device)
        parameters = self.model.trainable()
        lora = [p for n, p in parameters.items() if "lora_" in n]
        rest = [p for n, p in parameters.items() if "lora_" not in n]
        self.optimiser = torch.optim.AdamW(
            [
                {"params": lora, "lr": config.adapter_rate, "peak": config.adapter_rate},
                {"params": rest, "lr": config.head_rate, "peak": config.head_rate},
            ],
            weight_decay=config.weight_decay,
        )
        self.average = {n: p.detach().clone() for n, p in parameters.items()}
        self.epoch, self.step, self.elapsed = 0, 0, 0.0
        self.history: list[dict[str, float]] = []
        self.best = -1.0
        one = sum(1 for _ in data.epoch(random.Random(config.seed), config))
        self.steps = config.epochs * one

    def progress(self) -> float:
        """Return how far the run is, from 0 to 1."""
        clock = self.elapsed / (60 * self.config.minutes) if self.config.minutes else 0.0
        return min(1.0, max(self.step / self.steps, clock))

    def train_step(self, batch: Sequence[Example]) -> float:
        """Take one step and return its loss."""
        done = self.progress()
        factor = min(1.0, (self.step + 1) / max(1.0, self.config.warm_up * self.steps))
        for group in self.optimiser.param_groups:
            group["lr"] = group["peak"] * factor * max(0.02, 1 - done)
        loss = batch_loss(self.model, batch, self.config)
        if not torch.isfinite(loss):
            raise FloatingPointError(f"the loss of step {self.step} is not a number")
        self.optimiser.zero_grad()
        loss.backward()
        parameters = self.model.trainable()
        nn.utils.clip_grad_norm_(parameters.values(), self.config.clip)
        self.optimiser.step()
        self.step += 1
        keep = min(self.config.average, (1 + self.step) / (10 + self.step))
        with torch.no_grad():
            for name, parameter in parameters.items():
                self.average[name].lerp_(parameter, 1 - keep)
        return float(loss.detach())

    def train_epoch(self) -> float:
        """Train one epoch and return its mean loss."""
        self.model.train()
        losses: list[float] = []
        began = last = time.monotonic()
        for batch in self.data.epoch(self.rng, self.config):
            losses.append(self.train_step(batch))
            now = time.monotonic()
            self.elapsed += now - last
            last = now
            if self.step % SAVE_STEPS == 0:
                self.save("average.pt", {"average": self.average, "epoch": self.epoch})
            if self.step % 10 == 0 or len(losses) == 1:
                recent = losses[-10:]
                left = self.elapsed / max(self.progress(), 1e-6) * (1 - self.progress())
                print(
                    f"epoch {self.epoch + 1} step {self.step} loss {sum(recent) / len(recent):.3f}"
                    f" {100 * self.progress():.0f}% left {left / 60:.0f} min",
                    file=sys.stderr,
                    flush=True,
                )
        self.history.append({"loss": sum(losses) / len(losses), "seconds": last - began})
        self.epoch += 1
        return self.history[-1]["loss"]

    def averaged(self) -> dict[str, Tensor]:
        """Put the averaged weights into the model and return those they replaced."""
        kept = {n: p.detach().clone() for n, p in self.model.trainable().items()}
        self.restore(self.average)
        return kept

    def restore(self, weights: dict[str, Tensor]) -> None:
        """Put weights into the model; what they lack (a layer that was added) stays as it is."""
        with torch.no_grad():
            for name, parameter in self.model.trainable().items():
                if name in weights:
                    parameter.copy_(weights[name])

    def run(self) -> None:
        """Train to the end, choosing by the dev split and saving after each epoch."""
        dev = self.data.dev_examples()
        while self.epoch < self.config.epochs and self.progress() < 1.0:
            self.train_epoch()
            kept = self.averaged()
            scores = quick_scores(self.model, dev)
            self.restore(kept)
            self.history[-1].update(scores)
            print(
                json.dumps({"epoch": self.epoch, **self.history[-1]}), file=sys.stderr, flush=True
            )
            quality = scores["relations"] * scores["mentions"] ** 2
            # Dev documents have few verbs and no denials: with our own corpus, the last epoch.
            if quality > self.best or self.data.composer:
                self.best = quality
                self.save("best.pt", {"average": self.average, "epoch": self.epoch})
            self.save("checkpoint.pt", self.state())

    def state(self) -> dict[str, Any]:
        """Return all that a resumed run needs."""
        return {
            "weights": {n: p.detach() for n, p in self.model.trainable().items()},
            "average": self.average,
            "optimiser": self.optimiser.state_dict(),
            "epoch": self.epoch,
            "step": self.step,
            "elapsed": self.elapsed,
            "history": self.history,
            "best": self.best,
            "config": asdict(self.config),
            "rng": self.rng.getstate(),
            "torch_rng": torch.get_rng_state(),
        }

    def save(self, name: str, state: dict[str, Any]) -> None:
        """Write a file of the run, whole or not at all."""
        self.out.mkdir(parents=True, exist_ok=True)
        draft = self.out / (name + ".tmp")
        torch.save(state, draft)
        draft.replace(self.out / name)

    def take_best(self, path: Path | None = None) -> None:
        """Put the weights of the epoch that did best on the dev split into the model.

        ``path`` is the best.pt of another run, to go on from it with a new schedule.
        """
        self.restore(torch.load(path or self.out / "best.pt", weights_only=True)["average"])
        self.average = {n: p.detach().clone() for n, p in self.model.trainable().items()}

    def take_shipped(self, folder: Path) -> None:
        """Put the weights of a published head into the model."""
        take_shipped(self.model, folder, self.data.properties)
        self.average = {n: p.detach().clone() for n, p in self.model.trainable().items()}

    def resume(self) -> bool:
        """Go on from the last checkpoint in the folder; False when there is none."""
        path = self.out / "checkpoint.pt"
        if not path.is_file():
            return False
        state = torch.load(path, weights_only=False)
        self.restore(state["weights"])
        self.average = state["average"]
        self.optimiser.load_state_dict(state["optimiser"])
        for name in ("epoch", "step", "elapsed", "history", "best"):
            setattr(self, name, state[name])
        self.rng.setstate(state["rng"])
        torch.set_rng_state(state["torch_rng"])
        return True
