"""``manage.py up`` as a person uses it: start, Ctrl-C, start again, break, kill.

What needs no start of its own is in ``test_up_stays_up.py``.
"""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from memweb.embedded.layout import layout_for
from tests.processes import processes_of
from tests.running import Up, end_runs, free_port, health, named, serve, set_up_place

BASE = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    with set_up_place() as place:
        yield place


@pytest.fixture(autouse=True)
def _end_runs() -> Iterator[None]:
    yield
    end_runs()


@pytest.fixture
def port() -> int:
    return free_port()


def test_it_loads_the_demo_space_once_and_is_there_soon_with_its_data(
    place: Path, port: int
) -> None:
    up = serve(place, port, "--host", "127.0.0.1")
    assert up.lines[0] == "Starting PostgreSQL and Redis ..."
    assert "Loading the demo space ..." in up.lines
    assert "alice" in up.wait_for("alice")
    key = (place / "secret_key").read_text()
    up.process.terminate()
    assert up.end() == 0
    assert processes_of(place) == []

    began = time.monotonic()
    up = serve(place, port, "--host", "127.0.0.1")
    # Ten seconds are promised; a machine that runs other tests beside this one is slower.
    assert time.monotonic() - began < 30
    assert "Loading the demo space ..." not in up.lines
    assert "Brought the database up to date." not in up.lines
    assert "alice" in up.wait_for("alice")
    assert (place / "secret_key").read_text() == key
    assert up.interrupt() == 0


def test_it_refuses_a_port_in_use_and_an_address_of_others(place: Path, port: int) -> None:
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", port))
        other.listen()
        assert f"Port {port} is in use" in Up(place, "up", "--port", str(port)).sentence()
    assert "cannot listen on" in Up(place, "up", "--no-demo", "--host", "192.0.2.1").sentence()
    assert "99999 is no port" in Up(place, "up", "--port", "99999").sentence()
    assert processes_of(place) == []


def test_it_ends_what_a_killed_run_left_behind_and_starts_after_everything_was_killed(
    place: Path, port: int
) -> None:
    up = serve(place, port)
    up.process.kill()
    up.end()
    assert named(place, "uvicorn")
    up = serve(place, port)
    assert any("Ended processes" in line for line in up.lines)
    assert len(named(place, "uvicorn")) == 1

    for process in [*processes_of(place), psutil.Process(up.process.pid)]:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    up.end()
    up = serve(place, port)
    assert health(port)["database"] is True
    assert up.interrupt() == 0
    assert processes_of(place) == []


def test_it_serves_a_command_that_is_run_on_its_own(place: Path) -> None:
    code = "from apps.accounts.models import Space; print('spaces', Space.objects.count())"
    run = Up(place, "shell", "--no-imports", "-c", code)
    assert run.end() == 0
    assert run.lines[-1] in ("spaces 0", "spaces 1")  # the demo's, where that test was run before
    assert processes_of(place) == []


def test_it_says_in_one_sentence_that_the_data_folder_is_broken(place: Path, port: int) -> None:
    version = layout_for(place).postgres / "PG_VERSION"
    version.write_text("17\n")
    try:
        sentence = Up(place, "up", "--port", str(port)).sentence()
        assert "was made by PostgreSQL 17" in sentence
        assert Up(place, "showmigrations").sentence() == sentence
    finally:
        version.write_text("18\n")
    assert processes_of(place) == []


def test_it_says_in_one_sentence_that_its_folder_cannot_be_used() -> None:
    sentence = Up(Path("/dev/null/var"), "check").sentence()
    assert sentence == "memweb cannot use /dev/null/var/secret_key: Not a directory."
