"""Training the read head: its data, its batches, and a tiny run from end to end."""

import json
import random

import pytest

pytest.importorskip("torch")

import torch
from safetensors.torch import load_file

from worker.heads.encoder import base
from worker.heads.encoder.base import SharedEncoder
from worker.heads.encoder.known_texts import FILE, load_known
from worker.heads.encoder.relation_matching import RelationMatcher
from worker.heads.encoder.thresholds import Thresholds
from worker.training import read_data, read_head
from worker.training.read_data import AskedQuestion, Corpus, Wordings
from worker.training.read_examples import ExampleBank, ExamplePool, nearest
from worker.training.read_loop import Sampler, Settings
from worker.types import RelationSpec

BORN = RelationSpec("P19", "place of birth", template="{subject} was born in {object}.",
                    subject_types=("PER",), object_types=("LOC",))  # fmt: skip
SHIPPED = Thresholds.of("read", base.WEIGHTS / "read")
TINY = Settings(steps=3, batch=6, rank=2, alpha=4, fresh=4, save_every=2, examples=3, refresh=2)


def item(property_, name, template, inverse_property=None):
    return {
        "wikidata_property": property_, "name": name, "description": "", "aliases": ["x"],
        "inverse_name": "", "inverse_property": inverse_property, "single_valued": False,
        "subject_types": ["PER"], "object_types": ["LOC"], "template": template,
        "questions": [f"{name} of {{subject}}?", f"tell {name} of {{subject}}"],
        "inverse_questions": [f"whose {name} is {{object}}?", f"tell whose {name} {{object}} is"],
    }  # fmt: skip


@pytest.fixture
def data(tmp_path):
    lines = [
        f"Q1\t{label}\tQ2\t{words} number {n}"
        for n in range(12)
        for label, words in (("P19", "where was he born"), ("R19", "who was born there"),
                             ("P26", "who is his wife"))
    ]  # fmt: skip
    for folder in ("simplequestions", "redocred", "wikidata"):
        (tmp_path / folder).mkdir()
    questions = tmp_path / "simplequestions"
    for name in ("train", "valid"):
        (questions / f"annotated_wd_data_{name}.txt").write_text("\n".join(lines) + "\n")
    document = {
        "title": "t", "sents": [["Ada", "lives", "in", "Rome"]],
        "vertexSet": [[{"name": "Ada", "pos": [0, 1], "sent_id": 0, "type": "PER"}],
                      [{"name": "Rome", "pos": [3, 4], "sent_id": 0, "type": "LOC"}]],
        "labels": [{"h": 0, "t": 1, "r": "P19", "evidence": [0]}],
    }  # fmt: skip
    (tmp_path / "redocred" / "dev_revised.json").write_text(json.dumps([document] * 5))
    labels = {"P19": "place of birth", "P26": "spouse"}
    (tmp_path / "wikidata" / "properties_en.json").write_text(json.dumps(labels))
    relations = [
        item("P19", "place of birth", "{subject} was born in {object}."),
        item("P26", "spouse", "{subject} is married to {object}.", "P26"),
    ]
    (tmp_path / "relations.json").write_text(json.dumps(relations))
    written = {
        "P19": {"forward": ["Where was {x} born?"], "inverse": ["Who was born in {x}?"]},
        "P26": {"forward": ["{x} is married to whom?"], "inverse": ["Who wed {x}?"]},
        "P999": {"forward": ["{x}?"], "inverse": ["{x}!"]},
    }
    (tmp_path / "wordings.json").write_text(json.dumps(written))
    others = {"height": {"template": "{subject} is {object} high.", "forward": ["How tall is {x}?"],
                         "inverse": []}}  # fmt: skip
    (tmp_path / "others.json").write_text(json.dumps(others))
    return tmp_path


def test_it_reads_questions_with_their_side(data):
    questions = read_data.read_questions(data / "simplequestions" / "annotated_wd_data_train.txt")
    assert questions[1] == AskedQuestion("who was born there number 0", ("P19", "object"))


def test_it_keeps_line_separators_inside_a_question(tmp_path):
    path = tmp_path / "q.txt"
    path.write_text("Q1\tP19\tQ2\twhere\u2028born\n", encoding="utf-8")
    assert [question.text for question in read_data.read_questions(path)] == ["where\u2028born"]


