"""Since and until when a fact holds, said in a sentence of its own."""

from __future__ import annotations

from datetime import date

import pytest

from worker.heads.answering import Reading
from worker.heads.scripted.memory import InMemoryMemory
from worker.reading.say import say_since
from worker.types import EntityRef, Fact, RelationSpec

CHAIR = RelationSpec("c", "chair", template="The chair of {subject} is {object}.")
GUILD, ADA = EntityRef("g", "Guild"), EntityRef("a", "Ada")
TODAY = date(2024, 6, 1)


def said(*periods, until=False):
    facts = [Fact(str(at), GUILD, CHAIR, ADA, *period) for at, period in enumerate(periods)]
    reading = Reading(InMemoryMemory([CHAIR]), today=TODAY)
    return say_since(reading, facts, {}, until=until)


@pytest.mark.parametrize(
    ("begins", "ends", "until", "text"),
    [
        (date(2016, 2, 1), None, False,
         "Since 1 February 2016. The chair of Guild is Ada (since 1 February 2016) [1]."),
        (date(2016, 1, 1), None, False,
         "Since 2016. The chair of Guild is Ada (since 2016) [1]."),
        (date(1990, 1, 1), date(1994, 10, 1), False,
         "From 1 January 1990. The chair of Guild was Ada "
         "(from 1 January 1990 to 30 September 1994) [1]."),
        (date(2022, 9, 1), date(2028, 3, 1), False,
         "Since 1 September 2022. The chair of Guild is Ada "
         "(from 1 September 2022 to 29 February 2028) [1]."),
        (date(2031, 1, 1), None, False,
         "From 2031. The chair of Guild is to be Ada (planned from 2031) [1]."),
        (date(1990, 1, 1), date(1995, 1, 1), True,
         "Until 1994. The chair of Guild was Ada (from 1990 to 1994) [1]."),
        (None, date(2016, 9, 1), True,
         "Until 31 August 2016. The chair of Guild was Ada (until 31 August 2016) [1]."),
        (None, date.min, True, "The chair of Guild was Ada (before the year 1) [1]."),
    ],
)  # fmt: skip
def test_an_answer_opens_with_the_day_or_year_that_its_fact_says(begins, ends, until, text):
    answer = said((begins, ends), until=until)
    assert answer.text == text
    assert not answer.abstained
    assert answer.answers == ()


def test_several_facts_say_each_day_once():
    first, second = (date(1990, 5, 2), date(1991, 5, 2)), (date(2000, 3, 4), None)
    assert said(first, second).text.startswith("Since 2 May 1990, then 4 March 2000. The chair")
    assert said(second, second).text.startswith("Since 4 March 2000. The chair")


@pytest.mark.parametrize(("until", "lacking"), [(True, "an end"), (False, "a beginning")])
def test_without_the_day_it_says_what_is_lacking(until, lacking):
    answer = said((None, None), until=until)
    assert answer.abstained
    assert answer.text == f"I don't know. The memory has this without {lacking}."
