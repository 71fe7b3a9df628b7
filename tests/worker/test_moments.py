"""Times that a question says by what happened then, or leaves open, and who came next."""

from datetime import date

import pytest

from tests.worker.generated import TODAY, Made, memory_of
from worker.heads.encoder.ranked import Signs
from worker.heads.encoder.ranking import Ranking, best_reading
from worker.heads.scripted.memory import Named
from worker.heads.timing import AskedTime
from worker.reading.moments import (
    asks_for_end,
    ever,
    has_past,
    is_of_theirs,
    joining,
    moments,
)


@pytest.mark.parametrize(
    ("text", "ends", "of_theirs"),
    [
        ("when did her time as mayor run out", True, False),
        ("when did she resign", True, False),
        ("when did she run the bank", False, False),
        ("how old was she when she took over", False, True),
        ("how old was she when the bank closed", False, False),
        ("", False, False),
    ],
)
def test_words_for_an_end_and_for_something_of_theirs(text, ends, of_theirs):
    assert (asks_for_end(text.split()), is_of_theirs(text.split())) == (ends, of_theirs)


TOMORROW = date(2026, 11, 27)
COACHES = [
    ("Halden FC", "coach", "Tom Poe", 1990, 1995),
    ("Halden FC", "coach", "Ann Holt", 1995, 2000),
    ("Halden FC", "coach", "Ben Roe", 2000),
]


def times(*facts, text):
    """Return the days and the words of all times that the things of a question may say."""
    made = Made(memory_of(*facts), text)
    found = moments(made.first, made.sets(), made.around, TODAY)
    return {one.time.words: (one.time.start, one.time.end) for one in found}


def test_a_thing_says_a_time_by_its_own_dates():
    assert times(("Iron Winter", "came", "1992-05-01"), text="when Iron Winter came out") == {
        "when the premiere of Iron Winter was": (date(1992, 5, 1), date(1992, 5, 1))
    }
    assert times(("Iron Winter", "came", "1992"), text="when Iron Winter came out") == {
        "when the premiere of Iron Winter was": (date(1992, 1, 1), date(1992, 12, 31))
    }


def test_a_thing_lasts_to_the_end_of_what_its_end_may_mean():
    found = times(("Cod War", "start", "1958"), ("Cod War", "end", "1961"), text="during Cod War")
    assert found["while Cod War lasted"] == (date(1958, 1, 1), date(1961, 12, 31))
    found = times(("Cod War", "start", "1958"), ("Cod War", "end", "1958"), text="during Cod War")
    assert found["while Cod War lasted"] == (date(1958, 1, 1), date(1958, 12, 31))


@pytest.mark.parametrize(
    "facts",
    [
        [("Cod War", "start", "1961"), ("Cod War", "end", "1958")],  # ends before it begins
        [("Cod War", "start", "1961-05-01"), ("Cod War", "end", "1961-05-01")],
        [("Cod War", "start", "1961")],
        [("Cod War", "end", "1961")],
        [("Cod War", "start", "long ago"), ("Cod War", "end", "1961")],
    ],
)
def test_what_has_no_length_lasts_at_no_time(facts):
    assert "while Cod War lasted" not in times(*facts, text="during Cod War")


@pytest.mark.parametrize("said", ["753 BC", "some day", "", "12 staff"])
def test_what_is_no_day_of_the_calendar_says_no_time(said):
    day = Named(said or "-", "TIME")
    assert times(("Iron Winter", "came", day), text="when Iron Winter came out") == {}


def test_two_things_of_one_name_say_a_time_each():
    film, town = Named("Emma", "MISC", key="film"), Named("Emma", "LOC", key="town")
    facts = [(film, "came", "1992"), (town, "start", "1850")]
    made = Made(memory_of(*facts), "who sang when Emma came out")
    found = moments(made.first, [], made.around, TODAY)
    assert not found  # as nothing was looked up yet
    made.sets()
    found = moments(made.first, [], made.around, TODAY)
    assert [(one.time.start.year, one.things) for one in found] == [
        (1992, frozenset([0])), (1850, frozenset([0])),
    ]  # fmt: skip


def test_two_things_say_a_time_by_the_fact_that_joins_them():
    found = times(*COACHES, text="when Ann Holt took over at Halden FC")
    assert {words: days for words, days in found.items() if "Ann Holt" in words} == {
        "when Ann Holt became head coach of Halden FC": (date(1995, 1, 1), date(1995, 1, 1)),
        "while Ann Holt was head coach of Halden FC": (date(1995, 1, 1), date(1999, 12, 31)),
    }


def test_what_goes_on_lasts_until_today():
    found = times(*COACHES, text="while Ben Roe has been at Halden FC")
    assert found["while Ben Roe was head coach of Halden FC"] == (date(2000, 1, 1), TODAY)


