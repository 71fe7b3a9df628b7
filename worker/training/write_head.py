"""Train the encoder write head: ``python -m worker.training.write_head --data FILE --out DIR``.

A LoRA adapter on the shared encoder and the networks of ``WriteExtractor`` learn three things at
once: where mentions are, which of them name the same entity, and which relations hold between
entities (the adaptive threshold loss of Zhou et al. 2021).
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from worker.heads.encoder.extractor import ExtractorConfig
from worker.heads.encoder.pair_reader import ReaderConfig
from worker.training.ahead import MakingFailed
from worker.training.examples import Example
from worker.training.exported import NothingExported, export, exported
from worker.training.precision import device_for
from worker.training.redocred import MalformedDocuments
from worker.training.write_ahead import AheadRun, made_ahead, take_shipped
from worker.training.write_corpus import Corpus, Files, corpus
from worker.training.write_model import Trainee, TrainingConfig, batch_loss, quick_scores
from worker.training.write_publish import publish, write_again

SAVE_STEPS = 200  # between the epochs; a run can be started from what is saved


class Run:
    """One training run: its model, optimiser, averaged weights and progress."""

    def __init__(self, config: TrainingConfig, data: Corpus, out: Path, device: str) -> None:
        self.config, self.data, self.out = config, data, out
        random.seed(config.seed)
        torch.manual_seed(config.seed)
        self.rng = random.Random(config.seed)
        self.model = Trainee(config, data.specs).to(device)
        parameters = self.model.trainable()
        lora = [p for n, p in parameters.items() if "lora_" in n]
        rest = [p for n, p in parameters.items() if "lora_" not in n]
        self.optimiser = torch.optim.AdamW(
            [
                {"params": lora, "lr": config.adapter_rate, "peak": config.adapter_rate},
                {"params": rest, "lr": config.head_rate, "peak": config.head_rate},
            ],
            weight_decay=config.weight_decay,
        )
        self.average = {n: p.detach().clone() for n, p in parameters.items()}
        self.epoch, self.step, self.elapsed = 0, 0, 0.0
        self.history: list[dict[str, float]] = []
        self.best = -1.0
        one = sum(1 for _ in data.epoch(random.Random(config.seed), config))
        self.steps = config.epochs * one

    def progress(self) -> float:
        """Return how far the run is, from 0 to 1."""
        clock = self.elapsed / (60 * self.config.minutes) if self.config.minutes else 0.0
        return min(1.0, max(self.step / self.steps, clock))

    def train_step(self, batch: Sequence[Example]) -> float:
        """Take one step and return its loss."""
        done = self.progress()
        factor = min(1.0, (self.step + 1) / max(1.0, self.config.warm_up * self.steps))
        for group in self.optimiser.param_groups:
            group["lr"] = group["peak"] * factor * max(0.02, 1 - done)
        loss = batch_loss(self.model, batch, self.config)
        if not torch.isfinite(loss):
            raise FloatingPointError(f"the loss of step {self.step} is not a number")
        self.optimiser.zero_grad()
        loss.backward()
        parameters = self.model.trainable()
        nn.utils.clip_grad_norm_(parameters.values(), self.config.clip)
        self.optimiser.step()
        self.step += 1
        keep = min(self.config.average, (1 + self.step) / (10 + self.step))
        with torch.no_grad():
            for name, parameter in parameters.items():
                self.average[name].lerp_(parameter, 1 - keep)
        return float(loss.detach())

    def train_epoch(self) -> float:
        """Train one epoch and return its mean loss."""
        self.model.train()
        losses: list[float] = []
        began = last = time.monotonic()
        for batch in self.data.epoch(self.rng, self.config):
            losses.append(self.train_step(batch))
            now = time.monotonic()
            self.elapsed += now - last
            last = now
            if self.step % SAVE_STEPS == 0:
                self.save("average.pt", {"average": self.average, "epoch": self.epoch})
            if self.step % 10 == 0 or len(losses) == 1:
                recent = losses[-10:]
                left = self.elapsed / max(self.progress(), 1e-6) * (1 - self.progress())
                print(
                    f"epoch {self.epoch + 1} step {self.step} loss {sum(recent) / len(recent):.3f}"
                    f" {100 * self.progress():.0f}% left {left / 60:.0f} min",
                    file=sys.stderr,
                    flush=True,
                )
        self.history.append({"loss": sum(losses) / len(losses), "seconds": last - began})
        self.epoch += 1
        return self.history[-1]["loss"]

    def averaged(self) -> dict[str, Tensor]:
        """Put the averaged weights into the model and return those they replaced."""
        kept = {n: p.detach().clone() for n, p in self.model.trainable().items()}
        self.restore(self.average)
        return kept

    def restore(self, weights: dict[str, Tensor]) -> None:
        """Put weights into the model; what they lack (a layer that was added) stays as it is."""
        with torch.no_grad():
            for name, parameter in self.model.trainable().items():
                if name in weights:
                    parameter.copy_(weights[name])

    def run(self) -> None:
        """Train to the end, choosing by the dev split and saving after each epoch."""
        dev = self.data.dev_examples()
        while self.epoch < self.config.epochs and self.progress() < 1.0:
            self.train_epoch()
            kept = self.averaged()
            scores = quick_scores(self.model, dev)
            self.restore(kept)
            self.history[-1].update(scores)
            print(
                json.dumps({"epoch": self.epoch, **self.history[-1]}), file=sys.stderr, flush=True
            )
            quality = scores["relations"] * scores["mentions"] ** 2
            # Dev documents have few verbs and no denials: with our own corpus, the last epoch.
            if quality > self.best or self.data.composer:
                self.best = quality
                self.save("best.pt", {"average": self.average, "epoch": self.epoch})
            self.save("checkpoint.pt", self.state())

    def state(self) -> dict[str, Any]:
        """Return all that a resumed run needs."""
        return {
            "weights": {n: p.detach() for n, p in self.model.trainable().items()},
            "average": self.average,
            "optimiser": self.optimiser.state_dict(),
            "epoch": self.epoch,
            "step": self.step,
            "elapsed": self.elapsed,
            "history": self.history,
            "best": self.best,
            "config": asdict(self.config),
            "rng": self.rng.getstate(),
            "torch_rng": torch.get_rng_state(),
        }

    def save(self, name: str, state: dict[str, Any]) -> None:
        """Write a file of the run, whole or not at all."""
        self.out.mkdir(parents=True, exist_ok=True)
        draft = self.out / (name + ".tmp")
        torch.save(state, draft)
        draft.replace(self.out / name)

    def take_best(self, path: Path | None = None) -> None:
        """Put the weights of the epoch that did best on the dev split into the model.

        ``path`` is the best.pt of another run, to go on from it with a new schedule.
        """
        self.restore(torch.load(path or self.out / "best.pt", weights_only=True)["average"])
        self.average = {n: p.detach().clone() for n, p in self.model.trainable().items()}

    def take_shipped(self, folder: Path) -> None:
        """Put the weights of a published head into the model."""
        take_shipped(self.model, folder, self.data.properties)
        self.average = {n: p.detach().clone() for n, p in self.model.trainable().items()}

    def resume(self) -> bool:
        """Go on from the last checkpoint in the folder; False when there is none."""
        path = self.out / "checkpoint.pt"
        if not path.is_file():
            return False
        state = torch.load(path, weights_only=False)
        self.restore(state["weights"])
        self.average = state["average"]
        self.optimiser.load_state_dict(state["optimiser"])
        for name in ("epoch", "step", "elapsed", "history", "best"):
            setattr(self, name, state[name])
        self.rng.setstate(state["rng"])
        torch.set_rng_state(state["torch_rng"])
        return True


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
