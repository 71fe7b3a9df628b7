"""Facts that people propose in words of their own, and what becomes of the fact they replace."""

from __future__ import annotations

from datetime import date
from functools import partial

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from apps.audit.models import Event
from apps.curation.models import Candidate, Decision
from apps.curation.services import (
    CurationError,
    FactInWords,
    Name,
    NotAllowed,
    Occasion,
    ReplacedMeanwhile,
    candidate_accept,
    candidate_edit,
    candidate_propose,
    candidate_supersede,
    decision_undo,
)
from apps.memory.controller import ConflictError, InvalidName, InvalidPeriod
from apps.memory.models import Alias, Entity, Relation, Triple
from tests import factories
from tests.apps.curation.test_races import at_once


@pytest.fixture
def born(space) -> Triple:
    factories.make_relation(space, "place of birth", single_valued=True)
    return factories.make_triple(space, "Ada Brook", "place of birth", "Lindenau")


@pytest.fixture
def founder(space) -> Triple:
    """A fact of a relation that may have many objects."""
    relation = factories.make_relation(
        space, "founded by", template="{subject} was founded by {object}."
    )
    return factories.make_triple(space, "Brook Institute", relation, "Ada Brook")


FACT = {"subject", "relation", "object", "valid_from", "valid_to"}


@pytest.fixture
def question(space, carol):
    return factories.make_question(space, carol).pk


@pytest.fixture
def propose(space, carol, born, question):
    """Return a function by which carol proposes a place of birth, or what is given instead."""

    def run(place: str = "Halden", **given: object) -> Candidate:
        fact = {"subject": Name("Ada Brook"), "relation": born.relation, "object": Name(place)}
        whole = {
            "space": space,
            "actor": carol,
            "fact": FactInWords(**(fact | {k: given.pop(k) for k in FACT & given.keys()})),
            "occasion": Occasion(
                Candidate.Origin.CORRECTION, question, str(given.pop("wording", ""))
            ),
        }
        return candidate_propose(**(whole | given))

    return run


@pytest.fixture
def restated(space, bob, alice):
    """Return a function by which bob puts a fact in other words and alice accepts it."""
    factories.grant(space, alice, "reviewer")

    def run(candidate: Candidate, changes: dict[str, object]) -> Decision:
        first = candidate_edit(candidate=candidate, actor=bob, changes=changes)
        assert first.action == Decision.Action.REWORD
        return candidate_accept(candidate=candidate, actor=alice)

    return run


@pytest.fixture
def instead(propose, founder):
    """Return a function by which carol names another founder in the place of the known one."""

    def run(name: str) -> Candidate:
        return propose(
            subject=Name("Brook Institute"),
            relation=founder.relation,
            object=Name(name, like=founder.object),
            replaces=founder,
        )

    return run


def test_it_proposes_and_changes_nothing_else(space, carol, born, propose, question):
    candidate = propose(replaces=born)
    assert (candidate.state, candidate.origin) == ("pending", "correction")
    assert (candidate.proposed_by, candidate.question, candidate.replaces) == (
        carol,
        question,
        born,
    )
    assert (candidate.subject_entity, candidate.object_entity) == (born.subject, None)
    assert Triple.objects.get() == born
    assert not Entity.objects.filter(name="Halden").exists()
    event = Event.objects.get()
    assert (event.action, event.actor) == ("candidate.proposed", carol)
    assert event.payload == {
        "fact": ["Ada Brook", "place of birth", "Halden"],
        "candidates": [candidate.pk],
        "origin": "correction",
        "question": question,
        "replaces": born.pk,
    }


def test_it_proposes_the_same_once_while_it_waits(bob, carol, space, propose, born):
    first = propose(replaces=born)
    assert propose(" halden. ", replaces=born) == first
    assert Event.objects.count() == 1
    candidate_accept(candidate=first, actor=bob)
    with pytest.raises(CurationError, match="holds exactly this already"):
        propose()


def test_it_is_another_proposal_beside_the_fact_than_in_its_place(propose, born):
    assert propose(replaces=born) != propose()


def test_it_asks_for_another_beginning_of_a_known_fact(propose, born):
    with pytest.raises(CurationError, match="holds exactly this already"):
        propose("Lindenau")
    assert propose("Lindenau", valid_from=date(1901, 2, 3)).valid_from == date(1901, 2, 3)


def test_it_types_a_new_name_by_the_relation_or_by_what_it_replaces(space, propose, born):
    assert propose("Halden").object_type == ""
    assert propose("Halle", object=Name("Halle", like=born.object)).object_kind == "item"
    Entity.objects.filter(pk=born.object_id).update(type="LOC")
    born.refresh_from_db()
    assert propose(object=Name("Oakham", like=born.object)).object_type == "LOC"
    day = factories.make_relation(space, "date of birth", object_types=["TIME"])
    candidate = propose(relation=day, object=Name("3 February 1901"))
    assert (candidate.object_type, candidate.object_kind) == ("TIME", "time")
    assert candidate.object_value["edtf"] == "1901-02-03"


