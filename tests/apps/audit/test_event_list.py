from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import transaction
from django.test import Client

from apps.accounts.models import Space, User
from apps.audit.services import record
from tests import factories

Open = Callable[[User], Client]


@pytest.fixture
def events(space: Space, alice: User, bob: User) -> None:
    with transaction.atomic():
        record(space=space, actor=alice, action="space.created", payload={"name": "<b>Atlas</b>"})
        record(
            space=space,
            actor=bob,
            action="candidate.rejected",
            payload={"fact": ["Ada", "place of birth", "Rome"], "reason": "not stated"},
        )
        record(
            space=factories.make_space("other"),
            actor=alice,
            action="space.created",
            payload={"name": "Hidden"},
        )


def test_it_lists_events_newest_first(
    events: None, space: Space, dave: User, sign_in: Open
) -> None:
    page = sign_in(dave).get("/s/atlas/audit/").content.decode()
    assert page.index("rejected a fact") < page.index("created the space")
    assert "Ada · place of birth · Rome (not stated)" in page
    assert "&lt;b&gt;Atlas&lt;/b&gt;" in page
    assert "<b>Atlas</b>" not in page
    assert "Hidden" not in page


@pytest.mark.parametrize("query", ["action=candidate.rejected", "q=Rome", "q=rejected", "q=bob"])
def test_it_filters_by_the_address(
    events: None, space: Space, dave: User, sign_in: Open, query: str
) -> None:
    page = sign_in(dave).get(f"/s/atlas/audit/?{query}").content.decode()
    timeline = page[page.index('<ol class="timeline">') :]
    assert "candidate.rejected" in timeline
    assert "space.created" not in timeline


def test_it_filters_by_person(
    events: None, space: Space, alice: User, dave: User, sign_in: Open
) -> None:
    page = sign_in(dave).get(f"/s/atlas/audit/?actor={alice.pk}").content.decode()
    timeline = page[page.index('<ol class="timeline">') :]
    assert "space.created" in timeline
    assert "candidate.rejected" not in timeline


@pytest.mark.parametrize(
    "query", ["action=space.exploded", "actor=x", "since=yesterday", "page=9999", "q=%00"]
)
def test_it_survives_nonsense_in_the_address(
    events: None, space: Space, dave: User, sign_in: Open, query: str
) -> None:
    assert sign_in(dave).get(f"/s/atlas/audit/?{query}").status_code == 200


def test_it_answers_htmx_with_the_list_alone(
    events: None, space: Space, dave: User, sign_in: Open
) -> None:
    response = sign_in(dave).get("/s/atlas/audit/", headers={"HX-Request": "true"})
    assert "<html" not in response.content.decode()
