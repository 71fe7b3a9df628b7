"""Cards of facts that are due: held by one reviewer, decided as they were shown, taken back."""

from __future__ import annotations

import re
import threading
from datetime import timedelta

import pytest
from django.db import connection, connections
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import Role
from apps.asking.due_selectors import due_facts, said_recently, version_of
from apps.asking.models import DueHold, LastWord
from apps.asking.services import (
    DueRefused,
    due_hold_take,
    due_put_off,
    due_retract,
    due_still_true,
    due_take_back,
    fact_correct,
)
from apps.asking.services.errors import DueChanged, NothingSaid
from apps.audit.models import Event
from apps.curation.models import Candidate
from apps.memory.controller import ConflictError, MemoryController
from apps.memory.models import FactSchedule, Triple
from apps.memory.selectors import facts_due
from apps.memory.services import fact_still_true, triple_retract, volatility_learn
from tests import factories
from tests.apps.asking.test_due import aged, schedule

pytestmark = pytest.mark.django_db
KEPT = ("stability", "difficulty", "held_at", "confirmations", "put_off_until", "due_at")


@pytest.fixture
def first(space) -> Triple:
    return aged(space, 2600)


@pytest.fixture
def second(space, first) -> Triple:
    return aged(space, 2500, name="Ben Brook")


@pytest.fixture
def erin(space):
    user = factories.make_user("erin")
    factories.grant(space, user, Role.REVIEWER)
    return user


@pytest.fixture
def bobs(sign_in, bob):
    return sign_in(bob)


@pytest.fixture
def erins(sign_in, erin):
    return sign_in(erin)


def at(name: str, triple: Triple | None = None) -> str:
    return reverse(f"facts:{name}", args=["atlas", *([triple.pk] if triple else [])])


def shown(answer) -> Triple | None:
    return answer.context.get("triple")


def version(triple: Triple) -> str:
    return version_of(schedule(triple))


def kept(triple: Triple) -> list[object]:
    return [getattr(schedule(triple), name) for name in KEPT]


def test_two_reviewers_get_two_cards(bobs, erins, first, second) -> None:
    assert shown(bobs.get(at("due"))) == first
    assert shown(erins.get(at("due"))) == second
    assert shown(bobs.get(at("due"))) == first  # a reload stays
    erins.post(at("due-still-true", second), {"version": version(second)})
    page = erins.get(at("due"))
    assert shown(page) is None
    assert "The rest is open with others" in page.content.decode()
    DueHold.objects.update(until=timezone.now() - timedelta(seconds=1))
    assert shown(erins.get(at("due"))) == first


def test_a_card_that_somebody_has_open_has_no_decisions(bobs, erins, first) -> None:
    bobs.get(at("due"))
    said = erins.get(at("due"), {"fact": first.pk}).content.decode()
    assert "Open with bob." in said
    assert 'data-shortcut="a"' not in said
    for query in ("", "edit"):
        assert (
            "Propose" not in erins.get(at("due"), {"fact": first.pk, query: "1"}).content.decode()
        )
    answer = erins.post(at("due-hold-take-over", first))
    assert 'data-shortcut="a"' in erins.get(answer["Location"]).content.decode()
    renewed = bobs.get(at("due-hold-renew", first), {"version": version(first)}).content.decode()
    assert "Open with erin." in renewed
    assert "hx-trigger" not in renewed


def test_the_open_page_renews_its_hold_and_leaving_lets_go(bobs, erins, first) -> None:
    page = bobs.get(at("due")).content.decode()
    until = re.search(r'data-until="([^"]+)"', page)[1]
    assert f'version": "{version(first)}' in page
    before = DueHold.objects.get().until
    renewed = bobs.get(at("due-hold-renew", first), {"version": version(first)}).content.decode()
    assert DueHold.objects.get().until > before
    bobs.post(at("due-hold-release", first), {"until": until})
    assert DueHold.objects.exists()  # it was renewed since
    until = re.search(r'data-until="([^"]+)"', renewed)[1]
    assert bobs.post(at("due-hold-release", first), {"until": until}).status_code == 204
    assert not DueHold.objects.exists()
    assert bobs.post(at("due-hold-release", first), {"until": "soon"}).status_code == 204
    assert shown(erins.get(at("due"))) == first


def test_the_open_page_is_told_that_the_fact_was_decided(bobs, erin, first) -> None:
    bobs.get(at("due"))
    shown_as = version(first)
    due_still_true(triple=first, actor=erin)
    said = bobs.get(at("due-hold-renew", first), {"version": shown_as}).content.decode()
    assert "Decided or changed meanwhile" in said
    assert "hx-trigger" not in said


@pytest.mark.django_db(transaction=True)
def test_of_many_who_take_one_card_at_once_one_has_it(space, first) -> None:
    people = [factories.make_user(f"person{number}") for number in range(8)]
    found: list[DueHold | None] = []
    start = threading.Barrier(len(people))

    def take(person) -> None:
        try:
            start.wait(timeout=10)
            found.append(due_hold_take(triple=first, holder=person))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=take, args=[person]) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)
    assert sum(one is not None for one in found) == 1
    assert len(found) == len(people)


@pytest.mark.parametrize("decide", ["due-still-true", "due-later", "due-retract", "due-edit"])
def test_a_decision_on_another_version_changes_nothing(
    decide, bobs, space, erin, first, second
) -> None:
    shown_as = version(first)
    due_put_off(triple=first, actor=erin)
    before, events = kept(first), Event.objects.count()
    sent = {"version": shown_as, "object": "Halden"}
    answer = bobs.post(at(decide, first), sent, follow=True)
    assert "since its card was shown" in answer.content.decode()
    assert bobs.post(at(decide, first), {"object": "Halden"}, follow=True)  # none stated
    first.refresh_from_db()
    assert (kept(first), first.status, Event.objects.count()) == (before, "active", events)
    assert not Candidate.objects.exists()
    assert LastWord.objects.get().actor == erin


