"""Which tests a process of a test run reads, and in what order they stand."""

from __future__ import annotations

from collections.abc import Container, Iterable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
# Tests below these share servers that take long to start, so one process runs them all.
TOGETHER = ("tests/browser/",)
# One half of the processes begins with the tests that load models; the other half, which begins
# with what takes longest and waits most, does not even read them: to import the model's libraries
# and these tests is two thirds of what a process does before its first test. They meet among the
# short ones.
MODELS = (
    "tests/worker/",
    "tests/apps/evaluation/",
    "tests/apps/explicit/test_bucket.py",
    "tests/apps/memory/test_added_relations.py",
    "tests/apps/memory/test_packs.py",
    "tests/apps/asking/test_sentences_asked.py",
    "tests/apps/asking/test_titles_asked.py",
)
LONGEST = ("tests/browser/", "tests/acceptance/")


def runs_tests_for_another(config: pytest.Config) -> bool:
    return hasattr(config, "workerinput")


def number(name: str) -> int:
    """Return the number of a process by its name, as in "gw3"."""
    return int(name.removeprefix("gw"))


def is_left_to_others(path: Path, config: pytest.Config) -> bool:
    """Whether this process is of the half that reads no test of a model, and the path is of one.

    A process that takes the place of a crashed one reads all: that may have been of either half.
    """
    if not runs_tests_for_another(config) or not path.is_relative_to(ROOT):
        return False
    own: dict[str, Any] = config.workerinput  # type: ignore[attr-defined]
    one = number(own["workerid"])
    reads_all = one % 2 == 0 or one >= own["workercount"]
    return not reads_all and f"{path.relative_to(ROOT).as_posix()}/".startswith(MODELS)


def look_for_models(items: Iterable[pytest.Item], modules: Container[str]) -> None:
    """Refuse that tests bring the model's libraries and are not known for it."""
    if "torch" in modules and not any(item.nodeid.startswith(MODELS) for item in items):
        raise pytest.UsageError(
            "A test file imports torch, so that every process of a run would: import it within the "
            "test, or name the file in MODELS (memweb/testing/order.py)."
        )


def place(item: pytest.Item) -> int:
    """Return where an item stands in the queue: at its front, in the middle or at its end."""
    if item.nodeid.startswith(MODELS):
        return 0
    return 2 if item.nodeid.startswith(LONGEST) else 1


def unit_of(nodeid: str) -> str:
    """Return the folder or file whose tests one process runs."""
    together = (folder for folder in TOGETHER if nodeid.startswith(folder))
    return next(together, nodeid.split("::", 1)[0])
