from __future__ import annotations

import json
import os
import signal
import warnings

import pytest
import torch
from torch.distributed.launcher.api import LaunchConfig, elastic_launch

from tests.worker import docred
from tests.worker.causal import tiny
from worker.heads.causal import adapters
from worker.training.causal import __main__ as command
from worker.training.causal import prepare
from worker.training.causal.run import Run
from worker.training.causal.settings import PRESETS, chosen

PLACES = ["London", "Paris", "Vienna", "Oslo", "Rome", "Bern", "Prague", "Turin"]


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return str(tiny.save(tmp_path_factory.mktemp("base")))


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("data") / "docred.json"
    path.write_text(json.dumps([docred.row(n, place=place) for n, place in enumerate(PLACES)]))
    return path


def flags(base, file, out, *more):
    return [
        "--head", "read", "--base", base, "--data", str(file), "--apart", "0", "--only-data",
        "--out", str(out), "--tokens", "300", "--rank", "2", "--first-layer", "0", *more,
    ]  # fmt: skip


def test_it_trains_an_adapter_that_the_heads_load(base, file, tmp_path, capsys):
    command.main(flags(base, file, tmp_path, "--epochs", "2", "--dropout", "0.1"))
    head = adapters.load_head(base, "read", tmp_path)
    manifest = head.manifest
    assert manifest["settings"]["dropout"] == 0.1
    assert manifest["data"][0]["file"] == "docred.json"
    assert len(manifest["data"][0]["sha256"]) == 64
    assert manifest["counts"]["sequences"] == len(PLACES)
    assert manifest["trained"]["steps"] > 1
    told = capsys.readouterr().err
    assert "float32" in told or "bfloat16" in told
    assert "sequences" in told
    adapters.forget()


def test_it_trains_rows_and_begins_another_run_with_them(base, file, tmp_path):
    first = flags(base, file, tmp_path / "tokens", "--steps", "2")
    first[1] = "tokens"
    command.main(first)
    rows, checkpoint = tmp_path / "tokens" / adapters.ROWS, tmp_path / "tokens" / "checkpoint.pt"
    more = ["--steps", "1", "--rows", str(rows), "--begin", str(checkpoint), "--rate", "1e-9"]
    command.main(flags(base, file, tmp_path / "read", *more))
    assert (tmp_path / "read" / adapters.ROWS).read_bytes() == rows.read_bytes()
    one, two = (torch.load(tmp_path / n / "checkpoint.pt")["weights"] for n in ("tokens", "read"))
    assert two.keys() < one.keys()
    assert all(torch.allclose(one[name], two[name], atol=1e-6) for name in two)


def refusal(capsys, *arguments):
    with pytest.raises(SystemExit) as stopped:
        command.main(list(arguments))
    return str(stopped.value.code) + capsys.readouterr().err


def test_it_does_not_begin_over_another_run(base, file, tmp_path, capsys):
    command.main(flags(base, file, tmp_path, "--steps", "1"))
    kept = (tmp_path / "checkpoint.pt").read_bytes()
    said = refusal(capsys, *flags(base, file, tmp_path, "--steps", "1"))
    assert "holds a run: go on with --resume" in said
    assert (tmp_path / "checkpoint.pt").read_bytes() == kept


def test_it_says_what_is_wrong_of_the_data(base, file, tmp_path, capsys):
    broken = tmp_path / "broken.json"
    broken.write_text('[{"title"')
    out = tmp_path / "out"
    assert "broken.json" in refusal(capsys, *flags(base, broken, out))
    assert "missing.json cannot be read" in refusal(
        capsys, *flags(base, tmp_path / "missing.json", out)
    )
    assert "than the 80 documents" in refusal(capsys, *flags(base, file, out, "--apart", "80"))
    without = [flag for flag in flags(base, file, out) if flag not in ("--data", str(file))]
    assert "nothing to learn from" in refusal(capsys, *without)
    assert not (out / "checkpoint.pt").exists()


