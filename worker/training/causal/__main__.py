"""Train an adapter of a causal head: ``python -m worker.training.causal --head read --out DIR``.

On several processes, with a GPU each or on one CPU:
``torchrun --nproc_per_node 4 -m worker.training.causal ...``. The weights are those of one process
with the same flags, whatever their number. A run that was stopped goes on with ``--resume``.

``--out`` gets ``checkpoint.pt`` and ``run.json`` while it runs and, at its end, the protocol's rows
and the head's adapter as ``worker.heads.causal.adapters`` loads them.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import torch

from worker.heads.causal import base as bases
from worker.training.causal import data, prepare
from worker.training.causal.folders import REFUSALS, check_folder, put_rows, write_trained
from worker.training.causal.model import Trainee
from worker.training.causal.numbers import numbers
from worker.training.causal.processes import joined
from worker.training.causal.publish import read_checkpoint
from worker.training.causal.run import Run
from worker.training.causal.sequences import Composer, TokenTree
from worker.training.causal.settings import RunConfig, add_ahead, add_flags, chosen
from worker.training.write_publish import git_commit


def parser() -> argparse.ArgumentParser:
    """Return the flags of the command."""
    made = argparse.ArgumentParser(description="Train an adapter of a causal head.")
    prepare.add_data_flags(made)
    made.add_argument("--out", type=Path, required=True, help="folder of the run")
    add_flags(made)
    add_ahead(made)
    made.add_argument("--rows", type=Path, help="trained rows of the protocol's tokens")
    made.add_argument("--begin", type=Path, help="checkpoint whose weights the run begins with")
    made.add_argument("--resume", action="store_true", help="go on where the run was stopped")
    made.add_argument("--dtype", choices=["auto", "float32", "bfloat16"], default="auto")
    made.add_argument("--checkpointing", action="store_true", help="less memory, more time")
    made.add_argument("--save-seconds", type=float, default=120.0, help="between checkpoints")
    return made


def main(arguments: Sequence[str] | None = None) -> None:
    command = parser()
    given = command.parse_args(arguments)
    try:
        config = chosen(given)
    except ValueError as error:
        command.error(str(error))
    try:
        train(given, config)
    except REFUSALS as error:
        sys.exit(str(error))


def train(given: argparse.Namespace, config: RunConfig) -> None:
    """Train as the flags say. Raises what REFUSALS names."""
    processes = joined()
    check_folder(given.out, given.resume)
    source = prepare.gathered(given)
    base = bases.load(given.base)
    chosen_numbers = numbers(given.dtype, base.placement.device)
    if processes.first:
        print(f"on {base.placement.device}: {base.placement.reason}", file=sys.stderr)
        print(f"in {chosen_numbers}", file=sys.stderr)
    if given.rows:
        put_rows(base, given.rows)
    composer = Composer(base.tokenizer)
    model = _trainee(base, config)
    if given.checkpointing:
        model.spare_memory()

    def sequences(rng: random.Random) -> Iterator[TokenTree]:
        return data.sequences(source, composer, config, rng)

    facts: dict[str, Any] = {
        "data": prepare.hashes(given), "git_commit": git_commit(),
        "placement": base.placement.reason,
    }  # fmt: skip
    run = Run(
        config, model, sequences, given.out, base.tokenizer.eos_token_id,
        numbers=chosen_numbers, processes=processes, facts=facts, ahead=given.ahead,
    )  # fmt: skip
    resumed = given.resume and run.resume()
    if given.begin and not resumed:
        model.put(read_checkpoint(given.begin)[0]["weights"])
    if processes.first and not resumed:
        facts["counts"] = prepare.counted(source, composer, config)[0]
        print(prepare.told(facts["counts"]), file=sys.stderr)
    run.train(save_seconds=given.save_seconds)
    if processes.first:
        write_trained(given.out, base, model, config)
    processes.close()


def _trainee(base: bases.Base, config: RunConfig) -> Trainee:
    torch.manual_seed(config.seed)
    layers = base.model.config.num_hidden_layers
    return Trainee(
        base, rank=config.rank, alpha=config.alpha, dropout=config.dropout,
        rows=config.head == "tokens", first_layer=min(config.first_layer, layers - 1),
    )  # fmt: skip


if __name__ == "__main__":
    main()
