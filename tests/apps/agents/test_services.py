"""What an agent may do: as the person of its token, and never decide."""

from __future__ import annotations

import pytest
from django.http import Http404

from apps.accounts.access import RoleNeeded
from apps.accounts.models import AccessToken, Role
from apps.accounts.tokens import TokenRefused, token_revoke
from apps.agents import services
from apps.agents.services import AgentError, caller_of, sentence_of
from apps.asking.services.errors import EmptyQuestion
from apps.audit.models import Event
from apps.curation.models import Candidate
from apps.curation.services import candidate_accept, candidate_reject
from apps.curation.services.errors import NotAllowed
from apps.memory.models import Triple
from tests import factories

WHOLE = {"space": "", "valid_from": "", "valid_to": ""}


def propose(token, **given):
    fact = {"subject": "Ben Holm", "relation": "place of birth", "object": "Lindenau"}
    return services.propose(caller_of(token, "memory_propose"), **fact | WHOLE | given)


def test_a_proposal_waits_for_review_and_is_no_fact(space, alice, known, token_of):
    said = propose(token_of(alice))
    candidate = Candidate.objects.get(pk=said["candidate"])
    assert (candidate.state, candidate.origin) == ("pending", "program")
    assert candidate.proposed_by == alice
    assert (said["is_fact"], "no fact" in said["note"]) == (False, True)
    assert said["page"] == f"/s/atlas/review/candidates/{candidate.pk}/"
    assert Triple.objects.count() == 1
    event = Event.objects.get(action="candidate.proposed")
    assert (event.actor, event.payload["origin"]) == (alice, "program")


def test_whose_token_proposed_never_decides_even_as_the_only_reviewer(
    space, alice, bob, known, token_of, sign_in
):
    factories.grant(space, alice, Role.REVIEWER)
    space.memberships.filter(user=bob).delete()
    space.self_review = True
    space.save()
    candidate = Candidate.objects.get(pk=propose(token_of(alice))["candidate"])
    for decide in (candidate_accept, candidate_reject):
        with pytest.raises(NotAllowed):
            decide(
                candidate=candidate,
                actor=alice,
                **({"reason": "x"} if decide is candidate_reject else {}),
            )
    page = sign_in(alice).get(f"/s/atlas/review/candidates/{candidate.pk}/").content.decode()
    assert "by a program" in page
    assert f"/candidates/{candidate.pk}/accept/" not in page
    assert (
        f"/candidates/{candidate.pk}/accept/"
        not in sign_in(alice).get("/s/atlas/review/").content.decode()
    )
    factories.grant(space, bob, Role.REVIEWER)
    assert candidate_accept(candidate=candidate, actor=bob)
    assert Triple.objects.count() == 2


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (
            {"relation": "place of brith"},
            "There is no relation 'place of brith' here. Much like it: place of birth.",
        ),
        ({"relation": "zzz"}, "There is no relation 'zzz' here."),
        ({"subject": ""}, "name"),
        ({"subject": "x" * 600}, "500"),
        ({"valid_from": "yesterday"}, "valid_from must be a day such as"),
        ({"valid_from": "2020-01-01", "valid_to": "2019-01-01"}, "end"),
        ({"space": "elsewhere"}, "no such space"),
        ({"space": "no/where"}, "no such space"),
        ({"subject": "Ada Brook"}, "the memory holds exactly this already"),
    ],
)
def test_a_proposal_that_cannot_be_is_refused_in_one_sentence(
    given, says, alice, known, token_of, mallory
):
    with pytest.raises(services.REFUSALS) as refused:
        propose(token_of(alice), **given)
    assert says in sentence_of(refused.value)
    assert not Candidate.objects.exists()


def test_an_agent_has_the_rights_of_its_token(space, alice, carol, dave, known, token_of):
    with pytest.raises(RoleNeeded):
        propose(token_of(dave))  # audits, and asks nothing
    only_asks = token_of(alice, space=space, roles=["owner"])
    assert propose(only_asks)["state"] == "pending"
    event = Event.objects.get(action="access.refused")
    assert (event.actor, event.payload["path"]) == (dave, "mcp:memory_propose")
    other = factories.make_space("other")
    factories.grant(other, alice, *Role.values)
    with pytest.raises(Http404):
        propose(only_asks, space="other")
    with pytest.raises(AgentError, match="Say in which space: atlas, other"):
        propose(token_of(alice))


