"""What retrieval ranks by: distance, strength, and what was useful to who asks."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from apps.audit.models import Event
from apps.explicit import services
from apps.explicit.models import ExplicitUseful
from apps.explicit.services.looking import SpaceShelf
from apps.memory.fading import USE_HALF_LIFE_DAYS, counted_now, counted_sql
from apps.memory.models import FactSchedule
from apps.memory.services import schedules_upkeep
from tests import factories
from tests.apps.explicit.rows import MAKER, WordEmbedder, make_memory
from worker import spacing

pytestmark = pytest.mark.django_db
ASKED = "Where was Brook born ?"


@pytest.fixture
def two(space, is_on, monkeypatch):
    """Two facts equally near to a question."""
    monkeypatch.setattr("apps.explicit.services.looking.maker_id", lambda said: MAKER)
    facts = [factories.make_triple(space, name, "place of birth", "Lindenau") for name in "AB"]
    for one in facts:
        make_memory([one], text="Brook was born in Lindenau")
    schedules_upkeep()
    return facts


def found(space, asker=None, text=ASKED):
    shelf = SpaceShelf(space, WordEmbedder(), asker)
    subjects = [one.facts[0].subject.name for one in shelf.shelf([text], {}, 5).references]
    return subjects, [shelf.why[pk] for pk in shelf.why]


def age(triple, days: float, **fields) -> None:
    then = timezone.now() - timedelta(days=days)
    FactSchedule.objects.filter(pk=triple.pk).update(held_at=then, **fields)


def test_what_has_faded_ranks_lower_and_is_still_found(space, two) -> None:
    assert found(space)[0] == ["A", "B"]
    age(two[0], 400, confirmations=1)
    order, why = found(space)
    assert order == ["B", "A"]
    stability = FactSchedule.objects.get(pk=two[0].pk).stability
    assert why[1]["strength"] == pytest.approx(spacing.strength(400, stability), abs=0.001)
    assert why[0]["strength"] == 1


def test_a_use_renews_its_strength(space, two) -> None:
    age(two[0], 400, confirmations=1, used_at=timezone.now())
    assert found(space)[0] == ["A", "B"]


def test_what_nobody_ever_read_or_confirmed_fades_last(space, two) -> None:
    then = timezone.now() - timedelta(days=400)
    age(two[0], 400, due_at=timezone.now() + timedelta(days=1))
    assert found(space)[1][0]["strength"] == 1
    age(two[0], 800, due_at=then)
    order, why = found(space)
    assert order == ["B", "A"]
    stability = FactSchedule.objects.get(pk=two[0].pk).stability
    assert why[1]["strength"] == pytest.approx(spacing.strength(400, stability), abs=0.001)


def test_what_is_nearest_by_far_is_first_however_faded(space, two) -> None:
    age(two[0], 3000, confirmations=1)
    make_memory([two[0]], text="a whole other text of Ada")
    assert found(space, text="a whole other text of Ada")[0][0] == "A"


def test_it_adapts_to_who_asks_and_to_nobody_else(space, carol, bob, two) -> None:
    services.found_useful(space=space, user=carol, triples=[two[1].pk])
    services.found_useful(space=space, user=carol, triples=[two[1].pk], weight=2.0)
    order, why = found(space, carol)
    assert order == ["B", "A"]
    assert why[0]["useful"] == pytest.approx(3, abs=0.01)
    assert found(space, bob)[0] == found(space)[0] == ["A", "B"]


def test_who_does_not_want_it_is_forgotten(space, carol, two, client) -> None:
    services.found_useful(space=space, user=carol, triples=[two[1].pk])
    client.force_login(carol)
    page = reverse("explicit:adapting", args=[space.slug])
    change = reverse("explicit:adapting-set", args=[space.slug])
    assert "Answered from" in client.get(page).content.decode()
    assert client.post(change, {"is_on": "0"}).status_code == 302
    assert not ExplicitUseful.objects.exists()
    services.found_useful(space=space, user=carol, triples=[two[1].pk])
    assert not ExplicitUseful.objects.exists()
    assert found(space, carol)[0] == ["A", "B"]
    assert "Switch on" in client.get(page).content.decode()
    client.post(change, {"is_on": "1"})
    client.post(change, {"is_on": "1"})
    assert services.adapts_to(space, carol)
    assert Event.objects.filter(action="explicit.adapting_set").count() == 2


def test_what_was_noted_goes_with_the_person(space, carol, bob, two) -> None:
    for user in (carol, bob):
        services.found_useful(space=space, user=user, triples=[two[1].pk])
    services.useful_forget(user=carol)
    assert ExplicitUseful.objects.get().user == bob


@pytest.mark.parametrize("days", [-3, 0, 10, 30, 365])
def test_uses_fade_in_the_database_as_they_do_in_python(days) -> None:
    at = timezone.now() - timedelta(days=days)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {counted_sql('8.0', '%(at)s::timestamptz')}",
            {"at": at, "half_life": USE_HALF_LIFE_DAYS},
        )
        (found,) = cursor.fetchone()
    assert float(found) == pytest.approx(counted_now(8.0, at), rel=1e-3)
