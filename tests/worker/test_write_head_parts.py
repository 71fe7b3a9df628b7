"""The parts of the write head that need no trained weights."""

from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.heads.encoder.clusters import (
    SIGNS,
    Name,
    is_acronym,
    merged_groups,
    normalised,
    sign_table,
    signs,
    string_groups,
)
from worker.heads.encoder.decode import best_tags, mentions
from worker.heads.encoder.extractor import TAG, TAGS, distance_table
from worker.heads.encoder.features import SHAPES, shape_of, windows
from worker.heads.encoder.proposals import (
    EntityMentions,
    ScoredTriple,
    distinct_mentions,
    one_mood_each,
    proposal,
    sentence_index,
    without_doubles,
)
from worker.types import MentionSpan, PassageText, Span


def mention(text: str, name: str, kind: str = "PER", after: int = 0) -> MentionSpan:
    start = text.index(name, after)
    return MentionSpan(Span(start, start + len(name)), kind)


def entity(text: str, *names: str, kind: str = "PER") -> EntityMentions:
    found, at = [], 0
    for name in names:
        found.append(mention(text, name, kind, at))
        at = found[-1].span.end
    return EntityMentions(tuple(found), kind)


@pytest.mark.parametrize(
    ("word", "shape"),
    [
        ("and", "lower"),
        ("Ada", "initial"),
        ("I", "initial"),
        ("NATO", "upper"),
        ("McDonald", "mixed"),
        ("1852", "digits"),
        ("2nd", "digits+"),
        ("—", "mark"),
        ("東京", "caseless"),
        ("Élan", "initial"),
    ],
)
def test_it_sees_the_case_of_a_word(word, shape):
    assert SHAPES[shape_of(word)] == shape


def test_it_keeps_a_short_text_in_one_window_with_exact_words():
    text = "Zoë  met\tO'Brien in São Paulo."
    (window,) = windows(text, [Span(0, len(text))], size=64, stride=32)
    words = [text[w.start : w.end] for w in window.words]
    assert words == ["Zoë", "met", "O", "'", "Brien", "in", "São", "Paulo", "."]
    assert len(window.ids) == len(window.shapes) == window.words[-1].last + 1


def test_it_ends_a_word_after_its_combining_marks():
    text = "Zoe\u0308 left"
    (window,) = windows(text, [], size=64, stride=32)
    assert text[window.words[0].start : window.words[0].end] == "Zoe\u0308"


def test_it_gives_no_window_for_text_without_words():
    assert windows("", [], size=64, stride=32) == []
    assert windows(" \n\t ", [], size=64, stride=32) == []


def test_it_covers_every_word_of_a_long_text_and_overlaps_the_windows():
    sentence = "The committee met again on Tuesday."
    text = " ".join([sentence] * 40)
    step = len(sentence) + 1
    sentences = [Span(i * step, i * step + len(sentence)) for i in range(40)]
    cut = windows(text, sentences, size=64, stride=32)
    assert len(cut) > 5
    assert all(len(w.ids) <= 64 for w in cut)
    covered = {x.start for w in cut for x in w.words}
    (whole,) = windows(text, sentences, size=4096, stride=32)
    assert covered == {w.start for w in whole.words}
    for one, other in pairwise(cut):
        assert other.words[0].start < one.words[-1].start
        assert other.words[0].start in {s.start for s in sentences}
    assert [w.sentence for w in cut[1].words] == [
        sentence_index(sentences, w.start) for w in cut[1].words
    ]


def test_it_cuts_a_word_only_when_it_is_longer_than_a_window():
    text = "x" * 90 + "q" * 10 + " end"
    cut = windows(text, [], size=12, stride=5)
    assert cut[-1].words[-1].end == len(text)
    assert all(len(w.ids) <= 12 for w in cut)


def test_it_normalises_names_by_case_marks_and_articles():
    assert normalised("The  Beatles") == normalised("beatles") == "beatles"
    assert normalised("Córdoba") == normalised("CORDOBA")
    assert normalised("The") == "the"
    assert normalised("—") == "—"


def test_it_knows_acronyms():
    assert is_acronym("UN", "United Nations")
    assert is_acronym("BBC", "British Broadcasting Corporation")
    assert is_acronym("UCL", "University College of London")
    assert not is_acronym("un", "United Nations")
    assert not is_acronym("U", "Union")


