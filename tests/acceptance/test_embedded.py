"""The embedded PostgreSQL and Redis: start, share, kill, break and start again."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest
import redis

from memweb import embedded
from memweb.embedded import EmbeddedError, postgres_server, redis_server
from memweb.embedded.layout import layout_for

ROOT = os.geteuid() == 0
BASE = Path(__file__).resolve().parents[2]
USE = """
import sys, time
from pathlib import Path
from memweb import embedded
try:
    embedded.start(Path(sys.argv[1]))
except embedded.EmbeddedError as error:
    sys.exit(str(error))
print("started", flush=True)
time.sleep(float(sys.argv[2]))
"""


def erase(var: Path) -> None:
    """End what still runs on ``var`` and remove all of its folders."""
    with contextlib.suppress(EmbeddedError):
        layout = layout_for(var)
        for process in (postgres_server.postmaster(layout), redis_server.server_process(layout)):
            if process is not None:
                process.kill()
                process.wait(5)
        shutil.rmtree(layout.outside, ignore_errors=True)
    shutil.rmtree(var, ignore_errors=True)


@pytest.fixture(scope="module")
def template() -> Iterator[Path]:
    """A stopped pair of servers with an empty database, which is quicker to copy than to make."""
    folder = Path(tempfile.mkdtemp(prefix="memweb-embedded-"))
    folder.chmod(0o755)
    embedded.start(folder / "var")
    embedded.stop(folder / "var")
    yield folder / "var"
    erase(folder / "var")
    folder.rmdir()


@pytest.fixture
def empty() -> Iterator[Path]:
    """A place where nothing was started yet, in a folder that every user may enter."""
    folder = Path(tempfile.mkdtemp(prefix="memweb-embedded-"))
    folder.chmod(0o755)
    yield folder / "var"
    embedded.stop(folder / "var")
    erase(folder / "var")
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def var(template: Path, empty: Path) -> Path:
    subprocess.run(["cp", "-a", str(template), str(empty)], check=True)
    return empty


def servers(var: Path) -> list[psutil.Process]:
    """Every process, whoever started it, that has a folder of ``var`` on its command line."""
    layout = layout_for(var)
    places = (str(layout.postgres), str(layout.redis_socket))
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.NoSuchProcess, psutil.ZombieProcess):
            line = " ".join(process.cmdline())
            if "server" not in line and "postgres" not in line:
                continue
            if any(place in line for place in places):
                found.append(process)
    return found


def user_process(var: Path, seconds: float) -> subprocess.Popen[str]:
    """Another process that uses the servers of ``var``; returned when they run."""
    process = subprocess.Popen(
        [sys.executable, "-c", USE, str(var), str(seconds)],
        cwd=BASE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "started\n"
    return process


def close(process: subprocess.Popen[str]) -> str:
    output, errors = process.communicate(timeout=30)
    return output + errors


def put(urls: embedded.Urls, value: int) -> None:
    with psycopg.connect(urls.owner) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (value int)")
        connection.execute("INSERT INTO kept VALUES (%s)", [value])


def kept(urls: embedded.Urls) -> list[int]:
    with psycopg.connect(urls.owner) as connection:
        return [row[0] for row in connection.execute("SELECT value FROM kept ORDER BY value")]


def ping(urls: embedded.Urls) -> bool:
    client = redis.Redis.from_url(urls.redis)
    try:
        return bool(client.ping())
    finally:
        client.close()


def failure(var: Path) -> str:
    """Start, which must fail; return the sentence after checking that it is one."""
    with pytest.raises(EmbeddedError) as caught:
        embedded.start(var)
    sentence = str(caught.value)
    assert "\n" not in sentence
    assert sentence.endswith(".")
    assert servers(var) == []
    return sentence


def test_it_keeps_its_data_and_leaves_no_process(var: Path) -> None:
    urls = embedded.start(var)
    assert urls == embedded.runtime_urls(var)
    put(urls, 1)
    with psycopg.connect(urls.owner) as connection:
        found = connection.execute("SELECT '[1,2]'::vector <=> '[1,2]'::vector").fetchone()
        assert found == (0.0,)
    embedded.stop(var)
    assert servers(var) == []

    urls = embedded.start(var)
    assert kept(urls) == [1]
    assert ping(urls)
    policy = redis.Redis.from_url(urls.redis)
    assert policy.config_get("maxmemory-policy") == {b"maxmemory-policy": b"noeviction"} or (
        policy.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
    )
    policy.close()
    embedded.stop(var)
    assert servers(var) == []


def test_it_computes_addresses_without_starting_or_writing(empty: Path) -> None:
    urls = embedded.runtime_urls(empty)
    assert urls.database.startswith("postgresql://memweb@/memweb?host=")
    assert urls.redis.startswith("unix:///")
    assert not empty.exists()


def test_it_gives_a_folder_of_the_superuser_to_the_owner(var: Path) -> None:
    """As an older memweb left it: no roles, and everything made by the superuser."""
    urls = embedded.start(var)
    with psycopg.connect(urls.superuser, autocommit=True) as connection:
        connection.execute("CREATE TABLE old (id bigint GENERATED ALWAYS AS IDENTITY, s serial)")
        connection.execute('CREATE FUNCTION "Of old"(a int, b text) RETURNS int RETURN a')
        connection.execute("ALTER DATABASE memweb OWNER TO postgres")
    embedded.stop(var)
    with psycopg.connect(embedded.start(var).owner) as connection:
        connection.execute("ALTER TABLE old ADD COLUMN more int")
        connection.execute('DROP FUNCTION "Of old"')
        found = connection.execute("SELECT '[1,2]'::vector <=> '[1,2]'::vector").fetchone()
        assert found == (0.0,)
    for url in (urls.database, urls.owner):
        with psycopg.connect(url) as connection, pytest.raises(psycopg.Error):
            connection.execute("SET session_replication_role = replica")
    with psycopg.connect(urls.database) as connection, pytest.raises(psycopg.Error):
        connection.execute("CREATE TABLE mine (id int)")


def test_it_lets_only_the_owner_reach_data_and_sockets(var: Path) -> None:
    embedded.start(var)
    layout = layout_for(var)
    for folder in (layout.postgres, layout.sockets, layout.redis, layout.logs):
        assert folder.stat().st_mode & 0o077 == 0, folder


def test_it_stops_the_servers_with_their_last_user(var: Path) -> None:
    urls = embedded.start(var)
    other = user_process(var, 60)
    embedded.stop(var)
    assert ping(urls)  # the other process still uses them
    other.send_signal(signal.SIGINT)
    close(other)
    assert servers(var) == []


def test_it_does_not_count_a_killed_user(var: Path) -> None:
    other = user_process(var, 60)
    other.kill()
    close(other)
    assert len(servers(var)) == 2  # nobody was left to stop them
    urls = embedded.start(var)
    assert ping(urls)
    embedded.stop(var)
    assert servers(var) == []


def test_it_recovers_when_everything_was_killed(var: Path) -> None:
    other = user_process(var, 60)
    put(embedded.runtime_urls(var), 7)
    other.kill()
    for process in servers(var):
        process.kill()
    close(other)
    layout = layout_for(var)
    assert (layout.postgres / "postmaster.pid").exists()

    urls = embedded.start(var)
    assert kept(urls) == [7]
    assert ping(urls)


def test_it_starts_anew_where_the_server_that_it_waits_for_is_killed(var: Path) -> None:
    other = user_process(var, 60)
    put(embedded.runtime_urls(var), 7)
    server = postgres_server.postmaster(layout_for(var))
    assert server is not None
    server.suspend()  # it runs, and answers nobody
    waiting = threading.Thread(target=embedded.start, args=(var,))
    waiting.start()
    time.sleep(0.5)
    for process in servers(var):
        process.kill()
    waiting.join(50)

    assert not waiting.is_alive()
    assert kept(embedded.runtime_urls(var)) == [7]
    other.kill()
    close(other)


def test_it_is_not_stopped_by_a_lock_file_that_names_a_living_process(var: Path) -> None:
    embedded.start(var)
    embedded.stop(var)
    layout = layout_for(var)
    lock = layout.postgres / "postmaster.pid"
    started = int(time.time())
    lock.write_text(f"{os.getpid()}\n{layout.postgres}\n{started}\n5432\n\n\n  1 1\nready\n")
    if ROOT:
        shutil.chown(lock, *postgres_server.os_user_ids())
    assert ping(embedded.start(var))


def test_it_restarts_what_died_while_it_was_used(var: Path) -> None:
    urls = embedded.start(var)
    put(urls, 3)
    for process in servers(var):
        process.kill()
        process.wait(5)
    embedded.start(var)
    assert kept(urls) == [3]
    assert ping(urls)


def test_it_says_what_is_wrong_with_a_data_folder(var: Path) -> None:
    embedded.start(var)
    embedded.stop(var)
    data = layout_for(var).postgres
    control = data / "global" / "pg_control"
    whole = control.read_bytes()

    control.write_bytes(b"broken" + whole[6:])
    assert "PostgreSQL did not start" in failure(var)
    control.write_bytes(whole)

    (data / "PG_VERSION").write_text("16\n")
    assert "was made by PostgreSQL 16" in failure(var)

    (data / "PG_VERSION").unlink()
    assert "PG_VERSION is missing" in failure(var)

    (data / "PG_VERSION").write_text("18\n")
    embedded.start(var)


def test_it_says_when_redis_cannot_read_its_data(var: Path) -> None:
    embedded.start(var)
    embedded.stop(var)
    (layout_for(var).redis / "appendonly.aof").write_bytes(b"no such format\r\n" * 20)
    assert "Redis did not start" in failure(var)


def test_it_says_when_the_record_of_the_data_is_unreadable(empty: Path) -> None:
    empty.mkdir()
    (empty / "embedded.json").write_text("{")
    with pytest.raises(EmbeddedError, match="cannot be read"):
        embedded.start(empty)


def test_it_says_when_the_folder_is_a_file(empty: Path) -> None:
    empty.write_text("")
    with pytest.raises(EmbeddedError, match="cannot use"):
        embedded.start(empty)


def test_it_begins_again_after_an_interrupted_first_start(empty: Path) -> None:
    (empty / "postgres.new" / "base").mkdir(parents=True)
    (empty / "postgres").mkdir()
    assert ping(embedded.start(empty))


def test_it_works_where_the_path_is_too_long_for_a_socket(empty: Path) -> None:
    deep = empty / ("long-name-" * 12)
    try:
        urls = embedded.start(deep)
        layout = layout_for(deep)
        assert len(str(layout.redis_socket)) < 107
        assert layout.postgres.is_relative_to(deep)
        assert layout.sockets.stat().st_mode & 0o077 == 0
        put(urls, 5)
        embedded.stop(deep)
        assert kept(embedded.start(deep)) == [5]
    finally:
        embedded.stop(deep)
        erase(deep)


@pytest.mark.skipif(ROOT, reason="root can make the folder its own")
def test_it_refuses_a_socket_folder_of_somebody_else(empty: Path) -> None:
    deep = empty / ("long-name-" * 12)
    outside = layout_for(deep).outside
    outside.symlink_to("/")
    try:
        with pytest.raises(EmbeddedError, match="belongs to another user"):
            embedded.start(deep)
    finally:
        outside.unlink()


@pytest.mark.skipif(not ROOT, reason="only root starts PostgreSQL as another user")
def test_it_works_as_root_in_a_folder_closed_to_others(
    empty: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As if the virtual environment with PostgreSQL's programs were in the closed folder too.
    monkeypatch.setattr(postgres_server, "_others_may_run", lambda programs: False)
    closed = empty.parent / "closed"
    closed.mkdir(mode=0o700)
    inner = closed / "var"
    layout = layout_for(inner)
    try:
        urls = embedded.start(inner)
        process = postgres_server.postmaster(layout)
        assert process is not None
        assert process.exe().startswith(str(layout.outside))
        put(urls, 9)
        embedded.stop(inner)
        assert closed.stat().st_mode & 0o077 == 0  # not opened to make it work
        assert not layout.postgres.is_relative_to(inner)
        assert kept(embedded.start(inner)) == [9]
        embedded.stop(inner)

        shutil.rmtree(inner)  # a new checkout at the same place begins empty
        with psycopg.connect(embedded.start(inner).owner) as connection:
            assert connection.execute("SELECT to_regclass('kept')").fetchone() == (None,)
        assert list(layout.outside.glob("postgres.old-*"))
    finally:
        embedded.stop(inner)
        erase(inner)


@pytest.mark.skipif(not ROOT, reason="needs to mount a small disk")
def test_it_says_when_the_disk_is_full(empty: Path) -> None:
    empty.mkdir()
    mount = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=340m", "tmpfs", str(empty)], check=False
    )
    if mount.returncode != 0:
        pytest.skip("this machine does not allow mounting")
    try:
        embedded.start(empty)
        embedded.stop(empty)
        filler = empty / "filler"
        with contextlib.suppress(OSError), filler.open("wb") as file:
            while True:
                file.write(bytes(1_000_000))
        assert "is full" in failure(empty)
        filler.unlink()
        embedded.start(empty)
        embedded.stop(empty)
    finally:
        subprocess.run(["umount", str(empty)], check=True)
