"""The task that embeds names, and what it does without an embedder."""

from __future__ import annotations

import logging

import pytest

from apps.memory import tasks
from apps.memory.models import Entity
from tests import factories
from worker import registry


@pytest.fixture(autouse=True)
def _rested(monkeypatch):
    monkeypatch.setattr(tasks._Rest, "until", 0.0)


def test_it_embeds_what_waits(space):
    factories.make_entity(space, "Ada Brook")
    assert tasks.embed_pending() == 1
    assert Entity.objects.get().embedded_by
    assert tasks.embed_pending() == 0


@pytest.mark.parametrize(
    "error", [ImportError("libtorch_cpu.so: failed to map segment"), MemoryError(), ValueError("x")]
)
def test_an_embedder_that_cannot_be_loaded_is_tried_again_after_a_rest(
    space, monkeypatch, caplog, error
):
    factories.make_entity(space, "Ada Brook")
    tried, now = [], [1000.0]

    def none(name):
        tried.append(name)
        raise error

    monkeypatch.setattr(tasks.time, "monotonic", lambda: now[0])
    with monkeypatch.context() as patch, caplog.at_level(logging.WARNING):
        patch.setattr(registry, "embedder", none)
        for now[0] in (1000.0, 1005.0, 1299.0):
            assert tasks.embed_pending() == 0
    assert len(tried) == 1
    (line,) = caplog.messages
    assert line.startswith("no vectors for now: ")
    assert type(error).__name__ in line
    now[0] = 1301.0
    assert tasks.embed_pending() == 1
