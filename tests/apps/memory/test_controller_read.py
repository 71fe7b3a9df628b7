"""Reading the memory by exact names and numbers: homonyms, aliases, inverses, limits."""

from __future__ import annotations

from django.utils import timezone

from apps.accounts.models import Space, User
from apps.memory import services
from apps.memory.controller import (
    MemoryController,
    relation_spec,
)
from apps.memory.models import Alias, Entity, Relation, Triple
from tests import factories
from tests.apps.memory.reading import born, names
from worker.interfaces import Memory
from worker.types import MemoryQuery


def test_it_answers_for_a_known_subject_and_for_a_known_object(
    memory: MemoryController, space: Space
) -> None:
    factories.make_triple(space, "Ada", "place of birth", "Lindenau")
    factories.make_triple(space, "Ben", "place of birth", "Lindenau")
    factories.make_triple(space, "Ada", "employer", "Guild")
    assert names(memory.read(born(" ADA "))) == [("Ada", "place of birth", "Lindenau")]
    assert names(memory.read(MemoryQuery("Place of Birth", object="lindenau"))) == [
        ("Ada", "place of birth", "Lindenau"),
        ("Ben", "place of birth", "Lindenau"),
    ]
    assert memory.read(born("Nobody")).facts == ()
    assert memory.read(MemoryQuery("no such relation", subject="Ada")).facts == ()


def test_it_carries_ids_names_and_candidates(memory: MemoryController, space: Space) -> None:
    triple = factories.make_triple(space, "Ada", "place of birth", "Lindenau")
    result = memory.read(born("Ada"))
    (fact,) = result.facts
    assert fact.triple_id == str(triple.pk)
    assert fact.relation.template == "{subject} was born in {object}."
    assert fact.score == 1.0
    assert [(c.role, c.id, c.distance, c.accepted, c.exact) for c in result.candidates] == [
        ("entity", str(triple.subject_id), 0.0, True, True),
        ("relation", str(triple.relation_id), 0.0, True, True),
    ]


def test_it_reads_by_aliases_and_by_pinned_ids(memory: MemoryController, space: Space) -> None:
    triple = factories.make_triple(space, "Ada Brook", "place of birth", "Lindenau")
    triple.relation.aliases = ["birthplace"]
    triple.relation.save()
    Alias.objects.create(space=space, entity=triple.subject, name="Dr Brook")
    assert len(memory.read(MemoryQuery("Birthplace", subject="dr brook")).facts) == 1
    pinned = MemoryQuery(
        "anything",
        subject="anyone",
        subject_id=str(triple.subject_id),
        relation_id=str(triple.relation_id),
    )
    assert len(memory.read(pinned).facts) == 1
    for bad in ("0", "-1", "x", "", "²", "9" * 30):
        odd = MemoryQuery("place of birth", subject="Ada Brook", subject_id=bad)
        assert memory.read(odd).facts == ()
        odd = MemoryQuery("place of birth", subject="Ada Brook", relation_id=bad)
        assert memory.read(odd).facts == ()


def test_it_returns_all_homonyms(memory: MemoryController, space: Space) -> None:
    relation = factories.make_relation(space)
    place = factories.make_entity(space, "Lindenau")
    for description in ("painter", "doctor"):
        entity = Entity.objects.create(space=space, name="Ada", description=description)
        Triple.objects.create(space=space, subject=entity, relation=relation, object=place)
    assert [f.subject.description for f in memory.read(born("Ada")).facts] == ["painter", "doctor"]
    resolution = memory.resolve_entity("Ada")
    assert (resolution.entity, resolution.how) == (None, "ambiguous")
    assert len(resolution.candidates) == 2


def test_it_prefers_the_same_type_among_equal_names(memory: MemoryController, space: Space) -> None:
    person = Entity.objects.create(space=space, name="Washington", type="PER")
    place = Entity.objects.create(space=space, name="Washington", type="LOC")
    plain = Entity.objects.create(space=space, name="Washington")
    assert memory.resolve_entity("Washington", "PER").entity == person
    assert memory.resolve_entity("Washington", "LOC").entity == place
    assert memory.resolve_entity("Washington", "ORG").entity == plain
    plain.delete()
    new = memory.resolve_entity("Washington", "ORG")
    assert (new.entity, new.how, len(new.candidates)) == (None, "new", 2)


def test_it_resolves_by_name_before_alias(memory: MemoryController, space: Space) -> None:
    named = factories.make_entity(space, "Brook")
    other = factories.make_entity(space, "Ada Brook")
    Alias.objects.create(space=space, entity=other, name="Brook")
    resolution = memory.resolve_entity("brook")
    assert (resolution.entity, resolution.how) == (named, "name")


