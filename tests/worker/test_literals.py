import calendar
import random
import subprocess
import sys
import time
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.literals import (
    agree,
    as_json,
    label,
    normal_form,
    parse_literal,
    parse_quantity,
    parse_time,
)

MONTHS = calendar.month_name[1:]


@pytest.mark.parametrize(
    ("text", "edtf", "start", "end", "precision"),
    [
        ("7 November 1867", "1867-11-07", "1867-11-07", "1867-11-07", "day"),
        ("November 7th, 1867", "1867-11-07", "1867-11-07", "1867-11-07", "day"),
        ("Tuesday, the 7th of Nov., 1867", "1867-11-07", "1867-11-07", "1867-11-07", "day"),
        ("July 4 , 776 BC", "-0775-07-04", "-0775-07-04", "-0775-07-04", "day"),
        ("2004-05-06T10:00:00Z", "2004-05-06", "2004-05-06", "2004-05-06", "day"),
        ("25/12/1999", "1999-12-25", "1999-12-25", "1999-12-25", "day"),
        ("February 2000", "2000-02", "2000-02-01", "2000-02-29", "month"),
        ("1867-11", "1867-11", "1867-11-01", "1867-11-30", "month"),
        ("the summer of 1969", "1969-22", "1969-01-01", "1969-12-31", "season"),
        ("winter 1999", "1999-24", "1999-01-01", "2000-02-29", "season"),
        ("third quarter of 2008", "2008-35", "2008-07-01", "2008-09-30", "quarter"),
        ("1867", "1867", "1867-01-01", "1867-12-31", "year"),
        ("AD 79", "0079", "0079-01-01", "0079-12-31", "year"),
        ("44 B.C.", "-0043", "-0043-01-01", "-0043-12-31", "year"),
        ("c. 1850", "1850~", "1850-01-01", "1850-12-31", "year"),
        ("the 1990s", "199X", "1990-01-01", "1999-12-31", "decade"),
        ("early 1990s", "1990~/1993~", "1990-01-01", "1993-12-31", "decade"),
        ("the 340s BC", "-0348/-0339", "-0348-01-01", "-0339-12-31", "decade"),
        ("mid-1992", "1992-05~/1992-08~", "1992-05-01", "1992-08-31", "year"),
        ("19th century", "18XX", "1800-01-01", "1899-12-31", "century"),
        ("the 1800s", "18XX", "1800-01-01", "1899-12-31", "century"),
        ("4th century BCE", "-03XX", "-0399-01-01", "-0300-12-31", "century"),
        ("second half of the nineteenth century", "1850/1899", "1850-01-01", "1899-12-31",
         "century"),
        ("3rd millennium BC", "-2XXX", "-2999-01-01", "-2000-12-31", "millennium"),
        ("1992–2002", "1992/2002", "1992-01-01", "2002-12-31", "interval"),
        ("1992-95", "1992/1995", "1992-01-01", "1995-12-31", "interval"),
        ("1998–02", "1998/2002", "1998-01-01", "2002-12-31", "interval"),
        ("the 2008/09 season", "2008/2009", "2008-01-01", "2009-12-31", "interval"),
        ("from May to June 1940", "1940-05/1940-06", "1940-05-01", "1940-06-30", "interval"),
        ("4–6 May 1940", "1940-05-04/1940-05-06", "1940-05-04", "1940-05-06", "interval"),
        ("May 4-6, 1940", "1940-05-04/1940-05-06", "1940-05-04", "1940-05-06", "interval"),
        ("between 1914 and 1918", "1914/1918", "1914-01-01", "1918-12-31", "interval"),
        ("27 BC – 14 AD", "-0026/0014", "-0026-01-01", "0014-12-31", "interval"),
        ("384–322 BC", "-0383/-0321", "-0383-01-01", "-0321-12-31", "interval"),
        ("18th to 19th century", "1700/1899", "1700-01-01", "1899-12-31", "interval"),
        ("1992 to present", "1992/..", "1992-01-01", "", "interval"),
        ("since 1999", "1999/..", "1999-01-01", "", "interval"),
        ("until 2004", "../2004", "", "2004-12-31", "interval"),
        ("before March 2000", "../2000-02", "", "2000-02-29", "interval"),
        ("after 31 December 1999", "2000-01-01/..", "2000-01-01", "", "interval"),
    ],
)  # fmt: skip
def test_it_reads_times(text, edtf, start, end, precision):
    value = parse_time(text)
    assert value is not None
    assert (value.edtf, value.start, value.end, value.precision) == (edtf, start, end, precision)


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "May", "March 5", "Tuesday", "31 February 1999", "29 February 1900", "0 May 1999",
        "1.1.0", "year 99999", "99999", "12", "0500", "11/7/1867", "7 Nov 67", "the 90s", "10 am",
        "12:30", "three years", "two weeks", "1,992", "2010-11", "2002–1992", "1998–99999",
        "May Smith", "Second Empire", "the 19th Dynasty", "20,000 years", "0 BC", "0th century",
        "the 19th and 20th centuries", "1999-13-01", "1999-13", "1999-02-30", "since May",
        "before", "from to", "–", "1066 and all that", "in May 1940 he left", "٧ November ١٨٦٧",
        "1999" * 40,
    ],
)  # fmt: skip
def test_it_takes_nothing_else_for_a_time(text):
    assert parse_time(text) is None


