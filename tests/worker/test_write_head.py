"""EncoderWriteHead: with random weights for the mechanics, with the shipped ones for the sense.

A random head tags nearly everything and proposes nearly every triple, so it is the harder test
of spans, seams and order.
"""

import hashlib
import json
import threading
from dataclasses import asdict, replace
from itertools import pairwise

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file

from worker import registry
from worker.english.demonyms import country_of
from worker.heads.encoder.base import WEIGHTS, SharedEncoder, WeightsMissing
from worker.heads.encoder.embedder import MiniLMEmbedder
from worker.heads.encoder.extractor import ExtractorConfig, WriteExtractor
from worker.heads.encoder.pair_reader import MOODS, ReaderConfig
from worker.heads.encoder.pair_scores import Reading
from worker.heads.encoder.proposals import EntityMentions
from worker.heads.encoder.scoring import Scoring
from worker.heads.encoder.second_look import LOOK_FILE
from worker.heads.encoder.write_head import EncoderWriteHead, WriteHeadConfig
from worker.protocol import parse_write
from worker.types import MentionSpan, PassageText, RelationSpec, Span

BORN = RelationSpec(
    "1", "place of birth", "most specific known birth location of a person", wikidata_property="P19"
)
COUNTRY = RelationSpec("2", "country", "sovereign state of this item", wikidata_property="P17")
OWN = RelationSpec("3", "sponsored by", "the company that pays for the subject's activities")
TEXT = (
    "Ada Lovelace was born in London in 1815. She worked with Charles Babbage, "
    "who designed the Analytical Engine. London is the capital of the United Kingdom."
)
SENTENCES = (Span(0, 40), Span(41, 109), Span(110, 154))


def passage(text=TEXT, sentences=(), name="p"):
    return PassageText(name, text, tuple(sentences))


@pytest.fixture(scope="module")
def shared():
    return SharedEncoder()


@pytest.fixture(scope="module")
def random_folder(tmp_path_factory):
    """A folder of write-head weights drawn at random: two known relations, a neutral adapter."""
    folder = tmp_path_factory.mktemp("random")
    torch.manual_seed(3)
    config = ExtractorConfig(block=8, pair=16, triangle=4, tagging=16, same=8)
    model = WriteExtractor(config, torch.nn.functional.normalize(torch.randn(2, 384), dim=-1))
    torch.nn.init.normal_(model.tagger[3].weight, std=1.0)
    save_file(
        {f"head.{k}": v.contiguous() for k, v in model.state_dict().items()},
        folder / "weights.safetensors",
    )
    manifest = {
        "weights": "weights.safetensors",
        "sha256": hashlib.sha256((folder / "weights.safetensors").read_bytes()).hexdigest(),
        "adapter": {"rank": 2, "alpha": 2},
        "head": asdict(config),
        "relations": ["P19", "P17"],
        "calibration": {"scale": 1.0, "offset": 0.0},
        "thresholds": {"review": 0.5, "same": 0.5},
    }
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder


@pytest.fixture(scope="module")
def random_head(random_folder, shared):
    return EncoderWriteHead(random_folder, WriteHeadConfig(threshold=0.0), shared)


@pytest.fixture(scope="module")
def head():
    return registry.write_head("encoder")


def check_spans(source, extraction):
    """Assert that everything found is exactly a stretch of the text, inside its evidence."""
    text = source.text
    for mention in extraction.mentions:
        assert 0 <= mention.span.start < mention.span.end <= len(text)
    for p in extraction.proposals:
        for argument in (p.subject, p.object):
            assert text[argument.span.start : argument.span.end] == argument.text
            assert argument.name in text or country_of(argument.text) == argument.name
            assert p.sentence.start <= argument.span.start
            assert argument.span.end <= p.sentence.end <= len(text)
        assert 0.0 <= p.score <= 1.0
    assert [(p.subject.called, p.object.called) for p in extraction.proposals] == [
        (s, o) for s, _, o in parse_write(extraction.call)
    ]


