"""How many statements a decision and the page of review make."""

from __future__ import annotations

import time

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.accounts.models import Space, User
from apps.curation import services
from apps.curation.models import Candidate
from apps.memory.services import relations_load
from tests import factories

ACCEPTING = 24  # the whole request, until it leads to the next card
NEXT_CARD = 37  # the same with the next card in its answer, and how many facts are due
REVIEWING = 21


@pytest.fixture
def candidates(space: Space, alice: User) -> list[Candidate]:
    relations_load(space=space, actor=alice)
    document = factories.make_document(space, alice)
    return [
        factories.make_candidate(document, alice),
        factories.make_candidate(document, alice, "Brook Institute", "headquarters location"),
    ]


def statements(run) -> list[str]:
    with CaptureQueriesContext(connection) as queries:
        run()
    return [query["sql"] for query in queries.captured_queries]


def accept(client, candidate: Candidate, **headers: str):
    address = reverse("curation:candidate-accept", args=["atlas", candidate.pk])
    given = {"version": candidate.version, "shown_at": time.time()}
    return client.post(address, given, headers=headers)


@pytest.mark.parametrize("known", [False, True])
def test_accepting_makes_few_queries_and_no_look_up_twice(
    candidates: list[Candidate], bob: User, sign_in, known: bool
) -> None:
    one, _ = candidates
    if known:  # the names are there, and so is the fact
        services.candidate_accept(candidate=one, actor=bob)
        services.decision_undo(decision=one.decisions.get(), actor=bob)
        one.refresh_from_db()
    client = sign_in(bob)
    made = statements(lambda: accept(client, one))
    one.refresh_from_db()
    assert one.state == Candidate.State.ACCEPTED
    assert len(made) <= ACCEPTING
    looked_up = [sql for sql in made if "AS q(asked)" in sql]
    assert len(looked_up) == 1  # for both names


def test_accepting_with_the_next_card_makes_few_queries(
    candidates: list[Candidate], bob: User, sign_in
) -> None:
    client = sign_in(bob)
    made = statements(lambda: accept(client, candidates[0], **{"HX-Request": "true"}))
    assert len(made) <= NEXT_CARD
    looked_up = [sql for sql in made if "AS q(asked)" in sql]
    assert len(looked_up) == 2  # for the fact and for the card, both names at once


def test_the_page_of_review_makes_few_queries(
    candidates: list[Candidate], bob: User, sign_in
) -> None:
    client = sign_in(bob)
    address = reverse("curation:review", args=["atlas"])
    made = statements(lambda: client.get(address))
    assert len(made) <= REVIEWING
    looked_up = [sql for sql in made if "AS q(asked)" in sql]
    assert len(looked_up) == 1  # for both names
