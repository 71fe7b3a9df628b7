"""The same call twice at one moment."""

from __future__ import annotations

from functools import partial

import pytest
from django.test import Client

from apps.accounts.models import Space, User
from apps.accounts.tokens import token_make
from tests.apps.api.test_manners import send
from tests.threads import at_once


@pytest.mark.django_db(transaction=True)
def test_it_is_done_once(alice: User) -> None:
    _, text = token_make(user=alice, name="a program")
    clients = [Client(headers={"authorization": f"Bearer {text}"}) for _ in range(3)]
    answers = at_once(
        *(
            partial(send, client, "/api/v1/spaces", {"name": "Beta"}, idempotency_key="k")
            for client in clients
        )
    )
    assert [answer.status_code for answer in answers] == [201, 201, 201]
    assert len({answer["Location"] for answer in answers}) == 1
    assert sorted(answer.has_header("Idempotent-Replayed") for answer in answers) == [
        False, True, True,
    ]  # fmt: skip
    assert Space.objects.filter(name="Beta").count() == 1
