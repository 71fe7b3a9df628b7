"""How an answer is made: sentences from templates, citations that count on, reads that are kept."""

from dataclasses import replace
from datetime import date

import pytest

from worker.heads.answering import NEAR, Reading, claim, combined, rules_out, without_offer
from worker.heads.scripted.memory import InMemoryMemory
from worker.heads.timing import AskedTime
from worker.types import EntityRef, Fact, RelationSpec

CHAIR = RelationSpec("c", "chair", template="The chair of {subject} is {object}.",
                     single_valued=True)  # fmt: skip
EMPLOYER = RelationSpec("e", "employer")
TODAY = date(2024, 6, 1)
GUILD = EntityRef("e:guild", "Guild")


@pytest.fixture
def memory():
    memory = InMemoryMemory([CHAIR, EMPLOYER])
    memory.add(
        "Guild", "c", "Ada", valid_from=date(1990, 1, 1), valid_to=date(2000, 1, 1), superseded=True
    )
    memory.add("Guild", "c", "Ben", valid_from=date(2000, 1, 1))
    memory.add("Ben", "e", "Guild")
    return memory


def fact(template="", subject="A", object_="B", **fields):
    relation = RelationSpec("r", "likes", template=template, **fields)
    return Fact("t", EntityRef("a", subject), relation, EntityRef("b", object_))


def test_it_states_a_fact_by_its_template_with_the_citation():
    assert claim(fact("{object} is liked by {subject}."), 3, today=TODAY) == "B is liked by A [3]."
    assert claim(fact(), 1, today=TODAY) == "A: likes: B [1]."
    assert claim(fact("{subject} likes."), 1, today=TODAY) == "A: likes: B [1]."
    assert (
        claim(fact("{subject} likes {object}", "{object}"), 1, today=TODAY)
        == "{object} likes B [1]."
    )
    assert claim(fact("{subject} likes {object}."), 1, today=TODAY, note="no dates recorded") == (
        "A likes B (no dates recorded) [1]."
    )


def test_it_answers_with_what_holds_today_and_with_the_past_only_when_asked(memory):
    reading = Reading(memory, today=TODAY)
    facts = reading.ask(CHAIR, GUILD, "subject")
    assert [one.object.name for one in facts] == ["Ben"]
    reading = Reading(memory, date(1995, 5, 5), today=TODAY)
    answer = reading.answer(reading.ask(CHAIR, GUILD, "subject"), answers=())
    assert answer.text == "The chair of Guild was Ada (from 1990 to 1999) [1]."


def test_it_says_when_a_fact_has_no_dates_though_a_time_is_asked(memory):
    reading = Reading(memory, date(1995, 5, 5), today=TODAY)
    ben = memory.find_entities("Ben")[0][2]
    answer = reading.answer(reading.ask(EMPLOYER, ben, "subject"), answers=())
    assert answer.text == "Ben: employer: Guild (no dates recorded) [1]."


def test_it_knows_when_the_facts_are_there_for_another_time(memory):
    reading = Reading(memory, AskedTime(None, date(1980, 1, 1), "before 1980"), today=TODAY)
    assert reading.ask(CHAIR, GUILD, "subject") == ()
    assert reading.knows_otherwise(CHAIR, GUILD, "subject")
    assert len(reading.traces) == 2


def test_it_makes_the_same_read_once(memory):
    reading = Reading(memory, today=TODAY)
    assert reading.ask(CHAIR, GUILD, "subject") == reading.ask(CHAIR, GUILD, "subject")
    assert reading.calls == "({MEM_READ(Guild>>chair>>)--> Ben})"


