"""How an answer is compared with the right ones."""

from __future__ import annotations

import pytest

from apps.evaluation.measuring.scoring import (
    Given,
    answers_given,
    named,
    percentile,
    score,
    supporting,
)
from worker.reading.question import Question, Thing
from worker.types import EntityRef, Fact, RelationSpec, TracedAnswer

ADA, BEN, LINDENAU, SAXONY = (
    EntityRef(str(number), name)
    for number, name in enumerate(("Ada Brook", "Ben Brook", "Lindenau", "Saxony"))
)
NAMES = {
    "0": frozenset({"ada brook", "a. brook"}),
    "1": frozenset({"ben brook"}),
    "2": frozenset({"lindenau"}),
    "3": frozenset({"saxony"}),
}
BORN, LIES_IN = RelationSpec("1", "place of birth"), RelationSpec("2", "located in")
ADA_BORN, BEN_BORN = Fact("1", ADA, BORN, LINDENAU), Fact("2", BEN, BORN, LINDENAU)
ADA_MET = Fact("4", BEN, RelationSpec("3", "met"), ADA)
IN_SAXONY = Fact("3", LINDENAU, LIES_IN, SAXONY)


def right(*answers):
    return [frozenset(names) for names in answers]


def given(text, *answers, entities=()):
    """Return what an answer with this text gives, and its score."""
    found = answers_given(TracedAnswer(text, False, answers=entities), answers, NAMES)
    return found, score(found.answers, answers, abstained=False)


def test_a_value_counts_where_one_is_asked_for_and_names_everywhere_else():
    text = "The memory knows 1. Ada [1]."
    assert given(text, *right({"1", "one"}), entities=[ADA])[0] == Given(({"1", "one"},), True)
    assert given(text, *right({"ada brook"}), entities=[ADA])[0] == Given((NAMES["0"],))
    assert given(text, *right({"1"}, {"2"}), entities=[ADA])[0] == Given((NAMES["0"],))
    silent = TracedAnswer("I don't know.", True)
    assert answers_given(silent, right({"1"}), NAMES) == Given()


@pytest.mark.parametrize(
    ("text", "answer", "exact", "f1"),
    [
        ("About 32 years. Ada led B (from 1964 to 1995) [1].", {"32 years"}, True, 1.0),
        ("About 32 years. Ada led B (from 1964 to 1995) [1].", {"31 years"}, False, 0.0),
        ("32 years old then. Ada was born in 1964 [1].", {"32"}, True, 1.0),
        ("About 3 years, then 2 years. Ada [1]. Ben [2].", {"3 years"}, False, 2 / 3),
        ("Since 1 May 2016. Ada leads B (since 1 May 2016) [1].", {"2016-05-01"}, True, 1.0),
        ("Since 1 May 2016. Ada leads B (since 1 May 2016) [1].", {"2016-05-02"}, False, 0.0),
        ("Ada leads B (since 1 May 2016) [1]. Since 1 May 2016.", {"2016-05-01"}, False, 0.0),
        ("Yes. Ada leads B (since 1 May 2016) [1].", {"2016-05-01"}, False, 0.0),
        ("Until 30 April 2016. Ada led B [1].", {"1 may 2016", "2016"}, True, 1.0),
        ("Since 2016. Ada leads B (since 2016) [1].", {"16", "sixteen"}, False, 0.0),
    ],
)
def test_lengths_and_dates_are_values(text, answer, exact, f1):
    _, found = given(text, *right(answer))
    assert found.exact == exact
    assert found.f1 == pytest.approx(f1)


def test_a_date_that_is_an_entity_is_compared_by_its_names():
    born = EntityRef("1964", "1964", type="TIME", kind="time")
    names = {**NAMES, "1964": frozenset({"1964"})}
    answer = TracedAnswer("Ada was born in 1964 [1].", False, answers=(born,))
    assert answers_given(answer, right({"1964"}), names) == Given((frozenset({"1964"}),))


def test_what_is_told_about_a_thing_is_the_other_end_of_each_fact():
    asked = Question("about", Thing((ADA,), "Ada Brook"))
    told = TracedAnswer("Ada [1]. ...", False, cited=(ADA_BORN, ADA_MET), questions=(asked,))
    assert answers_given(told, right({"lindenau"}), NAMES) == Given((NAMES["2"], NAMES["1"]))
    other = Question("which", Thing((ADA,), "Ada Brook"))
    plain = TracedAnswer("Ada [1].", False, cited=(ADA_BORN,), questions=(other,))
    assert answers_given(plain, right({"lindenau"}), NAMES) == Given()


