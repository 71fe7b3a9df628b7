"""Questions of several steps, conditions and operators, understood as one value."""

from datetime import date

import pytest

from tests.worker.memories import standard_memory, typed
from worker.heads.answering import Reading
from worker.heads.encoder.mentions import named_entities
from worker.heads.scripted.memory import InMemoryMemory, Named
from worker.reading.ages import span_of_years
from worker.reading.execute import Execution
from worker.reading.items import Named as NamedStretch
from worker.reading.items import items_of, phrase
from worker.reading.kinship import kin_node, kin_of
from worker.reading.operators import framed
from worker.reading.question import AllOf, Option, Picked, Reached, Thing, Without, steps_in
from worker.reading.relative_times import relative_times
from worker.reading.say import described
from worker.types import EntityRef, QuestionContext

TODAY = date(2026, 11, 26)
TYPES = {
    **dict.fromkeys(
        ["Ada Brook", "Ben Moor", "Cora Vale", "Dan Vale", "Eve Moor", "Finn Moor", "Gil Moor",
         "Tom Poe", "Sam Ott", "Dora Lind", "Nils Berg", "Greta Keller", "Jonas Weber",
         "Selma Marsh", "Ines Okafor", "Lars Ekdahl"],
        "PER",
    ),
    **dict.fromkeys(["Norway", "Spain", "Oslo", "Lindenau", "Bristol", "Halifax"], "LOC"),
    **dict.fromkeys(["Halden FC", "Kestrel Bank", "Solvang Museum"], "ORG"),
    **dict.fromkeys(["Iron Winter", "Salt Road", "The Iron Gate"], "MISC"),
}  # fmt: skip
FACTS = [
    ("Ada Brook", "P26", "Ben Moor"), ("Ada Brook", "P27", "Spain"),
    ("Ben Moor", "P27", "Norway"), ("Ada Brook", "P25", "Cora Vale"),
    ("Ada Brook", "P19", "Bristol"), ("Ben Moor", "P22", "Gil Moor"),
    ("Eve Moor", "P25", "Ada Brook"), ("Finn Moor", "P25", "Eve Moor"),
    ("Halifax", "P17", "Spain"),
    ("Sam Ott", "P19", "Halifax"), ("Norway", "P36", "Oslo"), ("The Iron Gate", "P50", "Ada Brook"),
    ("Tom Poe", "P54", "Halden FC"), ("Sam Ott", "P54", "Halden FC"),
    ("Tom Poe", "P27", "Norway"), ("Sam Ott", "P27", "Spain"),
    ("Iron Winter", "P57", "Dora Lind"), ("Salt Road", "P57", "Dora Lind"),
    ("Iron Winter", "P161", "Greta Keller"), ("Salt Road", "P161", "Greta Keller"),
    ("Salt Road", "P161", "Nils Berg"),
]  # fmt: skip
HELD = [
    ("Kestrel Bank", "Lars Ekdahl", date(1970, 1, 1), date(1990, 1, 1)),
    ("Kestrel Bank", "Ines Okafor", date(1990, 1, 1), None),
    ("Halden FC", "Jonas Weber", date(2031, 1, 1), None),
    ("Solvang Museum", "Selma Marsh", date(2001, 1, 1), date(2009, 1, 1)),
]

OFFICE = [
    ("Gil Moor", date(1980, 1, 1), date(1995, 1, 1)),
    ("Dora Lind", date(1995, 1, 1), date(2027, 1, 1)),
    ("Nils Berg", date(2027, 1, 1), None),
]


@pytest.fixture(scope="module")
def memory() -> InMemoryMemory:
    memory = standard_memory(typed(FACTS, TYPES), turned={"P26": "P26"})
    for where, who, start, end in HELD:
        memory.add(
            Named(where, "ORG"), "P488", Named(who, "PER"),
            valid_from=start, valid_to=end, superseded=end is not None,
        )  # fmt: skip
    for who, start, end in OFFICE:
        memory.add(
            Named(who, "PER"), "P39", Named("Mayor of Bristol", "MISC"),
            valid_from=start, valid_to=end, superseded=end is not None and end <= TODAY,
        )  # fmt: skip
    return memory


