"""What the tests of all evaluations share."""

from __future__ import annotations

import os

import pytest

from apps.evaluation.bench import temporary_database
from memweb import embedded
from memweb.serving import servers
from memweb.testing import TEMPLATE, copy_template


@pytest.fixture(autouse=True)
def _migrated(monkeypatch):
    """Looking for migrations closes the connection, and with it the test's transaction."""
    monkeypatch.setattr(servers, "migrate", lambda: False)


@pytest.fixture
def migrated_already(monkeypatch):
    """Servers and databases of a measurement's own begin with all migrations applied, where the
    run of tests has such a cluster: to apply them takes longer than what is measured."""
    start, execute = embedded.start, temporary_database._execute

    def start_on_a_copy(var, **which):
        copy_template(var)
        return start(var, **which)

    def make_from_it(server, statement, name):
        execute(server, statement.replace("TEMPLATE template0 ENCODING 'UTF8'", OF_UP), name)

    monkeypatch.setattr(embedded, "start", start_on_a_copy)
    if TEMPLATE in os.environ:
        monkeypatch.setattr(temporary_database, "_execute", make_from_it)


OF_UP = f"TEMPLATE {embedded.DATABASE}"  # the database of `manage.py up` in the tests' own cluster
