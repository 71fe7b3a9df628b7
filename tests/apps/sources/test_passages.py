"""Sentences and passages: exact, complete, and cut where a reader would."""

from __future__ import annotations

import time
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.sources.passages import FactSpans, Span, join_passages, sentences, split_passages


def cut(text: str) -> list[str]:
    return [text[start:end] for start, end in sentences(text)]


@pytest.mark.parametrize(
    "expected",
    [
        ["Dr. Smith met J. R. R. Tolkien in St. Louis on 5 Jan. 1937.", "He paid 3.5 million."],
        ["The U.S. Army won, e.g. in Oct. 1944, cf. Fig. 3.", "He died at 5 p.m. on Monday."],
        ["She paid... and then left.", "Well?", "No!"],
        ["“Is it so?” she asked.", "“Yes.”", "He went home (see p. 4)."],
        ["Visit https://example.com/a.b?c=d!e for version 2.0.1 of it.", "It is new."],
        ["Yahoo! was founded in 1994.", "Mr. and Mrs. Jones vs. Brown Inc. went on."],
        ["Gen. Lee met Lt. Col. Ray.", "Sgt. Pepper left."],
        ["She was born in 1867.[1][2]", "She won twice.[3]"],
        ["彼は東京に住んでいる。", "「本当ですか？」", "はい！"],
        ["वह दिल्ली में रहता है।", "वह डॉक्टर है।"],
        ["¿Qué pasa?", "¡Nada!", "Adiós."],
    ],
)
def test_it_cuts_sentences_where_a_reader_would(expected: list[str]) -> None:
    blank = "" if expected[0][-1] == "。" else " "
    assert cut(blank.join(expected)) == expected


def test_it_keeps_headings_and_list_items_apart() -> None:
    text = "Life\n\nShe was born in Warsaw\nand died in Passy.\n\nPrizes:\n- Physics\n- Chemistry"
    assert cut(text) == [
        "Life",
        "She was born in Warsaw\nand died in Passy.",
        "Prizes:",
        "- Physics",
        "- Chemistry",
    ]


def test_it_follows_a_sentence_over_hard_wrapped_lines() -> None:
    text = (
        "Early years\n"
        "Marie Curie was born in Warsaw, in what was then the Kingdom of Poland, part\n"
        "of the Russian Empire. She studied at Warsaw's clandestine Flying University\n"
        "and began her training there.\n"
        "Later years\n"
        "In 1891, aged 24, she followed her elder sister Bronisława to study in Paris.\n"
    )
    assert [sentence.replace("\n", " ")[:24] for sentence in cut(text)] == [
        "Early years",
        "Marie Curie was born in ",
        "She studied at Warsaw's ",
        "Later years",
        "In 1891, aged 24, she fo",
    ]


def test_it_keeps_the_rows_of_a_table_apart() -> None:
    assert cut("Year | Prize\n1903 | Physics\n1911 | Chemistry") == [
        "Year | Prize",
        "1903 | Physics",
        "1911 | Chemistry",
    ]


def test_it_ends_passages_with_paragraphs_where_it_can() -> None:
    first, second, third = "One one one. " * 4, "Two two two. " * 4, "Three three. " * 4
    text = "\n\n".join(part.strip() for part in (first, second, third))
    found = split_passages(text, max_chars=130)
    assert [text[p.start : p.end].split()[0] for p in found] == ["One", "Three"]


def test_it_ends_passages_with_sentences_where_a_paragraph_is_too_long() -> None:
    text = "All work and no play. " * 20
    found = split_passages(text, max_chars=100)
    assert all(text[p.end - 1] == "." for p in found)
    assert all(len(p.sentences) == 4 for p in found)


def test_it_never_ends_a_passage_with_a_heading() -> None:
    text = "A heading\n\n" + "Words are here. " * 5 + "\n\nNext heading\n\n" + "More words. " * 5
    for size in range(60, 200):
        for passage in split_passages(text, max_chars=size)[:-1]:
            assert not text[passage.start : passage.end].endswith("heading")


