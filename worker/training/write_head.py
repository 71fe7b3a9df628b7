"""Train the encoder write head: ``python -m worker.training.write_head --data FILE --out DIR``.

A LoRA adapter on the shared encoder and the networks of ``WriteExtractor`` learn three things at
once: where mentions are, which of them name the same entity, and which relations hold between
entities (the adaptive threshold loss of Zhou et al. 2021).
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from worker.heads.encoder.extractor import ExtractorConfig
from worker.heads.encoder.pair_reader import ReaderConfig
from worker.training.ahead import MakingFailed
from worker.training.exported import NothingExported, export, exported
from worker.training.precision import device_for
from worker.training.redocred import MalformedDocuments
from worker.training.write_ahead import AheadRun, made_ahead, take_shipped
from worker.training.write_corpus import Corpus, Files, corpus
from worker.training.write_model import Trainee, TrainingConfig
from worker.training.write_publish import publish, write_again
from worker.training.write_run import Run


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command; bad data ends it with one sentence."""
    parser = _parser()
    given = parser.parse_args(arguments)
    if given.reading and not (given.schema and given.packs):
        parser.error("--reading needs --schema and --packs: its facts name relations of both")
    config = TrainingConfig(
        epochs=given.epochs,
        minutes=given.minutes,
        seed=given.seed,
        dev=given.dev,
        held=given.held,
        fewrel_batches=given.fewrel_batches,
        threads=given.threads,
        hold_relations=given.hold_relations,
        hold_seed=given.hold_seed,
        adapter_rate=(given.adapter_rate or TrainingConfig.adapter_rate) * given.rate,
        head_rate=(given.head_rate or TrainingConfig.head_rate) * given.rate,
        documents_share=given.documents_share,
        own_share=given.own_share,
        rename=given.rename,
        batch_pieces=given.pieces,
        mask_words=given.mask_words,
        drop_types=given.drop_types,
        average=given.average,
        head=replace(TrainingConfig().head, dropout=given.dropout),
        reader=replace(TrainingConfig().reader, dropout=given.reader_dropout),
    )
    files = Files(
        given.data,
        given.fewrel,
        given.names,
        given.labels,
        given.schema,
        given.reading,
        given.packs,
    )
    device, why = device_for(given.device)
    torch.set_num_threads(config.threads)
    print(f"device {device}: {why}", file=sys.stderr)
    try:
        data = corpus(files, config)
    except (OSError, MalformedDocuments) as error:
        sys.exit(str(error))
    if given.documents:
        data.train = data.train[: given.documents]
    facts = {"data": _data_facts(given), "device": device}
    workers = given.workers if given.workers is not None else (3 if device != "cpu" else 0)
    try:
        model, more = _learned(given, config, data, (device, workers))
    except (MakingFailed, NothingExported, MalformedDocuments) as error:
        sys.exit(str(error))
    facts |= more
    model = model.to("cpu")
    if given.export:
        kept = {**model.trainable(), "extractor.centre": model.extractor.centre}
        export(kept, given.export, {**facts, "relations": list(data.properties)})
    if given.uncalibrated:
        write_again(model, given.start, given.out)
        return
    manifest = publish(model, data, config, given.out, facts)
    print(json.dumps(manifest["metrics"]["held"]["end_to_end"]))


def _learned(
    given: argparse.Namespace, config: TrainingConfig, data: Corpus, how: tuple[str, int]
) -> tuple[Trainee, dict[str, Any]]:
    """Return the trained model, and what is known of its training."""
    device, workers = how
    if given.exported:
        model = Trainee(config, data.specs)
        tensors, facts = exported(given.exported)
        model.load_state_dict(tensors, strict=False)
        return model, facts
    if workers:
        return _trained_ahead(given, config, data, how)
    run = _trained(given, config, data, device)
    return run.model, {"history": run.history}


def _trained(given: argparse.Namespace, config: TrainingConfig, data: Corpus, device: str) -> Run:
    """Train by epochs, each batch made when it is its turn."""
    run = Run(config, data, given.out / "run", device)
    if given.resume and run.resume():
        print(f"resumed after epoch {run.epoch}", file=sys.stderr)
    elif given.start and given.start.is_dir():
        run.take_shipped(given.start)
    elif given.start:
        run.take_best(given.start)
    run.run()
    run.take_best()
    return run


def _trained_ahead(
    given: argparse.Namespace, config: TrainingConfig, data: Corpus, how: tuple[str, int]
) -> tuple[Trainee, dict[str, Any]]:
    """Train for a set time on batches that processes make ahead."""
    device, workers = how
    # Processes are forked before the model, whose threads and device they must not share.
    ahead = made_ahead(config, data, workers, given.first_part)
    try:
        run = AheadRun(config, data, given.out / "run", device)
        if given.resume and run.resume():
            print(f"resumed at step {run.step}", file=sys.stderr)
        elif given.start:
            take_shipped(run.model, given.start, data.properties)
            run.average = run.averaged()
        run.run(ahead)
    finally:
        ahead.close()
    run.take_average()
    return run.model, {"steps": run.step, "minutes": run.elapsed / 60}


