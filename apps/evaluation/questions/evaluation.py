"""How well questions are answered from a memory of given facts: ``evaluate questions``."""

from __future__ import annotations

import json
import time
from argparse import ArgumentParser
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings

from apps.accounts.models import Space
from apps.evaluation.measuring import scoring
from apps.evaluation.measuring.heads import load_read_head
from apps.evaluation.measuring.progress import Progress, Tell
from apps.evaluation.measuring.schema import read_labels
from apps.evaluation.measuring.scratch_memory import (
    Asker,
    Conversations,
    Reply,
    names_of,
    opened,
    throwaway_space,
)
from apps.evaluation.questions import files
from apps.evaluation.questions.files import QuestionLine
from apps.evaluation.questions.loading import LoadedFile, load_facts
from apps.evaluation.questions.readings import RecordedReadings
from apps.evaluation.questions.report import table as table
from worker import registry
from worker.types import TracedAnswer

HELP = "answers of the read head to questions over a memory of given facts"
NEEDS_DATABASE = True


def add_arguments(parser: ArgumentParser) -> None:
    """Add the options of ``evaluate questions``."""
    parser.add_argument(
        "--triples", required=True, type=Path, metavar="FILE", help="the facts, one a line"
    )
    parser.add_argument(
        "--data", required=True, type=Path, metavar="FILE", help="the questions, one a line"
    )
    parser.add_argument("--head", default=settings.READ_HEAD, help="which read head")
    parser.add_argument(
        "--weights", type=Path, metavar="FOLDER", help="its weights, in place of those shipped"
    )
    parser.add_argument(
        "--relations", type=Path, metavar="FILE", help="relations to add, described one a line"
    )
    parser.add_argument(
        "--labels", type=Path, metavar="FILE", help="names of other properties, a JSON object"
    )
    parser.add_argument(
        "--failures", type=Path, metavar="FILE", help="write what was answered wrong, one a line"
    )
    parser.add_argument(
        "--readings", type=Path, metavar="FILE", help="write what questions may mean, one a line"
    )


@dataclass(frozen=True)
class Judged:
    """A question with what came of it."""

    question: QuestionLine
    reply: Reply
    score: scoring.Score
    given: tuple[frozenset[str], ...]
    cited: int
    supporting: int
    perhaps_right: bool = False  # one of the readings offered leads to the right answer

    @property
    def perhaps_offered(self) -> bool:
        """Whether it abstained and offered readings that the question may mean."""
        return self.abstained and self.reply.answer is not None and bool(self.reply.answer.perhaps)

    @property
    def offered(self) -> bool:
        """Whether it abstained and told something near instead."""
        return self.abstained and self.reply.answer is not None and bool(self.reply.answer.cited)

    @property
    def abstained(self) -> bool:
        return self.reply.answer is not None and self.reply.answer.abstained

    @property
    def wrong(self) -> bool:
        """Whether it was answered, and nothing of the answer is right."""
        return not self.abstained and not self.score.f1


def run(options: Mapping[str, Any], tell: Tell) -> dict[str, Any]:
    """Ask every question. Raises EvaluationError and UnknownBackend."""
    facts = files.read_facts(options["triples"])
    questions = files.read_questions(options["data"])
    relations = files.read_relations(options["relations"]) if options["relations"] else []
    labels = read_labels(options["labels"]) if options["labels"] else {}
    with ExitStack() as stack:
        failures = opened(options["failures"], stack)
        readings = opened(options["readings"], stack)
        head = load_read_head(options["head"], options["weights"])
        recorded = RecordedReadings(head) if readings else None
        embedder = registry.embedder(settings.EMBEDDER)
        space = stack.enter_context(throwaway_space())
        tell(f"loading {len(facts):,} facts")
        began = time.monotonic()
        loaded = load_facts(
            space, facts, relations=relations, labels=labels, embedder=embedder, tell=tell
        )
        loading = time.monotonic() - began
        asker = Asker(space, recorded or head, embedder)
        talks = Conversations(asker)
        progress = Progress(tell, "questions", len(questions))
        judged = []
        for number, question in enumerate(questions, start=1):
            reply = talks.ask(question.text, question.as_of, question.turns)
            judged.append(_with_perhaps(asker, space, _judge(space, question, reply)))
            if failures and not judged[-1].score.exact:
                failures.write(json.dumps(_told(judged[-1]), ensure_ascii=False) + "\n")
            if readings and recorded:
                readings.write(recorded.line(question, partial(_is_right, space)) + "\n")
            progress.at(number)
    report = {
        "head": head.name,
        "version": head.version,
        "packs": list(loaded.packs),
        "facts": loaded.rows.triples,
        "entities": loaded.rows.entities,
        "seconds_loading": round(loading, 3),
        **figures(judged),
        "notes": _notes(loaded, judged),
    }
    for note in report["notes"]:
        tell(note)
    return report


