"""Facts that are due: scheduled from volatility, reads and confirmations, and asked about."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from apps.asking.due_selectors import due_facts, version_of, why_due
from apps.asking.models import Answer, Citation
from apps.asking.services import DueRefused, answer_confirm, fact_correct
from apps.audit.models import Event
from apps.curation.models import Candidate
from apps.memory.controller import (
    EntityInput,
    EvidenceInput,
    MemoryController,
    NotActive,
    TripleInput,
)
from apps.memory.models import FactSchedule, Triple
from apps.memory.selectors import facts_due
from apps.memory.services import (
    fact_put_off,
    fact_still_true,
    schedules_upkeep,
    triple_retract,
    volatility_learn,
)
from tests import factories
from worker import spacing

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def aged(space, days: float, name: str = "Ada Brook", relation: str = "employer") -> Triple:
    """Return a fact that came in so many days ago, scheduled."""
    triple = factories.make_triple(space, name, relation, "Brook Institute")
    Triple.objects.filter(pk=triple.pk).update(recorded_at=timezone.now() - days * DAY)
    schedules_upkeep()
    return triple


def schedule(triple: Triple) -> FactSchedule:
    return FactSchedule.objects.get(pk=triple.pk)


def days_to(moment) -> float:
    return (moment - timezone.now()) / DAY


def test_every_fact_is_scheduled_from_the_volatility_of_its_relation(space) -> None:
    lasting = aged(space, 0)
    born = factories.make_relation(space, "date of birth")
    type(born).objects.filter(pk=born.pk).update(lasts=False)
    fixed = aged(space, 0, relation="date of birth")
    assert schedule(lasting).stability == pytest.approx(256.6, abs=1)
    assert schedule(fixed).stability == spacing.LONGEST
    wanted = spacing.interval(schedule(lasting).stability, 0)
    assert days_to(schedule(lasting).due_at) == pytest.approx(wanted, abs=0.1)
    assert schedules_upkeep() == 0


def test_a_relation_whose_facts_were_replaced_is_looked_at_sooner(space, alice) -> None:
    for number in range(4):
        gone = aged(space, 100, name=f"Person {number}")
        triple_retract(triple=gone, actor=alice, reason="left")
    assert schedule(aged(space, 0)).stability < 100


def test_facts_follow_what_is_learnt_of_their_relation(space, alice, bob) -> None:
    waiting, said = aged(space, 100), aged(space, 100, name="Ben Brook")
    fact_still_true(triple=said, actor=bob)
    before = schedule(waiting)
    for number in range(6):
        gone = aged(space, 100, name=f"Person {number}")
        triple_retract(triple=gone, actor=alice, reason="left")
    assert volatility_learn() == 2
    after = schedule(waiting)
    relation = waiting.relation.triples
    years = sum((timezone.now() - one.recorded_at) / DAY for one in relation.all()) / 365.25
    first = spacing.first_stability(lasts=True, changes=6, years=years)
    assert after.stability == pytest.approx(first, rel=0.01)
    assert after.due_at < before.due_at
    assert schedule(said).stability == pytest.approx(spacing.GROWN * first, rel=0.01)
    assert volatility_learn() == 0


def test_what_is_read_comes_up_sooner_and_is_stronger(space) -> None:
    triple = aged(space, 10)
    before = schedule(triple)
    for _ in range(5):
        MemoryController(space).mark_read([triple.pk])
    assert schedules_upkeep() == 1
    after = schedule(triple)
    assert after.due_at < before.due_at
    wanted = spacing.interval(after.stability, 5) - 10
    assert days_to(after.due_at) == pytest.approx(wanted, abs=0.1)


def test_a_reviewer_says_that_it_is_still_true(space, bob) -> None:
    triple = aged(space, 2500)
    assert [row.triple_id for row in facts_due(space)] == [triple.pk]
    before = schedule(triple).stability
    fact_still_true(triple=triple, actor=bob)
    row = schedule(triple)
    assert not facts_due(space).exists()
    assert row.stability > before
    assert row.confirmations == 1
    assert Event.objects.get(action="triple.still_true").actor == bob


def test_it_comes_up_later(space, bob) -> None:
    triple = aged(space, 2500)
    fact_put_off(triple=triple, actor=bob)
    assert days_to(schedule(triple).due_at) == pytest.approx(7, abs=0.1)
    MemoryController(space).mark_read([triple.pk])
    schedules_upkeep()  # a read does not bring it back
    assert days_to(schedule(triple).due_at) == pytest.approx(7, abs=0.1)
    assert Event.objects.get(action="triple.put_off").payload["days"] == 7


def test_putting_off_what_somebody_else_just_confirmed_brings_it_back_no_sooner(space, bob) -> None:
    triple = aged(space, 2500)
    fact_still_true(triple=triple, actor=bob)
    due = schedule(triple).due_at
    assert days_to(due) > 7
    fact_put_off(triple=triple, actor=bob)
    assert schedule(triple).due_at == due
    FactSchedule.objects.update(put_off_until=timezone.now() + 14 * DAY)
    fact_put_off(triple=triple, actor=bob)
    assert days_to(schedule(triple).put_off_until) == pytest.approx(14, abs=0.1)


def test_what_has_ended_is_not_asked_about_and_was_not_seen_to_change(space, bob, client) -> None:
    today = timezone.localdate()
    for number in range(5):
        ended = aged(space, 2500, name=f"Person {number}")
        Triple.objects.filter(pk=ended.pk).update(valid_to=today - 3000 * DAY)
    assert not facts_due(space).exists()
    client.force_login(bob)
    said = client.get(reverse("facts:triple", args=[space.slug, ended.pk])).content.decode()
    assert "asked whether it is still true" not in said
    assert schedule(aged(space, 0)).stability > 250  # as if none of them had changed
    Triple.objects.filter(pk=ended.pk).update(valid_to=today + 30 * DAY)
    assert [row.triple_id for row in facts_due(space)] == [ended.pk]
    volatility_learn()
    before = schedule(ended).stability
    Triple.objects.filter(subject__name__startswith="Person").update(valid_to=today - 100 * DAY)
    volatility_learn()
    assert schedule(ended).stability < 0.8 * before  # these ended while they were known


def test_a_large_import_is_scheduled_in_parts(space, monkeypatch) -> None:
    monkeypatch.setattr("apps.memory.controller.spacing.MOST_AT_ONCE", 2)
    monkeypatch.setattr("apps.memory.controller.spacing.MOST_ROUNDS", 2)
    for number in range(5):
        factories.make_triple(space, f"Person {number}", "employer", "Brook Institute")
    assert [schedules_upkeep() for _ in range(3)] == [4, 1, 0]
    assert FactSchedule.objects.filter(due_at__isnull=False).count() == 5


def test_the_card_says_how_often_a_month_it_is_read(space) -> None:
    triple = aged(space, 2500)
    now = timezone.now()
    # Read once a day for long, and last half a month ago.
    steady = sum(0.5 ** (day / 30) for day in range(1000))
    FactSchedule.objects.filter(pk=triple.pk).update(uses=steady, used_at=now)
    assert why_due(schedule(triple)).monthly == pytest.approx(30, rel=0.02)
    FactSchedule.objects.filter(pk=triple.pk).update(used_at=now - 15 * DAY)
    assert why_due(schedule(triple)).monthly == pytest.approx(30 * 0.5**0.5, rel=0.02)


def test_more_evidence_and_an_answer_that_is_right_count_as_confirmations(
    space, alice, carol
) -> None:
    memory = MemoryController(space)
    relation = factories.make_relation(space, "place of birth")
    given = TripleInput(EntityInput("Ada Brook"), relation, EntityInput("Lindenau"))
    passage = factories.make_document(space, alice).passages.get()
    spans = factories.spans_in(passage, "Ada Brook", "Lindenau")
    sides = (
        (spans[f"{one}_start"], spans[f"{one}_end"]) for one in ("sentence", "subject", "object")
    )
    triple = memory.write(given, actor=alice).triple
    assert not FactSchedule.objects.exists()
    memory.write(given, EvidenceInput(passage, *sides), actor=alice)
    assert schedule(triple).confirmations == 1
    question = factories.make_question(space, carol)
    answer = Answer.objects.create(
        question=question, text="Lindenau [1].", abstained=False, head_version="1", seconds=0.1
    )
    Citation.objects.create(
        answer=answer, number=1, triple=triple, statement="Ada Brook was born in Lindenau.",
        approved_by_label="alice", approved_at=timezone.now(),
    )  # fmt: skip
    answer_confirm(answer=answer, actor=carol)
    answer_confirm(answer=answer, actor=carol)
    assert schedule(triple).confirmations == 2
    question.as_of = timezone.localdate() - 400 * DAY
    answer_confirm(answer=answer, actor=alice)
    assert schedule(triple).confirmations == 2  # of today it says nothing


def test_what_left_the_memory_is_not_due(space, alice, bob) -> None:
    triple = aged(space, 2500)
    triple_retract(triple=triple, actor=alice, reason="wrong")
    assert not facts_due(space).exists()
    for work in (fact_still_true, fact_put_off):
        with pytest.raises(NotActive):
            work(triple=triple, actor=bob)
    triple.refresh_from_db()
    with pytest.raises(NotActive):
        fact_correct(triple=triple, actor=bob, object="Halden")
    assert not Candidate.objects.exists()


def test_a_fact_that_went_while_its_card_was_open_is_not_corrected(space, alice, bob) -> None:
    triple = aged(space, 2500)
    shown = Triple.objects.get(pk=triple.pk)
    triple_retract(triple=triple, actor=alice, reason="wrong")
    assert shown.status == "active"
    with pytest.raises(NotActive):
        fact_correct(triple=shown, actor=bob, object="Halden")


def test_the_form_opens_for_no_other_fact_than_the_one_that_was_pressed(
    space, alice, bob, client
) -> None:
    first = aged(space, 2600)
    aged(space, 2500, name="Ben Brook")
    fact_still_true(triple=first, actor=alice)
    client.force_login(bob)
    page = reverse("facts:due", args=[space.slug])
    said = client.get(page, {"fact": first.pk, "edit": "1"}).content.decode()
    assert "Ben Brook" in said
    assert "What is it now?" not in said
    address = reverse("facts:due-edit", args=[space.slug, first.pk])
    answered = client.post(address, {"object": "Halden", "valid_from": "soon"}, follow=True)
    (message,) = answered.context["messages"]
    assert str(message)


def test_what_comes_back_into_the_memory_is_scheduled_as_it_was(space, alice, bob) -> None:
    triple = aged(space, 2500)
    fact_still_true(triple=triple, actor=bob)
    before = schedule(triple)
    triple_retract(triple=triple, actor=alice, reason="wrong")
    volatility_learn()
    assert schedule(triple).due_at is None
    assert schedules_upkeep() == 0
    Triple.objects.filter(pk=triple.pk).update(status="active", retracted_at=None)
    assert schedules_upkeep() == 1
    after = schedule(triple)
    assert (after.due_at, after.stability) == (before.due_at, before.stability)


def test_a_correction_is_proposed_and_the_fact_stands(space, bob) -> None:
    triple = aged(space, 2500)
    found = fact_correct(triple=triple, actor=bob, object="Halden Works")
    assert (found.replaces, found.object_text, found.state) == (triple, "Halden Works", "pending")
    triple.refresh_from_db()
    assert triple.status == "active"
    assert not facts_due(space).exists()  # somebody decides first
    with pytest.raises(DueRefused):
        fact_correct(triple=triple, actor=bob, object="\x00")
    with pytest.raises(DueRefused, match="says this already"):
        fact_correct(triple=triple, actor=bob, object="brook institute")


def test_the_queue_is_one_query_on_its_index(space) -> None:
    for number in range(3):
        aged(space, 2500, name=f"Person {number}")
    with CaptureQueriesContext(connection) as found:
        rows = list(due_facts(space))
        assert [str(row.triple.subject) for row in rows]
    assert len(found) == 1
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    plan = facts_due(space).explain()
    assert "memory_schedule_due" in plan


def test_a_reviewer_goes_through_the_cards(space, alice, bob, client) -> None:
    first, second = aged(space, 2600), aged(space, 2500, name="Ben Brook")
    factories.make_relation(space, "employer")
    page = reverse("facts:due", args=[space.slug])
    client.force_login(bob)

    def post(name: str, triple: Triple, **data):
        data["version"] = version_of(schedule(triple))
        return client.post(reverse(f"facts:due-{name}", args=[space.slug, triple.pk]), data)

    review = client.get(reverse("curation:review", args=[space.slug])).content.decode()
    assert "2 still true?" in review
    said = client.get(page).content.decode()
    assert "Ada Brook" in said
    assert 'data-shortcut="a"' in said
    assert "Nobody has said that it holds" in said
    assert post("still-true", first).status_code == 302
    said = client.get(page).content.decode()
    assert "Ben Brook" in said
    assert "What is it now?" in client.get(page, {"fact": second.pk, "edit": "1"}).content.decode()
    assert client.get(page, {"fact": "9" * 30}).status_code == 200
    assert post("edit", second, object="").status_code == 422
    assert post("edit", second, object="Halden Works", valid_from="2026-02").status_code == 302
    assert Candidate.objects.get().replaces == second
    assert "Nothing is due" in client.get(page).content.decode()
    assert post("later", second).status_code == 302
    assert post("retract", second).status_code == 302
    second.refresh_from_db()
    assert second.status == "retracted"
    assert Event.objects.get(action="triple.retracted").payload["reason"] == "not true any more"
    assert post("later", second).status_code == 302  # says why not
    assert post("edit", second, object="x").status_code == 302


def test_only_reviewers_are_asked(space, carol, dave, client) -> None:
    triple = aged(space, 2500)
    for user in (carol, dave):
        client.force_login(user)
        assert client.get(reverse("facts:due", args=[space.slug])).status_code == 403
        address = reverse("facts:due-still-true", args=[space.slug, triple.pk])
        assert client.post(address).status_code == 403


def test_the_page_of_a_fact_says_when_it_is_due_and_fades(space, bob, client) -> None:
    triple = aged(space, 10)
    row = schedule(triple)
    assert row.fades_from == row.due_at  # nobody ever read it
    MemoryController(space).mark_read([triple.pk])
    row.refresh_from_db()
    assert row.fades_from == row.used_at
    client.force_login(bob)
    said = client.get(reverse("facts:triple", args=[space.slug, triple.pk])).content.decode()
    assert "asked whether it is still true" in said
    assert f"{row.due_at:%Y}" in said
