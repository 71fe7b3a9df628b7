from __future__ import annotations

import json
import random
from dataclasses import replace

import pytest
import torch

from tests.worker.causal import tiny
from worker.training.causal import model as modelling
from worker.training.causal.batches import Batch
from worker.training.causal.model import Trainee
from worker.training.causal.numbers import Numbers, numbers
from worker.training.causal.run import NoData, OtherRun, OutOfMemory, Run, out_of_memory
from worker.training.causal.sequences import Composer
from worker.training.causal.settings import RunConfig
from worker.types import MemoryQuery

CONFIG = RunConfig("read", "llama", rank=2, alpha=4, dropout=0.1, first_layer=0, tokens=60,
                   rate=1e-2, accumulate=2, epochs=2)  # fmt: skip


COMPOSER = Composer(tiny.base().tokenizer)


def sequences(rng: random.Random):
    for _ in range(16):
        name = rng.choice(["Ada", "Charles Babbage", "London"])
        query = MemoryQuery("place of birth", subject=name)
        yield COMPOSER.answer(f"Where was {name} born?", [([query], ["London"])], "London")


def run(out, config=CONFIG, source=sequences, *, rows=False, **how) -> Run:
    torch.manual_seed(config.seed)
    base = tiny.base()
    model = Trainee(base, rank=2, alpha=4, dropout=config.dropout, rows=rows)
    return Run(config, model, source, out, base.tokenizer.eos_token_id, **how)


def weights(made: Run):
    return {name: p.detach().clone() for name, p in made.parameters.items()}


def same(one, other, tolerance=0.0):
    assert one.keys() == other.keys()
    return all(torch.allclose(one[n], other[n], atol=tolerance, rtol=0) for n in one)


def test_it_learns_and_keeps_what_it_learnt(tmp_path):
    made = run(tmp_path, rows=True)
    before = weights(made)
    made.train()
    assert sum(made.losses[-4:]) < sum(made.losses[:4]) - 0.2
    assert made.progress() == 1.0
    changed = {n for n, p in weights(made).items() if not torch.equal(p, before[n])}
    assert "input_rows" in changed
    kept = torch.load(tmp_path / "checkpoint.pt")["weights"]
    assert same(kept, weights(made))
    assert not list(tmp_path.glob("*.tmp"))
    assert json.loads((tmp_path / "run.json").read_text())["rate"] == CONFIG.rate


class Killed(BaseException):
    """The process is gone."""


@pytest.mark.parametrize(("at", "ahead"), [(1, 0), (4, 2), (7, 0)])
def test_a_run_that_was_killed_goes_on_to_the_same_weights(tmp_path, monkeypatch, at, ahead):
    whole = run(tmp_path / "whole")
    whole.train()
    learn = Run._learn

    def killed(self: Run, group: list[Batch]) -> None:
        if self.step == at:
            raise Killed
        learn(self, group)

    monkeypatch.setattr(Run, "_learn", killed)
    with pytest.raises(Killed):
        run(tmp_path / "cut").train(save_seconds=0)
    monkeypatch.undo()
    second = run(tmp_path / "cut", ahead=ahead)
    torch.manual_seed(99)
    assert second.resume()
    assert second.step == at
    second.train()
    assert second.step == whole.step > 7
    assert same(weights(second), weights(whole))
    assert second.losses == whole.losses


def test_a_kill_while_saving_leaves_the_checkpoint_before(tmp_path, monkeypatch):
    made = run(tmp_path, replace(CONFIG, steps=2))
    made.train()
    kept = (tmp_path / "checkpoint.pt").read_bytes()

    def half(state, path):
        path.write_bytes(b"half")
        raise Killed

    monkeypatch.setattr(torch, "save", half)
    with pytest.raises(Killed):
        made.save()
    assert (tmp_path / "checkpoint.pt").read_bytes() == kept


def test_there_may_be_nothing_to_go_on_with(tmp_path):
    assert run(tmp_path).resume() is False


def test_it_does_not_go_on_with_other_settings_or_other_data(tmp_path):
    run(tmp_path, replace(CONFIG, steps=1), facts={"data": ["one"]}).train()
    with pytest.raises(OtherRun, match=r"\(rate\)"):
        run(tmp_path, replace(CONFIG, rate=1e-3), facts={"data": ["one"]}).resume()
    with pytest.raises(OtherRun, match=r"\(data\)"):
        run(tmp_path, CONFIG, facts={"data": ["two"]}).resume()
    assert run(tmp_path, replace(CONFIG, steps=3), facts={"data": ["one"]}).resume()


