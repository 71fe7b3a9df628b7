"""Every call as everybody: each role, another space's owner, a token of another scope, nobody."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import Role, Space, User
from apps.api.examples import call_example
from apps.audit import refusals
from tests import factories
from tests.apps.api.conftest import Program
from tests.apps.api.test_documentation import VIEWS

NUMBER = 10**15  # of which there is nothing
CALLS = [
    (route, method, call)
    for route, view in VIEWS.items()
    for method, call in view.calls.items()
    if "<slug:slug>" in route
]


@pytest.fixture(autouse=True)
def _no_limits(monkeypatch: pytest.MonkeyPatch, settings) -> None:
    settings.API_CALLS_AT_ONCE = 10_000
    settings.READ_HEAD = settings.WRITE_HEAD = "scripted"
    monkeypatch.setattr(refusals, "MOST", 10_000)
    monkeypatch.setattr("apps.api.streams.LONGEST", 0.0)  # of an answer that nobody makes
    monkeypatch.setattr("apps.common.jobs.bell.current_app.send_task", lambda *given, **more: None)


def address(route: str) -> str:
    route = route.replace("<slug:slug>", "atlas").replace("<str:role>", "asker")
    return re.sub(r"<\w+:\w+>", str(NUMBER), route)


def made(client: Client, route: str, method: str, call: Any) -> int:
    """Make a call with an example of its body, about what there is not; return the status."""
    name = f"{VIEWS[route].__name__}_{method.lower()}"
    body = json.dumps(call_example(name, call.body)) if call.body else ""
    answer = client.generic(method, address(route), body, content_type="application/json")
    return answer.status_code


def test_nobody_calls_without_a_token(space: Space) -> None:
    client = Client()
    assert {made(client, *one) for one in CALLS} == {401}


def test_an_owner_of_another_space_is_told_of_nothing(
    space: Space, mallory: User, program: Program
) -> None:
    client = program(mallory)
    assert {made(client, *one) for one in CALLS} == {404}


def test_a_token_of_another_space_opens_nothing(
    space: Space, alice: User, program: Program
) -> None:
    other = factories.make_space("other")
    factories.grant(other, alice, Role.OWNER)
    client = program(alice, space=other)
    assert {made(client, *one) for one in CALLS} == {404}


@pytest.mark.parametrize("role", Role.values)
def test_a_role_opens_what_it_may(space: Space, role: str, program: Program) -> None:
    person = factories.make_user("erin")
    factories.grant(space, person, role)
    client = program(person)
    for route, method, call in CALLS:
        status = made(client, route, method, call)
        assert status < 500 or route.endswith("completions"), (method, route)
        if role not in call.roles:
            assert status == 403, (method, route)
        else:
            assert status not in (401, 405), (method, route)
            assert status != 403, (method, route)


def test_a_token_with_a_role_is_no_more_than_that(space: Space, program: Program) -> None:
    person = factories.make_user("erin")
    factories.grant(space, person, *Role.values)
    client = program(person, space=space, roles=[Role.ASKER])
    closed = [one for one in CALLS if Role.ASKER not in one[2].roles]
    assert len(closed) > 20
    assert {made(client, *one) for one in closed} == {403}
