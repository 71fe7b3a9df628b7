"""Every number of a run, its flags and the presets."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any


def _number(default: float, text: str) -> Any:
    return field(default=default, metadata={"help": text})


@dataclass(frozen=True)
class RunConfig:
    """Every number of a run; each is a flag of ``python -m worker.training.causal``.

    A run ends after ``minutes`` of processor time (by the clock on a GPU) or, where these are 0,
    after ``steps`` or, where these are 0 too, after ``epochs``.
    """

    head: str
    base: str
    rank: int = _number(16, "rank of the adapter")
    alpha: int = _number(32, "its change is scaled by alpha / rank")
    dropout: float = _number(0.0, "share of the adapter's inputs that are left out")
    first_layer: int = _number(10, "layers before this one stay as they are")
    rate: float = _number(6e-4, "highest learning rate")
    rows_rate: float = _number(1e-3, "highest learning rate of the protocol's rows")
    weight_decay: float = _number(0.0, "of AdamW")
    warm_up: float = _number(0.03, "share of the run in which the rate rises")
    clip: float = _number(1.0, "longest gradient")
    tokens: int = _number(1200, "tokens that are computed at once, padding counted")
    batch: int = _number(0, "sequences a step; 0 leaves it to --accumulate")
    accumulate: int = _number(1, "lots of --tokens a step, all processes together")
    average: int = _number(0, "processes step alone and average their weights every so many steps")
    longest: int = _number(512, "tokens of a sequence; longer documents are cut into windows")
    epochs: int = _number(1, "passes over the data")
    steps: int = _number(0, "steps after which the run ends")
    minutes: float = _number(0.0, "minutes after which the run ends, of the processor (GPU: clock)")
    seed: int = _number(7, "of data, weights and dropout")
    asked: int = _number(3000, "questions that are made for an epoch")
    swapped: float = _number(0.5, "share of read documents that are copies with other names")
    absent: float = _number(0.05, "share of made questions that the memory does not answer")
    conditions: float = _number(0.05, "share of made questions with a condition")
    several: float = _number(0.3, "share of made questions of two steps or three")
    whether: float = _number(0.0, "share of made questions for a yes or no")


PRESETS: Mapping[str, Mapping[str, Any]] = {
    # MemLLM, arXiv 2404.11672.
    "paper": {
        "rank": 16, "alpha": 8, "dropout": 0.1, "first_layer": 0, "rate": 2e-5, "rows_rate": 2e-5,
        "batch": 96, "epochs": 2, "tokens": 4096, "longest": 1024,
    },
    # What trained the shipped adapters on two cores.
    "laptop": {"tokens": 500, "rate": 8e-4, "minutes": 60.0},
}  # fmt: skip
_FREE = ("minutes", "steps", "epochs")  # of a run that goes on


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Add a flag for each number, and that of the presets."""
    parser.add_argument(
        "--preset", choices=sorted(PRESETS), help="numbers to begin with; other flags count more"
    )
    for one in fields(RunConfig):
        if "help" in one.metadata:
            parser.add_argument(
                f"--{one.name.replace('_', '-')}", type=type(one.default), default=None,
                help=f"{one.metadata['help']} (default {one.default})",
            )  # fmt: skip


def add_ahead(parser: argparse.ArgumentParser) -> None:
    """Add the flag that says how many processes make the epochs to come."""
    parser.add_argument(
        "--ahead", type=int, default=0,
        help="processes that make the epochs to come, for a GPU that is quicker than one",
    )  # fmt: skip


def chosen(given: argparse.Namespace) -> RunConfig:
    """Return the numbers that the flags give. Raises ValueError where they make no run."""
    preset = PRESETS[given.preset] if given.preset else {}
    said = {
        one.name: value
        for one in fields(RunConfig)
        if "help" in one.metadata and (value := getattr(given, one.name)) is not None
    }
    config = RunConfig(given.head, given.base, **{**preset, **said})
    below = [name for name in ("rank", "alpha", "tokens", "accumulate", "longest", "epochs")
             if getattr(config, name) < 1]  # fmt: skip
    shares = [name for name in ("dropout", "swapped", "absent", "conditions", "several", "whether")
              if not 0 <= getattr(config, name) <= 1]  # fmt: skip
    if below:
        raise ValueError(f"--{below[0].replace('_', '-')} must be at least 1.")
    if shares:
        raise ValueError(f"--{shares[0]} is a share: from 0 to 1.")
    if config.rate <= 0 or config.clip <= 0:
        raise ValueError("--rate and --clip must be above 0.")
    return config


def differences(kept: Mapping[str, Any], config: RunConfig) -> Sequence[str]:
    """Return the numbers in which a kept run differs from this one, other than when it ends."""
    now = asdict(config)
    return [name for name in now if name not in _FREE and kept.get(name, now[name]) != now[name]]
