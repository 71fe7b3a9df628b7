"""The memory that is read, and the embedder of tests."""

from __future__ import annotations

import pytest

from apps.accounts.models import Space
from apps.memory.controller import MemoryController
from worker import registry


@pytest.fixture
def embedder():
    return registry.embedder("scripted")


@pytest.fixture
def memory(space: Space) -> MemoryController:
    return MemoryController(space)
