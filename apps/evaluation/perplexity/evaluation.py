"""What reading the memory is worth to a causal head: ``evaluate perplexity``."""

from __future__ import annotations

import hashlib
import time
from argparse import ArgumentParser
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

from django.conf import settings

from apps.evaluation.measuring.errors import EvaluationError
from apps.evaluation.measuring.heads import load_write_head
from apps.evaluation.measuring.progress import Progress, Tell
from apps.evaluation.perplexity import report as reports
from apps.evaluation.perplexity.extracting import extracted_facts
from apps.evaluation.perplexity.memories import SAID, Memories, Schema, WrittenFact, gold_facts
from apps.evaluation.perplexity.report import table as table
from apps.evaluation.perplexity.states import States
from worker.training import redocred
from worker.training.causal.spacing import spaced
from worker.training.redocred import GoldDocument

HELP = "perplexity of a causal read head on unseen documents, with and without the memory"
NEEDS_DATABASE = True
# Torch comes with these.
RUNNER = "worker.training.causal.perplexity.runner"
PROCESSES = "worker.training.causal.perplexity.processes"


def add_arguments(parser: ArgumentParser) -> None:
    """Add the options of ``evaluate perplexity``."""
    parser.add_argument(
        "--backend", choices=["causal"], default="causal", help="which kind of read head"
    )
    parser.add_argument("--base", default="smollm2", help="its base: a name or a folder")
    parser.add_argument(
        "--adapter", type=Path, metavar="FOLDER", help="its adapter, in place of the shipped one"
    )
    parser.add_argument(
        "--data", required=True, type=Path, metavar="FILE", help="documents in DocRED format"
    )
    parser.add_argument(
        "--memory", nargs="+", choices=list(SAID), default=list(SAID), metavar="MEMORY",
        help="what the memory holds: gold, extracted, others, none; without it all four",
    )  # fmt: skip
    parser.add_argument(
        "--head", default=settings.WRITE_HEAD, help="the write head of the memory 'extracted'"
    )
    parser.add_argument("--documents", type=int, metavar="N", help="take the first N documents")
    parser.add_argument(
        "--window", type=int, default=2048, metavar="TOKENS", help="the most that the model sees"
    )
    parser.add_argument(
        "--at-once", type=int, default=1, metavar="N",
        help="processes that score documents, each with a model and its share of the threads",
    )  # fmt: skip
    parser.add_argument("--seed", type=int, default=7, help="of the wrong answers")
    parser.add_argument(
        "--resume", action="store_true", help="go on with the same run where it was stopped"
    )


def run(options: Mapping[str, Any], tell: Tell) -> dict[str, Any]:
    """Score every document. Raises EvaluationError and UnknownBackend."""
    if options["at_once"] < 1:
        raise EvaluationError("--at-once takes 1 or more.")
    documents = _documents(options["data"], options["documents"])
    began = time.monotonic()
    wanted = list(dict.fromkeys(options["memory"]))
    with ExitStack() as stack:
        schema = Schema(stack)
        scorer = _scorer(stack, options, documents, schema.names)
        tell(scorer.said)
        states = States(_configuration(options, scorer, wanted), resume=options["resume"])
        gold = [gold_facts(d, schema.names) for d in documents]
        extracted = (
            _extracted(options["head"], documents, schema, states, tell)
            if "extracted" in wanted
            else []
        )
        memories = Memories(stack, wanted, gold, extracted)
        progress = Progress(tell, "documents", len(documents))
        kept = [states.get("scores", number) for number in range(len(documents))]
        waiting = [number for number, row in enumerate(kept) if row is None]
        done = len(kept) - len(waiting)
        for number, row in _scored(scorer, waiting, memories):
            states.put("scores", number, row)
            kept[number] = row
            done += 1
            progress.at(done)
    rows = [row for row in kept if row is not None]
    report = {
        "file": options["data"].name.encode("utf-8", "replace").decode(),
        "base_name": options["base"],
        "base_hash": scorer.base_hash,
        "adapter": scorer.adapter,
        "controller": "the product's memory controller, in a throw-away space",
        **reports.figures(rows, wanted),
        "seconds": round(time.monotonic() - began, 3),
    }
    report["notes"] = _notes(report, rows)
    return report


def _scorer(
    stack: ExitStack,
    options: Mapping[str, Any],
    documents: Sequence[GoldDocument],
    relations: Mapping[str, str],
) -> Any:
    """Return what scores documents, in this process or in several that end with the stack.
    Raises EvaluationError."""
    runner, processes = import_module(RUNNER), import_module(PROCESSES)
    make = partial(
        runner.Runner, options["base"], options["adapter"], documents, dict(relations),
        window=options["window"], seed=options["seed"],
    )  # fmt: skip
    refused = (*runner.REFUSED, processes.ProcessRefused, processes.ProcessEnded)
    try:
        if options["at_once"] == 1:
            return make()
        several = processes.Processes(make, runner.REFUSED, options["at_once"])
    except refused as error:
        raise EvaluationError(f"{error}") from error
    stack.callback(several.close)
    return several


def _scored(
    scorer: Any, numbers: Sequence[int], memories: Memories
) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield documents with their rows. Raises EvaluationError where a process has ended."""
    ended = import_module(PROCESSES).ProcessEnded
    try:
        yield from scorer.rows(numbers, memories.of)
    except ended as error:
        raise EvaluationError(
            f"{error} The documents that were done are kept: --resume goes on with the others."
        ) from error


def _configuration(
    options: Mapping[str, Any], scorer: Any, wanted: Sequence[str]
) -> dict[str, Any]:
    return {
        "data": hashlib.sha256(options["data"].read_bytes()).hexdigest(),
        "base": scorer.base_hash,
        "adapter": scorer.adapter,
        "memories": wanted,
        **{name: options[name] for name in ("window", "seed", "documents", "head")},
    }


def _extracted(
    name: str, documents: Sequence[GoldDocument], schema: Schema, states: States, tell: Tell
) -> list[list[WrittenFact]]:
    head = load_write_head(name, None)
    progress = Progress(tell, "documents read by the write head", len(documents))
    found = []
    for number, document in enumerate(documents):
        rows = states.get("extracted", number)
        if rows is None:
            rows = [asdict(one) for one in extracted_facts(head, document.text, schema.specs)]
            states.put("extracted", number, rows)
        found.append([_fact(row) for row in rows])
        progress.at(number + 1)
    return found


def _fact(row: Mapping[str, Any]) -> WrittenFact:
    fields: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in row.items()}
    return WrittenFact(**fields)


def _documents(path: Path, most: int | None) -> list[GoldDocument]:
    if most is not None and most < 1:
        raise EvaluationError("--documents takes 1 or more.")
    try:
        documents = redocred.read(path)
    except OSError as error:
        raise EvaluationError(f"{path} cannot be read: {error.strerror or error}.") from error
    except redocred.MalformedDocuments as error:
        raise EvaluationError(f"{error}.") from error
    if not documents:
        raise EvaluationError(f"{path} holds no documents.")
    return [spaced(d) for d in documents[:most] if d.text.strip()]


def _notes(report: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> list[str]:
    notes = []
    without = sum(not row["places"] for row in rows)
    if without:
        notes.append(f"In {without} documents the memory is to be read nowhere.")
    cut = sum(row["left_out"] > 0 for row in rows)
    if cut:
        notes.append(
            f"{cut} documents are longer than the window: their beginnings, "
            f"{report['tokens_left_out']} tokens, were left out."
        )
    return notes
