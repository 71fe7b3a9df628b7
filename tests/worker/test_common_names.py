"""What common words of a question name: jobs, genres, kinds of things."""

import pytest

from tests.worker.generated import TODAY, Made, memory_of
from tests.worker.rankers import BY_WORDS, Counting, shipped_matcher
from worker.heads.encoder.mentions import common_names, named_entities
from worker.heads.encoder.ranked import linked_of, readings
from worker.heads.encoder.ranked_answers import RankedAnswers, Unread
from worker.heads.encoder.reranker import compared
from worker.heads.scripted.memory import Named
from worker.types import TracedAnswer

PAINTER = Named("painter", "ORG")
FACTS = [
    ("Ann Holt", "member", PAINTER), ("Tom Poe", "member", PAINTER),
    ("Ann Holt", "country", "Norway"), ("Tom Poe", "country", "Spain"),
    ("Eva Lund", "member", "Halden FC"), ("Tom Poe", "member", "Halden FC"),
]  # fmt: skip


def common(text, facts=FACTS):
    memory = memory_of(*facts)
    named = named_entities(memory, text)
    return [text[one.start : one.end] for one in common_names(memory, text, named)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Which painters are from Norway?", ["painters"]),
        ("Is Ann Holt a painter?", ["painter"]),
        ("Which Painters are from Norway?", []),  # written as a name, and not known as one
        ("Who is from Norway?", []),
        ("", []),
        ("?!", []),
    ],
)
def test_a_common_word_names_what_bears_that_very_name(text, found):
    assert common(text) == found


def test_what_stands_inside_a_proper_name_is_none():
    facts = [*FACTS, ("Ann Holt", "member", "painter guild Oslo")]
    assert common("Who is in the painter guild Oslo?", facts) == []


def test_short_words_and_words_of_questions_are_none():
    facts = [(name, "member", "Halden FC") for name in ("art", "name", "year")]
    assert common("Which art has the name of the year?", facts) == []


def linked(text):
    memory = memory_of(*FACTS)
    named = named_entities(memory, text)
    return memory, linked_of(text, named, None, common_names(memory, text, named))


def test_a_reading_may_use_it_and_need_not():
    memory, asked = linked("Which painters are from Norway?")
    assert asked.common == {0}
    assert asked.proper == {1}
    made = readings(shipped_matcher(), Counting(), memory, asked, TODAY, BY_WORDS.first, 100)
    used = [one for one in made if 0 in one.candidate.things]
    left = [one for one in made if one.candidate.things == {1}]
    assert used
    assert left
    assert all(one.figures["common"] == 1.0 for one in used)
    assert all(one.figures["names"] == 0.0 and one.figures["unsaid"] >= 1.0 for one in left)


def test_it_stands_as_it_is_in_what_the_cross_encoder_reads():
    memory, asked = linked("Which painters are from Norway?")
    made = readings(shipped_matcher(), Counting(), memory, asked, TODAY, BY_WORDS.first, 100)
    texts = compared(asked, [one.candidate for one in made])
    assert {one.question for one in texts} == {"which painters are from place A ?"}
    assert any("whose member of is painters" in one.reading for one in texts)


def test_who_is_with_somebody_is_not_that_one():
    made = Made(memory_of(*FACTS), "Who plays with Eva Lund?")
    said = "which people whose member of is the member of of Eva Lund"
    assert made.answers(f"{said} except Eva Lund") == ["Tom Poe"]
    assert made.answers(said) == ["Eva Lund", "Tom Poe"]


def test_things_are_dated_by_a_time_that_something_else_says():
    facts = [
        ("Halden FC", "coach", "Tom Poe", 1990, 1995),
        ("Halden FC", "owner", "Holt Group"), ("Mill FC", "owner", "Holt Group"),
        ("Halden FC", "start", "1980"), ("Mill FC", "start", "1992"),
    ]  # fmt: skip
    text = "Which clubs of Holt Group began while Tom Poe coached Halden FC?"
    time = "while Tom Poe was head coach of Halden FC"
    said = f"which organisations whose owned by is Holt Group and whose start time is {time}"
    assert Made(memory_of(*facts), text).answers(said) == ["Mill FC"]


def test_common_words_around_a_proper_name_make_it_longer():
    office = Named("Finance Minister of Arda", "ORG")
    facts = [("Ann Holt", "member", office, 1990, 1995), ("Tom Poe", "member", office, 1995),
             ("Eva Lund", "country", "Arda")]  # fmt: skip
    assert common("Which finance ministers of Arda were there?", facts) == [
        "finance ministers of Arda"
    ]
    memory = memory_of(*facts)
    ranked = RankedAnswers(shipped_matcher(), Counting(), BY_WORDS)
    text = "Which finance ministers of Arda were there?"
    found = ranked.readings(Unread(text, memory, TODAY), TracedAnswer("", True, reason="?"))
    assert any("whose member of is organisation A" in one.reading for one in found)
    assert {one.figures["names"] for one in found} == {0.0}
