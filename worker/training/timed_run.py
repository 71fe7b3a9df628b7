"""A training run of a set time: its learning rate, averaged weights and checkpoint."""

from __future__ import annotations

import math
import random
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor, nn

TOLD = 20.0  # seconds between two lines on how far a run is


class Schedule(Protocol):
    """The knobs of a run that it shares with others. The learning rate rises over ``warm_up`` of
    it and falls to its end, which ``minutes`` set; ``average`` is the most that is kept of the
    averaged weights at a step."""

    @property
    def minutes(self) -> float: ...
    @property
    def seed(self) -> int: ...
    @property
    def warm_up(self) -> float: ...
    @property
    def average(self) -> float: ...
    @property
    def clip(self) -> float: ...


class TimedRun(ABC):
    """The state of a run: ``step``, ``elapsed`` seconds, averaged weights and optimiser.

    Whoever uses it sets ``optimiser``, each group of which has a ``peak`` rate, and ``average``,
    and says by ``trainable`` what is learned; ``counted`` names further whole numbers to keep.
    """

    counted: tuple[str, ...] = ()
    optimiser: torch.optim.Optimizer
    average: dict[str, Tensor]

    def __init__(self, schedule: Schedule, out: Path) -> None:
        self.schedule, self.out = schedule, out
        torch.manual_seed(schedule.seed)
        self.rng = random.Random(schedule.seed)
        self.step, self.elapsed = 0, 0.0

    @abstractmethod
    def trainable(self) -> Mapping[str, nn.Parameter]:
        """Return what is learned, by name."""

    def averaged(self) -> dict[str, Tensor]:
        """Return a copy of what is learned, to begin the average with."""
        return {name: p.detach().clone() for name, p in self.trainable().items()}

    def progress(self) -> float:
        """Return how far the run is, from 0 to 1."""
        return min(1.0, self.elapsed / (60 * self.schedule.minutes or 1e-9))

    def set_rates(self) -> None:
        """Set the learning rates for how far the run is."""
        done = self.progress()
        factor = min(1.0, done / self.schedule.warm_up + 0.02) * max(0.02, 1 - done)
        for group in self.optimiser.param_groups:
            group["lr"] = group["peak"] * factor

    def learn(self, loss: Tensor) -> float:
        """Take one step down a loss and return it. Raises FloatingPointError where it is no
        number."""
        if not torch.isfinite(loss):
            raise FloatingPointError(f"the loss of step {self.step} is not a number")
        self.descend(loss)
        return float(loss.detach())

    def descend(self, loss: Tensor) -> None:
        """Take one step down a loss, which nobody waits for."""
        learned = self.trainable()
        self.optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(learned.values(), self.schedule.clip)
        self.optimiser.step()
        self.step += 1
        keep = min(self.schedule.average, (1 + self.step) / (10 + self.step))
        with torch.no_grad():
            torch._foreach_lerp_(
                [self.average[name] for name in learned], list(learned.values()), 1 - keep
            )

    def train_ahead(self, losses: Iterable[Callable[[], Tensor]]) -> None:
        """Train until the time is over on losses that come as fast as they are taken, saying every
        TOLD seconds how far it is. Raises FloatingPointError where a loss is no number."""
        before, since, total = self.elapsed, self.step, torch.zeros(())
        began = last = 0.0
        for loss_of in losses:
            # The clock starts where there is something to learn from.
            began, last = (began or time.monotonic()), (last or time.monotonic())
            self.set_rates()
            loss = loss_of()
            self.descend(loss)
            total = total.to(loss.device) + loss.detach().float()
            now = time.monotonic()
            self.elapsed = before + now - began
            if now - last < TOLD and self.progress() < 1.0:
                continue
            mean = float(total) / (self.step - since)
            if not math.isfinite(mean):
                raise FloatingPointError(f"the loss before step {self.step} is not a number")
            steps = self.step - since
            print(
                f"step {self.step} loss {mean:.4f} {100 * self.progress():.1f}% "
                f"{steps / (now - last):.1f} steps/s {self.told()}", file=sys.stderr, flush=True,
            )  # fmt: skip
            last, since, total = now, self.step, torch.zeros(())
            if self.progress() >= 1.0:
                break
        self.save()

    def told(self) -> str:
        """Return what else is said of how far the run is."""
        return ""

    def save(self) -> None:
        """Write the run's state, whole or not at all."""
        self.out.mkdir(parents=True, exist_ok=True)
        state: dict[str, Any] = {
            "weights": {n: p.detach() for n, p in self.trainable().items()},
            "average": self.average,
            "optimiser": self.optimiser.state_dict(),
            "step": self.step, "elapsed": self.elapsed,
            **{name: getattr(self, name) for name in self.counted},
        }  # fmt: skip
        draft = self.out / "checkpoint.tmp"
        torch.save(state, draft)
        draft.replace(self.out / "checkpoint.pt")

    def resume(self) -> bool:
        """Go on from the checkpoint in the folder; False when there is none."""
        path = self.out / "checkpoint.pt"
        if not path.is_file():
            return False
        state = torch.load(path, weights_only=False, map_location="cpu")
        with torch.no_grad():
            for name, parameter in self.trainable().items():
                parameter.copy_(state["weights"][name])
        self.average = {
            name: value.to(self.average[name].device) for name, value in state["average"].items()
        }
        self.optimiser.load_state_dict(state["optimiser"])
        for name in ("step", "elapsed", *self.counted):
            setattr(self, name, state[name])
        self.rng.seed(self.schedule.seed + self.step)
        return True
