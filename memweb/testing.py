"""A pytest plugin: the test session gets its own PostgreSQL and Redis in a throw-away folder.

Loaded with ``-p`` (see pyproject.toml), because settings read the environment before any conftest
does. With MEMWEB_TEST_DATABASE_URL and MEMWEB_TEST_REDIS_URL set, those servers are used instead.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import pytest

SCRUBBED = (
    "DATABASE_URL",
    "REDIS_URL",
    "SECRET_KEY",
    "DEBUG",
    "ALLOWED_HOSTS",
    "HTTPS",
    "WRITE_HEAD",
    "READ_HEAD",
    "EMBEDDER",
)
for _name in SCRUBBED:
    os.environ.pop(_name, None)

VAR = Path(tempfile.mkdtemp(prefix="memweb-test-"))
(VAR / "static").mkdir()  # whitenoise warns where there is none
os.environ["MEMWEB_VAR"] = str(VAR)
os.environ["SECRET_KEY"] = "only-for-tests"  # noqa: S105
os.environ["WRITE_HEAD"] = os.environ["READ_HEAD"] = os.environ["EMBEDDER"] = "scripted"
EXTERNAL = "MEMWEB_TEST_DATABASE_URL" in os.environ
if EXTERNAL:
    os.environ["DATABASE_URL"] = os.environ["MEMWEB_TEST_DATABASE_URL"]
    os.environ["REDIS_URL"] = os.environ["MEMWEB_TEST_REDIS_URL"]


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    if not EXTERNAL:
        from memweb import embedded

        embedded.start(VAR)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    if not EXTERNAL:
        from memweb import embedded

        embedded.stop(VAR)
    shutil.rmtree(VAR, ignore_errors=True)
