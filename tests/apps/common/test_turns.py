"""In which order a worker takes messages from its queues."""

from __future__ import annotations

from collections import Counter

import pytest

from memweb.celery import configuration
from memweb.queues import GROUPS
from memweb.turns import MOST_PASSED_OVER, TurnsForAll

QUEUES = list(GROUPS["documents"])


def turns_of(queues: list[str]) -> TurnsForAll:
    turns = TurnsForAll()
    turns.update(queues)
    return turns


def taken(turns: TurnsForAll, waiting: Counter[str], most: int) -> list[str]:
    """Return from which queues so many messages are taken; those of ``maintain`` never end."""
    found = []
    for _ in range(most):
        queue = next(one for one in turns.consume(len(QUEUES)) if waiting[one])
        waiting[queue] -= queue != "maintain"
        turns.rotate(queue)
        found.append(queue)
    return found


def test_it_takes_the_first_queue_first() -> None:
    turns = turns_of(QUEUES)
    assert turns.consume(len(QUEUES)) == QUEUES
    found = taken(turns, Counter(maintain=1, write=1), 5)
    assert found == ["maintain"] * 5


def test_no_queue_waits_for_ever_behind_one_that_is_never_empty() -> None:
    waiting = Counter(maintain=1, export=3, write=3, evaluate=3)
    found = taken(turns_of(QUEUES), waiting, 4 * (MOST_PASSED_OVER + 4))
    assert waiting == Counter(maintain=1)
    assert [one for one in found if one != "maintain"][:3] == ["export", "write", "evaluate"]
    for queue in QUEUES[1:]:
        first = found.index(queue)
        assert first <= MOST_PASSED_OVER + len(QUEUES)


def test_an_empty_queue_holds_up_nothing() -> None:
    turns = turns_of(QUEUES)
    taken(turns, Counter(maintain=1), 10 * MOST_PASSED_OVER)
    found = taken(turns, Counter(maintain=1, evaluate=1), 2)
    assert found == ["evaluate", "maintain"]


@pytest.mark.parametrize("name", ["documents", "checks"])
def test_workers_take_their_turns_so(name: str) -> None:
    """What the worker makes of its settings: kombu makes one of these for each connection."""
    from kombu.utils.scheduling import cycle_by_name

    options = configuration()["broker_transport_options"]
    assert isinstance(options, dict)
    made = cycle_by_name(options["queue_order_strategy"])()
    made.update(list(GROUPS[name]))
    assert made.consume(9) == list(GROUPS[name])
