"""Whether a write head reads what short texts state: ``evaluate statements``."""

from __future__ import annotations

from argparse import ArgumentParser
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from typing import Any

from apps.evaluation.measuring import reading
from apps.evaluation.measuring.annotated import Stated
from apps.evaluation.measuring.progress import Tell
from apps.evaluation.measuring.proposals_judged import Judged, by_kind, by_score, judge, scores
from apps.evaluation.measuring.scratch_memory import opened
from apps.evaluation.measuring.tables import columns, share

HELP = "what the write head proposes for short texts that state facts or only look like it"
NEEDS_DATABASE = False


def add_arguments(parser: ArgumentParser) -> None:
    """Add the options of ``evaluate statements``."""
    reading.add_arguments(parser)


def run(options: Mapping[str, Any], tell: Tell) -> dict[str, Any]:
    """Measure the head. Raises EvaluationError and UnknownBackend."""
    with ExitStack() as stack:
        file = opened(options["scores"], stack)
        measured = reading.measure(options, tell)
        judged = [
            judge(text, proposals, Stated.is_strictly)
            for text, proposals in zip(measured.texts, measured.proposals, strict=True)
        ]
        reading.write_scores(file, judged)
    return {
        **measured.about,
        **figures(judged),
        "pairs": {"across": across(judged), "within": within(judged)},
        "by_score": by_score(judged),
        "kinds": by_kind(judged, figures),
    }


def figures(judged: Sequence[Judged]) -> dict[str, Any]:
    """Return the scores, and the share of the false facts that was proposed."""
    unstated = sum(len(one.text.unstated) for one in judged)
    false = sum(one.false for one in judged)
    return {**scores(judged), "unstated": unstated,
            "false_share": false / unstated if unstated else None}  # fmt: skip


def across(judged: Sequence[Judged]) -> dict[str, Any]:
    """Return how many groups have every stated fact found and no unstated one proposed.

    A group counts that has a text which states facts and another which states none.
    """
    groups: dict[str, list[Judged]] = defaultdict(list)
    for one in judged:
        if one.text.group:
            groups[one.text.group].append(one)
    pairs = [
        rows
        for rows in groups.values()
        if any(r.text.facts for r in rows) and any(not r.text.facts for r in rows)
    ]
    return _share([all(r.complete and not r.false for r in rows) for rows in pairs])


def within(judged: Sequence[Judged]) -> dict[str, Any]:
    """Return the same of single texts that hold both."""
    both = [one for one in judged if one.text.facts and one.text.unstated]
    return _share([one.complete and not one.false for one in both])


def _share(right: Sequence[bool]) -> dict[str, Any]:
    return {"count": len(right), "right": sum(right) / len(right) if right else None}


def table(report: Mapping[str, Any]) -> str:
    """Return the report for people to read."""
    rows = [["", "texts", "facts", "proposals", "precision", "recall", "F1", "false facts"]]
    named = [("all", report), *report["kinds"].items()]
    rows += [
        [
            name,
            *(f"{one[key]:,}" for key in ("texts", "facts", "proposals")),
            *(share(one[key]) for key in ("precision", "recall", "f1", "false_share")),
        ]
        for name, one in named
    ]
    pairs = [["", "pairs", "right"]]
    pairs += [
        [name, f"{one['count']:,}", share(one["right"])] for name, one in report["pairs"].items()
    ]
    parts = [reading.heading(report), columns(rows), columns(pairs), reading.score_table(report)]
    return "\n\n".join(parts)