class ReadsAll:
    """A reader that takes every pair it reads for the same mood."""

    config = ReaderConfig()

    def __init__(self, mood):
        self.mood = mood

    def read(self, states, read, pooled):
        logits = torch.full((*pooled.shape[:2], len(MOODS)), -20.0)
        logits[..., MOODS.index(self.mood)] = 20.0
        return pooled, logits


def test_it_says_clearly_that_weights_are_missing(tmp_path):
    with pytest.raises(WeightsMissing, match=r"python -m worker\.training\.write_head"):
        EncoderWriteHead(tmp_path)


@pytest.mark.parametrize("mood", MOODS)
def test_what_a_text_only_speaks_of_stays_out_of_proposals_and_call(random_folder, shared, mood):
    config = WriteHeadConfig(threshold=1e-6, least_margin=-100.0)
    head = EncoderWriteHead(random_folder, config, shared)
    scoring = Scoring.of({"margin": 1.0, "mood": 1.0, "offset": 0.0})
    head.reading = Reading(ReadsAll(mood), head.model, scoring, -100.0)
    source = passage(TEXT, SENTENCES)
    (found,) = head.extract([source], [BORN, COUNTRY, OWN])
    check_spans(source, found)
    chosen, other = found.proposals, found.unstated
    if mood not in ("stated", "ended"):
        chosen, other = other, chosen
        assert found.call == "({MEM_WRITE-->})"
    assert chosen
    assert {p.mood for p in chosen} == {mood}
    assert not other
    people = [EntityMentions((m,), m.type) for m in found.mentions]
    related = head.relations_between(source, people, [BORN, COUNTRY], 1e-6)
    assert bool(related) == (mood in ("stated", "ended"))


def test_the_mood_of_a_relation_that_it_was_not_trained_on_is_read_too(random_folder, shared):
    head = EncoderWriteHead(random_folder, WriteHeadConfig(threshold=1e-6), shared)
    scoring = Scoring.of({"offset": -30.0})
    head.reading = Reading(ReadsAll("denied"), head.model, scoring, 100.0)
    for asked in ([OWN], [OWN, BORN]):  # alone, and beside one that nothing is expected of
        (found,) = head.extract([passage(TEXT, SENTENCES)], asked)
        assert not found.proposals
        assert {p.relation_id for p in found.unstated} == {"3"}


def test_what_follows_is_proposed_too_where_it_is_asked_for(random_folder, shared):
    config = WriteHeadConfig(threshold=1e-6)
    head = EncoderWriteHead(random_folder, config, shared)
    before = head.extract([passage()], [BORN])
    scoring = Scoring.of({"offset": -30.0})
    head.reading = Reading(ReadsAll("stated"), head.model, scoring, -100.0)
    assert head.extract([passage()], [BORN])[0].proposals == ()
    head.config = replace(config, implied=True)
    assert head.extract([passage()], [BORN]) == before


def test_it_keeps_what_scores_are_made_of_where_that_is_asked_for(random_folder, shared):
    head = EncoderWriteHead(random_folder, WriteHeadConfig(threshold=1e-6), shared)
    scoring = Scoring.of({"margin": 0.1, "offset": 0.0})
    head.reading = Reading(ReadsAll("stated"), head.model, scoring, -100.0)
    assert all(t.signs == () for t in head.scored([passage()], [BORN])[0])
    head.config = replace(head.config, keep_signs=True)
    (found,) = head.scored([passage()], [BORN])
    assert found
    for triple in found:
        assert scoring(torch.tensor(triple.signs)).item() == pytest.approx(triple.score, abs=1e-5)


def test_it_answers_for_every_passage_in_order(random_head):
    sources = [
        passage("", name="a"),
        passage(TEXT, SENTENCES, "b"),
        passage("Word", name="c"),
        passage(" \n ", name="d"),
        passage("Paris. " * 30, name="e"),
    ]
    found = random_head.extract(sources, [BORN, COUNTRY])
    assert [e.passage_id for e in found] == ["a", "b", "c", "d", "e"]
    assert found[0].proposals == found[2].proposals == found[3].proposals == ()
    assert found[1].proposals
    for source, extraction in zip(sources, found, strict=True):
        check_spans(source, extraction)


