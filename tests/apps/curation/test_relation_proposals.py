"""Relations that questions asked for: proposed, taken up or declined, in services and on pages."""

from __future__ import annotations

from functools import partial

import pytest
from django.db import IntegrityError
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import Role
from apps.audit.models import Event
from apps.curation.models import Candidate, RelationProposal
from apps.curation.proposal_views import suggested
from apps.curation.services import (
    CurationError,
    candidate_accept,
    relation_proposal_accept,
    relation_proposal_decline,
    relation_propose,
)
from apps.memory.controller import InvalidName
from apps.memory.models import Relation, Triple
from apps.memory.services import RelationInput
from tests import factories
from tests.apps.curation.test_races import at_once

State = RelationProposal.State
SCRIPT = "<script>alert(1)</script>"
BLOOD = RelationInput(name="blood type", template="The blood type of {subject} is {object}.")
FIELDS = {"name": "blood type", "template": "The blood type of {subject} is {object}."}


@pytest.fixture
def question(space, carol):
    return factories.make_question(space, carol).pk


@pytest.fixture
def propose(space, carol, question):
    def run(**given: object) -> RelationProposal:
        whole = {
            "space": space,
            "actor": carol,
            "name": "blood type",
            "subject": "Ada Brook",
            "object": "A",
            "question": question,
            "question_text": "What is the blood type of Ada Brook?",
        }
        return relation_propose(**(whole | given))

    return run


def address(name: str, *args: object) -> str:
    return reverse(f"curation:relation-proposal{name}", args=["atlas", *args])


def test_it_proposes_a_relation_once(space, carol, propose):
    proposal = propose()
    assert (proposal.state, proposal.name, proposal.proposed_by) == ("waiting", "blood type", carol)
    assert propose(name=" Blood  Type ") == proposal
    assert propose(object="B") != proposal
    assert not Relation.objects.exists()
    event = Event.objects.order_by("pk").first()
    assert (event.action, event.payload["fact"]) == (
        "relation.proposed",
        ["Ada Brook", "blood type", "A"],
    )
    assert Event.objects.count() == 2


@pytest.mark.parametrize("name", ["", "  ", "x" * 121, "a;b", "a{b}", "a>b", "a\0b", "\ufdfa" * 30])
def test_it_refuses_what_is_no_name(propose, name):
    with pytest.raises(CurationError, match="at most 120 characters"):
        propose(name=name)


@pytest.mark.parametrize("given", [{"subject": ""}, {"object": "x" * 501}])
def test_it_refuses_half_a_fact(propose, given):
    with pytest.raises(InvalidName):
        propose(**given)


def test_it_refuses_a_name_in_use(space, propose):
    relation = factories.make_relation(space, "blood type")
    with pytest.raises(CurationError, match="already"):
        propose(name="Blood type")
    Relation.objects.filter(pk=relation.pk).update(retired_at=timezone.now())
    with pytest.raises(CurationError, match="retired"):
        propose()


def test_it_is_taken_up_with_a_new_relation_and_its_fact_goes_to_review(
    bob, alice, carol, propose, question
):
    proposal = propose()
    candidate = relation_proposal_accept(proposal=proposal, actor=alice, relation=BLOOD)
    assert (proposal.state, proposal.decided_by, proposal.candidate) == (
        "accepted",
        alice,
        candidate,
    )
    assert proposal.relation.name == "blood type"
    assert (candidate.proposed_by, candidate.origin, candidate.question) == (carol, "gap", question)
    assert not Triple.objects.exists()
    assert candidate_accept(candidate=candidate, actor=bob).triple.relation == proposal.relation
    assert Event.objects.filter(action="relation.proposal_accepted", actor=alice).count() == 1


def test_it_is_taken_up_with_a_relation_that_is_there(space, bob, propose):
    relation = factories.make_relation(space, "blood group")
    candidates = {
        relation_proposal_accept(proposal=one, actor=bob, relation=relation)
        for one in (propose(), propose(name="type of blood"))
    }
    assert len(candidates) == Relation.objects.count() == 1
    assert RelationProposal.objects.filter(state=State.ACCEPTED).count() == 2


