"""The read head that tests of answers share."""

from __future__ import annotations

from datetime import date
from functools import cache

import pytest

from worker.heads.encoder.read_head import EncoderReadHead


@pytest.fixture(scope="module")
def head(request: pytest.FixtureRequest) -> EncoderReadHead:
    """A head for which today is the module's TODAY; loaded once in a process for each such day."""
    return _head(request.module.TODAY)


@cache
def _head(day: date) -> EncoderReadHead:
    return EncoderReadHead(today=lambda: day)
