"""Our own corpus: wordings composed into texts, annotated documents, and what is shipped."""

import json
import random
from collections import Counter
from pathlib import Path

import pytest

from worker.heads.encoder.pair_reader import MOODS
from worker.training import augment, statements
from worker.training.statements import Composer, Kind, MalformedCorpus, Named
from worker.training.write_corpus import kept_apart, pack_relations, relation_kinds

READING = Path(statements.__file__).parent / "data" / "reading"
SCHEMA = Path(__file__).parents[2] / "apps" / "memory" / "data" / "relations.json"
PACKS = SCHEMA.parent / "packs.json"
KINDS = {
    "place of birth": Kind("P19", ("PER",), ("LOC",)),
    "place of death": Kind("P20", ("PER",), ("LOC",)),
    "capital": Kind("P36", ("LOC",), ("LOC",), "P1376"),
}
NAMES = {"PER": ["Ada Brook", "Ben Hall", "Carl Ott", "Dora Pine"],
         "LOC": ["Oslo", "Turku", "Leeds", "Porto"]}  # fmt: skip


def written(folder, *rows):
    path = folder / "rows.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    return path


def composed(folder, row, seed=0):
    relations = statements.read_wordings(written(folder, row))
    return list(Composer(relations, NAMES, KINDS).epoch(random.Random(seed), most=2))


def facts(document):
    def name(entity):
        return document.entities[entity][0].span.of(document.text)

    return {(name(t.subject), t.property, name(t.object), t.mood) for t in document.triples}


def test_it_composes_texts_whose_spans_and_facts_are_those_of_the_wordings(tmp_path):
    row = {
        "relation": "place of birth",
        "stated": [
            {
                "text": "{s} was born in {o}, {per} in {loc}. {s.last} left.",
                "also": [["per", "place of birth", "loc"]],
            }
        ],
    }
    (document,) = composed(tmp_path, row)
    people = [e for e in document.entities if e[0].type == "PER"]
    assert [m.span.of(document.text) for m in people[0]][1] == people[0][0].span.of(
        document.text
    ).split()[-1]
    assert len(facts(document)) == 2
    assert {(p, mood) for _, p, _, mood in facts(document)} == {("P19", "stated")}
    assert len({s for s, *_ in facts(document)}) == 2
    assert [t.evidence for t in document.triples] == [(0,), (0,)]


@pytest.mark.parametrize("mood", MOODS)
def test_a_wording_has_the_mood_that_it_stands_under(tmp_path, mood):
    (document,) = composed(tmp_path, {"relation": "place of birth", mood: ["{s} and {o}."]})
    assert [m for *_, m in facts(document)] == [mood]


def test_a_near_miss_states_nothing_or_another_relation(tmp_path):
    near = ["{s} saw {o}.", {"text": "{s} died in {o}.", "states": "place of death"}]
    documents = composed(tmp_path, {"relation": "place of birth", "near": near})
    found = [p for document in documents for _, p, _, _ in facts(document)]
    assert found == ["P20"]
    swapped = {"text": "{o} has {s} for its capital.", "states": "capital", "swap": True}
    (document,) = composed(tmp_path, {"relation": "capital", "near": [swapped]})
    ((first, *_),) = [fact for fact in facts(document) if fact[1] == "P36"]
    assert document.text.startswith(first)


def test_what_a_relation_says_turned_round_is_a_fact_too(tmp_path):
    (document,) = composed(tmp_path, {"relation": "capital", "stated": ["{s}: {o}."]})
    assert {(p, m) for _, p, _, m in facts(document)} == {("P36", "stated"), ("P1376", "stated")}


def test_fillers_of_a_relation_go_before_names_of_its_type(tmp_path):
    row = {"relation": "place of birth", "subjects": ["Zed|PER"], "stated": ["{s} in {o}."]}
    (document,) = composed(tmp_path, row)
    assert document.text.startswith("Zed in ")
    assert statements.read_wordings(written(tmp_path, row))[0].subjects == (Named("Zed", "PER"),)


def test_it_reads_documents_with_marks(tmp_path):
    row = {
        "kind": "news",
        "text": "[[Ada Brook|a:PER]] came.\n[[She|a]] was born in [[Oslo|o:LOC]].",
        "facts": [["a", "place of birth", "o", {"from": "1900"}]],
        "ok": [],
    }
    (document,) = statements.read_documents(written(tmp_path, row), KINDS)
    assert document.text == "Ada Brook came.\nShe was born in Oslo."
    assert [m.span.of(document.text) for m in document.entities[0]] == ["Ada Brook", "She"]
    (fact,) = document.triples
    assert (fact.property, fact.evidence, fact.mood) == ("P19", (1,), "stated")


def test_it_reads_what_a_document_only_speaks_of(tmp_path):
    row = {
        "text": "[[Ada Brook|a:PER]] was never in [[Oslo|o:LOC]].",
        "facts": [],
        "moods": {"denied": [["a", "place of birth", "o"]]},
    }
    (document,) = statements.read_documents(written(tmp_path, row), KINDS)
    assert [(t.property, t.mood) for t in document.triples] == [("P19", "denied")]
    with pytest.raises(MalformedCorpus, match="no mood: sad"):
        statements.read_documents(written(tmp_path, {**row, "moods": {"sad": []}}), KINDS)


