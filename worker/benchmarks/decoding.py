"""Decoding with the causal base, beside plain ``generate()`` and what the memory allows.

Every token reads all weights, so that a step takes at least their bytes over the machine's rate of
reading memory: the floor. Calls are written over one prefix (``branches``), reading goes on in a
session; each with and without the constraint of its call, which here never ends. All generate
the same number of tokens after the same texts, in turn; the rate is that between the first and the
last of them, without the time to read the texts. Beside it stand the weights in 8 bits.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from typing import Any

import torch

from worker.benchmarks import Options, Report
from worker.benchmarks.machine import described, memory_rate, spread, threads
from worker.benchmarks.texts import made_passages
from worker.heads.causal.base import Base, load, placement
from worker.heads.causal.constraint import (
    CopyText,
    ReadConstraint,
    RelationTrie,
    Vocabulary,
    WriteConstraint,
)
from worker.heads.causal.decoding import Decoder
from worker.heads.causal.installed import INSTALL, SMOLLM2, installed
from worker.heads.causal.tokens import encode

BATCHES = (1, 8)
TOKENS = 32  # of every row
RELATIONS = ("place of birth", "date of birth", "founded by", "spouse", "headquarters location")
TARGET = 0.01  # of decoding time, for the constraint
Stamps = list[float]
clock = time.perf_counter


class Unending:
    """The constraint of a call that begins anew where it would end; knows what it took."""

    done = False

    def __init__(self, made: Callable[[], Any], ends: set[int]) -> None:
        self.made, self.ends = made, ends
        self.inner = made()
        self.seconds = 0.0

    def allowed(self) -> Any:
        """Return the ids that the call allows, its end only where there is nothing else."""
        began = clock()
        ids = torch.as_tensor(self.inner.allowed())
        self.seconds += clock() - began
        others = ids[~torch.isin(ids, torch.tensor(list(self.ends)))]
        return others if len(others) else ids

    def advance(self, token: int) -> None:
        """Go on by a token."""
        began = clock()
        self.inner.advance(token)
        self.seconds += clock() - began
        if self.inner.done:
            self.inner = self.made()


class Trial:
    """A base and the texts that every way of decoding goes on from."""

    def __init__(self, base: Base, options: Options) -> None:
        self.base = base
        passages = made_passages(max(BATCHES), options.seed)
        self.texts = [passage.text for passage in passages]
        self.ids = [encode(base.tokenizer, text) for text in self.texts]
        vocabulary = Vocabulary(base.tokenizer, base.ids)
        self.schema = RelationTrie(vocabulary, RELATIONS)
        self.copied = [CopyText(vocabulary, text) for text in self.texts]
        self.spent: list[float] = []  # seconds in constraints, of the latest run

    def unending(self, made: Callable[[], Any]) -> Unending:
        """Return a constraint that does not end."""
        return Unending(made, {self.base.ids.end, self.base.ids.wait})

    def plain(self, model: Any, rows: int) -> Stamps:
        """``generate()`` of transformers."""
        width = max(map(len, self.ids[:rows]))
        stamps: Stamps = []
        model.generate(
            input_ids=torch.tensor(
                [[0] * (width - len(r)) + r for r in self.ids[:rows]], device=model.device
            ),
            attention_mask=torch.tensor(
                [[0] * (width - len(r)) + [1] * len(r) for r in self.ids[:rows]],
                device=model.device,
            ),
            max_new_tokens=TOKENS, do_sample=False, eos_token_id=None, pad_token_id=0,
            stopping_criteria=[_stamping(stamps)],
        )  # fmt: skip
        return stamps

    def write(self, model: Any, rows: int, constrained: bool) -> Stamps:
        """Calls that branch off one text, at as many places as there are rows."""
        decoder, text = Decoder(self.base, model), self.ids[0]
        prefix = decoder.prefix(text)
        stamps: Stamps = []
        own = [
            self.unending(lambda: WriteConstraint(self.copied[0], self.schema)) for _ in range(rows)
        ]
        decoder.branches(
            prefix, [len(text) * (row + 1) // rows for row in range(rows)],
            [[self.base.ids.write]] * rows, constraints=own if constrained else None, stop=set(),
            limit=TOKENS, batch=rows, told=lambda row, token: stamps.append(clock()),
        )  # fmt: skip
        self.spent = [one.seconds for one in own]
        return stamps[rows - 1 :: rows]

    def read(self, model: Any, rows: int, constrained: bool) -> Stamps:
        """A session, which has one row."""
        session = Decoder(self.base, model).session([*self.ids[0], self.base.ids.read])
        own = self.unending(lambda: ReadConstraint(self.copied[:1], self.schema))
        stamps: Stamps = []
        for _ in range(TOKENS):
            session.step(own if constrained else None)
            stamps.append(clock())
        self.spent = [own.seconds]
        return stamps


def _stamping(stamps: Stamps) -> Callable[..., Any]:
    def stamp(ids: torch.Tensor, scores: Any, **_: Any) -> torch.Tensor:
        ids[:, -1].tolist()  # a GPU may be behind
        stamps.append(clock())
        return torch.zeros(len(ids), dtype=torch.bool, device=ids.device)

    return stamp


def measure(options: Options) -> Report:
    """Return tokens per second by way and batch, and the floor's; or why there are none."""
    if not installed(SMOLLM2):
        return {"skipped": f"{SMOLLM2} is not installed: {INSTALL}"}
    with threads(options.threads):
        return measured(load(SMOLLM2, placement(options.device)), options)


