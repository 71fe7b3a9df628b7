"""PostgreSQL and Redis that are frozen are ended together, whichever was seen frozen first."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from unittest import mock

import psutil
import pytest

from memweb.embedded.processes import alive
from memweb.serving import looks, servers


@pytest.fixture
def two(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[psutil.Process]]:
    """Two programs in the place of the servers, and no start of any."""
    children = [subprocess.Popen(["sleep", "60"]) for _ in range(2)]
    found = [psutil.Process(child.pid) for child in children]
    monkeypatch.setattr(looks, "FROZEN_SECONDS", 0.1)
    monkeypatch.setattr(servers.embedded, "running", lambda var: list(filter(alive, found)))
    yield found
    for child in children:
        child.kill()
        child.wait()


@pytest.fixture
def start(monkeypatch: pytest.MonkeyPatch) -> mock.Mock:
    start = mock.Mock()
    monkeypatch.setattr(servers, "start", start)
    return start


def test_one_that_froze_a_moment_later_goes_with_the_other(
    two: list[psutil.Process], start: mock.Mock
) -> None:
    frozen = looks.Frozen()
    two[0].suspend()
    assert servers.revive(frozen) == []
    time.sleep(0.2)
    two[1].suspend()
    lines = servers.revive(frozen)
    assert len(lines) == 2
    assert not any(map(alive, two))
    start.assert_called_once_with()


def test_one_that_runs_is_left_alone(two: list[psutil.Process], start: mock.Mock) -> None:
    frozen = looks.Frozen()
    two[0].suspend()
    servers.revive(frozen)
    time.sleep(0.2)
    (line,) = servers.revive(frozen)
    assert str(two[0].pid) in line
    assert two[1].is_running()
    start.assert_called_once_with()


def test_one_that_is_stopped_for_a_moment_is_left_alone(
    two: list[psutil.Process], start: mock.Mock
) -> None:
    frozen = looks.Frozen()
    two[0].suspend()
    servers.revive(frozen)
    two[0].resume()
    time.sleep(0.2)
    assert servers.revive(frozen) == []
    assert all(process.is_running() for process in two)
    start.assert_not_called()
