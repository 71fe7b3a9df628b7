"""Training the write head: data, variations, loss, measures, and a run that is cut off."""

import json
import math
import random
from dataclasses import replace

import pytest
import torch

from tests.worker.docred import row
from worker.heads.encoder.extractor import TAGS, ExtractorConfig
from worker.heads.encoder.pair_scores import Following
from worker.heads.encoder.proposals import EntityMentions
from worker.training import augment, examples, implied, metrics, redocred
from worker.training.examples import batches
from worker.training.implied import fit_implied
from worker.training.write_corpus import Files, corpus
from worker.training.write_head import main
from worker.training.write_model import TrainingConfig, threshold_loss
from worker.training.write_publish import (
    WEIGHTS_FILE,
    calibrated,
    head_of,
    platt,
    write_weights,
)
from worker.training.write_run import Run
from worker.types import MentionSpan, PassageExtraction, PassageText, RelationSpec, Span


@pytest.fixture
def data(tmp_path):
    path = tmp_path / "documents.json"
    people = [
        "Ada Lovelace",
        "Charles Babbage",
        "Mary Somerville",
        "Luigi Menabrea",
        "Ada King",
        "Emmy Noether",
    ]
    path.write_text(json.dumps([row(i, p, f"Town{i}") for i, p in enumerate(people)]))
    return path


def test_it_reads_documents_with_spans_that_index_their_text():
    document = redocred.document(row())
    texts = [[m.span.of(document.text) for m in e] for e in document.entities]
    assert texts == [["Ada Lovelace", "Lovelace"], ["London", "London"], ["1815"]]
    assert [s.of(document.text) for s in document.sentences] == [
        "Ada Lovelace was born in London in 1815 .",
        "It rained .",
        "Later Lovelace left London .",
    ]
    assert document.names(0) == {"ada lovelace", "lovelace"}


def test_the_command_ends_with_one_sentence_on_bad_data(tmp_path, capsys):
    path = tmp_path / "bad.json"
    path.write_text("[1]")
    with pytest.raises(SystemExit, match="document 0"):
        main(["--data", str(path), "--out", str(tmp_path / "out"), "--device", "cpu"])
    assert "device cpu: asked for" in capsys.readouterr().err


def test_it_splits_by_title_whatever_the_order(data):
    documents = redocred.read(data)
    one = redocred.split(documents, seed=1, dev=2, held=1)
    other = redocred.split(documents[::-1], seed=1, dev=2, held=1)
    assert one == other
    assert [len(part) for part in one] == [3, 2, 1]
    assert len({d.title for part in one for d in part}) == 6
    assert redocred.titles_hash(one[0]) != redocred.titles_hash(one[1])


def test_its_variations_keep_every_span_on_a_mention(data):
    documents = redocred.read(data)
    names = augment.names_by_type(documents)
    rng = random.Random(0)
    changed = 0
    for document in documents * 5:
        swapped = augment.swap_names(document, names, rng, 0.7)
        changed += swapped.text != document.text
        own = {n for kind in names.values() for entity in kind for n in entity}
        for before, after in zip(document.entities, swapped.entities, strict=True):
            assert len(before) == len(after)
            for old, new in zip(before, after, strict=True):
                text = new.span.of(swapped.text)
                assert text == old.span.of(document.text) or text in own
        assert [s.of(swapped.text)[-1] for s in swapped.sentences] == [".", ".", "."]
    assert changed > 5


def test_it_drops_a_sentence_that_no_fact_rests_on():
    document = redocred.document(row())
    seen = set()
    for seed in range(10):
        less = augment.drop_sentence(document, random.Random(seed))
        assert len(less.sentences) == 2
        assert all(s.of(less.text).endswith(".") for s in less.sentences)
        for entity in less.entities:
            for m in entity:
                assert m.span.of(less.text) in {"Ada Lovelace", "Lovelace", "London", "1815"}
        assert len(less.triples) == 2
        seen.add(less.text)
    assert len(seen) == 2


def test_it_makes_an_example_of_a_document():
    properties = {"P19": 0, "P569": 1}
    one = examples.example(redocred.document(row()), properties, torch.tensor([True, True]))
    assert [TAGS[t] for t in one.tags][:8] == [
        "B-PER",
        "E-PER",
        "O",
        "O",
        "O",
        "S-LOC",
        "O",
        "S-TIME",
    ]
    assert one.entities.groups == ((0, 1), (2, 3), (4,))
    assert one.labels.nonzero().tolist() == [[0, 1, 0], [0, 2, 1]]
    assert one.same.tolist()[0] == [1.0, 1.0, 0.0, 0.0]  # "Ada Lovelace" is "Lovelace"
    assert one.asked.sum() == 6


