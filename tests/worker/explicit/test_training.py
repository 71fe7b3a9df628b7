from __future__ import annotations

import random
from dataclasses import replace

import pytest
import torch

from tests.worker.causal import tiny
from worker.training.causal.run import Run
from worker.training.causal.sequences import Composer
from worker.training.causal.settings import RunConfig
from worker.training.explicit import MemoryTrainee, Mix, QuestionsOfReferences, TooFewNames
from worker.types import RelationSpec

CONFIG = RunConfig("explicit", "llama", rank=2, alpha=4, dropout=0.1, first_layer=0, tokens=80,
                   rate=1e-2, epochs=1)  # fmt: skip
NAMES = {"PER": ["Ada", "Bea", "Cyd", "Dan"], "LOC": ["London", "Paris", "Rome", "Oslo"]}
SPEC = RelationSpec(
    id="P19", name="place of birth", template="{subject} was born in {object}.",
    questions=("Where was {subject} born?",), subject_types=("PER",), object_types=("LOC",),
)  # fmt: skip
COMPOSER = Composer(tiny.base().tokenizer)


def questions(**mix):
    return QuestionsOfReferences([SPEC], NAMES, COMPOSER, Mix(**{"references": 2, **mix}))


def said(ids):
    return COMPOSER.tokenizer.decode(list(ids))


def run(out, stage="sparse", *, through=False, config=CONFIG):
    torch.manual_seed(config.seed)
    base = tiny.base()
    model = MemoryTrainee(base, stage, through=through, rank=2, alpha=4, dropout=config.dropout)
    made = questions()
    return Run(
        config, model, lambda rng: made.epoch(12, rng, stage), out, base.tokenizer.eos_token_id
    )


def weights(made):
    return {name: p.detach().clone() for name, p in made.parameters.items()}


def test_the_answer_stands_in_one_reference_alone():
    for row in questions(absent=0.0).epoch(10, random.Random(1), "sparse"):
        learnt = said(i for i, w in zip(row.ids, row.weights, strict=True) if w == 2.0).strip()
        told = [text for one in row.references if learnt in (text := said(one))]
        assert len(row.references) == 2
        assert len(told) == 1
        assert told[0].split()[0] in said(row.ids)


def test_it_is_not_known_where_no_reference_says_it():
    for row in questions(absent=1.0).epoch(10, random.Random(1), "sparse"):
        assert "I don't know." in said(row.ids)
        asked = said(row.ids).split("Where was ")[1].split()[0]
        assert not any(said(one).startswith(asked) for one in row.references)


def test_references_stand_in_the_context_of_the_first_stage():
    text, memory = (
        next(questions(absent=0.0).epoch(1, random.Random(1), stage)) for stage in ("text", "dense")
    )
    assert text.references == ()
    assert all(said(one) in said(text.ids) for one in memory.references)
    assert not any(said(one) in said(memory.ids) for one in memory.references)
    assert [w for w in text.weights if w] == [w for w in memory.weights if w]


def test_it_needs_names_enough():
    with pytest.raises(TooFewNames, match="5 different names"):
        next(questions(references=4).epoch(1, random.Random(1), "text"))


@pytest.mark.parametrize("stage", ["text", "dense", "sparse"])
def test_it_learns_in_every_stage(tmp_path, stage):
    made = run(tmp_path, stage, config=replace(CONFIG, epochs=4))
    made.train()
    assert sum(made.losses[-2:]) < sum(made.losses[:2])


def test_memories_take_a_gradient_only_where_it_is_wanted(tmp_path):
    rows = list(questions().epoch(2, random.Random(1), "sparse"))
    for through in (False, True):
        model = run(tmp_path, through=through).model
        bank = model.collated(rows, 0)["explicit"]
        assert bank.layers[0][0].requires_grad is through


def test_cut_sequences_keep_their_references():
    row = next(questions().epoch(1, random.Random(1), "dense"))
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
