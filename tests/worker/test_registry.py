"""Backends by name, and what a process keeps of them."""

from __future__ import annotations

import gc
import subprocess
import sys

import pytest

from worker import address_space, registry


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


LOADS = """
import resource, sys
from worker import address_space, registry
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
limit = used + int(sys.argv[1]) * 2**20
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
assert 0 <= int(sys.argv[1]) * 2**20 - address_space.addresses_left() < 64 * 2**20
try:
    registry.embedder(sys.argv[2])
except MemoryError as error:
    print(error)
print("torch" in sys.modules)
"""


@pytest.mark.parametrize(
    ("left", "name", "says"),
    [
        (400, "minilm", "torch needs more\nFalse"),
        (400, "scripted", "False"),
        (2000, "minilm", "True"),
    ],
)
def test_torch_is_not_imported_where_it_finds_no_room(left, name, says):
    command = [sys.executable, "-c", LOADS, str(left), name]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip().endswith(says)


def test_what_is_loaded_already_needs_no_room(monkeypatch):
    monkeypatch.setattr(address_space, "addresses_left", lambda: 2**20)
    monkeypatch.setitem(sys.modules, "torch", object())
    address_space.check_torch_fits()
    monkeypatch.delitem(sys.modules, "torch")
    with pytest.raises(MemoryError, match="1 MiB of addresses are left"):
        address_space.check_torch_fits()
    monkeypatch.setattr(address_space, "addresses_left", lambda: None)
    address_space.check_torch_fits()
