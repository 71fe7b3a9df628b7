"""Many ready-made facts at once, as evaluations load them."""

from __future__ import annotations

from datetime import date

import pytest

from apps.audit.models import Event
from apps.memory.controller import InvalidName, MemoryController
from apps.memory.models import Alias, Entity, Evidence, Triple
from apps.memory.services import embed_pending, pending
from apps.memory.services.bulk import Fact, facts_load, implied_types
from tests import factories
from worker.heads.scripted.embedder import ScriptedEmbedder
from worker.types import MemoryQuery


@pytest.fixture
def born(space):
    return factories.make_relation(space, subject_types=["PER"], object_types=["LOC"])


@pytest.fixture
def date_of_birth(space):
    return factories.make_relation(
        space, "date of birth", subject_types=["PER"], object_types=["TIME"], template=""
    )


def load(space, *facts, **options):
    return facts_load(space=space, facts=facts, actor=None, **options)


def test_it_loads_facts_that_the_memory_answers_with(space, born):
    loaded = load(
        space,
        Fact("Ada Brook", born, "Lindenau", subject_aliases=("A. Brook",)),
        Fact("Ben Brook", born, "Lindenau"),
    )
    assert (loaded.entities, loaded.aliases, loaded.triples) == (3, 1, 2)
    memory = MemoryController(space)
    query = MemoryQuery("place of birth", subject="A. Brook")
    assert [fact.object.name for fact in memory.read(query).facts] == ["Lindenau"]
    ((start, end, entity),) = memory.find_entities("Where was Ben Brook born?")
    assert (entity.name, entity.type, start, end) == ("Ben Brook", "PER", 10, 19)


def test_it_makes_one_entity_of_a_name_and_counts_what_is_new_only(space, born):
    fact = Fact("Ada Brook", born, "Lindenau")
    load(space, fact, fact, Fact("ADA  BROOK", born, "Lindenau"))
    assert Entity.objects.count() == 2
    again = load(space, fact)
    assert (again.entities, again.aliases, again.triples) == (0, 0, 0)
    assert Triple.objects.count() == 1


def test_an_alias_never_makes_two_names_one(space, born):
    load(
        space,
        Fact("Ada Brook", born, "Lindenau", subject_aliases=("Brook",)),
        Fact("Ben Brook", born, "Lindenau", subject_aliases=("Brook", "brook")),
    )
    found = MemoryController(space).find_entities("Where was Brook born?")
    assert [entity.name for _, _, entity in found] == ["Ada Brook", "Ben Brook"]
    assert Alias.objects.count() == 2


def test_it_reads_dates_and_makes_one_of_every_spelling(space, date_of_birth):
    load(
        space,
        Fact("Ada Brook", date_of_birth, "7 November 1867"),
        Fact("Ben Brook", date_of_birth, "November 7, 1867"),
    )
    (day,) = Entity.objects.filter(kind=Entity.Kind.TIME)
    assert day.value["edtf"] == "1867-11-07"
    load(space, Fact("Cy Brook", date_of_birth, "1867-11-07"))  # there already
    assert Entity.objects.filter(kind=Entity.Kind.TIME).count() == 1
    assert day.triples_as_object.count() == 3


def test_periods_stand_side_by_side(space, born):
    load(
        space,
        Fact("Ada Brook", born, "Lindenau", valid_to=date(1900, 1, 1)),
        Fact("Ada Brook", born, "Warsaw", valid_from=date(1900, 1, 1)),
    )
    memory = MemoryController(space)
    query = MemoryQuery("place of birth", subject="Ada Brook")
    for day, place in ((date(1899, 12, 31), "Lindenau"), (date(1900, 1, 1), "Warsaw")):
        assert [fact.object.name for fact in memory.read(query, as_of=day).facts] == [place]


def test_types_follow_from_the_relations_unless_given(space, born, date_of_birth):
    facts = [Fact("Ada Brook", born, "Lindenau"), Fact("Ada Brook", date_of_birth, "1867")]
    assert implied_types(facts) == {"ada brook": "PER", "lindenau": "LOC", "1867": "TIME"}
    undecided = factories.make_relation(space, "part of", subject_types=["LOC", "ORG"])
    assert implied_types([Fact("Lindenau", undecided, "Saxony")]) == {}
    load(space, Fact("Ada Brook", born, "Lindenau", object_type="ORG"))
    assert Entity.objects.get(name="Lindenau").type == "ORG"


