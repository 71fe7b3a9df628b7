"""Edit, merge and replace in the browser."""

from __future__ import annotations

import time

import pytest
from django.urls import reverse

from apps.curation.models import Candidate, Decision
from apps.curation.services import candidate_reject
from apps.memory.models import Entity, Triple
from tests import factories

HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def candidate(space, alice) -> Candidate:
    return factories.make_candidate(factories.make_document(space, alice), alice)


@pytest.fixture
def bobs(sign_in, bob):
    return sign_in(bob)


def address(name: str, candidate: Candidate) -> str:
    return reverse(f"curation:{name}", args=["atlas", candidate.pk])


def sent(candidate: Candidate, **more: object) -> dict[str, object]:
    return {"version": candidate.version, "shown_at": f"{time.time() - 3:.2f}", **more}


def edited(candidate: Candidate, **changes: object) -> dict[str, object]:
    values = {
        "subject_text": candidate.subject_text,
        "subject_type": candidate.subject_type,
        "relation": candidate.relation_id,
        "object_text": candidate.object_text,
        "object_type": candidate.object_type,
        "object_kind": candidate.object_kind,
        "valid_from": "",
        "valid_to": "",
    }
    return sent(candidate, **(values | changes))


def test_it_shows_the_form_with_the_passage(bobs, candidate):
    text = bobs.get(address("candidate-edit", candidate)).content.decode()
    assert 'value="Ada Brook"' in text
    assert "mark--subject" in text
    card = bobs.get(address("candidate-edit", candidate), **HTMX).content.decode()
    assert "<!doctype" not in card.lower()
    assert card.count('id="card"') == 1


def test_it_edits_and_goes_on(bobs, candidate):
    form = edited(candidate, valid_from="1900-01-02")
    answer = bobs.post(address("candidate-edit", candidate), form)

    assert answer.status_code == 302
    decision = Decision.objects.get()
    assert decision.action == "edit"
    assert set(decision.before) == {"valid_from"}
    assert str(decision.triple.valid_from) == "1900-01-02"
    assert decision.seconds >= 3


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"subject_text": ""}, "This field is required."),
        ({"object_text": "x" * 501}, "at most 500 characters"),
        ({"relation": "0"}, "Select a valid choice."),
        ({"valid_from": "2000-01-01", "valid_to": "1999-01-01"}, "cannot end before it begins"),
        ({"valid_from": "yesterday"}, "a year, a month or a day: 1992, 1992-05 or 1992-05-17"),
        ({"valid_from": "1999-02-30"}, "a year, a month or a day"),
        ({"valid_to": "9999"}, "a year, a month or a day"),
        ({"object_kind": "nothing"}, "Select a valid choice."),
    ],
)
def test_it_says_what_is_wrong_with_an_edit(bobs, candidate, changes, complaint):
    for headers in ({}, HTMX):
        answer = bobs.post(
            address("candidate-edit", candidate), edited(candidate, **changes), **headers
        )
        assert answer.status_code == 422
        assert complaint in answer.content.decode()
    candidate.refresh_from_db()
    assert (candidate.state, candidate.version) == ("pending", 1)
    assert not Triple.objects.exists()


def test_it_offers_no_relation_of_another_space(bobs, candidate):
    foreign = factories.make_relation(factories.make_space("other"), "residence")
    form = edited(candidate, relation=foreign.pk)
    assert bobs.post(address("candidate-edit", candidate), form).status_code == 422


def test_it_says_who_was_faster_than_the_edit(bobs, candidate, alice):
    form = edited(candidate, object_text="Mirefeld")
    candidate_reject(candidate=candidate, actor=alice, reason="other")
    answer = bobs.post(address("candidate-edit", candidate), form)
    assert answer.status_code == 409
    assert "alice has decided this fact already" in answer.content.decode()
    assert "decided already" in bobs.get(address("candidate-edit", candidate)).content.decode()


def test_it_shows_the_conflict_of_an_edit_and_can_keep_both(bobs, space, alice):
    text = "Ada Brook was born in Northgate near Lindenau."
    candidate = factories.make_candidate(factories.make_document(space, alice, text=text), alice)
    candidate.relation.single_valued = True
    candidate.relation.save()
    factories.make_triple(space, "Ada Brook", candidate.relation, "Mirefeld")
    form = edited(candidate, object_text="Northgate")
    answer = bobs.post(address("candidate-edit", candidate), form, **HTMX)
    assert answer.status_code == 422
    assert "Ada Brook was born in Mirefeld." in answer.content.decode()
    assert 'value="Northgate"' in answer.content.decode()

    answer = bobs.post(
        address("candidate-edit", candidate), form | {"despite_conflicts": "on"}, **HTMX
    )
    assert answer.status_code == 200
    assert Triple.objects.filter(status="active").count() == 2


