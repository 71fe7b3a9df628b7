"""``manage.py evaluate attribution``: how many answers change without the memory that they cite."""

from __future__ import annotations

import pytest

from apps.memory.controller import MemoryController
from memweb.serving import servers
from tests.apps.evaluation.command import Evaluate
from tests.apps.explicit.stub_head import ask

pytestmark = pytest.mark.django_db
evaluate = Evaluate("attribution", "--space")


@pytest.fixture(autouse=True)
def _migrated(monkeypatch):
    """Looking for migrations closes the connection, and with it the test's transaction."""
    monkeypatch.setattr(servers, "migrate", lambda: False)


def test_a_measure_over_answers_tells_how_many_change(answer, carol, space, head) -> None:
    ask(space, carol)
    report = evaluate.report(space.slug)
    assert (report["answers"], report["changed_since"]) == (2, 0)
    assert report["cited"]["removed"] == 2
    assert report["cited"]["writes_other"]["share"] == 1.0
    assert report["others"]["removed"] == 2
    assert report["others"]["told_other"]["share"] == 0.0
    assert report["as_then"]["share"] == 1.0
    assert report["most_attended_is_cited"]["share"] == 1.0
    assert report["attention_cited"] == pytest.approx(0.0717)


def test_a_measure_leaves_out_what_was_changed(answer, alice, space, fact) -> None:
    MemoryController(space).retract(fact, actor=alice, reason="not so")
    report = evaluate.report(space.slug, "--cited-only")
    assert (report["answers"], report["changed_since"], report["cited"]["told_other"]) == (
        1, 1, None,
    )  # fmt: skip
    assert "1 answers, 1 of them left out" in evaluate(space.slug, "--cited-only")[0]


def test_a_measure_needs_answers(space, is_on) -> None:
    assert "has no answers that cite" in evaluate.refusal(space.slug)
    assert "from 1 on" in evaluate.refusal(space.slug, "--answers", "0")
