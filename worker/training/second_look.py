"""Train the second look: ``python -m worker.training.second_look --data FILE ... --out DIR``.

It begins from the encoder with the write head's adapter merged into it, and learns to score the
marked pairs of the same texts as the write head: our own corpus composed anew in each epoch, a
share of Re-DocRED, and FewRel. A run is checkpointed and goes on with ``--resume``.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import BertModel

from worker.heads.encoder.base import WEIGHTS, SharedEncoder
from worker.heads.encoder.extractor import UNKNOWN_TYPE
from worker.heads.encoder.pair_reader import ReaderConfig, stretches
from worker.heads.encoder.second_look import LookConfig, Marked, SecondLook, marked
from worker.heads.encoder.write_head import ADAPTER, relation_text
from worker.training.ahead import PARTS, Ahead, MakingFailed, seeded, share_of, slice_of
from worker.training.examples import IGNORED, Example
from worker.training.exported import NothingExported, export, exported
from worker.training.look_publish import BERT, calibrate, take_look, write_look
from worker.training.look_sheets import Arrays, Gold, Sheet, laid
from worker.training.precision import device_for, products
from worker.training.redocred import MalformedDocuments
from worker.training.timed_run import TimedRun
from worker.training.write_corpus import Corpus, Files, corpus
from worker.training.write_model import TrainingConfig, read_pairs, threshold_losses
from worker.types import RelationSpec

MASK, FIRST_PLAIN = 103, 999  # word pieces of the encoder's vocabulary
SAVE_STEPS = 200
FEWREL_BATCHES = 30  # of 20 sentences, in an epoch


@dataclass(frozen=True)
class LookTraining:
    """The knobs of a run. The learning rate rises over ``warm_up`` of it and falls to its end,
    which ``minutes`` set; a batch holds about ``pieces`` word pieces."""

    minutes: float = 90.0
    seed: int = 7
    encoder_rate: float = 1.5e-4
    head_rate: float = 8e-4
    weight_decay: float = 0.01
    warm_up: float = 0.04
    average: float = 0.998
    clip: float = 1.0
    pieces: int = 2560
    pool: int = 1200  # pairs that are put in order of length together
    unrelated: int = 6
    mask_words: float = 0.03
    drop_types: float = 0.1
    drop_residuals: float = 0.06
    mood_weight: float = 0.5
    threads: int = 1
    dropout: float = LookConfig.dropout  # of the networks over the encoder
    encoder_dropout: float = 0.0


@dataclass(frozen=True)
class Pair:
    """A marked pair (L,) with its gold: ``facts`` are (direction, relation), ``asked`` and
    ``moods`` (2,) by direction; ``candidates`` (R,) were judged."""

    ids: Tensor
    shapes: Tensor
    marks: Tensor
    facts: tuple[tuple[int, int], ...]
    asked: tuple[bool, bool]
    moods: tuple[int, int]
    candidates: Tensor


def pairs_of(
    one: Example, unrelated: int, config: ReaderConfig, drop_types: float = 0.0
) -> Iterator[Pair]:
    """Yield the pairs of an example that are learned from."""
    entities = one.entities
    if drop_types and torch.rand(()) < drop_types:
        entities = replace(entities, types=torch.full_like(entities.types, UNKNOWN_TYPE))
    chosen = read_pairs(one, unrelated)
    if not len(chosen):
        return
    # Which of the two stands first in the list means nothing.
    turned = torch.rand(len(chosen)) < 0.5
    chosen = torch.where(turned.unsqueeze(1), chosen.flip(1), chosen)
    read = stretches(one.window.words, entities, chosen, config)
    if not len(read.pairs):
        return
    given = marked(one.window.ids, one.window.shapes, read)
    for row, (i, j) in enumerate(read.pairs.tolist()):
        size = int(given.mask[row].sum())
        ends = ((i, j), (j, i))
        asked = (bool(one.readable[i, j]), bool(one.readable[j, i]))
        if not any(asked):
            continue
        facts = [(n, r) for n, (a, b) in enumerate(ends) for r in _facts(one.labels[a, b])]
        moods = (int(one.moods[i, j]), int(one.moods[j, i]))
        yield Pair(
            given.ids[row, :size], given.shapes[row, :size], given.marks[row, :size],
            tuple(facts), asked, moods, one.candidates,
        )  # fmt: skip


def _facts(labels: Tensor) -> list[int]:
    found: list[int] = labels.nonzero().flatten().tolist()
    return found


def padded(pairs: Sequence[Pair]) -> Marked:
    """Return some pairs as one batch."""
    longest = max(len(p.ids) for p in pairs)

    def rows(values: Sequence[Tensor]) -> Tensor:
        return torch.stack([functional.pad(v, (0, longest - len(v))) for v in values])

    mask = rows([torch.ones_like(p.ids) for p in pairs])
    return Marked(
        rows([p.ids for p in pairs]), rows([p.shapes for p in pairs]),
        rows([p.marks for p in pairs]), mask,
    )  # fmt: skip


def gold_of(pairs: Sequence[Pair], relations: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Return labels (2, P, R), asked (2, P), moods (2, P) and candidates (P, R)."""
    labels = torch.zeros(2, len(pairs), relations, dtype=torch.bool)
    for row, pair in enumerate(pairs):
        for direction, relation in pair.facts:
            labels[direction, row, relation] = True
    asked = torch.tensor([p.asked for p in pairs]).T
    moods = torch.tensor([p.moods for p in pairs]).T
    return labels, asked, moods, torch.stack([p.candidates for p in pairs])