def test_it_is_taken_up_by_somebody_else_or_by_an_owner(space, bob, alice, propose):
    own = propose(actor=bob)
    with pytest.raises(CurationError, match="Somebody else"):
        relation_proposal_accept(proposal=own, actor=bob, relation=BLOOD)
    assert not Relation.objects.exists()
    relation_proposal_decline(proposal=own, actor=bob, reason="withdrawn")
    relation_proposal_accept(proposal=propose(actor=alice), actor=alice, relation=BLOOD)
    space.self_review = True
    space.save(update_fields=["self_review"])
    other = RelationInput(name="eye colour", template="{subject} {object}")
    relation_proposal_accept(
        proposal=propose(actor=bob, name="eye colour"), actor=bob, relation=other
    )


def test_it_is_declined_for_a_reason(bob, propose):
    proposal = propose()
    for reason in ("", "  ", "x" * 501):
        with pytest.raises(CurationError, match="why it is declined"):
            relation_proposal_decline(proposal=proposal, actor=bob, reason=reason)
    relation_proposal_decline(proposal=proposal, actor=bob, reason=" private ")
    assert (proposal.state, proposal.reason, proposal.decided_by) == ("declined", "private", bob)
    with pytest.raises(CurationError, match="already"):
        relation_proposal_accept(proposal=proposal, actor=bob, relation=BLOOD)


def test_a_failure_leaves_it_waiting(space, bob, propose):
    proposal = propose()
    factories.make_relation(space, "blood type")
    with pytest.raises(IntegrityError):
        relation_proposal_accept(proposal=proposal, actor=bob, relation=BLOOD)
    foreign = factories.make_relation(factories.make_space("other"), "blood type")
    with pytest.raises(CurationError, match="no such relation"):
        relation_proposal_accept(proposal=proposal, actor=bob, relation=foreign)
    proposal.refresh_from_db()
    assert (proposal.state, Candidate.objects.count()) == ("waiting", 0)


@pytest.mark.django_db(transaction=True)
def test_of_two_people_who_decide_at_once_one_wins(alice, bob, propose):
    proposal = propose()
    results = at_once(
        partial(relation_proposal_accept, proposal=proposal, actor=alice, relation=BLOOD),
        partial(relation_proposal_decline, proposal=proposal, actor=bob, reason="private"),
    )
    assert sum(isinstance(one, CurationError) for one in results) == 1
    assert Relation.objects.count() == Candidate.objects.count() <= 1


def test_it_suggests_sentence_questions_and_types(space, propose):
    factories.make_entity(space, "Ada Brook", type="PER")
    assert suggested(propose()) == {
        "name": "blood type",
        "template": "The blood type of {subject} is {object}.",
        "questions": ("What is the blood type of {subject}?",),
        "inverse_questions": (),
        "subject_types": ["PER"],
        "object_types": [],
    }
    odd = suggested(propose(name="said", question_text="Did {Ada Brook} say Ada Brook?"))
    assert (odd["questions"], odd["inverse_questions"]) == ((), ())


@pytest.mark.parametrize(
    ("who", "status"),
    [("alice", 200), ("bob", 200), ("carol", 403), ("dave", 403), ("mallory", 404)],
)
def test_reviewers_and_owners_decide(request, sign_in, propose, who, status):
    proposal = propose()
    client = sign_in(request.getfixturevalue(who))
    for path in (address("-list"), address("", proposal.pk)):
        assert client.get(path).status_code == status
    for name in ("-accept", "-use", "-decline"):
        refused = client.post(address(name, proposal.pk), {})
        assert refused.status_code == (422 if status == 200 else status)
    proposal.refresh_from_db()
    assert proposal.state == State.WAITING


def test_another_space_has_no_such_proposal(sign_in, mallory, propose):
    proposal = propose()
    path = reverse("curation:relation-proposal", args=["elsewhere", proposal.pk])
    assert sign_in(mallory).get(path).status_code == 404


