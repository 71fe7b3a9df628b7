"""Attending to explicit memories, beside their texts in the context, these texts' cache, and none.

Each way goes on from the same prompts by the same number of tokens, in turn. What counts is the
processor time of the whole, reading the memories' files or the cache's included, and that after the
first token. Encoding was done beforehand, and is measured by itself.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file

from worker.benchmarks import Options, Report
from worker.benchmarks.machine import described, threads
from worker.benchmarks.texts import made_passages
from worker.blobs import Folder
from worker.explicit.attention import use
from worker.explicit.encode import DENSE, POSITIONS, bank_of
from worker.explicit.encode import encode as encode_memories
from worker.explicit.store import Maker, Store, Stored
from worker.heads.causal.base import Base, load
from worker.heads.causal.decoding import Decoder
from worker.heads.causal.installed import INSTALL, SMOLLM2, installed
from worker.heads.causal.rows import Past
from worker.heads.causal.tokens import encode

BATCHES = (1, 8, 32)
ONCE = 32  # rows from which a batch is run in the first round alone: it takes half a minute
REFERENCES, PROMPT, TOKENS = 5, 128, 64
FASTER, SLOWER, SMALLER = 1.46, 1.1, 30  # targets: than text, than none, than dense
WAYS = ("none", "text", "cache", "memory")


@dataclass(frozen=True)
class Times:
    """Processor seconds of one run: until the first token, and after it."""

    first: float
    rest: float

    @property
    def whole(self) -> float:
        """All of it."""
        return self.first + self.rest


class Trial:
    """A base with references in each of their forms, and prompts of POSITIONS tokens."""

    def __init__(self, base: Base, folder: Path, options: Options) -> None:
        use(base.model)
        self.base, self.folder = base, folder
        begin = base.tokenizer.bos_token_id or 0
        passages = made_passages(REFERENCES + max(BATCHES), options.seed)
        ids = [encode(base.tokenizer, passage.text) for passage in passages]
        self.references = [row[: POSITIONS - 1] for row in ids[:REFERENCES]]
        self.prompts = [[begin, *row][:PROMPT] for row in ids[REFERENCES:]]
        self.text = [token for row in self.references for token in [begin, *row]]
        self.maker, self.store = Maker(base.hash), Store(Folder(folder))
        began = time.process_time()
        memories = encode_memories(base.model, self.references, begin=begin, batch=1)
        self.encoding = (time.process_time() - began) / REFERENCES
        dense = encode_memories(
            base.model, self.references[:1], DENSE, begin=begin
        )  # fmt: skip
        self.dense = dense[0].to(torch.bfloat16).bytes
        self.stored: list[Stored] = [
            self.store.put(memory, str(number), self.maker)
            for number, memory in enumerate(memories)
        ]
        self._keep_cache()

    def _keep_cache(self) -> None:
        prefix = Decoder(self.base).prefix(self.text)
        tensors = {
            f"{layer}.{side}": tensor.to(torch.bfloat16).contiguous()
            for layer, pair in enumerate(prefix.layers)
            for side, tensor in enumerate(pair)
        }
        save_file(tensors, self.folder / "cache.safetensors")

    def run(self, way: str, rows: int) -> Times:
        """Generate after so many prompts."""
        stamps: list[float] = []
        began = time.process_time()
        prompts, decoder = self.prompts[:rows], Decoder(self.base)
        if way == "text":
            prompts = [[*self.text, *prompt] for prompt in prompts]
        elif way == "cache":
            decoder = Decoder(self.base, past=self._cache())
        elif way == "memory":
            memories = [self.store.get(one, self.maker).to(torch.float32) for one in self.stored]
            decoder = Decoder(self.base, bank=bank_of([memories]), begins=POSITIONS)
        decoder.generate(
            prompts, stop=set(), limit=TOKENS, batch=rows,
            told=lambda row, token: stamps.append(time.process_time()),
        )  # fmt: skip
        first = stamps[rows - 1]
        return Times(first - began, stamps[-1] - first)

    def _cache(self) -> Past:
        held = load_file(self.folder / "cache.safetensors")
        layers = [
            (held[f"{layer}.0"].float(), held[f"{layer}.1"].float())
            for layer in range(len(held) // 2)
        ]
        return Past(layers, len(self.text))


def measure(options: Options) -> Report:
    """Return the times of every way and batch; or why there are none."""
    if not installed(SMOLLM2):
        return {"skipped": f"{SMOLLM2} is not installed: {INSTALL}"}
    with threads(options.threads), tempfile.TemporaryDirectory() as folder:
        return measured(load(SMOLLM2), Path(folder), options)


def measured(base: Base, folder: Path, options: Options) -> Report:
    """Measure with a base that is loaded, the best of ``options.rounds`` rounds counts."""
    trial = Trial(base, folder, options)
    runs: dict[tuple[str, int], Callable[[], Times]] = {
        (way, batch): lambda w=way, b=batch: trial.run(w, b)  # type: ignore[misc]
        for batch in BATCHES
        for way in WAYS
    }
    times: dict[tuple[str, int], list[Times]] = {key: [] for key in runs}
    for number in range(options.rounds):
        for (way, batch), run in runs.items():
            if number == 0 or batch < ONCE:
                times[way, batch].append(run())
    best = {key: _best(found) for key, found in times.items()}
    return {
        "machine": described(options.threads),
        "base": base.name,
        "references": REFERENCES,
        "prompt": PROMPT,
        "tokens": TOKENS,
        "rounds": options.rounds,
        "ways": [
            {
                "way": way, "batch": batch, "first_seconds": one.first,
                "tokens_per_second": batch * TOKENS / one.whole,
                "decoding_per_second": batch * (TOKENS - 1) / one.rest,
                "of_text": best["text", batch].whole / one.whole,
                "of_none": one.whole / best["none", batch].whole,
            }
            for (way, batch), one in best.items()
        ],
        "bytes": {"memory": sum(one.bytes for one in trial.stored) / REFERENCES,
                  "dense": trial.dense},
        "encoding_seconds": trial.encoding,
    }  # fmt: skip


def _best(found: Sequence[Times]) -> Times:
    return Times(min(one.first for one in found), min(one.rest for one in found))


def table(report: Report) -> str:
    """Return the report for people."""
    if "skipped" in report:
        return f"Explicit memory: not measured, {report['skipped']}"
    machine = report["machine"]
    lines = [
        f"Explicit memory: {report['base']}, {report['references']} references, "
        f"{report['prompt']} tokens of prompt, {report['tokens']} generated, best of "
        f"{report['rounds']} rounds in turn",
        f"{machine['date']}, {machine['threads']} threads on {machine['cores']} cores "
        f"({machine['processor']}), torch {machine['torch']}, load {machine['load']}",
        f"{'':10}{'batch':>6}{'tokens/s':>10}{'decoding':>10}{'first, ms':>11}"
        f"{'x text':>8}{'x time of none':>16}",
        *(_line(one) for one in report["ways"]),
        f"bytes of a reference: {report['bytes']['memory']:,.0f}, dense "
        f"{report['bytes']['dense']:,.0f} "
        f"({report['bytes']['dense'] / report['bytes']['memory']:.1f} times); encoding "
        f"{1000 * report['encoding_seconds']:.0f} ms",
        f"targets: {FASTER} times text's tokens per second and {SLOWER} times the time of none at "
        f"batch 1; {SMALLER} times fewer bytes than dense",
    ]
    return "\n".join(lines)


def _line(one: dict[str, Any]) -> str:
    return (
        f"{one['way']:10}{one['batch']:>6}{one['tokens_per_second']:>10.1f}"
        f"{one['decoding_per_second']:>10.1f}{1000 * one['first_seconds']:>11.0f}"
        f"{one['of_text']:>8.2f}{one['of_none']:>16.2f}"
    )
