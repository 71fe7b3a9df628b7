"""Train the second look: ``python -m worker.training.second_look --data FILE ... --out DIR``.

It begins from the encoder with the write head's adapter merged into it, and learns to score the
marked pairs of the same texts as the write head: our own corpus composed anew in each epoch, a
share of Re-DocRED, and FewRel. A run is checkpointed and goes on with ``--resume``.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional
from transformers import BertModel

from worker.heads.encoder.base import WEIGHTS, SharedEncoder, read_manifest
from worker.heads.encoder.extractor import UNKNOWN_TYPE
from worker.heads.encoder.pair_reader import ReaderConfig, stretches
from worker.heads.encoder.scoring import LOOK_SIGNS, SIGNS
from worker.heads.encoder.second_look import (
    LAYERS,
    LOOK_FILE,
    LookConfig,
    Marked,
    SecondLook,
    in_eight_bits,
    marked,
)
from worker.heads.encoder.write_head import (
    ADAPTER,
    EncoderWriteHead,
    WriteHeadConfig,
    relation_text,
)
from worker.training import calibration
from worker.training.calibration import LOWEST
from worker.training.examples import IGNORED, Example
from worker.training.precision import products
from worker.training.redocred import MalformedDocuments
from worker.training.timed_run import TimedRun
from worker.training.write_corpus import Corpus, Files, corpus
from worker.training.write_model import TrainingConfig, read_pairs, threshold_loss
from worker.training.write_publish import REVIEW_PRECISION, write_json
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
    labels = torch.zeros(2, len(pairs), relations)
    for row, pair in enumerate(pairs):
        for direction, relation in pair.facts:
            labels[direction, row, relation] = 1
    asked = torch.tensor([p.asked for p in pairs]).T
    moods = torch.tensor([p.moods for p in pairs]).T
    return labels, asked, moods, torch.stack([p.candidates for p in pairs])


def loss_of(model: LookTrainee, pairs: Sequence[Pair], config: LookTraining) -> Tensor:
    """Return the loss of a batch: relations in both directions, and moods."""
    given = padded(pairs)
    if config.mask_words and model.training:
        hit = (torch.rand(given.ids.shape) < config.mask_words) & (given.ids > FIRST_PLAIN)
        given = replace(given, ids=given.ids.masked_fill(hit, MASK))
    vectors, bias = model.varied_relations(config.drop_residuals if model.training else 0.0)
    joined, moods = model.read(given)
    labels, asked, gold_moods, candidates = gold_of(pairs, len(bias))
    margins = model.margins(joined, vectors, bias).float()
    margins = margins.masked_fill(~candidates, -1e9)
    loss = threshold_loss(margins[asked], (labels * candidates)[asked])
    if (gold_moods != IGNORED).any():
        loss = loss + config.mood_weight * functional.cross_entropy(
            moods.float().flatten(0, 1), gold_moods.flatten(), ignore_index=IGNORED
        )
    return loss


class LookTrainee(SecondLook):
    """The second look with the encoder that reads for it: ``bert``, whose embeddings stay."""

    def __init__(self, config: LookConfig, bert: BertModel, relation_texts: Tensor) -> None:
        super().__init__(config, relation_texts)
        self.bert = bert.requires_grad_(True)
        self.bert.embeddings.requires_grad_(False)
        for module in self.bert.modules():  # drawing its masks costs a third of a step
            if isinstance(module, nn.Dropout):
                module.p = 0.0

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
        keep = (torch.rand(len(bias)) >= drop).float()
        vectors = vectors - (1 - keep).unsqueeze(1) * self.residual
        return vectors, keep * bias + (1 - keep) * bias.mean().detach()


def untrained(specs: Sequence[RelationSpec], folder: Path) -> LookTrainee:
    """Return a second look whose layers are the encoder's with the adapter of ``folder``."""
    shared = SharedEncoder()
    texts = shared.embed([relation_text(s) for s in specs])
    tensors = shared.load_adapter(ADAPTER, folder)
    model = LookTrainee(LookConfig(), shared.merged(), texts)
    with torch.no_grad():
        model.shapes.weight.copy_(tensors["head.shape.weight"])
    return model


class LookRun(TimedRun):
    """One training run: its model, optimiser, averaged weights and progress."""

    counted = ("epoch",)

    def __init__(
        self, config: LookTraining, corpus_config: TrainingConfig, data: Corpus, out: Path,
        folder: Path,
    ) -> None:  # fmt: skip
        super().__init__(config, out)
        self.config, self.corpus_config, self.data = config, corpus_config, data
        random.seed(config.seed)
        self.model = untrained(data.specs, folder)
        own = [p for n, p in self.model.named_parameters() if n.startswith("bert.")]
        rest = [p for n, p in self.model.named_parameters() if not n.startswith("bert.")]
        self.optimiser = torch.optim.AdamW(
            [
                {"params": [p for p in own if p.requires_grad], "peak": config.encoder_rate},
                {"params": rest, "peak": config.head_rate},
            ],
            weight_decay=config.weight_decay,
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
        with products("cpu"):
            loss = loss_of(self.model, batch, self.config)
        return self.learn(loss)

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


def publish(run: LookRun, folder: Path) -> dict[str, Any]:
    """Write the run's averaged weights beside the write head in ``folder``, choose the regression
    over all signs and the review threshold on texts kept apart, and return what the head's
    manifest says of the second look. The manifest is written last."""
    tensors = dict(run.model.state_dict())
    tensors.update(run.average)
    kept: dict[str, Tensor] = {}
    for name, value in tensors.items():
        if not name.startswith("bert."):
            kept[name] = value.half().contiguous()
        elif name.startswith("bert.encoder.layer."):
            name = name.replace("bert.encoder.layer.", LAYERS)
            small = {name: value.half().contiguous()}
            kept.update(in_eight_bits(name, value) if value.dim() == 2 else small)
    save_file(kept, folder / LOOK_FILE)
    digest = hashlib.sha256((folder / LOOK_FILE).read_bytes()).hexdigest()
    manifest = read_manifest(ADAPTER, folder)
    manifest["look"] = {
        "sizes": asdict(run.model.config), "sha256": digest, "settings": asdict(run.config),
        "steps": run.step, "minutes": run.elapsed / 60,
        "scoring": {"look": 1.0, "look_mood": 1.0, "offset": 0.0},
        "thresholds": dict(manifest["thresholds"]),
    }  # fmt: skip
    write_json(folder / "manifest.json", manifest)
    head = EncoderWriteHead(folder, WriteHeadConfig(threshold=LOWEST), SharedEncoder())
    scoring, review = calibration.chosen(
        head, run.data.own_dev, run.data.specs, REVIEW_PRECISION, (*SIGNS, *LOOK_SIGNS)
    )
    manifest["look"]["scoring"], manifest["look"]["thresholds"]["review"] = scoring, review
    write_json(folder / "manifest.json", manifest)
    found: dict[str, Any] = manifest["look"]
    return found


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command."""
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
    parser.add_argument("--resume", action="store_true", help="go on from the last checkpoint")
    given = parser.parse_args(arguments)
    config = LookTraining(minutes=given.minutes, threads=given.threads)
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
        run = LookRun(config, corpus_config, data, given.out, given.first)
        if given.resume and run.resume():
            print(f"resumed at step {run.step}", file=sys.stderr)
        run.run()
    except (OSError, MalformedDocuments) as error:
        sys.exit(str(error))
    print(json.dumps(publish(run, given.first)))


if __name__ == "__main__":
    main()
