"""The pages of benchmarks: who may open them, what they show, and what their buttons do."""

from __future__ import annotations

import pytest
from django.urls import reverse
from django.utils import timezone

from apps.audit.models import Event
from apps.evaluation.models import Benchmark, BenchmarkVersion, Run
from apps.evaluation.services.benchmarks import NewCase, version_make
from apps.evaluation.services.benchmarks.reading import read_cases
from apps.evaluation.services.benchmarks.shipped import SAMPLES
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def space():
    return factories.make_space("lindenau")


@pytest.fixture
def dave(space, client):
    user = factories.make_user("dave")
    factories.grant(space, user, "auditor")
    client.force_login(user)
    return user


def url(name: str, space, *more) -> str:
    return reverse(f"evaluation:{name}", args=[space.slug, *more])


def text_of(response) -> str:
    return response.content.decode()


def make(space, actor, number=3, name="Places", **fields):
    cases = [
        NewCase(
            f"q{n}", "single" if n % 2 else "two_hops", f"Where was person {n} born?",
            expected=[["Lindenau", "The Town"]] if n else [], relation="place of birth",
        )
        for n in range(number)
    ]  # fmt: skip
    given = {"kind": "questions", "origin": "file", "cases": cases, **fields}
    return version_make(space=space, actor=actor, name=name, **given)


def a_run(space, version, actor, **fields) -> Run:
    now = timezone.now()
    right = {"value": 0.75, "interval": [0.5, 0.9], "n": 3}
    row = {"mode": "memory", "known_at": now, "state": "done", "finished_at": now,
           "figures": {"shares": {"right": right}}, **fields}  # fmt: skip
    return Run.objects.create(space=space, version=version, asked_by=actor, **row)


def test_it_says_how_to_make_the_first(space, dave, client) -> None:
    text = text_of(client.get(url("benchmark-list", space)))
    assert "No benchmarks yet" in text
    assert url("benchmark-upload", space) in text
    assert url("benchmark-draw", space) in text


def test_it_lists_those_of_this_space_with_their_last_runs(space, dave, client) -> None:
    version = make(space, dave)
    make(factories.make_space("halden"), dave, name="Secrets")
    run = a_run(space, version, dave)
    Benchmark.objects.filter(pk=version.benchmark_id).update(baseline=run)
    a_run(space, version, dave, state="failed", error="It broke.", figures={})
    text = text_of(client.get(url("benchmark-list", space)))
    assert "Secrets" not in text
    assert "Places" in text
    assert "75 %" in text
    assert "(50 % to 90 %)" in text


def test_the_list_takes_as_many_queries_for_many(
    space, dave, client, django_assert_max_num_queries
):
    for number in range(12):
        a_run(space, make(space, dave, name=f"Places {number}"), dave)
    with django_assert_max_num_queries(25):
        client.get(url("benchmark-list", space))


@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("benchmark-list", ()), ("benchmark-upload", ()), ("benchmark-draw", ()),
        ("benchmark", ("pk",)), ("version", ("pk", 1)),
    ],
)  # fmt: skip
def test_owners_and_auditors_open_them_and_nobody_else(space, dave, client, name, more) -> None:
    pk = make(space, dave).benchmark_id
    address = url(name, space, *[pk if one == "pk" else one for one in more])
    assert client.get(address).status_code == 200
    for username, roles, status in (
        ("alice", ["owner"], 200), ("bob", ["reviewer"], 403), ("carol", ["asker"], 403),
        ("mallory", [], 404),
    ):  # fmt: skip
        user = factories.make_user(username)
        factories.grant(space, user, *roles)
        client.force_login(user)
        assert client.get(address).status_code == status, username


def test_another_space_has_none_of_them(space, dave, client) -> None:
    version = make(space, dave)
    other = factories.make_space("halden")
    factories.grant(other, dave, "auditor")
    pk, run = version.benchmark_id, a_run(space, version, dave).pk
    for name, more in (("benchmark", ()), ("version", (1,))):
        assert client.get(url(name, other, pk, *more)).status_code == 404
    for name, more in (
        ("benchmark-archive", ()), ("benchmark-restore", ()), ("baseline-pin", (run,)),
        ("baseline-unpin", ()),
    ):  # fmt: skip
        assert client.post(url(name, other, pk, *more)).status_code == 404
    version.benchmark.refresh_from_db()
    assert (version.benchmark.archived_at, version.benchmark.baseline) == (None, None)


def test_what_changes_something_wants_to_be_sent(space, dave, client) -> None:
    pk = make(space, dave).benchmark_id
    for name in ("benchmark-archive", "benchmark-restore", "baseline-unpin"):
        assert client.get(url(name, space, pk)).status_code == 405


def test_a_version_leads_to_a_run_of_it(space, dave, client) -> None:
    first = make(space, dave)
    make(space, dave, 4)
    page = text_of(client.get(url("version", space, first.benchmark_id, 1)))
    address = url("run-new", space, first.benchmark_id) + "?version=1"
    assert f'href="{address}"' in page
    assert '<option value="1" selected>' in text_of(client.get(address))
    assert '<option value="2" selected>' in text_of(client.get(address.replace("=1", "=9")))
    Benchmark.objects.update(archived_at=timezone.now())
    assert "?version=1" not in text_of(client.get(url("version", space, first.benchmark_id, 1)))


