"""What runs and their results are called on pages."""

from __future__ import annotations

from apps.evaluation.models import Run
from apps.evaluation.services.answering.diagnosis import DIAGNOSES
from apps.evaluation.services.kinds import kind_of
from worker import offers
from worker.setups import HeadSetup

__all__ = ["DIAGNOSES", "HeadSetup", "head_said", "mode_said"]


def mode_said(run: Run) -> str:
    """Return what people call the mode of a run."""
    mode = kind_of(run.version.benchmark.kind).modes.get(run.mode)
    return mode.label if mode else run.mode


def head_said(run: Run) -> str:
    """Return what people call the head of a run, with the language model that it stands on."""
    setup = HeadSetup.of(run.setup, default="")
    side = kind_of(run.version.benchmark.kind).side
    parts = [offers.title_of(side, setup.backend), setup.base, setup.adapter]
    return ", ".join(part for part in parts if part)
