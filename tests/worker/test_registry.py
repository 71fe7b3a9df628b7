"""Backends by name, and what a process keeps of them."""

from __future__ import annotations

import gc

from worker import registry


def test_what_a_kept_backend_brought_is_out_of_the_collectors_sight():
    registry.embedder.cache_clear()
    kept = registry.embedder("scripted")
    assert registry.embedder("scripted") is kept
    assert gc.get_freeze_count() > 0
    assert not any(one is kept for one in gc.get_objects())
