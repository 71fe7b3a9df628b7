"""Reading by names that are near: thresholds, order, vectors and their index."""

from __future__ import annotations

import pytest
from django.db import connection

from apps.accounts.models import Space
from apps.memory import services
from apps.memory.controller import (
    MemoryConfig,
    MemoryController,
)
from apps.memory.models import Alias, Entity
from tests import factories
from tests.apps.memory.reading import born, names
from worker.types import MemoryQuery


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
