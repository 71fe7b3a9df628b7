"""``manage.py evaluate run``: a benchmark of a space as a check in CI."""

from __future__ import annotations

import pytest
from django.core.management import CommandError

from apps.evaluation.management.evaluate_run import FELL
from apps.evaluation.models import Benchmark, Run
from tests.apps.evaluation.command import Evaluate
from tests.apps.evaluation.rows import figures, make_run
from tests.apps.evaluation.runs_made import born, make_memory, make_version

pytestmark = pytest.mark.django_db
evaluate = Evaluate("run")
HERE = ("--space", "atlas", "--benchmark", "Births")


@pytest.fixture(autouse=True)
def _scripted(settings, monkeypatch) -> None:
    settings.READ_HEAD = settings.WRITE_HEAD = settings.EMBEDDER = "scripted"
    monkeypatch.setattr("apps.common.jobs.bell.current_app.send_task", lambda *given, **more: None)


@pytest.fixture
def version(space, alice):
    """Two questions, of which the scripted head answers one rightly."""
    make_memory(space)
    return make_version(space, alice, [born("Ada Brook", "Lindenau"), born("Ben Hollis", "Berlin")])


def test_it_runs_here_and_prints_the_figures(version) -> None:
    report = evaluate.report(*HERE)
    run = Run.objects.get()
    assert (run.state, run.why, run.asked_by) == ("done", "command", None)
    assert report["run"] == run.pk
    assert report["figures"]["shares"]["right"]["value"] == 0.5
    assert (report["against"], report["fell"]) == (None, [])
    said, told = evaluate(*HERE)
    assert "right" in said
    assert "50.0 %" in said
    assert "2 cases" in told


def test_it_fails_where_a_measure_fell_and_not_where_none_did(version) -> None:
    better = make_run(version, figures=figures(0.9, 0.8, 1.0))
    Benchmark.objects.update(baseline=better)
    with pytest.raises(CommandError, match=r"Right fell from 90\.0 % to 50\.0 %") as failed:
        evaluate(*HERE, "--against", "baseline", "--json")
    assert failed.value.returncode == FELL
    evaluate(*HERE, "--against", "baseline", "--measure", "wrong")
    same = make_run(version, figures=figures(0.6, 0.4, 0.8))
    assert evaluate.report(*HERE, "--against", str(same.pk))["fell"] == []


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (
            ["--space", "atlas", "--benchmark", "Birth"],
            "mean 'Births'? There are: 'Births'",
        ),
        ([*HERE, "--mode", "telepathy"], "There is no mode 'telepathy' here."),
        ([*HERE, "--against", "baseline"], "has no baseline: pin a run."),
        ([*HERE, "--against", "99999"], "has no run '99999'."),
        ([*HERE, "--against", "x"], "has no run 'x'."),
        ([*HERE, "--version-number", "7"], "has no version 7."),
    ],
)
def test_it_refuses_in_one_sentence(version, given, says) -> None:
    assert says in evaluate.refusal(*given)
    assert not Run.objects.exists()


def test_it_refuses_runs_that_cannot_be_compared(version) -> None:
    open_one = make_run(version, state="queued")
    assert "is not done" in evaluate.refusal(*HERE, "--against", str(open_one.pk))
    other = make_run(version, mode="closed")
    assert "another mode" in evaluate.refusal(*HERE, "--against", str(other.pk))


def test_it_says_why_a_run_came_to_no_end(version, monkeypatch) -> None:
    def fail(*, run_id: int) -> Run:
        Run.objects.filter(pk=run_id).update(state="failed", error="The head is gone.")
        return Run.objects.get(pk=run_id)

    monkeypatch.setattr("apps.evaluation.management.evaluate_run.run_run", fail)
    assert "came to no end: The head is gone." in evaluate.refusal(*HERE)