def _data_facts(given: argparse.Namespace) -> list[dict[str, str]]:
    """Return name, hash and licence of each file that was trained on."""
    licences = {
        "data": "MIT (Re-DocRED)",
        "fewrel": "MIT (FewRel)",
        "names": "MIT (FewRel)",
        "labels": "CC0 (Wikidata)",
        "schema": "this project's",
        "packs": "this project's",
    }
    return [
        {
            "file": path.name,
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            "licence": licence,
        }
        for name, licence in licences.items()
        if (path := getattr(given, name)) is not None
    ]


_KNOBS = {
    "own-share": "the part of our own wordings and whole documents in an epoch",
    "rename": "the part of people and organisations in our own documents that get other names",
    "mask-words": "the part of the word pieces that is hidden",
    "drop-types": "the part of the texts whose names come without their types",
    "average": "how much of the averaged weights a step keeps, at most",
}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Train the encoder write head.")
    parser.add_argument("--data", type=Path, required=True, help="a file in DocRED format")
    parser.add_argument("--out", type=Path, required=True, help="folder for the weights")
    parser.add_argument("--fewrel", type=Path, help="FewRel's val_wiki.json")
    parser.add_argument("--names", type=Path, help="FewRel's pid2name.json")
    parser.add_argument("--labels", type=Path, help="Wikidata labels, a JSON object")
    parser.add_argument(
        "--schema",
        type=Path,
        help="types of relations' arguments (apps/memory/data/relations.json)",
    )
    parser.add_argument(
        "--reading",
        type=Path,
        help="our own corpus (worker/training/data/reading); needs --schema and --packs",
    )
    parser.add_argument(
        "--packs", type=Path, help="relations beside the schema's (apps/memory/data/packs.json)"
    )
    parser.add_argument(
        "--hold-relations", type=int, default=0, help="train without so many types of relation"
    )
    parser.add_argument("--hold-seed", type=int, default=TrainingConfig.hold_seed)
    parser.add_argument("--epochs", type=int, default=TrainingConfig.epochs)
    parser.add_argument(
        "--minutes", type=float, default=TrainingConfig.minutes, help="stop after so many"
    )
    parser.add_argument("--seed", type=int, default=TrainingConfig.seed)
    parser.add_argument(
        "--dev", type=int, default=TrainingConfig.dev, help="documents to choose by"
    )
    parser.add_argument("--held", type=int, default=TrainingConfig.held, help="to report on")
    parser.add_argument("--device", default="auto", choices=["auto", "cpu", "cuda"])
    parser.add_argument("--threads", type=int, default=TrainingConfig.threads)
    parser.add_argument("--rate", type=float, default=1.0, help="times the learning rates")
    parser.add_argument(
        "--fewrel-batches", type=int, default=TrainingConfig.fewrel_batches, help="an epoch"
    )
    parser.add_argument(
        "--start", type=Path, help="go on from an earlier run's best.pt, or a folder of weights"
    )
    parser.add_argument(
        "--documents-share",
        type=float,
        default=TrainingConfig.documents_share,
        help="the part of --data's documents that an epoch takes",
    )
    parser.add_argument("--documents", type=int, default=0, help="train on so many alone")
    parser.add_argument("--resume", action="store_true", help="go on after the last whole epoch")
    parser.add_argument(
        "--workers", type=int,
        help="processes that make batches ahead, for --minutes (on a GPU 3; without one none)",
    )  # fmt: skip
    parser.add_argument("--first-part", type=int, default=0, help="where made batches begin")
    parser.add_argument("--adapter-rate", type=float, help="highest learning rate of the adapter")
    parser.add_argument("--head-rate", type=float, help="highest learning rate of the networks")
    parser.add_argument(
        "--pieces", type=int, default=TrainingConfig.batch_pieces,
        help="word pieces of a batch (on a GPU, 16384 or more)",
    )  # fmt: skip
    for name, what in _KNOBS.items():
        default = getattr(TrainingConfig, name.replace("-", "_"))
        parser.add_argument(f"--{name}", type=float, default=default, help=what)
    parser.add_argument(
        "--dropout", type=float, default=ExtractorConfig.dropout, help="of mentions and pairs"
    )
    parser.add_argument(
        "--reader-dropout", type=float, default=ReaderConfig.dropout, help="of the reader"
    )
    parser.add_argument("--export", type=Path, help="write the tensors there, in small files")
    parser.add_argument("--exported", type=Path, help="publish what --export wrote; no training")
    parser.add_argument(
        "--uncalibrated", action="store_true",
        help="write the weights beside what --start says of scores; measure nothing",
    )  # fmt: skip
    return parser


if __name__ == "__main__":
    main()
