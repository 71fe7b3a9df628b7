"""Reading what was true on a day, and what the memory held at a moment."""

from __future__ import annotations

from datetime import date, timedelta

from django.utils import timezone

from apps.accounts.models import Space, User
from apps.memory.controller import (
    EntityInput,
    MemoryController,
    TripleInput,
)
from tests import factories
from tests.apps.memory.reading import born
from worker.types import MemoryQuery


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
