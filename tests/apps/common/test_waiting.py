"""What has to start or answer gets more time on a busy machine, and not for ever."""

from __future__ import annotations

import http.client
import os
import threading
import time

import pytest

from memweb.embedded import waiting
from memweb.embedded.waiting import for_load
from memweb.serving import looks, up
from memweb.serving.address import CannotStart
from memweb.serving.children import Child


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What the machine says of its load, of two cores; to be changed by a test."""
    said = [0.0]
    monkeypatch.setattr(os, "getloadavg", lambda: (said[0], 99.0, 99.0))
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {0, 1})
    return said


@pytest.mark.parametrize(
    ("busy", "seconds"), [(0.0, 30.0), (2.0, 30.0), (3.0, 45.0), (8.0, 120.0), (400.0, 300.0)]
)
def test_it_waits_as_long_as_processes_wait_for_a_core(load, busy, seconds) -> None:
    load[0] = busy
    assert for_load(30.0) == seconds


def test_it_waits_as_ever_where_the_system_says_nothing(monkeypatch) -> None:
    def silent() -> tuple[float, float, float]:
        raise OSError("no load")

    monkeypatch.setattr(os, "getloadavg", silent)
    assert for_load(30.0) == 30.0


def test_the_machine_at_hand_has_a_core_and_a_load() -> None:
    assert waiting._cores() >= 1
    assert waiting._load() >= 0.0
    assert 1.0 <= for_load(1.0) <= waiting.MOST_TIMES


@pytest.mark.parametrize(("busy", "starts"), [(0.0, False), (8.0, True)])
def test_a_web_server_that_is_slow_on_a_busy_machine_has_started(
    load, monkeypatch, tmp_path, settings, busy, starts
) -> None:
    """It answers after .4 s, where an idle machine is given .2 s, and a busy one .8 s."""
    load[0] = busy
    settings.VAR_DIR = tmp_path
    begun = time.monotonic()
    monkeypatch.setattr(up, "WEB_START_SECONDS", 0.2)
    monkeypatch.setattr(up, "answers", lambda host, port: time.monotonic() > begun + 0.4)
    children = type("", (), {"start": lambda self, child: None})()
    monkeypatch.setattr(Child, "running", True)
    said: list[str] = []
    one = up.Up(host="127.0.0.1", port=1, demo=False, say=said.append)
    if not starts:
        with pytest.raises(CannotStart, match="The web server did not start"):
            one._start_children(children)
        return
    one._start_children(children)
    assert "memweb is served at http://127.0.0.1:1/" in said[0]


def test_a_site_is_lost_later_on_a_busy_machine(load, monkeypatch) -> None:
    site = looks.SiteLook("127.0.0.1", 1)
    site.answered_at = time.monotonic() - looks.SILENT_SECONDS - 1
    assert site.silent
    load[0] = 4.0
    assert not site.silent
    site.answered_at -= looks.SILENT_SECONDS
    assert site.silent


def test_a_look_waits_longer_for_an_answer_on_a_busy_machine(load, monkeypatch) -> None:
    load[0] = 4.0
    waited: list[float] = []
    site = looks.SiteLook("127.0.0.1", 1)

    def ask(host: str, port: int, seconds: float) -> bytes:
        waited.append(seconds)
        site.ended.set()
        raise http.client.HTTPException

    monkeypatch.setattr(looks, "ask", ask)
    monkeypatch.setattr(looks, "ASK_AT_START_SECONDS", 0.01)
    thread = threading.Thread(target=site.run)
    thread.start()
    thread.join(10)
    assert waited == [2 * looks.ANSWER_SECONDS]
