"""What the reader of pairs looks at, and that its order of a pair makes no difference."""

from dataclasses import replace

import pytest

pytest.importorskip("torch")

import torch

from worker.heads.encoder.extractor import Entities, distance_table
from worker.heads.encoder.features import windows
from worker.heads.encoder.moods import likeliest
from worker.heads.encoder.pair_reader import (
    KINDS,
    MOODS,
    PairReader,
    ReaderConfig,
    in_chunks,
    stretches,
    topic,
)
from worker.training.statements import sentence_spans
from worker.types import ENTITY_TYPES

TEXT = "Anna Holt was born in Oslo. It rained. It rained. Erik Dahl died in Turku."
NAMES = (("Anna Holt", "PER"), ("Oslo", "LOC"), ("Erik Dahl", "PER"), ("Turku", "LOC"))


@pytest.fixture(scope="module")
def window():
    (cut,) = windows(TEXT, sentence_spans(TEXT), size=128, stride=64)
    return cut


@pytest.fixture(scope="module")
def entities(window):
    spans, sentences = [], []
    for name, _ in NAMES:
        start = TEXT.index(name)
        inside = [w for w in window.words if start <= w.start < start + len(name)]
        spans.append((inside[0].first, inside[-1].last))
        sentences.append(inside[0].sentence)
    groups = tuple((i,) for i in range(len(spans)))
    types = torch.tensor([ENTITY_TYPES.index(kind) for _, kind in NAMES])
    return Entities(tuple(spans), groups, types, distance_table(groups, sentences))


def test_it_reads_the_sentence_of_a_pair_and_marks_who_is_who(window, entities):
    read = stretches(window.words, entities, torch.tensor([[0, 1]]), ReaderConfig())
    words = TEXT[: TEXT.index(" It")].rstrip(".").split()
    assert read.places.shape[1] >= len(words)
    roles = {
        int(place): (int(mark) - 1) // KINDS
        for place, mark in zip(read.places[0], read.marks[0], strict=True)
        if mark > 0
    }
    first, second = entities.spans[0], entities.spans[1]
    assert {roles[p] for p in range(*first)} == {0}
    assert {roles[p] for p in range(*second)} == {1}
    at = {int(p): i for i, p in enumerate(read.places[0])}
    assert int(read.distances[0, 0, at[first[0]]]) == 0
    assert int(read.distances[1, 0, at[second[0] - 1]]) == 1  # just before


