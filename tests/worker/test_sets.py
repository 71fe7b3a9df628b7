"""Sets made of other sets: in both, in either, in one and not another, of a date, and kin."""

import pytest

from tests.worker.generated import TODAY, Made, memory_of
from tests.worker.memories import standard_memory
from worker.reading.candidates import Generator
from worker.reading.canonical import canonical
from worker.reading.question import Question, Reached
from worker.reading.sets import MOST_JOINED, Sets

FACTS = [
    ("Ann Holt", "member", "Halden FC"), ("Tom Poe", "member", "Halden FC"),
    ("Tom Poe", "member", "Mill FC"), ("Ben Roe", "member", "Mill FC"),
    ("Ann Holt", "country", "Norway"), ("Tom Poe", "country", "Spain"),
    ("Ann Holt", "born", "1990-05-01"), ("Tom Poe", "born", "1985"),
]  # fmt: skip
HALDEN, MILL = "people whose member of is Halden FC", "people whose member of is Mill FC"
NORSE = "people whose citizenship is Norway"


def joined(text, facts=FACTS):
    """Return the sets that are made of the sets of one step, with the names that are in each."""
    made = Made(memory_of(*facts), text)
    sets = made.sets()
    found = Sets(made.linked, made.memory, made.around, made.alignment, TODAY).joined(sets)
    return {
        canonical(Question("which", one.node)).removeprefix("which "): one for one in found
    }, made


def names(chain):
    return sorted(end.name for end in chain.ends)


@pytest.mark.parametrize(
    ("text", "said", "there"),
    [
        ("Who plays for both Halden FC and Mill FC?", f"{HALDEN} and whose member of is Mill FC",
         ["Tom Poe"]),
        ("Who plays for Halden FC or Mill FC?", f"{HALDEN} or {MILL}",
         ["Ann Holt", "Ben Roe", "Tom Poe"]),
        ("Who plays for Halden FC and not Mill FC from Norway?", f"{HALDEN} except {NORSE}",
         ["Tom Poe"]),
        ("Who plays for Halden FC and is not from Norway?", f"{HALDEN} except {NORSE}",
         ["Tom Poe"]),
        ("Who plays for Halden FC and is not from Norway?",
         f"{HALDEN} but not those whose citizenship is Norway", ["Tom Poe"]),
        ("Who plays for Halden FC except those from Norway?", f"{HALDEN} except {NORSE}",
         ["Tom Poe"]),
    ],
)  # fmt: skip
def test_two_sets_make_one(text, said, there):
    found, _ = joined(text)
    assert names(found[said]) == there


@pytest.mark.parametrize(
    ("text", "word"),
    [("Who plays for Halden FC for Mill FC?", " or "), ("Who plays for Halden FC?", " and "),
     ("Who plays for Halden FC from Norway?", " except "), ("Halden FC and Norway?", " but not ")],
)  # fmt: skip
def test_nothing_is_joined_without_a_word_for_it(text, word):
    assert not [said for said in joined(text)[0] if word in said]


def test_what_is_in_no_two_sets_is_not_joined():
    found, _ = joined("Who plays for Mill FC and is from Norway?")
    assert f"{MILL} and whose citizenship is Norway" not in found


def test_who_lacks_something_is_found_by_what_is_not_there():
    made = Made(memory_of(*FACTS), "Who plays for Mill FC and has no citizenship?")
    sets = made.sets(2)
    found = Sets(made.linked, made.memory, made.around, made.alignment, TODAY).joined(sets)
    (one,) = {
        chain.ends for chain in found
        if canonical(Question("which", chain.node)).endswith("except those with a citizenship")
    }  # fmt: skip
    assert [end.name for end in one] == ["Ben Roe"]


@pytest.mark.parametrize(
    ("when", "there"),
    [
        ("before 1990", ["Tom Poe"]), ("after 1985", ["Ann Holt"]), ("in 1990", ["Ann Holt"]),
        ("since 1985", ["Ann Holt", "Tom Poe"]), ("in 1950", None), ("before 1985", None),
    ],
)  # fmt: skip
def test_a_set_is_of_those_with_a_date_in_a_time(when, there):
    found, made = joined(f"Which people of Halden FC were born {when}?")
    said = f"{HALDEN} and whose date of birth is {when}"
    if there is None:
        assert said not in found
    else:
        assert names(found[said]) == there
        assert found[said].words >= made.linked.time_words