def test_it_refuses_a_malformed_line(tmp_path):
    path = tmp_path / "q.txt"
    path.write_text("Q1\tP19\tQ2\tok\nQ1\tP19\tnothing\n")
    with pytest.raises(read_data.MalformedQuestions, match="line 2"):
        read_data.read_questions(path)


def test_it_keeps_wordings_apart(data):
    train, apart = read_data.read_wordings(data / "relations.json", data / "wordings.json")
    assert set(train.patterns) == set(apart.patterns)
    assert ("P999", "subject") not in train.patterns
    for label, patterns in apart.patterns.items():
        assert len(patterns) == 1
        assert not set(patterns) & set(train.patterns[label])
        assert all("{x}" in pattern for pattern in (*patterns, *train.patterns[label]))


def test_it_ships_wordings_for_every_relation_and_side():
    train, apart = read_data.read_wordings(read_head.RELATIONS)
    relations = json.loads(read_head.RELATIONS.read_text(encoding="utf-8"))
    assert len(train.patterns) == len(apart.patterns) == 2 * len(relations)
    assert all(len(patterns) >= 4 for patterns in train.patterns.values())
    outside = json.loads(read_data.OUTSIDE.read_text(encoding="utf-8"))
    assert not set(outside["train"]) & set(outside["apart"])


def test_it_shares_no_question_between_train_and_dev(data):
    path = data / "simplequestions" / "annotated_wd_data_train.txt"
    questions = read_data.read_questions(path) * 2
    train, dev = read_head.split_questions(questions, 1)
    assert dev
    assert not {q.text for q in train} & {q.text for q in dev}
    assert len(train) + len(dev) == len(questions)


def test_it_masks_the_rare_words_of_a_question():
    assert read_data.mask_rare(
        "who shot liberty valance here", frozenset({"liberty", "valance"})
    ) == ("who shot this here")
    assert read_data.mask_rare("who shot it", frozenset()) == "who shot it"


def test_it_turns_questions_into_counts():
    assert read_data.counting("Who was born in {x}?") == "How many people were born in {x}?"
    assert read_data.counting("Name one {x}.") == "Name one {x}."


def test_it_draws_the_same_batch_for_the_same_step():
    corpus = Corpus(
        relations={"P19": BORN},
        questions=[AskedQuestion("where was ada born", ("P19", "subject"))],
        wordings=Wordings({("P19", side): ("a {x}", "b {x}") for side in ("subject", "object")}),
        names={("P19", "subject"): [("Ada", "PER")]},
        outside=["How tall is {x}?"],
    )
    sampler = Sampler(corpus, TINY, {})
    one, two = sampler.batch(7), sampler.batch(7)
    assert one.texts == two.texts
    assert (one.targets == two.targets).all()
    assert sampler.batch(8).texts != one.texts
    assert int(one.targets.max()) <= len(corpus.labels)
    right = one.targets[one.targets < len(corpus.labels)]
    rows = (one.targets < len(corpus.labels)).nonzero().flatten()
    assert not one.removed[rows, right].any()


def test_it_varies_wordings_without_losing_the_name():
    corpus = Corpus({"P19": BORN}, [], Wordings({("P19", "subject"): ("Where was {x} born?",)}), {})
    rng = random.Random(3)
    label = ("P19", "subject")
    texts = {read_data.filled(corpus, "Where was {x} born?", label, rng) for _ in range(60)}
    assert len(texts) > 3
    assert all("this" in text or "{x}" not in text for text in texts)


def test_it_reads_relations_that_the_schema_lacks(data):
    relations, wordings = read_data.read_others(data / "others.json")
    assert relations["height"].template == "{subject} is {object} high."
    assert wordings.patterns == {("height", "subject"): ("How tall is {x}?",)}


def test_it_ships_relations_that_the_schema_lacks():
    items = json.loads(read_head.RELATIONS.read_text(encoding="utf-8"))
    known = {item["wikidata_property"] for item in items} | {item["name"] for item in items}
    relations, wordings = read_data.read_others(read_data.OTHERS)
    assert not known & set(relations)
    for patterns in wordings.patterns.values():
        assert all(pattern.count("{x}") == 1 for pattern in patterns)


