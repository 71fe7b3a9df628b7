"""Literals by their form: found whole in running text, with the value that they mean."""

import doctest
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.literals import agree, as_json, doses, label, parse_literal, texts, value_from_json
from worker.literals import forms as forms_module
from worker.literals.forms import forms

KINDS = {"TIME": "time", "NUM": "quantity", "MISC": "text"}


def found(text):
    return [(form.span.of(text), form.type) for form in forms(text)]


def test_their_examples_hold():
    for module in (forms_module, texts, doses):
        assert doctest.testmod(module).failed == 0


@pytest.mark.parametrize(
    ("text", "expected", "edtf"),
    [
        ("Tom Yates was born on 2021-11-30.", "2021-11-30", "2021-11-30"),
        ("The Salt Road was published on 1987/10/02.", "1987/10/02", "1987-10-02"),
        ("Signed 14.05.2026 in Bern.", "14.05.2026", "2026-05-14"),
        ("On May 14th, 2026 it closed.", "May 14th, 2026", "2026-05-14"),
        ("OAKVALE, GA, MARCH 15, 2024 - Today", "MARCH 15, 2024", "2024-03-15"),
        ("born 31 October , 1950 in Baghdad", "31 October , 1950", "1950-10-31"),
        ("2026-05-14 10:30: restarted", "2026-05-14 10:30", "2026-05-14"),
        ("in Sept. 2019, at last", "Sept. 2019", "2019-09"),
        ("results for Q3 2025.", "Q3 2025", "2025-35"),
        ("On Thursday, 14 May 2026, he", "Thursday, 14 May 2026", "2026-05-14"),
    ],
)
def test_a_date_is_one_literal_with_its_value(text, expected, edtf):
    assert found(text) == [(expected, "TIME")]
    assert parse_literal(expected, "time").edtf == edtf


def test_a_date_that_has_two_readings_is_found_and_has_no_value():
    assert found("Due 3/4/2024.") == [("3/4/2024", "TIME")]
    assert parse_literal("3/4/2024", "time") is None


@pytest.mark.parametrize(
    ("text", "expected", "quantity"),
    [
        ("bought for EUR 41.5 million in cash", "EUR 41.5 million", "41500000 EUR"),
        ("raised $3m.", "$3m", "3000000 $"),
        ("costs £12.50, post free", "£12.50", "12.5 GBP"),
        ("paid SEK 300 million", "SEK 300 million", "300000000 SEK"),
        ("about 41.5 million euros", "41.5 million euros", "41500000 EUR"),
        ("owns 12.5 % of it", "12.5 %", "12.5 %"),
        ("ten per cent", "ten per cent", "10 %"),
        ("a term of 24 months.", "24 months", "24 month"),
        ("with three weeks' notice", "three weeks", "3 week"),
        ("a 30-day period", "30-day", "30 day"),
        ("take 500 mg twice daily with food", "500 mg twice daily", "500 mg, 2 per day"),
        ("two tablets every 8 hours", "two tablets every 8 hours", "2 tablets, 1 per 8 h"),
        ("at most 10 mg/kg", "10 mg/kg", "10 mg/kg"),
        ("lies 12 km north", "12 km", "12 km"),
    ],
)
def test_an_amount_is_one_literal_with_its_value(text, expected, quantity):
    assert found(text) == [(expected, "NUM")]
    value = as_json(parse_literal(expected, "quantity"), expected)
    assert value["quantity"] == quantity


@pytest.mark.parametrize(
    ("text", "expected", "form", "normal"),
    [
        ("Mail Ada.Brook@Example.org.", "Ada.Brook@Example.org", "mail", "ada.brook@example.org"),
        ("see https://Example.org/A/).", "https://Example.org/A/", "web", "example.org/A"),
        ("at www.example.com, or", "www.example.com", "web", "example.com"),
        ("Call +44 20 7946 0000 now", "+44 20 7946 0000", "phone", "+442079460000"),
        ("Call (212) 555-0147.", "(212) 555-0147", "phone", "2125550147"),
        ("invoice INV-2024-0031 of", "INV-2024-0031", "identifier", "INV-2024-0031"),
        ("ISBN 978-3-16-148410-0", "ISBN 978-3-16-148410-0", "identifier", "ISBN9783161484100"),
        ("Release 2.34.2 is out", "2.34.2", "version", "2.34.2"),
        ("version 4.2, stable", "4.2", "version", "4.2"),
        ("v2.1.0-rc1 fixes", "v2.1.0-rc1", "version", "2.1.0-rc1"),
    ],
)
def test_an_address_a_version_or_an_identifier_is_one_literal(text, expected, form, normal):
    assert found(text) == [(expected, "MISC")]
    value = parse_literal(expected, "text")
    assert (value.form, value.normal) == (form, normal)
    stored = as_json(value, expected)
    assert value_from_json(stored) == value
    assert label(stored) == normal
    assert agree(stored, as_json(value, "another spelling"))
    assert not agree(stored, as_json(texts.parse_text("x@example.org"), "x@example.org"))


def test_a_name_with_a_version_is_a_name():
    text = "2026-05-14: Release 2.34.2 requires Python 3.11 and iOS 17.4.1."
    named = [form.span.of(text) for form in forms(text) if form.named]
    assert named == ["Python 3.11", "iOS 17.4.1"]
    assert parse_literal("Python 3.11", "text") is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "He won 3-2 on 5/6.",
        "Two years later the six-year-old, one day, was ill with COVID-19 and an AK-47.",
        "Section 2.1 and Table 3.5; pi is 3.14, 10.5.",
        "1.2.3 is no.4",
        "\n1.2.3 Scope of this Agreement",
        "Magnitude 7.1, Revenue 3.5 million",
        "may 2024 be good",
        "a@b, www., http://, +1, 10.1000/",
        "AC/DC and 24/7",
    ],
)
def test_what_only_looks_like_one_is_left_alone(text):
    assert [form for form in found(text) if form[0] != "1.2.3"] == []


@given(st.text(alphabet="0123456789.-/:,% €$£@+()ABamgkyeroint\n|", max_size=80))
def test_any_text_gives_whole_words_without_overlaps(text):
    end = 0
    for form in forms(text):
        assert form.span.start >= end
        end = form.span.end
        assert "\n" not in form.span.of(text)
        parse_literal(form.span.of(text), KINDS[form.type])


def test_a_long_run_of_digits_and_signs_takes_no_time():
    started = time.monotonic()
    for unit in ("1-", "12 ", "1.1", "a.", "A1 ", "AB-1", "+1 ", "www.", "1,000", "x@y."):
        forms(unit * (20_000 // len(unit)))
    assert time.monotonic() - started < 5