def loss_of(model: LookTrainee, pairs: Sequence[Pair], config: LookTraining) -> Tensor:
    """Return the loss of a batch: relations in both directions, and moods."""
    given = padded(pairs)
    return look_loss(model, given, Gold(*gold_of(pairs, len(model.bias))), config)


def look_loss(model: LookTrainee, given: Marked, gold: Gold, config: LookTraining) -> Tensor:
    """Return the loss of a batch that lies on the model's device."""
    if config.mask_words and model.training:
        drawn = torch.rand(given.ids.shape, device=given.ids.device) < config.mask_words
        given = replace(given, ids=given.ids.masked_fill(drawn & (given.ids > FIRST_PLAIN), MASK))
    vectors, bias = model.varied_relations(config.drop_residuals if model.training else 0.0)
    joined, moods = model.read(given)
    margins = model.margins(joined, vectors, bias).float()
    margins = margins.masked_fill(~gold.candidates, -1e9)
    # A mean over those that are asked about; to pick them out would make a device wait.
    rows = threshold_losses(margins.flatten(0, 1), (gold.labels & gold.candidates).flatten(0, 1))
    loss = (rows * gold.asked.flatten()).sum() / gold.asked.sum().clamp(min=1)
    wrong = functional.cross_entropy(
        moods.float().flatten(0, 1), gold.moods.flatten(), ignore_index=IGNORED, reduction="sum"
    )
    return loss + config.mood_weight * wrong / (gold.moods != IGNORED).sum().clamp(min=1)


class LookTrainee(SecondLook):
    """The second look with the encoder that reads for it: ``bert``, whose embeddings stay."""

    def __init__(
        self, config: LookConfig, bert: BertModel, relation_texts: Tensor,
        encoder_dropout: float = 0.0,
    ) -> None:  # fmt: skip
        super().__init__(config, relation_texts)
        self.bert = bert.requires_grad_(True)
        self.bert.embeddings.requires_grad_(False)
        for module in self.bert.modules():  # drawing its masks costs a processor a third of a step
            if isinstance(module, nn.Dropout):
                module.p = encoder_dropout

    def read(self, given: Marked) -> tuple[Tensor, Tensor]:
        """Return what ``forward`` does, of the encoder's states."""
        embeds = self.bert.embeddings.word_embeddings(given.ids) + self.beside(given)
        states = self.bert(inputs_embeds=embeds, attention_mask=given.mask).last_hidden_state
        return self(states, given)

    def varied_relations(self, drop: float) -> tuple[Tensor, Tensor]:
        """Return vectors and biases of the relations, a share ``drop`` of them by their texts
        alone, so that relations known by nothing else can be scored too."""
        vectors, bias = self.relations()
        if not drop:
            return vectors, bias
        keep = (torch.rand(len(bias), device=bias.device) >= drop).float()
        vectors = vectors - (1 - keep).unsqueeze(1) * self.residual
        return vectors, keep * bias + (1 - keep) * bias.mean().detach()


def untrained(
    specs: Sequence[RelationSpec], folder: Path, dropout: float = LookConfig.dropout,
    encoder_dropout: float = 0.0,
) -> LookTrainee:  # fmt: skip
    """Return a second look whose layers are the encoder's with the adapter of ``folder``."""
    shared = SharedEncoder()
    texts = shared.embed([relation_text(s) for s in specs])
    tensors = shared.load_adapter(ADAPTER, folder)
    model = LookTrainee(LookConfig(dropout=dropout), shared.merged(), texts, encoder_dropout)
    with torch.no_grad():
        model.shapes.weight.copy_(tensors["head.shape.weight"])
    return model


