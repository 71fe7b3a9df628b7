"""Examples for training: crops of documents, and FewRel's pairs in both directions."""

import random
from collections import Counter
from dataclasses import replace

import pytest
import torch

from tests.worker.docred import row
from worker.training import augment, examples, redocred
from worker.types import ENTITY_TYPES


def test_the_parts_of_a_document_state_together_what_one_sentence_states():
    document = redocred.document(row())
    marked = replace(document, triples=tuple(replace(t, mood="ended") for t in document.triples))
    for seed in range(5):
        made = augment.parts(marked, random.Random(seed), longest=2)
        assert {t.mood for part, _ in made for t in part.triples} == {"ended"}
        for part, _ in made:
            for t in part.triples:
                assert all(0 <= s < len(part.sentences) for s in t.evidence)
        found = {t.property for part, _ in made for t in part.triples}
        alone = {t.property for t in marked.triples if len(t.evidence) == 1}
        assert alone <= found


def test_a_crop_keeps_what_its_sentences_state_and_doubts_the_rest():
    document = redocred.document(row())
    stated, doubted = Counter(), Counter()
    for seed in range(60):
        crop, doubtful = augment.crop(document, random.Random(seed), longest=2)
        for entity in crop.entities:
            for mention in entity:
                assert mention.span.of(crop.text) in {"Ada Lovelace", "Lovelace", "London", "1815"}
        for sentence in crop.sentences:
            assert sentence.of(crop.text).endswith(".")
        for t in crop.triples:
            assert "born" in crop.text
            stated[t.property] += 1
        doubted.update(doubtful)
    assert stated["P19"] > 0
    assert doubted[(0, 1)] > 0  # "Later Lovelace left London." may not state where she was born


def test_a_pair_in_doubt_is_not_asked_about():
    document = redocred.document(row())
    one = examples.example(document, {"P19": 0}, torch.tensor([True]), {(0, 1)})
    assert not one.asked[0, 1]
    assert one.asked[1, 0]
    two = redocred.document({**row(), "vertexSet": row()["vertexSet"][:1], "labels": []})
    assert examples.example(two, {"P19": 0}, torch.tensor([True])) is None


@pytest.mark.parametrize(
    ("pid", "back", "asked"),
    [("P26", "P26", True), ("P25", "P40", True), ("P59", None, True), ("P361", None, False)],
)
def test_a_fewrel_sentence_teaches_what_its_pair_says_backwards(pid, back, asked):
    properties = {p: i for i, p in enumerate(("P25", "P26", "P40", "P59", "P361"))}
    document = redocred.document(
        {**row(), "vertexSet": row()["vertexSet"][:2], "labels": [{"h": 0, "t": 1, "r": pid}]}
    )
    one = examples.fewrel_example(
        document, properties, torch.ones(len(properties), dtype=torch.bool), ("PER", "LOC")
    )
    assert one.labels[0, 1].nonzero().flatten().tolist() == [properties[pid]]
    assert one.labels[1, 0].nonzero().flatten().tolist() == ([properties[back]] if back else [])
    assert bool(one.asked[1, 0]) is asked
    assert one.entities.types.tolist() == [ENTITY_TYPES.index("PER"), ENTITY_TYPES.index("LOC")]
