"""CSV and JSON Lines of ready-made triples, good rows and bad."""

from __future__ import annotations

import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.common.day_fields import DayField
from apps.sources import errors
from apps.sources.parsing import parse
from apps.sources.triples import MAX_ROWS, TripleRow, parse_triples, render

HEADING = "subject,relation,object"


def rows(text: str, filename: str = "facts.csv") -> list[TripleRow]:
    return parse_triples(text.encode(), filename)


def refusal(text: str, filename: str = "facts.csv") -> str:
    with pytest.raises(errors.BadRows) as caught:
        rows(text, filename)
    assert caught.value.status == 422
    return caught.value.detail


def test_it_reads_all_columns_of_a_csv() -> None:
    text = (
        "Subject,relation,Object,subject_type,object_type,valid_from,valid_to,evidence,source\n"
        'Marie Curie,employer,"Sorbonne, Paris",PER,ORG,1906,1934-07-04,"She taught there.",Wiki\n'
    )
    assert rows(text) == [
        TripleRow(
            line=2,
            subject="Marie Curie",
            relation="employer",
            object="Sorbonne, Paris",
            subject_type="PER",
            object_type="ORG",
            valid_from=date(1906, 1, 1),
            valid_to=date(1934, 7, 5),
            evidence="She taught there.",
            source="Wiki",
        )
    ]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_it_reads_every_delimiter_a_byte_order_mark_and_empty_lines(delimiter: str) -> None:
    lines = [HEADING, "", "a,r,b", ",,", "c,r,d"]
    data = "\r\n".join(lines).replace(",", delimiter).encode("utf-8-sig")
    found = parse_triples(data, "facts.csv")
    assert [(row.line, row.subject, row.object) for row in found] == [(3, "a", "b"), (5, "c", "d")]


def test_it_accepts_other_names_for_the_columns() -> None:
    assert rows("head,predicate,tail,sentence\na,r,b,A is b.")[0].evidence == "A is b."


def test_it_counts_lines_past_cells_that_hold_line_ends() -> None:
    found = rows(f'{HEADING}\n"a\nb",r,c\nd,r,e')
    assert [(row.line, row.subject) for row in found] == [(2, "a b"), (4, "d")]


def test_it_reads_json_lines() -> None:
    lines = [
        json.dumps({"subject": "a", "relation": "r", "object": 1867, "valid_to": "2004-02"}),
        "",
        json.dumps({"subject": "b\ud800", "predicate": "r", "object": "c", "other": [1]}),
    ]
    found = rows("\n".join(lines), "facts.jsonl")
    assert [(row.line, row.subject, row.object) for row in found] == [
        (1, "a", "1867"),
        (3, "b", "c"),
    ]
    assert found[0].valid_to == date(2004, 3, 1)


def test_it_names_every_line_that_is_wrong_and_why() -> None:
    text = (
        f"{HEADING},valid_from,valid_to\n"
        "a,r,b,,\n"
        ",r,b,,\n"
        "a,r,b,yesterday,\n"
        "a,r,b,2001,2000\n"
        "a,r,b,2001-02-30,\n"
        "a,r,b,2001-13,\n"
        "a,r,b,,9999\n"
        "a,r,b,,2001-13\n"
        "a,r,b,,9999-12-31\n"
        "a,r,b,2000-01-02,2000-01-01\n"
        f"{'x' * 301},r,b,,\n"
        "a,r,b,,,surplus\n"
    )
    assert refusal(text).split("\n") == [
        "Line 3: subject is empty.",
        "Line 4: valid_from “yesterday” is not a date (1992, 1992-05, 1992-05-17 or 44 BC).",
        "Line 5: valid_to is before valid_from.",
        "Line 6: valid_from “2001-02-30” is not a date that exists.",
        "Line 7: valid_from “2001-13” is not a date that exists.",
        "Line 8: valid_to “9999” is not a date that exists; leave it empty where no end is known.",
        "Line 9: valid_to “2001-13” is not a date that exists.",
        "Line 10: valid_to “9999-12-31” is not a date that exists; leave it empty where no end is "
        "known.",
        "Line 11: valid_to is before valid_from.",
        "Line 12: subject is longer than 300 characters.",
        "Line 13: 6 cells where the heading has 5.",
    ]