@pytest.mark.parametrize(
    "row",
    [
        {"relation": "place of birth", "stated": ["{s} was born."]},
        {"stated": []},
        {"relation": "place of birth", "stated": [{"text": "{s} {o}", "also": [["s", "x", "q"]]}]},
        {"relation": "place of birth", "subjects": ["Zed"]},
    ],
)
def test_it_refuses_a_malformed_line_by_its_number(tmp_path, row):
    good = {"relation": "place of birth", "stated": ["{s} {o}"]}
    with pytest.raises(MalformedCorpus, match=r"rows\.jsonl, line 2"):
        statements.read_wordings(written(tmp_path, good, row))


def test_it_refuses_a_document_whose_fact_names_nobody(tmp_path):
    row = {"text": "[[A|a:PER]]", "facts": [["a", "place of birth", "b"]]}
    with pytest.raises(MalformedCorpus, match="line 1"):
        statements.read_documents(written(tmp_path, row), KINDS)


@pytest.fixture(scope="module")
def kinds():
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    return relation_kinds(schema, pack_relations(PACKS))


@pytest.fixture(scope="module")
def shipped():
    return [r for f in sorted(READING.glob("statements/*")) for r in statements.read_wordings(f)]


def test_the_shipped_wordings_are_many_for_every_relation(shipped, kinds):
    assert len({one.name for one in shipped}) == len(shipped)
    for relation in shipped:
        groups = Counter(w.mood for w in relation.wordings if ("s", relation.name, "o") in w.facts)
        assert relation.name in kinds
        assert groups["stated"] >= 40, relation.name
        assert min(groups[mood] for mood in ("denied", "uncertain")) >= 6, relation.name
        near = [w for w in relation.wordings if ("s", relation.name, "o") not in w.facts]
        assert len(near) >= 20, relation.name
        texts = [w.text for w in relation.wordings]
        assert len(set(texts)) == len(texts), relation.name
        assert all(end in kinds for w in relation.wordings for _, end, _ in w.facts)


def test_the_shipped_wordings_and_documents_become_examples(shipped, kinds):
    names = json.loads((READING / "names.json").read_text(encoding="utf-8"))
    texts = list(Composer(shipped, names, kinds).epoch(random.Random(1)))[:200]
    documents = [
        d for f in sorted(READING.glob("documents/*")) for d in statements.read_documents(f, kinds)
    ]
    assert len(documents) >= 90
    assert len({one.name for one in shipped}) == len(kinds)
    for document in (*texts, *documents):
        assert document.sentences
        for entity in document.entities:
            assert all(m.span.of(document.text).strip() for m in entity)
        assert all(t.evidence for t in document.triples)
        assert not statements.SLOT.search(document.text)
        assert not statements.MARK.search(document.text)


def test_a_text_takes_up_its_people_again_by_their_surnames(tmp_path, monkeypatch):
    monkeypatch.setattr(statements, "TAKEN_UP", 1.0)
    monkeypatch.setattr(statements, "SURNAME_ALONE", 1.0)
    row = {"relation": "place of birth", "stated": ["{s} was born in {o}.", "{s} hails from {o}."]}
    documents = [d for seed in range(20) for d in composed(tmp_path, row, seed)]
    again = [d for d in documents if any(len(e) > 1 for e in d.entities)]
    assert again
    for document in again:
        names = [[m.span.of(document.text) for m in e] for e in document.entities]
        assert all(n[1] in (n[0].split()[-1], n[0]) for n in names if len(n) > 1)
        assert len(facts(document)) == 2  # never two sentences of one pair


def test_wordings_kept_apart_are_the_same_ones_in_every_run():
    (relation, *_) = statements.read_wordings(READING / "statements" / "01.jsonl")
    apart = kept_apart(5)
    kept, other = relation.split(apart)
    assert kept.wordings
    assert other.wordings
    assert sorted((*kept.wordings, *other.wordings), key=lambda w: w.text) == sorted(
        relation.wordings, key=lambda w: w.text
    )
    assert all(apart(w.text) for w in other.wordings)


def test_people_and_firms_get_other_names_and_their_facts_stay(tmp_path):
    text = (
        "[[Anna Holt|a:PER]] runs [[Veldt Ltd|v:ORG]] in [[Oslo|o:LOC]]. "
        "[[Holt|a]] was born in [[Turku|t:LOC]]; [[she|a]] sold [[the firm|v]]."
    )
    row = {"kind": "news", "text": text, "facts": [["a", "place of birth", "t"]]}
    (document,) = statements.read_documents(written(tmp_path, row), KINDS)
    names = {"PER": ["Mei Lindqvist"], "ORG": ["Kranz AG"]}
    made = augment.rename(document, names, random.Random(0), 1.0)
    assert made.text == (
        "Mei Lindqvist runs Kranz AG in Oslo. Lindqvist was born in Turku; she sold the firm."
    )
    assert made.triples == document.triples
    assert augment.rename(document, names, random.Random(0), 0.0) == document


def test_a_name_that_the_text_holds_is_given_to_nobody(tmp_path):
    text = "[[Anna Holt|a:PER]] met [[Mei Lindqvist|b:PER]]."
    row = {"kind": "news", "text": text, "facts": []}
    (document,) = statements.read_documents(written(tmp_path, row), KINDS)
    assert augment.rename(document, {"PER": ["Mei Lindqvist"]}, random.Random(0), 1.0) == document


def test_an_entity_that_is_called_something_else_too_keeps_its_names(tmp_path):
    text = "[[Anna Holt|a:PER]], or [[Nan|a]], met [[Bo Ek|b:PER]]."
    row = {"kind": "news", "text": text, "facts": []}
    (document,) = statements.read_documents(written(tmp_path, row), KINDS)
    made = augment.rename(document, {"PER": ["Mei Lindqvist"]}, random.Random(0), 1.0)
    assert made.text == "Anna Holt, or Nan, met Mei Lindqvist."
