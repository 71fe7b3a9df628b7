"""What runs and their results are called on pages."""

from __future__ import annotations

from apps.evaluation.models import Run
from apps.evaluation.services.runs import MODES, modes_of
from apps.evaluation.services.runs.diagnosis import DIAGNOSES
from worker import offers
from worker.setups import HeadSetup, HeadSide

__all__ = ["DIAGNOSES", "MODES", "HeadSetup", "head_said", "mode_said"]


def mode_said(run: Run) -> str:
    """Return what people call the mode of a run."""
    mode = modes_of(run.version.benchmark.kind).get(run.mode)
    return mode.label if mode else run.mode


def head_said(run: Run) -> str:
    """Return what people call the head of a run, with the language model that it stands on."""
    setup = HeadSetup.of(run.setup, default="")
    side = side_of(run.version.benchmark.kind)
    parts = [offers.title_of(side, setup.backend), setup.base, setup.adapter]
    return ", ".join(part for part in parts if part)


def side_of(kind: str) -> HeadSide:
    """Return which head a kind of benchmark asks: the read head for questions."""
    return "read" if kind == "questions" else "write"