def test_an_example_question_never_helps_the_question_it_was_made_of():
    labels = [("P19", "subject"), ("P19", "object")]
    corpus = Corpus(
        relations={"P19": BORN},
        questions=[AskedQuestion("where was ada born", labels[0])],
        wordings=Wordings({labels[0]: ("Where was {x} born?",), labels[1]: ("a {x}", "b {x}")}),
        names={},
    )
    bank = ExampleBank(ExamplePool(corpus, labels).draw(2, random.Random(1)), 2)
    assert [len(texts) for texts in bank.texts] == [2, 2]
    assert "where was ada born" in bank.texts[0]
    assert all("{x}" not in text for texts in bank.texts for text in texts)
    sources = ["where was ada born", "Where was {x} born?", "a {x}"]
    own = bank.own(sources, [0, 0, 0])
    assert own.sum(-1).tolist() == [[1, 0], [1, 0], [0, 0]]
    bank.fill(torch.eye(4))
    at = bank.sources[0].index(sources[0])
    asked = bank.vectors[0, at : at + 1]
    assert nearest(asked, bank.vectors, ~bank.there[None])[0].tolist() == [[1.0, 0.0]]
    near, there = nearest(asked, bank.vectors, own[:1])
    assert near.tolist() == [[0.0, 0.0]]
    assert there.all()
    hidden = torch.ones(1, 2, 2, dtype=torch.bool)
    assert not nearest(asked, bank.vectors, hidden)[1].any()
    rng = random.Random(1)
    assert bank.seen(0.0, 0.0, rng).all()
    assert not bank.seen(0.0, 1.1, rng).any()


@pytest.mark.slow
def test_it_trains_saves_and_resumes(data, monkeypatch):
    (data / "packs.json").write_text("[]")
    relations = read_head.Schema(data / "relations.json", data / "packs.json")
    monkeypatch.setattr(read_data, "OTHERS", data / "others.json")
    whole = read_head.train(data, data / "out", relations, TINY, SHIPPED)
    manifest = json.loads((data / "out" / "manifest.json").read_text())
    assert manifest["metrics"] == whole
    assert Thresholds.of("read", data / "out") == SHIPPED
    assert not (data / "out" / "unfinished.pt").exists()
    tensors = load_file(data / "out" / manifest["weights"])
    assert any(name.startswith("lora.") for name in tensors)

    stop = KeyboardInterrupt
    steps = read_head.ReadTraining._train_step

    def interrupted(training):
        if training.step == 2:
            raise stop
        return steps(training)

    monkeypatch.setattr(read_head.ReadTraining, "_train_step", interrupted)
    with pytest.raises(stop):
        read_head.train(data, data / "again", relations, TINY, SHIPPED)
    assert (data / "again" / "unfinished.pt").exists()
    monkeypatch.setattr(read_head.ReadTraining, "_train_step", steps)
    read_head.train(data, data / "again", relations, TINY, SHIPPED)
    resumed = load_file(data / "again" / manifest["weights"])
    assert all(tensors[name].allclose(resumed[name], atol=1e-3) for name in tensors)

    kept = load_known(data / "out" / FILE, manifest["sha256"])
    assert set(kept) == set(read_head.schema_texts(relations))
    assert load_known(data / "out" / FILE, "other") == {}

    shared = SharedEncoder()
    head = shared.load_adapter("read", data / "out")
    matcher = RelationMatcher(shared, head)
    ranked = matcher.rank(["where was this person born"], [BORN])
    assert {match.known for match in ranked} == {"subject", "object"}
    assert base.read_manifest("read", data / "out")["adapter"] == {"rank": 2, "alpha": 4}


def test_it_names_the_data_that_is_missing(tmp_path, capsys):
    with pytest.raises(SystemExit) as caught:
        read_head.main(["--data", str(tmp_path), "--out", str(tmp_path / "out")])
    assert caught.value.code == 2
    assert "annotated_wd_data_train.txt" in capsys.readouterr().err
