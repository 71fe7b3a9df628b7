"""Every page of a space that refuses somebody leaves an event of it in the space's log."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, get_resolver

from apps.accounts.models import Role, Space, User
from apps.audit import refusals
from apps.audit.models import Event
from tests import factories

FILLED = {"int": "1", "str": "x", "slug": "x", "uuid": "0" * 8 + "-0000-0000-0000-" + "0" * 12}
PLACE = re.compile(r"<(?:(\w+):)?(\w+)>")


def _views(patterns: Any = None, before: str = "/") -> Iterator[tuple[str, Any]]:
    """Yield the address of every page of a space, with numbers that there are not, and its view."""
    for one in get_resolver().url_patterns if patterns is None else patterns:
        route = before + str(one.pattern)
        if not isinstance(one, URLPattern):
            yield from _views(one.url_patterns, route)
        elif route.startswith("/s/<slug:slug>/"):
            address = route.replace("<slug:slug>", "atlas", 1)
            yield PLACE.sub(lambda place: FILLED[place[1] or "str"], address), one.callback


VIEWS = dict(_views())


@pytest.fixture(autouse=True)
def any_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refusals, "MOST", 10_000)


def _refused(client: Client, address: str) -> int:
    """Return the status with which the address refuses, by whichever method it takes."""
    answer = client.get(address)
    return (client.post(address) if answer.status_code == 405 else answer).status_code


def test_every_page_of_a_space_has_a_guard() -> None:
    assert len(VIEWS) > 50
    assert [address for address, view in VIEWS.items() if not getattr(view, "allowed", None)] == []


def test_an_outsider_leaves_an_event_at_every_page(space: Space, mallory: User, sign_in) -> None:
    client = sign_in(mallory)
    statuses = {address: _refused(client, address) for address in VIEWS}
    assert {address for address, status in statuses.items() if status != 404} == set()
    told = Event.objects.filter(action="access.refused", space=space, actor=mallory)
    assert {event.payload["path"] for event in told} == set(VIEWS)


@pytest.mark.parametrize("role", Role.values)
def test_a_member_without_the_role_leaves_an_event(space: Space, role: str, sign_in) -> None:
    person = factories.make_user("erin")
    factories.grant(space, person, role)
    client = sign_in(person)
    closed = {address: view.allowed for address, view in VIEWS.items() if role not in view.allowed}
    statuses = {address: _refused(client, address) for address in closed}
    assert {address for address, status in statuses.items() if status != 403} == set()
    told = Event.objects.filter(action="access.refused", space=space, actor=person)
    assert {event.payload["path"]: frozenset(event.payload["needed"]) for event in told} == closed
