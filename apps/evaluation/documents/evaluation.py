"""How well a write head finds the facts of whole documents: ``evaluate documents``."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from typing import Any

from apps.evaluation.measuring import reading
from apps.evaluation.measuring.annotated import AnnotatedText, Stated
from apps.evaluation.measuring.progress import Tell
from apps.evaluation.measuring.proposals_judged import Judged, by_kind, by_score, judge, scores
from apps.evaluation.measuring.proposing import Proposed
from apps.evaluation.measuring.scratch_memory import opened
from apps.evaluation.measuring.tables import columns, share

HELP = "precision and recall of the write head on whole documents of any kind"
NEEDS_DATABASE = False
TOP = 5
Rows = Sequence[tuple[AnnotatedText, Sequence[Proposed]]]


def add_arguments(parser: ArgumentParser) -> None:
    """Add the options of ``evaluate documents``."""
    reading.add_arguments(parser)


def run(options: Mapping[str, Any], tell: Tell) -> dict[str, Any]:
    """Measure the head. Raises EvaluationError and UnknownBackend."""
    with ExitStack() as stack:
        file = opened(options["scores"], stack)
        measured = reading.measure(options, tell)
        rows = list(zip(measured.texts, measured.proposals, strict=True))
        strict = [judge(text, proposals, Stated.is_strictly) for text, proposals in rows]
        reading.write_scores(file, strict)
    lenient = [judge(text, proposals, Stated.is_leniently) for text, proposals in rows]
    return {
        **measured.about,
        **figures(strict),
        "lenient": scores(lenient),
        "by_score": by_score(strict),
        "kinds": by_kind(strict, figures),
    }


def figures(judged: Sequence[Judged]) -> dict[str, Any]:
    """Return the strict scores, those of each document's top five, and how much is proposed.

    ``silent`` counts the documents that state facts and get no proposal.
    """
    top = [right for one in judged for right in one.right[:TOP]]
    words = sum(one.text.words for one in judged)
    found = scores(judged)
    return {
        **found,
        "words": words,
        "precision_top_five": sum(top) / len(top) if top else None,
        "proposals_per_1000_words": 1000 * found["proposals"] / words if words else 0.0,
        "silent": sum(bool(one.text.facts) and not one.right for one in judged),
    }


def table(report: Mapping[str, Any]) -> str:
    """Return the report for people to read."""
    rows = [["", "documents", "facts", "proposals", "precision", "recall", "F1", "top five",
             "a 1,000 words", "silent"]]  # fmt: skip
    rows += [
        [
            name,
            *(f"{one[key]:,}" for key in ("texts", "facts", "proposals")),
            *(share(one[key]) for key in ("precision", "recall", "f1", "precision_top_five")),
            f"{one['proposals_per_1000_words']:.1f}",
            f"{one['silent']:,}",
        ]
        for name, one in [("all, strict", report), *report["kinds"].items()]
    ]
    lenient = report["lenient"]
    found = ", ".join(f"{key} {share(lenient[key])}" for key in ("precision", "recall"))
    parts = [reading.heading(report), columns(rows), f"Leniently: {found}, F1 {lenient['f1']:.3f}"]
    return "\n\n".join([*parts, reading.score_table(report)])