def test_it_asks_which_one_an_edited_name_means(bobs, space, alice):
    text = "Ada Brook, also A. Brook, was born in Lindenau."
    candidate = factories.make_candidate(factories.make_document(space, alice, text=text), alice)
    pilot = factories.make_entity(space, "A. Brook", type="PER", description="pilot")
    Entity.objects.create(space=space, name="A. Brook", type="PER", description="sculptor")
    form = edited(candidate, subject_text="A. Brook")
    answer = bobs.post(address("candidate-edit", candidate), form)
    assert answer.status_code == 422
    assert f'name="subject_entity" value="{pilot.pk}"' in answer.content.decode()

    answer = bobs.post(address("candidate-edit", candidate), form | {"subject_entity": pilot.pk})
    assert answer.status_code == 302
    assert Triple.objects.get().subject == pilot


def test_it_edits_names_that_the_source_breaks_over_lines(bobs, space, alice):
    document = factories.make_document(space, alice, text="Ada\nBrook was born in Old Lindenau.")
    candidate = factories.make_candidate(document, alice, subject="Ada\nBrook")
    form = edited(candidate, subject_text="Ada Brook", object_text="Old Lindenau")
    assert bobs.post(address("candidate-edit", candidate), form).status_code == 302
    assert set(Decision.objects.get().before) == {"object_text", "object_start"}


def test_it_finds_facts_to_merge_into(bobs, candidate, space):
    alike = factories.make_triple(space, "Ada Brook", "birthplace", "Old Lindenau")
    factories.make_triple(space, "Carl Voss", "birthplace", "Mirefeld")
    page = bobs.get(address("candidate-merge", candidate))
    assert [triple for triple, _ in page.context["facts"]] == [alike]

    page = bobs.get(address("candidate-merge", candidate), {"q": "voss mire"})
    assert [str(triple.subject) for triple, _ in page.context["facts"]] == ["Carl Voss"]
    for nothing in ("zebra", "\0", "%"):
        page = bobs.get(address("candidate-merge", candidate), {"q": nothing})
        assert page.status_code == 200


def test_it_merges_from_the_page(bobs, candidate, space):
    triple = factories.make_triple(space, "Ada Brook", "birthplace", "Lindenau")
    answer = bobs.post(address("candidate-merge", candidate), sent(candidate, triple=triple.pk))
    assert answer.status_code == 302
    assert triple.evidence.count() == 1


@pytest.mark.parametrize("name", ["candidate-merge", "candidate-supersede"])
@pytest.mark.parametrize("headers", [{}, HTMX])
def test_it_asks_for_a_pick(bobs, candidate, name, headers, space):
    foreign = factories.make_triple(factories.make_space("other"), "A", "b", "C")
    factories.make_triple(space, "Ada Brook", "birthplace", "Old Lindenau")
    for pick in ({}, {"triple": "x"}, {"triple": foreign.pk}):
        answer = bobs.post(address(name, candidate), sent(candidate, **pick), **headers)
        assert answer.status_code == 422
        assert "field__error" in answer.content.decode()
    assert not Decision.objects.exists()


def test_it_replaces_a_fact_that_the_reviewer_found(bobs, candidate, space):
    triple = factories.make_triple(space, "Ada Brook", "birthplace", "Old Lindenau")
    page = bobs.get(address("candidate-supersede", candidate))
    assert "The older fact held until" in page.content.decode()
    answer = bobs.post(address("candidate-supersede", candidate), sent(candidate, triple=triple.pk))
    assert answer.status_code == 302
    triple.refresh_from_db()
    assert triple.status == "superseded"


def test_it_refuses_an_end_before_the_beginning(bobs, candidate, space):
    triple = factories.make_triple(
        space, "Ada Brook", "birthplace", "Old Lindenau", valid_from="1950-01-01"
    )
    form = sent(candidate, triple=triple.pk, valid_to="1900-01-01")
    answer = bobs.post(address("candidate-supersede", candidate), form)
    assert answer.status_code == 422
    assert "cannot end on 1900-01-02" in answer.content.decode()
    triple.refresh_from_db()
    assert triple.status == "active"


def test_it_shows_the_choices_to_reviewers_alone(sign_in, carol, candidate):
    for name in ("candidate-edit", "candidate-merge", "candidate-supersede"):
        assert sign_in(carol).get(address(name, candidate)).status_code == 403


def test_it_refuses_a_type_that_there_is_not(bobs, candidate):
    values = edited(candidate, subject_text="Ada B.", subject_type="WITCH")
    assert bobs.post(address("candidate-edit", candidate), values).status_code == 422
    candidate.refresh_from_db()
    assert candidate.state == Candidate.State.PENDING


def test_it_offers_the_fact_that_says_the_same_first_and_picks_none(bobs, candidate, space):
    name = candidate.relation.name
    other_place = factories.make_triple(space, "Ada Brook", name, "Aachen")
    other_person = factories.make_triple(space, "Aaron Abt", "home", "Lindenau")
    same = factories.make_triple(space, "Ada Brook", name, "Lindenau")
    page = bobs.get(address("candidate-merge", candidate))
    assert [triple for triple, _ in page.context["facts"]] == [same, other_place, other_person]
    text = page.content.decode()
    assert "checked" not in text[text.index('class="picks"') : text.index("</fieldset>")]