def test_it_embeds_names_and_relations_and_tells_how_far_it_is(space, born):
    told = []
    load(
        space,
        Fact("Ada Brook", born, "Lindenau"),
        embedder=ScriptedEmbedder(),
        embedded=lambda done, total: told.append((done, total)),
    )
    assert told == [(3, 3)]
    born.refresh_from_db()
    rows = [born, *Entity.objects.all()]
    assert all(row.embedding is not None for row in rows)
    assert {row.embedded_by for row in rows} == {ScriptedEmbedder.name}


def test_names_wait_for_their_vectors_and_are_found_meanwhile(space, born):
    embedder = ScriptedEmbedder()
    load(space, Fact("Brook Institute of Botany", born, "Lindenau"))
    memory = MemoryController(space, embedder)
    exact = MemoryQuery("place of birth", subject="Brook Institute of Botany")
    near = MemoryQuery("place of birth", subject="Brook Institute of Botanics")
    assert len(memory.read(exact).facts) == 1
    assert [c.role for c in memory.read(near).candidates] == ["relation"]
    assert pending(embedder=embedder, space=space) == 3
    assert embed_pending(embedder=embedder) == 3
    shown = {c.name for c in memory.read(near).candidates}
    assert shown == {"Brook Institute of Botany", "Lindenau", "place of birth"}


def test_facts_stand_where_their_vectors_fail(space, born):
    class Broken(ScriptedEmbedder):
        def embed(self, texts):
            raise RuntimeError("no vectors today")

    with pytest.raises(RuntimeError, match="no vectors today"):
        load(space, Fact("Ada Brook", born, "Lindenau"), embedder=Broken())
    assert Triple.objects.count() == 1


def test_it_reads_each_spelling_once_and_adds_to_what_is_there(space, born, date_of_birth):
    day = Fact("Ada Brook", date_of_birth, "7 November 1867")
    load(space, day, Fact("Ben Brook", born, "Lindenau", subject_aliases=("B. Brook",)))
    loaded = load(
        space,
        Fact("Ada  Brook", date_of_birth, "7 Nov. 1867", subject_aliases=("Dr Brook",)),
        Fact("Ben Brook", born, "LINDENAU", subject_aliases=("b. brook", "Benny")),
        Fact("Cy Brook", born, "Lindenau"),
    )
    assert (loaded.entities, loaded.aliases, loaded.triples) == (1, 3, 1)
    names = Alias.objects.order_by("pk").values_list("entity__name", "name")
    assert list(names) == [
        ("Ben Brook", "B. Brook"),
        ("Ada Brook", "Dr Brook"),
        ("7 November 1867", "7 Nov. 1867"),
        ("Ben Brook", "Benny"),
    ]
    made = Entity.objects.get(name="Cy Brook")
    assert (made.normalised, made.type, made.kind, made.value) == ("cy brook", "PER", "item", None)
    assert made.created_at is not None


def test_one_event_tells_of_a_load_and_nothing_claims_evidence(space, born):
    load(space, Fact("Ada Brook", born, "Lindenau"))
    event = Event.objects.get(action="facts.loaded")
    assert event.payload == {"entities": 2, "aliases": 0, "facts": 1}
    assert event.actor_label == "memweb"
    assert Evidence.objects.count() == 0


def test_it_is_all_or_nothing(space, born):
    with pytest.raises(InvalidName):
        load(space, Fact("Ada Brook", born, "Lindenau"), Fact("Ben Brook", born, " "))
    elsewhere = factories.make_relation(factories.make_space("elsewhere"))
    with pytest.raises(ValueError, match="another space"):
        load(space, Fact("Ada Brook", born, "Lindenau"), Fact("Ben", elsewhere, "Lindenau"))
    assert not Entity.objects.exists()
    assert not Event.objects.filter(action="facts.loaded").exists()
