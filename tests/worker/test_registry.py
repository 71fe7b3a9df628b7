"""Backends by name, and what a process keeps of them."""

from __future__ import annotations

import gc

from worker import registry


def test_an_embedder_is_had_without_loading_once_it_is_loaded(monkeypatch):
    monkeypatch.setattr(registry, "_loaded_embedders", {})
    registry.embedder.cache_clear()
    assert registry.embedder_if_loaded("scripted") is None
    kept = registry.embedder("scripted")
    assert registry.embedder_if_loaded("scripted") is kept
    assert registry.embedder_if_loaded("minilm") is None
    assert registry.embedder_if_loaded("nonsense") is None


def test_what_a_kept_backend_brought_is_out_of_the_collectors_sight():
    registry.embedder.cache_clear()
    kept = registry.embedder("scripted")
    assert registry.embedder("scripted") is kept
    assert gc.get_freeze_count() > 0
    assert not any(one is kept for one in gc.get_objects())