@pytest.mark.parametrize(
    ("days", "kinds"),
    [
        ((), []),
        ((None, 1995), []),
        ((date.min, 1995), []),
        ((TOMORROW,), ["when"]),
        ((2030, 2035), ["when", "while"]),
        ((1995, 1990), ["when"]),
        ((1995, date.min), ["when"]),
        ((date(1995, 1, 1), date(1995, 1, 2)), ["when"]),
        ((date(1995, 1, 1), date.max), ["when", "while"]),
    ],
)
def test_without_a_beginning_or_a_length_there_is_no_time(days, kinds):
    text = "when Ann Holt took over at Halden FC"
    found = times(("Halden FC", "coach", "Ann Holt", *days), text=text)
    assert [words.split()[0] for words in found] == kinds


def test_facts_that_join_are_the_oldest_first_and_no_others():
    facts = [
        *COACHES, ("Halden FC", "coach", "Ann Holt", 1980, 1982),
        ("Mill FC", "coach", "Ann Holt", 1970),
    ]  # fmt: skip
    made = Made(memory_of(*facts), "Ann Holt and Halden FC")
    ann, halden = made.first
    (coaches,) = [one for one in made.sets() if one.things == halden.things]
    assert [f.valid_from.year for f in joining(coaches, ann, made.around)] == [1980, 1995]
    assert joining(halden, ann, made.around) == []
    assert joining(coaches, halden, made.around) == []


def test_ever_is_up_to_today():
    assert ever(TODAY) == AskedTime(None, TODAY, "ever")
    facts = [*COACHES, ("Halden FC", "coach", "Eve Lund", TOMORROW)]
    made = Made(memory_of(*facts), "Who coached Halden FC?")
    said = "what is the head coach of Halden FC"
    assert made.answers(said) == ["Ben Roe"]
    assert made.answers(f"{said} (ever)") == ["Ann Holt", "Ben Roe", "Tom Poe"]


@pytest.mark.parametrize(
    ("days", "past"),
    [((1990, 1995), True), ((1990, TODAY), True), ((1990, TOMORROW), False), ((1990,), False),
     ((), False), ((TOMORROW,), False), ((None, 1990), True)],
)  # fmt: skip
def test_a_set_has_a_past_where_a_fact_has_ended(days, past):
    made = Made(memory_of(("Halden FC", "coach", "Tom Poe", *days)), "Who coaches Halden FC?")
    (coaches,) = made.sets()
    assert has_past(coaches, made.around, TODAY) is past
    assert ("what is the head coach of Halden FC (ever)" in made.said()) is past


def test_what_has_ended_is_asked_for_by_its_words():
    said = "what is the head coach of Halden FC no longer (ever)"
    assert Made(memory_of(*COACHES), "Who used to coach Halden FC?").answers(said) == [
        "Ann Holt", "Tom Poe",
    ]  # fmt: skip
    assert said not in Made(memory_of(*COACHES), "Who coaches Halden FC?").said()
    assert said not in Made(memory_of(COACHES[-1]), "Who used to coach Halden FC?").said()


def test_who_came_back_is_none_of_those_who_left():
    facts = [*COACHES[:2], ("Halden FC", "coach", "Tom Poe", 2000)]
    made = Made(memory_of(*facts), "Who once coached Halden FC?")
    assert made.answers("what is the head coach of Halden FC no longer (ever)") == ["Ann Holt"]


FILMS = [*COACHES, ("Iron Winter", "came", "1997-03-01"), ("Ann Holt", "born", "1950-02-01")]


def test_a_set_is_asked_for_when_something_happened():
    made = Made(memory_of(*FILMS), "Who coached Halden FC when Iron Winter came out?")
    said = "what is the head coach of Halden FC (when the premiere of Iron Winter was)"
    assert made.answers(said) == ["Ann Holt"]
    one = made.said()[said]
    assert [fact.relation.id for fact in one.grounds] == ["came"]
    assert one.things == {0, 1}
    assert {made.linked.texts[at] for at in one.words} >= {"when", "came"}


@pytest.mark.parametrize(
    "text", ["Who coached Halden FC and made Iron Winter?", "When did Halden FC play Iron Winter?"]
)
def test_without_a_word_for_it_nothing_says_a_time(text):
    made = Made(memory_of(*FILMS), text)
    assert not [one for one in made.candidates() if one.grounds]


def test_a_time_that_is_written_is_the_time():
    made = Made(memory_of(*FILMS), "Who coached Halden FC in 1992 when Iron Winter came out?")
    assert not [one for one in made.candidates() if one.grounds]


def test_an_age_is_asked_for_when_something_happened():
    made = Made(memory_of(*FILMS), "How old was Ann Holt when Iron Winter came out?")
    one = made.said()["how old is Ann Holt (when the premiere of Iron Winter was)"]
    answer = best(made, one).answer
    assert answer.text.startswith("47 years old then.")
    assert [fact.relation.id for fact in answer.cited] == ["came", "born"]


def test_an_age_at_something_of_theirs_is_not_one_at_something_else():
    """No fact says that Ann Holt had to do with the premiere."""
    made = Made(memory_of(*FILMS), "How old was Ann Holt when she saw Iron Winter?")
    assert "how old is Ann Holt (when the premiere of Iron Winter was)" not in made.said()