def test_it_counts_citations_on_over_several_answers(memory):
    one = Reading(memory, today=TODAY)
    first = one.answer(one.ask(CHAIR, GUILD, "subject"), answers=())
    two = Reading(memory, today=TODAY, cited=1)
    second = two.answer(two.ask(CHAIR, GUILD, "subject"), answers=())
    silent = Reading(memory, today=TODAY).abstain("No entity is known.")
    both = combined([first, second, silent], ["Of the 9 questions, the first 3 were looked at."])
    assert both.text == (
        "The chair of Guild is Ben (since 2000) [1]. The chair of Guild is Ben (since 2000) [2]. "
        "I don't know. No entity is known."
    )
    assert len(both.cited) == 2
    assert not both.abstained
    assert both.understood == ("Of the 9 questions, the first 3 were looked at.",)
    assert combined([first]) is first


def test_it_abstains_when_every_question_is_unanswered(memory):
    silent = Reading(memory, today=TODAY).abstain("No entity is known.")
    both = combined([silent, silent])
    assert both.abstained
    assert both.reason == "No entity is known."
    assert both.cited == ()


@pytest.mark.parametrize(
    ("single", "type_", "other", "ruled_out"),
    [
        (True, "PER", "PER", True),
        (False, "PER", "PER", False),
        (True, "LOC", "LOC", False),
        (True, "TIME", "TIME", False),
        (True, "PER", "ORG", False),
        (True, "", "", False),
    ],
)
def test_it_says_no_only_where_nothing_else_fits(single, type_, other, ruled_out):
    relation = RelationSpec("r", "chair", single_valued=single)
    stated = Fact("t", GUILD, relation, EntityRef("b", "Ben", type_))
    assert rules_out(stated, EntityRef("c", "Cleo", other)) == ruled_out
    assert not rules_out(stated, stated.object)


@pytest.mark.parametrize(
    ("begins", "ends", "said"),
    [
        (None, date(2008, 1, 1), "The chair of A was B (until 2007) [1]."),
        (None, date(2024, 6, 1), "The chair of A was B (until 31 May 2024) [1]."),
        (date(2020, 1, 1), date(2024, 6, 2), "The chair of A is B (from 1 January 2020 to "),
        (date(2020, 1, 1), None, "The chair of A is B (since 2020) [1]."),
        (date(2031, 1, 1), None, "The chair of A is to be B (planned from 2031) [1]."),
        (date(2031, 1, 1), date(2035, 1, 1), "The chair of A is to be B (planned from 2031 to "),
        (None, None, "The chair of A is B [1]."),
    ],
)  # fmt: skip
def test_what_has_ended_is_past_and_what_has_not_begun_is_planned(begins, ends, said):
    chair = replace(fact("The chair of {subject} is {object}."), valid_from=begins, valid_to=ends)
    assert claim(chair, 1, today=TODAY).startswith(said)


def test_a_fact_that_begins_later_answers_no_question_of_today():
    memory = InMemoryMemory([CHAIR])
    memory.add("Guild", "c", "Cy", valid_from=date(2031, 1, 1))
    for past in (False, True):
        reading = Reading(memory, today=TODAY, past=past)
        assert reading.ask(CHAIR, GUILD, "subject") == ()
        answer = reading.abstain("The memory has no such fact.")
        assert answer.text.endswith(
            "to come (planned from 2031): “The chair of Guild is to be Cy”."
        )
    then = Reading(memory, date(2032, 1, 1), today=TODAY)
    planned = then.answer(then.ask(CHAIR, GUILD, "subject"), answers=())
    assert planned.text == "The chair of Guild is to be Cy (planned from 2031) [1]."


def test_an_abstention_offers_what_is_near_and_cites_it(memory):
    reading = Reading(memory, today=TODAY, cited=1)
    offered = reading.offer("The founder is not known.", reading.ask(CHAIR, GUILD, "subject"))
    assert offered.abstained
    assert offered.answers == ()
    assert offered.reason == "The founder is not known."
    assert offered.text == (
        f"I don't know. {offered.reason} {NEAR} The chair of Guild is Ben (since 2000) [2]."
    )
    assert [one.object.name for one in offered.cited] == ["Ben"]
    plain = without_offer(offered)
    assert (plain.text, plain.cited) == ("I don't know. The founder is not known.", ())
    assert without_offer(plain) is plain
    both = combined([offered, offered])
    assert both.abstained
    assert both.cited == ()