def measured(base: Base, options: Options) -> Report:
    """Measure with a base that is loaded."""
    trial = Trial(base, options)
    ways = _ways(trial, base.model, "")
    device = base.placement.device
    small = quantised(base.model) if device == "cpu" else None  # torch has it for CPUs alone
    if small is not None:
        ways |= _ways(trial, small, ", 8 bits")
    rates: dict[tuple[str, int], list[float]] = {way: [] for way in ways}
    shares: dict[tuple[str, int], list[float]] = {way: [] for way in ways}
    memory = []
    for _ in range(options.rounds):
        memory.append(memory_rate(device))
        for way, run in ways.items():
            trial.spent = []
            stamps = run()
            taken = stamps[-1] - stamps[0]
            rates[way].append(way[1] * (len(stamps) - 1) / taken)
            if trial.spent and "constraint" in way[0]:
                shares[way].append(sum(trial.spent) / taken)
    size = bytes_of(base.model)
    return {
        "machine": described(options.threads),
        "base": base.name,
        "device": device,
        "weights": size,
        "tokens": TOKENS,
        "context": [len(ids) for ids in trial.ids],
        "rounds": options.rounds,
        "memory_rate": spread(memory),
        "floor": {str(b): spread([b * rate / size for rate in memory]) for b in BATCHES},
        "ways": [
            {"way": name, "batch": batch, "tokens_per_second": spread(rates[name, batch])}
            | ({"constraint": spread(shares[name, batch])} if shares[name, batch] else {})
            for name, batch in ways
        ],
        "same_tokens_in_8_bits": small and agreement(trial, base.model, small),
        "target_constraint": TARGET,
    }


def _ways(trial: Trial, model: Any, suffix: str) -> dict[tuple[str, int], Callable[[], Stamps]]:
    made: dict[tuple[str, int], Callable[[], Stamps]] = {}
    for batch in BATCHES:
        made["generate()" + suffix, batch] = lambda b=batch: trial.plain(model, b)  # type: ignore[misc]
        for name, way in (("write", trial.write), ("read", trial.read)):
            if name == "read" and batch > 1:
                continue
            for constrained in (False, True):
                title = name + (" under its constraint" if constrained else "") + suffix
                made[title, batch] = lambda b=batch, w=way, c=constrained: w(model, b, c)  # type: ignore[misc]
    return made


def quantised(model: Any) -> Any:
    """Return a copy of a model whose linear layers have weights of 8 bits."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch has another package for this, which is not ours
        return torch.ao.quantization.quantize_dynamic(
            model, {torch.nn.Linear}, dtype=torch.qint8
        ).eval()


def agreement(trial: Trial, model: Any, other: Any) -> float:
    """Return the share of text tokens after which two models have the same best token."""
    same = total = 0
    with torch.no_grad():
        for ids in trial.ids[:2]:
            best, also = (m(torch.tensor([ids])).logits[0].argmax(-1) for m in (model, other))
            same, total = same + int((best == also).sum()), total + len(ids)
    return same / total


def bytes_of(model: Any) -> int:
    """Return the bytes of the weights that a step reads: all but an input table of its own."""
    table = model.get_input_embeddings().weight
    tied = model.get_output_embeddings().weight is table
    size = sum(p.numel() * p.element_size() for p in model.parameters())
    return size if tied else size - table.numel() * table.element_size()


def table(report: Report) -> str:
    """Return the report for people: medians, and ranges in brackets."""
    if "skipped" in report:
        return f"Decoding: not measured, {report['skipped']}"
    machine = report["machine"]
    lines = [
        f"Decoding: {report['base']}, {report['tokens']} tokens after texts of "
        f"{min(report['context'])} to {max(report['context'])} tokens, {report['rounds']} rounds "
        "in turn",
        f"{machine['date']}, {machine['threads']} threads on {machine['cores']} cores "
        f"({machine['processor']}), torch {machine['torch']}, load {machine['load']}",
        f"on {report['device']}: memory {_span(report['memory_rate'], 1e9)} GB/s; "
        f"weights {report['weights'] / 1e6:.0f} MB",
        f"{'':36}{'batch':>6}{'tokens/s':>26}{'constraint':>12}",
        *(_line("floor", batch, rate) for batch, rate in report["floor"].items()),
        *(_line(w["way"], w["batch"], w["tokens_per_second"], w.get("constraint"))
          for w in report["ways"]),
        _small(report["same_tokens_in_8_bits"]),
        f"target: a constraint takes under {report['target_constraint']:.0%} of the time",
    ]  # fmt: skip
    return "\n".join(lines)


def _small(same: float | None) -> str:
    if same is None:
        return "in 8 bits not measured: that is for CPUs"
    return f"in 8 bits the best token is the same after {same:.0%} of the tokens of texts"


def _line(way: str, batch: Any, rates: dict[str, float], share: Any = None) -> str:
    spent = f"{share['median']:.2%}" if share else ""
    return f"{way:36}{batch!s:>6}{_span(rates, 1):>26}{spent:>12}"


def _span(values: dict[str, float], unit: float) -> str:
    median, low, high = (f"{values[k] / unit:.1f}" for k in ("median", "low", "high"))
    return f"{median} [{low} to {high}]"
