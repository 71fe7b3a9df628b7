"""Train the cross-encoder that ranks readings: ``python -m worker.training.reranker --data FILE
... --out DIR``.

Files are those of ``evaluate questions --readings`` (``worker.training.recorded_readings``). Beside
their questions stand some that are put together anew in each epoch from how people ask for the
shipped relations (``worker.wordings``). A run is checkpointed and goes on with ``--resume``;
``--start`` begins one with weights that were published.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import random
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional

from worker.heads.encoder.base import (
    WEIGHTS,
    SharedEncoder,
    WeightsMissing,
    lora_config,
    lora_tensors,
    read_manifest,
)
from worker.heads.encoder.reranker import ADAPTER, Compared, RerankerHead, pieces
from worker.training.precision import products
from worker.training.reading_pairs import Composer, Ranked, Spoiler
from worker.training.recorded_readings import read_recorded
from worker.training.timed_run import TimedRun

SAVE_STEPS = 100
WEIGHTS_FILE = "reranker.safetensors"


@dataclass(frozen=True)
class RerankerTraining:
    """The knobs of a run. The learning rate rises over ``warm_up`` of it and falls to its end,
    which ``minutes`` set; a step sees ``questions`` of the files and ``composed`` ones."""

    minutes: float = 40.0
    seed: int = 11
    rank: int = 32
    alpha: int = 64
    rate: float = 8e-4
    head_rate: float = 1e-3
    weight_decay: float = 0.01
    warm_up: float = 0.05
    average: float = 0.995
    clip: float = 1.0
    questions: int = 8
    composed: int = 3
    right: int = 2  # right readings of a question that are learned from at once
    spoiled: float = 0.12  # the share of questions of which a word is exchanged
    likely: int = 5  # wrong readings that stand first
    others: int = 2  # and further ones, drawn
    known: float = 0.35  # the share of questions that were told well before, in an epoch


def drawn(one: Ranked, config: RerankerTraining, rng: random.Random) -> Ranked:
    """Return some of a question's readings: the likeliest wrong ones and a few others."""
    right = one.right[: 3 * config.right]
    right = tuple(rng.sample(right, min(config.right, len(right))))
    rest = one.wrong[config.likely :]
    others = rng.sample(rest, min(config.others, len(rest)))
    return Ranked(right, (*one.wrong[: config.likely], *others))


def loss_of(scores: Tensor, questions: Sequence[Ranked]) -> Tensor:
    """Return the mean loss of questions whose readings have ``scores`` (N,), the right ones of
    each first: that each right one stands above all wrong ones and above 0, and every wrong one
    below 0 where none is right (a softmax with 0 for "none of these")."""
    total = scores.new_zeros(())
    at = 0
    for one in questions:
        size = len(one.right) + len(one.wrong)
        own = scores[at : at + size]
        # Each right one is to stand above the wrong ones; the others of them are no rivals.
        wrong = torch.cat([own[len(one.right) :], own.new_zeros(1)]).logsumexp(0)
        good = own[: len(one.right)]
        total = total + (functional.softplus(wrong - good).mean() if one.right else wrong)
        at += size
    return total / len(questions)


class RerankerRun(TimedRun):
    """One training run: its model, optimiser, averaged weights and progress."""

    def __init__(
        self,
        config: RerankerTraining,
        recorded: Sequence[Ranked],
        composer: Composer,
        out: Path,
        start: Path | None = None,
    ) -> None:
        """``start`` is a folder of published weights to begin with. Raises WeightsMissing."""
        super().__init__(config, out)
        self.config, self.recorded, self.composer = config, recorded, composer
        self.spoiler = Spoiler(recorded)
        self.shared = SharedEncoder()
        self.peft = self.shared.add_adapter(ADAPTER, lora_config(config.rank, config.alpha))
        self.shared.base.set_attn_implementation("sdpa")
        self.head = RerankerHead()
        if start is not None:
            begun = self.shared.load_adapter(ADAPTER, start)
            self.head.load_state_dict({k.removeprefix("head."): v for k, v in begun.items()})
        self.peft.set_adapter(ADAPTER)
        for name, parameter in self.peft.named_parameters():
            parameter.requires_grad_("lora_" in name)
        self.optimiser = torch.optim.AdamW(
            [
                {"params": [p for p in self.peft.parameters() if p.requires_grad],
                 "peak": config.rate},
                {"params": list(self.head.parameters()), "peak": config.head_rate},
            ],
            weight_decay=config.weight_decay,
        )  # fmt: skip
        self.average = self.averaged()
        self._order: list[int] = []

    def trainable(self) -> dict[str, nn.Parameter]:
        own = {f"lora.{n}": p for n, p in self.peft.named_parameters() if p.requires_grad}
        return {**own, **{f"head.{n}": p for n, p in self.head.named_parameters()}}

    def batch(self) -> list[Ranked]:
        """Return the questions of a step; those of the files each once an epoch, but of those that
        are known only some."""
        found = []
        for _ in range(self.config.questions if self.recorded else 0):
            if not self._order:
                self._order = self._epoch()
            one = drawn(self.recorded[self._order.pop()], self.config, self.rng)
            spoiled = one.right and self.rng.random() < self.config.spoiled
            found.append(self.spoiler(one, self.rng) if spoiled else one)
        found += [self.composer.question(self.rng) for _ in range(self.config.composed)]
        return found

    def _epoch(self) -> list[int]:
        """Return the places of the questions of an epoch, in any order."""
        known = [at for at, one in enumerate(self.recorded) if one.known]
        others = [at for at, one in enumerate(self.recorded) if not one.known]
        order = others + self.rng.sample(known, math.ceil(self.config.known * len(known)))
        self.rng.shuffle(order)
        return order

    def scores(self, given: Sequence[Compared]) -> Tensor:
        """Return the scores (N,) of pairs, read in groups of like length."""
        read = pieces(self.shared, given)
        order = sorted(range(len(read)), key=lambda at: len(read[at][0]))
        found: list[tuple[int, Tensor]] = []
        for rows in _groups(order, [len(ids) for ids, _ in read]):
            longest = max(len(read[at][0]) for at in rows)
            ids = torch.tensor([read[at][0] + [0] * (longest - len(read[at][0])) for at in rows])
            mask = (
                torch.arange(longest) < torch.tensor([[len(read[at][0])] for at in rows])
            ).long()
            part = torch.arange(longest) >= torch.tensor([[read[at][1]] for at in rows])
            embeds = self.shared.base.embeddings.word_embeddings(ids)
            embeds = embeds + part.unsqueeze(-1) * self.head.part
            states = self.peft(inputs_embeds=embeds, attention_mask=mask).last_hidden_state
            weight = mask.unsqueeze(-1).to(states.dtype)
            mean = (states * weight).sum(1) / weight.sum(1)
            found += zip(rows, self.head(states[:, 0], mean), strict=True)
        return torch.stack([score for _, score in sorted(found, key=lambda one: one[0])])

    def train_step(self, batch: Sequence[Ranked]) -> float:
        """Take one step and return its loss."""
        self.set_rates()
        given = [pair for one in batch for pair in (*one.right, *one.wrong)]
        with products("cpu"):
            scores = self.scores(given)
        return self.learn(loss_of(scores.float(), batch))

    def run(self) -> None:
        """Train until the time is over."""
        self.peft.train()
        self.head.train()
        losses: list[float] = []
        last = time.monotonic()
        while self.progress() < 1.0:
            losses.append(self.train_step(self.batch()))
            now = time.monotonic()
            self.elapsed, last = self.elapsed + now - last, now
            if self.step % 20 == 0:
                mean = sum(losses[-60:]) / len(losses[-60:])
                print(
                    f"step {self.step} loss {mean:.3f} {100 * self.progress():.1f}%",
                    file=sys.stderr, flush=True,
                )  # fmt: skip
            if self.step % SAVE_STEPS == 0:
                self.save()
        self.save()