def test_its_loss_is_the_adaptive_threshold_loss():
    margins = torch.tensor([[2.0, -1.0, 0.5]])
    gold = torch.tensor([[1.0, 0.0, 0.0]])
    above = -math.log(math.exp(2) / (math.exp(2) + 1))
    below = -math.log(1 / (1 + math.exp(-1) + math.exp(0.5)))
    assert float(threshold_loss(margins, gold)) == pytest.approx(above + below, abs=1e-5)


class PerfectHead:
    """Answers with the gold of one document; asked about entities it says nothing."""

    def __init__(self, document):
        self.document = document

    def extract(self, passages, relations):
        return [
            PassageExtraction(
                p.id,
                (),
                "",
                tuple(MentionSpan(m.span, m.type) for e in self.document.entities for m in e),
            )
            for p in passages
        ]

    def relations_between(self, passage, entities, relations, threshold=0.5):
        return []


def test_it_reports_a_head_that_finds_no_fact():
    document = redocred.document(row())
    found = metrics.measure(PerfectHead(document), [document], [])
    shown = metrics.report(found, best=0.5, review=0.6, given_entities=0.5)
    assert shown["mentions"]["f1"] == 1.0
    assert shown["end_to_end"] == {"precision": 0.0, "recall": 0.0, "f1": 0.0}
    assert shown["by_relation"]["P19"]["gold"] == 1.0
    json.dumps(shown)


def test_its_calibration_makes_scores_probabilities():
    rng = random.Random(0)
    judged = []
    for _ in range(4000):
        p = rng.random()
        overconfident = 1 / (1 + math.exp(-(3 * math.log(p / (1 - p)) + 1)))
        judged.append((overconfident, rng.random() < p, "P19"))
    assert metrics.calibration_error(judged) > 0.1
    scale, offset = platt(judged)
    assert scale == pytest.approx(1 / 3, abs=0.05)
    assert metrics.calibration_error(calibrated(judged, scale, offset)) < 0.04
    assert platt([(0.5, True, "P19")]) == (1.0, 0.0)
    assert metrics.calibration_error([]) == 0.0


SMALL = TrainingConfig(
    epochs=2,
    dev=1,
    held=1,
    batch=2,
    rank=2,
    alpha=2,
    head=ExtractorConfig(block=8, pair=16, triangle=4, tagging=16, same=8),
)


def test_a_run_that_was_cut_off_goes_on_as_if_it_had_not_been(data, tmp_path):
    read = corpus(Files(data), SMALL)
    whole = Run(SMALL, read, tmp_path / "whole", "cpu")
    whole.run()
    cut = Run(SMALL, read, tmp_path / "cut", "cpu")
    assert not cut.resume()
    cut.train_epoch()
    cut.save("checkpoint.pt", cut.state())
    resumed = Run(SMALL, read, tmp_path / "cut", "cpu")
    assert resumed.resume()
    assert resumed.epoch == 1
    resumed.run()
    assert (resumed.epoch, resumed.step) == (whole.epoch, whole.step)
    assert whole.epoch == 2
    for name, tensor in whole.average.items():
        assert torch.allclose(tensor, resumed.average[name], atol=1e-6), name


def test_a_time_limit_ends_a_run(data, tmp_path):
    config = replace(SMALL, epochs=50, minutes=1e-4)
    run = Run(config, corpus(Files(data), config), tmp_path / "short", "cpu")
    run.run()
    assert run.epoch == 1
    assert run.progress() == 1.0
    assert (tmp_path / "short" / "best.pt").is_file()


@pytest.mark.slow
def test_the_command_trains_and_publishes(data, tmp_path, capsys):
    out = tmp_path / "weights"
    main(
        [
            "--data",
            str(data),
            "--out",
            str(out),
            "--epochs",
            "1",
            "--device",
            "cpu",
            "--dev",
            "1",
            "--held",
            "1",
        ]
    )
    shown = capsys.readouterr()
    assert set(json.loads(shown.out)) == {"precision", "recall", "f1"}
    assert "left" in shown.err
    manifest = json.loads((out / "manifest.json").read_text())
    assert manifest["split"]["train"]["documents"] == 4
    assert manifest["data"][0]["file"] == "documents.json"
    assert not [p for p in out.iterdir() if p.name.startswith("tmp")]


