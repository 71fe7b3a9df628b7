"""The page of a fact."""

import pytest
from django.urls import reverse
from django.utils import timezone

from apps.asking.services import question_ask, question_run
from apps.audit.models import Event
from apps.curation.services import candidate_accept, candidate_edit
from apps.memory.models import Alias, Relation, Triple
from tests import factories
from tests.apps.asking.rows import QUESTION, fill


@pytest.fixture
def memory(space, bob):
    return fill(space, bob)


@pytest.fixture
def triple(memory):
    return memory[0]


def page(triple, part=""):
    return f"/s/atlas/facts/{triple.pk}/{part}"


def accept(triple, evidence, bob, **fields):
    """Put the decision on record that let the fact in."""
    document = evidence.passage.document
    candidate = factories.make_candidate(document, bob, state="accepted")
    return candidate.decisions.create(
        **{"action": "accept", "actor": bob, "triple": triple, "evidence": evidence, **fields}
    )


@pytest.mark.parametrize(
    ("who", "status"),
    [("alice", 200), ("bob", 200), ("carol", 200), ("dave", 200), ("mallory", 404)],
)
def test_it_shows_a_fact_to_every_member(space, triple, sign_in, request, who, status):
    assert sign_in(request.getfixturevalue(who)).get(page(triple)).status_code == status


def test_it_finds_no_fact_of_another_space(space, alice, bob, sign_in):
    other, _ = fill(factories.make_space("other"), bob)
    assert sign_in(alice).get(page(other)).status_code == 404


def test_it_shows_where_the_fact_comes_from(space, bob, carol, memory, sign_in):
    triple, evidence = memory
    decision = accept(triple, evidence, bob)
    html = sign_in(carol).get(page(triple)).content.decode()
    assert '<h1 class="question">Ada Brook was born in Lindenau.</h1>' in html
    assert f'href="/s/atlas/memory/entities/{triple.subject_id}/">Ada Brook</a>' in html
    assert ">Lindenau</mark>" in html
    place = f"?fact={decision.candidate_id}#at-0"
    assert f'href="/s/atlas/sources/{evidence.passage.document_id}/{place}"' in html
    assert "<strong>bob</strong> accepted it" in html
    assert "proposed by write head scripted" in html
    assert "None yet." in html


def test_its_evidence_link_opens_the_document(space, bob, carol, memory, sign_in):
    triple, evidence = memory
    decision = accept(triple, evidence, bob)
    address = f"/s/atlas/sources/{evidence.passage.document_id}/?fact={decision.candidate_id}"
    html = sign_in(carol).get(address).content.decode()
    assert 'id="at-0"' in html


def test_it_shows_what_was_undone_and_taken_back(space, alice, bob, memory, sign_in):
    triple, evidence = memory
    accept(triple, evidence, bob, undone_at=timezone.now(), undone_by=alice)
    type(evidence).objects.filter(pk=evidence.pk).update(retracted_at=timezone.now())
    html = sign_in(bob).get(page(triple)).content.decode()
    assert "Undone by alice" in html
    assert "taken back" in html


def test_it_shows_the_edit_and_what_was_proposed(space, bob, memory, sign_in):
    triple, evidence = memory
    accept(triple, evidence, bob, action="edit", before={"object_text": "Linden"})
    html = sign_in(bob).get(page(triple)).content.decode()
    assert "edited and accepted it" in html
    assert "Proposed as: Ada Brook" in html


def test_it_shows_answers_only_to_those_who_may_open_them(
    space, alice, bob, carol, triple, sign_in
):
    question = question_run(question_id=question_ask(space=space, actor=carol, text=QUESTION).pk)
    link = f"/s/atlas/ask/questions/{question.pk}/#citation-1"
    for person in (alice, carol):
        html = sign_in(person).get(page(triple)).content.decode()
        assert f'href="{link}">{QUESTION}' in html
    html = sign_in(bob).get(page(triple)).content.decode()
    assert link not in html
    assert QUESTION not in html
    assert "1 in conversations of others." in html


def test_it_links_what_replaced_it_and_what_it_replaced(space, bob, triple, sign_in):
    newer = factories.make_triple(space, "Ada Brook", "place of birth", "Karsholm")
    Triple.objects.filter(pk=triple.pk).update(
        status="superseded", superseded_by=newer, retracted_at=timezone.now()
    )
    client = sign_in(bob)
    old = client.get(page(triple)).content.decode()
    assert "A newer fact stands in its place" in old
    assert f'href="{page(newer)}"' in old
    new = client.get(page(newer)).content.decode()
    assert "Stands in the place of" in new
    assert f'href="{page(triple)}"' in new


