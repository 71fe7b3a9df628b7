"""``manage.py up`` goes on whatever happens below it: all tests share one that runs."""

from __future__ import annotations

import contextlib
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg
import pytest

from memweb import embedded
from memweb.embedded import postgres_server, processes, redis_server
from memweb.embedded.layout import layout_for
from tests.processes import processes_of
from tests.running import Up, end_runs, free_port, health, named, serve, set_up_place, until

WEB_MEMORY = 200_000_000
pytestmark = pytest.mark.slow


@dataclass
class Site:
    up: Up
    var: Path
    port: int

    def well(self) -> bool:
        found = health(self.port)
        return bool(found["database"] and found["worker"])


CELERY = 2 * 3 + 1 + 1  # three workers, the one child of each, the one with threads, the clock


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with set_up_place() as place:
        port = free_port()
        site = Site(serve(place, port), place, port)
        until(site.well)
        yield site
        end_runs()


@pytest.fixture(autouse=True)
def _goes_on(site: Site) -> Iterator[None]:
    """Each test finds the site well, and leaves the same ``up`` running."""
    until(site.well)
    yield
    assert site.up.process.poll() is None


def test_it_serves_with_its_workers_and_no_model_in_the_web_process(site: Site) -> None:
    assert len(named(site.var, "celery")) == CELERY
    (web,) = named(site.var, "uvicorn")
    with urllib.request.urlopen(f"http://127.0.0.1:{site.port}/sign-in/", timeout=10) as page:
        assert page.status == 200
    assert web.memory_info().rss < WEB_MEMORY
    assert not [m for m in web.memory_maps() if "torch" in m.path]


def test_it_refuses_a_second_run(site: Site) -> None:
    second = Up(site.var, "up", "--port", str(free_port()))
    assert "memweb already runs here" in second.sentence()


def test_it_starts_again_what_was_killed(site: Site) -> None:
    named(site.var, "celery")[0].kill()
    assert "it is started again in 1 s" in site.up.wait_for("The worker for questions ended")
    for process in processes_of(site.var):
        if "postgres" in process.name() or "redis" in process.name():
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
    until(site.well)
    until(lambda: len(named(site.var, "celery")) == CELERY)


def test_it_survives_a_database_without_a_free_connection(site: Site) -> None:
    url = embedded.runtime_urls(site.var).database
    taken: list[psycopg.Connection] = []

    def take_all() -> None:
        with contextlib.suppress(psycopg.OperationalError):
            while len(taken) < 100:
                taken.append(psycopg.connect(url, autocommit=True))
        assert len(taken) < 100

    def is_unwell() -> bool:
        """Take also the connections that the web server's pool has kept: with one it is well."""
        own = [connection.info.backend_pid for connection in taken]
        taken[0].execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE usename = current_user AND pid <> ALL(%s)",
            [own],
        )
        take_all()
        return health(site.port)["database"] is False

    try:
        take_all()
        until(is_unwell, 30)
        time.sleep(5)  # time for looks, each of which finds no connection
        assert site.up.process.poll() is None
    finally:
        for connection in taken:
            connection.close()
    until(site.well)


def test_it_starts_again_whatever_is_frozen(site: Site) -> None:
    """A worker's child and the web server; then PostgreSQL and Redis."""
    (web,) = named(site.var, "uvicorn")
    worker = next(p for p in named(site.var, "questions@") if "questions@" in str(p.cmdline()))
    (child,) = worker.children()
    for process in (web, child):
        process.suspend()
    until(lambda: not web.is_running() and not child.is_running(), 40)
    until(site.well)

    layout = layout_for(site.var)
    postgres, redis = postgres_server.postmaster(layout), redis_server.server_process(layout)
    assert postgres
    assert redis
    for process in (postgres, redis):
        process.suspend()
    until(lambda: not postgres.is_running() and not redis.is_running(), 60)
    until(site.well)


def test_it_waits_no_longer_the_more_often_a_running_server_was_killed(site: Site) -> None:
    for _ in range(5):
        (web,) = named(site.var, "uvicorn")
        web.kill()
        web.wait(5)
        began = time.monotonic()
        until(lambda: health(site.port)["database"], 30)
        # A wait of 2 s at most, and the start of a process on a busy machine.
        assert time.monotonic() - began < 20


def test_it_rotates_a_log_that_grows_while_it_runs(site: Site) -> None:
    log = site.var / "log" / "clock.log"
    with log.open("a") as file:
        file.write("x" * processes.LOG_BYTES + "\nlast line\n")
    until(lambda: log.stat().st_size < 1_000_000, 20)
    assert log.with_name("clock.log.1").read_text().endswith("last line\n")


def test_it_serves_on_while_redis_is_away_and_back(site: Site) -> None:
    redis = redis_server.server_process(layout_for(site.var))
    assert redis
    redis.kill()
    until(lambda: not psutil.pid_exists(redis.pid))
    until(site.well)
