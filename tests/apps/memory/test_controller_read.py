"""Reading the memory: exact and near names, thresholds, time, order, tenants."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from apps.accounts.models import Space, User
from apps.memory import services
from apps.memory.controller import (
    EntityInput,
    MemoryConfig,
    MemoryController,
    TripleInput,
    relation_spec,
)
from apps.memory.models import Alias, Entity, Relation, Triple
from tests import factories
from worker import registry
from worker.interfaces import Memory
from worker.types import MemoryQuery, ReadResult


@pytest.fixture
def embedder():
    return registry.embedder("scripted")


@pytest.fixture
def memory(space: Space) -> MemoryController:
    return MemoryController(space)


def names(result: ReadResult) -> list[tuple[str, str, str]]:
    return [(f.subject.name, f.relation.name, f.object.name) for f in result.facts]


def born(name: str) -> MemoryQuery:
    return MemoryQuery("place of birth", subject=name)


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


def test_it_takes_near_names_only_within_the_threshold(space: Space, embedder) -> None:
    entity = factories.make_entity(space, "Brook Institute of Botany")
    services.embed_pending(embedder=embedder)
    near, far = "Brook Institute of Botanics", "Brook"
    apart = {
        name: 1 - float(embedder.embed([entity.name])[0] @ embedder.embed([name])[0])
        for name in (near, far)
    }
    config = MemoryConfig(tau_resolve=apart[near] + 0.01)
    memory = MemoryController(space, embedder, config)
    resolution = memory.resolve_entity(near)
    assert (resolution.entity, resolution.how) == (entity, "near")
    assert resolution.candidates[0].distance == pytest.approx(apart[near], abs=0.01)
    assert memory.resolve_entity(far).how == "new"
    strict = MemoryController(space, embedder, MemoryConfig(tau_resolve=apart[near] - 0.01))
    assert strict.resolve_entity(near).entity is None
    assert MemoryController(space).resolve_entity(near).entity is None
    vector = Entity.objects.get(pk=entity.pk).embedding
    assert MemoryController(space).resolve_entity("whatever", vector=vector).entity == entity


def test_it_never_takes_a_near_name_with_other_digits_or_another_type(
    space: Space, embedder
) -> None:
    Entity.objects.create(space=space, name="Expedition to the moon Number 11", type="MISC")
    services.embed_pending(embedder=embedder)
    memory = MemoryController(space, embedder, MemoryConfig(tau_resolve=0.5))
    other = memory.resolve_entity("Expedition to the moon Number 12", "MISC")
    assert (other.entity, other.how) == (None, "new")
    assert [c.entity.name for c in other.candidates] == ["Expedition to the moon Number 11"]
    assert memory.resolve_entity("Expeditions to the moon Number 11", "MISC").how == "near"
    assert memory.resolve_entity("Expeditions to the moon Number 11", "ORG").candidates == ()


def test_it_reads_near_names_where_none_is_equal(space: Space, embedder) -> None:
    triple = factories.make_triple(space, "Brook Institute of Botany", "place of birth", "Lindenau")
    factories.make_triple(space, "Brook Institute of Botany 2", "place of birth", "Oakham")
    services.embed_pending(embedder=embedder)
    config = MemoryConfig(tau_entity=0.3, tau_relation=0.5, tau_query=0.3)
    memory = MemoryController(space, embedder, config)
    result = memory.read(born("Brook Institute of Botanics"))
    assert [f.triple_id for f in result.facts] == [str(triple.pk)]
    assert 0.5 < result.facts[0].score < 1
    shown = {c.name: c for c in result.candidates if c.role == "entity"}
    assert shown["Brook Institute of Botany"].accepted
    assert not shown["Brook Institute of Botany"].exact
    assert not shown["Brook Institute of Botany 2"].accepted  # a digit more
    assert not shown["Lindenau"].accepted  # beyond the threshold, shown for the trace
    assert shown["Lindenau"].distance > 0.3
    nothing = MemoryController(space, embedder, MemoryConfig(tau_entity=0.3, tau_query=0.0))
    refused = nothing.read(born("Brook Institute of Botanics"))
    assert refused.facts == ()
    assert not any(c.accepted for c in refused.candidates if c.role == "entity")


def test_it_orders_near_facts_by_distance(space: Space, embedder) -> None:
    far = factories.make_triple(space, "Ada Brook of Lindenau", "place of birth", "Oakham")
    near = factories.make_triple(space, "Ada Brook of Linden", "place of birth", "Lindenau")
    services.embed_pending(embedder=embedder)
    config = MemoryConfig(tau_entity=0.6, tau_relation=0.5, tau_query=0.5)
    result = MemoryController(space, embedder, config).read(born("Ada Brook of Lind"))
    assert [f.triple_id for f in result.facts] == [str(near.pk), str(far.pk)]
    assert result.facts[0].score > result.facts[1].score


def test_it_lets_exact_names_stand_for_nothing_else(space: Space, embedder) -> None:
    factories.make_relation(space, "place of birth")
    factories.make_entity(space, "Ada Brook")
    factories.make_triple(space, "Ada Brook", "place of death", "Oakham")
    factories.make_triple(space, "Ada Brooks", "place of birth", "Lindenau")
    services.embed_pending(embedder=embedder)
    config = MemoryConfig(tau_entity=0.9, tau_relation=0.9, tau_query=0.9)
    result = MemoryController(space, embedder, config).read(born("Ada Brook"))
    assert result.facts == ()
    assert [c.name for c in result.candidates if c.accepted] == ["Ada Brook", "place of birth"]
    assert "place of death" not in {c.name for c in result.candidates}


def test_it_finds_a_relation_by_what_it_means(space: Space, embedder) -> None:
    factories.make_relation(space, "place of birth", description="where a person was born")
    factories.make_relation(space, "employer", description="for whom a person works")
    services.embed_pending(embedder=embedder)
    memory = MemoryController(space, embedder, MemoryConfig(tau_relation=0.6))
    near = memory.resolve_relation("place where a person was born")
    assert (near.relation.name, near.how) == ("place of birth", "near")
    assert memory.resolve_relation("xyz").relation is None
    exact = memory.resolve_relation("Employer")
    assert (exact.relation.name, exact.how) == ("employer", "name")


class Unasked:
    """An embedder that nobody may ask."""

    name, dimension = "scripted", 384

    def embed(self, texts):
        raise AssertionError(f"no vector is needed for {texts}")


def test_it_considers_nothing_beside_equal_names(
    space: Space, embedder, django_assert_num_queries
) -> None:
    triple = factories.make_triple(space, "Ada Brook", "place of birth", "Lindenau")
    factories.make_triple(space, "Ada Brooks", "place of death", "Lindenau")
    Alias.objects.create(space=space, entity=triple.subject, name="Dr Brook")
    services.embed_pending(embedder=embedder)
    memory = MemoryController(space, Unasked())
    for name in ("ada brook", "Dr Brook"):
        with django_assert_num_queries(3):  # the name, the relation, the facts
            result = memory.read(born(name))
        assert [f.triple_id for f in result.facts] == [str(triple.pk)]
        assert [(c.name, c.accepted) for c in result.candidates] == [
            ("Ada Brook", True),
            ("place of birth", True),
        ]


def test_it_considers_near_names_on_the_side_that_has_no_equal_one(space: Space, embedder) -> None:
    factories.make_triple(space, "Ada Brook", "place of birth", "Lindenau")
    factories.make_entity(space, "Ada Brooks")
    services.embed_pending(embedder=embedder)
    memory = MemoryController(space, embedder)
    shown = memory.read(MemoryQuery("place where born", subject="Ada Brook")).candidates
    assert [c.name for c in shown if c.role == "entity"] == ["Ada Brook"]
    assert [(c.name, c.exact) for c in shown if c.role == "relation"] == [("place of birth", False)]
    shown = memory.read(born("Ada Brookes")).candidates
    assert {c.name for c in shown if c.role == "entity"} == {"Ada Brook", "Ada Brooks", "Lindenau"}
    assert [(c.name, c.exact) for c in shown if c.role == "relation"] == [("place of birth", True)]


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


def test_it_never_compares_vectors_of_two_embedders(space: Space, embedder) -> None:
    entity = factories.make_entity(space, "Ada Brook")
    services.embed_pending(embedder=embedder)
    Entity.objects.filter(pk=entity.pk).update(embedded_by="another-1")
    memory = MemoryController(space, embedder, MemoryConfig(tau_resolve=1.0))
    assert memory.resolve_entity("Ada Brooks").candidates == ()


def test_it_never_shows_another_space_even_when_it_is_nearest(space: Space, embedder) -> None:
    other = factories.make_space("elsewhere")
    for n in range(80):
        factories.make_triple(other, f"Ada Brook {'i' * n}", "place of birth", "Lindenau")
    factories.make_triple(space, "Somebody else entirely", "place of birth", "Oakham")
    services.embed_pending(embedder=embedder)
    config = MemoryConfig(tau_entity=2.0, tau_relation=2.0, tau_query=2.0, tau_resolve=2.0)
    memory = MemoryController(space, embedder, config)
    result = memory.read(MemoryQuery("birth", subject="Ada Brook"))
    assert {c.name for c in result.candidates} == {
        "Somebody else entirely", "Oakham", "place of birth",
    }  # fmt: skip
    assert {c.id for c in result.candidates if c.role == "relation"} == {
        str(space.relations.get().pk)
    }
    assert names(result) == [("Somebody else entirely", "place of birth", "Oakham")]
    theirs = other.entities.get(name="Lindenau")
    assert memory.read(MemoryQuery("x", object="x", object_id=str(theirs.pk))).candidates == tuple(
        c for c in memory.read(MemoryQuery("x", object="x", object_id="0")).candidates
    )
    assert memory.find_entities("Ada Brook i of Lindenau") == []


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


def test_it_reads_what_was_true_on_a_day(memory: MemoryController, space: Space, bob: User) -> None:
    factories.make_relation(space, "chairperson", single_valued=True)

    def chairs(name: str, start: date | None) -> TripleInput:
        return TripleInput(
            EntityInput("Guild"), space.relations.get(), EntityInput(name), valid_from=start
        )

    first = memory.write(chairs("Ada", date(2000, 1, 1)), actor=bob).triple
    memory.supersede(first, chairs("Ben", date(2010, 1, 1)), actor=bob)
    query = MemoryQuery("chairperson", subject="Guild")

    def chair(day: date | None) -> list[str]:
        return [f.object.name for f in memory.read(query, as_of=day).facts]

    assert chair(None) == ["Ben"]
    assert chair(date(1999, 12, 31)) == []
    assert chair(date(2000, 1, 1)) == ["Ada"]
    assert chair(date(2009, 12, 31)) == ["Ada"]
    assert chair(date(2010, 1, 1)) == ["Ben"]
    assert memory.as_memory(as_of=date(2005, 6, 1)).read(query).facts[0].object.name == "Ada"


def test_it_reads_past_facts_of_a_period_only_when_asked(
    memory: MemoryController, space: Space, bob: User
) -> None:
    chair = factories.make_relation(space, "chairperson", single_valued=True)
    guild, day = EntityInput("Guild"), date(2010, 1, 1)
    ada = TripleInput(guild, chair, EntityInput("Ada"), date(2000, 1, 1))
    ben = TripleInput(guild, chair, EntityInput("Ben"), day)
    old = memory.write(ada, actor=bob).triple
    memory.supersede(old, ben, actor=bob)

    def chairs(*, past: bool = True, since: date | None = None, until: date | None = None):
        query = MemoryQuery(
            "chairperson", subject="Guild", include_past=past, since=since, until=until
        )
        return [f.object.name for f in memory.read(query).facts]

    before = day - timedelta(days=1)
    assert chairs(past=False) == ["Ben"]
    assert chairs() == ["Ada", "Ben"]
    assert chairs(since=day) == ["Ben"]
    assert chairs(since=before) == ["Ada", "Ben"]
    assert chairs(until=before) == ["Ada"]
    assert chairs(since=date(1990, 1, 1), until=date(1999, 12, 31)) == []
    assert chairs(past=False, since=before, until=before) == ["Ben"]  # heeded with the past only


def test_it_leaves_out_what_was_replaced_without_a_known_end(
    memory: MemoryController, space: Space, bob: User
) -> None:
    born_in = factories.make_relation(space)
    wrong = TripleInput(EntityInput("Ada"), born_in, EntityInput("Oakham"))
    right = TripleInput(EntityInput("Ada"), born_in, EntityInput("Lindenau"))
    memory.supersede(memory.write(wrong, actor=bob).triple, right, actor=bob)
    query = MemoryQuery("place of birth", subject="Ada", include_past=True)
    assert [f.object.name for f in memory.read(query).facts] == ["Lindenau"]


def test_it_reads_what_the_memory_held_at_a_moment(
    memory: MemoryController, space: Space, bob: User
) -> None:
    before = timezone.now()
    given = TripleInput(EntityInput("Ada"), factories.make_relation(space), EntityInput("Lindenau"))
    triple = memory.write(given, actor=bob).triple
    known = timezone.now()
    memory.retract(triple, actor=bob)
    query = born("Ada")
    assert memory.read(query).facts == ()
    assert memory.read(query, known_at=before).facts == ()
    assert len(memory.read(query, known_at=known).facts) == 1
    assert memory.read(query, known_at=timezone.now()).facts == ()
    assert memory.read(query, as_of=date(2020, 1, 1)).facts == ()


def test_it_keeps_a_replaced_fact_for_the_time_at_which_it_was_believed(
    memory: MemoryController, space: Space, bob: User
) -> None:
    relation = factories.make_relation(space)
    old = memory.write(
        TripleInput(EntityInput("Ada"), relation, EntityInput("Oakham")), actor=bob
    ).triple
    known = timezone.now()
    memory.supersede(
        old, TripleInput(EntityInput("Ada"), relation, EntityInput("Lindenau")), actor=bob
    )
    query = born("Ada")
    assert [f.object.name for f in memory.read(query).facts] == ["Lindenau"]
    assert [f.object.name for f in memory.read(query, as_of=date(1950, 1, 1)).facts] == ["Lindenau"]
    assert [f.object.name for f in memory.read(query, known_at=known).facts] == ["Oakham"]
    later = timezone.now() + timedelta(seconds=1)
    assert [f.object.name for f in memory.read(query, known_at=later).facts] == ["Lindenau"]


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


def plant(space: Space, embedded_by: str, count: int) -> None:
    """Save ``count`` entities with random vectors."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO memory_entity (space_id, name, normalised, type, kind, description,"
            " created_at, embedded_by, embedding) SELECT %s, 'Name ' || n, 'name ' || n, '',"
            " 'item', '', now(), %s, (SELECT array_agg((random() - 0.5)::real)::halfvec(384)"
            " FROM generate_series(1, 384) WHERE n > 0) FROM generate_series(1, %s) AS n",
            [space.pk, embedded_by, count],
        )


