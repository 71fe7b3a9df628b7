"""Judging extractions against annotated documents, and the figures made of them."""

import random
from dataclasses import dataclass
from itertools import pairwise, permutations

import pytest

from tests.worker.docred import row
from worker.heads.encoder.proposals import ScoredTriple
from worker.training import judging, metrics, redocred
from worker.types import Argument, MentionSpan, PassageExtraction, Proposal, RelationSpec, Span

SPECS = [RelationSpec(p, p, wikidata_property=p) for p in ("P19", "P569")]


def named(names, labels):
    """A document in which each entity is named by these words, one mention for each."""
    words = [name for entity in names for name in entity]
    places = iter(range(len(words)))
    entities = [
        [
            {"sent_id": 0, "pos": [at, at + 1], "type": "PER"}
            for _, at in zip(entity, places, strict=False)
        ]
        for entity in names
    ]
    return redocred.document(
        {
            "title": "",
            "sents": [words],
            "vertexSet": entities,
            "labels": [{"h": h, "r": r, "t": t} for h, r, t in labels],
        }
    )


def rights(document, predicted):
    return [right for _, right, _ in judging.judge(document, predicted)]


def test_it_judges_triples_by_any_mention_and_counts_each_once():
    document = redocred.document(row())
    judged = judging.judge(
        document,
        [
            ("LOVELACE", "P19", "london", 0.9),
            ("Ada Lovelace", "P19", "London", 0.8),
            ("London", "P19", "Ada Lovelace", 0.7),
            ("Ada Lovelace", "P569", "1815", 0.6),
            ("Ada Lovelace", "P17", "London", 0.5),
        ],
    )
    assert [right for _, right, _ in judged] == [True, False, False, True, False]
    at = metrics.at_threshold(judged, 2, 0.6)
    assert at == {"precision": 0.5, "recall": 1.0, "f1": pytest.approx(2 / 3)}
    assert metrics.at_threshold([], 2, 0.6) == {"precision": 0.0, "recall": 0.0, "f1": 0.0}
    assert metrics.best_threshold(judged, 2, least_precision=0.9) >= 0.8


def test_it_folds_the_case_of_every_script():
    document = named([["STRASSE"], ["İzmir"], ["Ὀδυσσεύς"]], [(0, "P1", 1), (0, "P1", 2)])
    predicted = [("straße", "P1", "İZMIR", 0.9), ("Straße", "P1", "ὈΔΥΣΣΕΎΣ", 0.8)]
    assert rights(document, predicted) == [True, True]


def test_it_places_predictions_where_entities_share_a_name():
    # "ann" names two people; only one of them is also "annie".
    document = named([["ann", "annie"], ["ann"], ["rome"]], [(0, "P1", 2), (1, "P1", 2)])
    assert rights(document, [("ann", "P1", "rome", 0.9), ("annie", "P1", "rome", 0.8)]) == [
        True,
        True,
    ]
    assert rights(document, [("annie", "P1", "rome", 0.9), ("ann", "P1", "rome", 0.8)]) == [
        True,
        True,
    ]


def most_right(document, predicted):
    """The largest number of predictions that different gold triples can be given, by trying."""
    gold = sorted(judging.gold_triples(document))
    names = [document.names(i) for i in range(len(document.entities))]
    size = max(len(gold), len(predicted))
    padded = [*gold, *[None] * (size - len(gold))]
    best = 0
    for order in permutations(padded, len(predicted)):
        fits = sum(
            g is not None and p[1] == g[1] and p[0] in names[g[0]] and p[2] in names[g[2]]
            for g, p in zip(order, predicted, strict=True)
        )
        best = max(best, fits)
    return best


def test_it_finds_the_best_placing_for_every_threshold():
    rng = random.Random(5)
    shared = 0
    for _ in range(60):
        names = [rng.sample("abcd", rng.randint(1, 3)) for _ in range(4)]
        pairs = rng.sample([(h, t) for h in range(4) for t in range(4) if h != t], 4)
        document = named(names, [(h, "P1", t) for h, t in pairs])
        wanted = {(rng.choice("abcd"), "P1", rng.choice("abcd")) for _ in range(5)}
        predicted = [(*p, 0.9 - i / 10) for i, p in enumerate(sorted(wanted))]
        found = rights(document, predicted)
        for upto in range(len(predicted) + 1):
            assert sum(found[:upto]) == most_right(document, predicted[:upto])
        shared += any(set(a) & set(b) for a, b in pairwise(names))
    assert shared > 30


