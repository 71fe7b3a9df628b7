"""Whatever changes a fact, or a sentence that it stands on, marks its memories stale at once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connection, transaction

from apps.explicit.models import ExplicitMemory
from apps.explicit.selectors import nearest, still_holding
from apps.memory.controller import MemoryController
from apps.memory.models import Entity, Evidence, Relation, Triple
from apps.sources.models import Passage
from tests import factories
from tests.apps.audit import (
    scenarios_curation,
    scenarios_memory,
    scenarios_provenance,
)
from tests.apps.audit.changes import World
from tests.apps.explicit.rows import MAKER, is_sound, make_memory, vector

PARTS = (scenarios_curation, scenarios_memory, scenarios_provenance)
SCENARIOS = [scenario for part in PARTS for scenario in part.SCENARIOS]
# Those that change facts that stand; the others add to the memory, or change nothing of it.
CHANGING = {
    scenarios_curation.decisions, scenarios_curation.edits, scenarios_curation.batches,
    scenarios_curation.disputes, scenarios_memory.facts, scenarios_memory.merging,
    scenarios_provenance.erasures, scenarios_provenance.withdrawals,
}  # fmt: skip

# In this test, every fact that comes into the memory has a fresh memory of its own at once, and
# one more for each sentence that comes with it.
EVERY_FACT = """
CREATE FUNCTION pg_temp.remember(space bigint, fact bigint, subject bigint) RETURNS bigint
LANGUAGE sql AS $$
    WITH made AS (
        INSERT INTO explicit_explicitmemory (space_id, subject_id, state, version, maker, model,
            adapter, scheme, name, sha256, bytes, tokens, error, embedding, embedded_by, uses,
            created_at)
        VALUES (space, subject, 'fresh', 1, '', '', '', '{}',
            md5(random()::text), repeat('a', 64), 1, 8, '', '[1,0]'::halfvec, 'words', 0, now())
        RETURNING id)
    INSERT INTO explicit_explicitfact (memory_id, triple_id, digest)
    SELECT id, fact, explicit_digest(fact) FROM made RETURNING memory_id
$$;
CREATE FUNCTION pg_temp.remember_fact() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    PERFORM pg_temp.remember(NEW.space_id, NEW.id, NEW.subject_id);
    RETURN NULL;
END $$;
CREATE FUNCTION pg_temp.remember_sentence() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO explicit_explicitsentence (memory_id, evidence_id, passage_id, start, "end")
    SELECT pg_temp.remember(NEW.space_id, NEW.triple_id, subject_id), NEW.id, NEW.passage_id,
           NEW.sentence_start, NEW.sentence_end
      FROM memory_triple WHERE id = NEW.triple_id;
    RETURN NULL;
END $$;
CREATE TRIGGER test_remember AFTER INSERT ON memory_triple
    FOR EACH ROW EXECUTE FUNCTION pg_temp.remember_fact();
CREATE TRIGGER test_remember AFTER INSERT ON memory_evidence
    FOR EACH ROW EXECUTE FUNCTION pg_temp.remember_sentence();
"""
NO_MORE = """
DROP TRIGGER IF EXISTS test_remember ON memory_triple;
DROP TRIGGER IF EXISTS test_remember ON memory_evidence;
DROP FUNCTION IF EXISTS pg_temp.remember_fact();
DROP FUNCTION IF EXISTS pg_temp.remember_sentence();
DROP FUNCTION IF EXISTS pg_temp.remember(bigint, bigint, bigint);
"""


@pytest.fixture
def every_fact_remembered(transactional_db) -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute(EVERY_FACT)
    yield
    with connection.cursor() as cursor:
        cursor.execute(NO_MORE)


def unsound() -> list[int]:
    """Return the memories that are said to be fresh and do not hold."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM explicit_explicitmemory"
            " WHERE state = 'fresh' AND NOT explicit_sound(id)"
        )
        return [pk for (pk,) in cursor.fetchall()]


@pytest.fixture
def no_bell(monkeypatch, settings) -> None:
    settings.WRITE_HEAD = settings.READ_HEAD = "scripted"
    monkeypatch.setattr("apps.common.jobs.bell.current_app.send_task", lambda *given, **more: None)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda one: one.__name__)
def test_no_service_leaves_a_memory_fresh_that_does_not_hold(
    every_fact_remembered, no_bell, scenario
) -> None:
    """Every service that writes stands in a scenario (``test_every_change``)."""
    scenario(World())
    assert unsound() == []
    if scenario in CHANGING:
        assert ExplicitMemory.objects.filter(state="stale").exists()


def test_it_would_find_a_service_that_leaves_one(every_fact_remembered, space, alice) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE memory_triple DISABLE TRIGGER explicit_stale")
    try:
        triple = factories.make_triple(space, "Ada Brook", "place of birth", "Lindenau")
        assert unsound() == []
        MemoryController(space).retract(triple, actor=alice, reason="not so")
        assert len(unsound()) == 1
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE memory_triple ENABLE TRIGGER explicit_stale")


