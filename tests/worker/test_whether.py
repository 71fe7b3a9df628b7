"""Whether something is so, where the thing itself has to be looked up, or has come back."""

from datetime import date

import pytest

from tests.worker.generated import Made, memory_of
from worker.reading.look_up import looked_up

TOMORROW = date(2026, 11, 27)
FACTS = [
    ("Halden FC", "coach", "Tom Poe", 1990, 1995),
    ("Halden FC", "coach", "Ann Holt", 1995, 2000),
    ("Halden FC", "coach", "Ben Roe", 2000),
    ("Halden FC", "coach", "Eve Lund", TOMORROW),
    ("Mill FC", "coach", "Tom Poe", 2001, 2003),
    ("Mill FC", "coach", "Ann Holt", 2004, 2010),
    ("Mill FC", "coach", "Tom Poe", 2010),
    ("Ben Roe", "country", "Norway"),
    ("Tom Poe", "country", "Norway", 1960, 1999),
    ("Ann Holt", "country", "Spain"),
]
COACH = "the head coach of {}"
NORSE = "is the head coach of {} one of the people whose citizenship is Norway"


@pytest.mark.parametrize(
    ("text", "said", "answer"),
    [
        ("Is the coach of Halden FC a citizen of Norway?", f"{NORSE.format('Halden FC')} (now)",
         "Yes. Halden FC: head coach: Ben Roe"),
        ("Is the coach of Mill FC a citizen of Norway?", f"{NORSE.format('Mill FC')} (now)",
         "No, not any more. Mill FC: head coach: Tom Poe"),
        ("Was the coach of Mill FC a citizen of Spain in 2005?",
         f"{NORSE.format('Mill FC')} (in 2005)".replace("Norway", "Spain"),
         "Yes, with no dates recorded. Mill FC: head coach: Ann Holt (from 2004 to 2009)"),
        ("Is Ben Roe the coach of Halden FC?", f"is Ben Roe {COACH.format('Halden FC')} (now)",
         "Yes."),
        ("Is Ann Holt the coach of Halden FC?", f"is Ann Holt {COACH.format('Halden FC')} (now)",
         "No, not any more."),
        ("Is Eve Lund the coach of Halden FC?", f"is Eve Lund {COACH.format('Halden FC')} (now)",
         "No, not yet."),
        ("Is Tom Poe the coach of Mill FC?", f"is Tom Poe {COACH.format('Mill FC')} (now)",
         "Yes. Mill FC: head coach: Tom Poe (since 2010)"),
        ("Was Tom Poe the coach of Mill FC?", f"is Tom Poe {COACH.format('Mill FC')}",
         "Yes. Mill FC: head coach: Tom Poe (since 2010)"),
        ("Was Tom Poe the coach of Mill FC in 2002?",
         f"is Tom Poe {COACH.format('Mill FC')} (in 2002)",
         "Yes. Mill FC: head coach: Tom Poe (from 2001 to 2002)"),
        ("Was Tom Poe the coach of Mill FC in 2004?",
         f"is Tom Poe {COACH.format('Mill FC')} (in 2004)", "No."),
    ],
)  # fmt: skip
def test_whether(text, said, answer):
    made = Made(memory_of(*FACTS), text)
    found = looked_up(made.said()[said].question, made.begin)
    assert found.text.startswith(answer)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Is Zed Quorn the coach of Halden FC?", "is Zed Quorn"),
        ("Is the coach of Zorb FC a citizen of Norway?", NORSE.format("Zorb FC")),
    ],
)
def test_of_what_nobody_knows_nothing_is_said(text, said):
    made = Made(memory_of(*FACTS), text)
    assert not [one for one in made.said() if one.startswith(said)]


def test_who_was_in_a_set_at_another_time_says_nothing_of_the_time():
    made = Made(memory_of(*FACTS), "Was the coach of Mill FC a citizen of Norway in 1992?")
    said = made.said()[f"{NORSE.format('Mill FC')} (in 1992)"]
    assert looked_up(said.question, made.begin) is None  # it had none in 1992


def test_many_who_were_in_a_set_are_few_if_few_are_today():
    years = range(1990, 2026)
    held = [("Halden FC", "coach", f"Coach {year}", year, year + 1) for year in years]
    facts = [*held, ("Halden FC", "coach", "Ben Roe", 2026), ("Ben Roe", "country", "Norway")]
    said = NORSE.format("Halden FC")
    made = Made(memory_of(*facts), "Is the coach of Halden FC a citizen of Norway?")
    assert looked_up(made.said()[f"{said} (now)"].question, made.begin).text.startswith("Yes.")
    assert said not in Made(memory_of(*facts), "Was the coach of Halden FC from Norway?").said()
    undated = [fact[:3] for fact in facts]
    now = Made(memory_of(*undated), "Is the coach of Halden FC a citizen of Norway?")
    assert f"{said} (now)" not in now.said()


def test_a_chain_that_leads_to_something_else_is_neither_stated_nor_ruled_out():
    made = Made(memory_of(*FACTS[1:2], *FACTS[6:]), "Was the coach of Halden FC from Norway?")
    said = made.said()
    assert NORSE.format("Halden FC") in said  # people they both are
    assert looked_up(said[NORSE.format("Halden FC")].question, made.begin) is None


def test_whether_somebody_was_first_is_by_all_of_the_set():
    made = Made(memory_of(*FACTS), "Was Ann Holt the first coach of Halden FC?")
    said = f"is Ann Holt the first of {COACH.format('Halden FC')} (ever)"
    assert looked_up(made.said()[said].question, made.begin) is None  # nor is it "yes"
    bare = [said for said in made.said() if said.startswith("is Ann Holt")]
    assert not [said for said in bare if said.endswith("(first)")]
    made = Made(memory_of(*FACTS), "Was Tom Poe the first coach of Halden FC?")
    said = f"is Tom Poe the first of {COACH.format('Halden FC')} (ever)"
    assert looked_up(made.said()[said].question, made.begin).text.startswith("Yes.")


@pytest.mark.parametrize(("when", "answered"), [("in 1990", True), ("in 1991", False)])
def test_whether_a_date_of_its_own_lies_in_a_time(when, answered):
    facts = [*FACTS, ("Ann Holt", "born", "1990-05-01")]
    made = Made(memory_of(*facts), f"Was the coach of Mill FC born {when}?")
    said = f"is {COACH.format('Mill FC')} one of the things whose date of birth is {when}"
    found = made.said().get(said)
    assert bool(found) is answered
    if found:
        text = looked_up(found.question, made.begin).text
        assert text.startswith("Yes.")
        assert "date of birth: 1990-05-01" in text


def test_whether_there_are_any_is_not_asked_by_who_asks_which():
    any_ = "are there any people whose citizenship is Norway"
    asks = Made(memory_of(*FACTS), "Are there any people of Norway?")
    assert any_ in asks.said()
    which = Made(memory_of(*FACTS), "Are there any people of Norway? Who?")
    assert any_ not in which.said()
    assert "which people whose citizenship is Norway" in which.said()
