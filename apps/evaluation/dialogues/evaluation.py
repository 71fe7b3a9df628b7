"""How well conversations are remembered: ``evaluate dialogues``."""

from __future__ import annotations

import json
import time
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any

from django.conf import settings

from apps.evaluation.dialogues.asking import outcomes
from apps.evaluation.dialogues.files import Dialogue, GoldFact, read_dialogues
from apps.evaluation.dialogues.naming import Naming
from apps.evaluation.dialogues.proposing import Timed, proposals
from apps.evaluation.measuring.annotated import Stated
from apps.evaluation.measuring.heads import load_read_head, load_write_head
from apps.evaluation.measuring.progress import Progress, Tell
from apps.evaluation.measuring.proposals_judged import Judged, by_score, judge, scores
from apps.evaluation.measuring.reading import chosen_packs
from apps.evaluation.measuring.schema import pack_relations
from apps.evaluation.measuring.scratch_memory import opened
from apps.evaluation.measuring.tables import columns, share
from apps.memory.packs import Pack, pack_named
from worker import registry
from worker.types import RelationSpec

HELP = "what is proposed for conversations, and questions over what they state"
NEEDS_DATABASE = True


def add_arguments(parser: ArgumentParser) -> None:
    """Add the options of ``evaluate dialogues``."""
    parser.add_argument(
        "--data", required=True, type=Path, metavar="FILE", help="conversations, one a line"
    )
    parser.add_argument("--head", default=settings.WRITE_HEAD, help="which write head")
    parser.add_argument("--read-head", default=settings.READ_HEAD, help="which read head")
    parser.add_argument(
        "--packs", metavar="NAMES",
        help='packs that are on beside the standard relations, with commas; "all" or "none"'
        " (without it, those that have a relation which the file names)",
    )  # fmt: skip
    parser.add_argument(
        "--implied", action="store_true", help="count what follows from another proposal too"
    )
    parser.add_argument(
        "--details", type=Path, metavar="FILE",
        help="write each proposal, missed fact and answer, a conversation a line",
    )  # fmt: skip


def run(options: Mapping[str, Any], tell: Tell) -> dict[str, Any]:
    """Measure both heads. Raises EvaluationError and UnknownBackend."""
    path: Path = options["data"]
    dialogues = read_dialogues(path)
    packs = chosen_packs(options["packs"], [one.annotated for one in dialogues])
    relations = pack_relations((pack_named("standard"), *packs))
    dialogues = [Naming(relations).known(one) for one in dialogues]
    with ExitStack() as stack:
        details = opened(options["details"], stack)
        found = _proposed(dialogues, relations, options, tell)
        asked = _asked(dialogues, packs, options, tell)
        judged = [
            judge(one.annotated, [p.proposed for p in timed], Stated.is_strictly)
            for one, timed in zip(dialogues, found["proposals"], strict=True)
        ]
        _write(details, dialogues, judged, found["proposals"], asked["answers"])
    unstated = sum(len(one.text.unstated) for one in judged)
    false = sum(one.false for one in judged)
    return {
        "file": path.name.encode("utf-8", "replace").decode(),
        "packs": [pack.name for pack in packs],
        **{key: found[key] for key in ("head", "version", "seconds")},
        **scores(judged),
        "messages": sum(len(session) for one in dialogues for session in one.sessions),
        "unstated": unstated,
        "false_share": false / unstated if unstated else None,
        "times": times(dialogues, found["proposals"]),
        "by_score": by_score(judged),
        "questions": asked["figures"],
    }


def _proposed(
    dialogues: Sequence[Dialogue],
    relations: Sequence[RelationSpec],
    options: Mapping[str, Any],
    tell: Tell,
) -> dict[str, Any]:
    tell(f"{len(dialogues)} conversations; loading the write head")
    head = load_write_head(options["head"], None)
    progress = Progress(tell, "conversations", len(dialogues))
    began, found = time.monotonic(), []
    for number, one in enumerate(dialogues, 1):
        found.append(proposals(head, one, relations, implied=options["implied"]))
        progress.at(number)
    return {
        "head": head.name,
        "version": head.version,
        "proposals": found,
        "seconds": time.monotonic() - began,
    }


