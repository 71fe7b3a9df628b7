"""A reading part by part: whose words each part has, kept as JSON, changed in one place."""

import json
from datetime import date

import pytest

from tests.worker.memories import standard_memory, typed
from worker.heads.answering import Reading
from worker.heads.timing import AskedTime
from worker.reading.items import Named, items_of
from worker.reading.look_up import looked_up, why_nothing
from worker.reading.parts import parts_of, relations_in, set_at, with_set
from worker.reading.question import AllOf, Option, Question, Reached, Thing, Without
from worker.reading.spans import all_spans, laid_out, moved, without_words
from worker.reading.stored import DEEPEST, MalformedQuestion, as_json, from_json
from worker.types import EntityRef, QuestionContext, RelationSpec, Span, Turn

TODAY = date(2026, 11, 26)
TYPES = {
    **dict.fromkeys(["Mira Kovalenko", "Tom Poe", "Sam Ott", "Ada Brook", "Eve Moor"], "PER"),
    **dict.fromkeys(["Iron Winter", "Salt Road"], "MISC"),
    **dict.fromkeys(["Norway", "Spain", "Bristol"], "LOC"),
    "Halden FC": "ORG",
}
FACTS = [
    ("Iron Winter", "P57", "Mira Kovalenko"), ("Salt Road", "P57", "Mira Kovalenko"),
    ("Mira Kovalenko", "P27", "Norway"), ("Tom Poe", "P54", "Halden FC"),
    ("Sam Ott", "P54", "Halden FC"), ("Tom Poe", "P27", "Norway"), ("Sam Ott", "P27", "Spain"),
    ("Ada Brook", "P19", "Bristol"), ("Eve Moor", "P25", "Ada Brook"),
    ("Iron Winter", "P161", "Tom Poe"),
]  # fmt: skip


@pytest.fixture(scope="module")
def memory():
    return standard_memory(typed(FACTS, TYPES))


def parts(head, memory, question, turns=()):
    answer = head.answer(question, memory, QuestionContext(turns=turns))
    return [
        (part.role, [span.of(question) for span in part.spans], part.meaning)
        for one in answer.questions
        for part in parts_of(one)
    ]


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Which films were directed by Mira Kovalenko?",
         [("form", ["Which"], "asks for names"),
          ("kind", ["films"], "the kind of thing that is asked for"),
          ("step", ["directed by"], "what has it as its director"),
          ("thing", ["Mira Kovalenko"], "Mira Kovalenko, a person")]),
        ("Where  was Ada Brook born?",
         [("form", ["Where"], "asks for names"),
          ("thing", ["Ada Brook"], "Ada Brook, a person"),
          ("step", ["born"], "place of birth")]),
        ("What nationality has the director of Iron Winter?",
         [("form", ["What"], "asks for names"),
          ("step", ["nationality"], "country of citizenship"),
          ("step", ["director of"], "director"),
          ("thing", ["Iron Winter"], "Iron Winter")]),
        ("Who except Tom Poe plays for Halden FC?",
         [("form", ["Who"], "asks for names"),
          ("exclusion", ["except"], "without these"),
          ("thing", ["Tom Poe"], "Tom Poe, a person"),
          ("step", ["plays for"], "what has it as its member of sports team"),
          ("thing", ["Halden FC"], "Halden FC, an organisation")]),
        ("How many films did Mira Kovalenko direct in 1990?",
         [("form", ["How many"], "asks for their number"),
          ("kind", ["films"], "the kind of thing that is asked for"),
          ("thing", ["Mira Kovalenko"], "Mira Kovalenko, a person"),
          ("step", ["direct"], "what has it as its director"),
          ("time", ["in 1990"], "1990-01-01 to 1990-12-31")]),
        ("Was Ada Brook never born in Bristol?",
         [("form", ["Was"], "asks whether it is so"),
          ("thing", ["Ada Brook"], "Ada Brook, a person"),
          ("negation", ["never"], "denies it"),
          ("step", ["born in"], "what has it as its place of birth"),
          ("thing", ["Bristol"], "Bristol, a place")]),
        ("Tell me about Ada Brook",
         [("form", ["Tell me about"], "asks for all that is known"),
          ("thing", ["Ada Brook"], "Ada Brook, a person")]),
    ],
)  # fmt: skip
def test_each_part_has_its_words(head, memory, question, expected):
    assert parts(head, memory, question) == expected


def test_what_was_not_understood_is_a_part(head, memory):
    found = parts(head, memory, "Which zorbish film did Mira Kovalenko direct?")
    assert ("left", ["zorbish"], "not understood") in found
    assert not any("zorbish" in " ".join(words) for role, words, _ in found if role != "left")


def test_a_pronoun_is_the_words_of_what_it_stands_for(head, memory):
    ada = next(entity for _, _, entity in memory.find_entities("Ada Brook"))
    turn = Turn("Where was Ada Brook born?", "Ada Brook was born in Bristol [1].", (ada,))
    found = parts(head, memory, "And where was she born?", (turn,))
    assert ("thing", ["she"], "Ada Brook, a person") in found


def test_several_questions_have_a_reading_each(head, memory):
    found = parts(head, memory, "Where was Ada Brook born and who directed Iron Winter?")
    assert [words for role, words, _ in found if role == "form"] == [["Where"], ["who"]]
    assert [m for role, _, m in found if role == "step"] == ["place of birth", "director"]


@pytest.mark.parametrize(
    "question",
    ["", "Who?", "What is the zorb of Blim?", "qui est Ada Brook", "Ada Brook " * 90,
     "Who is the " + "director of the " * 8 + "Iron Winter?"],
)  # fmt: skip
def test_parts_of_bad_questions_stay_inside_the_text(head, memory, question):
    answer = head.answer(question, memory, QuestionContext())
    for one in answer.questions:
        assert one.text == question
        assert all(0 <= span.start < span.end <= len(question) for span in all_spans(one))


