from __future__ import annotations

import pytest

from apps.accounts.tokens import token_make
from apps.api import throttling
from tests import factories


@pytest.fixture(autouse=True)
def _no_calls_before():
    throttling.forget()


@pytest.fixture
def known(space, alice):
    """Return a fact of the space, as a reviewer let it in."""
    return factories.make_triple(space, "Ada Brook", "place of birth", "Lindenau")


@pytest.fixture
def token_of(space):
    """Return what makes a token of a person."""

    def make(user, **given):
        return token_make(user=user, name="agent", **given)[1]

    return make