def test_the_page_shows_what_to_complete_and_adds_the_relation(sign_in, alice, propose):
    proposal, client = propose(), sign_in(alice)
    text = client.get(address("", proposal.pk)).content.decode()
    assert "What is the blood type of {subject}?" in text
    assert 'value="The blood type of {subject} is {object}."' in text
    done = client.post(
        address("-accept", proposal.pk),
        FIELDS | {"subject_types": ["PER"], "questions": "Which blood type has {subject}?"},
        follow=True,
    )
    relation = Relation.objects.get()
    assert (relation.subject_types, relation.questions) == (
        ["PER"],
        ["Which blood type has {subject}?"],
    )
    assert "took this up" in done.content.decode()
    again = client.post(address("-accept", proposal.pk), FIELDS | {"name": "again"})
    assert again.status_code == 409
    assert "decided this proposal already" in again.content.decode()
    assert Relation.objects.count() == 1


def test_the_page_keeps_what_was_typed(sign_in, alice, space, propose):
    proposal = propose()
    for wrong in ({"template": "no places"}, {"name": ""}, {"name": "a;b"}):
        refused = sign_in(alice).post(address("-accept", proposal.pk), FIELDS | wrong)
        assert refused.status_code == 422
    factories.make_relation(space, "blood type")
    taken = sign_in(alice).post(address("-accept", proposal.pk), FIELDS)
    assert "There is a relation of this name." in taken.content.decode()
    assert "selected>blood type" in taken.content.decode()  # the one to use instead


def test_the_page_takes_a_relation_that_is_there_or_declines(sign_in, bob, space, propose):
    first, second, client = propose(), propose(object="B"), sign_in(bob)
    relation = factories.make_relation(space, "blood group")
    foreign = factories.make_relation(factories.make_space("other"), "blood group")
    for wrong in ("", "x", str(foreign.pk)):
        assert client.post(address("-use", first.pk), {"relation": wrong}).status_code == 422
    client.post(address("-use", first.pk), {"relation": str(relation.pk)})
    client.post(address("-decline", second.pk), {"reason": "too private"})
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, first.relation, second.reason) == ("accepted", relation, "too private")
    listed = client.get(address("-list")).content.decode()
    assert "accepted" in listed
    assert "declined" in listed
    assert "too private" in client.get(address("", second.pk)).content.decode()


def test_the_page_says_that_the_memory_holds_the_fact(sign_in, bob, space, propose):
    relation = factories.make_relation(space, "blood group")
    factories.make_triple(space, "Ada Brook", relation, "A")
    refused = sign_in(bob).post(address("-use", propose().pk), {"relation": str(relation.pk)})
    assert refused.status_code == 422
    assert "holds exactly this already" in refused.content.decode()


def test_the_page_offers_nobody_their_own_proposal(sign_in, space, bob, propose):
    text = sign_in(bob).get(address("", propose(actor=bob).pk)).content.decode()
    assert "You proposed this relation yourself" in text
    assert "Add it" not in text


def test_the_pages_escape_what_people_wrote(sign_in, bob, propose):
    proposal = propose(subject=SCRIPT, object=SCRIPT, question_text=SCRIPT)
    relation_proposal_decline(proposal=proposal, actor=bob, reason=SCRIPT)
    for path in (address("-list"), address("", proposal.pk)):
        assert SCRIPT not in sign_in(bob).get(path).content.decode()


def test_other_pages_lead_to_it(sign_in, alice, bob, carol, propose):
    propose()
    space = ["atlas"]
    for person, page in (
        (alice, reverse("memory:relation-list", args=space)),
        (bob, reverse("memory:relation-list", args=space)),
        (bob, reverse("curation:review", args=space)),
        (alice, reverse("dashboard:space", args=space)),
    ):
        assert address("-list") in sign_in(person).get(page).content.decode()
    listed = sign_in(carol).get(reverse("memory:relation-list", args=space)).content.decode()
    assert address("-list") not in listed


def test_a_reviewer_who_owns_takes_up_their_own(space, bob, propose):
    factories.grant(space, bob, Role.OWNER)
    relation_proposal_accept(proposal=propose(actor=bob), actor=bob, relation=BLOOD)
