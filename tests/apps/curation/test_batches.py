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
    candidates_decide_batch,
    hold_take,
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


ACCEPT = {"action": "accept", "scope": "selected"}


def states(candidates: list[Candidate]) -> list[str]:
    for candidate in candidates:
        candidate.refresh_from_db()
    return [candidate.state for candidate in candidates]


def test_it_accepts_a_batch_and_undoes_it(candidates, space, bob):
    result = candidates_decide_batch(space=space, actor=bob, candidates=pairs(candidates))

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
    result = candidates_decide_batch(
        space=space, actor=bob, candidates=[*shown, (foreign.pk, 1), (999_999, 1), shown[1]]
    )

    assert states(candidates) == ["rejected", "accepted", "pending"]
    assert states([foreign]) == ["pending"]
    reasons = {one.candidate_id: one.reason for one in result.refused}
    assert set(reasons) == {candidates[0].pk, candidates[2].pk, foreign.pk, 999_999}
    assert "alice has decided" in reasons[candidates[0].pk]
    assert "another value" in reasons[candidates[2].pk]


def test_it_keeps_no_batch_of_nothing(candidates, space, bob):
    result = candidates_decide_batch(
        space=space, actor=bob, candidates=[(one.pk, 7) for one in candidates]
    )
    assert result.batch is None
    assert len(result.refused) == 3
    assert not Batch.objects.exists()


def test_it_undoes_what_can_be_undone_of_a_batch(candidates, space, bob, alice):
    result = candidates_decide_batch(space=space, actor=bob, candidates=pairs(candidates))
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
    result = candidates_decide_batch(space=space, actor=bob, candidates=pairs(candidates))
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
    assert "all 2 on this page" in text
    assert text.count('class="mark mark--subject"') == 2  # the sentence stands in each row

    page = bobs.get(address("candidate-list") + "?state=rejected")
    assert [row.candidate for row in page.context["rows"]] == [candidates[0]]
    assert 'name="candidate"' not in page.content.decode()


def test_it_accepts_what_is_ticked_and_shows_the_batch(bobs, candidates):
    answer = bobs.post(
        address("batch-decide"),
        {**ACCEPT, "candidate": as_sent(candidates[:2]), "shown": as_sent(candidates)},
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
    sent = {"action": "accept", "scope": "page", "shown": as_sent(candidates[1:])}
    asked = bobs.post(address("batch-decide"), sent)
    assert "Accept 2 facts?" in asked.content.decode()
    assert states(candidates) == ["pending"] * 3
    confirm(bobs, asked)
    assert states(candidates) == ["pending", "accepted", "accepted"]


def confirm(client, asked):
    """Press the button of the page that asks whether so many are meant."""
    given = {name: asked.context[name] for name in ("queue", "chosen", "action")}
    sent = {**given, "scope": "chosen", "words": asked.context["reason"]}
    return client.post(address("batch-decide"), sent)


def test_it_decides_all_that_match_once_the_number_is_confirmed(bobs, candidates):
    sent = {"action": "reject", "scope": "all", "queue": "q=Lindenau", "reason": "too vague"}
    asked = bobs.post(address("batch-decide"), sent)
    text = asked.content.decode()
    assert "Reject 2 facts?" in text
    assert "Words: “Lindenau”." in text
    assert "Reason: too vague." in text

    Candidate.objects.filter(pk=candidates[0].pk).update(version=5)  # changed meanwhile
    answer = confirm(bobs, asked)
    assert states(candidates) == ["pending", "pending", "rejected"]
    batch = Batch.objects.get()
    assert answer["Location"] == address("batch", batch.pk) + "?q=Lindenau"
    page = bobs.get(answer["Location"]).content.decode()
    assert address("candidate-list") + "?q=Lindenau" in page
    assert "too vague" in page
    undone = bobs.post(address("batch-undo", batch.pk), {"queue": "q=Lindenau"})
    assert undone["Location"].endswith("?q=Lindenau")
    assert states(candidates) == ["pending"] * 3


def test_it_defers_what_is_ticked_and_takes_it_back(bobs, candidates):
    bobs.post(
        address("batch-decide"),
        {"action": "defer", "scope": "selected", "candidate": as_sent(candidates[:2])},
    )
    assert states(candidates) == ["deferred", "deferred", "pending"]
    bobs.post(address("batch-undo", Batch.objects.get().pk))
    assert states(candidates) == ["pending"] * 3


def test_it_leaves_out_what_somebody_else_has_open(bobs, candidates, alice):
    hold_take(candidate=candidates[0], holder=alice)
    text = bobs.get(address("candidate-list")).content.decode()
    assert "open with alice" in text
    assert text.count('type="checkbox" name="candidate"') == 2
    sent = {**ACCEPT, "candidate": as_sent(candidates)}
    told = bobs.post(address("batch-decide"), sent, follow=True).content.decode()
    assert "alice has it open." in told
    assert states(candidates) == ["pending", "accepted", "accepted"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=founded", [1, 2]),  # in the sentence alone
        ("q=brook+BORN", [0, 2]),
        ("q=place+of", [0]),
        ("q=nowhere", []),
        ("order=newest", [2, 1, 0]),
        ("order=surest", [1, 0, 2]),
        ("order=doubtful", [2, 0, 1]),
        ("order=relation", [2, 0, 1]),
    ],
)
def test_it_finds_words_and_sorts(bobs, candidates, query, found):
    for candidate, score, relation in zip(
        candidates, (0.8, 0.9, 0.7), ("place of birth", "works for", "home"), strict=True
    ):
        candidate.score = score
        candidate.relation = factories.make_relation(candidate.space, relation)
        candidate.save()
    page = bobs.get(f"{address('candidate-list')}?{query}")
    assert [row.candidate for row in page.context["rows"]] == [candidates[n] for n in found]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("score=x", "Score"),
        ("document=999999", "Document"),
        ("relation=x", "Relation"),
        ("order=x", "Order"),
        ("state=x", "State"),
    ],
)
def test_it_names_the_filter_that_makes_no_sense(bobs, candidates, query, field):
    page = bobs.get(f"{address('candidate-list')}?{query}")
    assert page.status_code == 422
    assert f"<p>{field}: " in page.content.decode()
    assert len(page.context["rows"]) == 3


