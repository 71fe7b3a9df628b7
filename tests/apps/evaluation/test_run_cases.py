"""One case of a run: its trace, repairs, other runs, asking again; and starting runs."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.urls import reverse

from apps.accounts.models import Role, Space, User
from apps.evaluation.models import Case, Result, Run
from apps.evaluation.services.repairs import repairs_of
from apps.memory.models import Triple
from tests import factories
from tests.apps.evaluation.evaluated import (
    make_benchmark,
    make_finished,
    make_results,
    make_run,
    make_version,
    questions,
)

pytestmark = pytest.mark.django_db
CALLS = "MEM_READ(Ada Brook, place of birth, ?)"


@pytest.fixture
def fact(space: Space) -> Triple:
    return factories.make_triple(space, "Ada Brook", "place of birth", "Lindenau")


@pytest.fixture
def run(space: Space, dave: User, fact: Triple) -> Run:
    case = {
        "key": "k1",
        "kind": "single",
        "relation": "place of birth",
        "text": "Where was Ada Brook born?",
        "expected": [["Halden"]],
        "rests_on": {"triples": [fact.pk]},
    }
    run = make_run(make_version(make_benchmark(space, dave), [case, *questions(2)]), dave)
    answer = {"text": "Lindenau [1]", "facts": [fact.pk], "calls": CALLS}
    make_results(run, ["wrong", "right", "right"], answer=answer, diagnosis="wrong-fact")
    return run


def address(run: Run, number: int = 1, name: str = "case") -> str:
    return reverse(f"evaluation:{name}", args=[run.space.slug, run.pk, number])


def test_it_shows_question_answer_trace_and_diagnosis(
    run: Run, fact: Triple, dave: User, sign_in
) -> None:
    page = sign_in(dave).get(address(run)).content.decode()
    for said in ("Where was Ada Brook born?", "Halden", "Lindenau [1]", CALLS):
        assert said in page
    assert reverse("facts:triple", args=["atlas", fact.pk]) in page
    assert "Wrong fact" in page
    assert f'rel="next" href="{address(run, 2)}"' in page
    assert 'rel="prev"' not in page
    assert sign_in(dave).get(address(run, 99)).status_code == 404


def test_a_long_question_can_be_read_whole(space: Space, dave: User, sign_in) -> None:
    long, short = "Where was Ada Brook born? " * 20 + "Tell the town.", "Where was Ben born?"
    cases = [{"key": str(n), "kind": "single", "text": text, "expected": [["Halden"]]}
             for n, text in enumerate((long, short))]  # fmt: skip
    run = make_run(make_version(make_benchmark(space, dave), cases), dave)
    make_results(run, ["wrong", "right"])
    page = sign_in(dave).get(address(run)).content.decode()
    assert long in page
    assert "The text" in page
    assert "The text" not in sign_in(dave).get(address(run, 2)).content.decode()


@pytest.mark.parametrize(
    ("diagnosis", "pages"),
    [
        ("misread", {"memory:relation-edit", "memory:entity", "facts:triple", "memory:search"}),
        ("wrong-fact", {"facts:triple", "memory:search"}),
        ("missing", {"memory:search", "sources:document-add", "curation:candidate-list"}),
        ("waiting", {"curation:candidate-list", "memory:search"}),
        ("rejected", {"curation:candidate-list", "memory:search"}),
        ("outdated", {"facts:triple", "memory:search"}),
        ("", {"facts:triple", "memory:relation-edit", "memory:entity", "memory:search"}),
    ],
)
def test_it_knows_where_each_diagnosis_is_repaired(
    run: Run, diagnosis: str, pages: set[str]
) -> None:
    result = Result.objects.get(run=run, case__number=1)
    result.diagnosis = diagnosis
    repairs = repairs_of(result)
    assert {one.page for one in repairs} == pages
    assert len({(one.page, one.number) for one in repairs}) == len(repairs)
    queue = [one.query for one in repairs if one.page == "curation:candidate-list"]
    assert all(one["q"] == "Ada Brook" for one in queue)
    assert [one.get("state") for one in queue] == ["rejected"] * (diagnosis == "rejected") + [
        None
    ] * (diagnosis in ("missing", "waiting"))
    result.outcome = "right"
    assert repairs_of(result) == []


@pytest.mark.parametrize("diagnosis", ["waiting", "rejected"])
def test_it_leads_to_the_very_candidate(run: Run, alice: User, diagnosis: str) -> None:
    other = factories.make_candidate(factories.make_document(run.space, alice), alice)
    foreign = factories.make_space("halden")
    elsewhere = factories.make_candidate(factories.make_document(foreign, alice), alice)
    result = Result.objects.get(run=run, case__number=1)
    result.diagnosis = diagnosis
    result.answer["candidates"] = [elsewhere.pk, other.pk, "x"]
    numbers = [one.number for one in repairs_of(result) if one.page.endswith("candidate-detail")]
    assert numbers == [other.pk]


def test_it_offers_only_repairs_that_one_may_open_and_that_lead_back(
    run: Run, alice: User, dave: User, sign_in
) -> None:
    Result.objects.filter(run=run).update(diagnosis="missing")
    factories.grant(run.space, alice, Role.REVIEWER)
    seen = {}
    for user in (alice, dave):
        client = sign_in(user)
        page = client.get(address(run))
        repairs = page.context["repairs"]
        seen[user.username] = {one.page for one, _ in repairs}
        for _, href in repairs:
            assert parse_qs(urlsplit(href).query)["back"] == [address(run)]
            opened = client.get(href)
            assert opened.status_code == 200
            assert f'href="{address(run)}"' in opened.content.decode()
    assert seen["alice"] == {"memory:search", "sources:document-add", "curation:candidate-list"}
    assert seen["dave"] == {"memory:search"}


def test_it_shows_the_same_case_in_other_runs(run: Run, dave: User, sign_in) -> None:
    before = make_finished(run.version, dave, ["right", "right", "right"])
    changed = [
        {"key": one.key, "kind": one.kind, "text": one.text + "!", "expected": one.expected}
        for one in Case.objects.filter(version=run.version)
    ]
    newer = make_version(run.version.benchmark, changed, number=2)
    other = make_finished(newer, dave, ["right"])
    page = sign_in(dave).get(address(run)).content.decode()
    assert f'href="{address(before)}"' in page
    assert address(other) not in page  # that asks something else under the same key


def test_it_says_where_a_case_was_not_asked(space: Space, dave: User, sign_in) -> None:
    version = make_version(make_benchmark(space, dave), questions(2))
    client = sign_in(dave)
    waiting = make_run(version, dave, state="queued")
    page = client.get(address(waiting)).content.decode()
    assert "Waiting for its turn" in page
    assert "http-equiv" in page
    failed = make_run(version, dave, state="failed", error="The head is gone.")
    assert "The head is gone." in client.get(address(failed)).content.decode()


def test_it_asks_one_case_again(
    run: Run, fact: Triple, dave: User, bob: User, sign_in, settings: Any
) -> None:
    settings.READ_HEAD = "scripted"
    Run.objects.filter(pk=run.pk).update(setup={"backend": "scripted"})
    assert sign_in(bob).post(address(run, name="case-again")).status_code == 403
    response = sign_in(dave).post(address(run, name="case-again"))
    again = Run.objects.exclude(pk=run.pk).get()
    assert response["Location"] == address(again)
    assert again.only == 1
    assert again.mode == run.mode
    assert again.setup == {"backend": "scripted"}
    assert again.known_at > run.known_at
    assert again.asked_by == dave
    from apps.evaluation.services.runs import run_run_next

    while run_run_next() is not None:
        pass
    again.refresh_from_db()
    assert (again.state, again.done) == ("done", 1)
    assert [one.case.number for one in Result.objects.filter(run=again)] == [1]
    assert f'href="{address(again)}"' in sign_in(dave).get(address(run)).content.decode()


def test_it_starts_a_run_once(space: Space, dave: User, sign_in, settings: Any) -> None:
    settings.READ_HEAD = "scripted"
    benchmark = make_benchmark(space, dave)
    version = make_version(benchmark, questions(2))
    page = reverse("evaluation:run-new", args=["atlas", benchmark.pk])
    client = sign_in(dave)
    assert "With the memory" in client.get(page).content.decode()
    form = {"version": "1", "mode": "memory", "head": "", "note": "<b>first</b>", "once": "x" * 20}
    first, second = (client.post(page, form) for _ in range(2))
    run = Run.objects.get()
    assert first["Location"] == second["Location"]
    assert (run.version, run.mode, run.note) == (version, "memory", "<b>first</b>")
    assert run.setup["backend"] == "scripted"
    listed = client.get(reverse("evaluation:run-list", args=["atlas"])).content.decode()
    assert "&lt;b&gt;first&lt;/b&gt;" in listed


@pytest.mark.parametrize(
    "wrong",
    [
        {"version": "7"},
        {"version": "x"},
        {"mode": "telepathy"},
        {"head": "oracle"},
        {"note": "n" * 301},
    ],
)
def test_it_refuses_a_run_that_cannot_be(
    space: Space, dave: User, sign_in, settings: Any, wrong: dict[str, str]
) -> None:
    settings.READ_HEAD = "scripted"
    benchmark = make_benchmark(space, dave)
    make_version(benchmark, questions(2))
    form = {"version": "1", "mode": "memory", "head": "", "note": ""} | wrong
    page = reverse("evaluation:run-new", args=["atlas", benchmark.pk])
    response = sign_in(dave).post(page, form)
    assert response.status_code == 422
    assert "field__error" in response.content.decode()
    assert not Run.objects.exists()


def test_it_cancels_and_goes_on(
    space: Space, dave: User, bob: User, sign_in, settings: Any
) -> None:
    settings.READ_HEAD = "scripted"
    version = make_version(make_benchmark(space, dave), questions(2))
    run = make_run(version, dave, state="queued", setup={"backend": "scripted"})
    client = sign_in(dave)
    cancel, retry = (
        reverse(f"evaluation:run-{name}", args=["atlas", run.pk]) for name in ("cancel", "retry")
    )
    assert sign_in(bob).post(cancel).status_code == 403
    page = client.post(cancel, follow=True).content.decode()
    assert "The run was cancelled" in page
    assert Run.objects.get().state == "cancelled"
    assert "has ended already" in client.post(cancel, follow=True).content.decode()
    client.post(retry)
    assert Run.objects.get().state == "queued"
    assert "failed or was cancelled" in client.post(retry, follow=True).content.decode()
