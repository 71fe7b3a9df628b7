"""Many decisions at once, and their undo."""

from __future__ import annotations

import pytest
from django.urls import reverse

from apps.audit.models import Event
from apps.curation.models import Batch, Candidate
from apps.curation.services import (
    batch_undo,
    candidate_reject,
    candidate_supersede,
    candidates_accept_batch,
)
from apps.memory.models import Triple
from tests import factories


@pytest.fixture
def candidates(space, alice) -> list[Candidate]:
    document = factories.make_document(space, alice)
    return [
        factories.make_candidate(document, alice),
        factories.make_candidate(document, alice, subject="She", object="Brook Institute"),
        factories.make_candidate(document, alice, subject="Brook Institute", relation="place"),
    ]


def pairs(candidates: list[Candidate]) -> list[tuple[int, int]]:
    return [(candidate.pk, candidate.version) for candidate in candidates]


def states(candidates: list[Candidate]) -> list[str]:
    for candidate in candidates:
        candidate.refresh_from_db()
    return [candidate.state for candidate in candidates]


def test_it_accepts_a_batch_and_undoes_it(candidates, space, bob):
    result = candidates_accept_batch(space=space, actor=bob, candidates=pairs(candidates))

    assert states(candidates) == ["accepted"] * 3
    assert [decision.batch for decision in result.decisions] == [result.batch] * 3
    assert result.refused == ()
    assert Event.objects.filter(action="candidate.accepted").count() == 3

    undone = batch_undo(batch=result.batch, actor=bob)
    assert states(candidates) == ["pending"] * 3
    assert len(undone.decisions) == 3
    assert result.batch.undone_at is not None
    assert not Triple.objects.filter(status="active").exists()
    event = Event.objects.get(action="batch.undone")
    assert len(event.payload["decisions"]) == 3


def test_it_leaves_out_what_cannot_be_accepted_and_says_why(candidates, space, bob, alice):
    shown = pairs(candidates)
    candidate_reject(candidate=candidates[0], actor=alice, reason="other")
    candidates[2].relation.single_valued = True
    candidates[2].relation.save()
    factories.make_triple(space, "Brook Institute", "place", "Mirefeld")
    foreign = factories.make_candidate(
        factories.make_document(factories.make_space("other"), alice), alice
    )
    result = candidates_accept_batch(
        space=space, actor=bob, candidates=[*shown, (foreign.pk, 1), (999_999, 1), shown[1]]
    )

    assert states(candidates) == ["rejected", "accepted", "pending"]
    assert states([foreign]) == ["pending"]
    reasons = {one.candidate_id: one.reason for one in result.refused}
    assert set(reasons) == {candidates[0].pk, candidates[2].pk, foreign.pk, 999_999}
    assert "alice has decided" in reasons[candidates[0].pk]
    assert "another value" in reasons[candidates[2].pk]


def test_it_keeps_no_batch_of_nothing(candidates, space, bob):
    result = candidates_accept_batch(
        space=space, actor=bob, candidates=[(one.pk, 7) for one in candidates]
    )
    assert result.batch is None
    assert len(result.refused) == 3
    assert not Batch.objects.exists()


def test_it_undoes_what_can_be_undone_of_a_batch(candidates, space, bob, alice):
    result = candidates_accept_batch(space=space, actor=bob, candidates=pairs(candidates))
    text = "The Brook Institute is now in Northgate."
    later = factories.make_candidate(
        factories.make_document(space, alice, text=text),
        alice,
        subject="Brook Institute",
        relation="place",
        object="Northgate",
    )
    candidate_supersede(candidate=later, actor=bob, replaced=result.decisions[2].triple)

    undone = batch_undo(batch=result.batch, actor=bob)
    assert states(candidates) == ["pending", "pending", "accepted"]
    assert [one.candidate_id for one in undone.refused] == [candidates[2].pk]
    assert result.batch.undone_at is None


def test_it_lets_nobody_accept_their_own_in_a_batch(candidates, space, bob):
    Candidate.objects.update(origin="import", proposed_by=bob, extraction=None)
    result = candidates_accept_batch(space=space, actor=bob, candidates=pairs(candidates))
    assert len(result.refused) == 3
    assert not Triple.objects.exists()


# ---- The pages -----------------------------------------------------------------------------------


@pytest.fixture
def bobs(sign_in, bob):
    return sign_in(bob)