def test_it_takes_a_known_entity_by_its_alias(space, propose, born):
    born.object.aliases.create(space=space, name="Linden", normalised="linden")
    candidate = propose("Linden", subject=Name("Eva Brook"))
    assert (candidate.object_text, candidate.object_entity) == ("Linden", born.object)


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"object": Name("")}, InvalidName),
        ({"object": Name("x" * 501)}, InvalidName),
        ({"subject": Name(" \t ")}, InvalidName),
        ({"valid_from": date(2001, 1, 1), "valid_to": date(2000, 1, 1)}, InvalidPeriod),
    ],
)
def test_it_refuses_what_is_no_fact(propose, given, error):
    with pytest.raises(error):
        propose(**given)
    assert not Candidate.objects.exists()


def test_it_refuses_what_belongs_to_another_space(propose):
    other = factories.make_space("other")
    fact = factories.make_triple(other, "Ada Brook", "place of birth", "Oakham")
    for given in (
        {"relation": fact.relation},
        {"replaces": fact},
        {"subject": Name("Ada", entity=fact.subject)},
        {"object": Name("Oakham", entity=fact.object)},
    ):
        with pytest.raises(CurationError, match="in this space"):
            propose(**given)
    assert not Candidate.objects.exists()


def test_it_refuses_a_retired_relation(propose, born):
    Relation.objects.update(retired_at=timezone.now())
    born.relation.refresh_from_db()
    with pytest.raises(CurationError, match="retired"):
        propose(relation=born.relation)


def test_the_database_wants_the_question_of_a_correction(carol, propose):
    candidate = propose()
    for change in ({"question": None}, {"origin": "person"}):
        with (
            pytest.raises(IntegrityError, match="curation_candidate_question_fits"),
            transaction.atomic(),
        ):
            Candidate.objects.filter(pk=candidate.pk).update(**change)


def test_it_takes_the_place_of_a_fact_once_accepted(bob, born, propose):
    candidate = propose(replaces=born)
    decision = candidate_accept(candidate=candidate, actor=bob)
    born.refresh_from_db()
    assert (decision.action, decision.replaced) == (Decision.Action.SUPERSEDE, born)
    assert (born.status, born.superseded_by) == (Triple.Status.SUPERSEDED, decision.triple)
    assert candidate.state == Candidate.State.SUPERSEDING
    decision_undo(decision=decision, actor=bob)
    born.refresh_from_db()
    assert (born.status, born.superseded_by) == (Triple.Status.ACTIVE, None)


def test_it_takes_the_place_in_other_words_too(born, propose, restated):
    edited = restated(propose("Haldn", replaces=born), {"object_text": "Halden"})
    assert (edited.action, edited.replaced) == (Decision.Action.SUPERSEDE, born)


@pytest.mark.parametrize("name", ["Lindenau", "Old Lindenau"])
def test_a_fact_never_takes_its_own_place(space, born, propose, restated, name):
    """Its evidence would stay behind."""
    candidate = propose(replaces=born)
    Alias.objects.create(
        space=space, entity=born.object, name="Old Lindenau", normalised="old lindenau"
    )
    edited = restated(candidate, {"object_text": name})
    born.refresh_from_db()
    assert (edited.triple, edited.replaced) == (born, None)
    assert born.status == Triple.Status.ACTIVE
    assert Candidate.objects.get().state == Candidate.State.MERGED


def test_a_fact_never_takes_its_own_place_at_a_reviewers_wish(bob, born, propose):
    candidate = propose("Lindenau", replaces=born)
    with pytest.raises(CurationError, match="exactly this already"):
        candidate_supersede(candidate=candidate, actor=bob, replaced=born)
    born.refresh_from_db()
    candidate.refresh_from_db()
    assert (born.status, candidate.state) == (Triple.Status.ACTIVE, Candidate.State.PENDING)


def test_a_fact_takes_its_own_place_with_another_time(born, propose, restated):
    candidate = propose(replaces=born)
    changes = {"object_text": "Lindenau", "valid_from": date(1990, 1, 1)}
    edited = restated(candidate, changes)
    assert (edited.triple.valid_from, edited.replaced) == (date(1990, 1, 1), born)


def test_an_edit_that_states_something_else_takes_no_place(born, founder, propose, restated):
    for changes in (
        {"relation": founder.relation},
        {"subject_text": "Somebody Else", "object_text": "Elsewhere"},
    ):
        edited = restated(propose(replaces=born), changes)
        born.refresh_from_db()
        assert edited.triple is not None
        assert (edited.replaced, born.status) == (None, Triple.Status.ACTIVE)


def test_it_stands_beside_the_fact_where_the_reviewer_keeps_both(bob, born, propose):
    decision = candidate_accept(candidate=propose(replaces=born), actor=bob, despite_conflicts=True)
    born.refresh_from_db()
    assert (decision.action, decision.replaced) == (Decision.Action.ACCEPT, None)
    assert born.status == Triple.Status.ACTIVE


def test_nobody_decides_their_own_correction(space, carol, born, propose):
    with pytest.raises(NotAllowed):
        candidate_accept(candidate=propose(replaces=born), actor=carol)