def best(made, *candidates):
    """Return the best reading of one or more candidates, the first one first."""
    signs = [Signs(one, {"first": float(-at)}) for at, one in enumerate(candidates)]
    ranking = Ranking({"first": 1.0}, {}, 0.0)
    return best_reading(ranking, signs, "?", made.linked.items, made.begin)


def test_what_a_time_rests_on_is_cited_first_and_was_read():
    made = Made(memory_of(*FILMS), "Who coached Halden FC when Iron Winter came out?")
    one = made.said()["what is the head coach of Halden FC (when the premiere of Iron Winter was)"]
    answer = best(made, one).answer
    assert [fact.relation.id for fact in answer.cited] == ["came", "coach"]
    assert [entity.name for entity in answer.answers] == ["Ann Holt"]
    returned = {fact for trace in answer.reads for fact in trace.result.facts}
    assert returned.issuperset(answer.cited)  # the server refuses what no read returned
    assert "[1]" in answer.text.partition("Ann Holt")[0]


def test_a_time_that_no_read_bears_out_is_none():
    made = Made(memory_of(*FILMS), "Who coached Halden FC when Iron Winter came out?")
    one = made.said()["what is the head coach of Halden FC (when the premiere of Iron Winter was)"]
    without = Made(memory_of(*COACHES), "Who coached Halden FC?")
    assert best(without, one) is None


NEXT = "what is the head coach of Halden FC"


@pytest.mark.parametrize(
    ("text", "said", "name"),
    [
        ("Who coached Halden FC before Ann Holt?", "before Ann Holt", "Tom Poe"),
        ("Who coached Halden FC after Ann Holt?", "after Ann Holt", "Ben Roe"),
        ("Who was Ann Holt's predecessor?", "before Ann Holt", "Tom Poe"),
        ("Who was Ann Holt's successor?", "after Ann Holt", "Ben Roe"),
        ("Who was Ann Holt succeeded by?", "after Ann Holt", "Ben Roe"),
        ("Who was succeeded by Ann Holt?", "before Ann Holt", "Tom Poe"),
        ("Who was preceded by Ann Holt?", "after Ann Holt", "Ben Roe"),
        ("Who was replaced at Halden FC by Ann Holt?", "after Ann Holt", "Ben Roe"),
    ],
)
def test_who_came_next(text, said, name):
    made = Made(memory_of(*COACHES), text)
    assert made.answers(f"{NEXT} ({said})") == [name]
    one = made.said()[f"{NEXT} ({said})"]
    assert [fact.object.name for fact in one.grounds] == ["Ann Holt"]


@pytest.mark.parametrize(
    ("days", "text", "said"),
    [
        ((), "before", ()),
        ((), "after", ()),
        ((1995,), "after", ()),  # who is there still has no successor
        ((1995,), "before", ("before",)),
        ((None, 2000), "after", ("after",)),
        ((None, 2000), "before", ()),
        ((date.min, 2000), "before", ()),
        ((1995, date.max), "after", ("after",)),
    ],
)
def test_nobody_comes_next_without_the_day(days, text, said):
    facts = [COACHES[0], ("Halden FC", "coach", "Ann Holt", *days), COACHES[2]]
    made = Made(memory_of(*facts), f"Who coached Halden FC {text} Ann Holt?")
    found = tuple(
        word for word in ("before", "after") if f"{NEXT} ({word} Ann Holt)" in made.said()
    )
    assert found == said


def test_a_colleague_who_stays_is_no_successor():
    facts = [*COACHES[:2], ("Halden FC", "coach", "Old Hand", 1980)]
    made = Made(memory_of(*facts), "Who coached Halden FC after Ann Holt?")
    assert f"{NEXT} (after Ann Holt)" not in made.said()


def test_who_came_twice_is_followed_after_the_last_time_and_preceded_before_the_first():
    facts = [*COACHES, ("Halden FC", "coach", "Ann Holt", 2005, 2010),
             ("Halden FC", "coach", "Kit Dow", 2010)]  # fmt: skip
    after = Made(memory_of(*facts), "Who coached Halden FC after Ann Holt?")
    before = Made(memory_of(*facts), "Who coached Halden FC before Ann Holt?")
    assert before.answers(f"{NEXT} (before Ann Holt)") == ["Tom Poe"]
    assert f"{NEXT} (after Ann Holt)" not in after.said()  # Ben Roe was there all the time
    facts[2] = ("Halden FC", "coach", "Ben Roe", 2000, 2005)
    after = Made(memory_of(*facts), "Who coached Halden FC after Ann Holt?")
    assert after.answers(f"{NEXT} (after Ann Holt)") == ["Kit Dow"]


def test_of_all_before_or_after_only_the_nearest_came_next():
    before = Made(memory_of(*COACHES), "Who coached Halden FC before Ben Roe?")
    after = Made(memory_of(*COACHES), "Who coached Halden FC after Tom Poe?")
    assert before.answers(f"{NEXT} (before Ben Roe)") == ["Ann Holt"]
    assert after.answers(f"{NEXT} (after Tom Poe)") == ["Ann Holt"]