def test_its_signs_are_symmetric():
    names = [
        Name.of(text, kind)
        for text, kind in [
            ("Ada Lovelace", "PER"),
            ("Lovelace", "PER"),
            ("EU", "ORG"),
            ("European Union", "ORG"),
            ("1852", "TIME"),
            ("…", "MISC"),
        ]
    ]
    for one, other in product(names, names):
        assert signs(one, other) == signs(other, one)
        assert len(signs(one, other)) == SIGNS
        assert all(0 <= s <= 1 for s in signs(one, other))


NAMES = st.tuples(
    st.sampled_from(
        ["Ada", "Ada Brook", "Brook", "World Health Organization", "WHO", "NATO", "N.A.T.O.",
         "7 up", "University of Oslo", "UO", "the Guild", "Ada Ada", "12 May 1900", "May", " ", "!"]
    ) | st.text("AaBb 1-", min_size=1, max_size=8),
    st.sampled_from(["PER", "ORG", "TIME"]),
)  # fmt: skip


@given(st.lists(NAMES, min_size=1, max_size=7))
def test_it_compares_all_names_at_once_as_it_compares_two(drawn):
    names = [Name.of(text, kind) for text, kind in drawn]
    wanted = np.array([[signs(a, b) for b in names] for a in names], dtype=np.float32)
    apart = ~np.eye(len(names), dtype=bool)
    assert np.array_equal(sign_table(names)[apart], wanted[apart])


def test_it_groups_equal_names_and_merges_by_average_linkage():
    groups = string_groups(["Ada Lovelace", "Babbage", "Lovelace", "ADA LOVELACE"])
    assert groups == [[0, 3], [1], [2]]
    assert merged_groups(groups, [(0, 2, 0.9), (0, 1, 0.2), (1, 2, 0.1)], 0.5) == [[0, 2, 3], [1]]
    assert merged_groups(groups, [], 0.5) == [[0, 3], [1], [2]]
    # 2 is like 1, but 1 is already with 0, which 2 is nothing like: the mean decides.
    assert merged_groups([[0], [1], [2]], [(0, 1, 0.9), (1, 2, 0.8), (0, 2, 0.0)], 0.5) == [
        [0, 1],
        [2],
    ]


def test_it_decodes_the_best_sequence_of_whole_mentions():
    rng = np.random.default_rng(0)
    few = [TAG[t] for t in ("O", "B-PER", "I-PER", "E-PER", "S-PER", "B-ORG", "E-ORG")]

    def whole(tags):
        open_kind = ""
        for tag in tags:
            mark, kind = TAGS[tag][0], TAGS[tag][2:]
            if (mark in "IE") != bool(open_kind) or (open_kind and kind != open_kind):
                return False
            open_kind = kind if mark in "BI" else ""
        return not open_kind

    for _ in range(10):
        scores = np.full((4, len(TAGS)), -50.0, dtype=np.float32)
        scores[:, few] = rng.normal(size=(4, len(few)))
        best = max(
            (t for t in product(few, repeat=4) if whole(t)),
            key=lambda tags: sum(scores[i, t] for i, t in enumerate(tags)),
        )
        assert best_tags(scores) == list(best)
    assert best_tags(np.zeros((0, len(TAGS)), dtype=np.float32)) == []


def test_it_reads_mentions_from_tags():
    tags = [TAG[t] for t in ("O", "B-PER", "I-PER", "E-PER", "S-LOC", "O")]
    assert mentions(tags) == [(1, 3, "PER"), (4, 4, "LOC")]


def test_it_measures_how_far_apart_entities_stand():
    table = distance_table([(0, 3), (1,), (2,)], [0, 2, 9, 3])
    assert table.tolist() == [[0, 1 + 4, 3 + 4], [1, 0, 3 + 4], [3, 3, 0]]


TEXT = "Ada Lovelace was born in London. Lovelace wrote to Babbage. London was far."
SENTENCES = (Span(0, 32), Span(33, 59), Span(60, 75))
PASSAGE = PassageText("p", TEXT, SENTENCES)


