"""Batches of the write head as whole arrays: their loss is that of the texts one by one."""

import json
import random
from dataclasses import replace

import numpy as np
import pytest
import torch

from tests.worker.docred import row
from worker.heads.encoder.extractor import ExtractorConfig
from worker.heads.encoder.pair_reader import ReaderConfig
from worker.training.write_corpus import Files, corpus
from worker.training.write_model import Trainee, TrainingConfig, batch_loss
from worker.training.write_sheets import collated, grouped, on_device, sheet_loss

STILL = TrainingConfig(
    dev=1, held=1, rank=2, alpha=2, half=False, drop_types=0.0, drop_residuals=0.0, mask_words=0.0,
    unrelated=1000, fewrel_batches=1,
    head=ExtractorConfig(block=8, pair=16, triangle=4, tagging=16, same=8, dropout=0.0),
    reader=ReaderConfig(width=16, layers=1, heads=2, inner=16, dropout=0.0),
)  # fmt: skip


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("corpus")
    people = ("Ada Lovelace", "Charles Babbage", "Mary Somerville", "Ada King", "Emmy Noether")
    (folder / "documents.json").write_text(
        json.dumps([row(i, p, f"Town{i}") for i, p in enumerate(people)])
    )
    few = {"tokens": ["Oslo", "lies", "in", "Norway", "."],
           "h": ["oslo", "Q1", [[0]]], "t": ["norway", "Q2", [[3]]]}  # fmt: skip
    (folder / "few.json").write_text(json.dumps({"P17": [few, few]}))
    reading = folder / "reading"
    (reading / "statements").mkdir(parents=True)
    wordings = {
        "relation": "place of birth",
        "stated": ["{s} was born in {o}.", "{o} is where {s} was born."],
        "denied": ["{s} was not born in {o}."],
        "near": ["{s} visited {o}."],
    }
    schema = [{"name": "place of birth", "wikidata_property": "P19", "subject_types": ["PER"],
               "object_types": ["LOC"], "inverse_property": None}]  # fmt: skip
    (reading / "statements" / "a.jsonl").write_text(json.dumps(wordings))
    (reading / "names.json").write_text(
        json.dumps({"PER": ["Ada Brook", "Ben Hall"], "LOC": ["Oslo", "Turku"]})
    )
    (folder / "schema.json").write_text(json.dumps(schema))
    (folder / "packs.json").write_text("[]")
    files = Files(
        folder / "documents.json", folder / "few.json", None, None, folder / "schema.json",
        reading, folder / "packs.json",
    )  # fmt: skip
    return corpus(files, STILL)


@pytest.fixture(scope="module")
def model(data):
    torch.manual_seed(3)
    made = Trainee(STILL, data.specs)
    with torch.no_grad():  # nothing that begins at zero stays there
        for parameter in made.trainable().values():
            parameter.add_(0.05 * torch.randn_like(parameter))
    return made.train()


def every_example(data):
    made = [one for batch in data.epoch(random.Random(1), STILL) for one in batch]
    assert {one.has_tags for one in made} == {True, False}
    assert any(len(one.string_groups) > 2 for one in made)
    return made


def test_its_loss_is_that_of_the_texts_one_by_one(data, model):
    batch = every_example(data)
    one_by_one = batch_loss(model, batch, STILL)
    one_by_one.backward()
    gradients = {n: p.grad.clone() for n, p in model.trainable().items() if p.grad is not None}
    model.zero_grad()
    together = sheet_loss(model, on_device(collated(batch, STILL), "cpu"), STILL)
    together.backward()
    assert together.item() == pytest.approx(one_by_one.item(), rel=1e-4)
    for name, expected in gradients.items():
        found = model.trainable()[name].grad
        assert torch.allclose(found, expected, rtol=1e-2, atol=1e-4), name
    model.zero_grad()


def test_no_part_of_it_is_forgotten(data, model):
    """Each weight of a part moves the loss."""
    batch = every_example(data)
    usual = sheet_loss(model, on_device(collated(batch, STILL), "cpu"), STILL).item()
    for name in ("fewrel_weight", "same_weight", "reader_weight", "mood_weight"):
        other = replace(STILL, **{name: 2.0})
        found = sheet_loss(model, on_device(collated(batch, other), "cpu"), other).item()
        assert found > usual + 1e-4, name


def test_groups_hold_every_text_once_and_no_more_than_fits(data):
    made = every_example(data)
    groups = list(grouped(made, 120, random.Random(2)))
    assert sorted(id(one) for group in groups for one in group) == sorted(map(id, made))
    assert len(groups) > 1
    for group in groups:
        longest = max(len(one.window.ids) for one in group)
        assert len(group) == 1 or len(group) * longest <= 120


def test_what_is_sent_holds_no_tensors(data):
    arrays = collated(every_example(data)[:3], STILL)
    assert all(isinstance(value, np.ndarray) for value in arrays.values())
