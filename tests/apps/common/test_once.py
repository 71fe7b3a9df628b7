"""Forms that make something, sent twice, make it once."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import Space, User
from apps.audit.models import Event
from apps.common.models import Submission
from apps.common.once import once
from apps.curation.services import relation_propose
from tests import factories
from tests.threads import at_once

Open = Callable[[User], Client]


def value_in(page: str) -> str:
    found = re.search(r'name="once" value="([^"]+)"', page)
    assert found
    return found[1]


def test_it_opens_one_space_for_a_form_that_is_sent_twice(alice: User, sign_in: Open) -> None:
    client = sign_in(alice)
    data = {"name": "Ferry Lines", "once": value_in(client.get("/new/").content.decode())}
    first, second = (client.post("/new/", data) for _ in range(2))
    assert first.status_code == second.status_code == 302
    assert first["Location"] == second["Location"] == "/s/ferry-lines/"
    assert Space.objects.filter(name="Ferry Lines").count() == 1


def test_it_takes_other_words_in_the_same_form_for_a_second_one(alice: User, sign_in: Open) -> None:
    client = sign_in(alice)
    value = value_in(client.get("/new/").content.decode())
    client.post("/new/", {"name": "Ferry Lines", "once": value})
    client.post("/new/", {"name": "Tram Lines", "once": value})
    assert set(Space.objects.values_list("name", flat=True)) == {"Ferry Lines", "Tram Lines"}


def test_it_takes_each_page_for_a_form_of_its_own(alice: User, sign_in: Open) -> None:
    client = sign_in(alice)
    for _ in range(2):
        value = value_in(client.get("/new/").content.decode())
        client.post("/new/", {"name": "Ferry Lines", "once": value})
    assert Space.objects.filter(name="Ferry Lines").count() == 2


def test_it_does_not_take_one_person_for_another(alice: User, bob: User, sign_in: Open) -> None:
    for person in (alice, bob):
        sign_in(person).post("/new/", {"name": "Ferry Lines", "once": "the-same-value"})
    assert Space.objects.filter(name="Ferry Lines").count() == 2


def test_it_lets_a_form_that_was_refused_be_sent_again(alice: User, sign_in: Open) -> None:
    client = sign_in(alice)
    assert client.post("/new/", {"name": "日本", "once": "v"}).status_code == 422
    assert not Submission.objects.exists()
    assert client.post("/new/", {"name": "日本", "once": "v"}).status_code == 422


def test_it_forgets_old_submissions(alice: User, sign_in: Open) -> None:
    client = sign_in(alice)
    client.post("/new/", {"name": "Ferry Lines", "once": "old"})
    Submission.objects.update(created_at=timezone.now() - timedelta(days=2))
    client.post("/new/", {"name": "Tram Lines", "once": "new"})
    assert Submission.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_it_makes_one_of_eight_that_come_at_the_same_moment() -> None:
    user = factories.make_user("alice")
    request = RequestFactory().post("/new/", {"name": "Ferry", "once": "v"})
    request.user = user
    results = at_once(*[partial(once, request, lambda: f"/s/{factories.make_space('ferry')}/")] * 8)
    assert set(results) == {"/s/Ferry/"}
    assert Space.objects.count() == 1


def test_it_adds_one_relation_for_a_form_that_is_sent_twice(
    space: Space, alice: User, sign_in: Open
) -> None:
    client, url = sign_in(alice), "/s/atlas/memory/relations/add/"
    data = {"name": "sails on", "template": "{subject} sails on {object}."}
    data |= {"once": value_in(client.get(url).content.decode())}
    first, second = (client.post(url, data) for _ in range(2))
    assert first.status_code == second.status_code == 302
    assert first["Location"] == second["Location"] == "/s/atlas/memory/relations/"
    assert space.relations.filter(name="sails on").count() == 1
    fresh = value_in(client.get(url).content.decode())
    another = client.post(url, data | {"once": fresh})
    assert another.status_code == 422
    assert "There is a relation of this name" in another.content.decode()


@pytest.mark.parametrize("what", ["accept", "use", "decline"])
def test_it_decides_once_on_a_proposed_relation(
    space: Space, alice: User, carol: User, sign_in: Open, what: str
) -> None:
    there = factories.make_relation(space, "sort of blood")
    proposal = relation_propose(
        space=space, actor=carol, name="blood type", subject="Ada Brook", object="A",
        question=factories.make_question(space, carol).pk, question_text="Which blood type?",
    )  # fmt: skip
    client = sign_in(alice)
    page = reverse("curation:relation-proposal", args=["atlas", proposal.pk])
    data = {"name": "blood type", "template": "{subject}: {object}.", "reason": "too private"}
    data |= {"relation": there.pk, "once": value_in(client.get(page).content.decode())}
    first, second = (client.post(f"{page}{what}/", data) for _ in range(2))
    assert first.status_code == second.status_code == 302
    assert first["Location"] == second["Location"]
    assert Event.objects.filter(action__startswith="relation.proposal_").count() == 1
    assert client.post(f"{page}{what}/", data | {"once": "another"}).status_code == 409
