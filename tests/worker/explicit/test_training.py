from __future__ import annotations

import json
import random
from dataclasses import replace

import pytest
import torch

from tests.worker.causal import tiny
from tests.worker.explicit.material import groups
from worker.explicit.encode import Scheme
from worker.heads.causal import adapters
from worker.training.causal.run import Run
from worker.training.causal.settings import RunConfig
from worker.training.explicit import __main__ as command
from worker.training.explicit import report
from worker.training.explicit.trainee import NARROWING, MemoryTrainee, narrowed

CONFIG = RunConfig("explicit", "llama", rank=2, alpha=4, dropout=0.1, first_layer=0, tokens=400,
                   rate=1e-2, epochs=1)  # fmt: skip
SCHEMES = {"text": None, "dense": Scheme(None, 1.0), "sparse": Scheme()}


def run(out, stage="sparse", *, through=False, config=CONFIG):
    torch.manual_seed(config.seed)
    base = tiny.base()
    model = MemoryTrainee(
        base, SCHEMES[stage], through=through, rank=2, alpha=4, dropout=config.dropout
    )
    made = groups()
    return Run(
        config, model, lambda rng: made.epoch(12, rng, text=stage == "text"), out,
        base.tokenizer.eos_token_id,
    )  # fmt: skip


def weights(made):
    return {name: p.detach().clone() for name, p in made.parameters.items()}


@pytest.mark.parametrize("stage", ["text", "dense", "sparse"])
def test_it_learns_in_every_stage(tmp_path, stage):
    made = run(tmp_path, stage, config=replace(CONFIG, epochs=4))
    made.train()
    assert sum(made.losses[-2:]) < sum(made.losses[:2])


def test_memories_take_a_gradient_only_where_it_is_wanted(tmp_path):
    rows = list(groups().epoch(2, random.Random(1), text=False))
    for through in (False, True):
        model = run(tmp_path, through=through).model
        bank = model.collated(rows, 0)["explicit"]
        assert bank.layers[0][0].requires_grad is through


def test_what_is_kept_narrows_by_equal_factors_to_what_is_wanted():
    begin, end = Scheme(64, 1.0), Scheme(4, 0.5)
    made = [narrowed(begin, end, NARROWING * at) for at in (0, 0.5, 1)]
    assert [(one.kept, one.share) for one in made] == [(64, 1.0), (16, 0.75), (4, 0.5)]
    assert narrowed(begin, end, 1.0) == end


def test_cut_sequences_keep_their_references():
    row = next(groups().epoch(1, random.Random(1), text=False))
    assert row.cut(3).references == row.references
    assert len(row.cut(3)) == 3


class Killed(BaseException):
    """The process is gone."""


@pytest.mark.parametrize("through", [False, True])
def test_a_run_that_was_killed_goes_on_to_the_same_weights(tmp_path, monkeypatch, through):
    whole = run(tmp_path / "whole", through=through)
    whole.train()
    learn = Run._learn

    def killed(self, group):
        if self.step == 2:
            raise Killed
        learn(self, group)

    monkeypatch.setattr(Run, "_learn", killed)
    with pytest.raises(Killed):
        run(tmp_path / "cut", through=through).train(save_seconds=0)
    monkeypatch.undo()
    second = run(tmp_path / "cut", through=through)
    torch.manual_seed(99)
    assert second.resume()
    second.train()
    assert second.step == whole.step > 2
    assert all(torch.equal(p, weights(whole)[n]) for n, p in weights(second).items())


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return str(tiny.save(tmp_path_factory.mktemp("base")))


def flags(base, out, stage, *more):
    return ["--base", base, "--stage", stage, "--out", str(out), "--rank", "2", "--asked", "4",
            "--first-layer", "0", "--tokens", "400", "--steps", "2", *more]  # fmt: skip


def test_each_stage_begins_with_the_one_before_and_is_reported_on(base, tmp_path, capsys):
    command.main(flags(base, tmp_path / "text", "text"))
    checkpoint = tmp_path / "text" / "checkpoint.pt"
    more = [
        "--begin",
        str(checkpoint),
        "--through",
        "--kept",
        "2",
        "--share",
        "1",
        "--rate",
        "1e-9",
    ]
    command.main(flags(base, tmp_path / "sparse", "sparse", *more))
    one, two = (
        torch.load(tmp_path / stage / "checkpoint.pt")["weights"] for stage in ("text", "sparse")
    )
    assert all(torch.allclose(one[name], two[name], atol=1e-6) for name in one)
    manifest = json.loads((tmp_path / "sparse" / "explicit" / adapters.MANIFEST).read_text())
    assert manifest["head"] == "explicit"
    assert manifest["settings"]["kept"] == 2
    narrow = [*more[:2], "--kept", "2", "--from-kept", "8", "--from-share", "1"]
    command.main(flags(base, tmp_path / "narrow", "sparse", *narrow))
    settings = json.loads((tmp_path / "narrow" / "run.json").read_text())
    assert (settings["from_kept"], settings["from_share"]) == (8, 1.0)
    file = tmp_path / "documents.jsonl"
    fact = {"subject": "Ada", "relation": "place of birth", "object": "Rome"}
    rows = [{"kind": "x", "text": "Ada was born in Rome.", "facts": [fact], "ok": []},
            {"kind": "x", "text": "Bea sang.", "facts": [], "ok": []}]  # fmt: skip
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    capsys.readouterr()
    report.main(["--base", base, "--adapter", str(tmp_path / "sparse" / "checkpoint.pt"),
                 "--rank", "2", "--documents", str(file), "--references", "1",
                 "--json"])  # fmt: skip
    ways = json.loads(capsys.readouterr().out)["ways"]
    assert [one["asked"] for one in ways] == [1, 1, 1, 1]
    assert all(one["perplexity"] > 1 for one in ways)
    assert all(round(one["right"] + one["wrong"] + one["abstained"], 2) == 1 for one in ways)
    # The folder that is published says the same, and what codes leave of a memory is asked too.
    report.main(["--base", base, "--adapter", str(tmp_path / "sparse" / "explicit"),
                 "--documents", str(file), "--learn", str(file), "--references", "1",
                 "--parts", "1", "4", "--only", "none", "memory, 8", "--json"])  # fmt: skip
    again = json.loads(capsys.readouterr().out)["ways"]
    assert [one["perplexity"] for one in again[:2]] == pytest.approx(
        [ways[0]["perplexity"], ways[3]["perplexity"]], rel=0.05
    )
    assert [one["way"].partition("layers")[2] for one in again[2:]] == [
        ", 1 bytes a vector: 32 bytes", ", 4 bytes a vector: 128 bytes"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("more", "told"),
    [(["--references", "0"], "at least 1"), (["--share", "2"], "above 0 up to 1"),
     (["--begin", "/nowhere.pt"], "nowhere.pt")],
)  # fmt: skip
def test_it_says_what_is_wrong_with_its_flags(base, tmp_path, capsys, more, told):
    with pytest.raises(SystemExit) as stopped:
        command.main(flags(base, tmp_path, "dense", *more))
    assert told in str(stopped.value.code) + capsys.readouterr().err
