"""Benchmarks and runs beneath which something was erased: they end, count, and say so."""

from __future__ import annotations

import json
import re
import threading
import time
from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection
from django.urls import reverse

from apps.evaluation.models import BenchmarkVersion, Case, Run
from apps.evaluation.services.answering.from_memory import FromMemory
from apps.evaluation.services.benchmarks import baseline_pin
from apps.evaluation.services.falling import fall_of
from apps.evaluation.services.runs import (
    AllErased,
    keeping,
    run_cancel,
    run_request,
    run_retry,
    run_run_next,
)
from apps.evaluation.services.schedules import schedule_set, schedules_run, trouble_of
from apps.provenance.services.document_erasure import document_erase
from apps.provenance.services.person_erasure import person_erase
from tests import factories
from tests.apps.evaluation.evaluated import file_of
from tests.apps.evaluation.runs_made import born, make_memory, make_version, run_to_its_end

pytestmark = pytest.mark.django_db(transaction=True)  # what refers to nothing is refused at its end


@pytest.fixture(autouse=True)
def _scripted(settings, monkeypatch) -> None:
    settings.READ_HEAD = settings.WRITE_HEAD = settings.EMBEDDER = "scripted"
    monkeypatch.setattr("apps.common.jobs.bell.current_app.send_task", lambda *given, **more: None)


@pytest.fixture
def document(space, alice):
    return factories.make_document(space, alice, "Ben Hollis was born in Halden.")


@pytest.fixture
def version(space, alice, document) -> BenchmarkVersion:
    """Six cases, of which the second and the fourth rest on the document."""
    make_memory(space)
    on = {"rests_on": {"documents": [document.pk]}}
    cases = [
        born("Ada Brook", "Lindenau"), born("Ben Hollis", "Halden", **on),
        born("Cleo Marsh", "Corvo"), born("Ben Hollis", "Berlin", **on),
        born("Nobody Known"), born("Ada Brook", "Berlin"),
    ]  # fmt: skip
    return make_version(space, alice, cases)


def erase(document, alice) -> None:
    document_erase(document=document, actor=alice, reason="asked for")


