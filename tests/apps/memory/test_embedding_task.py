"""The task that embeds names, and what it does without an embedder."""

from __future__ import annotations

import logging
import multiprocessing
import os

import pytest

from apps.common.worker_status import mark_begun, mark_done
from apps.memory import tasks
from apps.memory.models import Entity
from tests import factories
from worker import registry

# Threads of torch, where another test began them, are no matter to the process that only dies.
pytestmark = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded")


@pytest.fixture
def new_process(monkeypatch):
    """This process has loaded no embedder yet."""
    monkeypatch.setattr(registry, "_loaded_embedders", {})
    registry.embedder.cache_clear()


def test_it_embeds_what_waits(space):
    factories.make_entity(space, "Ada Brook")
    assert tasks.embed_pending() == 1
    assert Entity.objects.get().embedded_by
    assert tasks.embed_pending() == 0


@pytest.mark.parametrize(
    "error", [ImportError("libtorch_cpu.so: failed to map segment"), MemoryError(), ValueError("x")]
)
def test_an_embedder_that_cannot_be_loaded_is_tried_again_after_a_rest(
    space, new_process, monkeypatch, caplog, error
):
    factories.make_entity(space, "Ada Brook")
    tried = []

    def none(name):
        tried.append(name)
        raise error

    with monkeypatch.context() as patch, caplog.at_level(logging.WARNING):
        patch.setattr(registry, "embedder", none)
        for _ in range(3):
            assert tasks.embed_pending() == 0
    assert len(tried) == 1
    (line,) = caplog.messages
    assert line.startswith("no vectors for now: ")
    assert type(error).__name__ in line
    mark_done(tasks.LOADING)  # as when the rest is over
    assert tasks.embed_pending() == 1


def _die_of_loading() -> None:
    registry.embedder = lambda name: os._exit(9)
    registry._loaded_embedders.clear()
    tasks._embedder()


@pytest.fixture
def dead_process():
    """Another process died while it loaded the embedder."""
    loading = multiprocessing.get_context("fork").Process(target=_die_of_loading)
    loading.start()
    loading.join(30)
    assert loading.exitcode == 9
    assert not mark_begun(tasks.LOADING, tasks.REST_SECONDS)  # its mark stands


def test_a_process_that_died_of_loading_the_embedder_leaves_a_rest_to_the_next(
    space, new_process, dead_process
):
    factories.make_entity(space, "Ada Brook")
    assert tasks.embed_pending() == 0
    mark_done(tasks.LOADING)
    assert tasks.embed_pending() == 1


def test_a_process_that_has_the_embedder_goes_on_when_another_dies_of_loading_it(
    space, new_process, dead_process
):
    registry.embedder("scripted")  # as a worker's first question or document does
    factories.make_entity(space, "Ada Brook")
    assert tasks.embed_pending() == 1
    assert Entity.objects.get().embedded_by
    assert not mark_begun(tasks.LOADING, tasks.REST_SECONDS)  # who has none still rests