def written(day: date) -> list[str]:
    month, nth = MONTHS[day.month - 1], {1: "st", 2: "nd", 3: "rd", 21: "st", 22: "nd", 23: "rd",
                                         31: "st"}.get(day.day, "th")  # fmt: skip
    return [
        f"{day.day} {month} {day.year}",
        f"{day.day}{nth} of {month}, {day.year}",
        f"{month} {day.day}, {day.year}",
        f"{month} {day.day}{nth} , {day.year}",
        f"{month[:3]}. {day.day}, {day.year}",
        f"{day.day} {month[:3]} {day.year}",
        f"{day.year} {month} {day.day}",
        f"{day.day}.{day.month}.{day.year}",
        day.strftime("%A, ") + f"{day.day} {month.upper()} {day.year}",
        day.isoformat(),
        day.isoformat().replace("-", "/"),
    ]


@given(st.dates(min_value=date(1000, 1, 1), max_value=date(2999, 12, 31)))
def test_it_reads_every_day_in_every_spelling(day):
    for text in written(day):
        value = parse_time(text)
        assert value is not None, text
        assert (value.edtf, value.start, value.end) == (day.isoformat(),) * 3, text


@given(
    st.dates(min_value=date(1000, 1, 1), max_value=date(2900, 12, 31)),
    st.integers(min_value=1, max_value=40_000),
)
def test_it_reads_every_range_of_days(first, days):
    last = first + timedelta(days=days)
    for form in ("{} – {}", "from {} to {}", "between {} and {}", "{}–{}"):
        text = form.format(written(first)[0], written(last)[0])
        value = parse_time(text)
        assert value is not None, text
        assert (value.start, value.end) == (first.isoformat(), last.isoformat()), text


PIECES = st.sampled_from(
    [*MONTHS, "the", "of", "century", "BC", "AD", "s", "since", "until", "from", "to", "between",
     "and", "c.", "early", "mid-", "half", "million", "thousand", "dozen", "two", "third", "-",
     "–", "/", ",", ".", "(", ")", "%", "$", "US$", "€", "km", "km²", "½", "°", "over", "up to",
     "0", "00", "1", "12", "31", "99", "1992", "2002", "99999", "1e9", "٣", "²", " ", "\n",
     "\u00a0", "\u202e", "\U0001f600", "\0"]
)  # fmt: skip


@given(st.one_of(st.text(max_size=60), st.lists(PIECES, max_size=10).map(" ".join),
                 st.lists(PIECES, max_size=10).map("".join)))  # fmt: skip
def test_it_never_raises(text):
    for kind in ("time", "quantity"):
        value = as_json(parse_literal(text, kind), text)
        assert agree(value, value) == bool(value)
        assert (label(value) != "") == bool(value)
        for edge in ("from", "to") if value and kind == "time" else ():
            day = value[edge]
            assert not day or day.startswith("-") or date.fromisoformat(max(day, "0001"))


@pytest.mark.parametrize(
    ("text", "low", "high", "unit"),
    [
        ("12", "12", "12", ""),
        ("1,234,567.50", "1234567.5", "1234567.5", ""),
        ("1 234 567", "1234567", "1234567", ""),
        ("twelve", "12", "12", ""),
        ("forty - one", "41", "41", ""),
        ("three hundred and five thousand", "305000", "305000", ""),
        ("half a million", "500000", "500000", ""),
        ("two and a half million", "2500000", "2500000", ""),
        ("1.5 million", "1500000", "1500000", ""),
        ("two thirds", "2/3", "2/3", ""),
        ("2½", "2.5", "2.5", ""),
        ("a dozen", "12", "12", ""),
        ("34 percent", "34", "34", "%"),
        ("US$ 3 million", "3000000", "3000000", "USD"),
        ("£3.5bn", "3500000000", "3500000000", "GBP"),
        ("30 euros", "30", "30", "EUR"),
        ("1,000 km", "1000", "1000", "km"),
        ("80 km2", "80", "80", "km²"),
        ("−40 \u00b0C", "-40", "-40", "°C"),
        ("a mile", "1", "1", "mi"),
        ("five-year-old", "5", "5", "year"),
        ("10,000 copies", "10000", "10000", "copies"),
        ("10 to 12", "10", "12", ""),
        ("between 3 and 4 million people", "3000000", "4000000", "people"),
        ("10–12 km", "10", "12", "km"),
        ("over 200", "200", "", ""),
        ("up to 12 kg", "", "12", "kg"),
        ("twenty-first", "21", "21", "ordinal"),
        ("2nd", "2", "2", "ordinal"),
    ],
)
def test_it_reads_quantities(text, low, high, unit):
    value = parse_quantity(text)
    assert value is not None
    assert (value.low, value.high, value.unit, value.approximate) == (low, high, unit, False)