def words(response) -> str:
    """Return what a page says, without its tags."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", response.content.decode()))


def test_a_run_ends_though_what_it_has_just_asked_is_erased(
    version, document, alice, dave, monkeypatch
) -> None:
    original = FromMemory.answer

    def answer(self, case):
        given = original(self, case)
        if case.number == 3:  # the second is answered, and not yet saved
            erase(document, alice)
        return given

    monkeypatch.setattr(FromMemory, "answer", answer)
    monkeypatch.setattr(keeping, "SAVE_SECONDS", 3600.0)
    run = run_to_its_end(version, dave)
    assert (run.state, run.error, run.attempts) == ("done", "", 1)
    numbers = run.results.order_by("case").values_list("case__number", flat=True)
    assert list(numbers) == [1, 3, 5, 6]
    assert (run.done, run.figures["n"], run.total, run.erased) == (4, 4, 4, 0)


def test_a_worker_waits_for_an_erasure_that_is_under_way(
    version, document, alice, dave, monkeypatch
) -> None:
    """Neither is refused by the database, whoever holds rows first."""
    original, holds, threads, saved = FromMemory.answer, threading.Event(), [], []
    save = keeping.Keeping.save

    def hold() -> None:
        holds.set()
        time.sleep(0.5)
        assert saved == [], "what is saved meanwhile is of cases that are going"

    def run_erasure() -> None:
        try:
            document_erase(document=document, actor=alice, reason="asked for", end=hold)
        finally:
            connection.close()

    def answer(self, case):
        if case.number == 3:
            threads.append(threading.Thread(target=run_erasure))
            threads[0].start()
            assert holds.wait(20)
        return original(self, case)

    def saving(self) -> None:
        some = list(self._results)
        save(self)
        saved.extend(some)

    monkeypatch.setattr(FromMemory, "answer", answer)
    monkeypatch.setattr(keeping, "SAVE_SECONDS", 3600.0)
    monkeypatch.setattr(keeping.Keeping, "save", saving)
    run = run_to_its_end(version, dave)
    threads[0].join(20)
    assert (run.state, run.error, run.done, run.figures["n"]) == ("done", "", 4, 4)
    document.refresh_from_db()
    version.refresh_from_db()
    assert document.erased_at is not None
    assert version.erased == 2


def test_words_read_in_what_is_erased_meanwhile_are_not_saved(
    version, document, alice, dave, monkeypatch
) -> None:
    original, passage = FromMemory.answer, document.passages.get().pk

    def judged(run):
        judge = real(run)

        def with_passages(case, given):
            result = judge(case, given)
            if case.number == 1:
                result.answer = {"text": "In Zebrastone.", "passages": [passage]}
            return result

        return with_passages

    def answer(self, case):
        if case.number == 3:
            erase(document, alice)
        return original(self, case)

    kind = keeping.kind_of("questions")
    real = kind.judging
    monkeypatch.setattr(
        keeping, "kind_of", lambda name: type("", (), {"judging": staticmethod(judged)})
    )
    monkeypatch.setattr(keeping, "SAVE_SECONDS", 3600.0)
    monkeypatch.setattr(FromMemory, "answer", answer)
    run = run_to_its_end(version, dave)
    assert run.state == "done"
    assert run.results.get(case__number=1).answer == {"text": "Erased with its document"}


def test_progress_sums_up_where_cases_go_while_it_is_under_way(
    version, document, alice, dave, settings, sign_in
) -> None:
    settings.SLICE_SECONDS = 0
    run = run_request(version=version, actor=dave)
    for _ in range(3):
        run_run_next()
    erase(document, alice)  # one of them was asked, the other was not
    page = sign_in(dave).get(reverse("evaluation:run", args=["atlas", run.pk]))
    assert "2 of 4 cases" in words(page)
    run.refresh_from_db()
    run_cancel(run=run, actor=dave)
    runs = words(sign_in(dave).get(reverse("evaluation:run-list", args=["atlas"])))
    assert "2 of 4" in runs
    run_retry(run=run, actor=dave)
    while run_run_next() is not None:
        pass
    run.refresh_from_db()
    assert (run.state, run.done, run.total, run.figures["n"]) == ("done", 4, 4, 4)


def test_its_pages_say_that_figures_are_of_before(
    space, version, document, alice, dave, sign_in
) -> None:
    run, other = run_to_its_end(version, dave), run_to_its_end(version, alice)
    baseline_pin(benchmark=version.benchmark, run=run, actor=dave)
    before = run.figures
    erase(document, alice)
    run.refresh_from_db()
    version.refresh_from_db()
    assert (version.erased, version.left, run.done, run.erased) == (2, 4, 4, 2)
    assert run.figures == before
    later = run_to_its_end(version, dave)
    assert (later.done, later.total, later.erased, later.figures["n"]) == (4, 4, 0, 4)

    client = sign_in(dave)
    page = words(client.get(reverse("evaluation:benchmark", args=["atlas", version.benchmark_id])))
    assert "2 of the 6 cases of version 1 were erased, with what they rested on" in page
    assert "A run asks the 4 that are left; the figures of earlier runs are of before that." in page
    assert page.count("before 2 of 6 cases were erased") == 2
    page = words(client.get(reverse("evaluation:version", args=["atlas", version.benchmark_id, 1])))
    assert "4 of them are left" in page
    page = words(client.get(reverse("evaluation:run", args=["atlas", run.pk])))
    assert "2 of the 6 cases that it asked were erased since, with their results" in page
    assert "below stand the 4 that are left" in page
    assert "Of the 4 that are left:" in page
    assert "Why cases failed, before the erasure:" in page
    assert "erased since" not in words(
        client.get(reverse("evaluation:run", args=["atlas", later.pk]))
    )
    page = words(client.get(reverse("evaluation:run-list", args=["atlas"])))
    assert page.count("2 erased since") == 2

    query = f"?runs={run.pk}&runs={other.pk}&runs={later.pk}"
    page = words(client.get(reverse("evaluation:compare", args=["atlas"]) + query))
    assert f"2 of the 6 cases of run {run.pk} were erased since." in page
    assert f"2 of the 6 cases of run {later.pk}" not in page
    assert "Of 4 shared cases" in page

    take = reverse("evaluation:run-export", args=["atlas", run.pk])
    taken = json.loads(file_of(client.post(take, {"format": "json"})))
    assert (taken["cases"], taken["cases_erased"], len(taken["results"])) == (6, 2, 4)
    report = file_of(client.post(take, {"format": "html"})).decode()
    assert "2 of its 6 cases were erased since" in report


def test_the_address_of_an_erased_case_says_so(version, document, alice, dave, sign_in) -> None:
    run = run_to_its_end(version, dave)
    client = sign_in(dave)

    def case(number: int) -> str:
        return reverse("evaluation:case", args=["atlas", run.pk, number])

    assert client.get(case(7)).status_code == 404
    erase(document, alice)
    gone = client.get(case(2))
    assert gone.status_code == 410
    assert "Case 2 was erased" in words(gone)
    assert f"2 cases with document {document.pk}" in words(gone)
    assert "4 of 6 cases are left" in words(gone)
    assert "Which of these erasures" not in words(gone)
    assert client.post(case(4) + "again/").status_code == 410
    assert [client.get(case(number)).status_code for number in (1, 0, 7)] == [200, 404, 404]


def test_a_version_without_a_case_left_is_not_run(space, alice, dave, document, sign_in) -> None:
    make_memory(space)
    on = {"rests_on": {"documents": [document.pk]}}
    version = make_version(space, alice, [born("Ada Brook", "Lindenau", **on)])
    done, again = run_to_its_end(version, dave), run_to_its_end(version, dave, only=1)
    waiting = run_request(version=version, actor=dave)
    schedule = schedule_set(benchmark=version.benchmark, actor=dave, when="decisions", every=1)
    erase(document, alice)
    with pytest.raises(AllErased, match="nothing is left to ask"):
        run_request(version=version, actor=dave)
    assert schedules_run() == 0
    assert trouble_of(schedule) == "It does not run: all cases of version 1 were erased."
    assert run_run_next() is not None
    waiting.refresh_from_db()
    assert (waiting.state, waiting.figures["n"], waiting.done) == ("done", 0, 0)

    client = sign_in(dave)
    page = words(client.get(reverse("evaluation:run", args=["atlas", waiting.pk])))
    assert "Nothing was asked: the cases of this version were erased" in page
    page = words(client.get(reverse("evaluation:run", args=["atlas", done.pk])))
    assert "below none is left" in page
    assert client.get(reverse("evaluation:run", args=["atlas", again.pk])).status_code == 200
    page = words(client.get(reverse("evaluation:benchmark", args=["atlas", version.benchmark_id])))
    assert "1 of the 1 case of version 1 was erased" in page
    assert "Nothing is left to ask" in page
    query = f"?runs={done.pk}&runs={waiting.pk}"
    page = client.get(reverse("evaluation:compare", args=["atlas"]) + query)
    assert page.status_code == 422
    assert "have no case in common: those that both asked were erased." in words(page)
    form = reverse("evaluation:run-new", args=["atlas", version.benchmark_id])
    refused = client.post(form, {"version": "1", "mode": "memory", "head": "", "moment": ""})
    assert refused.status_code == 422
    assert "All cases of this version were erased" in words(refused)


def test_a_fall_says_that_the_baseline_asked_what_is_gone(version, document, alice, dave) -> None:
    baseline, run = run_to_its_end(version, dave), run_to_its_end(version, alice)
    share = {"value": 1.0, "interval": [0.9, 1.0], "n": 6}
    baseline.figures["shares"]["right"] = share
    found = fall_of(baseline, run, "right")
    assert found is not None
    assert "erased" not in found.sentence
    baseline.done -= 2
    assert found.sentence.endswith(
        f"The figures of run {baseline.pk} are of 2 cases that were erased since, too."
    )


def test_a_person_goes_from_beneath_a_benchmark(space, alice, bob, dave, sign_in) -> None:
    """Of a reviewer who approved, marked and asked for runs: cases of their marks go, those of
    facts stay, and every page says "erased person"."""
    make_memory(space)
    by = {"rests_on": {"people": [bob.pk]}}
    cases = [born("Ada Brook", "Lindenau", **by), born("Cleo Marsh", "Corvo")]
    marked = make_version(space, bob, cases, name="Marked")
    BenchmarkVersion.objects.filter(pk=marked.pk).update(origin="marks")
    facts = make_version(space, bob, cases, name="Facts")
    BenchmarkVersion.objects.filter(pk=facts.pk).update(origin="memory")
    runs = [run_to_its_end(one, bob) for one in (marked, facts)]
    person_erase(person=bob, reason="asked for", actor=alice)

    assert [one.cases.count() for one in (marked, facts)] == [1, 2]
    client = sign_in(dave)
    label = f"erased person {bob.pk}"
    for run in runs:
        number = run.version.benchmark_id
        pages = [
            client.get(reverse("evaluation:run", args=["atlas", run.pk])),
            client.get(reverse("evaluation:benchmark", args=["atlas", number])),
            client.get(reverse("evaluation:version", args=["atlas", number, 1])),
        ]
        assert [page.status_code for page in pages] == [200] * 3
        for page in pages:
            assert label in words(page)
            assert "bob" not in words(page).lower()
        report = client.post(
            reverse("evaluation:run-export", args=["atlas", run.pk]), {"format": "html"}
        )
        text = file_of(report).decode()
        assert label in text
        assert ">bob<" not in text.lower()
    case = reverse("evaluation:case", args=["atlas", runs[0].pk, 1])
    gone = client.get(case)
    assert gone.status_code == 410
    assert f"1 case with person {bob.pk}" in words(gone)
    assert client.get(reverse("evaluation:case", args=["atlas", runs[1].pk, 1])).status_code == 200
    again = run_to_its_end(marked, dave)
    assert (again.state, again.done, again.total) == ("done", 1, 1)


def test_a_migration_counts_what_was_erased_before(version, dave) -> None:
    run = run_to_its_end(version, dave)
    whole = make_version(version.benchmark.space, dave, [born("Nobody Known")], name="Whole")
    last = version.cases.last()
    last.results.all().delete()
    last.delete()
    fill = import_module("apps.evaluation.migrations.0008_fill_erased").fill
    fill(apps, None)
    fill(apps, None)
    version.refresh_from_db()
    whole.refresh_from_db()
    run.refresh_from_db()
    assert (version.erased, whole.erased, run.done, run.erased) == (1, 0, 5, 1)
    assert Case.objects.filter(version=version).count() == version.left
    assert Run.objects.count() == 1
