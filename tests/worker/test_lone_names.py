"""Questions that leave one side unsaid, except by a part of a name, or compare within a set."""

import pytest

from tests.worker.generated import Made, memory_of
from worker.heads.scripted.memory import Named
from worker.reading.chains import loops
from worker.reading.look_up import looked_up

COACHES = [
    ("Halden FC", "coach", "Tom Poe", 1990, 1995),
    ("Halden FC", "coach", "Ann Holt", 1995, 2003),
    ("Halden FC", "coach", "Ben Roe", 2003),
    ("Ann Holt", "born", "1960-05-01"),
]


def answer(made, said):
    return looked_up(made.said()[said].question, made.begin).text


def test_how_long_is_asked_of_one_who_is_so_to_something_unnamed():
    made = Made(memory_of(*COACHES), "How long did Ann Holt coach the club?")
    said = "for how long is Ann Holt the head coach of Halden FC"
    assert answer(made, said).startswith("About 8 years.")
    until = Made(memory_of(*COACHES), "Until when did Ann Holt coach the club?")
    found = answer(until, "until when is Ann Holt the head coach of Halden FC")
    assert found.startswith("Until 2002.")


def test_where_several_are_meant_none_is_asked_of():
    facts = [("Ann Holt", "member", "Halden FC", 1990, 1995), ("Ann Holt", "member", "Mill FC")]
    said = Made(memory_of(*facts), "How long was Ann Holt a member?").said()
    assert not [one for one in said if one.startswith("for how long is Ann Holt")]


def test_what_has_no_dates_is_not_asked_for_how_long():
    made = Made(memory_of(("Ann Holt", "member", "Halden FC")), "How long was Ann Holt a member?")
    assert not [one for one in made.said() if one.startswith("for how long is Ann Holt")]


@pytest.mark.parametrize(
    ("dates", "opening"),
    [
        ([("start", "1958"), ("end", "1976")], "About 18 years."),
        ([("start", "1958")], "About 68 years so far."),
        ([("start", "1976"), ("end", "1958")], "I don't know. What is recorded has"),
        ([("start", "2030")], "I don't know. The memory does not know when"),
    ],
)
def test_how_long_something_itself_lasted(dates, opening):
    made = Made(
        memory_of(*(("Cod War", one, day) for one, day in dates)), "How long was the Cod War?"
    )
    assert answer(made, "for how long did Cod War last or live").startswith(opening)


def test_an_age_is_asked_for_when_one_became_something_unnamed():
    made = Made(memory_of(*COACHES), "How old was Ann Holt when she took over?")
    said = "how old is Ann Holt (when Ann Holt became head coach of Halden FC)"
    assert answer(made, said).startswith("34 years old then.")


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Which coaches did Halden FC have apart from Poe?", "poe"),
        ("Halden FC's coaches, Holt left out", "holt"),
        ("The coaches of Halden FC minus the Roes", "roes"),
    ],
)
def test_somebody_is_left_out_by_a_part_of_the_name(text, left):
    made = Made(memory_of(*COACHES), text)
    kept = {"poe": ["Ann Holt", "Ben Roe"], "holt": ["Ben Roe", "Tom Poe"],
            "roes": ["Ann Holt", "Tom Poe"]}[left]  # fmt: skip
    names = {"poe": "Tom Poe", "holt": "Ann Holt", "roes": "Ben Roe"}
    said = f"what is the head coach of Halden FC except {names[left]} (ever)"
    assert made.answers(said) == kept


def test_not_all_are_left_out_by_a_name_that_all_have():
    facts = [("Halden FC", "coach", "Tom Poe"), ("Halden FC", "coach", "Ann Poe")]
    said = Made(memory_of(*facts), "The coaches of Halden FC except Poe").said()
    assert not [one for one in said if "except" in one]


@pytest.mark.parametrize(
    ("text", "word", "who"),
    [
        ("Who coached Halden FC first, Tom Poe or Ann Holt?", "first", "Tom Poe"),
        ("Who coached Halden FC for longer, Tom Poe or Ann Holt?", "longer", "Ann Holt"),
    ],
)
def test_two_are_compared_by_when_and_how_long_they_were_in_a_set(text, word, who):
    made = Made(memory_of(*COACHES), text)
    whole = "the head coach of Halden FC and also Tom Poe or Ann Holt"
    assert made.answers(f"what is the {word} of {whole} (ever)") == [who]


def test_of_two_the_one_that_lasted_longer():
    dates = [("Cod War", "start", "1958"), ("Cod War", "end", "1976"),
             ("Mud War", "start", "1970"), ("Mud War", "end", "1971")]  # fmt: skip
    made = Made(memory_of(*dates), "Which lasted longer, the Cod War or the Mud War?")
    assert made.answers("which of Cod War or Mud War lasted or lived longer") == ["Cod War"]
    open_end = Made(memory_of(*dates[:3]), "Which lasted longer, the Cod War or the Mud War?")
    said = open_end.said()["which of Cod War or Mud War lasted or lived longer"]
    assert looked_up(said.question, open_end.begin) is None


def test_what_is_in_one_of_two_sets_of_different_kinds():
    facts = [("Ann Holt", "member", "Halden FC"), ("Tom Poe", "country", "Norway")]
    text = "Who plays for Halden FC or is from Norway?"
    said = "which people whose member of is Halden FC or people whose citizenship is Norway"
    assert Made(memory_of(*facts), text).answers(said) == ["Ann Holt", "Tom Poe"]
    both = text.replace(" or ", " and ")
    assert said not in Made(memory_of(*facts), both).said()


def test_who_was_so_once_is_left_out_of_those_who_never_were():
    """That the set which is left out has a past is told by what was met on the way."""
    facts = [*COACHES, ("Tom Poe", "member", "Halden FC"), ("Eva Lund", "member", "Halden FC")]
    made = Made(memory_of(*facts), "Which members of Halden FC never coached it?")
    said = "which people whose member of is Halden FC except the head coach of Halden FC (ever)"
    assert made.answers(said) == ["Eva Lund"]


def test_a_name_that_begins_with_the_gives_way_to_the_longer_one():
    memory = memory_of((Named("Arda Opera", "ORG", ("the Arda",)), "owner", "Mill FC"))
    found = memory.find_entities("Where is the Arda Opera?")
    assert [(start, end) for start, end, _ in found] == [(13, 23)]
    assert [(start, end) for start, end, _ in memory.find_entities("Is it the Arda?")] == [(6, 14)]


def test_a_relation_that_is_gone_along_and_back_again_is_a_loop():
    made = Made(memory_of(*COACHES), "Who coached Halden FC?")
    coach = next(r for r in made.memory.relations() if r.id == "coach")
    assert loops([(coach, "subject"), (coach, "object")]) == 1
    assert loops([(coach, "subject"), (coach, "subject")]) == loops([]) == 0
