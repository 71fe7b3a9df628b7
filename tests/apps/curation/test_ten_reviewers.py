"""Ten reviewers at once: nobody decides in vain, and nothing is lost."""

from __future__ import annotations

import random
import time

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.models import Role
from apps.curation.models import Candidate, Decision
from tests import factories

HTMX = {"HTTP_HX_REQUEST": "true"}
REVIEWERS, CANDIDATES = 10, 30


@pytest.fixture
def people(space, sign_in) -> list[Client]:
    clients = []
    for number in range(REVIEWERS):
        user = factories.make_user(f"reviewer{number}")
        factories.grant(space, user, Role.REVIEWER)
        clients.append(sign_in(user))
    return clients


@pytest.fixture
def candidates(space, alice) -> list[Candidate]:
    names = [f"Person {number:02}" for number in range(CANDIDATES)]
    text = " ".join(f"{name} was born in Lindenau." for name in names)
    document = factories.make_document(space, alice, text=text)
    return [factories.make_candidate(document, alice, subject=name) for name in names]


def at_work(people: list[Client], seed: int) -> tuple[int, int, set[int]]:
    """Let everybody review until nobody has a card: who comes next is drawn by lot.

    Returns how many decisions were sent, how many were refused as too late, and the candidates
    that were decided.
    """
    lot = random.Random(seed)
    review = reverse("curation:review", args=["atlas"])
    shown: dict[Client, Candidate] = {}
    sent = late = 0
    decided: set[int] = set()
    for client in people:
        card = client.get(review).context["card"]
        if card is not None:
            shown[client] = card.candidate
    while shown:
        client = lot.choice(list(shown))
        candidate = shown.pop(client)
        what = lot.choice(["candidate-accept", "candidate-accept", "candidate-reject"])
        answer = client.post(
            reverse(f"curation:{what}", args=["atlas", candidate.pk]),
            {
                "version": candidate.version,
                "shown_at": f"{time.time() - 3:.2f}",
                "reason": "too vague",
            },
            **HTMX,
        )
        sent += 1
        if answer.status_code == 409:
            late += 1
            answer = client.get(review, {"after": candidate.pk}, **HTMX)
        else:
            assert answer.status_code == 200, answer.content.decode()
            decided.add(candidate.pk)
        card = answer.context["card"]
        if card is not None:
            shown[client] = card.candidate
    return sent, late, decided


def test_it_gives_ten_reviewers_ten_cards(people, candidates):
    sent, late, decided = at_work(people, seed=1)

    assert late == 0, f"{late} of {sent} decisions were refused as too late"
    assert decided == {candidate.pk for candidate in candidates}
    assert Decision.objects.count() == sent == CANDIDATES
