"""What endpoints are told of: everything that is committed, once, and nothing else."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.db import transaction
from django.urls import resolve
from django.utils import timezone

from apps.audit.actions import ACTIONS
from apps.curation.services import candidate_accept
from apps.memory.models import Triple
from apps.provenance.models import Checkpoint, Log
from apps.provenance.services.sequencer import log_of, seal
from apps.webhooks.models import Delivery, Feed
from apps.webhooks.services import KINDS, endpoint_make, endpoint_switch, follow, following
from apps.webhooks.services.messages import KIND_OF
from tests import factories


def said():
    return [json.loads(one.body) for one in Delivery.objects.order_by("pk")]


def test_it_tells_of_an_accepted_fact_in_numbers_alone(space, alice, bob, receiver, make):
    make(receiver)
    document = factories.make_document(space, alice)
    candidate = factories.make_candidate(document, alice)
    candidate_accept(candidate=candidate, actor=bob)
    follow()
    (message,) = [one for one in said() if one["type"] == "fact.accepted"]
    triple = Triple.objects.get()
    assert message["data"]["triple"] == triple.pk
    assert message["data"]["candidate"] == candidate.pk
    assert message["data"]["document"] == document.pk
    assert message["data"]["page"] == f"http://testserver/s/atlas/facts/{triple.pk}/"
    assert resolve(message["data"]["api"].removeprefix("http://testserver")).url_name == "space"
    whole = "".join(one.body for one in Delivery.objects.all())
    for word in ("Ada", "Lindenau", "birth", "alice", "bob"):
        assert word not in whole


@pytest.mark.parametrize("action", sorted(KIND_OF))
def test_every_event_has_a_message_with_a_page_that_is_there(
    action, space, alice, receiver, make, happen
):
    make(receiver)
    given = {"candidates": [7], "triple": 7, "facts": 2}
    event = happen(action, **{k: v for k, v in given.items() if k in ACTIONS[action].keys})
    follow()
    (message,) = said()
    assert message["type"] == KIND_OF[action].name
    assert message["data"]["event"] == event
    assert message["timestamp"].endswith("Z")
    page = message["data"]["page"].removeprefix("http://testserver").partition("?")[0]
    assert resolve(page).kwargs["slug"] == "atlas"


def test_every_kind_can_happen():
    assert {kind.name for kind in KIND_OF.values()} | {"checkpoint.sealed"} == set(KINDS)


def test_it_tells_of_checkpoints_once_with_their_note(space, receiver, make, happen):
    make(receiver, kinds=["checkpoint.sealed"])
    happen()
    seal()
    log = log_of(space)
    made = Checkpoint.objects.create(log=log, size=log.size, root=b"x", note="the note\n")
    assert (follow(), follow()) == (1, 0)
    (message,) = said()
    assert message["data"]["note"] == "the note\n"
    assert message["data"]["size"] == log.size
    assert resolve(message["data"]["page"].removeprefix("http://testserver")).kwargs == {
        "slug": "atlas", "pk": made.pk,
    }  # fmt: skip


def test_what_is_rolled_back_is_told_to_nobody(space, receiver, make, happen):
    make(receiver)
    with transaction.atomic():
        happen()
        transaction.set_rollback(True)
    assert follow() == 0
    kept = happen()
    assert follow() == 1
    assert said()[0]["data"]["event"] == kept


def test_what_a_killed_follower_had_not_saved_is_planned_by_the_next(
    space, receiver, make, happen, monkeypatch
):
    make(receiver)
    happen()
    with monkeypatch.context() as patch:
        patch.setattr(following, "_ring", lambda new: 1 / 0)  # after all is written
        with pytest.raises(ZeroDivisionError):
            follow()
    assert not Delivery.objects.exists()
    assert (follow(), follow()) == (1, 0)


def test_a_position_that_was_set_back_plans_nothing_twice(space, receiver, make, happen):
    make(receiver)
    happen()
    follow()
    Feed.objects.update(position=0)
    follow()
    assert Delivery.objects.count() == 1


def test_many_events_are_read_in_batches(space, receiver, make, happen, monkeypatch):
    monkeypatch.setattr(following, "BATCH", 3)
    make(receiver)
    for _ in range(8):
        happen()
    assert follow() == 8
    assert Feed.objects.get().position == Log.objects.get(space=space).size


def test_it_tells_of_what_was_chosen_and_of_what_comes_after_it_was_made(
    space, receiver, make, happen
):
    happen("run.fell")
    seal()
    make(receiver, kinds=["run.regressed"])
    happen("run.finished")
    event = happen("run.fell")
    assert follow() == 1
    assert said()[0]["data"]["event"] == event


def test_what_happens_while_it_is_off_is_not_told_later(space, alice, receiver, make, happen):
    endpoint = make(receiver)
    endpoint_switch(endpoint=endpoint, actor=alice, on=False)
    happen()
    seal()
    endpoint_switch(endpoint=endpoint, actor=alice, on=True)
    happen()
    assert follow() == 1


def test_another_space_is_told_of_nothing(space, alice, receiver, make, happen, mallory):
    elsewhere = mallory.memberships.first().space
    endpoint_make(
        space=elsewhere,
        actor=mallory,
        name="Ear",
        address=receiver.url,
        kinds=list(KINDS),
        site="x",
    )
    happen()
    assert follow() == 0


def test_a_message_names_a_hundred_rows_at_most(space, receiver, make, happen):
    make(receiver)
    happen("candidate.proposed", candidates=list(range(1, 2001)))
    follow()
    assert len(said()[0]["data"]["candidates"]) == 100
    assert said()[0]["data"]["count"] == 2000


def test_what_waits_for_one_that_rests_is_due_when_it_has_rested(space, receiver, make, happen):
    endpoint = make(receiver)
    rest = timezone.now() + timedelta(minutes=4)
    type(endpoint).objects.update(rests_until=rest)
    happen()
    follow()
    assert Delivery.objects.get().due_at == rest