def address(name: str, *args: object) -> str:
    return reverse(f"curation:{name}", args=["atlas", *args])


def as_sent(candidates: list[Candidate]) -> list[str]:
    return [f"{candidate.pk}:{candidate.version}" for candidate in candidates]


def test_it_lists_candidates_by_state(bobs, candidates, bob):
    candidate_reject(candidate=candidates[0], actor=bob, reason="other")
    page = bobs.get(address("candidate-list"))
    text = page.content.decode()
    assert page.status_code == 200
    assert text.count('type="checkbox" name="candidate"') == 2
    assert "Accept all 2 on this page" in text

    page = bobs.get(address("candidate-list") + "?state=rejected")
    assert [candidate for candidate, _ in page.context["rows"]] == [candidates[0]]
    assert 'name="candidate"' not in page.content.decode()


def test_it_accepts_what_is_ticked_and_shows_the_batch(bobs, candidates):
    answer = bobs.post(
        address("batch-accept"),
        {"scope": "selected", "candidate": as_sent(candidates[:2]), "shown": as_sent(candidates)},
    )
    batch = Batch.objects.get()
    assert answer["Location"] == address("batch", batch.pk)
    assert states(candidates) == ["accepted", "accepted", "pending"]
    text = bobs.get(answer["Location"]).content.decode()
    assert "2 facts accepted." in text
    assert "Undo all 2" in text

    answer = bobs.post(address("batch-undo", batch.pk))
    text = bobs.get(answer["Location"]).content.decode()
    assert states(candidates) == ["pending"] * 3
    assert "2 facts undone." in text
    assert "Undo all" not in text


def test_it_accepts_all_that_the_page_showed(bobs, candidates):
    bobs.post(address("batch-accept"), {"scope": "all", "shown": as_sent(candidates[1:])})
    assert states(candidates) == ["pending", "accepted", "accepted"]


def test_it_tells_what_was_left(bobs, candidates, alice):
    shown = as_sent(candidates)
    candidate_reject(candidate=candidates[0], actor=alice, reason="other")
    answer = bobs.post(address("batch-accept"), {"scope": "all", "shown": shown}, follow=True)
    text = answer.content.decode()
    assert "2 facts accepted." in text
    assert "1 left as it was" in text
    assert "<li>Ada Brook / place of birth / Lindenau: alice has decided" in text


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"scope": "selected"},
        {"candidate": ["x:1"]},
        {"candidate": ["1"]},
        {"candidate": [f"{10**30}:1"]},
        {"candidate": ["-1:1"]},
    ],
)
def test_it_answers_422_when_nothing_sensible_is_chosen(bobs, candidates, sent):
    answer = bobs.post(address("batch-accept"), sent)
    assert answer.status_code == 422
    assert states(candidates) == ["pending"] * 3


def test_it_shows_batches_to_reviewers_of_the_space_alone(
    bobs, sign_in, mallory, carol, candidates, space, bob
):
    batch = candidates_accept_batch(space=space, actor=bob, candidates=pairs(candidates)).batch
    assert sign_in(carol).get(address("batch", batch.pk)).status_code == 403
    assert sign_in(mallory).post(address("batch-undo", batch.pk)).status_code == 404
    foreign = Batch.objects.create(space=factories.make_space("other"), actor=bob)
    assert bobs.get(address("batch", foreign.pk)).status_code == 404
    assert bobs.post(address("batch-undo", foreign.pk)).status_code == 404


def test_it_escapes_names_of_what_was_left(bobs, candidates, alice):
    Candidate.objects.filter(pk=candidates[0].pk).update(subject_text="<b>Ada</b>")
    candidate_reject(candidate=candidates[0], actor=alice, reason="other")
    answer = bobs.post(
        address("batch-accept"), {"candidate": [f"{candidates[0].pk}:1"]}, follow=True
    )
    assert "<li>&lt;b&gt;Ada&lt;/b&gt; / place of birth" in answer.content.decode()


def test_it_marks_own_proposals_in_the_list(bobs, candidates, bob):
    Candidate.objects.filter(pk=candidates[0].pk).update(
        origin="import", proposed_by=bob, extraction=None
    )
    text = bobs.get(address("candidate-list")).content.decode()
    assert text.count('type="checkbox" name="candidate"') == 2
    assert "Your own proposal: another reviewer decides it" in text