def test_without_dates_no_set_is_dated():
    facts = [*FACTS[:6], ("Ann Holt", "born", "some day")]
    found, _ = joined("Which people of Halden FC were born in 1990?", facts)
    assert not [said for said in found if "date of birth" in said and "in 1990" in said]


@pytest.mark.parametrize(
    "text", ["Who of Halden FC and Mill FC is it now?", "Who of Halden FC and Mill FC came first?"]
)
def test_today_and_a_place_in_a_row_date_no_set(text):
    found, _ = joined(text)
    assert found
    assert not [said for said in found if "whose date of birth is" in said]


def test_there_are_not_more_than_may_be_looked_at():
    crowd = [
        (f"Zed Quorn{n}", "member", club) for n in range(9) for club in ("Halden FC", "Mill FC")
    ]
    made = Made(memory_of(*crowd, *FACTS), "Who of Halden FC, Mill FC, Norway or Spain is it not?")
    sets = made.sets(2)
    found = Sets(made.linked, made.memory, made.around, made.alignment, TODAY).joined(sets)
    there = [one for one in found if not isinstance(one.node, Reached)]
    assert MOST_JOINED <= len(there) <= 2 * MOST_JOINED  # of two conditions, and of three


def test_three_conditions_make_one_set_whatever_their_order():
    facts = [*FACTS, ("Ann Holt", "member", "Mill FC"), ("Ben Roe", "country", "Norway")]
    found, _ = joined("Who from Norway plays for Halden FC and Mill FC?", facts)
    three = [said for said in found if said.count(" is ") == 3 and " or " not in said]
    assert f"{NORSE} and whose member of is Halden FC and whose member of is Mill FC" in three
    assert names(found[three[0]]) == ["Ann Holt"]
    parts = [frozenset(said.removeprefix("people ").split(" and ")) for said in three]
    assert len(parts) == len(set(parts))


def test_a_third_condition_may_be_a_date():
    facts = [*FACTS, ("Tom Poe", "country", "Norway")]
    found, _ = joined("Which players of Halden FC from Norway were born before 1990?", facts)
    three = [said for said in found if said.count(" is ") == 3 and "before 1990" in said]
    assert [names(found[said]) for said in three if said.startswith("people")] == [["Tom Poe"]]


def test_two_names_alone_are_no_three_conditions():
    found, _ = joined("Who from Norway plays for Halden FC?")
    assert all(said.count("whose") < 3 for said in found)


def test_nothing_is_made_of_nothing():
    made = Made(memory_of(*FACTS), "Who is Ann Holt?")
    sets = Sets(made.linked, made.memory, made.around, made.alignment, TODAY)
    assert sets.joined([]) == []
    assert list(sets.kin(made.first)) == []


def test_kin_are_those_that_recorded_parents_and_spouses_make():
    facts = [
        ("Ada Brook", "PER", "P22", "Carl Brook", "PER"),
        ("Carl Brook", "PER", "P3373", "Eve Brook", "PER"),
    ]
    made = Made(standard_memory(facts), "Who is the aunt of Ada Brook?")
    sets = Sets(made.linked, made.memory, made.around, made.alignment, TODAY)
    (one,) = sets.kin(made.first)
    assert names(one) == ["Eve Brook"]
    assert [made.linked.texts[at] for at in one.words] == ["aunt"]
    generator = Generator(made.linked, made.memory, made.around, made.alignment, TODAY)
    asked = [candidate for candidate in generator.candidates() if candidate.words >= one.words]
    assert ["Eve Brook"] in [[end.name for end in candidate.ends] for candidate in asked]


def test_those_of_a_date_are_told_by_the_side_that_the_words_speak_for():
    made = Made(memory_of(*FACTS), "Which people of Halden FC were born in 1990?")
    column = next(
        at
        for at, (relation, known) in enumerate(made.alignment.steps)
        if relation.id == "born" and known == "object"
    )
    for row in made.alignment.scores:
        row[column] = 5.0
    found = Sets(made.linked, made.memory, made.around, made.alignment, TODAY).joined(made.sets())
    dated = [one for one in found if one.words >= made.linked.time_words and len(one.steps) == 2]
    assert {one.steps[-1][1] for one in dated if one.steps[-1][0].id == "born"} == {"object"}