def test_a_version_shows_its_cases_and_narrows_them(space, dave, client) -> None:
    version = make(space, dave, 60, licence="CC0")
    address = url("version", space, version.benchmark_id, 1)
    text = text_of(client.get(address))
    assert "1–50 of 60" in text
    assert "Lindenau or The Town" in text
    assert "leaving it open is right" in text
    assert version.sha256 in text
    assert "1–30" not in text_of(client.get(address, {"kind": "single"}))
    assert "person 7 " in text_of(client.get(address, {"kind": "single"}))
    assert "person 8 " not in text_of(client.get(address, {"kind": "single"}))
    assert "person 59 " in text_of(client.get(address, {"page": 2}))
    assert "No case matches" in text_of(client.get(address, {"q": "nothing like it"}))
    assert client.get(address, {"kind": "none"}).status_code == 422
    assert client.get(url("version", space, version.benchmark_id, 2)).status_code == 404
    part = text_of(client.get(address, {"q": "person 7 "}, headers={"HX-Request": "true"}))
    assert "person 7 " in part
    assert "<html" not in part


def test_the_facts_of_a_long_document_are_folded_away(space, dave, client) -> None:
    def shown(number: int) -> list[str]:
        facts = [{"subject": f"s{n}", "relation": "r", "object": "o"} for n in range(number)]
        case = NewCase("d", "document", "A long text.", expected=facts)
        version = make(space, dave, cases=[case], kind="documents", name=f"Of {number}")
        page = text_of(client.get(url("version", space, version.benchmark_id, 1)))
        listed = page.partition('<ul class="cases__answers">')[2]
        return listed.partition("<details")[::2]

    first, folded = shown(11)
    assert "s7 · r · o" in first
    assert "s8 · r · o" not in first
    assert "3 more" in folded
    assert "s10 · r · o" in folded
    assert "s7 · r · o" in shown(8)[0]


def test_it_says_how_many_cases_were_erased(space, dave, client) -> None:
    version = make(space, dave)
    version.cases.filter(number=2).delete()
    BenchmarkVersion.objects.filter(pk=version.pk).update(erased=1)
    text = text_of(client.get(url("version", space, version.benchmark_id, 1)))
    assert "1 case was erased since" in text


def test_it_is_archived_and_restored(space, dave, client) -> None:
    pk = make(space, dave).benchmark_id
    page = client.post(url("benchmark-archive", space, pk), follow=True)
    assert "is archived. All of it is kept." in text_of(page)
    assert "No benchmarks yet" in text_of(client.get(url("benchmark-list", space)))
    assert "1 archived" in text_of(client.get(url("benchmark-list", space)))
    assert "Places" in text_of(client.get(url("benchmark-list", space) + "?archived"))
    client.post(url("benchmark-restore", space, pk))
    assert "Places" in text_of(client.get(url("benchmark-list", space)))


def test_a_run_is_pinned_and_unpinned(space, dave, client) -> None:
    version = make(space, dave)
    run, failed = (
        a_run(space, version, dave),
        a_run(space, version, dave, state="failed", error="x"),
    )
    pk = version.benchmark_id
    page = client.post(url("baseline-pin", space, pk, run.pk), follow=True)
    assert f"Run {run.pk} is the baseline" in text_of(page)
    page = client.post(url("baseline-pin", space, pk, failed.pk), follow=True)
    assert "Only a run that is done can be the baseline." in text_of(page)
    version.benchmark.refresh_from_db()
    assert version.benchmark.baseline == run
    client.post(url("baseline-unpin", space, pk))
    version.benchmark.refresh_from_db()
    assert version.benchmark.baseline is None


def test_a_space_that_knows_the_demo_is_offered_its_questions(space, dave, client) -> None:
    sample = SAMPLES[0]
    assert sample.name not in text_of(client.get(url("benchmark-list", space)))
    factories.make_entity(space, sample.about)
    assert sample.name in text_of(client.get(url("benchmark-list", space)))
    page = client.post(url("sample-add", space, sample.slug), follow=True)
    version = Benchmark.objects.get(name=sample.name).versions.get()
    assert (version.size, version.origin, version.licence) == (30, "shipped", "CC0-1.0")
    assert page.redirect_chain[-1][0] == url("version", space, version.benchmark_id, 1)
    again = client.post(url("sample-add", space, sample.slug), follow=True)
    assert "Nothing changed" in text_of(again)
    assert client.post(url("sample-add", space, "others")).status_code == 404
    assert Event.objects.filter(action="benchmark.version_made").count() == 1


def test_the_sample_of_the_demo_is_whole() -> None:
    sample = SAMPLES[0]
    reading = read_cases(sample.path.read_bytes(), filename=sample.path.name, kind=sample.kind)
    assert reading.faults == []
    assert len(reading.cases) == 30
    assert len({case.text for case in reading.cases}) == 30
    assert {case.kind for case in reading.cases} >= {"single", "inverse", "count", "no", "absent"}