def _groups(order: Sequence[int], sizes: Sequence[int], most: int = 2560) -> Iterator[list[int]]:
    """Yield rows in the order given, so many that they hold about ``most`` pieces."""
    rows: list[int] = []
    for at in order:
        if rows and (len(rows) + 1) * sizes[at] > most:
            yield rows
            rows = []
        rows.append(at)
    if rows:
        yield rows


def publish(run: RerankerRun, folder: Path) -> dict[str, Any]:
    """Write the run's averaged weights into ``folder`` and their settings into its manifest."""
    from peft import get_peft_model_state_dict

    with torch.no_grad():
        for name, parameter in run.trainable().items():
            parameter.copy_(run.average[name])
    lora = get_peft_model_state_dict(run.peft, adapter_name=ADAPTER)
    head = {f"head.{n}": p.detach().half() for n, p in run.head.named_parameters()}
    save_file({**lora_tensors(lora), **head}, folder / WEIGHTS_FILE)
    manifest = read_manifest(ADAPTER, folder)
    manifest |= {
        "weights": WEIGHTS_FILE,
        "sha256": hashlib.sha256((folder / WEIGHTS_FILE).read_bytes()).hexdigest(),
        "adapter": {"rank": run.config.rank, "alpha": run.config.alpha},
        "training": {**asdict(run.config), "steps": run.step, "of": len(run.recorded)},
    }
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
    trained: dict[str, Any] = manifest["training"]
    return trained


def main(arguments: Sequence[str] | None = None) -> int:
    """Train and publish; return 0, or 2 for files that cannot be used."""
    parser = argparse.ArgumentParser(description="Train the cross-encoder that ranks readings.")
    parser.add_argument("--data", type=Path, nargs="+", required=True, metavar="FILE")
    parser.add_argument("--schema", type=Path, required=True, help="the schema's relations")
    parser.add_argument("--packs", type=Path, required=True, help="relations beside the schema's")
    parser.add_argument("--out", type=Path, required=True, help="folder for the run")
    parser.add_argument("--weights", type=Path, default=WEIGHTS / ADAPTER, help="to publish into")
    parser.add_argument("--minutes", type=float, default=RerankerTraining.minutes)
    parser.add_argument("--rate", type=float, default=RerankerTraining.rate)
    parser.add_argument("--start", type=Path, metavar="DIR", help="published weights to begin with")
    parser.add_argument("--resume", action="store_true", help="go on from the last checkpoint")
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    try:
        lines = [line for path in options.data for line in path.read_text("utf-8").splitlines()]
        recorded = read_recorded(lines)
        composer = Composer.of(options.schema, options.packs)
        for folder in (options.weights, options.start or options.weights):
            read_manifest(ADAPTER, folder)
    except (OSError, ValueError, WeightsMissing) as error:
        print(f"Not trained: {error}", file=sys.stderr)
        return 2
    config = RerankerTraining(minutes=options.minutes, rate=options.rate)
    run = RerankerRun(config, recorded, composer, options.out, options.start)
    if options.resume and run.resume():
        print(f"resumed at step {run.step}", file=sys.stderr)
    run.run()
    print(json.dumps(publish(run, options.weights)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