def test_it_reads_capitals_as_small_letters_and_quotes_them_as_they_stand(random_head):
    loud = "ANNA HOLT WAS BORN IN OSLO. SHE WORKS FOR THE SOLVANG MUSEUM OF TURKU IN FINLAND."
    quiet = "Anna Holt was born in Oslo. She works for the Solvang Museum of Turku in Finland."
    sentences = [Span(0, 27), Span(28, len(loud))]
    one, other = random_head.extract(
        [passage(loud, sentences), passage(quiet, sentences)], [BORN, COUNTRY]
    )
    check_spans(passage(loud, sentences), one)
    assert one.mentions == other.mentions
    assert one.proposals
    for loudly, quietly in zip(one.proposals, other.proposals, strict=True):
        assert loudly.subject.span == quietly.subject.span
        assert loudly.subject.called == quietly.subject.called.upper()


def test_it_finds_nothing_when_nothing_is_asked(random_head):
    assert random_head.extract([], [BORN]) == []
    (found,) = random_head.extract([passage()], [])
    assert found.proposals == ()
    assert parse_write(found.call) == []
    assert found.mentions


def test_it_scores_a_relation_that_it_was_never_trained_on(random_head):
    (found,) = random_head.extract([passage()], [OWN, BORN])
    assert {p.relation_id for p in found.proposals} == {"3", "1"}


def test_it_respects_the_types_that_an_own_relation_takes(random_head):
    narrow = replace(OWN, subject_types=("PER",), object_types=("LOC", "TIME"))
    (found,) = random_head.extract([passage(TEXT * 3)], [narrow])
    assert found.proposals
    for p in found.proposals:
        assert p.subject.type == "PER"
        assert p.object.type in {"LOC", "TIME"}


def test_it_does_not_care_how_passages_are_batched(random_folder, shared):
    sources = [passage(TEXT[:n], name=str(n)) for n in (30, 154, 60, 120, 90)]
    runs = [
        EncoderWriteHead(
            random_folder, WriteHeadConfig(threshold=0.0, batch=b, batch_pieces=p), shared
        ).extract(sources, [BORN, COUNTRY])
        for b, p in ((1, 4096), (16, 4096), (16, 64))
    ]
    for other in runs[1:]:
        for one, two in zip(runs[0], other, strict=True):
            assert one.call == two.call
            # Rounded to 8 bits, what is added up in another order may differ by a step.
            assert [p.score for p in one.proposals] == pytest.approx(
                [p.score for p in two.proposals], abs=2e-3
            )


def test_it_gives_the_same_answer_twice(random_head):
    sources = [passage(TEXT, SENTENCES), passage(TEXT[40:], name="q")]
    assert random_head.extract(sources, [BORN]) == random_head.extract(sources, [BORN])


def test_it_reads_a_text_longer_than_its_window_to_the_end(random_folder, shared):
    text = " ".join(f"Town {chr(65 + i % 26)}{i} lies in Land {i}." for i in range(30))
    head = EncoderWriteHead(
        random_folder, WriteHeadConfig(threshold=0.4, window=48, stride=24), shared
    )
    source = passage(text)
    (found,) = head.extract([source], [BORN])
    check_spans(source, found)
    assert max(m.span.end for m in found.mentions) > len(text) - 40
    assert max(p.object.span.end for p in found.proposals) > len(text) - 40
    keys = [(p.subject.text, p.relation_id, p.object.text) for p in found.proposals]
    assert len(keys) == len(set(keys))


def test_it_scores_given_entities(random_head):
    source = passage(TEXT, SENTENCES)
    person = EntityMentions((MentionSpan(Span(0, 12), "PER"),), "PER")
    place = EntityMentions((MentionSpan(Span(25, 31), "LOC"),), "LOC")
    part_of_word = EntityMentions((MentionSpan(Span(26, 29), "LOC"),), "LOC")
    found = random_head.relations_between(source, [person, place, part_of_word], [BORN], 0.0)
    assert {(t.subject, t.object) for t in found} == {(person, place), (place, person)}