def test_it_names_every_line_of_json_that_is_wrong() -> None:
    bad = ["{", "[1]", "7", '{"subject": {}, "relation": "r", "object": "b"}', "[" * 100_000]
    bad += ['{"subject": true, "relation": "r", "object": "b"}', '{"object": ' + "1" * 5000 + "}"]
    told = refusal("\n".join(bad), "facts.jsonl").split("\n")
    assert [line.split(":")[0] for line in told] == [f"Line {n}" for n in range(1, 8)]
    assert "not readable as JSON" in told[0]
    assert told[1] == "Line 2: not a JSON object."
    assert told[3] == "Line 4: subject is not a text."
    assert "nested too deeply" in told[4]
    assert told[5] == "Line 6: subject is not a text."


def test_it_shows_twenty_errors_and_counts_the_rest() -> None:
    told = refusal(HEADING + "\n,r,b" * 30).split("\n")
    assert len(told) == 21
    assert told[-1] == "And 10 more."


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a,r,b\n", "The first line must name the columns; subject, relation, object is missing"),
        ("subject,relation\na,r\n", "object is missing"),
        (f"{HEADING},subject\na,r,b,c", "names subject more than once"),
        (f"{HEADING}\n", "There is no row in it"),
        (f'{HEADING}\na,r,"b', "not readable as CSV"),
    ],
)
def test_it_refuses_a_csv_that_is_not_in_order(text: str, says: str) -> None:
    assert says in refusal(text)


def test_it_refuses_more_rows_than_the_limit() -> None:
    with pytest.raises(errors.TooManyRows) as caught:
        rows(HEADING + "\na,r,b" * (MAX_ROWS + 1))
    assert caught.value.status == 413
    assert len(rows(HEADING + "\na,r,b" * MAX_ROWS)) == MAX_ROWS


def test_it_renders_rows_with_the_exact_places_of_their_names() -> None:
    given = [
        TripleRow(2, "Curie", "born in", "Warsaw", evidence="In Warsaw, Curie saw light."),
        TripleRow(3, "Curie", "field", "physics", evidence="She was a physicist."),
        TripleRow(4, "Curie", "spouse", "Pierre"),
        TripleRow(5, "York", "part of", "New York", evidence="New York is big."),
    ]
    text, spans = render(given)
    assert text.split("\n") == [
        "In Warsaw, Curie saw light.",
        "She was a physicist. Curie | field | physics",
        "Curie | spouse | Pierre",
        "New York is big. York | part of | New York",
    ]
    for row, (sentence, subject, object_) in zip(given, spans, strict=True):
        assert text[slice(*subject)] == row.subject
        assert text[slice(*object_)] == row.object
        assert sentence.start <= min(subject.start, object_.start)
        assert max(subject.end, object_.end) <= sentence.end


def test_it_parses_a_triple_file_in_the_child_and_never_cuts_a_row() -> None:
    lines = [f"Person {n},spouse,Other {n},{'word ' * 350}" for n in range(5)]
    data = "\n".join([f"{HEADING},evidence", *lines]).encode()
    parsed = parse(data, filename="my_facts.csv")
    assert (parsed.format, parsed.title, len(parsed.rows)) == ("csv", "my facts", 5)
    spans = render(parsed.rows)[1]
    assert [passage[:2] for passage in parsed.passages] == [s.sentence for s in spans]
    dated = parse(b"subject,relation,object,valid_to\na,r,b,1999\n", filename="a.csv")
    assert dated.rows[0].valid_to == date(2000, 1, 1)
    with pytest.raises(errors.BadRows, match="Line 2: subject is empty"):
        parse(f"{HEADING}\n,r,b".encode(), filename="a.csv")


@given(st.dates(min_value=date(1, 1, 2)), st.booleans())
def test_it_reads_a_day_as_the_form_of_review_does(day: date, ends: bool) -> None:
    """One rule: the last day is named, the first one after it is kept."""
    field = DayField(ends=ends)
    text = field.prepare_value(day)
    column = "valid_to" if ends else "valid_from"
    (row,) = rows(f"{HEADING},{column}\na,r,b,{text}\n")
    assert getattr(row, column) == field.clean(text) == day


def test_a_fact_may_hold_for_one_day() -> None:
    (row,) = rows(f"{HEADING},valid_from,valid_to\na,r,b,2000-01-01,1 January 2000\n")
    assert (row.valid_from, row.valid_to) == (date(2000, 1, 1), date(2000, 1, 2))
