"""Questions that give a person a title, asked through the whole product."""

from __future__ import annotations

import pytest

from apps.accounts.models import Space, User
from apps.asking.services import question_answer_here
from apps.memory import services
from apps.memory.controller import MemoryController
from tests import factories
from worker.heads.encoder.mentions import named_entities

TITLES = """Prof. Professor Dr. Doctor Sir Dame Lord Lady President Senator Captain Colonel General
    Judge Bishop Saint Rev. Mr Mrs. Ms. Queen King Prince Princess Minister Chancellor Pope Major
    Lieutenant Governor Mayor Admiral Duchess Vice-President Sgt. St.""".split()  # noqa: SIM905


@pytest.fixture
def known(space: Space) -> Space:
    for name, type_ in (
        ("Marie Curie", "PER"),
        ("Warsaw", "LOC"),
        ("King Records", "ORG"),
        ("Syd Nathan", "PER"),
        ("Saint Petersburg", "LOC"),
        ("Peter Orr", "PER"),
    ):
        factories.make_entity(space, name, type=type_)
    return space


@pytest.mark.parametrize("title", [*TITLES, "Prime Minister", "Prof. Dr.", "The late Queen"])
@pytest.mark.parametrize("question", ["Where was {} Marie Curie born?", "Where was {} Curie born?"])
def test_it_finds_who_a_title_belongs_to(known: Space, title: str, question: str) -> None:
    for text in (question.format(title), question.format(title).lower()):
        named = named_entities(MemoryController(known).as_memory(), text)
        assert [entity.name for entity in named[0].entities] == ["Marie Curie"], text


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Who founded King Records?", ["King Records"]),
        ("Who founded King Record?", ["King Records"]),
        ("Where is Saint Petersburg?", ["Saint Petersburg"]),
        ("Where was Prince born?", ["Prince"]),
        ("Where was Prince (musician) born?", ["Prince"]),
        ("Who is the Queen?", []),
        ("Who is the president of Records?", []),
        ("Where was General Curious born?", []),
    ],
)
def test_it_keeps_names_that_contain_a_title(known: Space, text: str, names: list[str]) -> None:
    factories.make_entity(known, "Prince", type="PER")
    found = MemoryController(known).find_entities(text)
    assert [entity.name for _, _, entity in found] == names


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (
            "Were Sir Peter Orr and Lady Curie born in Warsaw?",
            ["Peter Orr", "Marie Curie", "Warsaw"],
        ),
        ("Was Lt. Col. Curie married?", ["Marie Curie"]),
        ("Where was Dr.Curie born?", ["Marie Curie"]),
        ("Is Curie President?", ["Marie Curie"]),
        ("Where was Professor Curie's husband born?", ["Marie Curie"]),
        ("WHERE WAS DR MARIE CURIE BORN?", ["Marie Curie"]),
        ("Where was Don Curie born?", []),
        ("Where was Curie King born?", []),
    ],
)
def test_it_reads_titles_in_many_places(known: Space, text: str, names: list[str]) -> None:
    found = named_entities(MemoryController(known).as_memory(), text)
    assert sorted(one.entities[0].name for one in found) == sorted(names)


def test_it_answers_for_every_title(known: Space, bob: User, carol: User, settings) -> None:
    settings.READ_HEAD, settings.EMBEDDER = "encoder", "scripted"
    services.relations_load(space=known, actor=None)
    born = factories.make_triple(known, "Marie Curie", "place of birth", "Warsaw")
    document = factories.make_document(known, bob, "Marie Curie was born in Warsaw.")
    factories.make_evidence(born, document, bob)
    unknown = []
    for title in TITLES:
        text = f"Where was {title} Marie Curie born?"
        question = question_answer_here(space=known, actor=carol, text=text)
        if question.answer.text != "Marie Curie was born in Warsaw [1].":
            unknown.append((title, question.error, question.answer.text))
    assert unknown == []
