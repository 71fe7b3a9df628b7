"""How fast questions are answered, and how that grows with the memory: ``bench questions``.

Each size is a memory in a database of its own. Every question is asked of one size after the
other, so that what disturbs the machine meets all of them.
"""

from __future__ import annotations

import os
import time
from argparse import ArgumentParser
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db.backends.base.base import BaseDatabaseWrapper

from apps.evaluation.bench.clock import Clock, TimedController, embedding_timed
from apps.evaluation.bench.made_up_memory import Filled, fill
from apps.evaluation.bench.options import machine, number
from apps.evaluation.bench.question_maker import Asked, Questioner
from apps.evaluation.bench.report import Timing, figures, growth
from apps.evaluation.bench.report import table as table
from apps.evaluation.bench.temporary_database import in_use, temporary_database
from apps.evaluation.measuring.heads import load_read_head
from apps.evaluation.measuring.progress import Progress, Tell
from apps.evaluation.measuring.scratch_memory import Asker, Reply
from worker import registry
from worker.interfaces import Embedder, ReadHead

HELP = "speed of answers over memories of several sizes, and where the time goes"
NEEDS_DATABASE = True
FEWEST, MOST = 100, 5_000_000
SIZES = (10_000, 100_000)
QUESTIONS, MOST_QUESTIONS = 450, 100_000
WARM_UP = 27  # questions before those that count


def add_arguments(parser: ArgumentParser) -> None:
    """Add the options of ``bench questions``."""
    parser.add_argument(
        "--facts", type=sizes, default=SIZES, metavar="N,N,...",
        help="sizes of the memories (10000,100000); a million takes 5 to 15 minutes to make",
    )  # fmt: skip
    parser.add_argument(
        "--questions", type=number(1, MOST_QUESTIONS, "questions"), default=QUESTIONS, metavar="N",
        help=f"how many are asked of each size ({QUESTIONS})",
    )  # fmt: skip
    parser.add_argument("--head", default=settings.READ_HEAD, help="which read head")
    parser.add_argument("--seed", type=int, default=7, help="of names, facts and questions (7)")


def sizes(text: str) -> tuple[int, ...]:
    """Return the sizes that an option names, each once. Raises ArgumentTypeError."""
    return tuple(sorted(set(map(number(FEWEST, MOST, "facts"), text.split(",")))))


@dataclass
class _Size:
    """One memory, its questions and what came of them."""

    database: BaseDatabaseWrapper
    filled: Filled
    seconds_filling: float
    asked: list[Asked]
    asker: Asker
    timings: list[Timing] = field(default_factory=list)


def run(options: Mapping[str, Any], tell: Tell) -> dict[str, Any]:
    """Make the memories, ask, and return the figures. Raises EvaluationError, UnknownBackend."""
    head = load_read_head(options["head"], None)
    embedder = registry.embedder(settings.EMBEDDER)
    clock = Clock()
    with ExitStack() as stack:
        memories = [
            _size(stack, facts, options, head, embedder, clock, tell) for facts in options["facts"]
        ]
        forget = stack.enter_context(embedding_timed(head, clock))
        before = os.getloadavg()[0]
        progress = Progress(tell, "questions of each size", options["questions"])
        for at in range(WARM_UP + options["questions"]):
            turn = at % len(memories)
            for memory in (*memories[turn:], *memories[:turn]):
                forget()
                timing = _ask(memory, memory.asked[at], clock)
                if at >= WARM_UP:
                    memory.timings.append(timing)
            if at >= WARM_UP:
                progress.at(at - WARM_UP + 1)
        return {
            "machine": machine() | {"load_before": round(before, 2)},
            "head": head.name,
            "version": head.version,
            "questions": options["questions"],
            "seed": options["seed"],
            "sizes": [_figures(memory) for memory in memories],
            "growth": growth([(memory.filled.facts, memory.timings) for memory in memories]),
        }


def _size(
    stack: ExitStack,
    facts: int,
    options: Mapping[str, Any],
    head: ReadHead,
    embedder: Embedder,
    clock: Clock,
    tell: Tell,
) -> _Size:
    database = stack.enter_context(temporary_database(str(facts)))
    began = time.monotonic()
    with in_use(database):
        filled = fill(facts, options["seed"], tell)
        seconds = time.monotonic() - began
        number = WARM_UP + options["questions"]
        asked = Questioner(filled, options["seed"] + 1).questions(number)
        asker = Asker(filled.space, head, embedder)
        asker.controller = TimedController(filled.space, embedder=embedder)
        asker.controller.clock = clock
    tell(f"{facts:,} facts made in {seconds:.0f} s")
    return _Size(database, filled, seconds, asked, asker)


def _ask(memory: _Size, asked: Asked, clock: Clock) -> Timing:
    clock.seconds.clear()
    with in_use(memory.database), memory.database.execute_wrapper(clock.statement):
        reply = memory.asker.ask(asked.text)
    return Timing(asked.kind, 1000 * reply.seconds, clock.taken(reply.seconds), right(asked, reply))


def right(asked: Asked, reply: Reply) -> bool:
    """Tell whether a reply is right; of a long list, whether all that it gives is.

    Who cannot say yes may also abstain: a relation with several values rules nothing out.
    """
    answer = reply.answer
    if answer is None:
        return False
    if answer.abstained:
        return asked.verdict == "no" or not asked.right
    if asked.verdict:
        return answer.text.casefold().startswith(asked.verdict)
    given = {entity.name for entity in answer.answers}
    return bool(given) and given <= asked.right


def _figures(memory: _Size) -> dict[str, Any]:
    filled = memory.filled
    return {
        "facts": filled.facts,
        "entities": filled.entities,
        "aliases": filled.aliases,
        "most_facts_of_one_object": filled.most,
        "seconds_filling": round(memory.seconds_filling, 1),
        **figures(memory.timings),
    }