class LookRun(TimedRun):
    """One training run: its model, optimiser, averaged weights and progress."""

    counted = ("epoch",)

    def __init__(
        self, config: LookTraining, corpus_config: TrainingConfig, data: Corpus, out: Path,
        folder: Path, device: str = "cpu", begin: str = "adapter",
    ) -> None:  # fmt: skip
        super().__init__(config, out)
        self.config, self.corpus_config, self.data = config, corpus_config, data
        self.device = device
        random.seed(config.seed)
        self.model = untrained(data.specs, folder, config.dropout, config.encoder_dropout)
        if begin == "shipped":
            take_look(self.model, folder, data.properties)
        self.model.to(device)
        own = [p for n, p in self.model.named_parameters() if n.startswith("bert.")]
        rest = [p for n, p in self.model.named_parameters() if not n.startswith("bert.")]
        self.optimiser = torch.optim.AdamW(
            [
                {"params": [p for p in own if p.requires_grad], "peak": config.encoder_rate},
                {"params": rest, "peak": config.head_rate},
            ],
            weight_decay=config.weight_decay,
            fused=True if device != "cpu" else None,
        )
        self.average = self.averaged()
        self.epoch = 0

    def trainable(self) -> dict[str, nn.Parameter]:
        return {n: p for n, p in self.model.named_parameters() if p.requires_grad}

    def epoch_pairs(self) -> Iterator[Pair]:
        """Yield the pairs of an epoch, texts in random order."""
        for batch in self.data.epoch(self.rng, self.corpus_config):
            for one in batch:
                yield from pairs_of(
                    one, self.config.unrelated, self.corpus_config.reader, self.config.drop_types
                )

    def batches(self) -> Iterator[list[Pair]]:
        """Yield batches of pairs of like length, in random order within each pool."""
        pool: list[Pair] = []
        for pair in self.epoch_pairs():
            pool.append(pair)
            if len(pool) == self.config.pool:
                yield from self._batched(pool)
                pool = []
        yield from self._batched(pool)

    def _batched(self, pool: list[Pair]) -> list[list[Pair]]:
        pool.sort(key=lambda p: len(p.ids))
        made: list[list[Pair]] = [[]]
        for pair in pool:
            if made[-1] and (len(made[-1]) + 1) * len(pair.ids) > self.config.pieces:
                made.append([])
            made[-1].append(pair)
        self.rng.shuffle(made)
        return [batch for batch in made if batch]

    def train_step(self, batch: Sequence[Pair]) -> float:
        """Take one step and return its loss."""
        self.set_rates()
        with products(self.device):
            loss = loss_of(self.model, batch, self.config)
        return self.learn(loss)

    def run_ahead(self, ahead: Ahead[Arrays]) -> None:
        """Train until the time is over on what other processes make. Raises MalformedDocuments
        where no text holds a pair, and MakingFailed."""
        self.model.train()
        self.train_ahead(self._losses(ahead))

    def _losses(self, ahead: Ahead[Arrays]) -> Iterator[Callable[[], Tensor]]:
        while True:
            self.epoch = ahead.made // PARTS
            arrays = ahead.next()
            if arrays is None:
                if ahead.made >= PARTS and not ahead.kept:
                    raise MalformedDocuments("no text holds a pair to learn from")
                continue
            sheet = Sheet(arrays, self.device)
            for group in sheet.groups(self.config.pieces, self.rng):
                yield partial(self._loss, sheet, group)

    def _loss(self, sheet: Sheet, group: Sequence[int]) -> Tensor:
        given, gold = sheet.batch(group)
        with products(self.device):
            return look_loss(self.model, given, gold, self.config)

    def told(self) -> str:
        return f"epoch {self.epoch + 1}"

    def run(self) -> None:
        """Train until the time is over. Raises MalformedDocuments where no text holds a pair."""
        self.model.train()
        losses: list[float] = []
        last = time.monotonic()
        while self.progress() < 1.0:
            before = self.step
            for batch in self.batches():
                losses.append(self.train_step(batch))
                now = time.monotonic()
                self.elapsed, last = self.elapsed + now - last, now
                if self.step % 20 == 0:
                    mean = sum(losses[-50:]) / len(losses[-50:])
                    print(
                        f"epoch {self.epoch + 1} step {self.step} loss {mean:.3f} "
                        f"{100 * self.progress():.1f}%", file=sys.stderr, flush=True,
                    )  # fmt: skip
                if self.step % SAVE_STEPS == 0:
                    self.save()
                if self.progress() >= 1.0:
                    break
            if self.step == before:
                raise MalformedDocuments("no text holds a pair to learn from")
            self.epoch += 1
        self.save()


def trained(run: LookRun) -> dict[str, Tensor]:
    """Return the run's tensors, averaged, without the encoder's embeddings."""
    tensors = {**run.model.state_dict(), **run.average}
    return {n: v for n, v in tensors.items() if not n.startswith("bert.") or n.startswith(BERT)}


def facts_of(run: LookRun) -> dict[str, Any]:
    """Return what a manifest says of the run."""
    return {
        "sizes": asdict(run.model.config), "settings": asdict(run.config), "steps": run.step,
        "minutes": run.elapsed / 60,
    }  # fmt: skip


def made_ahead(
    config: LookTraining, corpus_config: TrainingConfig, data: Corpus, workers: int, first: int = 0
) -> Ahead[Arrays]:
    """Return the pairs of a run's epochs, made by processes of their own in PARTS of an epoch."""

    def made(number: int) -> Arrays | None:
        rng = seeded(config.seed, number)
        few = share_of(corpus_config.fewrel_batches, number)
        part_config = replace(corpus_config, fewrel_batches=few)
        part = slice_of(data, number % PARTS, PARTS)
        return laid(
            pair
            for batch in part.epoch(rng, part_config)
            for one in batch
            for pair in pairs_of(one, config.unrelated, part_config.reader, config.drop_types)
        )

    return Ahead(made, workers, first)


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
