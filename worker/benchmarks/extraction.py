"""Extraction with the shipped write head, beside the least time that its encoder could take.

The floor counts the multiply-adds of the encoder's matrix products alone, for the word pieces of
these passages without padding: in each layer the four maps of attention, the two of the
feed-forward part, and queries with keys and weights with values. Tokenizing, embeddings, norms,
softmax, mentions, entities and the scoring of pairs count nothing: all their time stands against
the head. The floor's rate is the machine's matrix rate, measured in turn with the head, over
that count.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from functools import partial

from worker.benchmarks import Options, Report
from worker.benchmarks.machine import described, matrix_rate, seconds, spread, threads
from worker.benchmarks.texts import made_passages
from worker.heads.encoder.base import SharedEncoder
from worker.heads.encoder.features import windows
from worker.heads.encoder.write_head import EncoderWriteHead
from worker.types import PassageText, RelationSpec

BATCHES = (1, 16)
ADDED = RelationSpec(
    "added",
    "sponsors",
    "The subject gives money to the object.",
    template="{subject} sponsors {object}.",
    examples=(
        "[Acme] pays for the shirts of [Oakham Rovers].",
        "[object: The fair] is paid for by [subject: Acme].",
    ),
)  # of any types, so that every pair is looked at
ADDED_TARGET = 0.1  # of what all standard relations cost together
TARGET = 0.5  # of the floor's rate, in the largest batch
MEMORY_TARGET = 10**9  # bytes


def measure(options: Options) -> Report:
    """Return the rates of extraction and of the floor, their ratio, and a worker's peak memory."""
    passages = made_passages(options.passages, options.seed)
    head = EncoderWriteHead()
    relations = asked(head)
    words = sum(len(passage.text.split()) for passage in passages)
    work = multiply_adds(head.shared, _sizes(head, passages))
    with threads(options.threads):
        rates, taken = _taken(head, passages, relations, options.rounds)
        share = _added_share(head, passages, relations, options.rounds)
    floors = [work / rate for rate in rates]
    return {
        "machine": described(options.threads),
        "head": head.version,
        "quantised": head.bilinear.quantised,
        "relations": len(relations),
        "passages": len(passages),
        "words": words,
        "rounds": options.rounds,
        "encoder_multiply_adds": work,
        "matrix_rate": spread(rates),
        "floor": _rates(floors, len(passages), words),
        "batches": {
            str(batch): _rates(times, len(passages), words)
            | {"of_floor": spread([f / t for f, t in zip(floors, times, strict=True)])}
            for batch, times in taken.items()
        },
        "target_of_floor": TARGET,
        "added_relation": share,
        "target_added_relation": ADDED_TARGET,
        "peak_memory": worker_memory(options),
        "target_memory": MEMORY_TARGET,
    }


def asked(head: EncoderWriteHead) -> list[RelationSpec]:
    """Return all relations that the head was trained on."""
    names = zip(head.manifest["relations"], head.manifest["relation_names"], strict=True)
    return [RelationSpec(p, name, wikidata_property=p) for p, name in names]


def multiply_adds(shared: SharedEncoder, sizes: Sequence[int]) -> int:
    """Return the multiply-adds of the encoder's matrix products for windows of so many ids."""
    config = shared.base.config
    width, inner = config.hidden_size, config.intermediate_size
    layer = sum(n * (4 * width**2 + 2 * width * inner) + 2 * n * n * width for n in sizes)
    total: int = config.num_hidden_layers * layer
    return total


def _sizes(head: EncoderWriteHead, passages: Sequence[PassageText]) -> list[int]:
    size, stride = head.config.window, head.config.stride
    cut = [windows(p.text, p.sentences, size=size, stride=stride) for p in passages]
    return [len(window.ids) for own in cut for window in own]