def test_a_revoked_token_opens_nothing(alice, known, token_of):
    token = token_of(alice)
    token_revoke(token=AccessToken.objects.get(), actor=alice)
    for one in (token, "memweb_wrong", "", "ä"):
        with pytest.raises(TokenRefused):
            caller_of(one, "memory_read")


def test_calls_are_counted_as_those_of_the_api(alice, known, token_of, settings):
    settings.API_CALLS_AT_ONCE, settings.API_CALLS_PER_MINUTE = 2, 1
    token = token_of(alice)
    caller_of(token, "a")
    caller_of(token, "b")
    with pytest.raises(AgentError, match=r"Too many calls in a short time\. Try again in \d+ s"):
        caller_of(token, "c")


def read(token, **given):
    asked = {"subject": "", "relation": "place of birth", "object": "", "space": "", "as_of": ""}
    return services.read(caller_of(token, "memory_read"), **asked | given)


def test_it_reads_facts_with_what_was_considered(known, carol, token_of):
    said = read(token_of(carol), subject="ada brook")
    assert [(one["fact"], one["object"]) for one in said["facts"]] == [(known.pk, "Lindenau")]
    assert {one["role"] for one in said["candidates"]} == {"entity", "relation"}
    assert read(token_of(carol), object="Lindenau")["facts"][0]["subject"] == "Ada Brook"
    assert read(token_of(carol))["facts"][0]["fact"] == known.pk
    assert read(token_of(carol), subject="Nobody")["facts"] == []
    for bad, says in (
        ({"relation": " "}, "which relation"),
        ({"subject": "a", "object": "b"}, "not both"),
        ({"as_of": "x"}, "must be a day"),
    ):
        with pytest.raises(AgentError, match=says):
            read(token_of(carol), **bad)


def test_it_searches_and_explains_facts(known, carol, token_of, space):
    who = caller_of(token_of(carol), "x")
    (found,) = services.search(who, words="brook lind", space="", limit=5)["facts"]
    assert found["fact"] == known.pk
    assert found["page"] == f"/s/atlas/facts/{known.pk}/"
    explained = services.explain_fact(who, fact=known.pk, space="")
    assert explained["statement"] == "Ada Brook was born in Lindenau."
    for work, says in (
        (lambda: services.search(who, words="..", space="", limit=5), "a word"),
        (lambda: services.search(who, words="a", space="", limit=5000), "1 to 50"),
        (lambda: services.explain_fact(who, fact=999, space=""), "no fact 999"),
        (lambda: services.explain_fact(who, fact=2**70, space=""), "no fact"),
        (lambda: services.document_text(who, "atlas", 5), "no document 5"),
    ):
        with pytest.raises(AgentError, match=says):
            work()


def test_documents_and_spaces_are_resources(space, alice, carol, known, token_of, mallory):
    document = factories.make_document(space, alice)
    who = caller_of(token_of(carol), "x")
    assert "She founded the Brook Institute" in services.document_text(who, "atlas", document.pk)
    said = services.spaces(who)
    assert "place of birth" in said
    assert "elsewhere" not in said
    with pytest.raises(Http404):
        services.document_text(who, "elsewhere", document.pk)


def test_questions_of_others_are_not_explained(space, alice, carol, known, token_of):
    question = factories.make_question(space, alice)
    with pytest.raises(AgentError, match="that you may see"):
        services.explain_answer(caller_of(token_of(carol), "x"), question=question.pk, space="")
    said = services.explain_answer(caller_of(token_of(alice), "x"), question=question.pk, space="")
    assert said["state"] == "queued"
    assert "memory_explain" in said["note"]


def test_a_question_that_is_none_is_refused(space, carol, known, token_of, settings):
    settings.READ_HEAD = "scripted"
    who = caller_of(token_of(carol), "x")
    with pytest.raises(EmptyQuestion):
        services.ask(who, question=" ", space="", as_of="", wait=0)
    said = services.ask(who, question="Where was Ada Brook born?", space="", as_of="", wait=0)
    assert said["state"] == "queued"