def test_it_begins_a_passage_with_a_heading_once_the_last_is_half_full() -> None:
    text = "First words stand here. And some more of them.\n\nHeading\n\nOther words."
    assert [text[p.start : p.end][:7] for p in split_passages(text, max_chars=80)] == [
        "First w",
        "Heading",
    ]


def test_it_cuts_an_endless_sentence_between_words_and_an_endless_word_anywhere() -> None:
    words = "word " * 100
    assert {len(words[p.start : p.end]) for p in split_passages(words, max_chars=49)} == {49}
    assert [p[:2] for p in split_passages("x" * 25, max_chars=10)] == [(0, 10), (10, 20), (20, 25)]


def test_it_joins_whole_units_however_long() -> None:
    units = [Span(0, 5), Span(6, 9), Span(10, 40), Span(41, 45)]
    assert [p[:2] for p in join_passages(units, max_chars=10)] == [(0, 9), (10, 40), (41, 45)]


def test_it_finds_nothing_in_nothing() -> None:
    assert sentences("") == sentences(" \n\t ") == split_passages("\n") == join_passages([]) == []
    with pytest.raises(ValueError, match="at least 1"):
        split_passages("x", max_chars=0)


pieces = st.sampled_from(
    ["Dr. ", "J. ", "The U.S. ", "word ", "words. ", "3.5 ", "... ", "! ", '"', "”", "\n", "\n\n",
     "- ", "1. ", "[1]", "。", "？」", "é", "मैं।", "\t", "\xa0", "\u200b", "https://a.b/c ", "| "]
)  # fmt: skip
texts = st.lists(pieces, max_size=60).map("".join) | st.text(max_size=200)


def covers(text: str, spans: list[Span]) -> bool:
    outside, position = [], 0
    for start, end in spans:
        assert position <= start < end <= len(text)
        assert not text[start].isspace()
        assert not text[end - 1].isspace()
        outside.append(text[position:start])
        position = end
    return not "".join([*outside, text[position:]]).strip()


@settings(max_examples=300, deadline=None)
@given(texts)
def test_its_sentences_are_ordered_disjoint_and_complete(text: str) -> None:
    assert covers(text, sentences(text))


@settings(max_examples=300, deadline=None)
@given(texts, st.integers(1, 80))
def test_its_passages_are_ordered_disjoint_complete_and_small(text: str, max_chars: int) -> None:
    passages = split_passages(text, max_chars=max_chars)
    assert covers(text, [Span(p.start, p.end) for p in passages])
    assert covers(text, [span for p in passages for span in p.sentences])
    for passage in passages:
        assert passage.end - passage.start <= max_chars
        assert (passage.start, passage.end) == (passage.sentences[0][0], passage.sentences[-1][1])


@pytest.mark.parametrize(
    "unit", ["a. ", '" . ', "word ", "x", ".", "\n", "A\n", "「。」", "Mr. ", "[1]"]
)
def test_it_is_quick_on_texts_made_to_be_slow(unit: str) -> None:
    started = time.process_time()
    split_passages(unit * (200_000 // len(unit)))
    assert time.process_time() - started < 8


def test_the_spans_of_a_fact_are_six_columns_and_back() -> None:
    spans = FactSpans(Span(0, 30), Span(20, 25), Span(3, 9))
    row = SimpleNamespace(**spans.fields())
    assert vars(row) == {
        "sentence_start": 0, "sentence_end": 30, "subject_start": 20, "subject_end": 25,
        "object_start": 3, "object_end": 9,
    }  # fmt: skip
    assert FactSpans.of(row) == spans
    assert spans.first() == spans.turned().first() == 3
    assert (spans.turned().subject, spans.turned().object) == (Span(3, 9), Span(20, 25))
