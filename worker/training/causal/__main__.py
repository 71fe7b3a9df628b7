"""Train a causal head: ``python -m worker.training.causal --head read --out DIR``."""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import torch

from worker.heads.causal import base as bases
from worker.heads.causal.tokens import load_rows, save_rows
from worker.training.causal import data
from worker.training.causal.model import Trainee
from worker.training.causal.run import Run, RunConfig
from worker.training.causal.sequences import Composer, TokenTree


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Train an adapter of a causal head.")
    parser.add_argument("--head", choices=["read", "write", "tokens"], required=True)
    parser.add_argument("--base", default="smollm2")
    parser.add_argument("--data", type=Path, nargs="*", default=[])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=0.0)
    parser.add_argument("--rate", type=float, default=6e-4)
    parser.add_argument("--tokens", type=int, default=1200)
    parser.add_argument("--longest", type=int, default=512)
    parser.add_argument("--rows", type=Path, help="trained rows of the protocol's tokens")
    parser.add_argument("--begin", type=Path, help="a checkpoint to begin from")
    parser.add_argument("--resume", action="store_true")
    given = parser.parse_args(arguments)
    base = bases.load(given.base)
    print(
        f"{base.placement.device}, {base.placement.dtype}: {base.placement.reason}", file=sys.stderr
    )
    if given.rows:
        load_rows(base.model, base.ids, given.rows)
    composer = Composer(base.tokenizer)
    docred = [
        d for path in given.data for d in data.docred_part(path, "train", seed=7, dev=40, held=40)
    ]
    source = data.material(
        schema=Path("apps/memory/data/relations.json"),
        packs=Path("apps/memory/data/packs.json"),
        reading=Path("worker/training/data/reading"),
        questions=Path("worker/training/data/questions"),
        docred=docred,
    )

    def sequences(rng: random.Random) -> Iterator[TokenTree]:
        if given.head == "write":
            yield from data.write_sequences(source, composer, rng)
        elif given.head == "read":
            yield from data.read_sequences(source, composer, rng)
        else:
            write = data.write_sequences(source, composer, rng)
            for row in data.read_sequences(source, composer, rng):
                yield row
                yield from (r for r, _ in zip(write, range(2), strict=False))

    torch.manual_seed(7)
    model = Trainee(base, rank=16, alpha=32, rows=given.head == "tokens")
    config = RunConfig(
        given.head,
        given.base,
        minutes=given.minutes,
        rate=given.rate,
        tokens=given.tokens,
        longest=given.longest,
    )
    run = Run(config, model, sequences, given.out, base.tokenizer.eos_token_id)
    if given.begin:
        run.put(torch.load(given.begin, weights_only=False)["weights"])
    if given.resume:
        run.resume()
    run.train()
    model.put_rows_back()
    if given.head == "tokens":
        save_rows(base.model, base.ids, given.out / "tokens.safetensors", base.hash)


if __name__ == "__main__":
    main()
