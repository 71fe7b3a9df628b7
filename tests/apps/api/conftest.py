"""Programs that call the API with tokens of the people of every test."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.accounts.tokens import token_make
from apps.api import throttling

Program = Callable[..., Client]


@pytest.fixture(autouse=True)
def _count_anew() -> None:
    throttling.forget()


@pytest.fixture
def program() -> Program:
    """Return a client that sends a token of the user."""

    def open_client(user: User, **given: Any) -> Client:
        _, text = token_make(user=user, name="a program", **given)
        return Client(headers={"authorization": f"Bearer {text}"})

    return open_client
