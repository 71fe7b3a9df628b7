"""Why a case failed."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.utils import timezone

from apps.evaluation.models import Result
from apps.evaluation.services.answering.diagnosis import DIAGNOSES
from apps.memory.models import Relation, Triple
from tests import factories
from tests.apps.evaluation.runs_made import born, make_memory, make_version, run_to_its_end

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _scripted(settings, monkeypatch) -> None:
    settings.READ_HEAD = settings.WRITE_HEAD = settings.EMBEDDER = "scripted"
    monkeypatch.setattr("apps.common.jobs.bell.current_app.send_task", lambda *given, **more: None)


@pytest.fixture
def asked(space, alice, dave):
    """Return what came of one case over a memory of who was born where."""
    make_memory(space)

    def ask(case, **fields) -> Result:
        version = make_version(space, alice, [case], **fields)
        return run_to_its_end(version, dave).results.get()

    return ask


def triple(subject: str) -> Triple:
    return Triple.objects.get(subject__name=subject)


def test_it_has_words_for_each() -> None:
    assert list(DIAGNOSES) == [
        "misread", "wrong-fact", "missing", "waiting", "rejected", "outdated", "too-long",
        "refused",
    ]  # fmt: skip
    assert all(one.label and one.explains and one.repair for one in DIAGNOSES.values())


def test_it_has_none_of_what_is_right(asked) -> None:
    result = asked(born("Ada Brook", "Lindenau"))
    assert (result.outcome, result.diagnosis) == ("right", "")


def test_it_finds_that_a_question_was_misread(asked) -> None:
    case = born("Ada Brook", "Lindenau", text="What is it about Ada Brook that one should know?")
    result = asked(case)
    assert (result.outcome, result.diagnosis) == ("abstained", "misread")
    assert result.answer["triples"] == [triple("Ada Brook").pk]


def test_it_finds_a_wrong_fact(asked) -> None:
    result = asked(born("Ben Hollis", "Berlin"))
    assert (result.outcome, result.diagnosis) == ("wrong", "wrong-fact")
    assert result.answer["triples"] == [triple("Ben Hollis").pk]


def test_it_finds_what_is_missing(asked) -> None:
    result = asked(born("Zoe Nowhere", "Berlin"))
    assert (result.outcome, result.diagnosis) == ("abstained", "missing")
    assert "knows nothing under a name" in result.answer["why"]


def test_it_finds_an_answer_where_none_is_right(asked) -> None:
    assert asked(born("Ada Brook")).diagnosis == "wrong-fact"


@pytest.mark.parametrize(("state", "key"), [("pending", "waiting"), ("rejected", "rejected")])
def test_it_finds_what_is_proposed(asked, space, alice, state, key) -> None:
    document = factories.make_document(space, alice, "Zoe Marsh was born in Berlin.")
    made = factories.make_candidate(document, alice, "Zoe Marsh", object="Berlin", state=state)
    result = asked(born("Zoe Marsh", "Berlin"))
    assert (result.diagnosis, result.answer["candidates"]) == (key, [made.pk])


def test_it_finds_what_is_of_another_time(asked) -> None:
    Triple.objects.filter(subject__name="Ada Brook").update(valid_to=date(1950, 1, 1))
    case = born("Ada Brook", "Lindenau", given={"as_of": "1960-01-01"})
    result = asked(case)
    assert (result.outcome, result.diagnosis) == ("abstained", "outdated")


def test_it_finds_what_another_fact_replaced(asked, space) -> None:
    old = triple("Ada Brook")
    new = factories.make_triple(space, "Ada Brook", "place of birth", "Corvo")
    Triple.objects.filter(pk=old.pk).update(
        status="superseded", superseded_by=new, retracted_at=timezone.now()
    )
    result = asked(born("Ada Brook", "Lindenau", rests_on={"triples": [old.pk]}))
    assert (result.outcome, result.diagnosis) == ("wrong", "outdated")
    assert result.answer["triples"] == [old.pk]


def test_it_finds_what_was_taken_out(asked) -> None:
    gone = Triple.objects.filter(subject__name="Ada Brook")
    gone.update(status="retracted", retracted_at=timezone.now() - timedelta(seconds=1))
    result = asked(born("Ada Brook", "Lindenau", rests_on={"triples": [gone.get().pk]}))
    assert (result.diagnosis, result.answer["why"]) == (
        "missing", "This fact was taken out of the memory.",
    )  # fmt: skip


def test_it_finds_that_a_relation_was_retired_between_two_runs(asked) -> None:
    case = born("Zoe Nowhere", "Berlin")
    Relation.objects.update(retired_at=timezone.now())
    assert asked(case).answer["why"] == "The relation “place of birth” is retired."
    case |= {"relation": "hobby"}
    assert asked(case, name="Hobbies").answer["why"] == "The memory has no relation “hobby”."


def test_it_finds_why_a_sentence_was_misread(asked) -> None:
    fact = {"subject": "Ada Brook", "relation": "place of birth", "object": "Lindenau"}
    text = "Ada Brook was born in Lindenau."
    found = [
        asked({"text": text, "expected": [expected] if expected else []}, kind="statements",
              name=f"Sentences {number}").diagnosis
        for number, expected in enumerate(
            (fact, fact | {"relation": "hobby"}, fact | {"object": "Corvo"}, None,
             fact | {"mood": "denied"})
        )
    ]  # fmt: skip
    assert found == ["", "missing", "missing", "wrong-fact", "misread"]


@pytest.mark.parametrize(
    ("careless", "said"),
    [
        ({}, ("misread", "The text only looks as if it stated this.")),
        ({"subject": "Addie", "subject_names": ["Ada Brook"]},
         ("misread", "The text only looks as if it stated this.")),
        ({"relation": "hobby"},
         ("wrong-fact", "Something was proposed that the text does not state.")),
    ],
)  # fmt: skip
def test_it_knows_what_a_text_only_seems_to_state_by_all_that_it_is(asked, careless, said) -> None:
    fact = {"subject": "Ada Brook", "relation": "place of birth", "object": "Lindenau"}
    case = {"text": "Ada Brook was born in Lindenau.", "expected": []}
    result = asked(case | {"given": {"not": [fact | careless]}}, kind="statements")
    assert (result.diagnosis, result.answer["why"]) == said