SCRIPTS = (
    "aB é\u0301ß漢字かな한עבריתعربىहिन्दीไทย😀👩‍👩‍👧🇩🇪\u200f\u202e\u00ad\x00\n\t.,;>>(){}\\--1९Ⅷﬁİ"
)


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    text=st.one_of(
        st.text(max_size=80),
        st.text(alphabet=SCRIPTS, max_size=120),
        st.lists(st.text(alphabet=SCRIPTS, min_size=1, max_size=8), max_size=15).map(" ".join),
    ),
    cuts=st.lists(st.integers(0, 120), max_size=4),
)
def test_its_spans_index_any_text_exactly(random_head, text, cuts):
    edges = sorted({0, len(text), *(c for c in cuts if c < len(text))})
    sentences = [Span(a, b) for a, b in pairwise(edges)]
    source = passage(text, sentences)
    (found,) = random_head.extract([source], [BORN])
    check_spans(source, found)


def test_it_survives_names_made_of_the_protocol_s_own_signs(random_head):
    text = "A>>B; C (MEM_WRITE--> x>>y>>z) {D} ({MEM_WRITE--> a>>b>>c}) E\\F."
    source = passage(text)
    (found,) = random_head.extract([source], [BORN])
    check_spans(source, found)
    assert found.proposals


def test_it_shares_one_encoder_between_threads(random_head, shared):
    source = passage(TEXT, SENTENCES)
    expected = random_head.extract([source], [BORN])
    vectors = shared.embed(["London"])
    wrong = []

    def work():
        for _ in range(4):
            if random_head.extract([source], [BORN]) != expected:
                wrong.append("extract")
            if not torch.allclose(shared.embed(["London"]), vectors, atol=1e-6):
                wrong.append("embed")

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


@pytest.mark.slow
def test_it_bounds_its_memory_on_a_window_full_of_names(random_head):
    text = " ".join(f"N{i}" for i in range(150))
    (found,) = random_head.extract([passage(text)], [BORN])
    check_spans(passage(text), found)
    assert len(found.proposals) > 1000


def test_it_ships_weights_that_match_their_manifest(head):
    folder = WEIGHTS / "write"
    manifest = json.loads((folder / "manifest.json").read_text())
    content = (folder / manifest["weights"]).read_bytes()
    assert hashlib.sha256(content).hexdigest() == manifest["sha256"]
    look = (folder / LOOK_FILE).read_bytes()
    assert hashlib.sha256(look).hexdigest() == manifest["look"]["sha256"]
    assert head.version == manifest["sha256"][:6] + manifest["look"]["sha256"][:6]
    # Both default heads together take at most 40 MB.
    own = [path for path in WEIGHTS.rglob("*") if path.is_file()]
    shipped = [path.stat().st_size for path in own if WEIGHTS / "causal" not in path.parents]
    assert sum(shipped) <= 40_000_000
    for name in (manifest["weights"], LOOK_FILE):
        assert all(t.isfinite().all() for t in load_file(folder / name).values())
    held = manifest["metrics"]["held"]
    assert held["end_to_end"]["f1"] >= 0.37
    assert held["end_to_end_at_review_threshold"]["precision"] >= 0.5
    assert {"git_commit", "seed", "split", "data", "settings"} <= manifest.keys()


def test_it_finds_a_plain_fact_in_a_plain_sentence(head):
    source = passage(TEXT, SENTENCES)
    (found,) = head.extract([source], [BORN, COUNTRY])
    check_spans(source, found)
    facts = {(p.subject.text, p.relation_id, p.object.text) for p in found.proposals}
    assert ("Ada Lovelace", "1", "London") in facts
    assert ("London", "2", "the United Kingdom") in facts
    born = next(p for p in found.proposals if p.relation_id == "1")
    assert born.sentence == SENTENCES[0]
    assert born.subject.type == "PER"
    assert MiniLMEmbedder().embed(["x"]).shape == (1, 384)