@pytest.mark.parametrize(
    ("who", "status"),
    [("alice", 302), ("bob", 302), ("carol", 403), ("dave", 403), ("mallory", 404)],
)
def test_it_lets_owners_and_reviewers_take_a_fact_out(space, triple, sign_in, request, who, status):
    person = request.getfixturevalue(who)
    client = sign_in(person)
    if status != 404:
        offered = page(triple, "retract/") in client.get(page(triple)).content.decode()
        assert offered == (status == 302)
    assert client.post(page(triple, "retract/"), {"reason": "Wrong."}).status_code == status
    triple.refresh_from_db()
    if status == 302:
        assert triple.status == "retracted"
        event = Event.objects.get(action="triple.retracted")
        assert (event.actor, event.payload["reason"]) == (person, "Wrong.")
        html = client.get(page(triple)).content.decode()
        assert "This fact was taken out of the memory" in html
        assert page(triple, "retract/") not in html
        assert "retracted a fact" in html
    else:
        assert triple.status == "active"


def test_it_wants_a_reason_for_taking_a_fact_out(space, alice, triple, sign_in):
    response = sign_in(alice).post(page(triple, "retract/"), {"reason": "  "})
    assert response.status_code == 422
    assert "Say why" in response.content.decode()
    triple.refresh_from_db()
    assert triple.status == "active"


def test_it_takes_a_fact_out_once(space, alice, triple, sign_in):
    client = sign_in(alice)
    client.post(page(triple, "retract/"), {"reason": "Wrong."})
    again = client.post(page(triple, "retract/"), {"reason": "Wrong."}, follow=True)
    assert "The fact is no longer active." in again.content.decode()
    assert Event.objects.filter(action="triple.retracted").count() == 1


def test_a_retracted_fact_answers_nothing_but_old_answers_stay(
    space, alice, carol, triple, sign_in
):
    first = question_run(question_id=question_ask(space=space, actor=carol, text=QUESTION).pk)
    client = sign_in(alice)
    client.post(page(triple, "retract/"), {"reason": "Wrong."})
    second = question_run(question_id=question_ask(space=space, actor=carol, text=QUESTION).pk)
    assert second.answer.abstained
    html = client.get(f"/s/atlas/ask/questions/{first.pk}/").content.decode()
    assert "Ada Brook was born in Lindenau" in html
    assert "retracted" in html


def test_it_asks_no_more_of_the_database_for_more_evidence(
    space, bob, triple, sign_in, django_assert_max_num_queries
):
    for number in range(6):
        document = factories.make_document(
            space, bob, f"No. {number}: Ada Brook comes from Lindenau."
        )
        accept(triple, factories.make_evidence(triple, document, bob), bob)
    client = sign_in(bob)
    with django_assert_max_num_queries(18):
        client.get(page(triple))


def test_it_shows_the_wording_that_was_approved_when_that_of_the_relation_has_changed(
    space, alice, bob, sign_in
):
    candidate = factories.make_candidate(factories.make_document(space, alice), alice)
    decision = candidate_accept(candidate=candidate, actor=bob)
    assert decision.statement == "Ada Brook was born in Lindenau."
    client = sign_in(bob)
    address = reverse("facts:triple", args=[space.slug, decision.triple.pk])
    assert "What bob saw" not in client.get(address).content.decode()

    Relation.objects.update(template="{subject} never saw {object}.")
    shown = client.get(address).content.decode()
    assert "What bob saw: “Ada Brook was born in Lindenau.”" in shown
    assert "Ada Brook never saw Lindenau." in shown


def test_it_shows_what_an_edit_was_made_of(space, alice, bob, sign_in):
    town = factories.make_entity(space, "Old Town", type="LOC")
    Alias.objects.create(space=space, entity=town, name="Lindenau")
    candidate = factories.make_candidate(factories.make_document(space, alice), alice)
    changes = {"object_text": "Old Town"}
    decision = candidate_edit(candidate=candidate, actor=bob, changes=changes)
    shown = sign_in(bob).get(reverse("facts:triple", args=[space.slug, decision.triple.pk]))
    assert "Proposed as: Ada Brook – place of birth – Lindenau" in shown.content.decode()