@pytest.mark.slow
def test_it_starts_from_published_weights(data, tmp_path):
    config = TrainingConfig(epochs=1, dev=1, held=1)
    run = Run(config, corpus(Files(data), config), tmp_path / "run", "cpu")
    run.train_epoch()
    write_weights(run.model, tmp_path / WEIGHTS_FILE)
    order = list(run.data.properties)
    (tmp_path / "manifest.json").write_text(json.dumps({"relations": order}))
    other = Run(replace(config, seed=8), corpus(Files(data), config), tmp_path / "other", "cpu")
    other.take_shipped(tmp_path)
    for name, weights in other.model.trainable().items():
        assert torch.allclose(weights, run.model.trainable()[name], atol=2e-3), name


def test_what_follows_is_fitted_to_the_pairs_of_the_documents(data, tmp_path):
    config = TrainingConfig(epochs=1, dev=1, held=1)
    run = Run(config, corpus(Files(data), config), tmp_path / "run", "cpu")
    fitted = fit_implied(run.model, run.data)
    following = Following.of(fitted)
    pairs, labels = implied._pairs(run.model, run.data, run.data.train)
    vectors, bias = run.model.relation_vectors()
    before = run.model.extractor.margins(torch.cat(pairs), vectors, bias)
    after = following.margins(torch.cat(pairs), torch.arange(len(run.data.properties)))
    gold = torch.cat(labels)
    assert threshold_loss(after, gold) < threshold_loss(before, gold)
    assert Following.of({}) is None


def test_short_texts_share_a_batch():
    found = batches([10] * 6 + [100] * 4, 2, random.Random(1), pieces=60)
    assert sorted(map(len, found)) == [2, 2, 6]
    assert sorted(i for group in found for i in group) == list(range(10))


def test_it_trains_on_wordings_of_our_own_and_reads_with_what_came_of_it(data, tmp_path):
    folder = tmp_path / "reading"
    (folder / "statements").mkdir(parents=True)
    row = {
        "relation": "place of birth",
        "stated": ["{s} was born in {o}.", "{o} is where {s} was born."],
        "denied": ["{s} was not born in {o}."],
        "near": ["{s} visited {o}."],
    }
    pack = {"name": "job title", "description": "", "subject_types": ["PER"],
            "object_types": ["MISC"]}  # fmt: skip
    schema = [{"name": "place of birth", "wikidata_property": "P19", "subject_types": ["PER"],
               "object_types": ["LOC"], "inverse_property": None}]  # fmt: skip
    (folder / "statements" / "a.jsonl").write_text(json.dumps(row))
    (tmp_path / "packs.json").write_text(json.dumps([{"name": "people", "relations": [pack]}]))
    names = {"PER": ["Ada Brook", "Ben Hall"], "LOC": ["Oslo", "Turku"]}
    (folder / "names.json").write_text(json.dumps(names))
    (tmp_path / "schema.json").write_text(json.dumps(schema))
    out = tmp_path / "weights"
    options = {"--data": data, "--schema": tmp_path / "schema.json", "--reading": folder,
               "--packs": tmp_path / "packs.json", "--out": out,
               "--epochs": 1, "--device": "cpu", "--dev": 1, "--held": 1}  # fmt: skip
    main([str(part) for pair in options.items() for part in pair])
    manifest = json.loads((out / "manifest.json").read_text())
    assert manifest["relation_names"][-1] == "job title"
    head = head_of(out)
    assert head.reading is not None
    # So short a run expects nothing.
    head.reading = replace(head.reading, least_margin=-100.0)
    text = "Ada Brook was born in Oslo. Ben Hall visited Turku."
    passage = PassageText("1", text, (Span(0, 27), Span(28, len(text))))
    born = RelationSpec("1", "place of birth", wikidata_property="P19")
    entities = [
        EntityMentions((MentionSpan(Span(text.index(n), text.index(n) + len(n)), kind),), kind)
        for n, kind in (("Ada Brook", "PER"), ("Oslo", "LOC"))
    ]
    scored = head.relations_between(passage, entities, [born], threshold=0.0)
    assert {(t.relation_id, 0 <= t.score <= 1) for t in scored} == {("1", True)}
    renamed = RelationSpec("2", "works as", name_in_pack="job title")
    assert head._asked([born, renamed]).known == (born, renamed)
    own = RelationSpec("3", "job title")
    assert head._asked([own]).described == (own,)


def test_it_trains_on_no_statements_whose_relations_it_does_not_know(tmp_path, capsys):
    given = ["--data", "d.json", "--out", str(tmp_path), "--reading", str(tmp_path)]
    with pytest.raises(SystemExit):
        main(given)
    assert "--reading needs --schema and --packs" in capsys.readouterr().err