def test_it_is_put_to_the_reviewer_when_another_correction_was_faster(bob, founder, instead):
    """The relation takes many objects, so nothing else would hold the second one back."""
    first, second = instead("Max Brook"), instead("Eva Brook")
    winner = candidate_accept(candidate=first, actor=bob).triple
    with pytest.raises(ReplacedMeanwhile) as refused:
        candidate_accept(candidate=second, actor=bob)
    assert refused.value.conflicts == (winner,)
    second.refresh_from_db()
    assert second.state == Candidate.State.PENDING
    candidate_supersede(candidate=second, actor=bob, replaced=winner)
    assert Triple.objects.get(status=Triple.Status.ACTIVE, relation=founder.relation) == (
        second.decisions.get().triple
    )


def test_it_counts_as_known_when_another_correction_said_the_same(bob, founder, instead, propose):
    first = instead("Max Brook")
    same = propose(
        subject=Name("Brook Institute"), relation=founder.relation, object=Name("Max Brook")
    )
    Candidate.objects.filter(pk=same.pk).update(replaces=founder)
    winner = candidate_accept(candidate=first, actor=bob).triple
    second = candidate_accept(candidate=Candidate.objects.get(pk=same.pk), actor=bob)
    assert (second.triple, second.candidate.state) == (winner, Candidate.State.MERGED)


def test_it_is_accepted_plainly_when_the_fact_was_taken_out(space, bob, founder, instead):
    candidate = instead("Max Brook")
    Triple.objects.filter(pk=founder.pk).update(
        status=Triple.Status.RETRACTED, retracted_at=timezone.now()
    )
    decision = candidate_accept(candidate=Candidate.objects.get(pk=candidate.pk), actor=bob)
    assert (decision.action, decision.replaced) == (Decision.Action.ACCEPT, None)


@pytest.mark.django_db(transaction=True)
def test_of_two_reviewers_who_accept_two_corrections_at_once_one_wins(bob, alice, founder, instead):
    candidates = [instead("Max Brook"), instead("Eva Brook")]
    results = at_once(
        *(
            partial(
                candidate_accept,
                candidate=Candidate.objects.select_related("space", "relation").get(pk=one.pk),
                actor=actor,
            )
            for one, actor in zip(candidates, (bob, alice), strict=True)
        )
    )
    assert sorted(type(one).__name__ for one in results)[0] == "Decision"
    assert sum(isinstance(one, Decision) for one in results) == 1
    active = Triple.objects.filter(status=Triple.Status.ACTIVE, relation=founder.relation)
    assert active.count() == 1
    assert Candidate.objects.filter(state=Candidate.State.PENDING).count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_people_who_propose_the_same_at_once_one_is_written(propose, born):
    found = at_once(*(partial(propose, replaces=born) for _ in range(3)))
    assert len({one.pk for one in found}) == Candidate.objects.count() == 1


def test_review_shows_what_it_replaces_and_offers_both(sign_in, bob, founder, instead):
    candidate = instead("Max Brook")
    address = reverse("curation:candidate-detail", args=["atlas", candidate.pk])
    text = sign_in(bob).get(address).content.decode()
    assert f"fact {founder.pk}</a>: accepting it supersedes that one." in text
    assert "Brook Institute was founded by Ada Brook" in text
    assert "Keep both" in text
    assert "correction of an answer" in text
    listed = sign_in(bob).get(reverse("curation:candidate-list", args=["atlas"]))
    assert f"in the place of fact {founder.pk}" in listed.content.decode()


def test_review_accepts_it_with_the_day_on_which_the_older_fact_ended(
    sign_in, bob, founder, instead
):
    candidate, client = instead("Max Brook"), sign_in(bob)
    path = reverse("curation:candidate-supersede", args=["atlas", candidate.pk])
    page = client.get(reverse("curation:candidate-detail", args=["atlas", candidate.pk]))
    assert f'formaction="{path}" name="triple" value="{founder.pk}"' in page.content.decode()
    sent = {"version": candidate.version, "triple": founder.pk, "valid_to": "1989-12-31"}
    client.post(path, sent)
    founder.refresh_from_db()
    assert (founder.status, founder.valid_to) == (Triple.Status.SUPERSEDED, date(1990, 1, 1))


def test_review_shows_what_took_the_place_meanwhile(sign_in, bob, founder, instead):
    first, second = instead("Max Brook"), instead("Eva Brook")
    candidate_accept(candidate=first, actor=bob)
    client, path = sign_in(bob), reverse("curation:candidate-accept", args=["atlas", second.pk])
    refused = client.post(path, {"version": second.version})
    text = refused.content.decode()
    assert refused.status_code == 422
    assert "Another fact has taken the place" in text
    assert "Brook Institute was founded by Max Brook" in text
    assert "superseded by now" in text


def test_a_correction_of_one_value_conflicts_with_the_one_that_was_faster(bob, born, propose):
    first, second = propose("Halden", replaces=born), propose("Oakham", replaces=born)
    candidate_accept(candidate=first, actor=bob)
    with pytest.raises(ConflictError):
        candidate_accept(candidate=second, actor=bob)
