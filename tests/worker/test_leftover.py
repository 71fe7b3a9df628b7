"""Nothing of a question is passed over in silence."""

import pytest

from tests.worker.memories import standard_memory
from worker.english.words import AUXILIARIES, DETERMINERS, FILLERS, PREPOSITIONS, QUESTION_WORDS
from worker.heads.encoder.read_head import EncoderReadHead
from worker.heads.scripted.memory import InMemoryMemory
from worker.reading.leftover import Accounted, left_over, unchecked_kind, words_of
from worker.reading.stems import stem
from worker.types import QuestionContext, RelationSpec

PER, LOC, ORG, MISC, TIME = "PER", "LOC", "ORG", "MISC", "TIME"
FACTS = [
    ("Petra Lomansk", PER, "P19", "Bratislava", LOC),
    ("Petra Lomansk", PER, "P26", "Hugo Brantley", PER),
    ("Petra Lomansk", PER, "P27", "Austria", LOC),
    ("Petra Lomansk", PER, "P40", "Clara Brantley", PER),
    ("Hugo Brantley", PER, "P27", "Norway", LOC),
    ("Clara Brantley", PER, "P19", "Vienna", LOC),
    ("Edgar Brantley", PER, "P19", "Vienna", LOC),
    ("Northwind Freight", ORG, "P112", "Hugo Brantley", PER),
    ("Northwind Freight", ORG, "P571", "1951", TIME),
    ("Northwind Freight", ORG, "P127", "Ekdahl Lines", ORG),
    ("The Salt Road", MISC, "P57", "Mira Kovalenko", PER),
    ("The Salt Road", MISC, "P161", "Greta Keller", PER),
    ("Iron Winter", MISC, "P57", "Mira Kovalenko", PER),
]
FOUNDED = RelationSpec(
    "f", "founded by", aliases=("founder",), questions=("Who set up {subject}?",)
)
MARRIED = RelationSpec("m", "spouse", aliases=("husband", "wife"))
LESS = AUXILIARIES | DETERMINERS | FILLERS | PREPOSITIONS | QUESTION_WORDS


@pytest.fixture(scope="module")
def head() -> EncoderReadHead:
    return EncoderReadHead()


@pytest.fixture(scope="module")
def memory() -> InMemoryMemory:
    return standard_memory(FACTS)


def ask(head, memory, question):
    return head.answer(question, memory, QuestionContext())


@pytest.mark.parametrize(
    ("question", "spans", "left"),
    [
        ("Who founded Acme?", [(12, 16)], []),
        ("Who founded Acme?", [], ["Acme"]),
        ("Who was the founder of Acme in 1990?", [(23, 27)], ["1990"]),
        ("Who set up Acme?", [(11, 15)], []),
        ("Who did not found Acme?", [(18, 22)], ["not"]),
        ("Who is the husband of the founder of Acme?", [(37, 41)], ["husband"]),
        ("Who founded Acme with Paul Smith?", [(12, 16)], ["Paul", "Smith"]),
        ("Who zorbled Acme?", [(12, 16)], ["zorbled"]),
        ("Which company founded Acme?", [(22, 26)], ["company"]),
        ("Which man founded Acme?", [(18, 22)], []),
        ("Which men or companies founded Acme?", [(31, 35)], []),
        ("WHO FOUNDED ACME TODAY?", [(12, 16)], ["TODAY"]),
        ("", [], []),
        ("??? ...", [], []),
    ],
)
def test_it_names_what_a_reading_passes_over(question, spans, left):
    accounted = Accounted(spans, [FOUNDED], frozenset({"PER"}))
    assert left_over(question, accounted, [FOUNDED, MARRIED], lambda *_: -1.0) == left


def test_a_word_that_carries_the_relation_is_accounted_for():
    accounted = Accounted([(14, 18)], [FOUNDED], frozenset({"PER"}))
    seen = []

    def support(start, end):
        seen.append((start, end))
        return 1.0

    assert left_over("Who started up Acme?", replace_spans(accounted, (15, 19)), [], support) == []
    assert seen == [(4, 11)]


