"""A space that keeps explicit memories, made by stubs without a model."""

from __future__ import annotations

import pytest

from apps.asking.models import Answer
from apps.explicit.models import ExplicitChoice
from apps.memory.models import Triple
from tests import factories
from tests.apps.explicit.rows import StubMaker, WordEmbedder
from tests.apps.explicit.stub_head import StubHead, ask, build
from worker import registry


@pytest.fixture
def maker(monkeypatch, settings, tmp_path) -> StubMaker:
    settings.EXPLICIT_DIR = tmp_path / "explicit"
    made = StubMaker()
    monkeypatch.setattr(registry, "reference_maker", lambda base, adapter="": made)
    monkeypatch.setattr(registry, "embedder", lambda name: WordEmbedder())
    monkeypatch.setattr("apps.common.jobs.bell.current_app.send_task", lambda *given, **more: None)
    return made


@pytest.fixture
def is_on(space, alice, maker) -> ExplicitChoice:
    return ExplicitChoice.objects.create(space=space, is_on=True, base="smollm2", changed_by=alice)


@pytest.fixture
def head(maker, monkeypatch) -> StubHead:
    made = StubHead(maker)
    monkeypatch.setattr(registry, "read_head", lambda which: made)
    return made


@pytest.fixture
def fact(space, alice, is_on) -> Triple:
    """A fact whose memory is built."""
    triple = factories.make_triple(space, "Ada Brook", "place of birth", "Lindenau")
    factories.make_evidence(triple, factories.make_document(space, alice), alice)
    build(space, alice)
    return triple


@pytest.fixture
def other(space, alice, fact):
    """Another fact with a memory, which is near to the question too."""
    made = factories.make_triple(space, "Ida Brook", "place of birth", "Tern")
    build(space, alice)
    return made


@pytest.fixture
def answer(space, carol, head, fact, other) -> Answer:
    found = ask(space, carol).answer
    assert found.text == "Ada Brook was born in Lindenau [1]."
    return found
