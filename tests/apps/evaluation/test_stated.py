"""What an answer opens with, and which right names mean the same."""

from __future__ import annotations

import pytest

from apps.evaluation.measuring.stated import stated

FEBRUARY = ("1 february 2016", "2016-02-01", "february 1, 2016")


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("Yes. A was born in B [1].", ["yes"]),
        ("No, not any more. A was mayor of B (until 2001) [1].", ["no"]),
        ("The memory knows 3. A was born in B [1].", ["3"]),
        ("About 32 years. A led B (from 1964 to 1995) [1].", ["32 years"]),
        ("About 1 month so far. A led B [1].", ["1 month"]),
        ("About 3 years, then 2 years so far. A led B [1]. C led B [2].", ["3 years", "2 years"]),
        ("32 years old then. A was born in 1964 [1].", ["32 years"]),
        ("About 127 years old. A was founded in 1899 [1].", ["127 years"]),
        ("59 years old at the end. A [1].", ["59 years"]),
        ("About 9 years ago. A [1].", ["9 years"]),
        ("Since 1 February 2016. A leads B (since 2 May 2017) [1].", ["since 1 february 2016"]),
        ("From 1990. A led B (from 1990 to 1994) [1].", ["from 1990"]),
        ("Until 31 August 2016. A led B [1].", ["until 31 august 2016"]),
    ],
)  # fmt: skip
def test_it_reads_the_values_that_an_answer_opens_with(text, values):
    assert [value.text for value in stated(text)] == values


@pytest.mark.parametrize(
    "text",
    [
        "",
        "I don't know. The memory knows no entity that the question names.",
        "The memory knows 1,204. A was born in B [1].",
        "The memory knows at least 30. A was born in B [1].",
        "A was born in 1867 [1].",
        "A leads B (since 1 February 2016) [1]. Since 1 February 2016.",
        "Since 1 February 2016 A leads B [1].",
        "Since 31 February 2016. A leads B [1].",
        "Since 1990, then 1999. A led B [1]. A led B [2].",
        "Since the early 1990s. A leads B [1].",
        "Since 44 BC. A leads B [1].",
        "Since A. B leads C [1].",
        "Since 12. A leads B [1].",
        "It is the Hundred Years War. A [1].",
        f"The memory knows {'9' * 5000}. A [1].",
        f"About {'9' * 5000} years. A [1].",
        "Until",
    ],
)
def test_what_is_cited_later_vague_or_impossible_is_no_value(text):
    assert not stated(text)


def same(text, *names):
    """Return the names that mean what the text opens with; None where none is of its kind."""
    (value,) = stated(text)
    return value.among(frozenset(names))


@pytest.mark.parametrize(
    ("opening", "names", "right"),
    [
        ("Since 1 February 2016.", FEBRUARY, set(FEBRUARY)),
        ("From 1 February 2016.", FEBRUARY, set(FEBRUARY)),
        ("Since 1 February 2016.", (*FEBRUARY, "2016"), set(FEBRUARY)),
        ("Since 1 February 2016.", ("2016",), {"2016"}),
        ("Since 1 February 2016.", ("february 2016", "2016"), {"february 2016"}),
        ("Since 2016.", (*FEBRUARY, "2016"), {"2016"}),
        ("Since 2016.", ("2016-01-01",), {"2016-01-01"}),  # how the memory holds the year
        # Another day, month or year, or less than the names ask for.
        ("Since 2 February 2016.", FEBRUARY, set()),
        ("Since 31 January 2016.", FEBRUARY, set()),
        ("Since 1 February 2015.", FEBRUARY, set()),
        ("Since 5 May 2016.", (*FEBRUARY, "2016"), set()),
        ("Since 5 May 2016.", ("february 2016", "2016"), set()),
        ("Since 1 February 2016.", ("2015", "2017"), set()),
        ("Since 2016.", FEBRUARY, set()),
        ("Since 2016.", ("february 2016",), set()),
        ("Since 2016.", ("2016-12-31",), set()),
        ("Since 1 February 2016.", ("the 2010s", "early 2016", "2016"), {"2016"}),
        ("Since 1 February 2016.", ("31 february 2016", "2016-02-01"), {"2016-02-01"}),
        # Until: the last day, and the first on which it no longer holds.
        ("Until 31 August 2016.", ("2016-09-01",), {"2016-09-01"}),
        ("Until 31 August 2016.", ("2016-08-31", "september 2016"), {"2016-08-31"}),
        ("Until 31 August 2016.", ("2016",), {"2016"}),
        ("Until 31 August 2016.", ("september 2016",), set()),
        ("Until 31 August 2016.", ("2016-09-02", "2016-08-30"), set()),
        ("Until 31 August 2015.", ("2016-09-01", "2016"), set()),
        ("Until 2007.", ("2007",), {"2007"}),
        ("Until 2007.", ("2008-01-01", "2008"), {"2008-01-01"}),
        ("Until 2007.", ("31 december 2007",), {"31 december 2007"}),
        ("Until 2007.", ("2008",), set()),
        ("Until 2007.", ("2007-01-01",), set()),
        ("Since 31 August 2016.", ("2016-09-01",), set()),
    ],
)  # fmt: skip
def test_dates_are_compared_as_times(opening, names, right):
    assert same(f"{opening} A leads B [1].", *names) == right


@pytest.mark.parametrize(
    ("opening", "names", "right"),
    [
        ("About 14 years.", ("14 years",), {"14 years"}),
        ("About 12 years.", ("12",), {"12"}),
        ("About 12 years so far.", ("twelve years", "12"), {"twelve years", "12"}),
        ("About 3 years.", ("36 months", "3 years"), {"36 months", "3 years"}),
        ("About 8 months.", ("8 months", "8"), {"8 months", "8"}),
        ("32 years old then.", ("32",), {"32"}),
        ("32 years old then.", ("32 years", "32 years old"), {"32 years", "32 years old"}),
        ("20 years old.", ("twenty",), {"twenty"}),
        ("1 year old.", ("1 year",), {"1 year"}),
        ("About 14 years.", ("13 years", "13", "15"), set()),
        ("About 14 years.", ("14 months", "14"), set()),
        ("About 8 months.", ("8",), set()),
        ("About 8 months.", ("8 years", "8"), set()),
        ("About 14 years.", ("114 years", "4"), set()),
        ("About 14 years.", ("over 14 years", "14-15 years", "14"), {"14"}),
        ("About 18 years.", ("18 years and 8 months", "18"), {"18"}),
        ("About 3 years.", ("3 km", "3"), {"3"}),
    ],
)
def test_lengths_of_time_and_ages_are_compared_by_value(opening, names, right):
    assert same(f"{opening} A led B [1].", *names) == right


def test_a_number_is_compared_by_value_and_is_no_length():
    counted = "The memory knows 3. A [1]."
    assert same(counted, "3", "three", "4") == {"3", "three"}
    assert same(counted, "4") == set()
    assert same(counted, "3 years", "3") is None


@pytest.mark.parametrize(
    "opening", ["Yes.", "The memory knows 3.", "About 3 years.", "Since 2016."]
)
def test_names_of_another_kind_are_not_compared(opening):
    assert same(f"{opening} A [1].", "ada brook", "3.0.1", "tern 90", "?", "") is None


def test_a_verdict_is_compared_with_verdicts():
    assert same("Yes. A [1].", "yes", "true") == {"yes"}
    assert same("Yes. A [1].", "no") == set()
