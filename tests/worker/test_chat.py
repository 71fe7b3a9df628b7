"""What turns are read as, and that every place leads back to the text itself."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from apps.sources.passages import sentences
from worker.chat.persons import has_name
from worker.chat.reading import as_said, read_turns, view_of_turns
from worker.chat.turns import Said, line_of, turns_of
from worker.chat.views import View
from worker.english.said_times import said_times
from worker.protocol import serialise_write
from worker.types import Argument, PassageExtraction, PassageText, Proposal, RelationSpec, Span

ADA, BEN = "Ada Brook", "Ben Marsh"
LIVES = RelationSpec("7", "residence")


def passage(*turns: tuple[str, str]) -> PassageText:
    """Return a passage of turns, all said on 4 May 2026."""
    at = datetime(2026, 5, 4, 9, 12, tzinfo=UTC)
    text = "\n".join(line_of(Said(who, at, words)) for who, words in turns)
    spans = [
        Span(one.start, one.end).shifted(turn.words.start)
        for turn in turns_of(text)
        for one in sentences(turn.words.of(text))
    ]
    return PassageText("1", text, tuple(spans))


def read(*turns: tuple[str, str]) -> str:
    view = view_of_turns(passage(*turns))
    assert view is not None
    return view.text


@pytest.mark.parametrize(
    ("words", "view"),
    [
        ("I live in Porto.", "Ada Brook lives in Porto."),
        ("I'm a baker, my son isn't.", "Ada Brook is a baker, Ada Brook's son isn't."),
        ("We moved to York last month.", "Ada Brook moved to York in April 2026."),
        ("I've known him since yesterday", "Ada Brook has known him since 3 May 2026"),
        ("Are you still at Acme?", "Is Ben Marsh still at Acme?"),
        ("Where do you live?", "Where does Ben Marsh live?"),
        ("Left in March. I think so.", "Ada Brook left in March 2026. I think so."),
        ('He wrote "I live in Rome".', 'He wrote "I live in Rome".'),
        ("Thank you!", "Thank Ben Marsh!"),
    ],
)
def test_it_reads_persons_and_times(words, view):
    assert read((BEN, "Hi."), (ADA, words)).split("\n")[1] == view


@pytest.mark.parametrize(
    ("question", "answer", "statement"),
    [
        ("And where does she work?", "At Siemens.", "she works At Siemens."),
        ("Where do you live?", "Porto", "Ada Brook lives in Porto"),
        ("When were you born?", "3 March 1941, in Lucca.", "Ada Brook was born on 3 March 1941, in Lucca."),  # noqa: E501
        ("who wrote Zorba?", "Nikos Vlas.", "Nikos Vlas wrote Zorba"),
        ("Their elder daughter?", "Irene!", "Their elder daughter is Irene!"),
        ("As what?", "Optical engineer", "Ada Brook works as Optical engineer"),
        ("Have you moved as well?", "yes, to Rome", "Ada Brook has moved as well to Rome"),
        ("Did you join Acme?", "Yes.", "Ada Brook joined Acme."),
    ],
)  # fmt: skip
def test_it_joins_a_question_and_its_answer(question, answer, statement):
    assert read((BEN, question), (ADA, answer)).split("\n")[1] == statement


@pytest.mark.parametrize("answer", ["No.", "No idea", "Maybe Porto", "In Porto?", "Why?"])
def test_it_makes_no_statement_of_what_is_no_answer(answer):
    assert "lives" not in read((BEN, "Do you live in Porto?"), (ADA, answer))
    assert "lives" not in read((BEN, "Where do you live?"), (ADA, answer))


def test_it_takes_no_own_question_for_one_that_is_answered():
    assert read((ADA, "Where do you live?"), (ADA, "Porto")).endswith("\nPorto")


def test_nobody_is_taken_for_the_assistant():
    assert not has_name("Assistant")
    told = read((ADA, "Who are you?"), ("Assistant", "I live in your phone."))
    assert told == "Who are you?\nI live in Ada Brook's phone."


def test_you_is_nobody_among_three():
    told = read((ADA, "Hi."), (BEN, "Hi."), ("Cy Dunn", "You moved. I stayed."))
    assert told.endswith("You moved. Cy Dunn stayed.")


def test_a_message_cannot_speak_for_another():
    said = Said(ADA, datetime(2026, 5, 4, tzinfo=UTC), "x\n[2026-05-04T09:12:00+00:00] Boss: y")
    assert [turn.speaker for turn in turns_of(line_of(said))] == [ADA]


@pytest.mark.parametrize(
    ("words", "written"),
    [
        ("two years ago", "in 2024"),
        ("a week ago", "in April 2026"),
        ("five days ago", "on 29 April 2026"),
        ("on Friday", "on 1 May 2026"),
        ("since the 1st", "since 1 May 2026"),
        ("at the end of March", "in March 2026"),
        ("until Christmas", "until December 2025"),
        ("last autumn", "in 2025"),
        ("last winter", "in 2026"),
        ("on 15 June", "on 15 June 2025"),
        ("in December", "in December 2025"),
    ],
)
def test_it_knows_times_by_the_day_they_are_said(words, written):
    [found] = said_times(words, date(2026, 5, 4))
    assert (found.start, found.end, found.written) == (0, len(words), written)


@pytest.mark.parametrize(
    "words", ["on 15 April 2020", "in March 1990", "long ago", "30 February", "may I", "last week"]
)
def test_it_leaves_times_that_are_whole_or_unclear(words):
    assert list(said_times(words, date(2026, 5, 4))) == []


class _Finds:
    """A head that finds one fact wherever the view has it."""

    name = version = "finds"

    def __init__(self, subject: str, object: str) -> None:
        self.names = subject, object

    def extract(self, passages, relations):
        return [self._found(one, relations[0]) for one in passages]

    def _found(self, given: PassageText, relation: RelationSpec) -> PassageExtraction:
        sides = []
        for name in self.names:
            at = given.text.rindex(name)
            sides.append(Argument(name, Span(at, at + len(name)), "MISC", name=name))
        [sentence] = [s for s in given.sentences if s.start <= sides[1].span.start < s.end]
        one = Proposal(sides[0], relation.id, sides[1], sentence, 0.9)
        call = serialise_write([(self.names[0], relation.name, self.names[1])])
        return PassageExtraction(given.id, (one,), call)


def found(
    subject: str, object_: str, *turns: tuple[str, str], relation: RelationSpec = LIVES
) -> tuple[str, PassageExtraction]:
    given = passage(*turns)
    [result] = read_turns(_Finds(subject, object_), [given], [relation])
    return given.text, result


def test_what_is_found_stands_in_the_text_itself():
    text, result = found(ADA, "Porto", (BEN, "Hi."), (ADA, "Since May I live in Porto now."))
    [one] = result.proposals
    assert (one.subject.text, one.subject.name, one.object.text) == ("I", ADA, "Porto")
    assert one.subject.span.of(text) == "I"
    assert one.object.span.of(text) == "Porto"
    assert one.sentence.of(text) == "Since May I live in Porto now."


def test_a_question_and_its_answer_are_one_evidence():
    text, result = found(ADA, "Porto", (BEN, "Where do you live?"), (ADA, "Oh, in Porto."))
    [one] = result.proposals
    assert one.subject.text == "you"
    assert one.object.span.of(text) == "Porto"
    said = one.sentence.of(text)
    assert said.startswith("you live")
    assert said.endswith("Porto.")


def test_who_is_left_out_stands_before_the_turn():
    text, result = found(ADA, "Porto", (ADA, "Moved to Porto."))
    [one] = result.proposals
    assert one.subject.span.of(text) == ADA
    assert one.sentence.of(text) == f"{ADA}: Moved to Porto."


@pytest.mark.parametrize(
    ("turns", "mood"),
    [
        ([(BEN, "Is Porto where Ada Brook lives?"), (ADA, "Hm.")], "asked"),
        ([(BEN, "Ada Brook lives in Porto."), (ADA, "No, that is wrong.")], "denied"),
        ([(BEN, "Hi."), (ADA, "I might move to Porto.")], "planned"),
        ([(BEN, "Do you know Porto?"), (ADA, "I live far away.")], "asked"),
    ],
)
def test_what_is_asked_or_refused_is_not_stated(turns, mood):
    _, result = found(ADA, "Porto", *turns)
    assert result.proposals == ()
    assert result.call == serialise_write([])
    assert [one.mood for one in result.unstated] == [mood]


@pytest.mark.parametrize(
    "words", ["Only his son is in Porto.", "My mum lives in Porto.", "He lives in Porto."]
)
def test_nobody_else_is_taken_for_who_speaks(words):
    given = passage((BEN, "Hi."), (ADA, words))
    view = view_of_turns(given)
    assert view is not None
    own = next(word for word in ("his", ADA, "He") if word in view.text.split("\n")[-1])
    at = view.text.rindex(own)
    porto = view.text.rindex("Porto")
    sides = [
        Argument(own, Span(at, at + len(own)), "PER", name=ADA),
        Argument("Porto", Span(porto, porto + 5), "LOC", name="Porto"),
    ]
    sentence = view.sentences[-1].span
    one = Proposal(sides[0], LIVES.id, sides[1], sentence, 0.9)
    call = serialise_write([(ADA, LIVES.name, "Porto")])
    read = as_said(PassageExtraction("1", (one,), call), view, given, [LIVES])
    assert (read.proposals, read.unstated) == ((), ())


@pytest.mark.parametrize(
    ("relation", "is_kept"),
    [
        (RelationSpec("7", "holds", wikidata_property="P150"), False),
        (RelationSpec("7", "is a", wikidata_property="P31"), False),
        (RelationSpec("7", "contains"), True),
    ],
)
def test_what_people_hardly_say_is_left_out_whatever_its_relation_is_called(relation, is_kept):
    turns = ((BEN, "Hi."), (ADA, "I saw that Oakham has a Mill."))
    _, result = found("Oakham", "Mill", *turns, relation=relation)
    assert bool(result.proposals) == is_kept


@pytest.mark.parametrize(
    ("relation", "is_kept"),
    [
        (RelationSpec("7", "family", wikidata_property="P1038"), True),
        (RelationSpec("7", "lives with", wikidata_property="P451"), True),
        (RelationSpec("7", "Relative"), True),
        (RelationSpec("7", "family"), False),
    ],
)
def test_what_my_kin_is_to_me_is_kept_whatever_its_relation_is_called(relation, is_kept):
    _, result = found(ADA, "Eva Stone", (ADA, "My mum is Eva Stone."), relation=relation)
    assert bool(result.proposals) == is_kept


def test_a_text_without_turns_is_read_as_it_is():
    given = PassageText("1", "Ada Brook lives in Porto.", (Span(0, 25),))
    [result] = read_turns(_Finds(ADA, "Porto"), [given], [LIVES])
    assert result.proposals[0].subject.span == Span(0, 9)
    assert isinstance(view_of_turns(passage((ADA, "Hi."))), View)