def ask(head, memory, question):
    answer = head.answer(question, memory, QuestionContext())
    returned = {fact for trace in answer.reads for fact in trace.result.facts}
    assert returned.issuperset(answer.cited)
    return answer


@pytest.mark.parametrize(
    ("question", "given"),
    [
        ("Who is the mayor of Bristol?", {"Dora Lind"}),
        ("Who was mayor of Bristol in 1985?", {"Gil Moor"}),
        ("Who was Bristol's mayor in 1985?", {"Gil Moor"}),
        ("Who have been the mayors of Bristol so far?", {"Gil Moor", "Dora Lind"}),
        ("Who has ever been mayor of Bristol?", {"Gil Moor", "Dora Lind"}),
        ("Who was the first mayor of Bristol?", {"Gil Moor"}),
        ("Who will be the next mayor of Bristol?", {"Nils Berg"}),
        ("Who is no longer mayor of Bristol?", {"Gil Moor"}),
    ],
)
def test_an_office_stands_for_those_who_hold_it(head, memory, question, given):
    assert {one.name for one in ask(head, memory, question).answers} == given


@pytest.mark.parametrize(
    ("question", "opening"),
    [
        ("How old is Ada Brook?", "I don't know."),
        ("How long did Kestrel Bank exist?", "I don't know."),
        ("Is Dora Lind still mayor of Bristol?", "Yes."),
        ("Is Gil Moor mayor of Bristol?", "No, not any more."),
        ("Has Gil Moor ever been mayor of Bristol?", "Yes."),
        ("How long was Gil Moor mayor of Bristol?", "About 15 years."),
    ],
)
def test_who_holds_an_office_is_judged_by_its_time(head, memory, question, opening):
    assert ask(head, memory, question).text.startswith(opening)


@pytest.mark.parametrize(
    ("question", "given"),
    [
        ("In which country was Sam Ott born?", {"Spain"}),
        ("Which country is Sam Ott from?", {"Spain"}),
        ("What nationality is Ada Brook's husband?", {"Norway"}),
        ("What is the nationality of mother of Ada Brook?", set()),
        ("What is the capital of the country where the husband of the author of The Iron Gate"
         " holds citizenship?", {"Oslo"}),
        ("Who acted in the films directed by Dora Lind?", {"Greta Keller", "Nils Berg"}),
        ("Which player of Halden FC is from Norway?", {"Tom Poe"}),
        ("Who plays for Halden FC and comes from Norway?", {"Tom Poe"}),
        ("Which player of Halden FC is not from Norway?", {"Sam Ott"}),
        ("Who acted in both Iron Winter and Salt Road?", {"Greta Keller"}),
        ("Which film stars both Greta Keller and Nils Berg?", {"Salt Road"}),
        ("Who other than Greta Keller acted in Salt Road?", {"Nils Berg"}),
        ("Which films of Dora Lind are there except Iron Winter?", {"Salt Road"}),
        ("Who is the grandmother of Eve Moor?", {"Cora Vale"}),
        ("Who are Ada Brook's children?", {"Eve Moor"}),
        ("Who is Ada Brook's grandchild?", {"Finn Moor"}),
        ("Who is the father-in-law of Ada Brook?", {"Gil Moor"}),
        ("Who was chairperson of Kestrel Bank 40 years ago?", {"Lars Ekdahl"}),
        ("Who was chairperson of Kestrel Bank in the eighties?", {"Lars Ekdahl"}),
        ("Who will be chairperson of Halden FC next year?", set()),
        ("Who was not born in Bristol?", set()),
        ("Which films did Dora Lind not direct?", set()),
        ("Who is the ex-husband of Ada Brook?", set()),
        ("Which tall player of Halden FC is from Norway?", set()),
    ],
)  # fmt: skip
def test_it_reads_the_whole_question(head, memory, question, given):
    answer = ask(head, memory, question)
    assert {entity.name for entity in answer.answers} == given, answer.text
    assert answer.abstained == (not given)