def _taken(
    head: EncoderWriteHead,
    passages: Sequence[PassageText],
    relations: Sequence[RelationSpec],
    rounds: int,
) -> tuple[list[float], dict[int, list[float]]]:
    """Return matrix rates, and seconds by batch size, of rounds in which each is measured once."""
    rates: list[float] = []
    taken: dict[int, list[float]] = {batch: [] for batch in BATCHES}
    _extract(head, passages[: max(BATCHES)], relations, max(BATCHES))  # the first time is slower
    for _ in range(rounds):
        rates.append(matrix_rate())
        for batch, times in taken.items():
            times.append(seconds(partial(_extract, head, passages, relations, batch)))
    return rates, taken


def _added_share(
    head: EncoderWriteHead,
    passages: Sequence[PassageText],
    relations: Sequence[RelationSpec],
    rounds: int,
) -> Report:
    """Return the processor time of one added relation over that of all ``relations`` together.

    Each is what extraction takes with it beyond what it takes without, the least of the rounds:
    mentions and entities, which are found once for all, count for neither.
    """
    asked = {"none": [], "all": list(relations), "one more": [*relations, ADDED]}
    _extract(head, passages[:1], asked["one more"], 1)  # its words are encoded once
    taken: dict[str, list[float]] = {name: [] for name in asked}
    for _ in range(rounds):
        for name, specs in asked.items():
            began = time.process_time()
            _extract(head, passages, specs, max(BATCHES))
            taken[name].append(time.process_time() - began)
    none, every, more = (min(taken[name]) for name in asked)
    return {
        "seconds": more - every,
        "seconds_of_all": every - none,
        "share": (more - every) / (every - none),
    }


def _extract(
    head: EncoderWriteHead,
    passages: Sequence[PassageText],
    relations: Sequence[RelationSpec],
    batch: int,
) -> None:
    for at in range(0, len(passages), batch):
        head.extract(passages[at : at + batch], relations)


def _rates(times: Sequence[float], passages: int, words: int) -> Report:
    return {
        "passages_per_second": spread([passages / t for t in times]),
        "words_per_second": spread([words / t for t in times]),
    }


def worker_memory(options: Options, passages: int = 16) -> int:
    """Return the peak bytes of a new process that uses the embedder and both heads."""
    command = [sys.executable, "-m", "worker.benchmarks.worker_memory"]
    command += [str(options.threads), str(passages)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 ours
    peak: int = json.loads(done.stdout)
    return peak


def table(report: Report) -> str:
    """Return the report for people: medians, and ranges in brackets."""
    machine, of = report["machine"], report["target_of_floor"]
    lines = [
        f"Extraction: {report['passages']} passages, {report['words']} words, "
        f"{report['relations']} relations, {report['rounds']} rounds in turn",
        f"{machine['date']}, {machine['threads']} threads on {machine['cores']} cores "
        f"({machine['processor']}), torch {machine['torch']}, load {machine['load']}",
        f"matrix rate {_span(report['matrix_rate'], 1e9, 1)} billion multiply-adds a second; "
        f"the encoder needs {report['encoder_multiply_adds'] / 1e9:.1f} billion",
        f"{'':12}{'passages/s':>24}{'words/s':>24}{'of the floor':>22}",
        _line("floor", report["floor"]),
        *(_line(f"batch of {name}", rates) for name, rates in report["batches"].items()),
        f"target: {of:.0%} of the floor's rate in batches of {max(BATCHES)}",
        f"one relation added by an owner: {report['added_relation']['share']:.0%} of the processor "
        f"time of all {report['relations']} (target: at most {ADDED_TARGET:.0%})",
        f"peak memory of a worker with embedder and both heads: {report['peak_memory'] / 1e6:.0f} "
        f"MB (target: under {report['target_memory'] / 1e6:.0f} MB)",
    ]
    return "\n".join(lines)


def _line(name: str, rates: Report) -> str:
    share = _span(rates["of_floor"], 0.01, 0) + " %" if "of_floor" in rates else ""
    passages = _span(rates["passages_per_second"], 1, 1)
    return f"{name:12}{passages:>24}{_span(rates['words_per_second'], 1, 0):>24}{share:>22}"


def _span(values: dict[str, float], unit: float, digits: int) -> str:
    median, low, high = (f"{values[k] / unit:.{digits}f}" for k in ("median", "low", "high"))
    return f"{median} [{low} to {high}]"
