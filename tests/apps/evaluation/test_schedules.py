"""Benchmarks that run by themselves, and what is told when a measure fell."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from apps.audit.models import Event
from apps.curation.services import candidate_accept
from apps.dashboard.services import HeadSetup, head_choose
from apps.evaluation.models import Benchmark, Run, Schedule
from apps.evaluation.services.runs import UnknownMode
from apps.evaluation.services.schedules import (
    ScheduleRefused,
    fall_seen,
    falls_unseen,
    schedule_remove,
    schedule_set,
    schedules_run,
    trouble_of,
)
from tests import factories
from tests.apps.evaluation.rows import figures, make_run, make_version
from tests.worker import based_heads

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _scripted(settings, monkeypatch) -> None:
    settings.READ_HEAD = settings.WRITE_HEAD = "scripted"
    monkeypatch.setattr("apps.common.jobs.bell.current_app.send_task", lambda *given, **more: None)


@pytest.fixture
def version(space, alice):
    return make_version(space, alice)


def events(action: str) -> list[dict]:
    return [one.payload for one in Event.objects.filter(action=action).order_by("pk")]


def scheduled(version, actor, when="night", **given) -> Schedule:
    """Return a schedule that was set two days ago."""
    schedule = schedule_set(benchmark=version.benchmark, actor=actor, when=when, **given)
    Schedule.objects.update(created_at=timezone.now() - timedelta(days=2))
    schedule.refresh_from_db()
    return schedule


def pin(version, value=0.9, low=0.85, high=0.95, **given) -> Run:
    run = make_run(version, figures=figures(value, low, high), **given)
    Benchmark.objects.filter(pk=version.benchmark_id).update(baseline=run)
    return run


def end(run: Run, value: float) -> None:
    Run.objects.filter(pk=run.pk).update(state="done", figures=figures(value, value, value))


def test_it_runs_every_night_once(version, dave) -> None:
    scheduled(version, dave)
    assert schedules_run() == 1
    run = Run.objects.get()
    assert (run.why, run.asked_by, run.version, run.mode) == ("night", None, version, "memory")
    assert schedules_run() == 0  # it is queued
    end(run, 0.5)
    assert schedules_run() == 0  # it was this night
    Run.objects.update(created_at=timezone.now() - timedelta(days=1))
    assert schedules_run() == 1


def test_it_runs_not_before_its_first_night(version, dave) -> None:
    schedule_set(benchmark=version.benchmark, actor=dave, when="night")
    assert schedules_run() == 0


def test_it_runs_after_so_many_decisions(space, version, alice, bob, dave) -> None:
    scheduled(version, dave, when="decisions", every=2)
    for text in ("Ada Brook was born in Lindenau.", "Ada Brook was born in Lindenau, they say."):
        assert schedules_run() == 0
        candidate = factories.make_candidate(factories.make_document(space, alice, text), alice)
        candidate_accept(candidate=candidate, actor=bob)
    assert schedules_run() == 1
    end(Run.objects.get(why="decisions"), 0.5)
    assert schedules_run() == 0


def test_it_runs_when_another_head_is_chosen(space, version, alice, dave, monkeypatch) -> None:
    based_heads.offer(monkeypatch)
    scheduled(version, dave, when="head")
    assert schedules_run() == 0
    head_choose(space=space, actor=alice, side="write", setup=HeadSetup("causal", "larch"))
    assert schedules_run() == 0  # no head that this benchmark asks
    head_choose(space=space, actor=alice, side="read", setup=HeadSetup("causal", "larch"))
    assert schedules_run() == 1
    run = Run.objects.get()
    assert (run.why, run.setup) == ("head", {"backend": "causal", "base": "larch"})
    end(run, 0.5)
    assert schedules_run() == 0
    head_choose(space=space, actor=alice, side="read", setup=HeadSetup("causal", "birch"))
    assert schedules_run() == 1


def test_a_fall_is_told_once_and_ends_when_it_is_better(space, version, alice, dave) -> None:
    baseline = pin(version)
    scheduled(version, dave)
    for number, (value, alerts) in enumerate(((0.85, 0), (0.8, 1), (0.7, 1), (0.9, 0), (0.8, 1))):
        assert schedules_run() == 1
        run = Run.objects.order_by("-pk").first()
        end(run, value)
        schedules_run()
        assert len(falls_unseen(space)) == alerts, number
        Run.objects.filter(pk=run.pk).update(created_at=timezone.now() - timedelta(days=1))
    first, second = events("run.fell")
    assert (first["before"], first["after"], first["baseline"]) == ("90.0 %", "80.0 %", baseline.pk)
    assert first["run"] != second["run"]
    ((schedule, fall),) = falls_unseen(space)
    assert "Right fell from 90.0 % to 80.0 %, past 85.0 %" in fall.sentence
    fall_seen(schedule=schedule, actor=dave)
    fall_seen(schedule=schedule, actor=dave)
    assert falls_unseen(space) == []
    assert len(events("run.fall_seen")) == 1


def test_of_what_is_wrong_more_is_worse(space, version, dave) -> None:
    share = {"value": 0.1, "interval": [0.05, 0.15], "n": 100}
    pin(version)
    Run.objects.update(figures={"shares": {"wrong": share}})
    scheduled(version, dave, measure="wrong")
    schedules_run()
    run = Run.objects.order_by("-pk").first()
    Run.objects.filter(pk=run.pk).update(
        state="done", figures={"shares": {"wrong": share | {"value": 0.2}}}
    )
    schedules_run()
    ((_, fall),) = falls_unseen(space)
    assert "Wrong rose from 10.0 % to 20.0 %" in fall.sentence


@pytest.mark.parametrize("spoil", ["mode", "version", "figures"])
def test_what_cannot_be_compared_is_no_fall(space, version, dave, alice, spoil) -> None:
    baseline = pin(version)
    schedule = scheduled(version, dave)
    schedules_run()
    run = Run.objects.order_by("-pk").first()
    end(run, 0.1)
    if spoil == "mode":
        Run.objects.filter(pk=baseline.pk).update(mode="closed")
    elif spoil == "version":
        Run.objects.filter(pk=baseline.pk).update(version=make_version(space, alice))
    else:
        Run.objects.filter(pk=run.pk).update(figures={})
    schedules_run()
    assert falls_unseen(space) == []
    schedule.refresh_from_db()
    assert bool(trouble_of(schedule)) is (spoil == "mode")


def test_it_runs_the_version_of_the_baseline(space, version, alice, dave) -> None:
    pin(version)
    make_version(space, alice)
    scheduled(version, dave)
    schedules_run()
    assert Run.objects.order_by("-pk").first().version == version


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"when": "noon"}, "no occasion 'noon'"),
        ({"when": "night", "measure": "luck"}, "no measure 'luck'"),
        ({"when": "decisions"}, "after how many decisions"),
        ({"when": "decisions", "every": 0}, "after how many decisions"),
    ],
)
def test_it_refuses_what_makes_no_schedule(version, dave, given, says) -> None:
    with pytest.raises(ScheduleRefused, match=says):
        schedule_set(benchmark=version.benchmark, actor=dave, **given)
    with pytest.raises(UnknownMode):
        schedule_set(benchmark=version.benchmark, actor=dave, when="night", mode="telepathy")
    assert not Schedule.objects.exists()


def test_an_archived_benchmark_neither_runs_nor_alerts(space, version, dave) -> None:
    scheduled(version, dave)
    Benchmark.objects.update(archived_at=timezone.now())
    assert schedules_run() == 0
    version.benchmark.refresh_from_db()
    with pytest.raises(ScheduleRefused, match="archived"):
        schedule_set(benchmark=version.benchmark, actor=dave, when="head")


def test_setting_and_removing_are_events_and_nothing_twice(version, dave) -> None:
    for every in (5, 5, 9):
        given = {"when": "decisions", "every": every}
        schedule = schedule_set(benchmark=version.benchmark, actor=dave, **given)
    assert [one["every"] for one in events("benchmark.schedule_set")] == [5, 9]
    for _ in range(2):
        schedule_remove(schedule=schedule, actor=dave)
    assert len(events("benchmark.schedule_removed")) == 1


def test_the_pages_set_remove_and_take_the_alert(space, version, dave, sign_in) -> None:
    client = sign_in(dave)
    page = reverse("evaluation:schedules", args=["atlas", version.benchmark_id])
    assert "Only when somebody asks" in client.get(page).content.decode()
    sent = {"when": "decisions", "every": "", "mode": "memory", "measure": "right"}
    refused = client.post(page, sent)
    assert refused.status_code == 422
    assert "Say after how many decisions it runs." in refused.content.decode()
    assert client.post(page, sent | {"when": "night"}).status_code == 302
    assert "Every night, from 3:00 UTC on" in client.get(page).content.decode()
    pin(version)
    Schedule.objects.update(created_at=timezone.now() - timedelta(days=2))
    schedules_run()
    end(Run.objects.order_by("-pk").first(), 0.2)
    schedules_run()
    home = reverse("dashboard:space", args=["atlas"])
    assert "“Places” got worse" in client.get(home).content.decode()
    schedule = Schedule.objects.get()
    client.post(reverse("evaluation:fall-seen", args=["atlas", schedule.pk]))
    assert "got worse" not in client.get(home).content.decode()
    client.post(reverse("evaluation:schedule-remove", args=["atlas", schedule.pk]))
    assert not Schedule.objects.exists()


@pytest.mark.parametrize(("who", "status"), [("bob", 403), ("carol", 403), ("mallory", 404)])
def test_only_owners_and_auditors_see_them(space, version, who, status, request, sign_in) -> None:
    client = sign_in(request.getfixturevalue(who))
    assert (
        client.get(
            reverse("evaluation:schedules", args=["atlas", version.benchmark_id])
        ).status_code
        == status
    )


def test_a_reviewers_dashboard_has_no_alert(space, version, bob, dave, sign_in) -> None:
    pin(version)
    scheduled(version, dave)
    schedules_run()
    end(Run.objects.order_by("-pk").first(), 0.2)
    schedules_run()
    home = reverse("dashboard:space", args=["atlas"])
    assert "got worse" not in sign_in(bob).get(home).content.decode()