def test_it_tells_what_was_left(bobs, candidates, alice):
    shown = as_sent(candidates)
    candidate_reject(candidate=candidates[0], actor=alice, reason="other")
    sent = {**ACCEPT, "candidate": shown}
    answer = bobs.post(address("batch-decide"), sent, follow=True)
    text = answer.content.decode()
    assert "2 facts accepted." in text
    assert "1 left as it was" in text
    assert "<li>Ada Brook / place of birth / Lindenau: alice has decided" in text


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"action": "accept", "scope": "selected"},
        {"action": "accept", "scope": "page"},
        {"action": "accept", "scope": "chosen", "chosen": "1"},
        {"action": "accept", "scope": "all", "queue": "q=nowhere"},
        {"action": "merge", "scope": "selected", "candidate": ["1:1"]},
        {"action": "accept", "scope": "x", "candidate": ["1:1"]},
        {"action": "reject", "scope": "all", "reason": " "},
        {"action": "reject", "scope": "all", "reason": "x" * 501},
        {"action": "accept", "scope": "selected", "candidate": ["x:1"]},
        {"action": "accept", "scope": "selected", "candidate": ["1"]},
        {"action": "accept", "scope": "selected", "candidate": [f"{10**30}:1"]},
        {"action": "accept", "scope": "selected", "candidate": ["-1:1"]},
    ],
)
def test_it_answers_422_when_nothing_sensible_is_chosen(bobs, candidates, sent):
    answer = bobs.post(address("batch-decide"), sent)
    assert answer.status_code == 422
    assert states(candidates) == ["pending"] * 3


def test_it_shows_batches_to_reviewers_of_the_space_alone(
    bobs, sign_in, mallory, carol, dave, candidates, space, bob
):
    batch = candidates_decide_batch(space=space, actor=bob, candidates=pairs(candidates)).batch
    assert sign_in(carol).get(address("batch", batch.pk)).status_code == 403
    read = sign_in(dave).get(address("batch", batch.pk)).content.decode()
    assert "<form" not in read[read.index("<main") : read.index("</main")]
    assert sign_in(dave).post(address("batch-undo", batch.pk)).status_code == 403
    assert sign_in(mallory).post(address("batch-undo", batch.pk)).status_code == 404
    foreign = Batch.objects.create(space=factories.make_space("other"), actor=bob)
    assert bobs.get(address("batch", foreign.pk)).status_code == 404
    assert bobs.post(address("batch-undo", foreign.pk)).status_code == 404


def test_it_escapes_names_of_what_was_left(bobs, candidates, alice):
    Candidate.objects.filter(pk=candidates[0].pk).update(subject_text="<b>Ada</b>")
    candidate_reject(candidate=candidates[0], actor=alice, reason="other")
    answer = bobs.post(
        address("batch-decide"), {**ACCEPT, "candidate": [f"{candidates[0].pk}:1"]}, follow=True
    )
    assert "<li>&lt;b&gt;Ada&lt;/b&gt; / place of birth" in answer.content.decode()


def test_it_marks_own_proposals_in_the_list(bobs, candidates, bob):
    Candidate.objects.filter(pk=candidates[0].pk).update(
        origin="import", proposed_by=bob, extraction=None
    )
    text = bobs.get(address("candidate-list")).content.decode()
    assert text.count('type="checkbox" name="candidate"') == 2
    assert "Your own proposal: another reviewer decides it" in text
