"""What is erased takes the cases with it that rest on it; a person's copy has their runs."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import DatabaseError
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import Space
from apps.asking.models import Question
from apps.audit.models import Event
from apps.evaluation.models import Case, Result
from apps.provenance.services import also_kept
from apps.provenance.services.also_kept import Gone, Keeper
from apps.provenance.services.document_erasure import document_erase
from apps.provenance.services.person_data import person_export
from apps.provenance.services.person_erasure import person_erase
from apps.provenance.services.retention import retention_run
from tests import factories
from tests.apps.evaluation.rows import make_result, make_run, make_version
from tests.apps.provenance.test_document_erasure import found_in_database

pytestmark = pytest.mark.django_db(transaction=True)


def events(action: str) -> list[dict]:
    return [one.payload for one in Event.objects.filter(action=action).order_by("pk")]


def test_a_document_takes_the_cases_that_rest_on_it_and_no_others(space, alice) -> None:
    document = factories.make_document(space, alice, "Ada Brook was born in Zebrastone.")
    other = factories.make_document(space, alice, "Ben Moss was born in Halden.")
    version = make_version(
        space, alice,
        {"text": "Who was born in Zebrastone?", "rests_on": {"documents": [document.pk]}},
        {"expected": [["Zebrastone"]], "rests_on": {"documents": [other.pk, document.pk]}},
        {"rests_on": {"documents": [other.pk]}},
        {"rests_on": {}},
    )  # fmt: skip
    run = make_run(version, alice)
    for case in version.cases.all():
        make_result(run, case, answer={"text": "Zebrastone" if case.number < 3 else "Halden"})
    assert "evaluation_case.text" in found_in_database("zebrastone")

    document_erase(document=document, actor=alice, reason="asked for")

    assert list(version.cases.values_list("number", flat=True)) == [3, 4]
    assert run.results.count() == 2
    assert found_in_database("zebrastone") == []
    version.refresh_from_db()
    assert version.size == 4  # what its hash is over
    (told,) = events("benchmark.cases_erased")
    assert told == {
        "benchmark": version.benchmark_id, "name": "Places", "version": 1, "cases": 2,
        "because": f"document {document.pk}",
    }  # fmt: skip


def test_answers_that_were_read_in_it_lose_their_words(space, alice) -> None:
    document = factories.make_document(space, alice, "Ada Brook was born in Zebrastone.")
    version = make_version(space, alice)
    run = make_run(version, alice, mode="retrieval")
    passages = [document.passages.get().pk]
    answer = {"text": "In Zebrastone.", "given": [["zebrastone"]], "passages": passages}
    make_result(run, version.cases.get(), answer=answer)
    document_erase(document=document, actor=alice, reason="asked for")
    assert found_in_database("zebrastone") == []
    assert Result.objects.get().answer == {"text": "Erased with its document"}
    (told,) = events("run.answers_erased")
    assert (told["run"], told["answers"], told["because"]) == (run.pk, 1, f"document {document.pk}")


def test_nothing_of_another_space_goes(space, alice) -> None:
    document = factories.make_document(space, alice)
    elsewhere = make_version(
        factories.make_space("halden"), alice, {"rests_on": {"documents": [document.pk]}}
    )
    document_erase(document=document, actor=alice, reason="asked for")
    assert elsewhere.cases.count() == 1
    assert events("benchmark.cases_erased") == []


def test_retention_takes_the_cases_of_the_questions(space, alice, carol) -> None:
    question = factories.make_question(space, carol, state="done")
    kept = factories.make_question(space, carol, state="done")
    version = make_version(
        space, alice,
        {"rests_on": {"questions": [question.pk]}}, {"rests_on": {"questions": [kept.pk]}},
        origin="marks",
    )  # fmt: skip
    Space.objects.filter(pk=space.pk).update(question_days=30)
    long_ago = timezone.now() - timedelta(days=31)
    Question.objects.filter(pk=question.pk).update(created_at=long_ago)
    assert retention_run() == 1
    assert version.cases.get().rests_on == {"questions": [kept.pk]}
    assert Event.objects.get(action="benchmark.cases_erased").actor_label == "retention"


@pytest.mark.parametrize(
    ("origin", "keeps", "left"), [("marks", False, 0), ("marks", True, 1), ("memory", False, 1)]
)
def test_a_person_takes_what_they_marked_but_not_what_they_approved(
    space, alice, bob, origin, keeps, left
) -> None:
    Space.objects.filter(pk=space.pk).update(keep_questions_of_erased=keeps)
    version = make_version(space, alice, {"rests_on": {"people": [bob.pk]}}, origin=origin)
    person_erase(person=bob, reason="asked for", actor=alice)
    assert version.cases.count() == left


def test_a_person_takes_the_cases_of_what_they_asked(space, alice, carol) -> None:
    question = factories.make_question(space, carol, state="done")
    make_version(space, alice, {"rests_on": {"questions": [question.pk]}}, origin="marks")
    person_erase(person=carol, reason="asked for", actor=alice)
    assert not Case.objects.exists()


def test_what_goes_is_said_before(space, alice, sign_in, capsys) -> None:
    document = factories.make_document(space, alice)
    make_version(space, alice, {"rests_on": {"documents": [document.pk]}})
    page = sign_in(alice).get(reverse("provenance:document-erase", args=["atlas", document.pk]))
    assert "Benchmark cases</dt><dd>1, with their results" in page.content.decode()
    call_command(
        "erase_document", "--space", "atlas", "--document", str(document.pk), "--reason", "x"
    )
    assert "1  benchmark cases" in capsys.readouterr().out
    assert Case.objects.count() == 1


def test_an_erasure_that_fails_above_takes_nothing(space, alice, monkeypatch) -> None:
    document = factories.make_document(space, alice)
    version = make_version(space, alice, {"rests_on": {"documents": [document.pk]}})

    def fail(gone: Gone) -> None:
        raise DatabaseError("full")

    failing = Keeper("zebras", count=lambda gone: 0, erase=fail)
    monkeypatch.setitem(also_kept._KEEPERS, failing.things, failing)
    with pytest.raises(DatabaseError):
        document_erase(document=document, actor=alice, reason="asked for")
    document.refresh_from_db()
    assert document.erased_at is None
    assert version.cases.count() == 1


def test_it_refuses_to_erase_outside_of_a_transaction() -> None:
    with pytest.raises(RuntimeError, match="one transaction"):
        also_kept.erase_above(Gone("document 1", [1], documents=[1]))


def test_a_copy_of_a_persons_data_has_their_runs_alone(space, alice, dave) -> None:
    version = make_version(space, alice)
    run = make_run(version, dave, note="before the change")
    make_run(version, alice, note="secret")
    out = io.BytesIO()
    person_export(person=dave, actor=dave, out=out)
    with zipfile.ZipFile(out) as made:
        data = json.loads(made.read("data.json"))
        assert "runs of benchmarks that this person asked for" in made.read("README.txt").decode()
    (row,) = data["runs"]
    assert (row["id"], row["note"], row["of_benchmark"]) == (run.pk, "before the change", "Places")
    assert row["in_space"] == "atlas"