@pytest.mark.parametrize(
    ("given", "answers", "exact", "f1"),
    [
        ([{"lindenau"}], right({"lindenau", "lindenau (leipzig)"}), True, 1.0),
        ([{"a. brook", "ada brook"}], right({"a. brook"}), True, 1.0),
        ([{"a"}, {"b"}], right({"a"}), False, 2 / 3),
        ([{"a"}], right({"a"}, {"b"}), False, 2 / 3),
        ([{"c"}], right({"a"}), False, 0.0),
        ([], right({"a"}), False, 0.0),
    ],
)
def test_sets_of_answers_are_compared_by_their_names(given, answers, exact, f1):
    found = score([frozenset(one) for one in given], answers, abstained=False)
    assert found.exact == exact
    assert found.f1 == pytest.approx(f1)


def test_abstaining_is_right_only_where_nothing_is():
    assert score([], [], abstained=True).exact
    assert not score([], right({"a"}), abstained=True).exact
    assert not score([frozenset({"a"})], [], abstained=False).exact
    assert score([frozenset({"a"})], [], abstained=False).f1 == 0.0


def support(question, cited, answers, stated=()):
    given = Given(tuple(frozenset(one) for one in stated), bool(stated))
    return supporting(question, cited, answers, given, NAMES)


def test_a_fact_with_the_answer_supports_it_and_another_does_not():
    question = "Where was Ada Brook born?"
    assert support(question, [ADA_BORN], right({"lindenau"})) == 1
    assert support(question, [ADA_BORN], right({"warsaw"})) == 0
    # Ben's fact shares the place with Ada's, and the place is no step on the way.
    assert support("Who was born in Lindenau?", [ADA_BORN, BEN_BORN], right({"ada brook"})) == 1


def test_a_fact_that_leads_to_the_answer_supports_it():
    question = "In which state is the town where Ada Brook was born?"
    assert support(question, [ADA_BORN, IN_SAXONY], right({"saxony"})) == 2
    assert support(question, [ADA_BORN], right({"saxony"})) == 0


def test_what_an_answer_was_compared_with_supports_it():
    born = RelationSpec("4", "date of birth")
    years = [EntityRef(str(number), str(1900 + number)) for number in (10, 20)]
    facts = [Fact("5", ADA, born, years[0]), Fact("6", BEN, born, years[1])]
    names = {**NAMES, **{one.id: frozenset({one.name}) for one in years}}
    given = Given((NAMES["0"],))

    def supported(question, cited):
        return supporting(question, cited, right({"ada brook"}), given, names)

    assert supported("Who is older, Ada Brook or Ben Brook?", facts) == 2
    assert supported("Who is older, Ada Brook or Ben Brook?", [*facts, BEN_BORN]) == 2
    assert supported("Who is the older one, Ada Brook?", facts) == 1  # nobody asked for Ben
    assert supported("Who was born in 1910?", facts) == 1


def test_all_facts_support_a_right_verdict_and_none_a_wrong_one():
    question = "Was Ada Brook born in Lindenau?"
    assert support(question, [ADA_BORN], right({"yes"}), [{"yes"}]) == 1
    assert support(question, [ADA_BORN], right({"no"}), [{"yes"}]) == 0
    assert support(question, [ADA_BORN, BEN_BORN], right({"2", "two"}), [{"2"}]) == 2
    assert support(question, [ADA_BORN], right({"2016"}), [{"since 2016", "2016"}]) == 1
    assert support(question, [ADA_BORN], right({"2016"}), [{"since 2015"}]) == 0


def test_a_name_stands_in_a_text_as_whole_words():
    assert named({"ada brook"}, "Where was Ada Brook's mother born?")
    assert not named({"ada"}, "Where was Adams born?")


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [([], 0.5, 0.0), ([7], 0.95, 7), ([4, 1, 3, 2], 0.5, 2), (list(range(1, 101)), 0.95, 95)],
)
def test_percentiles_are_values_that_were_measured(values, share, expected):
    assert percentile(values, share) == expected
