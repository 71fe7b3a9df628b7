"""Train the second look: ``python -m worker.training.second_look --data FILE ... --out DIR``.

It begins from the encoder with the write head's adapter merged into it, and learns to score the
marked pairs of the same texts as the write head: our own corpus composed anew in each epoch, a
share of Re-DocRED, and FewRel. A run is checkpointed and goes on with ``--resume``.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import torch

from worker.heads.encoder.base import WEIGHTS
from worker.heads.encoder.write_head import ADAPTER
from worker.training.ahead import MakingFailed
from worker.training.exported import NothingExported, export, exported
from worker.training.look_model import LookTraining
from worker.training.look_publish import calibrate, write_look
from worker.training.look_run import LookRun, facts_of, made_ahead, trained
from worker.training.precision import device_for
from worker.training.redocred import MalformedDocuments
from worker.training.write_corpus import Corpus, Files, corpus
from worker.training.write_model import TrainingConfig

FEWREL_BATCHES = 30  # of 20 sentences, in an epoch


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command."""
    given = _parser().parse_args(arguments)
    config = LookTraining(
        minutes=given.minutes, threads=given.threads, seed=given.seed, pieces=given.pieces,
        encoder_rate=given.encoder_rate, head_rate=given.head_rate, dropout=given.dropout,
        encoder_dropout=given.encoder_dropout, mask_words=given.mask_words,
        drop_types=given.drop_types, unrelated=given.unrelated, average=given.average,
        weight_decay=given.weight_decay,
    )  # fmt: skip
    torch.set_num_threads(config.threads)
    corpus_config = TrainingConfig(
        documents_share=given.documents_share, fewrel_batches=given.fewrel_batches,
        dev=given.dev, held=given.held, own_share=given.own_share, rename=given.rename,
    )  # fmt: skip
    files = Files(
        given.data, given.fewrel, given.names, given.labels, given.schema, given.reading,
        given.packs,
    )  # fmt: skip
    try:
        data = corpus(files, corpus_config)
        if given.exported:
            tensors, facts = exported(given.exported)
            write_look(tensors, given.first, facts)
        else:
            _trained(given, config, corpus_config, data)
    except (OSError, MalformedDocuments, MakingFailed, NothingExported) as error:
        sys.exit(str(error))
    if not given.uncalibrated:
        print(json.dumps(calibrate(given.first, data.own_dev, data.specs)))


def _trained(
    given: argparse.Namespace, config: LookTraining, corpus_config: TrainingConfig, data: Corpus
) -> None:
    """Train a run as the options say and write what came of it."""
    device, why = device_for(given.device)
    workers = given.workers if given.workers is not None else (3 if device != "cpu" else 0)
    print(f"device {device}: {why}", file=sys.stderr)
    # Processes are forked before the model, whose threads and device they must not share.
    ahead = made_ahead(config, corpus_config, data, workers, given.first_part) if workers else None
    try:
        run = LookRun(config, corpus_config, data, given.out, given.first, device, given.begin)
        if given.resume and run.resume():
            print(f"resumed at step {run.step}", file=sys.stderr)
        run.run_ahead(ahead) if ahead else run.run()
    finally:
        if ahead:
            ahead.close()
    if given.export:
        export(trained(run), given.export, {**facts_of(run), "relations": list(data.properties)})
    write_look(trained(run), given.first, facts_of(run))


_KNOBS = {
    "pieces": "word pieces of a batch (on a GPU, 32768 or more)",
    "encoder-rate": "highest learning rate of the encoder",
    "head-rate": "highest learning rate of the networks over it",
    "dropout": "in the networks over the encoder",
    "encoder-dropout": "in the encoder",
    "mask-words": "the part of the word pieces that is hidden",
    "drop-types": "the part of the texts whose names come without their types",
    "unrelated": "pairs without a fact, at least, of a text",
    "average": "how much of the averaged weights a step keeps, at most",
    "weight-decay": "of the optimiser",
}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Train the second look of the write head.")
    parser.add_argument("--data", type=Path, required=True, help="a file in DocRED format")
    parser.add_argument("--fewrel", type=Path, help="FewRel's val_wiki.json")
    parser.add_argument("--names", type=Path, help="FewRel's pid2name.json")
    parser.add_argument("--labels", type=Path, help="Wikidata labels, a JSON object")
    parser.add_argument("--schema", type=Path, required=True, help="the schema's relations")
    parser.add_argument("--packs", type=Path, required=True, help="relations beside the schema's")
    parser.add_argument("--reading", type=Path, required=True, help="our own corpus")
    parser.add_argument(
        "--first",
        type=Path,
        default=WEIGHTS / ADAPTER,
        help="weights of the write head; the second look is written beside them",
    )
    parser.add_argument("--out", type=Path, required=True, help="folder for the run")
    parser.add_argument("--minutes", type=float, default=LookTraining.minutes)
    parser.add_argument("--threads", type=int, default=LookTraining.threads)
    parser.add_argument(
        "--documents-share", type=float, default=0.15, help="the part of --data's in an epoch"
    )
    parser.add_argument(
        "--fewrel-batches", type=int, default=FEWREL_BATCHES, help="of 20 sentences, in an epoch"
    )
    parser.add_argument(
        "--own-share", type=float, default=1.0,
        help="the part of our own wordings and whole documents in an epoch; all short texts are",
    )  # fmt: skip
    parser.add_argument(
        "--rename", type=float, default=0.0,
        help="the part of people and organisations in our own documents that get other names",
    )  # fmt: skip
    parser.add_argument("--dev", type=int, default=TrainingConfig.dev, help="of --data, not used")
    parser.add_argument("--held", type=int, default=TrainingConfig.held, help="of --data, not used")
    parser.add_argument("--seed", type=int, default=LookTraining.seed)
    parser.add_argument("--device", default="auto", choices=["auto", "cpu", "cuda"])
    parser.add_argument(
        "--workers", type=int,
        help="processes that make batches ahead (on a GPU 3; without one the run makes its own)",
    )  # fmt: skip
    parser.add_argument(
        "--begin", default="adapter", choices=["adapter", "shipped"],
        help="from the encoder with the write head's adapter, or the second look in --first",
    )  # fmt: skip
    for name, what in _KNOBS.items():
        default = getattr(LookTraining, name.replace("-", "_"))
        parser.add_argument(f"--{name}", type=type(default), default=default, help=what)
    parser.add_argument("--first-part", type=int, default=0, help="where made batches begin")
    parser.add_argument("--export", type=Path, help="write the tensors there, in small files")
    parser.add_argument("--exported", type=Path, help="publish what --export wrote; no training")
    parser.add_argument(
        "--uncalibrated", action="store_true", help="leave the regression of the scores as it is"
    )
    parser.add_argument("--resume", action="store_true", help="go on from the last checkpoint")
    return parser


if __name__ == "__main__":
    main()
