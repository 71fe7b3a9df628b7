"""A page that stands alone: figures, pictures, what the run was, and what was not right.

Its styles and pictures are inside it and it fetches nothing, so that it looks the same from a mail,
a share or a printer. Of very many cases that were not right it lists the first.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString

from apps.evaluation.models import Result, Run
from apps.evaluation.run_selectors import Wanted, outcomes_so_far, results_of
from apps.evaluation.services.shown import Shown, shown
from apps.evaluation.services.wording import DIAGNOSES, head_said, mode_said

MOST_LISTED: Final = 500
STYLES: Final = ("base", "components", "evaluation", "report")


def page_parts(run: Run) -> Iterator[str]:
    """Yield the page."""
    failed = results_of(run, Wanted(outcome="failed"))
    outcomes = outcomes_so_far(run)
    not_right = sum(outcomes.values()) - outcomes[Result.Outcome.RIGHT]
    context = {
        "run": run,
        "space": run.space,
        "benchmark": run.version.benchmark,
        "mode": mode_said(run),
        "head": head_said(run),
        "shown": shown(run) if run.figures else Shown(),
        "outcomes": outcomes,
        "failed": failed[:MOST_LISTED],
        "more": max(not_right - MOST_LISTED, 0),
        "not_right": not_right,
        "diagnoses": {key: one.label for key, one in DIAGNOSES.items()},
        "made_at": timezone.now(),
    }
    yield '<!doctype html>\n<html lang="en">\n<head>\n'
    yield render_to_string("evaluation/report_head.html", context)
    yield f"<{_STYLE}>\n{_styles()}</{_STYLE}>\n</head>\n"
    yield render_to_string("evaluation/report.html", context)
    yield "</html>\n"


# The one page of memweb with a style sheet inside: it is a file, which no policy of a site guards.
_STYLE: Final = "style"


@cache
def _styles() -> SafeString:
    """Return the style sheets of the pages, without what closes the element around them."""
    folder = Path(settings.BASE_DIR) / "static" / "css"
    parts = [(folder / f"{name}.css").read_text(encoding="utf-8") for name in STYLES]
    return SafeString("\n".join(parts).replace("</", "<\\/"))