def test_a_pinned_read_makes_three_queries(
    memory: MemoryController, space: Space, alice: User, django_assert_num_queries
) -> None:
    services.relations_load(space=space, actor=alice)
    for relation, queries in (("place of birth", 3), ("capital", 4)):  # its inverse has facts too
        triple = factories.make_triple(space, "Ada", relation, "Lindenau")
        pinned = MemoryQuery(
            relation,
            subject="Ada",
            subject_id=str(triple.subject_id),
            relation_id=str(triple.relation_id),
        )
        with django_assert_num_queries(queries):
            (fact,) = memory.read(pinned).facts
        assert fact.relation == relation_spec(Relation.objects.get(pk=triple.relation_id))


def test_it_cuts_at_the_limit_in_a_fixed_order(memory: MemoryController, space: Space) -> None:
    made = [
        factories.make_triple(space, f"Person {n}", "place of birth", "Lindenau") for n in range(35)
    ]
    query = MemoryQuery("place of birth", object="Lindenau")
    result = memory.read(query)
    assert [f.triple_id for f in result.facts] == [str(t.pk) for t in made[:30]]
    assert result.truncated
    assert memory.read(query) == result
    assert not memory.read(query, limit=35).truncated
    assert len(memory.read(query, limit=3).facts) == 3


def test_it_reads_an_equivalent_relation_from_the_other_side(
    memory: MemoryController, space: Space, alice: User
) -> None:
    services.relations_load(space=space, actor=alice)
    stored = factories.make_triple(space, "Lindenau", "capital of", "Saxonia")
    factories.make_triple(space, "Ada", "spouse", "Ben")
    result = memory.read(MemoryQuery("capital", subject="Saxonia"))
    assert names(result) == [("Saxonia", "capital", "Lindenau")]
    assert result.facts[0].triple_id == str(stored.pk)
    assert names(memory.read(MemoryQuery("capital", object="Lindenau"))) == [
        ("Saxonia", "capital", "Lindenau")
    ]
    assert names(memory.read(MemoryQuery("spouse", subject="Ben"))) == [("Ben", "spouse", "Ada")]
    factories.make_triple(space, "Saxonia", "capital", "Lindenau")
    assert names(memory.read(MemoryQuery("capital", subject="Saxonia"))) == [
        ("Saxonia", "capital", "Lindenau")
    ]


def test_it_does_not_follow_an_inverse_that_two_relations_claim(
    memory: MemoryController, space: Space, alice: User
) -> None:
    services.relations_load(space=space, actor=alice)
    factories.make_triple(space, "Ada", "child", "Ben")
    assert memory.read(MemoryQuery("father", subject="Ben")).facts == ()
    child = space.relations.get(name="child")
    space.relations.filter(name__in=["father", "mother"]).update(inverse=child)
    assert memory.read(MemoryQuery("father", subject="Ben")).facts == ()
    assert names(memory.read(MemoryQuery("child", object="Ben"))) == [("Ada", "child", "Ben")]


def test_it_counts_reads_only_when_told(memory: MemoryController, space: Space) -> None:
    triple = factories.make_triple(space, "Ada", "place of birth", "Lindenau")
    foreign = factories.make_triple(factories.make_space("elsewhere"), "A", "b", "C")
    memory.read(born("Ada"))
    triple.refresh_from_db()
    assert (triple.read_count, triple.last_read_at) == (0, None)
    assert memory.mark_read([triple.pk, triple.pk, foreign.pk]) == 1
    triple.refresh_from_db()
    foreign.refresh_from_db()
    assert (triple.read_count, foreign.read_count) == (1, 0)
    assert triple.last_read_at is not None


def test_it_survives_odd_text(memory: MemoryController, space: Space) -> None:
    factories.make_triple(space, "Ada", "place of birth", "Lindenau")
    for odd in ("\0", "\ud800", "", "   ", "x" * 5000, "%_\\", "'; DROP TABLE memory_triple; --"):
        assert memory.read(MemoryQuery(odd, subject=odd)).facts == ()
        assert memory.resolve_relation(odd).relation is None


def test_it_is_a_memory_for_heads(memory: MemoryController, space: Space) -> None:
    relation = factories.make_relation(space, description="where", aliases=["birthplace"])
    factories.make_relation(space, "old", retired_at=timezone.now())
    for heads_see in (memory, memory.as_memory()):
        typed: Memory = heads_see
        (spec,) = typed.relations()
        assert (spec.id, spec.name, spec.aliases) == (
            str(relation.pk),
            "place of birth",
            ("birthplace",),
        )