@pytest.mark.parametrize(
    ("question", "opening"),
    [
        ("How many players of Halden FC are from Norway?", "The memory knows 1."),
        ("How many actors appear in films directed by Dora Lind?", "The memory knows 2."),
        ("Is Jonas Weber the chairperson of Halden FC?", "No, not yet."),
        ("Is Selma Marsh still chairperson of the Solvang Museum?", "No, not any more."),
        ("Was Selma Marsh chairperson of the Solvang Museum?", "Yes."),
        ("Isn't Ada Brook married to Ben Moor?", "Yes."),
        ("Is it false that Ada Brook is married to Ben Moor?", "No."),
        ("Is it not true that Ada Brook is married to Ben Moor?", "No."),
        ("Was Ada Brook never married to Ben Moor?", "No."),
        ("Was Ada Brook born in Halifax?", "No."),
        ("How long was Lars Ekdahl chairperson of Kestrel Bank?", "About 20 years."),
        ("How long has Ines Okafor been chairperson of Kestrel Bank?", "About 36 years so far."),
    ],
)
def test_it_says_yes_or_no_or_how_many_or_how_long(head, memory, question, opening):
    answer = ask(head, memory, question)
    assert answer.text.startswith(opening), answer.text


def test_it_says_that_kinship_is_derived(head, memory):
    answer = ask(head, memory, "Who is Ada Brook's grandchild?")
    assert len(answer.cited) == 2
    assert any("follows from several facts" in note for note in answer.understood)


def test_it_says_where_a_chain_breaks(head, memory):
    answer = ask(head, memory, "What nationality is Gil Moor's wife?")
    assert answer.abstained
    assert "The spouse of Gil Moor" in answer.reason


@pytest.mark.parametrize(
    "question",
    [
        "Who is the " + "mother of the " * 8 + "Ada Brook?",
        "Who was born in Bristol before 1990 and after 2000?",
        "Who is who?",
        "Who except Tom Poe and Sam Ott plays for Halden FC?",
        "Who plays for Halden FC" + " and comes from Norway" * 40 + "?",
        "How many times older is Ada Brook than Ben Moor?",
        "Is it false that it is false that Ada Brook is not married to Ben Moor?",
        "Ada Brook's 's's of of the and or who which?",
        "How old is Ada Brook?",
        "Who was chairperson of Kestrel Bank on 31 February 1980?",
    ],
)
def test_bad_questions_are_answered_or_refused_with_a_reason(head, memory, question):
    answer = ask(head, memory, question)
    assert answer.text
    assert answer.reason or answer.cited


# the parts


def thing(name, type_="PER"):
    return Thing((EntityRef(name, name, type_),), name)


def row(question, *names):
    stretches = [
        NamedStretch(question.index(n), question.index(n) + len(n), thing(n), "PER") for n in names
    ]
    return items_of(question, stretches)


def test_items_are_words_and_things():
    items = row("Isn't Ada Brook's aunt Bo?", "Ada Brook", "Bo")
    assert [item.text for item in items] == ["is", "n't", "Ada Brook", "'s", "aunt", "Bo", "?"]
    assert [item.kind for item in items][2:4] == ["node", "poss"]
    asked = phrase(items[2:5], 0, "this person")
    assert asked.text == "this person's aunt"
    assert asked.text[asked.start : asked.end] == "this person"
    assert items_of("", []) == []


