"""A PostgreSQL that is not memweb's own, with two roles, set up as docs/operations.md says.

The server is a second cluster of the embedded programs; the roles log in with passwords.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg
import pytest
from psycopg import errors

from memweb import embedded
from memweb.embedded import postgres_server
from memweb.embedded.layout import layout_for
from tests.processes import processes_of
from tests.running import BASE, Up, end_runs, free_port, health, named, until

pytestmark = pytest.mark.slow
DOCUMENTED = (BASE / "docs" / "operations.md").read_text(encoding="utf-8")
PASSWORDS = {"memweb_owner": "of-the-owner", "memweb": "of-the-application"}
MAKE_AN_EVENT = """
from apps.accounts.models import User
from apps.dashboard.services import space_create
space_create(actor=User.objects.create(username="alice"), name="Atlas")
"""


@dataclass(frozen=True)
class Server:
    """The server, where it listens, and a folder for memweb's own files."""

    host: str
    var: Path

    def url(self, role: str, database: str = "memweb") -> str:
        return f"postgresql://{role}:{PASSWORDS[role]}@/{database}?{self.host}"

    def run(self, database: str, *statements: str) -> None:
        """Do something as the superuser."""
        url = f"postgresql://postgres@/{database}?{self.host}"
        with psycopg.connect(url, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)

    @property
    def both(self) -> dict[str, str]:
        owner = self.url("memweb_owner")
        return {"DATABASE_URL": self.url("memweb"), "DATABASE_OWNER_URL": owner}

    def manage(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        unset = ("DATABASE_URL", "DATABASE_OWNER_URL")
        kept = {name: value for name, value in os.environ.items() if name not in unset}
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=BASE, env=kept | {"MEMWEB_VAR": str(self.var)} | environment,
            capture_output=True, text=True, check=False,
        )  # fmt: skip


def documented_sql() -> list[str]:
    """Return the statements of the documentation, with passwords; the last is of the new base."""
    (block,) = re.findall(r"as its superuser:\n\n```\n(.*?)```", DOCUMENTED, re.DOTALL)
    statements = [line for line in block.splitlines() if not line.startswith("\\c")]
    for role, password in PASSWORDS.items():
        statements = [
            re.sub(rf"(ROLE {role} LOGIN PASSWORD) '...'", rf"\1 '{password}'", one)
            for one in statements
        ]
    assert len(statements) == 4
    assert "'...'" not in "".join(statements)
    return statements


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    folder = Path(tempfile.mkdtemp(prefix="memweb-external-"))
    folder.chmod(0o755)
    there = folder / "server"
    superuser = embedded.start(there, redis=False).superuser
    layout = layout_for(there)
    rules = layout.postgres / "pg_hba.conf"
    known = "local all memweb,memweb_owner scram-sha-256\n"
    rules.write_text(known + rules.read_text(encoding="utf-8"), encoding="utf-8")
    server = Server(superuser.partition("?")[2], folder / "var")
    server.run("postgres", "DROP DATABASE memweb", "DROP ROLE memweb", "DROP ROLE memweb_owner")
    *first, last = documented_sql()
    server.run("postgres", *first)
    server.run("memweb", last)
    process = postgres_server.postmaster(layout)
    assert process is not None
    process.send_signal(signal.SIGHUP)
    yield server
    end_runs()
    for left in processes_of(folder / "var"):
        left.kill()
    embedded.stop(there)
    for path in (layout.outside, layout_for(folder / "var").outside, folder):
        shutil.rmtree(path, ignore_errors=True)


@pytest.fixture(scope="module")
def migrated(server: Server) -> Server:
    result = server.manage("migrate", "--verbosity", "0", **server.both)
    assert result.returncode == 0, result.stderr
    return server


def test_a_wrong_password_is_one_sentence(server: Server) -> None:
    wrong = server.url("memweb").replace("of-the-application", "wrong")
    up = Up(server.var, "up", "--no-demo", environment={"DATABASE_URL": wrong})
    assert "The database cannot be used" in up.sentence()


def test_the_application_works_and_cannot_touch_the_log(migrated: Server) -> None:
    made = migrated.manage("shell", "-c", MAKE_AN_EVENT, **migrated.both)
    assert made.returncode == 0, made.stderr
    with psycopg.connect(migrated.url("memweb"), autocommit=True) as application:
        events = application.execute("SELECT action FROM audit_event").fetchall()
        assert ("space.created",) in events
        for statement in (
            "UPDATE audit_event SET actor_label = 'somebody else'",
            "DELETE FROM audit_event",
            "TRUNCATE audit_event CASCADE",
            "ALTER TABLE audit_event DISABLE TRIGGER ALL",
            "DROP TRIGGER audit_event_no_change ON audit_event",
            "DROP TABLE audit_event CASCADE",
            "SET session_replication_role = replica",
            "SET ROLE memweb_owner",
        ):
            with pytest.raises(errors.InsufficientPrivilege):
                application.execute(statement)
        assert application.execute("SELECT action FROM audit_event").fetchall() == events


def test_it_is_served_with_a_protected_log_and_only_up_knows_the_owner(migrated: Server) -> None:
    port = free_port()
    arguments = ("up", "--port", str(port), "--no-demo")
    up = Up(migrated.var, *arguments, environment=migrated.both)
    up.wait_for(f"memweb is served at http://127.0.0.1:{port}/")
    assert "WARNING" not in "".join(up.lines)
    until(lambda: health(port)["worker"])
    assert health(port)["log_protected"] is True
    children = [child for word in ("uvicorn", "celery") for child in named(migrated.var, word)]
    assert len(children) >= 4
    for child in children:
        assert "of-the-owner" not in str(child.environ())
    assert up.interrupt() == 0
    assert not any(process.is_running() for process in children if psutil.pid_exists(process.pid))


def test_a_role_of_before_becomes_the_owner(migrated: Server) -> None:
    """One role has done everything; then it is named as the owner, and a new one serves."""
    server = migrated
    server.run("postgres", "CREATE DATABASE earlier OWNER memweb_owner TEMPLATE memweb")
    server.run("earlier", "DROP OWNED BY memweb")  # all that it was granted there
    with (
        psycopg.connect(server.url("memweb", "earlier")) as application,
        pytest.raises(errors.InsufficientPrivilege),
    ):
        application.execute("SELECT * FROM audit_event")
    owner = server.url("memweb_owner", "earlier")
    told = server.manage("health", DATABASE_URL=owner, REDIS_URL="redis://127.0.0.1:1/0")
    assert json.loads(told.stdout)["log_protected"] is False
    both = {"DATABASE_URL": server.url("memweb", "earlier"), "DATABASE_OWNER_URL": owner}
    assert server.manage("migrate", "--verbosity", "0", **both).returncode == 0
    told = server.manage("health", **both, REDIS_URL="redis://127.0.0.1:1/0")
    assert json.loads(told.stdout)["log_protected"] is True
    with psycopg.connect(both["DATABASE_URL"]) as application:
        application.execute("SELECT * FROM audit_event")
