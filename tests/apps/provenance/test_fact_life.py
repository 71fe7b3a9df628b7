"""The life of a fact: every step in order, with the picture's lines, for those who may see it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import Space, User
from apps.asking.models import Answer, Citation
from apps.curation.models import Decision
from apps.curation.services import candidate_accept, decision_undo
from apps.memory.controller import MemoryController
from apps.memory.models import Triple
from apps.memory.services import entities_merge
from apps.provenance.selectors.lives import Lane, Life, life_of
from apps.provenance.services.person_erasure import person_erase
from tests import factories

Open = Callable[[User], Client]
OWNER = frozenset({"owner"})

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def decision(space: Space, alice: User, bob: User) -> Decision:
    document = factories.make_document(space, alice, title="Parish register")
    factories.make_extraction(document, alice, head="encoder", head_version="1a2b3c4d")
    candidate = factories.make_candidate(document, alice)
    return candidate_accept(candidate=candidate, actor=bob)


@pytest.fixture
def fact(decision: Decision) -> Triple:
    assert decision.triple is not None
    return decision.triple


def _answer(fact: Triple, by: User, text: str = "Where was Ada Brook born?") -> Answer:
    question = factories.make_question(fact.space, by, text, state="done")
    answer = Answer.objects.create(
        question=question, text="In Lindenau.", abstained=False, head_version="1", seconds=1
    )
    Citation.objects.create(
        answer=answer, number=1, triple=fact, statement="Ada Brook was born in Lindenau.",
        approved_by_label="bob", approved_at=timezone.now(),
    )  # fmt: skip
    return answer


def _said(life: Life) -> list[str]:
    return [f"{shown.step.who} {shown.step.title}".strip() for shown in life.steps]


def test_it_tells_every_step_in_order(fact: Triple, alice: User, carol: User) -> None:
    _answer(fact, carol)
    life = life_of(fact, user=alice, roles=OWNER)
    assert _said(life) == [
        "alice added the document “Parish register”",
        f"write head encoder read document {fact.evidence.get().passage.document_id}",
        "write head encoder proposed Ada Brook · place of birth · Lindenau",
        "bob accepted it",
        "bob wrote the fact Ada Brook · place of birth · Lindenau to the memory",
        "Evidence from “Parish register”",
        "carol asked “Where was Ada Brook born?” and was answered from it",
    ]
    assert (life.documents, life.people, life.evidence, life.answers) == (1, 1, 1, 1)
    assert [shown.alive for shown in life.steps] == [False] * 4 + [True] * 3


def test_whoever_was_erased_has_one_name(fact: Triple, alice: User, bob: User) -> None:
    person_erase(person=bob, reason="he asked", actor=alice)
    said = _said(life_of(fact, user=alice, roles=OWNER))
    assert f"erased person {bob.pk} accepted it" in said
    assert f"erased person {bob.pk} wrote a fact to the memory" in said


def test_it_tells_of_undoing_and_of_the_end(
    decision: Decision, fact: Triple, alice: User, bob: User
) -> None:
    decision_undo(decision=decision, actor=alice)
    fact.refresh_from_db()
    life = life_of(fact, user=alice, roles=OWNER)
    said = _said(life)
    assert "alice undid the decision of bob" in said
    assert "Its evidence from “Parish register” was taken back" in said
    assert any(one.startswith("alice retracted the fact") for one in said)
    assert not life.steps[-1].alive
    undone = [shown.step for shown in life.steps if shown.step.icon == "undo"]
    assert [one.event is not None for one in undone] == [True]


def test_it_tells_of_superseding_and_merging(fact: Triple, alice: User, bob: User) -> None:
    other = factories.make_triple(fact.space, "A. Brook", fact.relation, "Lindenau")
    entities_merge(source=other.subject, target=fact.subject, actor=alice)
    other.refresh_from_db()
    end = life_of(other, user=alice, roles=OWNER).steps[-1]
    assert end.step.title.startswith("superseded the fact")
    assert not end.alive
    MemoryController(fact.space).retract(fact, actor=alice, reason="wrong parish")
    fact.refresh_from_db()
    assert any("wrong parish" in one for one in _said(life_of(fact, user=alice, roles=OWNER)))


def test_a_fact_without_events_still_begins_and_ends(space: Space, alice: User) -> None:
    fact = factories.make_triple(
        space, "Ada", "home", "Rome", status="retracted",
        retracted_at=timezone.now() + timedelta(seconds=5),
    )  # fmt: skip
    life = life_of(fact, user=alice, roles=OWNER)
    assert _said(life) == ["Entered the memory", "Left the memory"]
    assert [shown.alive for shown in life.steps] == [True, False]


def test_the_path_leads_from_each_step_to_the_next(fact: Triple, alice: User) -> None:
    life = life_of(fact, user=alice, roles=OWNER)
    for before, shown in zip(life.steps, life.steps[1:], strict=False):
        assert "down" in before.cells[before.step.lane].lines
        assert "up" in shown.cells[before.step.lane].lines
        left, right = sorted((before.step.lane, shown.step.lane))
        for cell in shown.cells:
            assert ("left" in cell.lines) == (left < cell.lane <= right)
            assert ("right" in cell.lines) == (left <= cell.lane < right)
            assert cell.is_node == (cell.lane == shown.step.lane)
    assert "down" not in life.steps[-1].cells[life.steps[-1].step.lane].lines
    held = [shown.cells[Lane.MEMORY].lines for shown in life.steps]
    assert ["held-down" in one for one in held] == [shown.alive for shown in life.steps]


def test_many_answers_are_counted_and_few_told(fact: Triple, alice: User, carol: User) -> None:
    for number in range(10):
        _answer(fact, carol, f"Question {number}?")
    life = life_of(fact, user=alice, roles=OWNER)
    told = [shown for shown in life.steps if shown.step.lane == Lane.USE]
    assert (len(told), life.answers, life.hidden) == (6, 10, 4)


def test_its_page_shows_the_sentence_and_links(
    fact: Triple, carol: User, dave: User, sign_in: Open
) -> None:
    answer = _answer(fact, carol)
    page = sign_in(dave).get(f"/s/atlas/audit/facts/{fact.pk}/").content.decode()
    assert "Parish register" in page
    assert "1a2b3c4d" in page
    assert reverse("asking:question", args=["atlas", answer.question_id]) in page
    assert "/s/atlas/audit/events/" in page
    assert "style=" not in page


def test_others_questions_and_the_log_stay_hidden_from_reviewers(
    fact: Triple, bob: User, carol: User, mallory: User, sign_in: Open
) -> None:
    _answer(fact, carol)
    page = sign_in(bob).get(f"/s/atlas/audit/facts/{fact.pk}/").content.decode()
    assert "bob</strong>" in page
    assert "Where was Ada Brook born?" not in page
    assert "1 more answer cites it" in page
    assert "/s/atlas/audit/events/" not in page
    assert sign_in(mallory).get(f"/s/atlas/audit/facts/{fact.pk}/").status_code == 404
    assert sign_in(mallory).get(f"/s/elsewhere/audit/facts/{fact.pk}/").status_code == 404


def test_the_page_of_the_fact_leads_to_it(fact: Triple, bob: User, sign_in: Open) -> None:
    page = sign_in(bob).get(f"/s/atlas/facts/{fact.pk}/").content.decode()
    assert f"/s/atlas/audit/facts/{fact.pk}/" in page


def test_its_queries_do_not_grow_with_its_answers(
    fact: Triple, alice: User, carol: User, sign_in: Open, django_assert_max_num_queries
) -> None:
    for number in range(8):
        _answer(fact, carol, f"Question {number}?")
    alices = sign_in(alice)
    with django_assert_max_num_queries(35):
        alices.get(f"/s/atlas/audit/facts/{fact.pk}/")
