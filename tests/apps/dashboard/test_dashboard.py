from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from apps.accounts.models import Space, User
from apps.common import worker_status
from tests import factories

Open = Callable[[User], Client]


def test_it_shows_figures_facts_and_events(
    space: Space, alice: User, bob: User, sign_in: Open
) -> None:
    document = factories.make_document(space, alice)
    factories.make_candidate(document, alice)
    factories.make_triple(space, "Ada <Brook>", "place of birth", "Lindenau")
    page = sign_in(bob).get("/s/atlas/").content.decode()
    assert "Review 1" in page
    assert "Ada &lt;Brook&gt;" in page
    assert "<Brook>" not in page


@pytest.mark.parametrize(
    ("alive", "words"), [(False, "No worker is listening"), (True, "listening")]
)
def test_it_says_whether_a_worker_listens(
    space: Space, bob: User, sign_in: Open, alive: bool, words: str
) -> None:
    worker_status.mark_alive() if alive else worker_status.mark_gone()
    page = sign_in(bob).get("/s/atlas/").content.decode()
    assert words in page
    assert ("No worker" in page) is not alive


def test_it_survives_without_redis(
    space: Space, bob: User, sign_in: Open, settings: pytest.FixtureRequest
) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"  # type: ignore[attr-defined]
    response = sign_in(bob).get("/s/atlas/")
    assert response.status_code == 200
    assert "The workers cannot be reached right now" in response.content.decode()


def test_it_keeps_questions_from_those_who_do_not_audit(
    space: Space, alice: User, bob: User, sign_in: Open
) -> None:
    from django.db import transaction

    from apps.audit.services import record

    with transaction.atomic():
        record(
            space=space,
            actor=alice,
            action="question.asked",
            payload=factories.recorded("question.asked", text="Secret matter?"),
        )
    assert "Secret matter?" not in sign_in(bob).get("/s/atlas/").content.decode()
    assert "Secret matter?" in sign_in(alice).get("/s/atlas/").content.decode()


def test_it_answers_htmx_with_the_live_part_alone(space: Space, bob: User, sign_in: Open) -> None:
    page = sign_in(bob).get("/s/atlas/", headers={"HX-Request": "true"}).content.decode()
    assert 'id="live"' in page
    assert "<html" not in page


def test_it_sends_a_strict_content_security_policy(space: Space, bob: User, sign_in: Open) -> None:
    response = sign_in(bob).get("/s/atlas/")
    policy = response["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert "<style" not in response.content.decode()
    assert " style=" not in response.content.decode()
    assert " on" + "click=" not in response.content.decode()
