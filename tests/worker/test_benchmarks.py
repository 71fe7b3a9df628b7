"""The benchmarks, on as little as they take."""

import json
import subprocess
import sys
from functools import partial

import pytest
import torch

from tests.worker.causal import tiny
from worker.benchmarks import BENCHMARKS, Options, constraint, extraction, machine
from worker.benchmarks.__main__ import main
from worker.benchmarks.texts import made_passages
from worker.heads.encoder.base import SharedEncoder


@pytest.fixture
def quick(monkeypatch):
    """Products too small to time well, short passages, no real base, and no second process."""
    monkeypatch.setattr(machine, "SHAPES", ((64, 64, 64),))
    monkeypatch.setattr(extraction, "made_passages", partial(made_passages, sentences=4))
    monkeypatch.setattr(extraction, "worker_memory", lambda options: 5 * 10**8)
    monkeypatch.setattr(constraint, "installed", lambda name: False)


def test_it_measures_extraction_beside_the_floor(quick, capsys):
    before = torch.get_num_threads()
    assert main(["extraction", "--json", "--rounds", "2", "--passages", "2", "--threads", "1"]) == 0
    assert torch.get_num_threads() == before
    report = json.loads(capsys.readouterr().out)["extraction"]
    assert (report["passages"], report["rounds"], report["machine"]["threads"]) == (2, 2, 1)
    for batch in ("1", "16"):
        rates = report["batches"][batch]
        for figure in ("passages_per_second", "words_per_second", "of_floor"):
            assert 0 < rates[figure]["low"] <= rates[figure]["median"] <= rates[figure]["high"]
    assert report["peak_memory"] == 5 * 10**8
    added = report["added_relation"]
    assert added["seconds_of_all"] > 0
    assert added["share"] == added["seconds"] / added["seconds_of_all"]


def test_it_prints_a_table(quick, capsys):
    named = ["extraction", "constraint"]
    assert main([*named, "--rounds", "1", "--passages", "1", "--threads", "1"]) == 0
    out = capsys.readouterr().out
    assert "batch of 16" in out
    assert "500 MB" in out
    assert "one relation added by an owner" in out
    assert "the base smollm2 is not installed" in out


def test_it_measures_copying_beside_the_steps_of_the_model():
    report = constraint.measured(tiny.base(), Options(rounds=1, passages=1, threads=1), steps=3)
    for batch in ("1", "8"):
        for figure in ("microseconds_a_token", "microseconds_of_model", "share"):
            assert report["batches"][batch][figure]["median"] > 0
    assert "batch of 8" in constraint.table(report)


@pytest.mark.parametrize("arguments", [["speed"], ["--rounds", "0"], ["--passages", "x"]])
def test_it_refuses_what_it_does_not_know(arguments, capsys):
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert capsys.readouterr().out == ""


def test_it_counts_the_multiply_adds_that_the_encoder_does():
    shared = SharedEncoder()
    counted = []

    def count(module, inputs, output):
        counted.append(inputs[0].numel() * module.out_features)

    for module in shared.base.encoder.modules():
        if isinstance(module, torch.nn.Linear):
            module.register_forward_hook(count)
    shared.forward(torch.ones(1, 30, dtype=torch.long), torch.ones(1, 30, dtype=torch.long))
    attention = 6 * 2 * 30 * 30 * 384
    assert extraction.multiply_adds(shared, [30]) == sum(counted) + attention
    assert extraction.multiply_adds(shared, [30, 30]) == 2 * (sum(counted) + attention)


def test_its_texts_are_the_same_every_time_and_cut_into_sentences():
    texts = made_passages(3, 7)
    assert texts == made_passages(3, 7)
    assert texts != made_passages(3, 8)
    for passage in texts:
        assert 150 <= len(passage.text.split()) <= 250
        assert all(s.of(passage.text).endswith(".") for s in passage.sentences)


@pytest.mark.slow
def test_a_worker_with_embedder_and_both_heads_stays_below_a_gigabyte():
    """On few passages: each is a batch by itself, so that more of them take longer, not more room
    (742 MB after two)."""
    assert 10**8 < extraction.worker_memory(Options(threads=1), passages=4) < 10**9


def test_naming_the_benchmarks_loads_no_torch():
    code = "import sys, worker.benchmarks; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
    assert list(BENCHMARKS) == ["extraction", "decoding", "constraint", "explicit", "spacing"]
