"""Before a head is chosen, its page shows what would come out otherwise."""

from __future__ import annotations

import pytest

from apps.evaluation.models import Benchmark, Run
from apps.evaluation.services.runs import run_run_next
from tests import factories
from tests.apps.evaluation import runs_made
from tests.apps.evaluation.rows import make_result, make_run, make_version
from tests.worker import based_heads

PAGE = "/s/atlas/settings/heads/"
CHOSEN = {"head": "read", "read-backend": "causal", "read-base": "larch", "read-cut": "on"}
KEPT = {"backend": "causal", "base": "larch"}


@pytest.fixture(autouse=True)
def _loaded(monkeypatch, settings) -> None:
    settings.WRITE_HEAD = settings.READ_HEAD = "scripted"
    based_heads.offer(monkeypatch)
    monkeypatch.setattr("apps.common.jobs.bell.current_app.send_task", lambda *given, **more: None)


@pytest.fixture
def baseline(space, alice) -> Run:
    run = make_run(make_version(space, alice, {}, {}, {}), alice)
    Benchmark.objects.update(baseline=run)
    return run


def answer(run: Run, *outcomes: str) -> None:
    for case, outcome in zip(run.version.cases.all(), outcomes, strict=True):
        make_result(run, case, outcome)


def test_it_counts_what_would_flip_and_saves_nothing(space, alice, baseline, sign_in) -> None:
    answer(baseline, "right", "right", "wrong")
    other = make_run(baseline.version, alice, setup=KEPT, known_at=baseline.known_at)
    answer(other, "wrong", "abstained", "right")
    page = sign_in(alice).post(PAGE, CHOSEN | {"look": "1"})
    said = page.content.decode()
    assert page.status_code == 200
    assert "2 cases that were right would not be, 1 other would become right" in said
    assert f"?runs={baseline.pk}&amp;runs={other.pk}" in said
    space.refresh_from_db()
    assert space.read_head == {}


def test_it_asks_for_the_run_first_and_says_how_far_it_is(space, alice, baseline, sign_in) -> None:
    client = sign_in(alice)
    said = client.post(PAGE, CHOSEN | {"look": "1"}).content.decode()
    assert "it was not asked yet" in said
    for _ in range(2):  # pressed twice
        said = client.post(PAGE, CHOSEN | {"ask": str(baseline.version.benchmark_id)})
        assert "waits for a worker" in said.content.decode()
    run = Run.objects.exclude(pk=baseline.pk).get()
    assert (run.setup, run.asked_by, run.version) == (KEPT, alice, baseline.version)
    assert run.known_at == baseline.known_at
    assert client.post(PAGE, CHOSEN).status_code == 302  # no choice is blocked
    space.refresh_from_db()
    assert space.read_head == KEPT


def test_the_head_of_the_baseline_changes_nothing(alice, baseline, sign_in) -> None:
    said = sign_in(alice).post(
        PAGE, {"head": "read", "read-backend": "site", "read-cut": "on", "look": "1"}
    )
    assert "the baseline was made with this head" in said.content.decode()


def test_it_counts_no_run_of_another_memory(alice, baseline, sign_in) -> None:
    answer(baseline, "right", "right", "wrong")
    later = make_run(baseline.version, alice, setup=KEPT)
    answer(later, "wrong", "wrong", "wrong")
    make_run(baseline.version, alice, setup=KEPT, state="queued", finished_at=None)
    said = sign_in(alice).post(PAGE, CHOSEN | {"look": "1"}).content.decode()
    assert "it was not asked yet of the memory that the baseline asked" in said
    same = make_run(baseline.version, alice, setup=KEPT, known_at=baseline.known_at, done=3)
    answer(same, "right", "right", "right")
    said = sign_in(alice).post(PAGE, CHOSEN | {"look": "1"}).content.decode()
    assert "0 cases that were right would not be, 1 other would become right" in said
    assert f"runs={same.pk}" in said


def test_a_later_run_of_the_same_head_is_no_change(alice, baseline, sign_in) -> None:
    answer(baseline, "right", "right", "wrong")
    later = make_run(baseline.version, alice)
    answer(later, "wrong", "wrong", "wrong")
    sent = {"head": "read", "read-backend": "site", "read-cut": "on", "look": "1"}
    said = sign_in(alice).post(PAGE, sent).content.decode()
    assert "the baseline was made with this head" in said


