"""The folder of a run: whether one may begin there, and what it leaves behind."""

from __future__ import annotations

from pathlib import Path

from worker.heads.causal import base as bases
from worker.heads.causal.adapters import ROWS
from worker.heads.causal.tokens import RowsOfAnotherBase, load_rows, save_rows
from worker.training.causal.model import Trainee
from worker.training.causal.prepare import UnfitData
from worker.training.causal.publish import (
    UnfitCheckpoint,
    read_checkpoint,
    training_facts,
    write_adapter,
)
from worker.training.causal.run import CHECKPOINT, NoData, OtherRun, OutOfMemory
from worker.training.causal.settings import RunConfig
from worker.training.write_publish import write_json


class UnfitFolder(ValueError):
    """A folder cannot take the files of a run."""


# What a command of training says in a sentence.
REFUSALS = (
    UnfitData, UnfitFolder, UnfitCheckpoint, RowsOfAnotherBase, OtherRun, NoData,
    OutOfMemory, bases.BaseMissing, bases.UnfitBase, FloatingPointError,
)  # fmt: skip


def check_folder(out: Path, resume: bool) -> None:
    """Raise UnfitFolder unless a run can write there, and is not begun over another one."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        draft = out / ".writable"
        draft.touch()
        draft.unlink(missing_ok=True)
    except OSError as error:
        raise UnfitFolder(f"The folder {out} cannot be written to: {error.strerror}.") from error
    if (out / CHECKPOINT).is_file() and not resume:
        raise UnfitFolder(
            f"The folder {out} holds a run: go on with --resume, or name another with --out."
        )


def put_rows(base: bases.Base, path: Path) -> None:
    """Put trained rows of the protocol's tokens into a base. Raises RowsOfAnotherBase and
    UnfitCheckpoint."""
    try:
        load_rows(base.model, base.ids, path)
    except (OSError, ValueError) as error:
        if isinstance(error, RowsOfAnotherBase):
            raise
        raise UnfitCheckpoint(f"The rows in {path} cannot be read: {error}") from error


def write_trained(out: Path, base: bases.Base, model: Trainee, config: RunConfig) -> None:
    """Write what the heads load: the protocol's rows and, of a head's run, its adapter."""
    model.put_rows_back()
    save_rows(base.model, base.ids, out / ROWS, base.hash)
    state, settings = read_checkpoint(out / CHECKPOINT)
    facts = training_facts(state, settings)
    if config.head == "tokens":
        write_json(out / "manifest.json", {"settings": settings, **facts})
        return
    identity = bases.Identity(base.name, base.hash, len(base.tokenizer))
    write_adapter(out, config.head, state["weights"], base=identity, settings=settings, facts=facts)