def test_it_counts_repeated_labels_and_repeated_entities_once():
    one = row()
    one["vertexSet"].append(list(reversed(one["vertexSet"][0])))  # entity 3 is entity 0 again
    one["labels"] += [dict(one["labels"][0]), {"h": 3, "r": "P19", "t": 1}]
    document = redocred.document(one)
    assert judging.distinct(document) == [0, 1, 2, 0]
    assert judging.gold_triples(document) == {(0, "P19", 1), (0, "P569", 2)}
    assert rights(document, [("Ada Lovelace", "P19", "London", 0.9)]) == [True]
    assert (
        len(FindsAll().relations_between(None, list(metrics.gold_entities(document)), SPECS)) == 6
    )
    assert metrics.measure(FindsAll(), [document], SPECS).gold == {"P19": 1, "P569": 1}


def test_it_counts_mentions_by_exact_span():
    document = redocred.document(row())
    spans = [m.span for e in document.entities for m in e]
    found = [
        MentionSpan(spans[0], "ORG"),
        MentionSpan(spans[1], "PER"),
        MentionSpan(Span(0, 3), "PER"),
    ]
    assert judging.mention_counts(document, found, typed=False) == (2, 3, 5)
    assert judging.mention_counts(document, found, typed=True) == (1, 3, 5)


class FindsAll:
    """Says that the first two words of a text stand in every relation; knows thresholds."""

    def __init__(self):
        self.config = Config()
        self.seen = []

    def extract(self, passages, relations):
        self.seen.append((len(passages), self.config.threshold))
        return [self.one(p, relations) for p in passages]

    def one(self, passage, relations):
        words = passage.text.split()[:2]
        if len(words) < 2:
            return PassageExtraction(passage.id, (), "")
        spans = [Span(0, len(words[0])), Span(len(words[0]) + 1, len(" ".join(words)))]
        one, other = (Argument(s.of(passage.text), s, "PER") for s in spans)
        found = tuple(
            Proposal(one, r.id, other, spans[0], 0.5, mood=mood)
            for r in relations
            for mood in ("stated", "denied")
        )
        return PassageExtraction(passage.id, found, "", tuple(MentionSpan(s, "PER") for s in spans))

    def relations_between(self, passage, entities, relations, threshold=0.5):
        return [
            ScoredTriple(entities[0], r.id, other, 0.6) for r in relations for other in entities
        ]


@dataclass(frozen=True)
class Config:
    threshold: float = 0.4


def test_it_measures_documents_in_small_lots_and_tells_how_far_it_is():
    documents = [named([["a"], ["b"]], [(0, "P19", 1)]) for _ in range(20)]
    head, told = FindsAll(), []
    measured = metrics.measure(head, documents, SPECS, progress=told.append)
    assert [size for size, _ in head.seen] == [8, 8, 4]
    assert told == list(range(1, 21))
    assert measured.documents == 20
    assert measured.gold == {"P19": 20}
    assert measured.mentions == {"precision": 1.0, "recall": 1.0, "f1": 1.0}
    shown = metrics.report(measured, best=0.5, review=0.6, given_entities=0.5)
    assert shown["end_to_end"] == {"precision": 0.5, "recall": 1.0, "f1": pytest.approx(2 / 3)}
    assert shown["relations_gold_entities"]["precision"] == 0.25
    assert shown["end_to_end_at_review_threshold"]["recall"] == 0.0
    assert shown["by_relation"]["P569"] == {"precision": 0, "recall": 0, "f1": 0, "gold": 0}
    assert len(shown["curve"]) == 49


def test_it_measures_documents_that_hold_nothing():
    empty = redocred.document({"title": "", "sents": [], "vertexSet": [], "labels": []})
    head = FindsAll()
    head.relations_between = lambda *_, **__: []
    measured = metrics.measure(head, [empty], SPECS)
    shown = metrics.report(measured, best=0.5, review=0.6, given_entities=0.5)
    nothing = {"precision": 0.0, "recall": 0.0, "f1": 0.0}
    assert shown["mentions"] == shown["end_to_end"] == nothing
    assert shown["by_relation"] == {}
    assert shown["calibration_error"] == 0.0


def test_it_lets_a_head_propose_from_a_lower_score_for_a_while():
    head = FindsAll()
    before = head.config
    with metrics.proposing_from(head):
        assert head.config.threshold == metrics.LOWEST
    assert head.config is before
    with metrics.proposing_from(object()):
        pass


def test_it_counts_calibration_by_bins():
    judged = [(0.25, False, "P1"), (0.25, True, "P1"), (0.75, True, "P1"), (1.0, True, "P1")]
    assert metrics.calibration_error(judged) == pytest.approx((0.5 + 0.25) / 4)
    assert metrics.calibration_error(judged, least=0.5) == pytest.approx(0.25 / 2)
    assert metrics.reliability(judged) == [
        {"score": 0.25, "right": 0.5, "count": 2},
        {"score": 0.75, "right": 1.0, "count": 1},
        {"score": 1.0, "right": 1.0, "count": 1},
    ]
