"""The time that a question asks about, and which facts answer for it."""

from datetime import date

import pytest

from worker.heads.timing import AskedTime, asked_times, chosen, on_day, period, standing
from worker.types import EntityRef, Fact, RelationSpec

TODAY = date(2024, 6, 1)
CHAIR = RelationSpec("r", "chairperson", single_valued=True)
MEMBER = RelationSpec("m", "member of")


def fact(name, start=None, end=None, relation=CHAIR):
    return Fact(name, EntityRef("g", "Guild"), relation, EntityRef(name, name), start, end)


def names(facts):
    return [one.object.name for one in facts]


ADA = fact("Ada", date(1990, 1, 1), date(2000, 1, 1))
BEN = fact("Ben", date(2000, 1, 1), date(2010, 1, 1))
CLEO = fact("Cleo", date(2010, 1, 1))
DAN = fact("Dan")


@pytest.mark.parametrize(
    ("question", "start", "end", "rest"),
    [
        ("Who led X in 1998?", date(1998, 1, 1), date(1998, 12, 31), "Who led X?"),
        ("Who led X 1998?", date(1998, 1, 1), date(1998, 12, 31), "Who led X?"),
        ("In 1998, who led X?", date(1998, 1, 1), date(1998, 12, 31), "who led X?"),
        ("Who led X on 3 May 2001?", date(2001, 5, 3), date(2001, 5, 3), "Who led X?"),
        ("Who led X as of May 2001?", date(2001, 5, 1), date(2001, 5, 31), "Who led X?"),
        ("Who led X before 1998?", None, date(1997, 12, 31), "Who led X?"),
        ("Who led X prior to 3 May 2001?", None, date(2001, 5, 2), "Who led X?"),
        ("Who led X after 1998?", date(1999, 1, 1), None, "Who led X?"),
        ("Who has led X since 1998?", date(1998, 1, 1), None, "Who has led X?"),
        ("Who led X until 1998?", None, date(1998, 12, 31), "Who led X?"),
        ("Who led X from 1990 to 1995?", date(1990, 1, 1), date(1995, 12, 31), "Who led X?"),
        ("Who led X between 1990 and 1995?", date(1990, 1, 1), date(1995, 12, 31), "Who led X?"),
        ("Who led X from 1998 onwards?", date(1998, 1, 1), None, "Who led X?"),
        ("Who led X in the 1990s?", date(1990, 1, 1), date(1999, 12, 31), "Who led X?"),
        ("Who led X in 1998 in Rome?", date(1998, 1, 1), date(1998, 12, 31), "Who led X in Rome?"),
        ("Who currently leads X?", TODAY, TODAY, "Who leads X?"),
        ("Who led X in winter of 9999 AD?", date(9999, 1, 1), date.max, "Who led X?"),
        ("Who led X in after 9999 AD?", date.max, None, "Who led X?"),
        ("Who led X in 44 BC?", date.min, date.min, "Who led X?"),
    ],
)
def test_it_takes_the_time_out_of_a_question(question, start, end, rest):
    timed = next(asked_times(question, TODAY))
    assert (timed.time.start, timed.time.end, timed.text) == (start, end, rest)


@pytest.mark.parametrize(
    "question",
    ["Who led X?", "Who lived in Rome?", "Who is on the 7 team?", "Who came after Ada?", "", "in"],
)
def test_it_finds_no_time_where_there_is_none(question):
    assert list(asked_times(question, TODAY)) == []


def test_it_moves_the_places_of_names():
    question = "In 1998, who led the Guild?"
    timed = next(asked_times(question, TODAY))
    at = timed.moved(question.index("Guild"))
    assert timed.text[at : at + 5] == "Guild"


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Who led X in 1989?", ["Dan"]),
        ("Who led X in 1990?", ["Ada"]),
        ("Who led X in 1999?", ["Ada"]),
        ("Who led X in 2000?", ["Ben"]),
        ("Who led X before 2000?", ["Ada"]),
        ("Who led X after 2009?", ["Cleo"]),
        ("Who led X since 2005?", ["Ben", "Cleo"]),
        ("Who led X from 1995 to 2005?", ["Ada", "Ben"]),
        ("Who was the first leader of X?", ["Ada"]),
        ("Who was the last leader of X?", ["Cleo"]),
        ("Who was the previous leader of X?", ["Ben"]),
        ("Who were the former leaders of X?", ["Ada", "Ben"]),
    ],
)
def test_it_chooses_the_facts_of_the_time(question, expected):
    time = next(asked_times(question, TODAY)).time
    assert names(chosen([ADA, BEN, CLEO, DAN], time, TODAY)) == expected


def test_it_takes_facts_without_dates_only_where_no_other_holds():
    time = on_day(date(1980, 1, 1))
    assert names(chosen([ADA, DAN], time, TODAY)) == ["Dan"]
    assert names(chosen([ADA], time, TODAY)) == []


def test_it_answers_a_question_without_a_time_with_what_holds_today():
    assert names(standing([ADA, BEN, CLEO], TODAY, past=False)) == ["Cleo"]
    assert names(standing([ADA, BEN, CLEO], TODAY, past=True)) == ["Cleo"]
    assert names(standing([ADA, BEN], TODAY, past=False)) == ["Ada", "Ben"]
    both = [fact("Ada", date(1990, 1, 1), date(2000, 1, 1), MEMBER), fact("Ben", relation=MEMBER)]
    assert names(standing(both, TODAY, past=False)) == ["Ben"]
    assert names(standing(both, TODAY, past=True)) == ["Ada", "Ben"]


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        (None, None, ""),
        (date(1990, 1, 1), date(2000, 1, 1), "from 1990 to 1999"),
        (date(1990, 1, 1), date(1991, 1, 1), "in 1990"),
        (date(2001, 5, 3), None, "since 3 May 2001"),
        (None, date(2001, 5, 3), "until 2 May 2001"),
        (date(2001, 5, 3), date(2001, 5, 4), "on 3 May 2001"),
    ],
)
def test_it_says_when_a_fact_held(start, end, words):
    assert period(fact("Ada", start, end)) == words


def test_it_counts_the_end_of_a_fact_as_the_first_day_after_it():
    assert not AskedTime(date(2000, 1, 1), None, "").holds(ADA)
    assert AskedTime(date(1999, 12, 31), None, "").holds(ADA)
