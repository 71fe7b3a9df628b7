"""Questions drawn from the memory: their answers are what the memory holds."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest

from apps.evaluation.services.benchmarks import KINDS, draw_from_memory
from apps.evaluation.services.benchmarks.drawing import held
from apps.memory.models import Alias, Entity
from tests import factories

pytestmark = pytest.mark.django_db


def relation(space, name, template, questions=(), inverse=(), **fields):
    return factories.make_relation(
        space, name, template=template, questions=list(questions),
        inverse_questions=list(inverse), **fields,
    )  # fmt: skip


@pytest.fixture
def space():
    """A small memory in which each kind of question has something to ask for."""
    space = factories.make_space("lindenau")
    person = {"subject_types": ["PER"]}
    born = relation(
        space, "place of birth", "{subject} was born in {object}.",
        ["Where was {subject} born?"], ["Who was born in {object}?"],
        single_valued=True, lasts=False, object_types=["LOC"], **person,
    )  # fmt: skip
    relation(
        space, "place of death", "{subject} died in {object}.", ["Where did {subject} die?"],
        object_types=["LOC"], lasts=False, **person,
    )  # fmt: skip
    spouse = relation(
        space, "guardian", "The guardian of {subject} is {object}.",
        ["Who is the guardian of {subject}?"], ["Whose guardian is {object}?"],
        single_valued=True, object_types=["PER"], **person,
    )  # fmt: skip
    mayor = relation(
        space, "mayor", "The mayor of {subject} is {object}.", ["Who is the mayor of {subject}?"],
        subject_types=["LOC"], object_types=["PER"],
    )  # fmt: skip
    for name in ("Ada Brook", "Ben Brook", "Cora Lind", "Dan Rook", "Eva Holt"):
        factories.make_entity(space, name, type="PER")
    for name in ("Lindenau", "Halden"):
        factories.make_entity(space, name, type="LOC")
    for name, place in (
        ("Ada Brook", "Lindenau"),
        ("Ben Brook", "Lindenau"),
        ("Cora Lind", "Halden"),
    ):
        factories.make_triple(space, name, born, place)
    factories.make_triple(space, "Ada Brook", spouse, "Ben Brook")
    factories.make_triple(space, "Cora Lind", spouse, "Dan Rook")
    factories.make_triple(
        space, "Halden", mayor, "Dan Rook", valid_from=date(1990, 1, 1), valid_to=date(2000, 1, 1)
    )
    factories.make_triple(space, "Halden", mayor, "Eva Holt", valid_from=date(2000, 1, 1))
    Alias.objects.create(space=space, entity=space.entities.get(name="Ada Brook"), name="Addie")
    return space


def drawn(space, size=500, seed=7, **more):
    return draw_from_memory(space, size=size, seed=seed, **more)


def test_it_draws_every_kind(space) -> None:
    for seed in range(30):  # whatever the numbers of the rows are, which the lot goes by
        assert set(Counter(case.kind for case in drawn(space, seed=seed))) == set(KINDS)


def test_their_answers_are_what_the_memory_holds(space) -> None:
    cases = {(case.text, case.given.get("as_of", "")): case for case in drawn(space)}
    expected = {text: case.expected for (text, _), case in cases.items()}
    assert expected["Where was Ada Brook born?"] == [["Lindenau"]]
    assert expected["Who was born in Lindenau?"] == [["Ada Brook", "Addie"], ["Ben Brook"]]
    assert expected["How many people were born in Lindenau?"] == [["2"]]
    assert expected["Was Ada Brook born in Lindenau?"] == [["yes"]]
    assert expected["Is Dan Rook the guardian of Ada Brook?"] == [["no"]]
    assert expected["Since when is Eva Holt the mayor of Halden?"] == [["2000", "1 January 2000"]]
    assert expected["Who was the mayor of Halden in 1995?"] == [["Dan Rook"]]
    assert expected["Where was the guardian of Ada Brook born?"] == [["Lindenau"]]
    assert expected["Where did Ada Brook die?"] == []
    as_of = [case for (_, day), case in cases.items() if day]
    assert {tuple(names) for case in as_of for names in case.expected} == {
        ("Dan Rook",), ("Eva Holt",),
    }  # fmt: skip


def test_it_says_on_what_a_case_rests(space) -> None:
    case = next(one for one in drawn(space) if one.text == "Where was Ada Brook born?")
    triple = space.triples.get(subject__name="Ada Brook", relation__name="place of birth")
    assert case.rests_on["triples"] == [triple.pk]
    assert case.relation == "place of birth"
    assert case.given["wording"] == "own"


def test_the_present_is_not_asked_of_what_changed(space) -> None:
    texts = [case.text for case in drawn(space, kinds=["single", "list", "yes", "count"])]
    assert texts
    assert not [text for text in texts if "mayor" in text and "Dan Rook" in text]
    assert "Who is the mayor of Halden?" not in texts


def test_the_same_seed_gives_the_same_questions(space) -> None:
    assert drawn(space, 10, 3) == drawn(space, 10, 3)
    assert [case.text for case in drawn(space, 10, 3)] != [
        case.text for case in drawn(space, 10, 4)
    ]


def test_it_draws_no_more_than_is_wanted_and_only_the_kinds_that_are(space) -> None:
    assert len(drawn(space, 10)) == 10
    assert {case.kind for case in drawn(space, kinds=["yes"])} == {"yes"}


def test_nothing_is_drawn_from_an_empty_memory() -> None:
    assert drawn(factories.make_space("empty")) == []


def test_a_name_that_two_things_have_is_not_asked_about(space) -> None:
    Entity.objects.create(space=space, name="Ada Brook", type="PER", description="another one")
    assert not [case for case in drawn(space) if "Ada Brook" in case.text]


def test_what_another_relation_says_is_no_absence(space) -> None:
    died = space.relations.get(name="place of death")
    born = space.relations.get(name="place of birth")
    born.implies = ["place of death"]
    born.save(update_fields=["implies"])
    texts = {case.text for case in drawn(space, kinds=["absent", "near_absent"])}
    assert not texts & {"Where did Ada Brook die?", "Where did Ben Brook die?"}
    assert died.triples.count() == 0


def test_a_retired_relation_is_not_asked_for(space) -> None:
    from django.utils import timezone

    space.relations.filter(name="place of birth").update(retired_at=timezone.now())
    assert not [case for case in drawn(space) if "born" in case.text]


def test_of_a_large_memory_it_looks_at_a_part(space, monkeypatch) -> None:
    monkeypatch.setattr(held, "MOST_FACTS", 6)
    monkeypatch.setattr(held, "THINGS_OF_MORE", 1)
    whole = {case.text: case.expected for case in drawn(space)}
    monkeypatch.setattr(held, "MOST_FACTS", 300_000)
    right = {case.text: case.expected for case in drawn(space)}
    assert whole
    assert {text: right.get(text) for text in whole} == whole
