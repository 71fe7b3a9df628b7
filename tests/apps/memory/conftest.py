"""The memory that is read, and the embedder of tests."""

from __future__ import annotations

import pytest

from apps.accounts.models import Space
from apps.common.worker_status import mark_done
from apps.memory import tasks
from apps.memory.controller import MemoryController
from worker import registry


@pytest.fixture
def embedder():
    return registry.embedder("scripted")


@pytest.fixture
def memory(space: Space) -> MemoryController:
    return MemoryController(space)


@pytest.fixture(autouse=True)
def _rested():
    """No process has died of loading the embedder a moment ago, as one in another test may have."""
    mark_done(tasks.LOADING)
    yield
    mark_done(tasks.LOADING)
