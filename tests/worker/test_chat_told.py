"""What turns tell in few words is found, and what only looks like it is not."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import UTC, date, datetime

import pytest

from apps.evaluation.measuring.schema import standard_relation
from apps.memory.packs import STANDARD
from apps.sources.passages import sentences
from worker.chat.reading import read_turns
from worker.chat.scene import Scene
from worker.chat.told import told
from worker.chat.turns import Said, line_of, turns_of
from worker.protocol import serialise_write
from worker.types import MentionSpan, PassageExtraction, PassageText, Proposal, RelationSpec, Span

ADA, BEN = "Ada Brook", "Ben Marsh"
RELATIONS = [
    RelationSpec("1", "residence", wikidata_property="P551", object_types=("LOC",)),
    RelationSpec("2", "employer", wikidata_property="P108", object_types=("ORG",)),
    RelationSpec("3", "job title", name_in_pack="job title", object_types=("MISC",)),
    RelationSpec("4", "position held", wikidata_property="P39", object_types=("MISC",)),
    RelationSpec("5", "sibling", wikidata_property="P3373", object_types=("PER",)),
    RelationSpec("6", "spouse", wikidata_property="P26", object_types=("PER",)),
    RelationSpec("7", "child", wikidata_property="P40", object_types=("PER",)),
    RelationSpec("8", "date of birth", wikidata_property="P569", object_types=("TIME",)),
    RelationSpec("9", "languages", wikidata_property="P1412", object_types=("MISC",)),
    RelationSpec("10", "citizenship", wikidata_property="P27", object_types=("LOC",)),
    RelationSpec("11", "place of birth", wikidata_property="P19", object_types=("LOC",)),
    RelationSpec("12", "place of death", wikidata_property="P20", object_types=("LOC",)),
    RelationSpec("13", "date of death", wikidata_property="P570", object_types=("TIME",)),
    RelationSpec("14", "team", wikidata_property="P54", object_types=("ORG",)),
    RelationSpec("15", "member of", wikidata_property="P463", object_types=("ORG",)),
]
NAMES = {one.id: one.name for one in RELATIONS}
PEOPLE = re.compile(r"\b(?:Laila Noor|Laila|Tom Reed|Eva|Funmi Bello|Patrick Doyle)\b")
FIRMS = re.compile(r"\b(?:Kladno Works|Maritime Museum)\b")


def passage(*turns: tuple[str, str]) -> PassageText:
    at = datetime(2026, 5, 4, 9, 12, tzinfo=UTC)
    text = "\n".join(line_of(Said(who, at, words)) for who, words in turns)
    spans = [
        Span(one.start, one.end).shifted(turn.words.start)
        for turn in turns_of(text)
        for one in sentences(turn.words.of(text))
    ]
    return PassageText("1", text, tuple(spans))


def mentions(text: str) -> list[MentionSpan]:
    found = [MentionSpan(Span(*one.span()), "PER") for one in PEOPLE.finditer(text)]
    firms = [MentionSpan(Span(*one.span()), "ORG") for one in FIRMS.finditer(text)]
    return sorted([*found, *firms], key=lambda one: one.span)


def proposals(
    *turns: tuple[str, str], relations: Sequence[RelationSpec] = RELATIONS
) -> list[Proposal]:
    one = passage(*turns)
    return told(Scene(one, mentions(one.text)), relations)


def facts(*turns: tuple[str, str]) -> set[tuple[str, str, str]]:
    return {
        (one.subject.called, NAMES[one.relation_id], one.object.called) for one in proposals(*turns)
    }


@pytest.mark.parametrize(
    ("words", "fact"),
    [
        ("I'm a bus driver.", (ADA, "job title", "bus driver")),
        ("I'm head of people here", (ADA, "position held", "head of people")),
        ("Still a nurse at St Mary", (ADA, "employer", "St Mary")),
        ("Surgeon. Why?", (ADA, "job title", "Surgeon")),
        ("ok but still at the Maritime Museum", (ADA, "employer", "Maritime Museum")),
        ("It is Funmi Bello, our team leader.", ("Funmi Bello", "job title", "team leader")),
        ("Tom Reed left. He's their new CTO", ("Tom Reed", "job title", "CTO")),
        ("Tom Reed? He was with Kladno Works", ("Tom Reed", "employer", "Kladno Works")),
        ("My sister, Laila Noor, has it", (ADA, "sibling", "Laila Noor")),
        ("Eva is my sister", (ADA, "sibling", "Eva")),
        ("Two kids. Daughter Eva is six", (ADA, "child", "Eva")),
        ("It is for my husband please. Patrick Doyle.", (ADA, "spouse", "Patrick Doyle")),
        ("Laila is fine. She's gone back to Utrecht", ("Laila", "residence", "Utrecht")),
        ("our flat in Cork is tiny", (ADA, "residence", "Cork")),
        ("I speak Dutch and a bit of French", (ADA, "languages", "Dutch")),
        ("I speak very good Dutch", (ADA, "languages", "Dutch")),
        ("I'm the registrar here", (ADA, "position held", "registrar")),
        ("our team leader Tom Reed wrote", ("Tom Reed", "job title", "team leader")),
        ("I work at the mill as nurse", (ADA, "job title", "nurse")),
        ("I was at Kladno Works until May", (ADA, "employer", "Kladno Works")),
        ("I work at a bike shop now. Desert Spokes", (ADA, "employer", "Desert Spokes")),
        ("Laila? She's fine. Lives in Lewes", ("Laila", "residence", "Lewes")),
        ("I played handball for Tonga United", (ADA, "team", "Tonga United")),
        ("I'm on the Border Lions", (ADA, "team", "Border Lions")),
        ("Eva is well. She plays with the Strings", ("Eva", "member of", "Strings")),
        ("I travel on my Irish passport", (ADA, "citizenship", "Irish")),
        ("Tom Reed. Irish passport", ("Tom Reed", "citizenship", "Irish")),
    ],
)  # fmt: skip
def test_it_finds_what_one_message_tells(words, fact):
    assert fact in facts((BEN, "Hi."), (ADA, words))


@pytest.mark.parametrize(
    ("question", "answer", "fact"),
    [
        ("Occupation?", "Bus driver. For years", (ADA, "job title", "Bus driver")),
        ("Date of birth?", "12 May 1980", (ADA, "date of birth", "12 May 1980")),
        ("Born where?", "El Paso", (ADA, "place of birth", "El Paso")),
        ("Languages?", "Greek and English", (ADA, "languages", "Greek")),
        ("Nationality?", "Canadian", (ADA, "citizenship", "Canadian")),
        ("Previous employer?", "Mallow & Finch", (ADA, "employer", "Mallow & Finch")),
        ("Where do you live?", "in Linz", (ADA, "residence", "Linz")),
        ("And your wife's name?", "Eva", (ADA, "spouse", "Eva")),
        ("What's your son called? We print names", "Eva 💙", (ADA, "child", "Eva")),
        ("And your sister?", "Eva, she has it", (ADA, "sibling", "Eva")),
        ("Do you speak English?", "English and some Dutch", (ADA, "languages", "English")),
        ("Where in Belgium are you?", "Namur", (ADA, "residence", "Namur")),
        (
            "I need your date of birth",
            "2009, January 15",
            (ADA, "date of birth", "2009, January 15"),
        ),
    ],
)
def test_it_finds_what_a_short_answer_says(question, answer, fact):
    assert fact in facts((BEN, question), (ADA, answer))


@pytest.mark.parametrize(
    ("question", "answer", "fact"),
    [
        ("When did she die?", "On 24 August 2020", ("date of death", "24 August 2020")),
        ("Where did she die?", "In Rome. Why?", ("place of death", "Rome")),
    ],
)
def test_it_finds_when_and_where_somebody_died(question, answer, fact):
    assert facts((ADA, "Laila is dead"), (BEN, question), (ADA, answer)) == {("Laila", *fact)}


def test_kin_that_is_asked_for_is_that_of_the_other_one_and_may_be_named_at_the_end():
    found = facts((BEN, "Sister's occupation?"), (ADA, "She's a paramedic. Eva"))
    assert found == {(ADA, "sibling", "Eva"), ("Eva", "job title", "paramedic")}


def test_what_is_needed_of_kin_is_told_of_whom_the_answer_names():
    turns = (
        (ADA, "It's for my sister. Tom Reed sees her."), (BEN, "I need her name and date of birth"),
        (ADA, "Eva, 12 May 2018"),
    )  # fmt: skip
    assert facts(*turns) == {(ADA, "sibling", "Eva"), ("Eva", "date of birth", "12 May 2018")}


def test_a_name_is_the_fullest_one_that_stands_there_whatever_it_was_taken_for():
    assert ("Laila Lund", "job title", "nurse") in facts(
        (ADA, "I am with Laila Lund."), (ADA, "Laila, our nurse, knows.")
    )


def test_a_name_may_come_turns_after_the_kin():
    found = facts(
        (ADA, "Ask my husband."), (BEN, "His name?"), (ADA, "Tom Reed"),
    )  # fmt: skip
    assert found == {(ADA, "spouse", "Tom Reed")}


def test_what_is_asked_of_somebody_is_not_told_of_who_answers():
    turns = ((ADA, "For my son please. Tom Reed."), (BEN, "Date of birth?"), (ADA, "12 May 2018"))
    assert ("Tom Reed", "date of birth", "12 May 2018") in facts(*turns)
    assert not any(one[:2] == (ADA, "date of birth") for one in facts(*turns))


@pytest.mark.parametrize("question", ["Her occupation?", "And her occupation?"])
def test_what_is_asked_of_a_woman_is_not_told_of_who_answers(question):
    assert facts((ADA, "Laila has it"), (BEN, question), (ADA, "Surgeon")) == {
        ("Laila", "job title", "Surgeon")
    }


def test_the_job_of_kin_is_not_told_of_who_answers():
    turns = ((ADA, "My sister, Laila Noor, has it"), (BEN, "Your sister's job?"), (ADA, "Surgeon"))
    assert facts(*turns) == {(ADA, "sibling", "Laila Noor")}


@pytest.mark.parametrize(
    "words",
    [
        "I'm not a nurse.", "I'd be a nurse if I could", "Are you a nurse?", "I'm a mess.",
        "I moved in March", "Release moved to Thursday.", "We are the best", "He's a nurse",
        "My sister knows", "I don't speak Dutch", "my flat is tiny", "still at home",
        "I would move to Rome", "Lovely, we met", "I'm on the train", "my new passport",
        "I played in the garden", "I was at home until May", "I work at a bike shop. It pays.",
    ],
)  # fmt: skip
def test_it_finds_nothing_where_nothing_is_told(words):
    assert facts((BEN, "Hi."), (ADA, words)) == set()


def test_nothing_is_told_of_an_assistant_or_of_no_relation():
    assert facts(("Assistant", "I'm a nurse."), (ADA, "ok")) == set()
    one = passage((ADA, "I'm a nurse."))
    assert told(Scene(one, []), RELATIONS[:2]) == []


def standard() -> list[RelationSpec]:
    return [standard_relation(one) for one in json.loads(STANDARD.read_text(encoding="utf-8"))]


def test_what_is_told_has_the_type_of_its_kind_in_the_schema_that_comes_with_memweb():
    turns = (
        (BEN, "Hi."), (ADA, "I'm a nurse at Kladno Works. I speak Dutch."),
        (ADA, "My sister, Laila Noor, has it. Our flat in Cork is tiny."),
    )  # fmt: skip
    found = {one.object.called: one.object.type for one in proposals(*turns, relations=standard())}
    assert found == {"Kladno Works": "ORG", "Dutch": "MISC", "Laila Noor": "PER", "Cork": "LOC"}


@pytest.mark.parametrize(
    "relation",
    [
        RelationSpec("1", "Boss", wikidata_property="P108"),
        RelationSpec("1", "Employer"),
        RelationSpec("1", "works at", name_in_pack="employer"),
    ],
)
def test_a_relation_is_known_whatever_its_owner_calls_it(relation):
    (found,) = proposals((BEN, "Hi."), (ADA, "still at the Maritime Museum"), relations=[relation])
    assert (found.relation_id, found.object.called) == ("1", "Maritime Museum")


@pytest.mark.parametrize("order", [1, -1])
def test_of_two_relations_of_one_meaning_the_known_one_is_told(order):
    both = [RelationSpec("1", "employer"), RelationSpec("2", "Boss", wikidata_property="P108")]
    (found,) = proposals((ADA, "still at the Maritime Museum"), relations=both[::order])
    assert found.relation_id == "2"


def test_a_relation_of_the_same_name_that_is_about_no_people_is_another_one():
    firms = RelationSpec("1", "partner", subject_types=("ORG",), object_types=("ORG",))
    persons = RelationSpec("1", "partner", subject_types=("PER",), object_types=("PER",))
    turns = ((BEN, "Hi."), (ADA, "My partner, Laila Noor, has it"))
    assert proposals(*turns, relations=[firms]) == []
    assert [one.object.called for one in proposals(*turns, relations=[persons])] == ["Laila Noor"]


@pytest.mark.parametrize(
    ("words", "since"),
    [
        ("I've moved to Linz in March", date(2026, 3, 1)),
        ("I'm a nurse since 2 April", date(2026, 4, 2)),
        ("starting 1 June, nurse at Havstad Aquarium", date(2026, 6, 1)),
        ("I lived in Linz, I live in Graz", None),
        ("I live in Linz", None),
    ],
)
def test_it_says_since_when_where_one_time_is_said(words, since):
    found = proposals((BEN, "Hi."), (ADA, words))
    assert {one.valid_from for one in found} == {since}


def test_its_places_are_those_of_the_text():
    one = passage((BEN, "Occupation?"), (ADA, "Bus driver."))
    (found,) = told(Scene(one, []), RELATIONS)
    assert found.subject.span.of(one.text) == ADA
    assert found.object.span.of(one.text) == "Bus driver"
    assert found.sentence.start <= found.subject.span.start


class _Silent:
    """A head that proposes nothing but tells who is named."""

    name, version = "silent", "1"

    def extract(self, passages, relations):
        found = [(one, tuple(mentions(one.text))) for one in passages]
        return [PassageExtraction(p.id, (), serialise_write([]), named) for p, named in found]


def test_a_head_is_helped_and_its_call_says_so():
    (read,) = read_turns(_Silent(), [passage((BEN, "Hi."), (ADA, "I'm a nurse."))], RELATIONS)
    assert [one.object.called for one in read.proposals] == ["nurse"]
    assert "Ada Brook>>job title>>nurse" in read.call


def test_what_the_next_one_refuses_is_not_told():
    turns = ((BEN, "You're a nurse."), (ADA, "No, a vet."))
    (read,) = read_turns(_Silent(), [passage(*turns)], RELATIONS)
    assert "nurse" not in [one.object.called for one in read.proposals]