def test_others_in_the_stretch_are_marked_as_others(window, entities):
    read = stretches(window.words, entities, torch.tensor([[0, 1]]), ReaderConfig())
    assert 2 not in {(int(m) - 1) // KINDS for m in read.marks[0] if m > 0}
    near = ReaderConfig(sentences=4)
    read = stretches(window.words, entities, torch.tensor([[0, 2]]), near)
    assert 2 in {(int(m) - 1) // KINDS for m in read.marks[0] if m > 0}


def test_pairs_too_far_apart_are_not_read(window, entities):
    pairs = torch.tensor([[1, 3], [2, 3]])
    read = stretches(window.words, entities, pairs, ReaderConfig(sentences=2))
    assert read.rows.tolist() == [1]
    assert read.pairs.tolist() == [[2, 3]]


def test_a_long_stretch_is_cut_around_the_pair(window, entities):
    config = ReaderConfig(sentences=4, pieces=8, around=2)
    read = stretches(window.words, entities, torch.tensor([[0, 3]]), config)
    assert read.places.shape == (1, 8)


def test_no_pair_gives_nothing(window, entities):
    read = stretches(window.words, entities, torch.zeros(0, 2, dtype=torch.long), ReaderConfig())
    assert not len(read.rows)


def test_a_pair_is_read_alike_beside_longer_ones(window, entities):
    torch.manual_seed(0)
    reader = PairReader(ReaderConfig(sentences=4), 16, 8).eval()
    states = torch.randn(len(window.ids), 16)
    alone = stretches(window.words, entities, torch.tensor([[0, 1]]), reader.config)
    beside = stretches(window.words, entities, torch.tensor([[0, 1], [0, 3]]), reader.config)
    one, mood = reader(states, alone)
    both, _ = reader(states, beside)
    assert one.shape == (2, 1, 8)
    assert mood.shape == (2, 1, len(MOODS))
    assert torch.allclose(one[:, 0], both[:, 0], atol=1e-5)
    pooled = torch.zeros(2, 2, 8)
    joined, _ = reader.read(states, beside, pooled)
    assert joined.shape == pooled.shape


@pytest.mark.parametrize(
    ("chances", "mood", "chance"),
    [
        ({"stated": 0.5, "denied": 0.3, "ended": 0.2}, "stated", 0.7),
        ({"stated": 0.3, "denied": 0.35, "ended": 0.35}, "ended", 0.65),
        ({"stated": 0.3, "denied": 0.6, "ended": 0.1}, "denied", 0.6),
        ({"stated": 0.2, "asked": 0.5, "planned": 0.3}, "asked", 0.5),
    ],
)
def test_stated_and_ended_count_together_against_what_is_only_spoken_of(chances, mood, chance):
    logits = torch.tensor([[chances.get(name, 1e-9) for name in MOODS]]).log()
    found, how = likeliest(logits)
    assert MOODS[int(found)] == mood
    assert float(how) == pytest.approx(chance, abs=1e-4)


def test_chunks_hold_every_pair_once_and_read_as_the_whole_does(window, entities):
    near = ReaderConfig(sentences=4)
    pairs = torch.triu_indices(4, 4, 1).T
    read = stretches(window.words, entities, pairs, near)
    torch.manual_seed(3)
    reader = PairReader(near, 32, 16).eval()
    states = torch.randn(len(window.ids), 32)
    vectors, moods = reader(states, read)
    seen = []
    for some in in_chunks(read, 2):
        seen += some.rows.tolist()
        at = [read.rows.tolist().index(row) for row in some.rows.tolist()]
        made, judged = reader(states, some)
        assert torch.allclose(made, vectors[:, at], atol=1e-5)
        assert torch.allclose(judged, moods[:, at], atol=1e-5)
    assert sorted(seen) == read.rows.tolist()


def test_no_pair_makes_no_chunk(window, entities):
    read = stretches(window.words, entities, torch.zeros(0, 2, dtype=torch.long), ReaderConfig())
    assert list(in_chunks(read, 4)) == []


def test_of_a_long_sentence_it_reads_the_two_ends(window, entities):
    short = ReaderConfig(pieces=6, around=50)
    read = stretches(window.words, entities, torch.tensor([[0, 1]]), short)
    whole = stretches(window.words, entities, torch.tensor([[0, 1]]), ReaderConfig())
    kept = read.places[0].tolist()
    assert kept == [*whole.places[0].tolist()[:3], *whole.places[0].tolist()[-3:]]


def test_of_the_topic_and_what_stands_far_from_it_the_two_sentences_are_read(window, entities):
    assert topic(entities) == 0
    read = stretches(window.words, entities, torch.triu_indices(4, 4, 1).T, ReaderConfig())
    pairs = [tuple(pair) for pair in read.pairs.tolist()]
    assert pairs == [(0, 1), (0, 2), (0, 3), (2, 3)]  # not Oslo with Erik or Turku
    far = read.places[pairs.index((0, 3))].tolist()
    sentences = {w.sentence for w in window.words for place in far if w.first <= place < w.last}
    assert sentences == {0, 3}
    assert read.apart.tolist() == [0, 3, 3, 0]
    whole = [p for w in window.words if w.sentence in (0, 3) for p in range(w.first, w.last)]
    assert [p for p in far if p >= 0] == whole


def test_a_date_is_no_topic(window, entities):
    types = entities.types.clone()
    types[0] = ENTITY_TYPES.index("TIME")
    assert topic(replace(entities, types=types)) == 1
