"""The training loop of the read head, seeded and resumable.

The adapter is trained with a softmax over all relations and sides and "none of these" (in the
manner of CLIP, Radford et al. 2021, with its learned scale); in a share of the questions the
right relation is taken out of the choice, and then "none" is right.
"""

from __future__ import annotations

import math
import random
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from worker.heads.encoder.base import DIMENSION, SharedEncoder, lora_config, lora_tensors
from worker.heads.encoder.relation_matching import (
    ADAPTER,
    both_ways,
    encode,
    plain_question,
    sided,
)
from worker.training import read_data
from worker.training.read_data import AskedQuestion, Corpus, Label
from worker.training.read_examples import ExampleBank, ExamplePool, nearest
from worker.types import SIDES


@dataclass(frozen=True)
class Settings:
    """What a training run depends on, apart from its data."""

    seed: int = 13
    steps: int = 1800
    rank: int = 32
    alpha: int = 64
    learning_rate: float = 1.5e-3
    warm_up: float = 0.05  # share of the steps
    batch: int = 48
    share_wordings: float = 0.5
    share_outside: float = 0.07
    share_statements: float = 0.05
    share_masked: float = 0.25  # of the SimpleQuestions
    drop_right: float = 0.12  # how often "none" is made the right answer
    fresh: int = 10  # relation texts encoded with gradients in a step
    fresh_examples: int = 8  # and example questions
    refresh: int = 100  # steps between encodings of all relation texts and examples
    examples: int = 6  # of each label
    hide_examples: float = 0.4  # how often one is hidden
    without_examples: float = 0.35  # how often a label has none
    share_others: float = 0.25  # of the wordings: of relations that the schema lacks
    evenness: float = 0.6  # 1 draws questions as they come, 0 all relations alike
    save_every: int = 25


@dataclass(frozen=True)
class Batch:
    """Questions, what each was made of, the index of its label (``len(labels)`` where none is
    right), that of the label that it was made for (-1 for no label), and which labels are out of
    the choice, (B, L)."""

    texts: list[str]
    sources: list[str]
    targets: Tensor
    made_for: list[int]
    removed: Tensor


class Sampler:
    """Draws batches; a batch depends on seed and step alone, so training can be resumed."""

    def __init__(self, corpus: Corpus, settings: Settings, same: dict[Label, set[Label]]) -> None:
        self.corpus, self.settings = corpus, settings
        self.labels = corpus.labels
        self.index = {label: i for i, label in enumerate(self.labels)}
        self.same = {
            self.index[label]: [self.index[o] for o in others if o in self.index]
            for label, others in same.items()
            if label in self.index
        }
        self._by_label: dict[Label, list[AskedQuestion]] = defaultdict(list)
        for question in corpus.questions:
            self._by_label[question.label].append(question)
        self._asked = sorted(self._by_label)
        # ``evenness`` below 1 gives rare relations more turns than their share of questions.
        self._weights = [len(self._by_label[x]) ** settings.evenness for x in self._asked]
        worded = sorted(corpus.wordings.patterns)
        self._worded = [label for label in worded if label[0] not in corpus.others]
        self._others = [label for label in worded if label[0] in corpus.others]
        self._unshipped = [i for i, label in enumerate(self.labels) if label[0] in corpus.others]
        self._statements = round(settings.batch * settings.share_statements)

    def batch(self, step: int) -> Batch:
        rng = random.Random(f"{self.settings.seed}:{step}")
        drawn = [self._draw(rng) for _ in range(self.settings.batch)]
        stated = [self._statement(rng) for _ in range(self._statements)]
        drawn += stated
        none = len(self.labels)
        made_for = [-1 if label is None else self.index[label] for _, _, label in drawn]
        targets = torch.full((len(drawn),), none)
        removed = torch.zeros(len(drawn), none, dtype=torch.bool)
        for row, (_, _, label) in enumerate(drawn):
            if label is None:  # "How tall is Ada?" asks for one that only the training knows
                removed[row, self._unshipped] = True
                continue
            target = self.index[label]
            removed[row, self.same.get(target, [])] = True
            if row >= len(drawn) - len(stated):  # both sides are known: either is right
                removed[row, self.index[label[0], "object"]] = True
            removed[row, target] = False
            if rng.random() < self.settings.drop_right:
                removed[row, target] = True
            else:
                targets[row] = target
        texts = [plain_question(text) for text, _, _ in drawn]
        return Batch(texts, [source for _, source, _ in drawn], targets, made_for, removed)

    def _statement(self, rng: random.Random) -> tuple[str, str, Label | None]:
        property_ = rng.choice(self._worded)[0]
        text = read_data.fill_statement(self.corpus, property_, rng)
        return text, "", (property_, "subject")

    def _draw(self, rng: random.Random) -> tuple[str, str, Label | None]:
        """Return a question, what it was made of, and its label."""
        settings, corpus, at = self.settings, self.corpus, rng.random()
        if corpus.outside and corpus.names and at < settings.share_outside:
            return read_data.fill_outside(corpus, rng), "", None
        if not self._asked or at < settings.share_outside + settings.share_wordings:
            other = self._others and rng.random() < settings.share_others
            label = rng.choice(self._others if other else self._worded)
            pattern = rng.choice(corpus.wordings.patterns[label])
            return read_data.filled(corpus, pattern, label, rng), pattern, label
        label = rng.choices(self._asked, self._weights)[0]
        source = text = rng.choice(self._by_label[label]).text
        if rng.random() < settings.share_masked:
            text = read_data.mask_rare(text, corpus.rare)
        return text, source, label


