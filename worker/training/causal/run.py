"""One training run: its schedule, optimiser, checkpoint and progress."""

from __future__ import annotations

import json
import random
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from worker.training.causal.model import Trainee, collate
from worker.training.causal.sequences import TokenTree

SORTED_AT_ONCE = 600  # sequences that are sorted by length, so that batches have little padding
SAVE_SECONDS = 120.0
REPORT_SECONDS = 20.0


@dataclass(frozen=True)
class RunConfig:
    """Every number of a run. ``tokens`` is the size of a batch, its padding counted; the run ends
    after ``minutes`` of training or, where these are 0, after ``epochs``."""

    head: str
    base: str
    rank: int = 16
    alpha: int = 32
    dropout: float = 0.0
    rate: float = 6e-4
    rows_rate: float = 1e-3
    weight_decay: float = 0.0
    warm_up: float = 0.03
    clip: float = 1.0
    tokens: int = 1200
    accumulate: int = 1
    longest: int = 512
    epochs: int = 1
    minutes: float = 0.0
    seed: int = 7


class Run:
    """Trains an adapter, and goes on where it was stopped."""

    def __init__(
        self,
        config: RunConfig,
        model: Trainee,
        sequences: Callable[[random.Random], Iterator[TokenTree]],
        out: Path,
        pad: int,
    ) -> None:
        torch.manual_seed(config.seed)
        self.config, self.model, self.sequences, self.out = config, model, sequences, out
        self.pad = pad
        parameters = model.trainable()
        rows = [p for n, p in parameters.items() if n.endswith("_rows")]
        others = [p for n, p in parameters.items() if not n.endswith("_rows")]
        self.optimiser = torch.optim.AdamW(
            [
                {"params": others, "peak": config.rate},
                {"params": rows, "peak": config.rows_rate},
            ],
            lr=config.rate,
            weight_decay=config.weight_decay,
        )
        self.step = self.epoch = self.taken = self.seen = 0
        self.elapsed = 0.0
        self.losses: list[float] = []
        self.steps_an_epoch = 0

    def batches(self, epoch: int) -> Iterator[list[TokenTree]]:
        """Yield the batches of an epoch; the same ones whenever it is asked for again."""
        rng = random.Random(f"{self.config.seed} {epoch}")
        waiting: list[TokenTree] = []
        for row in self.sequences(rng):
            waiting.append(row.cut(self.config.longest))
            if len(waiting) == SORTED_AT_ONCE:
                yield from _batches(waiting, self.config.tokens, rng)
                waiting = []
        yield from _batches(waiting, self.config.tokens, rng)

    def progress(self) -> float:
        """Return how far the run is, from 0 to 1."""
        if self.config.minutes:
            return min(1.0, self.elapsed / (60 * self.config.minutes))
        return min(1.0, (self.epoch + self.share) / self.config.epochs)

    @property
    def share(self) -> float:
        """How much of the epoch is done, where its length is known."""
        return self.taken / self.steps_an_epoch if self.steps_an_epoch else 0.0

    def train(self) -> None:
        """Train to the end."""
        if not self.config.minutes:
            self.steps_an_epoch = sum(1 for _ in self.batches(0))
        self.model.train()
        saved = told = time.monotonic()
        while self.progress() < 1.0:
            for number, batch in enumerate(self.batches(self.epoch)):
                if number < self.taken:
                    continue
                began = time.monotonic()
                self._learn(batch)
                self.taken = number + 1
                now = time.monotonic()
                self.elapsed += now - began
                if now - told > REPORT_SECONDS:
                    told = now
                    self._tell()
                if now - saved > SAVE_SECONDS:
                    saved = now
                    self.save()
                if self.config.minutes and self.progress() >= 1.0:
                    break
            else:
                self.epoch += 1
                self.taken = 0
        self.save()

    def _learn(self, batch: Sequence[TokenTree]) -> None:
        done = self.progress()
        factor = min(1.0, done / self.config.warm_up + 0.02) * max(0.02, 1 - done)
        for group in self.optimiser.param_groups:
            group["lr"] = group["peak"] * factor
        loss = self.model.loss(collate(batch, self.pad, self.model.base.placement.device))
        if not torch.isfinite(loss):
            raise FloatingPointError(f"the loss of step {self.step} is not a number")
        (loss / self.config.accumulate).backward()
        self.step += 1
        if self.step % self.config.accumulate == 0:
            nn.utils.clip_grad_norm_(self.model.trainable().values(), self.config.clip)
            self.optimiser.step()
            self.optimiser.zero_grad()
        self.losses.append(float(loss.detach()))
        self.seen += sum(map(len, batch))

    def _tell(self) -> None:
        recent = self.losses[-50:]
        left = self.elapsed / max(self.progress(), 1e-6) * (1 - self.progress()) / 60
        print(
            f"epoch {self.epoch + 1} step {self.step} loss {sum(recent) / len(recent):.3f} "
            f"{self.seen / max(self.elapsed, 1e-6):.0f} tokens/s {100 * self.progress():.0f}% "
            f"left {left:.0f} min",
            file=sys.stderr,
            flush=True,
        )

    def save(self) -> None:
        """Write the run's state, whole or not at all."""
        self.out.mkdir(parents=True, exist_ok=True)
        state: dict[str, Any] = {
            "weights": {n: p.detach() for n, p in self.model.trainable().items()},
            "optimiser": self.optimiser.state_dict(),
            "torch": torch.get_rng_state(),
            **{name: getattr(self, name) for name in _COUNTED},
        }
        draft = self.out / "checkpoint.tmp"
        torch.save(state, draft)
        draft.replace(self.out / "checkpoint.pt")
        (self.out / "run.json").write_text(json.dumps(asdict(self.config), indent=1))

    def resume(self) -> bool:
        """Go on from the checkpoint in the folder; False when there is none."""
        path = self.out / "checkpoint.pt"
        if not path.is_file():
            return False
        state = torch.load(path, weights_only=False)
        self.put(state["weights"])
        self.optimiser.load_state_dict(state["optimiser"])
        torch.set_rng_state(state["torch"])
        for name in _COUNTED:
            setattr(self, name, state[name])
        return True

    def put(self, weights: dict[str, Tensor]) -> None:
        """Put weights into what is learnt; what they lack stays as it is."""
        with torch.no_grad():
            for name, parameter in self.model.trainable().items():
                if name in weights:
                    parameter.copy_(weights[name])


_COUNTED = ("step", "epoch", "taken", "seen", "elapsed", "losses")


def _batches(
    rows: Sequence[TokenTree], tokens: int, rng: random.Random
) -> Iterator[list[TokenTree]]:
    made: list[list[TokenTree]] = []
    current: list[TokenTree] = []
    for row in sorted(rows, key=lambda r: len(r) * (1 + 0.1 * rng.random())):
        if not any(row.weights[1:]):
            continue
        longest = max(len(row), *(len(r) for r in current)) if current else len(row)
        if current and (len(current) + 1) * longest > tokens:
            made.append(current)
            current = []
        current.append(row)
    if current:
        made.append(current)
    rng.shuffle(made)
    yield from made