# the value


DIRECTOR = RelationSpec("1", "director", questions=("Who directed {subject}?",))
CITIZEN = RelationSpec("2", "citizenship")


def thing(name, text):
    at = text.index(name)
    return Thing((EntityRef(name, name, "MISC"),), name, (Span(at, at + len(name)),))


def made(text="Which Norse films did Ada direct?"):
    target = Reached(thing("Ada", text), (Option(DIRECTOR, "object", 1.5),))
    items = items_of(text, [Named(text.index("Ada"), text.index("Ada") + 3, target.of, "PER")])
    return laid_out(Question("which", target, text=text), items)


def test_words_that_are_left_go_to_the_step_that_speaks_them():
    text = "What citizenship has the old director of Emma?"
    inner = Reached(thing("Emma", text), (Option(DIRECTOR, "subject"),))
    whole = Question("which", Reached(inner, (Option(CITIZEN, "subject"),)), text=text)
    found = laid_out(whole, items_of(text, [Named(41, 45, inner.of, "")]))
    assert [span.of(text) for span in found.target.spans] == ["citizenship", "old"]
    assert [span.of(text) for span in found.target.of.spans] == ["director of"]


def test_words_can_be_taken_out_of_all_parts():
    question = made()
    left = (Span(6, 11),)
    assert "Norse" in " ".join(span.of(question.text) for span in all_spans(question))
    cut = without_words(question, left)
    assert cut.left_spans == left
    assert [span for span in all_spans(cut) if span.start < 11 and span.end > 6] == list(left)


def test_parts_are_moved_to_the_words_that_were_typed():
    typed_text = "And  which Norse films did SHE direct?"
    question = moved(made(), typed_text)
    assert question.text == typed_text
    assert [span.of(typed_text) for span in question.target.of.spans] == ["SHE"]
    nothing = moved(made(), "Zorb")
    assert list(all_spans(nothing)) == [Span(0, 4)] or all(s.end <= 4 for s in all_spans(nothing))


def full():
    one, other = thing("Ada", "Ada"), Thing((), "Zorb")
    target = Without(
        AllOf((Reached(one, (Option(DIRECTOR, "object", 0.25),), spans=(Span(1, 3),)),
               Reached(other, (Option(CITIZEN, "subject"),), every=True, derived="kin"))),
        (one,), stated=True, spans=(Span(4, 5),),
    )  # fmt: skip
    return Question(
        "how many", target, among=one, negated=True, now=True, ended=True, kind="film",
        time=AskedTime(date(1990, 1, 1), None, "since 1990", "last"), remarks=("So.",),
        text="Ada ...", form_spans=(Span(0, 2),), left_spans=(Span(2, 3),),
    )  # fmt: skip


def test_it_is_read_back_as_it_was_kept():
    question = full()
    values = json.loads(json.dumps(as_json(question)))
    again = from_json(values, {"1": DIRECTOR, "2": CITIZEN})
    assert again == question
    assert as_json(again) == as_json(question)
    shown = from_json(values)
    assert relations_in(shown) == {"1", "2"}


@pytest.mark.parametrize(
    "change",
    [
        lambda values: values.pop("target"),
        lambda values: values.update(form="zorb"),
        lambda values: values["target"].update(set="zorb"),
        lambda values: values["time"].update(pick="zorb"),
        lambda values: values.update(form_spans=[[3, 1]]),
        lambda values: values.update(form_spans=[[1]]),
        lambda values: values.update(among=[]),
        lambda values: values["target"]["of"]["parts"][0]["options"][0].update(id="77"),
        lambda values: values["target"]["of"]["parts"][0].update(options=[]),
    ],
)
def test_what_is_no_question_is_refused(change):
    values = as_json(full())
    change(values)
    with pytest.raises(MalformedQuestion):
        from_json(values, {"1": DIRECTOR, "2": CITIZEN})


def test_a_question_without_end_is_refused():
    values = as_json(made())
    for _ in range(DEEPEST + 1):
        values["target"] = {**as_json(made())["target"], "of": values["target"]}
    with pytest.raises(MalformedQuestion):
        from_json(values)


def test_one_part_is_changed_wherever_it_is():
    question = full()
    changed = with_set(
        question, "target.0.0", lambda node: Reached(node.of, (Option(CITIZEN, "subject"),))
    )
    assert set_at(changed, "target.0.0").options[0].relation is CITIZEN
    assert set_at(changed, "target.0.1") == set_at(question, "target.0.1")
    for path in ("target.9", "zorb", "target.x", "target.0.0.0.0", ""):
        with pytest.raises(KeyError):
            set_at(question, path)
    assert made().among is None
    with pytest.raises(KeyError):
        set_at(made(), "among")


def test_a_value_is_looked_up_without_its_words(memory):
    by_id = {relation.id: relation for relation in memory.relations()}
    mira = Thing(tuple(e for _, _, e in memory.find_entities("Mira Kovalenko")), "Mira")
    films = Question("how many", Reached(mira, (Option(by_id["P57"], "object"),)))

    def reading(time):
        return Reading(memory, time, today=TODAY)

    answer = looked_up(films, reading)
    assert answer.text.startswith("The memory knows 2.")
    assert answer.questions == (films,)
    spouse = Question("which", Reached(mira, (Option(by_id["P26"], "subject"),)))
    assert looked_up(spouse, reading) is None
    assert why_nothing(spouse, reading).abstained