def _judge(space: Space, question: QuestionLine, reply: Reply) -> Judged:
    answer = reply.answer
    if answer is None:
        return Judged(question, reply, scoring.Score(False, 0.0), (), 0, 0)
    ends = {entity.id for fact in answer.cited for entity in (fact.subject, fact.object)}
    names = names_of(space, {int(id_) for id_ in ends | {e.id for e in answer.answers}})
    given = scoring.answers_given(answer, question.answers, names)
    score = scoring.score(given.answers, question.answers, abstained=answer.abstained)
    stated = () if answer.abstained else answer.cited  # an abstention only offers them
    supporting = scoring.supporting(question.text, stated, question.answers, given, names)
    return Judged(question, reply, score, given.answers, len(stated), supporting)


def _with_perhaps(asker: Asker, space: Space, one: Judged) -> Judged:
    """Return a question with whether one of the readings that it was offered is answered right,
    asked as a click asks it."""
    if not one.perhaps_offered or not one.question.answers or one.reply.answer is None:
        return one
    chosen = (asker.as_meant(one.question.text, one.question.as_of, offered.question)
              for offered in one.reply.answer.perhaps)  # fmt: skip
    right = any(_judge(space, one.question, reply).score.exact for reply in chosen)
    return replace(one, perhaps_right=right)


def _is_right(space: Space, question: QuestionLine, answer: TracedAnswer) -> bool:
    return _judge(space, question, Reply(answer, 0.0)).score.exact


def figures(judged: Sequence[Judged]) -> dict[str, Any]:
    """Return every figure of the report. A share of nothing is None."""
    kinds: dict[str, list[Judged]] = defaultdict(list)
    for one in judged:
        kinds[one.question.kind].append(one)
    empty = [one for one in judged if not one.question.answers]
    full = [one for one in judged if one.question.answers]
    rightly = sum(one.abstained for one in empty)
    abstained = sum(one.abstained for one in judged)
    return {
        **_shares(judged),
        "kinds": {kind: _shares(those) for kind, those in sorted(kinds.items())},
        "abstention": {
            "precision": _share(rightly, abstained),
            "recall": _share(rightly, len(empty)),
            "answered": _share(sum(not one.abstained for one in full), len(full)),
        },
        "refused": sum(one.reply.answer is None for one in judged),
    }


def _shares(judged: Sequence[Judged]) -> dict[str, Any]:
    n = len(judged)
    times = [1000 * one.reply.seconds for one in judged]
    cited = sum(one.cited for one in judged)
    return {
        "n": n,
        "exact_match": _share(sum(one.score.exact for one in judged), n),
        "f1": _share(sum(one.score.f1 for one in judged), n),
        "any_right": _share(sum(one.score.f1 > 0 for one in judged), n),
        "wrong": _share(sum(one.wrong for one in judged), n),
        "abstained": _share(sum(one.abstained for one in judged), n),
        "offered": _share(sum(one.offered for one in judged), n),
        "perhaps_offered": _share(sum(one.perhaps_offered for one in judged), n),
        "perhaps_right": _share(sum(one.perhaps_right for one in judged), n),
        "citation_precision": _share(sum(one.supporting for one in judged), cited),
        "citations": cited,
        "latency_ms": {
            "p50": round(scoring.percentile(times, 0.50), 2),
            "p95": round(scoring.percentile(times, 0.95), 2),
        },
    }


def _share(part: float, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def _notes(loaded: LoadedFile, judged: Sequence[Judged]) -> list[str]:
    notes = []
    if loaded.added:
        notes.append(f"Relations added to the standard schema: {', '.join(loaded.added)}.")
    if loaded.unnamed:
        notes.append(
            f"These properties have no name here and were added by their id: "
            f"{', '.join(loaded.unnamed)}. Name them with --labels."
        )
    refusals = Counter(one.reply.refused for one in judged if one.reply.answer is None)
    notes += [f"{count} times: {why}" for why, count in sorted(refusals.items())]
    return notes


def _told(one: Judged) -> dict[str, Any]:
    """Return a wrong answer for the file of failures."""
    answer = one.reply.answer
    return {
        "line": one.question.line,
        "kind": one.question.kind,
        "question": one.question.text,
        "turns": list(one.question.turns),
        "as_of": one.question.as_of.isoformat() if one.question.as_of else None,
        "right": [sorted(names) for names in one.question.answers],
        "given": [sorted(names) for names in one.given],
        "abstained": one.abstained,
        "f1": round(one.score.f1, 4),
        "answer": answer.text if answer else one.reply.refused,
        "calls": answer.calls if answer else "",
    }