def test_it_says_that_a_folder_cannot_be_written_to(base, file, tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert "cannot be written to" in refusal(capsys, *flags(base, file, tmp_path / "file" / "out"))


def test_it_says_that_a_base_is_missing(file, tmp_path, capsys):
    assert "neither a folder" in refusal(capsys, *flags("no/base", file, tmp_path))


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--rank", "0"], "--rank must be at least 1"),
        (["--dropout", "2"], "--dropout is a share"),
        (["--rate", "0"], "must be above 0"),
    ],
)
def test_it_refuses_numbers_that_make_no_run(base, file, tmp_path, capsys, more, said):
    assert said in refusal(capsys, *flags(base, file, tmp_path), *more)


def test_a_flag_counts_more_than_the_preset():
    given = ["--head", "read", "--out", "x", "--preset", "paper"]
    paper = chosen(command.parser().parse_args(given))
    assert (paper.rank, paper.alpha, paper.dropout, paper.rate) == (16, 8, 0.1, 2e-5)
    assert (paper.batch, paper.epochs, paper.longest) == (96, 2, 1024)
    other = chosen(command.parser().parse_args([*given, "--alpha", "32"]))
    assert (other.rank, other.alpha) == (16, 32)
    assert set(PRESETS) == {"paper", "laptop"}


def test_it_shows_counts_and_samples_without_a_model(base, file, capsys):
    prepare.main(["--head", "read", "--base", base, "--data", str(file), "--apart", "2",
                  "--only-data", "--show", "1"])  # fmt: skip
    said = capsys.readouterr().out
    assert "6  sequences" in said
    assert "2  documents of --data kept out" in said
    assert "({MEM_READ(" in said


def by_processes(count, run, *arguments):
    """Run a function in several processes, as torchrun does it from its own process; each is a
    copy of this one, so that none has to import torch again."""
    config = LaunchConfig(
        min_nodes=1, max_nodes=1, nproc_per_node=count, run_id="few", rdzv_backend="c10d",
        rdzv_endpoint="localhost:0", start_method="fork", max_restarts=0, monitor_interval=0.1,
    )  # fmt: skip
    kept = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
            elastic_launch(config, run)(*arguments)
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)


@pytest.mark.parametrize("count", [2, 4])
def test_several_processes_give_the_weights_of_one(base, file, tmp_path, count):
    more = ["--steps", "4", "--accumulate", f"{count}", "--tokens", "120", "--rate", "1e-2"]
    command.main(flags(base, file, tmp_path / "one", *more))
    by_processes(count, command.main, flags(base, file, tmp_path / "few", *more))
    one, few = (torch.load(tmp_path / n / "checkpoint.pt")["weights"] for n in ("one", "few"))
    assert one.keys() == few.keys()
    assert all(torch.allclose(one[name], few[name], atol=1e-5, rtol=0) for name in one)
    begun = torch.load(tmp_path / "one" / "checkpoint.pt")["losses"]
    assert len(set(begun)) > 1


def keeping_each(folder, given):
    """Run the command, and keep what this process has learnt and its losses."""
    whole = Run.train

    def train(self, **more):
        whole(self, **more)
        weights = {name: one.detach() for name, one in self.parameters.items()}
        torch.save({"weights": weights, "losses": self.losses}, folder / f"{os.environ['RANK']}.pt")

    Run.train = train  # this process is a copy, and ends with the run
    command.main(given)


def test_processes_that_step_alone_meet_in_their_mean(base, file, tmp_path):
    # They meet after every second step, and once more after the last one, the 21st.
    more = ["--average", "2", "--steps", "21", "--tokens", "120", "--rate", "1e-2"]
    by_processes(2, keeping_each, tmp_path, flags(base, file, tmp_path / "run", *more))
    first, second = (torch.load(tmp_path / f"{rank}.pt") for rank in (0, 1))
    saved = torch.load(tmp_path / "run" / "checkpoint.pt")
    for name, weight in first["weights"].items():
        assert torch.equal(weight, second["weights"][name])
        assert torch.equal(weight, saved["weights"][name])
    assert first["losses"] != second["losses"]  # each has learnt from its own steps
    for one in (first, second):
        assert len(one["losses"]) == 21
        assert sum(one["losses"][-5:]) < sum(one["losses"][:5]) - 0.5
