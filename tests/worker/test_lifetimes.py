"""Those of a set that are gone, still there, or were there at a time, and who lasted longest."""

import pytest

from tests.worker.generated import TODAY, Made, memory_of
from worker.reading.canonical import canonical
from worker.reading.question import Question
from worker.reading.sets import Sets

# Three members: one ended, one not, one whose times nobody knows.
FACTS = [
    ("Ann Holt", "member", "Halden FC"), ("Tom Poe", "member", "Halden FC"),
    ("Ben Roe", "member", "Halden FC"),
    ("Ann Holt", "start", "1900"), ("Ann Holt", "end", "1950"), ("Tom Poe", "start", "1940"),
]  # fmt: skip
HALDEN = "people whose member of is Halden FC"


def made_of(text):
    made = Made(memory_of(*FACTS), text)
    found = Sets(made.linked, made.memory, made.around, made.alignment, TODAY).joined(made.sets())
    return {canonical(Question("which", one.node)).removeprefix("which "): one for one in found}


def names(chain):
    return sorted(end.name for end in chain.ends)


@pytest.mark.parametrize(
    ("text", "said", "there"),
    [
        ("Which of Halden FC are gone?", f"{HALDEN} and whose end time is in the past",
         ["Ann Holt"]),
        ("Which of Halden FC no longer exist?", f"{HALDEN} and whose end time is in the past",
         ["Ann Holt"]),
        ("Which of Halden FC still exist?", f"{HALDEN} except things whose end time is in the past",
         ["Ben Roe", "Tom Poe"]),
        ("Which of Halden FC have not closed?",
         f"{HALDEN} except things whose end time is in the past", ["Ben Roe", "Tom Poe"]),
    ],
)  # fmt: skip
def test_those_that_are_gone_are_told_from_those_still_there(text, said, there):
    assert names(made_of(text)[said]) == there


def test_what_is_yet_to_end_is_not_gone():
    facts = [*FACTS, ("Tom Poe", "end", "2090")]
    made = Made(memory_of(*facts), "Which of Halden FC are gone?")
    found = Sets(made.linked, made.memory, made.around, made.alignment, TODAY).joined(made.sets())
    said = f"which {HALDEN} and whose end time is in the past"
    (gone,) = [one for one in found if canonical(Question("which", one.node)) == said]
    assert names(gone) == ["Ann Holt"]


def test_without_a_word_for_it_nothing_is_gone():
    assert not [said for said in made_of("Which are of Halden FC?") if "in the past" in said]


@pytest.mark.parametrize(
    ("when", "there"),
    [("in 1930", ["Ann Holt"]), ("in 1945", ["Ann Holt", "Tom Poe"]), ("in 1960", ["Tom Poe"]),
     ("in 1890", [])],
)  # fmt: skip
def test_there_at_a_time_are_those_that_had_begun_and_not_ended(when, there):
    found = made_of(f"Which of Halden FC existed {when}?")
    begun = f"{HALDEN} and whose start time is {when} or before"
    got = [one for said, one in found.items() if said.partition(" except ")[0] == begun]
    assert [names(one) for one in got] == ([there] if there else [])


def test_those_founded_at_a_time_are_not_those_that_were_there():
    found = made_of("Which of Halden FC were founded in 1945?")
    assert not [said for said in found if "or before" in said]


def test_what_was_there_at_a_time_is_looked_up():
    made = Made(memory_of(*FACTS), "Which of Halden FC existed in 1960?")
    (said,) = [said for said in made.said() if f"which {HALDEN} and whose start time" in said]
    assert made.answers(said) == ["Tom Poe"]


@pytest.mark.parametrize(
    ("text", "said", "who"),
    [
        ("Who of Halden FC had the longest life?", "longest", ["Tom Poe"]),
        ("Who of Halden FC lasted the shortest time?", "shortest", ["Ann Holt"]),
    ],
)
def test_the_longest_of_what_has_no_dates_in_its_set_lasted_longest(text, said, who):
    made = Made(memory_of(*FACTS), text)
    reading = f"what is the {said} of {HALDEN}"
    assert made.answers(reading) == who
    lived = {made.linked.texts[at] for at in made.said()[reading].words}
    assert lived & {"life", "lasted"}
