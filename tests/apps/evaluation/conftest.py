"""What the tests of all evaluations share."""

from __future__ import annotations

import pytest

from memweb.serving import servers


@pytest.fixture(autouse=True)
def _migrated(monkeypatch):
    """Looking for migrations closes the connection, and with it the test's transaction."""
    monkeypatch.setattr(servers, "migrate", lambda: False)
