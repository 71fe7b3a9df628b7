"""What each scope of an export takes."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from apps.accounts.models import Space, User
from apps.memory.models import Triple
from apps.provenance.export_forms import reviewers_of
from apps.provenance.services.exports import Chosen, counts_of
from tests import factories
from tests.apps.provenance.exported import World, facts_of, make_world


@pytest.fixture
def world(space: Space, alice: User, bob: User, export_dir: Path) -> World:
    return make_world(space, alice, bob)


def taken(world: World, scope: str, **given: Any) -> list[int]:
    """Return which of the three facts of the world are taken, by their places."""
    chosen = Chosen(world.space.pk, scope, **given)
    numbers = [fact["fact"] for fact in facts_of(chosen)]
    assert counts_of(chosen).facts == len(numbers)
    places = {fact.pk: place for place, fact in enumerate(world.facts)}
    return [places[number] for number in numbers]


def test_it_takes_what_is_asked_for(world: World, alice: User, bob: User) -> None:
    today = timezone.now().date()
    long_ago = today - timedelta(days=400)
    first, _, third = world.facts
    assert taken(world, "space") == [0, 1, 2]
    assert taken(world, "period", since=today, until=today) == [0, 1, 2]
    assert taken(world, "period", since=long_ago, until=today - timedelta(days=2)) == []
    assert taken(world, "document", number=world.document.pk) == [0, 1]
    assert taken(world, "entity", number=third.subject_id) == [2]
    assert taken(world, "entity", number=first.object_id) == [0, 1]
    assert taken(world, "reviewer", number=bob.pk) == [0, 1, 2]
    assert taken(world, "reviewer", number=alice.pk) == []
    assert taken(world, "head", version="185873aab25f/ä") == [0, 1]
    assert taken(world, "answer", number=world.question.pk) == [0]


def test_a_period_holds_what_was_taken_back_in_it(world: World) -> None:
    long_ago = timezone.now() - timedelta(days=400)
    for fact in world.facts:
        fact.decisions.update(created_at=long_ago)
    Triple.objects.filter(space=world.space).update(recorded_at=long_ago)
    today = timezone.now().date()
    assert taken(world, "period", since=today, until=today) == [2]
    day = long_ago.date()
    assert taken(world, "period", since=day, until=day) == [0, 1, 2]


def test_it_counts_what_stands_behind_the_facts(world: World) -> None:
    whole = counts_of(Chosen(world.space.pk, "space"))
    assert (whole.evidence, whole.decisions, whole.documents, whole.answers) == (3, 3, 2, 1)
    assert whole.events == world.space.events.count()
    one = counts_of(Chosen(world.space.pk, "answer", number=world.question.pk))
    assert (one.evidence, one.decisions, one.documents, one.answers) == (1, 1, 1, 1)
    assert 0 < one.events < whole.events


def test_it_takes_nothing_of_another_space(world: World, mallory: User) -> None:
    other = factories.make_space("other")
    factories.make_triple(other, "Secret", "place of birth", "Elsewhere")
    assert taken(world, "space") == [0, 1, 2]
    chosen = Chosen(other.pk, "document", number=world.document.pk)
    assert list(facts_of(chosen)) == []
    chosen = Chosen(other.pk, "answer", number=world.question.pk)
    assert list(facts_of(chosen)) == []


def test_it_reads_page_by_page(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from apps.provenance.services.exports import facts

    monkeypatch.setattr(facts, "_FACTS", facts._FACTS.replace("LIMIT 250", "LIMIT 1"))
    assert taken(world, "space") == [0, 1, 2]


def test_it_offers_everybody_who_decided_or_approved_and_joins_nothing(
    world: World, alice: User, bob: User, carol: User
) -> None:
    assert list(reviewers_of(world.space)) == [bob]
    world.facts[0].evidence.update(approved_by=alice)
    assert list(reviewers_of(world.space)) == [alice, bob]
    assert "JOIN" not in str(reviewers_of(world.space).query).split("EXISTS")[0]