def test_the_same_head_with_other_weights_is_a_change(alice, baseline, sign_in) -> None:
    answer(baseline, "right", "right", "wrong")
    old, new = ({"head": "scripted", "version": one, "hashes": {}} for one in ("1", "2"))
    Run.objects.filter(pk=baseline.pk).update(made_of=old)
    sent = {"head": "read", "read-backend": "site", "read-cut": "on", "look": "1"}
    client = sign_in(alice)
    assert "the baseline was made with this head" in client.post(PAGE, sent).content.decode()
    make_run(baseline.version, alice, made_of=new)  # of another memory
    said = client.post(PAGE, sent).content.decode()
    assert "the weights of this head are others than the baseline's; it was not asked" in said
    same = make_run(baseline.version, alice, made_of=new, known_at=baseline.known_at)
    answer(same, "right", "wrong", "wrong")
    said = client.post(PAGE, sent).content.decode()
    assert "1 case that was right would not be, 0 others would become right" in said


@pytest.mark.parametrize(
    ("outcomes", "says"),
    [
        (("right", "right", "wrong"), "nothing flips: all 3 cases come out as in the baseline."),
        (
            ("right", "right", "abstained"),
            "0 cases that were right would not be, and 0 others would become right.",
        ),
        (("right", "wrong", "wrong"), "1 case that was right would not be, 0 others would become"),
    ],
)
def test_a_policy_of_the_same_head_is_counted_and_zero_is_said(
    alice, baseline, sign_in, outcomes, says
) -> None:
    answer(baseline, "right", "right", "wrong")
    Run.objects.filter(pk=baseline.pk).update(done=3)
    shown = {"backend": "scripted", "cut": False}
    run = make_run(baseline.version, alice, setup=shown, known_at=baseline.known_at, done=3)
    answer(run, *outcomes)
    sent = {"head": "read", "read-backend": "site", "look": "1"}  # what no fact bears out is shown
    assert says in sign_in(alice).post(PAGE, sent).content.decode()


@pytest.mark.parametrize(
    ("least", "says"),
    [(100, "1 case that was right would not be"), (1, "nothing flips: all 2 cases")],
)
def test_a_threshold_is_asked_and_counted(space, alice, sign_in, least, says) -> None:
    factories.make_relation(space)
    fact = {"subject": "Ada Brook", "relation": "place of birth", "object": "Lindenau"}
    cases = [
        {"text": "Ada Brook was born in Lindenau.", "expected": [fact]},
        {"text": "The sun shone on Halden.", "expected": []},
    ]
    version = runs_made.make_version(space, alice, cases, kind="statements")
    first = runs_made.run_to_its_end(version, alice)
    Benchmark.objects.update(baseline=first)
    client = sign_in(alice)
    sent = {"head": "write", "write-backend": "site", "write-least": str(least)}
    client.post(PAGE, sent | {"ask": str(version.benchmark_id)})
    while run_run_next() is not None:
        pass
    assert says in client.post(PAGE, sent | {"look": "1"}).content.decode()


@pytest.mark.parametrize("number", ["0", "x", "99999999999999999999"])
def test_it_refuses_another_benchmark(alice, baseline, sign_in, number) -> None:
    page = sign_in(alice).post(PAGE, CHOSEN | {"ask": number})
    assert page.status_code == 422
    assert "This benchmark has no baseline" in page.content.decode()
    assert Run.objects.count() == 1


def test_it_says_what_is_missing_for_the_run(alice, baseline, sign_in) -> None:
    sent = CHOSEN | {"read-base": "yew", "ask": str(baseline.version.benchmark_id)}
    page = sign_in(alice).post(PAGE, sent)
    assert page.status_code == 422
    assert based_heads.INSTALL in page.content.decode()


def test_without_a_baseline_it_says_how_to_get_one(space, alice, sign_in) -> None:
    said = sign_in(alice).get(PAGE).content.decode()
    assert "What would change?" not in said
    assert said.count("Pin a run as the baseline") == 2
