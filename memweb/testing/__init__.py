"""A pytest plugin: every process of a test run gets its own PostgreSQL and Redis in a throw-away
folder.

Loaded with ``-p`` (see pyproject.toml), because settings read the environment before any conftest
does. With MEMWEB_TEST_DATABASE_URL and MEMWEB_TEST_REDIS_URL set, those servers are used instead.

With ``-n`` (pytest-xdist) the process that hands out the tests runs none. It applies all migrations
to one cluster, as ``manage.py migrate`` does, and stops it. Every process that runs tests starts on
a copy, and so does every ``manage.py up`` that a test starts (``tests/running.py``). Which process
reads and runs which tests, and in what order, say ``order.py`` and ``by_file.py``.
"""

from __future__ import annotations

import gc
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from _pytest.assertion import rewrite
from psycopg import sql

from memweb import embedded
from memweb.embedded import postgres_server
from memweb.embedded.layout import layout_for, prepare
from memweb.testing import order

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
    "PROVENANCE_KEY_FILE",
    "PROVENANCE_DESTINATIONS",
    "PROVENANCE_FOLDER",
    "REMOTE_URL",
    "REMOTE_MODEL",
    "REMOTE_MODE",
    "REMOTE_KEY",
    "REMOTE_KEY_FILE",
)
ROOT = Path(__file__).resolve().parents[2]
CARELESS = "fsync = off\nsynchronous_commit = off\nfull_page_writes = off\n"
TEMPLATE = "MEMWEB_TEST_TEMPLATE"  # the folder (MEMWEB_VAR) of the cluster that is copied
# Ten thousand tests' objects stay as long as the run: to walk through them after every 700 new ones
# took a fifth of the processor time.
gc.set_threshold(100_000, 20, 100)
for _name in SCRUBBED:
    os.environ.pop(_name, None)
# A run starts a hundred processes, and each would compile all modules anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

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


def _hands_tests_out(config: pytest.Config) -> bool:
    return not order.runs_tests_for_another(config) and bool(config.getoption("numprocesses", None))


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    if EXTERNAL:
        return
    if order.runs_tests_for_another(config):
        copy_template(VAR)
        config.option.reuse_db = True
    embedded.start(VAR)
    _do_not_wait_for_the_disk()
    if _hands_tests_out(config):
        config.option.loadscopereorder = False  # its order is by how many tests a file has
        _make_template(config)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    if not EXTERNAL:
        embedded.stop(VAR)
    shutil.rmtree(VAR, ignore_errors=True)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(
    session: pytest.Session, config: pytest.Config, items: list[pytest.Item]
) -> None:
    if not (_hands_tests_out(config) or order.runs_tests_for_another(config)):
        return
    items.sort(key=order.place)
    try:
        order.look_for_models(items, sys.modules)
    except pytest.UsageError as error:
        # The process that hands out tests takes another end for a crash, and starts one anew.
        session.shouldstop = str(error)
        pytest.exit(str(error), returncode=pytest.ExitCode.USAGE_ERROR)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    return True if order.is_left_to_others(collection_path, config) else None


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    from memweb.testing.by_file import ByFile  # a run in one process need not have xdist

    return ByFile(config, log)


def _make_template(config: pytest.Config) -> None:
    """Apply all migrations to this process's cluster and stop it, for others to copy.

    It holds the database of ``manage.py up`` and, made from it, that of the tests.
    """
    # A process of its own: pytest-django keeps this one away from databases.
    known = {name: value for name, value in os.environ.items() if name not in SCRUBBED}
    migrate = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
    with subprocess.Popen(migrate, cwd=ROOT, env=known) as migrating:  # noqa: S603 ours
        _compile_tests(config)
    if migrating.returncode:
        raise pytest.UsageError("The migrations could not be applied; what stands above says why.")
    names = {"tests": sql.Identifier(f"test_{embedded.DATABASE}")}
    names["memweb"] = sql.Identifier(embedded.DATABASE)
    with psycopg.connect(embedded.runtime_urls(VAR).superuser, dbname="postgres") as connection:
        connection.autocommit = True
        connection.execute(sql.SQL("CREATE DATABASE {tests} TEMPLATE {memweb}").format(**names))
    embedded.stop(VAR)
    os.environ[TEMPLATE] = str(VAR)


def _compile_tests(config: pytest.Config) -> None:
    """Do once, and not in every process at the same moment, what pytest does to a test file that
    is new: rewrite its assertions, so that they say what differed."""
    state = config.stash[rewrite.assertstate_key]
    for path in sorted((ROOT / "tests").rglob("*.py")):
        folder = rewrite.get_cache_dir(path)
        kept = folder / (path.stem + rewrite.PYC_TAIL)
        rewritten = path.name == "conftest.py" or path.name.startswith("test_")
        if rewritten and rewrite.try_makedirs(folder) and rewrite._read_pyc(path, kept) is None:
            stat, code = rewrite._rewrite_test(path, config)
            rewrite._write_pyc(state, code, stat, kept)


def copy_template(var: Path) -> bool:
    """Give a new folder of a memweb the migrated cluster, with the product's settings; False where
    there is none to copy, or where the folder has one."""
    template, layout = layout_for(Path(os.environ.get(TEMPLATE, VAR))), layout_for(var)
    if TEMPLATE not in os.environ or layout.postgres.exists():
        return False
    prepare(layout)
    # "cp" keeps the owner, who is another user than root where root runs the tests.
    command = ["cp", "-a", str(template.postgres), str(layout.postgres)]
    subprocess.run(command, check=True)  # noqa: S603 as above
    own = layout.postgres / "postgresql.auto.conf"
    own.write_text(own.read_text(encoding="utf-8").replace(CARELESS, ""), encoding="utf-8")
    return True


def _do_not_wait_for_the_disk() -> None:
    """Nothing of a test run need outlive a crash of the machine."""
    layout = layout_for(VAR)
    with (layout.postgres / "postgresql.auto.conf").open("a", encoding="utf-8") as settings:
        settings.write(CARELESS)
    server = postgres_server.postmaster(layout)
    if server is not None:
        server.send_signal(signal.SIGHUP)