def test_a_read_makes_no_other_version_and_a_change_of_the_fact_does(space, alice, first) -> None:
    before = version(first)
    MemoryController(space).mark_read([first.pk])
    assert version(first) == before
    MemoryController(space).end(first, actor=alice, valid_to=timezone.localdate() + timedelta(9))
    assert version(first) != before


@pytest.mark.parametrize("say", [due_still_true, due_put_off])
def test_what_was_said_is_taken_back(say, space, bob, first) -> None:
    before = kept(first)
    say(triple=first, actor=bob, version=version(first))
    assert not facts_due(space).exists()
    [said] = said_recently(space, bob)
    assert said.stands
    due_take_back(triple=first, actor=bob)
    assert kept(first) == before
    assert [row.triple for row in due_facts(space)] == [first]
    event = Event.objects.get(action=f"triple.{said.word.kind}_undone")
    assert (event.actor, event.payload["subject"]["id"]) == (bob, first.subject_id)
    with pytest.raises(NothingSaid):
        due_take_back(triple=first, actor=bob)


def test_a_retraction_is_taken_back_with_the_schedule(space, bob, first) -> None:
    before = kept(first)
    due_retract(triple=first, actor=bob, reason="left")
    volatility_learn()
    assert schedule(first).due_at is None
    due_take_back(triple=first, actor=bob)
    first.refresh_from_db()
    assert (first.status, first.retracted_at) == ("active", None)
    assert kept(first) == before
    assert [row.triple for row in due_facts(space)] == [first]
    assert Event.objects.get(action="triple.restored").actor == bob


def test_what_was_read_meanwhile_counts_when_it_is_taken_back(space, bob, first) -> None:
    due_still_true(triple=first, actor=bob)
    MemoryController(space).mark_read([first.pk])
    due_take_back(triple=first, actor=bob)
    assert schedule(first).uses == pytest.approx(1)


def test_nobody_takes_back_what_another_one_said_or_what_changed_since(
    space, alice, bob, erin, first, second
) -> None:
    due_still_true(triple=first, actor=bob)
    with pytest.raises(NothingSaid):
        due_take_back(triple=first, actor=erin)
    fact_still_true(triple=first, actor=erin)
    assert [one.stands for one in said_recently(space, bob)] == [False]
    with pytest.raises(DueChanged):
        due_take_back(triple=first, actor=bob)
    due_put_off(triple=second, actor=bob)
    triple_retract(triple=second, actor=alice, reason="wrong")
    with pytest.raises(DueChanged):
        due_take_back(triple=second, actor=bob)
    second.refresh_from_db()
    assert second.status == "retracted"


def test_a_retraction_stays_where_another_value_came_since(space, bob) -> None:
    relation = factories.make_relation(space, "place of birth")
    type(relation).objects.filter(pk=relation.pk).update(single_valued=True)
    fact = aged(space, 4000, relation="place of birth")
    FactSchedule.objects.update(due_at=timezone.now())
    due_retract(triple=fact, actor=bob, reason="wrong")
    factories.make_triple(space, "Ada Brook", "place of birth", "Halden")
    with pytest.raises(ConflictError):
        due_take_back(triple=fact, actor=bob)
    assert LastWord.objects.exists()
    fact.refresh_from_db()
    assert fact.status == "retracted"


def test_a_correction_states_its_version(space, bob, erin, first) -> None:
    shown_as = version(first)
    due_put_off(triple=first, actor=erin)
    with pytest.raises(DueChanged):
        fact_correct(triple=first, actor=bob, object="Halden", version=shown_as)
    with pytest.raises(DueRefused):
        fact_correct(triple=first, actor=bob, object="\x00", version=version(first))
    fact_correct(triple=first, actor=bob, object="Halden", version=version(first))
    assert Candidate.objects.get().replaces == first


def test_it_is_undone_from_the_page_right_after(bobs, space, bob, erins, first) -> None:
    for decide, said in (
        ("due-still-true", "Still true"),
        ("due-later", "Put off for 7 days"),
        ("due-retract", "Taken out of the memory"),
    ):
        page = bobs.post(at(decide, first), {"version": version(first)}, follow=True)
        text = page.content.decode()
        assert f"<span>{said}: Ada Brook" in text
        assert text.count(at("due-undo", first)) == 2  # in the message and in the list
        assert (
            "nothing of this fact"
            in erins.post(at("due-undo", first), follow=True).content.decode()
        )
        page = bobs.post(at("due-undo", first), follow=True)
        assert shown(page) == first
        assert "Taken back" in page.content.decode()
    assert not LastWord.objects.exists()


def test_only_reviewers_of_the_space_hold_and_take_back(
    sign_in, carol, mallory, bob, first
) -> None:
    due_still_true(triple=first, actor=bob)
    for person, status in ((carol, 403), (mallory, 404)):
        client = sign_in(person)
        for name in ("due-undo", "due-hold-release", "due-hold-take-over"):
            assert client.post(at(name, first)).status_code == status
        assert client.get(at("due-hold-renew", first)).status_code == status
    assert not DueHold.objects.exists()


def test_the_list_of_what_was_said_asks_once(space, bob, first, second, django_assert_num_queries):
    for triple in (first, second):
        due_still_true(triple=triple, actor=bob)
    with django_assert_num_queries(1):
        assert [str(one.word.triple.subject) for one in said_recently(space, bob)] == [
            "Ben Brook", "Ada Brook",
        ]  # fmt: skip
    assert connection.in_atomic_block
