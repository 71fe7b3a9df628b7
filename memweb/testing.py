"""A pytest plugin: every process of a test run gets its own PostgreSQL and Redis in a throw-away
folder.

Loaded with ``-p`` (see pyproject.toml), because settings read the environment before any conftest
does. With MEMWEB_TEST_DATABASE_URL and MEMWEB_TEST_REDIS_URL set, those servers are used instead.

With ``-n`` (pytest-xdist) the process that hands out the tests runs none. It makes one cluster with
all migrations applied, stops it, and every process that runs tests starts on a copy.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from memweb import embedded
from memweb.embedded import postgres_server
from memweb.embedded.layout import layout_for, prepare

if TYPE_CHECKING:
    from xdist.remote import Producer
    from xdist.scheduler import LoadScopeScheduling

SCRUBBED = (
    "DATABASE_URL",
    "DATABASE_OWNER_URL",
    "REDIS_URL",
    "SECRET_KEY",
    "DEBUG",
    "ALLOWED_HOSTS",
    "HTTPS",
    "WRITE_HEAD",
    "READ_HEAD",
    "EMBEDDER",
)
MIGRATE = """
import django
from django.test.utils import setup_databases

django.setup()
setup_databases(verbosity=0, interactive=False)
"""
TEMPLATE = "MEMWEB_TEST_TEMPLATE"
for _name in SCRUBBED:
    os.environ.pop(_name, None)

VAR = Path(tempfile.mkdtemp(prefix="memweb-test-"))
(VAR / "static").mkdir()  # whitenoise warns where there is none
os.environ["MEMWEB_VAR"] = str(VAR)
os.environ["SECRET_KEY"] = "only-for-tests"  # noqa: S105
os.environ["WRITE_HEAD"] = os.environ["READ_HEAD"] = os.environ["EMBEDDER"] = "scripted"
# Processes that share the cores do not spin while they wait for each other's threads.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("OMP_NUM_THREADS", "1")
# A shell's background job ignores Ctrl-C, and so would what the tests start and stop by it.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
EXTERNAL = "MEMWEB_TEST_DATABASE_URL" in os.environ
if EXTERNAL:
    os.environ["DATABASE_URL"] = os.environ["MEMWEB_TEST_DATABASE_URL"]
    os.environ["REDIS_URL"] = os.environ["MEMWEB_TEST_REDIS_URL"]
else:
    # Tests make databases and empty tables, the event log included: only the superuser may.
    os.environ["DATABASE_URL"] = embedded.runtime_urls(VAR).superuser


# Tests below these share servers that take long to start, so one process runs them all.
TOGETHER = ("tests/browser/",)
# Begun first, so that no process is left with one of these when the others are done.
LONGEST = ("tests/browser/", "tests/acceptance/", "tests/worker/test_benchmarks.py")


def _runs_tests_for_another(config: pytest.Config) -> bool:
    return hasattr(config, "workerinput")


def _hands_tests_out(config: pytest.Config) -> bool:
    return not _runs_tests_for_another(config) and bool(config.getoption("numprocesses", None))


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    if EXTERNAL:
        return
    if _runs_tests_for_another(config):
        _copy_cluster(Path(os.environ[TEMPLATE]))
        config.option.reuse_db = True
    embedded.start(VAR)
    _do_not_wait_for_the_disk()
    if _hands_tests_out(config):
        config.option.loadscopereorder = False  # its order is by how many tests a file has
        _make_template()


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    if not EXTERNAL:
        embedded.stop(VAR)
    shutil.rmtree(VAR, ignore_errors=True)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if _hands_tests_out(config) or _runs_tests_for_another(config):
        items.sort(key=lambda item: not item.nodeid.startswith(LONGEST))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    """Hand out whole files, so that what a file sets up is set up once."""
    from xdist.scheduler import LoadScopeScheduling

    class ByFile(LoadScopeScheduling):  # type: ignore[misc]  # it has no types
        def _split_scope(self, nodeid: str) -> str:
            together = (folder for folder in TOGETHER if nodeid.startswith(folder))
            return next(together, nodeid.split("::", 1)[0])

    return ByFile(config, log)


def _make_template() -> None:
    """Apply all migrations to this process's cluster and stop it, for others to copy."""
    # A process of its own: pytest-django keeps this one away from databases.
    subprocess.run([sys.executable, "-c", MIGRATE], check=True)  # noqa: S603 the program is ours
    embedded.stop(VAR)
    os.environ[TEMPLATE] = str(layout_for(VAR).postgres)


def _copy_cluster(template: Path) -> None:
    layout = layout_for(VAR)
    prepare(layout)
    # "cp" keeps the owner, who is another user than root where root runs the tests.
    command = ["cp", "-a", str(template), str(layout.postgres)]
    subprocess.run(command, check=True)  # noqa: S603 as above


def _do_not_wait_for_the_disk() -> None:
    """Nothing of a test run need outlive a crash of the machine."""
    layout = layout_for(VAR)
    with (layout.postgres / "postgresql.auto.conf").open("a") as settings:
        settings.write("fsync = off\nsynchronous_commit = off\nfull_page_writes = off\n")
    server = postgres_server.postmaster(layout)
    if server is not None:
        server.send_signal(signal.SIGHUP)