@pytest.fixture
def stood(space, alice):
    """A fact with its sentence, and the memory of both."""
    triple = factories.make_triple(space, "Ada Brook", "place of birth", "Lindenau")
    document = factories.make_document(space, alice)
    evidence = factories.make_evidence(triple, document, alice)
    return make_memory([triple], [evidence], text="Ada Brook was born in Lindenau.")


def near(space, text: str = "Where was Ada Brook born?") -> list[int]:
    (found,) = nearest(
        space=space.pk, maker=MAKER, embedder="words", vectors=[vector(text).to_text()], count=5
    )
    return [one.id for one in found]


def state_of(memory: ExplicitMemory) -> str:
    memory.refresh_from_db()
    return memory.state


CHANGES = {
    "an end": lambda t: Triple.objects.filter(pk=t.pk).update(valid_to="2020-01-01"),
    "a name": lambda t: Entity.objects.filter(pk=t.object_id).update(name="Linden"),
    "its relation's name": lambda t: Relation.objects.filter(pk=t.relation_id).update(name="born"),
    "its words": lambda t: Relation.objects.filter(pk=t.relation_id).update(template=""),
    "its evidence": lambda t: Evidence.objects.update(retracted_at="2026-01-01T00:00Z"),
    "another subject": lambda t: Triple.objects.filter(pk=t.pk).update(subject=t.object),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_change_past_every_service_is_seen(space, stood, change) -> None:
    assert near(space) == [stood.pk]
    assert is_sound(stood)
    change(stood.facts.get().triple)
    assert not is_sound(stood)
    assert state_of(stood) == "stale"
    assert stood.version == 2
    assert near(space) == []


def test_reading_a_fact_changes_nothing(space, stood) -> None:
    triple = stood.facts.get().triple
    MemoryController(space).mark_read([triple.pk])
    Entity.objects.filter(pk=triple.subject_id).update(embedded_by="other")
    assert state_of(stood) == "fresh"
    assert near(space) == [stood.pk]


def test_a_sentence_that_says_beside_its_own_what_was_retracted_is_no_longer_read(
    space, alice, stood
) -> None:
    other = factories.make_triple(space, "Ada Brook", "home", "Lindenau")
    factories.make_evidence(other, Passage.objects.get().document, alice)
    assert is_sound(stood)
    MemoryController(space).retract(other, actor=alice, reason="not so")
    assert state_of(stood) == "stale"
    assert not is_sound(stood)


def test_it_is_left_out_even_where_nobody_marked_it(space, stood) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")  # past triggers
    Triple.objects.update(status="retracted", retracted_at="2026-01-01T00:00Z")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")
    assert state_of(stood) == "fresh"
    assert near(space) == []
    assert still_holding({stood.pk: 1}) == frozenset()


def test_it_is_near_to_its_own_space_model_and_embedder_alone(space, stood) -> None:
    other = factories.make_space("other")
    given = {"maker": MAKER, "embedder": "words", "vectors": [vector("Ada").to_text()], "count": 5}
    assert [len(one) for one in nearest(space=space.pk, **given)] == [1]
    assert nearest(space=other.pk, **given) == [[]]
    assert nearest(space=space.pk, **given | {"maker": "f" * 64}) == [[]]
    assert nearest(space=space.pk, **given | {"embedder": "minilm"}) == [[]]
    assert nearest(space=space.pk, **given | {"vectors": []}) == []


def test_the_nearest_come_first_and_no_more_than_are_wanted(space) -> None:
    made = [
        make_memory([factories.make_triple(space, f"P{n}", "home", f"Q{n}")], text=text)
        for n, text in enumerate(("green tea", "black tea", "a long road home", "green road"))
    ]
    vectors = [vector("green tea").to_text(), vector("road home").to_text()]
    one, other = nearest(space=space.pk, maker=MAKER, embedder="words", vectors=vectors, count=2)
    assert one[0].id == made[0].pk
    assert other[0].id == made[2].pk
    assert len(one) == len(other) == 2
    assert one[0].distance < one[1].distance


def test_a_version_that_was_attended_to_holds_as_long_as_it_is_that_one(space, stood) -> None:
    assert still_holding({stood.pk: 1}) == {stood.pk}
    assert still_holding({stood.pk: 2}) == frozenset()
    assert still_holding({}) == frozenset()


def test_a_change_that_is_taken_back_leaves_it_fresh(space, stood) -> None:
    with transaction.atomic():
        Triple.objects.update(valid_to="2020-01-01")
        assert state_of(stood) == "stale"
        transaction.set_rollback(True)
    assert state_of(stood) == "fresh"
    assert near(space) == [stood.pk]
