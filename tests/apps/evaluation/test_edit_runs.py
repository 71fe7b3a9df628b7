"""Edits as a benchmark: tried on the memory of the space, and taken back."""

from __future__ import annotations

import json

import pytest
from django.db import OperationalError
from django.urls import reverse

from apps.accounts.models import User
from apps.audit.models import Event
from apps.evaluation.models import Benchmark
from apps.evaluation.services.answering import edits
from apps.evaluation.services.benchmarks.drafts import draft_keep
from apps.evaluation.services.benchmarks.reading import read_cases
from apps.evaluation.services.kinds import kind_of
from apps.evaluation.services.runs import run_request, run_run_next
from apps.memory.models import Entity, Relation, Triple
from tests.apps.evaluation.runs_made import make_memory, make_version, run_to_its_end

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _scripted(settings, monkeypatch) -> None:
    settings.READ_HEAD = settings.WRITE_HEAD = settings.EMBEDDER = "scripted"
    monkeypatch.setattr("apps.common.jobs.bell.current_app.send_task", lambda *given, **more: None)


def edit(who="Ada Brook", place="Kiel", **fields):
    return {
        "subject": who,
        "src": f"Where was {who} born?",
        "rephrase": f"What is the place of birth of {who}?",
        "alt": place,
        "loc": "Where was Ben Hollis born?",
        **fields,
    }


def read(rows, name="edits.jsonl"):
    return read_cases("\n".join(map(json.dumps, rows)).encode(), filename=name, kind="editing")


def version_of(space, actor, *rows):
    names = ("key", "kind", "text", "given", "expected")
    cases = [{name: getattr(one, name) for name in names} for one in read(rows).cases]
    return make_version(
        space, actor, [{**one, "relation": ""} for one in cases], kind=Benchmark.Kind.EDITING
    )


def rows_of(space) -> dict[str, list[object]]:
    """Return all that an edit could leave behind."""
    return {
        "triples": list(Triple.objects.order_by("pk").values_list("pk", "status", "object__name")),
        "entities": list(Entity.objects.order_by("pk").values_list("pk", "name")),
        "relations": list(Relation.objects.order_by("pk").values_list("pk", "questions")),
        "people": list(User.objects.order_by("pk").values_list("username")),
        "events": list(Event.objects.exclude(action__startswith="run.").values_list("pk")),
    }


def test_it_tries_edits_on_the_memory_and_takes_them_back(space, alice, dave) -> None:
    make_memory(space)
    version = version_of(
        space, alice,
        edit(),
        edit("Cleo Marsh", loc="Where was Cleo Marsh born?"),
        edit("Zoe Field", rephrase="Where to?"),
    )  # fmt: skip
    before = rows_of(space)
    run = run_to_its_end(version, dave)
    assert rows_of(space) == before
    assert (run.state, run.done) == ("done", 3)
    found = list(run.results.order_by("case").values_list("outcome", "f1", "diagnosis"))
    assert [one[0] for one in found] == ["right", "partly", "partly"]
    assert [round(one[1], 2) for one in found] == [1.0, 0.67, 0.67]
    assert [one[2] for one in found] == ["", "wrong-fact", "misread"]
    shares = {name: one["value"] for name, one in run.figures["shares"].items()}
    third = pytest.approx(2 / 3, abs=1e-6)
    assert (shares["reliability"], shares["generalization"], shares["locality"]) == (
        1.0, third, third,
    )  # fmt: skip
    assert set(shares) == set(kind_of("editing").measures)


def test_a_case_shows_what_was_asked_before_and_after(space, alice, dave, sign_in) -> None:
    make_memory(space)
    run = run_to_its_end(version_of(space, alice, edit()), dave)
    page = sign_in(dave).get(reverse("evaluation:case", args=[space.slug, run.pk, 1]))
    text = page.content.decode()
    assert "Where was Ben Hollis born? (before the edit)" in text
    assert "As it should be" in text
    assert "Of the three" in text


def test_an_edit_that_no_fact_can_state_is_refused(space, alice, dave, monkeypatch) -> None:
    make_memory(space)

    def refused(self, case):
        return edits.Edited("refused", refusal="Two things are called so.")

    monkeypatch.setattr(edits.Editor, "edit", refused)
    run = run_to_its_end(version_of(space, alice, edit()), dave)
    (result,) = run.results.all()
    assert (result.outcome, result.diagnosis) == ("refused", "refused")
    assert "Two things are called so." in result.answer["refused"]


@pytest.mark.parametrize("sqlstate", ["55P03", "40P01"])
def test_it_waits_for_somebody_who_is_changing_the_fact(
    space, alice, dave, monkeypatch, sqlstate
) -> None:
    make_memory(space)
    tries = []
    once = edits.Editor.edit

    def locked(self, case):
        tries.append(case.number)
        if len(tries) == 1:
            error = OperationalError("canceling statement due to lock timeout")
            error.__cause__ = type("Locked", (Exception,), {"sqlstate": sqlstate})()
            raise error
        return once(self, case)

    monkeypatch.setattr(edits.Editor, "edit", locked)
    run = run_request(version=version_of(space, alice, edit()), actor=dave)
    run_run_next()
    run.refresh_from_db()
    assert (run.state, run.done, run.attempts) == ("queued", 0, 0)
    run_run_next()
    run.refresh_from_db()
    assert (run.state, run.done, tries) == ("done", 1, [1, 1])


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"src": ""}, '"src" is missing or no text'),
        ({"loc": 3}, '"loc" is missing or no text'),
        ({"subject": " "}, '"subject" is missing or no text'),
        ({"kind": 3}, '"kind" is no text'),
        ({"alt": 7}, '"alt" is missing or no text'),
    ],
)
def test_it_names_what_is_wrong_with_a_row(fields, complaint) -> None:
    reading = read([edit(), edit(**fields)])
    (fault,) = reading.faults
    assert fault.place == 2
    assert complaint in fault.text


def test_it_leaves_out_what_has_no_new_answer_and_says_so(
    space, dave, sign_in, settings, tmp_path
) -> None:
    settings.BENCHMARK_DIR = tmp_path
    data = "\n".join(map(json.dumps, [edit(), edit(alt=" ")])).encode()
    draft = draft_keep(
        data, space=space.pk, person=dave.pk, name="Edits", kind="editing", filename="e.jsonl"
    )
    assert draft.summary.size == 1
    page = sign_in(dave).get(reverse("evaluation:draft", args=[space.slug, draft.id]))
    assert "1 row is left out: the new answer is empty" in page.content.decode()


def test_it_reads_a_table_and_the_files_of_zsre() -> None:
    (case,) = read_cases(
        b"subject,src,rephrase,alt,loc\nAda,Where was Ada born?,Where?,Kiel,nq question: who\n",
        filename="e.csv", kind="editing",
    ).cases  # fmt: skip
    assert (case.text, case.expected) == ("Where was Ada born?", [["Kiel"]])
    assert case.given == {"subject": "Ada", "rephrase": "Where?", "loc": "who"}