@pytest.mark.parametrize(
    ("question", "form", "left"),
    [
        ("How many sons has X?", "how many", "which sons has X ?"),
        ("How long did X live?", "how long", "did X live ?"),
        ("Is it true that X won?", "whether", "X won ?"),
        ("Who won besides X?", "which", "who won ?"),
        ("Is X still here?", "whether", "is X here ?"),
        ("Who is the oldest son of X?", "which", "who is the son of X ?"),
        ("", "which", ""),
    ],
)
def test_operators_are_taken_out(question, form, left):
    frame = framed(row(question, *(["X"] if "X" in question else [])))
    assert frame.form == form
    assert " ".join(item.text for item in frame.items) == left


def test_operators_are_kept():
    assert framed(row("Is it false that X won?", "X")).negated
    assert not framed(row("Is it false that X never won?", "X")).negated
    assert framed(row("Is X still here?", "X")).now
    assert framed(row("Who won besides X?", "X")).excluded == (thing("X"),)
    assert framed(row("Who is the youngest son of X?", "X")).place == -1
    assert framed(row("Who was the third wife of X?", "X")).place == 2
    assert framed(row("Who won but X?", "X")).excluded == ()


@pytest.mark.parametrize(
    ("words", "first", "last"),
    [
        ("ten years ago", date(2016, 11, 26), date(2016, 11, 26)),
        ("a decade ago", date(2016, 11, 26), date(2016, 11, 26)),
        ("in the eighties", date(1980, 1, 1), date(1989, 12, 31)),
        ("in the nineteen-eighties", date(1980, 1, 1), date(1989, 12, 31)),
        ("in the late eighteen sixties", date(1866, 1, 1), date(1869, 12, 31)),
        ("in the late 80s", date(1986, 1, 1), date(1989, 12, 31)),
        ("all through the nineties", date(1990, 1, 1), date(1999, 12, 31)),
        ("less than ten years ago", date(2016, 11, 26), TODAY),
        ("more than a decade ago", None, date(2016, 11, 26)),
        ("after 1975 and before 1995", date(1976, 1, 1), date(1994, 12, 31)),
        ("before 1995 but after 1975", date(1976, 1, 1), date(1994, 12, 31)),
        ("last year", date(2025, 1, 1), date(2025, 12, 31)),
        ("in the last century", date(1900, 1, 1), date(1999, 12, 31)),
        ("next month", date(2026, 12, 1), date(2026, 12, 31)),
    ],
)
def test_times_are_told_from_today(words, first, last):
    ((start, end, time),) = relative_times(f"Who led X {words}?", TODAY)
    assert (time.start, time.end) == (first, last)
    assert f"Who led X {words}?"[start:end] == words


@pytest.mark.parametrize("words", ["zorb years ago", "99999 years ago", "9000 years ago", "ago"])
def test_what_is_no_time_is_none(words):
    assert list(relative_times(f"Who led X {words}?", TODAY)) == []


def test_kin_are_steps(memory):
    assert kin_of("colleague") is None
    assert kin_of("brothers-in-law").steps == ("spouse", "sibling")
    assert kin_of("granddaughters").word == "grandchild"
    node = kin_node(kin_of("grandchild"), thing("Ada Brook"), memory.relations())
    assert steps_in(node) == 2
    assert kin_node(kin_of("grandchild"), thing("Ada Brook"), []) is None


def test_sets_are_joined_reduced_and_ordered(memory):
    by_id = {relation.id: relation for relation in memory.relations()}
    players = Reached(named(memory, "Halden FC"), (Option(by_id["P54"], "object"),))
    norwegian = Reached(named(memory, "Norway"), (Option(by_id["P27"], "object"),))
    reading = Reading(memory, today=TODAY)
    found = Execution(reading).find(AllOf((players, norwegian)))
    assert [one.entity.name for one in found.all] == ["Tom Poe"]
    assert len(found.all[0].facts) == 2
    found = Execution(reading).find(Without(players, (norwegian,), stated=True))
    assert [one.entity.name for one in found.all] == ["Sam Ott"]
    assert Execution(reading).find(Picked(players, 0, "oldest")).all == []
    assert Execution(reading).find(Without(players, (players,))).all == []
    assert "without" in described(Without(players, (norwegian,)))


