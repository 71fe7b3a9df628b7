"""A space that keeps explicit memories, made by stubs without a model."""

from __future__ import annotations

import pytest

from apps.explicit.models import ExplicitChoice
from tests.apps.explicit.rows import StubMaker, WordEmbedder
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
