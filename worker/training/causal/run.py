"""One training run: its schedule, optimiser, checkpoint and progress."""

from __future__ import annotations

import json
import random
import sys
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from worker.training.causal.ahead import Ahead
from worker.training.causal.batches import Batch, split, steps, weight
from worker.training.causal.model import Trainee
from worker.training.causal.numbers import Numbers
from worker.training.causal.processes import Processes
from worker.training.causal.sequences import TokenTree
from worker.training.causal.settings import RunConfig, differences
from worker.training.write_publish import write_json

SAVE_SECONDS = 120.0
REPORT_SECONDS = 20.0
MOST_HALVINGS = 2
CHECKPOINT, SETTINGS = "checkpoint.pt", "run.json"
_COUNTED = ("step", "epoch", "taken", "seen", "elapsed", "losses")


class OutOfMemory(RuntimeError):
    """A run does not fit into memory."""


class OtherRun(ValueError):
    """A folder holds another run than the one that is to go on."""


class NoData(ValueError):
    """There is nothing to learn from."""


class Run:
    """Trains an adapter, and goes on where it was stopped.

    The gradient of a step is that of the weighted mean over all of its tokens, however they are
    put into batches and whichever process computes them. With ``ahead`` so many processes make the
    epochs to come; what they make is the same.
    """

    def __init__(
        self,
        config: RunConfig,
        model: Trainee,
        sequences: Callable[[random.Random], Iterator[TokenTree]],
        out: Path,
        pad: int,
        *,
        numbers: Numbers | None = None,
        processes: Processes | None = None,
        facts: dict[str, Any] | None = None,
        ahead: int = 0,
    ) -> None:
        torch.manual_seed(config.seed)
        self.config, self.model, self.sequences, self.out = config, model, sequences, out
        self.pad, self.ahead = pad, ahead
        self.numbers = numbers or Numbers(torch.float32, "by default")
        self.processes = processes or Processes()
        self.facts = {} if facts is None else facts
        self.parameters = model.trainable()
        rows = [p for n, p in self.parameters.items() if n.endswith("_rows")]
        others = [p for n, p in self.parameters.items() if not n.endswith("_rows")]
        self.optimiser = torch.optim.AdamW(
            [
                {"params": others, "peak": config.rate},
                {"params": rows, "peak": config.rows_rate},
            ],
            lr=config.rate,
            weight_decay=config.weight_decay,
        )
        self.step = self.epoch = self.taken = self.seen = self.halvings = 0
        # Seconds of the processor, or by the clock where a GPU computes: of all, and of this
        # process since these were last added up.
        self.elapsed = self.spent = 0.0
        on_gpu = model.base.placement.device.startswith("cuda")
        self.clock = time.monotonic if on_gpu else time.process_time
        self.last = self.clock()
        self.losses: list[float] = []
        self.steps_an_epoch = 0

    def steps(self, epoch: int) -> Iterator[list[Batch]]:
        """Yield what each step of an epoch adds up; the same whenever it is asked for again."""
        rng = random.Random(f"{self.config.seed} {epoch}")
        return steps(self.sequences(rng), self.config, rng)

    def progress(self) -> float:
        """Return how far the run is, from 0 to 1."""
        config = self.config
        if config.minutes:
            return min(1.0, self.elapsed / (60 * config.minutes))
        if config.steps:
            return min(1.0, self.step / config.steps)
        share = self.taken / self.steps_an_epoch if self.steps_an_epoch else 0.0
        return min(1.0, (self.epoch + share) / config.epochs)

    def train(self, *, save_seconds: float = SAVE_SECONDS) -> None:
        """Train to the end. Raises NoData, OutOfMemory and FloatingPointError."""
        if not self.config.minutes and not self.config.steps:
            self.steps_an_epoch = sum(1 for _ in self.steps(0))
        self.model.train()
        saved = told = time.monotonic()
        self.last = self.clock()
        epochs = self._epochs()
        while self.progress() < 1.0:
            before = self.step
            for group in self._waiting(next(epochs)):
                self._learn(group)
                now = time.monotonic()
                if now - told > REPORT_SECONDS:
                    told = now
                    self._tell()
                if now - saved >= save_seconds:
                    saved = now
                    self.save()
                if self.progress() >= 1.0:
                    break
            else:
                if self.step == before and not self.taken:
                    raise NoData("There is nothing to learn from: no sequence has a call or text.")
                self.epoch += 1
                self.taken = 0
        epochs.close()
        self._meet(last=True)
        self.save()

    def _epochs(self) -> Generator[Iterable[list[Batch]]]:
        """Yield the steps of this epoch and of each one after it."""
        if not self.ahead:
            while True:
                yield self.steps(self.epoch)
        made = Ahead(lambda epoch: list(self.steps(epoch)), self.ahead)
        try:
            yield from made.since(self.epoch)
        finally:
            made.close()

    def _waiting(self, epoch: Iterable[list[Batch]]) -> Iterator[list[Batch]]:
        """Yield what the steps of an epoch add up in this process, those left that were taken.

        Where processes step alone, each takes its own steps, and as many as every other one.
        """
        alone = self.processes.count if self.config.average else 1
        lot: list[list[Batch]] = []
        for number, group in enumerate(epoch):
            if number < self.taken:
                continue
            lot.append(group)
            if len(lot) == alone:
                self.taken = number + 1
                yield lot[self.processes.rank if alone > 1 else 0]
                lot = []

    def _learn(self, group: Sequence[Batch]) -> None:
        done = self.progress()
        factor = min(1.0, done / self.config.warm_up + 0.02) if self.config.warm_up else 1.0
        for rates in self.optimiser.param_groups:
            rates["lr"] = rates["peak"] * factor * max(0.02, 1 - done)
        loss = self._gradients(group)
        if not torch.isfinite(loss):
            raise FloatingPointError(f"The loss of step {self.step} is not a number.")
        nn.utils.clip_grad_norm_(self.parameters.values(), self.config.clip)
        self.optimiser.step()
        self.optimiser.zero_grad()
        self.step += 1
        self.losses.append(float(loss))
        self.seen += sum(len(row) for batch in group for row in batch)
        now = self.clock()
        self.spent, self.last = self.spent + now - self.last, now
        self._meet()

    def _gradients(self, group: Sequence[Batch]) -> Tensor:
        """Compute the gradients of a step, in parts of half the size when memory runs out."""
        together = not self.config.average
        count, rank = (self.processes.count, self.processes.rank) if together else (1, 0)
        total = sum(map(weight, group))
        while True:
            try:
                loss = self._added_up(group[rank::count], total)
                break
            except (RuntimeError, MemoryError) as error:
                if not out_of_memory(error):
                    raise
                self.optimiser.zero_grad()
                if self.halvings == MOST_HALVINGS:
                    raise OutOfMemory(
                        f"Memory ran out at step {self.step}, at a quarter of a batch too. Give "
                        f"less than {self.config.tokens} with --tokens, less than "
                        f"{self.config.longest} with --longest, or --checkpointing; with --resume "
                        "the run goes on from its last checkpoint."
                    ) from error
            self.halvings += 1
            if torch.cuda.is_available():
                torch.cuda.empty_cache()
            print(f"memory ran out: batches in {2**self.halvings} parts", file=sys.stderr)
        if together:
            for parameter in self.parameters.values():
                if parameter.grad is None:
                    parameter.grad = torch.zeros_like(parameter)
            self.processes.sum([p.grad for p in self.parameters.values() if p.grad is not None])
            self.processes.sum([loss])
        return loss

    def _added_up(self, batches: Sequence[Batch], total: float) -> Tensor:
        device = self.model.base.placement.device
        added = torch.zeros((), device=device)
        for batch in batches:
            for part in split(batch, 2**self.halvings):
                with torch.autocast(
                    device.partition(":")[0], torch.bfloat16,
                    enabled=self.numbers.dtype == torch.bfloat16,
                ):  # fmt: skip
                    loss = self.model.summed_loss(self.model.collated(part, self.pad)) / total
                loss.backward()
                added += loss.detach()
        return added

    @torch.no_grad()
    def _meet(self, *, last: bool = False) -> None:
        """Let the processes agree on the time and, where they step alone, on the weights."""
        average, count = self.config.average, self.processes.count
        if average and self.step % average and not last:
            return
        spent = torch.tensor([self.spent], device=self.model.base.placement.device)
        shared = [p.data for p in self.parameters.values()] if average and count > 1 else []
        self.processes.sum([*shared, spent])
        for tensor in shared:
            tensor /= count
        self.elapsed += float(spent) / count
        self.spent = 0.0

    def _tell(self) -> None:
        if not self.processes.first:
            return
        recent = self.losses[-50:]
        done = max(self.progress(), 1e-6)
        print(
            f"epoch {self.epoch + 1} step {self.step} loss {sum(recent) / len(recent):.3f} "
            f"{self.seen / max(self.elapsed, 1e-6):.0f} tokens a second, "
            f"{100 * done:.0f}%, {self.elapsed / done * (1 - done) / 60:.0f} min left",
            file=sys.stderr,
            flush=True,
        )

    def save(self) -> None:
        """Write the run's state, whole or not at all."""
        if not self.processes.first:
            return
        self.out.mkdir(parents=True, exist_ok=True)
        state: dict[str, Any] = {
            "weights": {n: p.detach() for n, p in self.parameters.items()},
            "optimiser": self.optimiser.state_dict(),
            "torch": torch.get_rng_state(),
            **{name: getattr(self, name) for name in _COUNTED},
        }
        draft = self.out / "checkpoint.tmp"
        torch.save(state, draft)
        write_json(self.out / SETTINGS, asdict(self.config) | dict(self.facts))
        draft.replace(self.out / CHECKPOINT)

    def resume(self) -> bool:
        """Go on from the checkpoint in the folder; False when there is none. Raises OtherRun."""
        path = self.out / CHECKPOINT
        if not path.is_file():
            return False
        kept = json.loads((self.out / SETTINGS).read_text(encoding="utf-8"))
        changed = differences(kept, self.config)
        if kept.get("data", self.facts.get("data")) != self.facts.get("data"):
            changed = [*changed, "data"]
        if changed:
            raise OtherRun(
                f"The run in {self.out} had other settings ({', '.join(changed)}); go on with "
                "the same ones, or name another folder with --out."
            )
        if "counts" in kept:
            self.facts["counts"] = kept["counts"]
        state = torch.load(path, weights_only=False)
        self.model.put(state["weights"])
        self.optimiser.load_state_dict(state["optimiser"])
        torch.set_rng_state(state["torch"])
        for name in _COUNTED:
            setattr(self, name, state[name])
        return True


def out_of_memory(error: BaseException) -> bool:
    """Tell whether memory ran out, on a GPU or for PyTorch's allocator."""
    words = str(error)
    return isinstance(error, torch.OutOfMemoryError | MemoryError) or (
        "out of memory" in words or "can't allocate memory" in words
    )