@pytest.mark.parametrize(
    "text",
    ["", "several", "hundreds", "1,5", "1.000", "1.234.567", "22th", "14:30", "6'11\"", "24/7",
     "12 Angry Men", "5 M", "5 ft 11 in", "10 pm", "3.5.2", "forty twenty", "two and", "million",
     "$", "1e5", "٣ km", "12 to 10", "between 10 km and 12 kg", "two third", "5 of",
     "at least up to 5", "9" * 200],
)  # fmt: skip
def test_it_takes_nothing_else_for_a_quantity(text):
    assert parse_quantity(text) is None


@given(st.integers(min_value=-(10**15), max_value=10**15))
def test_it_reads_every_integer(number):
    for text in (str(number), f"{number:,}"):
        value = parse_quantity(text)
        assert value is not None
        assert value.low == value.high == str(number)


def stored(text: str, kind: str = "time"):
    return as_json(parse_literal(text, kind), text)


def test_it_stores_the_normal_form_beside_the_text():
    assert stored("Nov. 7th, 1867") == {
        "edtf": "1867-11-07",
        "from": "1867-11-07",
        "to": "1867-11-07",
        "precision": "day",
        "text": "Nov. 7th, 1867",
    }
    assert stored("about 5 million people", "quantity") == {
        "quantity": "~5000000 people",
        "from": "5000000",
        "to": "5000000",
        "unit": "people",
        "text": "about 5 million people",
    }
    assert stored("three years") is None
    assert normal_form(stored("November 7, 1867")) == normal_form(stored("7 November 1867"))
    assert normal_form(None) == {}


@pytest.mark.parametrize(
    ("one", "other", "kind", "expected"),
    [
        ("1867", "7 November 1867", "time", True),
        ("November 1867", "7 December 1867", "time", False),
        ("the 19th century", "1867", "time", True),
        ("since 1860", "1867", "time", True),
        ("50 BC", "the 1st century BC", "time", True),
        ("50 BC", "50 AD", "time", False),
        ("1867", "67", "time", False),
        ("over 200 km", "250 km", "quantity", True),
        ("over 200 km", "250", "quantity", False),
        ("two thirds", "2/3", "quantity", True),
        ("10 to 12", "13", "quantity", False),
    ],
)
def test_it_tells_what_agrees(one, other, kind, expected):
    assert agree(stored(one, kind), stored(other, kind)) is expected
    assert agree(stored(other, kind), stored(one, kind)) is expected


def test_it_never_compares_a_time_with_a_quantity():
    assert not agree(stored("1867"), stored("1867", "quantity"))


@pytest.mark.parametrize(
    ("text", "kind", "expected"),
    [
        ("Nov. 7th, 1867", "time", "1867-11-07"),
        ("the 1990s", "time", "1990 to 1999"),
        ("early 1990s", "time", "about 1990 to 1993"),
        ("circa 1850", "time", "about 1850"),
        ("44 BC", "time", "44 BC"),
        ("4th century BC", "time", "400 BC to 301 BC"),
        ("since May 1999", "time", "from 1999-05"),
        ("before 1850", "time", "until 1849"),
        ("1992-95", "time", "1992 to 1995"),
        ("AD 79", "time", "79"),
        ("1.5 million", "quantity", "1,500,000"),
        ("US$ 1.5 million", "quantity", "1,500,000 USD"),
        ("over 200 km", "quantity", "at least 200 km"),
        ("about a dozen", "quantity", "about 12"),
        ("two thirds", "quantity", "2/3"),
    ],
)
def test_it_puts_values_into_words(text, kind, expected):
    assert label(stored(text, kind)) == expected


def test_it_reads_a_passage_full_of_literals_in_two_milliseconds():
    texts = [text for day in (date(1901, 2, 3), date(1999, 12, 31)) for text in written(day)]
    random.Random(1).shuffle(texts)
    started = time.process_time()
    for _ in range(20):
        for text in texts:  # 22 of them; Re-DocRED has 5 a passage
            parse_literal(text, "time")
    assert (time.process_time() - started) / 20 < 0.02


def test_it_needs_no_torch():
    code = "import sys, worker.literals; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
