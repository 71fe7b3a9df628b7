"""Train the adapter ``explicit``: ``python -m worker.training.explicit --stage sparse --out DIR``.

A run is of one stage: ``text`` has the references before the questions, ``dense`` all of their
tokens as memories of all layers, ``sparse`` a few tokens of half of them (``--kept``, ``--share``).
Each begins best with the weights of the one before (``--begin``). It can be stopped and goes on
with ``--resume``; ``--out`` gets what a run of ``worker.training.causal`` leaves there.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, get_args

import torch

from worker.explicit.attention import UnfitModel
from worker.explicit.encode import DENSE, KEPT, Choice, Scheme
from worker.heads.causal import base as bases
from worker.training.causal import prepare
from worker.training.causal.folders import REFUSALS, check_folder, put_rows, write_trained
from worker.training.causal.numbers import numbers
from worker.training.causal.publish import read_checkpoint
from worker.training.causal.run import Run
from worker.training.causal.sequences import Composer, TokenTree
from worker.training.causal.settings import RunConfig, add_ahead, add_flags, chosen
from worker.training.explicit.groups import Groups, Mix, Stage
from worker.training.explicit.told import Teller
from worker.training.explicit.trainee import MemoryTrainee, narrowed
from worker.training.write_publish import git_commit

REFUSED = (*REFUSALS, UnfitModel)


def parser() -> argparse.ArgumentParser:
    """Return the flags of the command."""
    made = argparse.ArgumentParser(description="Train an adapter that attends to memories.")
    prepare.add_own_material(made, "explicit")
    made.add_argument("--out", type=Path, required=True, help="folder of the run")
    made.add_argument("--stage", choices=get_args(Stage), required=True)
    made.add_argument("--kept", type=int, default=KEPT, help="tokens that are kept (sparse)")
    made.add_argument("--share", type=float, default=0.5, help="layers that are kept (sparse)")
    made.add_argument(
        "--choice", choices=get_args(Choice), default="mean", help="of tokens (sparse)"
    )
    made.add_argument("--from-kept", type=int, help="tokens in the beginning, to narrow from")
    made.add_argument("--from-share", type=float, help="layers in the beginning, to narrow from")
    made.add_argument("--references", type=int, default=5, help="at most, beside a question")
    made.add_argument("--through", action="store_true", help="learn what to keep, too")
    add_flags(made)
    add_ahead(made)
    made.add_argument("--rows", type=Path, help="trained rows of the protocol's tokens")
    made.add_argument("--begin", type=Path, help="checkpoint whose weights the run begins with")
    made.add_argument("--resume", action="store_true", help="go on where the run was stopped")
    return made


def main(arguments: Sequence[str] | None = None) -> None:
    flags = parser()
    given = flags.parse_args(arguments)
    try:
        config = chosen(given)
        if given.references < 1 or given.kept < 1 or not 0 < given.share <= 1:
            raise ValueError("--references and --kept are at least 1, --share is above 0 up to 1.")
    except ValueError as error:
        flags.error(str(error))
    try:
        train(given, config)
    except REFUSED as error:
        sys.exit(str(error))


def scheme_of(given: argparse.Namespace) -> Scheme | None:
    """Return what is kept of references in a stage; None where they stand in the text."""
    if given.stage == "text":
        return None
    return DENSE if given.stage == "dense" else Scheme(given.kept, given.share, given.choice)


def train(given: argparse.Namespace, config: RunConfig) -> None:
    """Train as the flags say. Raises what REFUSED names."""
    check_folder(given.out, given.resume)
    source = prepare.gathered(given)
    base = bases.load(given.base)
    if given.rows:
        put_rows(base, given.rows)
    groups = Groups(
        Teller(source, Composer(base.tokenizer)), Mix(given.references, absent=config.absent)
    )
    torch.manual_seed(config.seed)
    scheme = scheme_of(given)
    model = MemoryTrainee(
        base, scheme, through=given.through, rank=config.rank, alpha=config.alpha,
        dropout=config.dropout, first_layer=config.first_layer,
    )  # fmt: skip

    def sequences(rng: random.Random) -> Iterator[TokenTree]:
        return groups.epoch(config.asked, rng, text=given.stage == "text")

    facts: dict[str, Any] = {
        "data": prepare.hashes(given), "git_commit": git_commit(),
        "placement": base.placement.reason, "stage": given.stage,
        "kept": given.kept, "share": given.share, "choice": given.choice, "through": given.through,
        "from_kept": given.from_kept, "from_share": given.from_share,
    }  # fmt: skip
    run = Run(
        config, model, sequences, given.out, base.tokenizer.eos_token_id,
        numbers=numbers("auto", base.placement.device), facts=facts, ahead=given.ahead,
    )  # fmt: skip
    begin = Scheme(given.from_kept or given.kept, given.from_share or given.share, given.choice)
    if given.stage == "sparse" and scheme and begin != scheme:
        model.scheme = lambda: narrowed(begin, scheme, run.progress())
    resumed = given.resume and run.resume()
    if given.begin and not resumed:
        model.put(read_checkpoint(given.begin)[0]["weights"])
    run.train()
    write_trained(given.out, base, model, config)


if __name__ == "__main__":
    main()
