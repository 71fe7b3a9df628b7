from __future__ import annotations

import pytest
from django.db import transaction

from apps.audit.services import record


@pytest.fixture
def var(settings, tmp_path):
    """A folder of its own for the signing key and for checkpoints."""
    settings.VAR_DIR = tmp_path
    settings.PROVENANCE_FOLDER = str(tmp_path / "checkpoints")
    return tmp_path


@pytest.fixture
def happen(space, alice):
    """Let some things happen in the space, or without one on the site."""

    def write(count=1, where=space):
        with transaction.atomic():
            for _ in range(count):
                record(
                    space=where, action="membership.revoked", actor=alice,
                    payload={"user": "carol", "role": "asker"},
                )  # fmt: skip

    return write


@pytest.fixture
def export_dir(settings, tmp_path):
    """Where the files of exports lie during a test."""
    settings.EXPORT_DIR = tmp_path / "exports"
    return tmp_path / "exports"