def plans_of_neighbours(table: str, run) -> list[str]:
    """Return the plan of every statement that looks for near vectors of a table."""
    plans: list[str] = []

    def explain(execute, sql, params, many, context):
        if "<=>" in sql and f'FROM "{table}"' in sql:
            with context["connection"].cursor() as cursor:
                cursor.cursor.execute("EXPLAIN " + sql, params)
                plans.append("\n".join(row[0] for row in cursor.cursor.fetchall()))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(explain):
        run()
    return plans


def entities_shown(space: Space, embedder, **config) -> list[str]:
    memory = MemoryController(space, embedder, MemoryConfig(tau_entity=2.0, **config))
    result = memory.read(born("Somebody"))
    return [c.name for c in result.candidates if c.role == "entity"]


@pytest.mark.slow
def test_it_reads_neighbours_from_the_hnsw_index(space: Space, embedder) -> None:
    """A large space by the index; a small one in a large table one by one, so that none is lost
    where a search of the index would end before it has met 50 of its names."""
    small = factories.make_space("small")
    # Building the index once is faster than growing it row by row.
    (index,) = (index for index in Entity._meta.indexes if index.name == "memory_entity_hnsw")
    with connection.schema_editor() as editor:
        editor.remove_index(Entity, index)
    plant(space, embedder.name, 5_000)
    plant(small, embedder.name, 60)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    with connection.schema_editor() as editor:
        editor.add_index(Entity, index)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE memory_entity")

    by_index = {"ef_search": 50}  # with more, 5,000 rows are sooner sorted
    (plan,) = plans_of_neighbours(
        "memory_entity", lambda: entities_shown(space, embedder, **by_index)
    )
    assert "Index Scan using memory_entity_hnsw" in plan
    assert len(entities_shown(space, embedder, **by_index)) == MemoryConfig().entity_neighbours
    with connection.cursor() as cursor:
        cursor.execute("SHOW hnsw.iterative_scan")
        assert cursor.fetchone() == ("relaxed_order",)
        cursor.execute("SET LOCAL hnsw.max_scan_tuples = 100")

    (plan,) = plans_of_neighbours("memory_entity", lambda: entities_shown(small, embedder))
    assert "hnsw" not in plan
    nearest = entities_shown(small, embedder)
    assert len(nearest) == MemoryConfig().entity_neighbours
    # Where the search of the index ends early all the same, the rows are compared one by one.
    assert entities_shown(small, embedder, exact_up_to=0, **by_index) == nearest


def test_near_relations_are_compared_one_by_one(space: Space, embedder) -> None:
    factories.make_relation(space, "place of birth", description="where a person was born")
    services.embed_pending(embedder=embedder)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
    memory = MemoryController(space, embedder, MemoryConfig(tau_relation=0.6))
    text = "where a person was born"
    (plan,) = plans_of_neighbours("memory_relation", lambda: memory.resolve_relation(text))
    assert "Sort" in plan