def test_a_join_is_complete_where_a_read_is_cut_off():
    memory = standard_memory(limit=2)
    for number in range(5):
        memory.add(Named(f"P{number}", "PER"), "P19", Named("Oslo", "LOC"))
        memory.add(Named(f"P{number}", "PER"), "P27", Named("Norway", "LOC"))
    memory.add(Named("P4", "PER"), "P54", Named("FC", "ORG"))
    by_id = {relation.id: relation for relation in memory.relations()}
    born = Reached(named(memory, "Oslo"), (Option(by_id["P19"], "object"),))
    plays = Reached(named(memory, "FC"), (Option(by_id["P54"], "object"),))
    execution = Execution(Reading(memory, today=TODAY))
    assert [one.entity.name for one in execution.find(AllOf((born, plays))).all] == ["P4"]


def named(memory, name):
    (entity,) = {entity for _, _, entity in memory.find_entities(name)}
    return Thing((entity,), name)


def test_spans_are_said_in_years_or_months():
    assert span_of_years(date(1970, 1, 1), date(1990, 1, 1)) == "20 years"
    assert span_of_years(date(1990, 1, 1), date(1990, 4, 1)) == "3 months"


@pytest.mark.parametrize(
    ("question", "given"),
    [
        ("Which films share a director with Iron Winter?", {"Salt Road"}),
        ("Who plays for the same club as Tom Poe?", {"Sam Ott"}),
        ("Which film did Greta Keller and Nils Berg act in together?", {"Salt Road"}),
        ("Who was the second chairperson of Kestrel Bank?", {"Ines Okafor"}),
        ("Who will be the next chairperson of Halden FC?", {"Jonas Weber"}),
        ("Who was the third chairperson of Kestrel Bank?", set()),
        ("Who is the chairperson of Halden FC?", set()),
        ("Who chaired both Kestrel Bank and Halden FC?", set()),
        ("Who was the youngest chairperson of Kestrel Bank?", set()),
        ("Which film has Greta Keller but not Nils Berg acted in?", {"Iron Winter"}),
        ("Which is the oldest film of Dora Lind?", set()),
        ("Who is older, Ada Brook or Ben Moor?", set()),
        ("What is the latest film of Dora Lind?", set()),
    ],
)
def test_it_compares_shares_and_orders(head, memory, question, given):
    answer = ask(head, memory, question)
    assert {entity.name for entity in answer.answers} == given, answer.text
    assert answer.abstained == (not given)


def test_it_says_what_is_yet_to_come(head, memory):
    answer = ask(head, memory, "Who is the chairperson of Halden FC?")
    assert "only what is to come (planned from 2031)" in answer.reason
    assert "Jonas Weber" in answer.reason


def test_it_counts_all_that_were(head, memory):
    answer = ask(head, memory, "How many chairpersons has Kestrel Bank had?")
    assert answer.text.startswith("The memory knows 2.")


@pytest.fixture
def dated(memory) -> InMemoryMemory:
    found = standard_memory()
    for name, type_, relation, day in (
        ("Ada Brook", "PER", "P569", "3 May 1950"),
        ("Ada Brook", "PER", "P570", "1 May 2010"),
        ("Ben Moor", "PER", "P569", "1950"),
        ("Cora Vale", "PER", "P569", "1921"),
        ("Kestrel Bank", "ORG", "P571", "1899"),
        ("Iron Winter", "MISC", "P577", "1993"),
        ("Salt Road", "MISC", "P577", "1987"),
    ):
        found.add(Named(name, type_), relation, Named(day, "TIME"))
    for film in ("Iron Winter", "Salt Road"):
        found.add(Named(film, "MISC"), "P57", Named("Dora Lind", "PER"))
    found.add(Named("Ada Brook", "PER"), "P19", Named("Bristol", "LOC"))
    return found