class ReadTraining:
    """The adapter, its small head and the optimiser."""

    def __init__(
        self,
        corpus: Corpus,
        settings: Settings,
        same: dict[Label, set[Label]],
        start: Path | None = None,
    ) -> None:
        """``start`` is a folder of weights to begin from. Raises WeightsMissing."""
        torch.manual_seed(settings.seed)
        self.settings, self.corpus = settings, corpus
        self.sampler = Sampler(corpus, settings, same)
        self.encoder = SharedEncoder()
        self.peft = self.encoder.add_adapter(ADAPTER, lora_config(settings.rank, settings.alpha))
        begun = self.encoder.load_adapter(ADAPTER, start) if start else {}
        self.peft.set_adapter(ADAPTER)
        self.scale = nn.Parameter(torch.tensor([20.0]))
        self.none = nn.Parameter(torch.tensor([8.0]))
        self.side_weight = nn.Parameter(torch.zeros(len(SIDES), DIMENSION, DIMENSION))
        self.side_bias = nn.Parameter(torch.zeros(len(SIDES), DIMENSION))
        for name, value in self._head().items():
            value.data = begun.get(name, value.data).clone()
        self._sides = torch.tensor([SIDES.index(label[1]) for label in self.sampler.labels])
        lora = [p for p in self.peft.parameters() if p.requires_grad]
        self.optimizer = torch.optim.AdamW(
            [
                {"params": lora, "scale": 1.0},
                {"params": [self.side_weight], "scale": 1.0},
                {"params": [self.side_bias], "scale": 2.0},
                {"params": [self.scale, self.none], "scale": 50.0, "weight_decay": 0.0},
            ],
            lr=settings.learning_rate,
            weight_decay=0.01,
        )
        self._lora = lora
        self._bank = torch.zeros(0)
        self._pool = ExamplePool(corpus, self.sampler.labels)
        self._examples = ExampleBank([], 0)
        self.step = 0

    def run(self, resume: Path) -> None:
        """Train to the last step, from where ``resume`` stands if it is there."""
        if resume.is_file():
            self._restore(torch.load(resume, weights_only=True))
        began, losses = time.monotonic(), []
        while self.step < self.settings.steps:
            if self.step % self.settings.refresh == 0 or not len(self._bank):
                self._bank = self.label_vectors()
                self._examples = self._drawn(self.step)
                self._examples.fill(self._encoded(self._examples))
            losses.append(self._train_step())
            self.step += 1
            if self.step % 20 == 0:
                mean = sum(losses[-20:]) / len(losses[-20:])
                print(
                    f"step {self.step}/{self.settings.steps} loss {mean:.3f} "
                    f"scale {self.scale.item():.1f} none {self.none.item():.1f} "
                    f"{time.monotonic() - began:.0f} s",
                    file=sys.stderr,
                )
            if self.step % self.settings.save_every == 0:
                write_whole(resume, lambda path: torch.save(self._state(), path))

    def _train_step(self) -> float:
        batch = self.sampler.batch(self.step)
        rng = random.Random(f"{self.settings.seed}:fresh:{self.step}")
        wanted = sorted({t for t in batch.targets.tolist() if t < len(self.sampler.labels)})
        rng.shuffle(wanted)
        asked = encode(self.encoder, batch.texts)
        near, exemplified = self._near_examples(asked, batch, wanted, rng)
        texts = asked @ self._label_vectors(wanted, rng).T
        logits = self.scale * both_ways(texts, near, exemplified)
        logits = logits.masked_fill(batch.removed, -math.inf)
        logits = torch.cat([logits, self.none.expand(len(asked), 1)], dim=1)
        loss = functional.cross_entropy(logits, batch.targets)
        for group in self.optimizer.param_groups:
            group["lr"] = self._rate() * group["scale"]
        self.optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self._lora, 1.0)
        self.optimizer.step()
        return loss.item()

    def _label_vectors(self, wanted: Sequence[int], rng: random.Random) -> Tensor:
        """Return the vectors of all labels, (L, D), a few with gradients: mostly ``wanted``."""
        spare = self.settings.fresh // 4
        fresh = list(wanted[: self.settings.fresh - spare])
        others = [i for i in range(len(self.sampler.labels)) if i not in set(fresh)]
        fresh += rng.sample(others, min(spare, len(others)))
        texts = [read_data.label_text(self.corpus, self.sampler.labels[i], rng) for i in fresh]
        plain = self._bank.index_copy(0, torch.tensor(fresh), encode(self.encoder, texts))
        return sided(plain, self._sides, self.side_weight, self.side_bias)

    def _near_examples(
        self, asked: Tensor, batch: Batch, wanted: Sequence[int], rng: random.Random
    ) -> tuple[Tensor, Tensor]:
        """See ``nearest``; of a few examples of ``wanted`` labels the vectors have gradients."""
        bank, settings = self._examples, self.settings
        vectors = bank.vectors
        fresh = [(i, rng.randrange(len(bank.texts[i]))) for i in wanted if bank.texts[i]]
        fresh = fresh[: settings.fresh_examples]
        if fresh:
            new = encode(self.encoder, [bank.texts[i][j] for i, j in fresh])
            rows, columns = (torch.tensor(numbers) for numbers in zip(*fresh, strict=True))
            vectors = vectors.index_put((rows, columns), new)
        seen = bank.seen(settings.hide_examples, settings.without_examples, rng)
        return nearest(asked, vectors, ~seen | bank.own(batch.sources, batch.made_for))

    def _drawn(self, step: int) -> ExampleBank:
        """Return the examples of the stretch of steps that ``step`` opens, without vectors."""
        rng = random.Random(f"{self.settings.seed}:examples:{step}")
        return ExampleBank(self._pool.draw(self.settings.examples, rng), self.settings.examples)

    @torch.inference_mode()
    def _encoded(self, bank: ExampleBank) -> Tensor:
        texts = [bank.texts[i][j] for i, j in bank.places]
        return encode(self.encoder, texts).clone()

    def _rate(self) -> float:
        done = self.step / self.settings.steps
        warm = min(1.0, (done + 1e-9) / self.settings.warm_up)
        return self.settings.learning_rate * warm * max(0.02, 1 - done)

    @torch.inference_mode()
    def label_vectors(self) -> Tensor:
        """Return ``(L, 384)`` vectors of all relation texts, before the maps of their sides."""
        texts = [read_data.label_text(self.corpus, label) for label in self.sampler.labels]
        return encode(self.encoder, texts).clone()

    def _state(self) -> dict[str, Any]:
        from peft import get_peft_model_state_dict

        return {
            "step": self.step,
            "settings": asdict(self.settings),
            "lora": get_peft_model_state_dict(self.peft, adapter_name=ADAPTER),
            "head": {name: value.data for name, value in self._head().items()},
            "bank": self._bank,
            "examples": self._examples.vectors,
            "optimizer": self.optimizer.state_dict(),
        }

    def _restore(self, state: dict[str, Any]) -> None:
        from peft import set_peft_model_state_dict

        if state["settings"] != asdict(self.settings):
            raise SystemExit("the unfinished run in --out has other settings; remove it first")
        set_peft_model_state_dict(self.peft, state["lora"], adapter_name=ADAPTER)
        for name, value in self._head().items():
            value.data = state["head"][name]
        self._bank, self.step = state["bank"], state["step"]
        opened = (self.step - 1) // self.settings.refresh * self.settings.refresh
        self._examples = self._drawn(opened)
        self._examples.vectors = state["examples"]
        self.optimizer.load_state_dict(state["optimizer"])

    def _head(self) -> dict[str, nn.Parameter]:
        names = ("scale", "none", "side_weight", "side_bias")
        return {name: getattr(self, name) for name in names}

    def tensors(self) -> dict[str, Tensor]:
        """Return what is shipped: the adapter and the small head, in float16."""
        from peft import get_peft_model_state_dict

        lora = lora_tensors(get_peft_model_state_dict(self.peft, adapter_name=ADAPTER))
        return lora | {name: value.data.half() for name, value in self._head().items()}


def write_whole(path: Path, write: Callable[[Path], object]) -> None:
    """Let ``write`` fill a file beside ``path`` and move it there when it is complete."""
    part = path.with_name(path.name + ".part")
    write(part)
    part.replace(path)