def test_less_memory_gives_the_same_weights(tmp_path, monkeypatch, capsys):
    config = replace(CONFIG, dropout=0.0, epochs=1, tokens=200)
    plain = run(tmp_path / "plain", config)
    plain.train()
    real, left = modelling.collate, [2]

    def full(rows, *rest):
        if len(rows) > 1 and left[0]:
            left[0] -= 1
            raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried")
        return real(rows, *rest)

    monkeypatch.setattr(modelling, "collate", full)
    tight = run(tmp_path / "tight", config)
    tight.train()
    assert tight.halvings == 2
    assert same(weights(tight), weights(plain), 1e-5)
    assert "in 4 parts" in capsys.readouterr().err


def test_it_says_when_memory_is_out_and_keeps_its_checkpoint(tmp_path, monkeypatch):
    made = run(tmp_path, replace(CONFIG, steps=1))
    made.train()
    made.config = replace(made.config, steps=5)

    def full(*_):
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(modelling, "collate", full)
    with pytest.raises(OutOfMemory, match=r"--tokens.*--longest.*--checkpointing.*--resume"):
        made.train()
    assert (tmp_path / "checkpoint.pt").is_file()


def test_other_errors_are_no_lack_of_memory():
    assert out_of_memory(MemoryError())
    assert not out_of_memory(RuntimeError("shapes differ"))


def test_checkpointing_gives_the_same_weights(tmp_path):
    config = replace(CONFIG, dropout=0.0, steps=2)
    plain, spared = run(tmp_path / "plain", config), run(tmp_path / "spared", config)
    spared.model.spare_memory()
    plain.train()
    spared.train()
    assert same(weights(plain), weights(spared), 1e-5)


def test_it_refuses_to_learn_from_nothing(tmp_path):
    with pytest.raises(NoData, match="nothing to learn from"):
        run(tmp_path, replace(CONFIG, steps=3), lambda rng: iter(())).train()


def test_it_stops_where_the_loss_is_no_number(tmp_path):
    made = run(tmp_path)
    next(iter(made.parameters.values())).data.fill_(float("nan"))
    with pytest.raises(FloatingPointError, match="step 0"):
        made.train()


def test_it_computes_in_bfloat16_where_told_to(tmp_path):
    config = replace(CONFIG, dropout=0.0, steps=2)
    exact = run(tmp_path / "exact", config)
    rough = run(tmp_path / "rough", config, numbers=Numbers(torch.bfloat16, "a test"))
    exact.train()
    rough.train()
    assert {p.dtype for p in rough.parameters.values()} == {torch.float32}
    assert rough.losses != exact.losses
    assert rough.losses == pytest.approx(exact.losses, rel=0.05)


@pytest.mark.parametrize(
    ("flags", "choice", "dtype", "reason"),
    [
        ("flags : sse avx512_bf16 x", "auto", torch.bfloat16, "has avx512_bf16"),
        ("flags : amx_bf16", "auto", torch.bfloat16, "has amx_bf16"),
        ("flags : avx512f", "auto", torch.float32, "neither amx_bf16 nor avx512_bf16"),
        ("flags : avx512_bf16", "float32", torch.float32, "as was asked for"),
    ],
)
def test_it_chooses_numbers_by_the_processor(tmp_path, flags, choice, dtype, reason):
    (tmp_path / "cpuinfo").write_text(flags)
    made = numbers(choice, "cpu", tmp_path / "cpuinfo")
    assert made.dtype == dtype
    assert reason in str(made)


def test_a_processor_that_says_nothing_computes_in_float32(tmp_path):
    assert numbers("auto", "cpu", tmp_path / "missing").dtype == torch.float32


@pytest.mark.parametrize("ahead", [1, 3])
def test_epochs_that_other_processes_make_are_the_same(tmp_path, ahead):
    config = replace(CONFIG, epochs=4)
    alone = run(tmp_path / "alone", config)
    alone.train()
    helped = run(tmp_path / "helped", config, ahead=ahead)
    helped.train()
    assert helped.losses == alone.losses
    assert same(weights(helped), weights(alone))


def test_what_fails_in_another_process_ends_the_run(tmp_path):
    def broken(rng):
        raise ValueError("no names")
        yield

    with pytest.raises(ValueError, match="no names"):
        run(tmp_path, replace(CONFIG, steps=1), broken, ahead=2).train()
