"""What copying names costs beside the decoding that it is part of, with the real base.

Calls after the sentences of made passages are decoded as the write head does it: in each step the
constraints say what may come, the best of these tokens by the model's own scores is taken, and
the model takes one step with them. Both are timed in the same steps, so that whatever else the
machine does falls on both. The model has no adapter, so it writes longer and odder calls than a
trained one; a call that ends is begun anew.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor

from worker.benchmarks import Options, Report
from worker.benchmarks.machine import described, seconds, spread, threads
from worker.benchmarks.texts import made_passages
from worker.heads.causal import base as bases
from worker.heads.causal.base import Base
from worker.heads.causal.constraint import CopyText, RelationTrie, Vocabulary, WriteConstraint
from worker.heads.causal.installed import SMOLLM2, installed
from worker.heads.causal.tokens import encode
from worker.types import PassageText

BATCHES = (1, 8)
RELATIONS = 100
STEPS = 32
TARGET = 0.01  # of the time of the model's steps


def measure(options: Options) -> Report:
    """Return the cost of the constraint; only that it was not measured where there is no base."""
    if not installed(SMOLLM2):
        return {"base": None}
    with threads(options.threads):
        return measured(bases.load(SMOLLM2, bases.placement(options.device)), options)


def measured(base: Base, options: Options, steps: int = STEPS) -> Report:
    """Return what the constraint takes with a base: preparing, and in each step of decoding."""
    passages = made_passages(min(options.passages, options.rounds), options.seed)
    took = {"vocabulary": seconds(lambda: Vocabulary(base.tokenizer, base.ids))}
    vocabulary = Vocabulary(base.tokenizer, base.ids)
    names = [f"relation of kind {number}" for number in range(RELATIONS)]
    took["relations"] = seconds(lambda: RelationTrie(vocabulary, names))
    trie = RelationTrie(vocabulary, names)
    return {
        "base": base.name,
        "machine": described(options.threads),
        "tokens_of_vocabulary": len(vocabulary.bytes_of),
        "relations": RELATIONS,
        "characters": sum(len(p.text) for p in passages) / len(passages),
        "seconds": took,
        "seconds_a_passage": spread([seconds(partial(_prepared, vocabulary, p.text))
                                     for p in passages]),
        "batches": {
            str(batch): _batch(base, vocabulary, trie, passages, batch, steps) for batch in BATCHES
        },
        "target_share": TARGET,
    }  # fmt: skip


def _prepared(vocabulary: Vocabulary, text: str) -> CopyText:
    made = CopyText(vocabulary, text)
    made.names().tokens(made.offset(None))
    return made


def _batch(
    base: Base,
    vocabulary: Vocabulary,
    trie: RelationTrie,
    passages: Sequence[PassageText],
    batch: int,
    steps: int,
) -> Report:
    """Return microseconds a token of constraint and model, and the share of the first."""
    shares, copying, decoding = [], [], []
    for passage in passages:
        spent, stepped = _decoded(base, _prepared(vocabulary, passage.text), trie, batch, steps)
        copying.append(spent / (steps * batch) * 1e6)
        decoding.append(stepped / (steps * batch) * 1e6)
        shares.append(spent / stepped)
    return {
        "microseconds_a_token": spread(copying),
        "microseconds_of_model": spread(decoding),
        "share": spread(shares),
    }


def _decoded(
    base: Base, text: CopyText, trie: RelationTrie, batch: int, steps: int
) -> tuple[float, float]:
    """Return the seconds of constraints and of the model in some steps over one passage."""
    prompt = [*encode(base.tokenizer, text.text), base.ids.write]
    model: Any = base.model
    device = base.placement.device
    calls = [WriteConstraint(text, trie) for _ in range(batch)]
    spent = stepped = 0.0
    with torch.inference_mode():
        out = model(torch.tensor([prompt], device=device), use_cache=True, logits_to_keep=1)
        out.past_key_values.batch_repeat_interleave(batch)
        last = out.logits[:, -1].expand(batch, -1)
        for step in range(steps + 1):  # the first one warms up and is not counted
            begun = time.perf_counter()
            near = last.cpu()  # constraints are on the processor: one copy, not a wait a row
            ids = [_chosen(near[row], call) for row, call in enumerate(calls)]
            chosen = time.perf_counter()
            out = model(
                torch.tensor(ids, device=device)[:, None],
                past_key_values=out.past_key_values,
                use_cache=True,
            )
            if device == "cuda":
                torch.cuda.synchronize()  # a step is over before it is done
            if step:
                spent += chosen - begun
                stepped += time.perf_counter() - chosen
            last = out.logits[:, -1]
            calls = [WriteConstraint(text, trie) if call.done else call for call in calls]
    return spent, stepped


def _chosen(logits: Tensor, call: WriteConstraint) -> int:
    """Return the best token by logits (V,) that a call may go on with, and go on with it."""
    allowed = call.allowed()
    token = int(allowed[logits[allowed].argmax()])
    call.advance(token)
    return token


def table(report: Report) -> str:
    """Return the report for people: medians, and ranges in brackets."""
    if report["base"] is None:
        return f"Copying names: not measured, because the base {SMOLLM2} is not installed"
    machine, took = report["machine"], report["seconds"]
    lines = [
        f"Copying names with {report['base']}: {report['tokens_of_vocabulary']} tokens, "
        f"{report['relations']} relations",
        f"{machine['date']}, {machine['threads']} threads on {machine['cores']} cores "
        f"({machine['processor']}), torch {machine['torch']}, load {machine['load']}",
        f"once: {took['vocabulary'] * 1e3:.0f} ms for the vocabulary, "
        f"{took['relations'] * 1e3:.0f} ms for the relations; a passage of "
        f"{report['characters']:.0f} characters {_span(report['seconds_a_passage'], 1e-3, 1)} ms",
        f"{'':12}{'copying, us a token':>26}{'model, us a token':>30}{'share':>22}",
        *(_line(f"batch of {name}", rates) for name, rates in report["batches"].items()),
        f"target: under {report['target_share']:.0%} of the model's steps",
    ]
    return "\n".join(lines)


def _line(name: str, rates: Report) -> str:
    copying = _span(rates["microseconds_a_token"], 1, 0)
    model = _span(rates["microseconds_of_model"], 1, 0)
    return f"{name:12}{copying:>26}{model:>30}{_span(rates['share'], 0.01, 2) + ' %':>22}"


def _span(values: dict[str, float], unit: float, digits: int) -> str:
    median, low, high = (f"{values[k] / unit:.{digits}f}" for k in ("median", "low", "high"))
    return f"{median} [{low} to {high}]"
