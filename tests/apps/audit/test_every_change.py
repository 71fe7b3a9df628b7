"""Every change of every service leaves an event in its transaction, and no service is forgotten.

Each scenario does real work and names the writing functions that it must have run. What writes rows
and stands in no scenario fails here by its name (``writers``).
"""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from apps.audit.models import Event, RowChange
from tests import factories
from tests.apps.audit import (
    scenarios_asking,
    scenarios_curation,
    scenarios_documents,
    scenarios_memory,
    scenarios_people,
    scenarios_provenance,
)
from tests.apps.audit.changes import World, code_of
from tests.apps.audit.writers import writers

PARTS = (
    scenarios_people,
    scenarios_documents,
    scenarios_curation,
    scenarios_memory,
    scenarios_asking,
    scenarios_provenance,
)
SCENARIOS: dict[Callable[[World], None], tuple[str, ...]] = {
    scenario: names for part in PARTS for scenario, names in part.SCENARIOS.items()
}
# Whose functions call services, and write nothing else themselves.
CALLERS = re.compile(
    r"views?\.|\.tasks\.|\.management\.|\.forms\.|\.api\.(authentication|base|resources)\."
    r"|apps\.agents\."
)
# What writes no sealed row, or measures in a space of its own that it throws away.
ELSEWHERE = re.compile(
    r"apps\.evaluation\.|apps\.explicit\.|apps\.webhooks\.|apps\.audit\.|apps\.api\.(apps|idempotency|kept_answers)\."
    r"|apps\.common\.(worker_status\.|jobs\.leases\.put_off$)"
    r"|apps\.provenance\.services\.exports\.|apps\.asking\.services\.(progress|due_holds)\."
    r"|apps\.provenance\.services\.(bundles|checkpoints|deliveries|sequencer|signing|verifications)\."
    r"|apps\.memory\.controller\.spacing\.|apps\.memory\.services\.spacing\.(schedules_upkeep|volatility_learn)$"
    r"|apps\.memory\.models\.|apps\.memory\.services\.(words|embedding)\."
)


def changing() -> list[str]:
    return [name for name in writers() if not CALLERS.search(name) and not ELSEWHERE.match(name)]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda one: one.__name__)
def test_every_change_has_its_event(scenario, monkeypatch, settings) -> None:
    settings.WRITE_HEAD = settings.READ_HEAD = "scripted"
    monkeypatch.setattr("apps.common.jobs.bell.current_app.send_task", lambda *given, **more: None)
    world = World()
    with world.watched():
        scenario(world)
    lacking = [name for name in SCENARIOS[scenario] if code_of(name) not in world.ran]
    assert lacking == [], "the scenario does not run them"
    assert world.orphans() == []
    assert world.changes() > 0 or scenario is scenarios_people.sign_ins  # whose rows hold secrets
    assert Event.objects.exists()


def test_no_service_that_writes_is_forgotten() -> None:
    named = {name for names in SCENARIOS.values() for name in names}
    assert [name for name in changing() if name not in named] == []


def test_no_scenario_names_what_is_gone() -> None:
    known = set(writers())
    assert [name for names in SCENARIOS.values() for name in names if name not in known] == []


def test_it_finds_what_writes() -> None:
    found = set(changing())
    assert len(found) > 80
    assert "apps.curation.services.decisions.candidate_accept" in found
    assert "apps.memory.controller.MemoryController.write" in found
    assert not any("selectors" in name for name in found)


def test_nobody_writes_past_the_services() -> None:
    """Views, forms, tasks and commands call services: their own code writes no row."""
    own = [name for name, one in writers().items() if CALLERS.search(name) and one.by_itself]
    assert own == []


@pytest.mark.django_db(transaction=True)
def test_it_would_find_a_change_without_an_event() -> None:
    world = World()
    world.make("triple", world.space, "Ada", "home", "Rome")
    assert world.orphans() == []
    factories.make_entity(world.space, "Ben")
    assert world.orphans() == ["insert of memory_entity"]
    assert world.changes() == 1
    assert RowChange.objects.count() > 1
    assert not Event.objects.exists()
