from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import transaction
from django.test import Client

from apps.accounts.models import Space, User
from apps.audit.actions import ACTIONS
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
            payload=factories.recorded(
                "candidate.rejected", fact=["Ada", "place of birth", "Rome"], reason="not stated"
            ),
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
    timeline = page[page.index('<ol class="timeline') :]
    assert timeline.index("rejected the fact") < timeline.index("created the space")
    assert "Ada · place of birth · Rome: not stated" in page
    assert "&lt;b&gt;Atlas&lt;/b&gt;" in page
    assert "<b>Atlas</b>" not in page
    assert "Hidden" not in page


@pytest.mark.parametrize("query", ["action=candidate.rejected", "q=Rome", "q=rejected", "q=bob"])
def test_it_filters_by_the_address(
    events: None, space: Space, dave: User, sign_in: Open, query: str
) -> None:
    page = sign_in(dave).get(f"/s/atlas/audit/?{query}").content.decode()
    timeline = page[page.index('<ol class="timeline') :]
    assert "rejected the fact" in timeline
    assert "created the space" not in timeline


def test_it_filters_by_person(
    events: None, space: Space, alice: User, dave: User, sign_in: Open
) -> None:
    page = sign_in(dave).get(f"/s/atlas/audit/?actor={alice.pk}").content.decode()
    timeline = page[page.index('<ol class="timeline') :]
    assert "created the space" in timeline
    assert "rejected the fact" not in timeline


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("action=space.exploded", "What"),
        ("actor=x", "Who"),
        ("since=yesterday", "From"),
        ("since=2026-11-27&until=2026-11-01", "To"),
        ("q=%00", "Words"),
        ("document=x", "Document no."),
        ("fact=0", "Fact no."),
        (f"entity={10**30}", "Entity no."),
        ("request=" + 81 * "a", "Request"),
    ],
)
def test_it_names_the_filter_that_makes_no_sense(
    events: None, space: Space, dave: User, sign_in: Open, query: str, field: str
) -> None:
    page = sign_in(dave).get(f"/s/atlas/audit/?{query}")
    assert page.status_code == 422
    assert f">{field}: " in page.content.decode()


def test_it_survives_a_page_that_is_none(
    events: None, space: Space, dave: User, sign_in: Open
) -> None:
    assert sign_in(dave).get("/s/atlas/audit/?page=9999").status_code == 200


def test_it_sorts_what_happened_by_its_words(space: Space, dave: User, sign_in: Open) -> None:
    page = sign_in(dave).get("/s/atlas/audit/")
    words = [label for _, label in page.context["form"].fields["action"].choices][1:]
    assert words == sorted(words)


def test_it_offers_only_actions_that_the_product_writes() -> None:
    earlier = ["triple.repaired"]  # by a migration that is gone; older logs have it
    written = "".join(
        path.read_text() for path in Path("apps").rglob("*.py") if path.parent.name != "actions"
    )
    unwritten = [name for name in ACTIONS if not re.search(f"[\"']{name}[\"']", written)]
    assert unwritten == earlier


@pytest.mark.parametrize(
    ("query", "number"), [("document=7", 3), ("fact=9", 2), ("entity=5", 1), ("head=WRITE", 1)]
)
def test_it_finds_what_is_about_a_row_or_by_a_head(
    space: Space, alice: User, dave: User, sign_in: Open, query: str, number: int
) -> None:
    document = factories.make_document(space, alice, id=7)
    triple = factories.make_triple(space, "Ada", "place of birth", "Rome", id=9)
    with transaction.atomic():
        for actor, action, subject, payload in (
            (alice, "document.added", document, {}),
            (alice, "candidate.accepted", None, {"document": 7, "triple": 9}),
            (alice, "triple.written", triple, {"subject": {"id": 5, "name": "Ada"}}),
            (None, "extraction.finished", None, {"document": 7}),
            (alice, "space.changed", None, {}),
        ):
            record(
                space=space,
                actor=actor,
                actor_label="write head encoder",
                action=action,
                subject=subject,
                payload=factories.recorded(action, **payload),
            )
    page = sign_in(dave).get(f"/s/atlas/audit/?{query}")
    assert page.context["page"].paginator.count == number


def test_it_answers_htmx_with_the_list_alone(
    events: None, space: Space, dave: User, sign_in: Open
) -> None:
    response = sign_in(dave).get("/s/atlas/audit/", headers={"HX-Request": "true"})
    assert "<html" not in response.content.decode()