def replace_spans(accounted, *spans):
    return Accounted(spans, accounted.relations, accounted.types)


def test_it_says_which_kind_of_person_was_not_looked_up():
    people = frozenset({"PER"})
    assert unchecked_kind("Which politician founded Acme?", [FOUNDED], people) == "politician"
    assert unchecked_kind("Which person founded Acme?", [FOUNDED], people) == ""
    assert unchecked_kind("Which founder?", [FOUNDED], people) == ""


def test_words_of_a_family_have_one_stem():
    assert stem("directed") == stem("director") == stem("directs") != stem("direct to")
    assert stem("born") != stem("bore")


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("Who was not born in Vienna?", ["not"]),
        ("Which films did Mira Kovalenko not direct?", ["not"]),
        ("Was Northwind Freight never owned by Ekdahl Lines?", ["never"]),
        ("Who owned Northwind Freight twenty years ago?", ["twenty", "years", "ago"]),
        ("What nationality is Petra Lomansk's husband?", ["husband"]),
        ("Who is the granddaughter of Petra Lomansk?", ["granddaughter"]),
        ("Which child of Petra Lomansk is from Norway?", ["Norway"]),
        ("Who acted in the films directed by Mira Kovalenko?", ["acted"]),
        ("Who founded Northwind Freight together with Paul Smith?", ["together", "Paul", "Smith"]),
    ],
)
def test_what_is_not_read_is_never_passed_over(head, memory, question, words):
    answer = ask(head, memory, question)
    if answer.abstained:
        assert not answer.cited
        return
    for word in words:  # read after all: then by a reading that takes these words into account
        without = ask(head, memory, question.replace(word, "", 1))
        assert without.text != answer.text


def test_it_says_what_was_not_understood(head, memory):
    answer = ask(head, memory, "Who founded Northwind Freight with magic zorbles?")
    assert answer.abstained
    assert "“magic”" in answer.reason
    assert "Northwind Freight" in answer.reason
    assert answer.reads


@pytest.mark.parametrize(
    "question",
    [
        "Where was Petra Lomansk born?",
        "Who founded Northwind Freight?",
        "Which films did Mira Kovalenko direct?",
        "Who is the husband of Petra Lomansk?",
        "How many people were born in Vienna?",
        "Who owns Northwind Freight?",
    ],
)
def test_no_answer_stays_the_same_without_the_meaning_of_a_word(head, memory, question):
    whole = ask(head, memory, question)
    assert not whole.abstained
    named = {
        word
        for fact in memory.facts()
        for entity in (fact.subject, fact.object)
        for word in entity.name.casefold().split()
    }
    for word in words_of(question):
        if word.plain in LESS or word.plain in named or word.plain in ("many", "people"):
            continue
        without = ask(head, memory, question[: word.start] + "zorblat" + question[word.end :])
        assert without.abstained or without.cited != whole.cited, (word.plain, without.text)


def test_a_word_that_adds_more_to_another_relation_asks_for_that_one():
    question = "Which firm founded the town of Acme?"
    accounted = Accounted([(31, 35)], (FOUNDED,), frozenset({"ORG", "LOC"}))
    places = {"town": (23, 27), "firm": (6, 10)}

    def rival(start, end):
        return 1.5 if (start, end) == places["town"] else 0.5

    assert left_over(question, accounted, [FOUNDED, MARRIED], lambda *_: 1.0) == []
    assert left_over(question, accounted, [FOUNDED, MARRIED], lambda *_: 1.0, rival) == ["town"]


def test_a_word_of_kinship_is_another_one_of_what_are_no_people(head):
    facts = [("Ramalina", MISC, "P171", "Ramalinaceae", MISC), *FACTS]
    memory = standard_memory(facts)
    for question in ("Which family does Ramalina belong to?", "Which is the family of Ramalina?"):
        (found,) = ask(head, memory, question).answers
        assert found.name == "Ramalinaceae", question
    assert ask(head, memory, "Who is the family of Petra Lomansk?").abstained
    accounted = Accounted([], [FOUNDED], frozenset({PER}))
    assert left_over("Whose family founded it?", accounted, (), lambda *_: 1.0) == ["family"]
