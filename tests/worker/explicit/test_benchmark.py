"""The benchmark of explicit memory, on a tiny base."""

from __future__ import annotations

import json

import pytest

from tests.worker.causal import tiny
from worker.benchmarks import explicit
from worker.benchmarks.__main__ import main
from worker.heads.causal.installed import INSTALL

QUICK = ["explicit", "--rounds", "1", "--threads", "1"]


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr(explicit, "TOKENS", 4)
    monkeypatch.setattr(explicit, "BATCHES", (1, 2))
    monkeypatch.setattr(explicit, "installed", lambda name: True)
    monkeypatch.setattr(explicit, "load", lambda name: tiny.base())


def test_it_measures_every_way_beside_the_others(quick, capsys):
    assert main([*QUICK, "--json"]) == 0
    report = json.loads(capsys.readouterr().out)["explicit"]
    assert {(one["way"], one["batch"]) for one in report["ways"]} == {
        (way, batch) for way in ("none", "text", "cache", "memory") for batch in (1, 2)
    }
    by_way = {(one["way"], one["batch"]): one for one in report["ways"]}
    assert by_way["text", 1]["of_text"] == by_way["none", 2]["of_none"] == 1.0
    assert all(one["first_seconds"] > 0 for one in report["ways"])
    assert report["bytes"]["dense"] > report["bytes"]["memory"] > 0
    assert main(QUICK) == 0
    assert "x text" in capsys.readouterr().out


def test_it_says_where_the_base_is_not_installed(monkeypatch, capsys):
    monkeypatch.setattr(explicit, "installed", lambda name: False)
    assert main(QUICK) == 0
    assert capsys.readouterr().out == (
        f"Explicit memory: not measured, smollm2 is not installed: {INSTALL}\n"
    )