@pytest.mark.parametrize(
    ("question", "opening"),
    [
        ("Who is older, Ada Brook or Cora Vale?", "It is Cora Vale."),
        ("Is Cora Vale younger than Ada Brook?", "No."),
        ("Was Salt Road released before Iron Winter?", "Yes."),
        ("Who is older, Ada Brook or Ben Moor?", "I don't know. What is recorded does not say"),
        ("Who was born first, Ada Brook or Dora Lind?", "I don't know. The memory does not know"),
        ("How old was Ada Brook when she died?", "59 years old at the end."),
        ("What age did Ada Brook reach?", "59 years old at the end."),
        ("At what age did Ada Brook pass away?", "59 years old at the end."),
        ("At what age did Ada Brook leave?", "I don't know."),
        ("How old was Ada Brook in 1990?", "About 40 years old then."),
        ("How old was Ada Brook in 1940?", "I don't know. Ada Brook had not begun"),
        ("How old is Kestrel Bank?", "About 127 years old."),
        ("How old is Dora Lind?", "I don't know. The memory does not know when"),
        ("How long ago was Kestrel Bank founded?", "About 127 years ago."),
        ("What is the latest film of Dora Lind?", "Iron Winter was directed by Dora Lind"),
        ("How many films did Dora Lind direct after 1990?", "The memory knows 1."),
        ("How many films did Dora Lind direct after 1995?", "I don't know. Nothing of this"),
        ("Was Ada Brook alive in 1990?", "Yes. The date of death of Ada Brook is 1 May 2010"),
        ("Was Ada Brook born in Zorbville?", "No. Ada Brook was born in Bristol"),
    ],
)
def test_it_reckons_with_dates(head, dated, question, opening):
    answer = ask(head, dated, question)
    assert answer.text.startswith(opening), answer.text
    assert answer.abstained == opening.startswith("I don't know")


@pytest.mark.parametrize(
    "question",
    ["Who is Ada Brook?", "Tell me about Ada Brook.", "What do you know about Ada Brook?",
     "Summarise Ada Brook.", "Who exactly is this Ada Brook?", "Some background on Ada Brook.",
     "Ada Brook: what is known?", "Everything on Ada Brook, please."],
)  # fmt: skip
def test_it_says_who_somebody_is(head, dated, question):
    answer = ask(head, dated, question)
    assert not answer.abstained
    assert {fact.relation.id for fact in answer.cited} == {"P569", "P570", "P19"}
    assert all(trace.result.facts for trace in answer.reads)


@pytest.mark.parametrize(
    "question",
    ["What is Ada Brook known for?", "Is everything on Ada Brook true?",
     "Some background on Ada Brook's films.", "What is Ada Brook's profile picture?"],
)  # fmt: skip
def test_it_tells_nothing_where_something_else_is_asked(head, dated, question):
    assert ask(head, dated, question).abstained


def test_it_says_how_much_more_it_knows(head, dated):
    for number in range(20):
        dated.add(Named("Ada Brook", "PER"), "P166", Named(f"Prize {number}", "MISC"))
    answer = ask(head, dated, "Who is Ada Brook?")
    assert len(answer.cited) == 12
    assert answer.text.endswith("And 11 more facts are known.")


def test_it_knows_a_name_without_facts(head, dated):
    answer = ask(head, dated, "Who is Bristol?")
    assert not answer.abstained or "by name only" in answer.reason


def test_a_legal_form_after_a_name_is_no_other_name(memory):
    for form, known in (("Ltd", True), ("GmbH", True), ("Zorb", False)):
        found = named_entities(memory, f"Who is the chairperson of Kestrel Bank {form}?")
        assert bool(found) == known