def _asked(
    dialogues: Sequence[Dialogue], packs: Sequence[Pack], options: Mapping[str, Any], tell: Tell
) -> dict[str, Any]:
    head = load_read_head(options["read_head"], None)
    embedder = registry.embedder(settings.EMBEDDER)
    progress = Progress(tell, "memories asked", len(dialogues))
    answers = []
    for number, one in enumerate(dialogues, 1):
        answers.append(outcomes(one, head, embedder, packs))
        progress.at(number)
    counts = Counter(str(outcome) for rows in answers for _, outcome, _ in rows)
    return {"answers": answers, "figures": question_figures(counts, head.name, head.version)}


def question_figures(counts: Mapping[str, int], head: str, version: str) -> dict[str, Any]:
    """Return how many questions came out how: right ones and right abstentions are ``right``; an
    answer to what has none is wrong; what is refused counts with what it did not answer."""
    number = sum(counts.values())
    right = counts.get("right", 0) + counts.get("rightly abstained", 0)
    abstained = counts.get("abstained", 0) + counts.get("refused", 0)
    answerable = number - counts.get("rightly abstained", 0)
    return {
        "head": head,
        "version": version,
        "questions": number,
        "right": right / number if number else None,
        "wrong": counts.get("wrong", 0) / number if number else None,
        "abstained": abstained / number if number else None,
        "rightly_abstained": counts.get("rightly abstained", 0),
        "answered_right": counts.get("right", 0) / answerable if answerable else None,
        "refused": counts.get("refused", 0),
    }


def times(dialogues: Sequence[Dialogue], found: Sequence[Sequence[Timed]]) -> dict[str, Any]:
    """Return of how many found facts the annotation says when they began or ended, and of which
    share of these the proposal says just that."""
    dated, right = 0, 0
    for one, timed in zip(dialogues, found, strict=True):
        for fact, stated in zip(one.facts, one.annotated.facts, strict=True):
            match = next((t for t in timed if stated.is_strictly(t.proposed)), None)
            if match is None or not (fact.valid_from or fact.valid_to):
                continue
            dated += 1
            right += _same_time(fact, match)
    return {"dated": dated, "right": right / dated if dated else None}


def _same_time(fact: GoldFact, match: Timed) -> bool:
    return (fact.valid_from, fact.valid_to) == (match.valid_from, match.valid_to)


def _write(
    file: IO[str] | None,
    dialogues: Sequence[Dialogue],
    judged: Sequence[Judged],
    found: Sequence[Sequence[Timed]],
    answers: Sequence[Any],
) -> None:
    if file is None:
        return
    for one, judgement, timed, replies in zip(dialogues, judged, found, answers, strict=True):
        row = {
            "id": one.name,
            "proposals": [_told(t, right) for t, right in zip(timed, judgement.right, strict=True)],
            "missed": [
                [fact.subject, fact.relation, fact.object]
                for fact, stated in zip(one.facts, one.annotated.facts, strict=True)
                if not any(stated.is_strictly(t.proposed) for t in timed)
            ],
            "questions": [
                [asked.text, list(asked.answers), outcome, answer]
                for asked, outcome, answer in replies
            ],
        }
        file.write(json.dumps(row, ensure_ascii=False) + "\n")


def _told(timed: Timed, right: bool) -> dict[str, Any]:
    one = timed.proposed
    return {
        "right": right,
        "score": round(one.score, 3),
        "subject": sorted(one.subject),
        "relation": one.relation,
        "object": sorted(one.object),
        "valid_from": str(timed.valid_from or ""),
        "valid_to": str(timed.valid_to or ""),
        "sentence": timed.sentence,
    }


def table(report: Mapping[str, Any]) -> str:
    """Return the report for people to read."""
    asked = report["questions"]
    rows = [
        ["", "facts", "proposals", "precision", "recall", "F1", "false facts", "times right"],
        [
            "proposed",
            *(f"{report[key]:,}" for key in ("facts", "proposals")),
            *(share(report[key]) for key in ("precision", "recall", "f1", "false_share")),
            share(report["times"]["right"]),
        ],
    ]
    answers = [["", "questions", "right", "wrong", "abstained"]]
    answers.append(
        ["answered", f"{asked['questions']:,}",
         *(share(asked[key]) for key in ("right", "wrong", "abstained"))]
    )  # fmt: skip
    about = (
        f"{report['file']}: {report['texts']:,} conversations of {report['messages']:,} messages\n"
        f"write head {report['head']} {report['version']}, "
        f"read head {asked['head']} {asked['version']}"
    )
    return "\n\n".join([about, columns(rows), columns(answers)])
