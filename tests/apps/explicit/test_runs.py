"""A benchmark asked of a head that attends to explicit memories."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.asking.models import AttendedMemory
from apps.audit.models import Event
from apps.evaluation.services.answering.from_memory import MemoryAsker
from apps.explicit.models import ExplicitMemory
from apps.memory.controller import MemoryController
from apps.memory.models import Triple
from tests import factories
from tests.apps.explicit.stub_head import QUESTION, build
from worker.setups import HeadSetup

pytestmark = pytest.mark.django_db
SETUP = HeadSetup("explicit", base="smollm2")


@pytest.fixture(autouse=True)
def _head(head) -> None:
    """The head of these tests needs no model."""


def asked(space, known_at):
    reply = MemoryAsker(space, SETUP, known_at).ask(QUESTION)
    assert reply.answer is not None, reply.refused
    return reply.answer


def test_it_attends_to_what_the_memory_holds_and_leaves_nothing_behind(space, fact) -> None:
    events, memory = Event.objects.count(), ExplicitMemory.objects.get()
    answer = asked(space, timezone.now())
    assert answer.text == "Ada Brook was born in Lindenau [1]."
    assert [one.id for one in answer.attended] == [str(memory.pk)]
    assert not AttendedMemory.objects.exists()
    assert Event.objects.count() == events
    memory.refresh_from_db()
    assert memory.uses == 0.0


def test_a_memory_that_tells_of_what_came_later_is_left_out(space, alice, fact) -> None:
    before = timezone.now()
    later = factories.make_triple(space, "Ida Brook", "place of birth", "Tern")
    build(space, alice)
    now = {fact.triple_id for one in ExplicitMemory.objects.all() for fact in one.facts.all()}
    assert now == {fact.pk, later.pk}
    told = {pk for one in asked(space, before).attended for pk in one.facts}
    assert told == {str(fact.pk)}
    told = {pk for one in asked(space, timezone.now()).attended for pk in one.facts}
    assert told == {str(fact.pk), str(later.pk)}


def test_it_abstains_where_all_came_later_or_was_taken_out(space, alice, fact) -> None:
    Triple.objects.filter(pk=fact.pk).update(recorded_at=timezone.now() + timedelta(hours=1))
    assert "has no explicit memories" in asked(space, timezone.now()).reason
    Triple.objects.filter(pk=fact.pk).update(recorded_at=timezone.now() - timedelta(hours=1))
    MemoryController(space).retract(fact, actor=alice, reason="not so")
    assert "has no explicit memories" in asked(space, timezone.now()).reason