def test_it_speaks_through_the_nearest_sentence_and_the_fullest_name():
    triple = ScoredTriple(
        entity(TEXT, "Ada Lovelace", "Lovelace"), "r", entity(TEXT, "London", kind="LOC"), 0.7
    )
    made = proposal(PASSAGE, triple)
    assert (made.subject.text, made.object.text, made.score) == ("Ada Lovelace", "London", 0.7)
    assert made.sentence == SENTENCES[0]
    later = ScoredTriple(
        entity(TEXT, "Ada Lovelace", "Lovelace"), "r", entity(TEXT, "Babbage"), 0.7
    )
    made = proposal(PASSAGE, later)
    assert made.subject.text == "Lovelace"
    assert made.subject.name == "Ada Lovelace"
    assert made.sentence == SENTENCES[1]


def test_its_evidence_runs_from_the_first_to_the_last_sentence():
    triple = ScoredTriple(entity(TEXT, "Ada Lovelace"), "r", entity(TEXT, "Babbage"), 0.5)
    assert proposal(PASSAGE, triple).sentence == Span(0, 59)
    assert proposal(PassageText("p", TEXT, ()), triple).sentence == Span(0, len(TEXT))


@pytest.mark.parametrize(
    ("kind", "expected"), [("TIME", "time"), ("NUM", "quantity"), ("ORG", "item")]
)
def test_it_says_what_kind_of_thing_an_object_is(kind, expected):
    triple = ScoredTriple(entity(TEXT, "Babbage"), "r", entity(TEXT, "London", kind=kind), 0.5)
    assert proposal(PASSAGE, triple).object.kind == expected


def test_it_joins_what_two_windows_found():
    full = entity(TEXT, "Ada Lovelace", "Lovelace")
    short = EntityMentions(full.mentions[1:], "PER")
    other = entity(TEXT, "Babbage")
    joined = without_doubles(
        TEXT,
        [
            ScoredTriple(full, "r", other, 0.4),
            ScoredTriple(short, "r", other, 0.8),
            ScoredTriple(short, "s", other, 0.3),
        ],
    )
    assert [(t.relation_id, t.score) for t in joined] == [("r", 0.8), ("s", 0.3)]
    assert joined[0].subject == full


def test_it_joins_triples_that_only_a_third_one_connects():
    full = entity(TEXT, "Ada Lovelace", "Lovelace")
    first, last = (EntityMentions((m,), "PER") for m in full.mentions)
    other = entity(TEXT, "Babbage")
    triples = [ScoredTriple(e, "r", other, p) for e, p in ((first, 0.4), (last, 0.6), (full, 0.5))]
    (joined,) = without_doubles(TEXT, triples)
    assert (joined.subject, joined.score) == (full, 0.6)


def test_what_is_stated_and_what_is_denied_are_not_joined():
    pair = entity(TEXT, "Ada Lovelace"), "r", entity(TEXT, "London", kind="LOC")
    triples = [ScoredTriple(*pair, 0.4), ScoredTriple(*pair, 0.6, "denied")]
    assert without_doubles(TEXT, triples) == triples
    (kept,) = one_mood_each(proposal(PASSAGE, t) for t in triples)
    assert (kept.mood, kept.score, kept.holds) == ("denied", 0.6, False)


def test_it_keeps_the_longer_of_overlapping_mentions():
    short, long = MentionSpan(Span(4, 12), "PER"), MentionSpan(Span(0, 12), "PER")
    assert distinct_mentions([short, long, long]) == (long,)
    assert distinct_mentions([MentionSpan(Span(0, 5), "PER"), MentionSpan(Span(4, 12), "PER")]) == (
        MentionSpan(Span(4, 12), "PER"),
    )


def test_it_keeps_a_mention_inside_its_sentence():
    scores = np.full((4, len(TAGS)), -9.0, dtype=np.float32)
    for word, mark in enumerate(("B-PER", "I-PER", "I-PER", "E-PER")):
        scores[word, TAG[mark]] = 0.0
    assert [m[:2] for m in mentions(best_tags(scores))] == [(0, 3)]
    apart = mentions(best_tags(scores, [0, 0, 1, 1]))
    assert all(first // 2 == last // 2 for first, last, _ in apart)
    assert [m[:2] for m in apart] == [(0, 1), (2, 3)]
