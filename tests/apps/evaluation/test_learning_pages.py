"""The pages of learning: who may open and press what, and what they show."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.models import Space, User
from apps.evaluation.models import LearnedWeights
from apps.evaluation.services.learning import learning_request, learning_run_next
from tests.apps.evaluation.decided import make_decisions
from tests.apps.evaluation.evaluated import make_benchmark, make_finished, make_version

Open = Callable[[User], Client]
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _scripted(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.WRITE_HEAD = "scripted"
    monkeypatch.setattr("apps.common.jobs.bell.current_app.send_task", lambda *given, **more: None)


@pytest.fixture
def decided(space: Space, alice: User, bob: User) -> Space:
    make_decisions(space, alice, bob, 30)
    return space


@pytest.fixture
def trained(decided: Space, alice: User) -> LearnedWeights:
    row = learning_request(space=decided, actor=alice)
    while learning_run_next() is not None:
        pass
    row.refresh_from_db()
    return row


def at(space: Space, name: str, *more: int) -> str:
    return reverse(f"evaluation:{name}", args=[space.slug, *more])


def text(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


@pytest.mark.parametrize(
    ("who", "sees", "presses"),
    [("alice", 200, 302), ("dave", 200, 403), ("bob", 403, 403), ("mallory", 404, 404)],
)
def test_owners_press_and_auditors_look(
    trained: LearnedWeights, sign_in: Open, request: Any, who: str, sees: int, presses: int
) -> None:
    client, space = sign_in(request.getfixturevalue(who)), trained.space
    for path in (at(space, "learning-list"), at(space, "learning", trained.pk)):
        assert client.get(path).status_code == sees
    one = (trained.pk,)
    for name, more in (
        ("learning-start", ()), ("learning-cancel", one), ("learning-retry", one),
        ("learning-run", one), ("learning-on", one), ("learning-back", ()),
    ):  # fmt: skip
        assert client.post(at(space, name, *more)).status_code == presses
        assert client.get(at(space, name, *more)).status_code in (405, 403, 404)


def test_the_first_day_says_what_is_missing(space: Space, alice: User, sign_in: Open) -> None:
    page = text(sign_in(alice), at(space, "learning-list"))
    assert "There are 0 decisions on proposals of this head; at least 50 are needed." in page
    assert "Learn from them" not in page
    assert "Nothing learned yet" in page


def test_too_few_are_refused_with_the_same_words(space: Space, alice: User, sign_in: Open) -> None:
    client = sign_in(alice)
    answer = client.post(at(space, "learning-start"), follow=True)
    assert "There are 0 decisions" in answer.content.decode()
    assert not LearnedWeights.objects.exists()


def test_an_owner_starts_compares_switches_and_goes_back(
    decided: Space, alice: User, sign_in: Open
) -> None:
    client = sign_in(alice)
    page = text(client, at(decided, "learning-list"))
    assert "<strong>60</strong> decisions on its proposals" in page
    assert "With fewer than about 300 decisions" in page
    answer = client.post(at(decided, "learning-start"))
    row = LearnedWeights.objects.get()
    assert answer.headers["Location"] == at(decided, "learning", row.pk)
    page = text(client, at(decided, "learning", row.pk))
    assert "Waiting for a worker" in page
    assert "Switch it on" not in page
    learning_run_next()
    page = text(client, at(decided, "learning", row.pk))
    for words in ("Side by side", "Precision at equal recall", "What would flip", "candidate"):
        assert words in page
    folded = page[page.index("<details", page.index("Relation by relation")) :]
    assert "2 relations with decisions" in folded
    assert "employer" in folded[: folded.index("</details>")]
    moved = re.findall(r"<strong>(\d+)</strong> sooner and <strong>(\d+)</strong> later", page)
    told = (folded.count(">sooner<"), folded.count(">later<"))
    assert moved == [tuple(map(str, told))]
    assert sum(told)
    client.post(at(decided, "learning-on", row.pk))
    page = text(client, at(decided, "learning", row.pk))
    assert "Switch back to the shipped weights" in page
    assert "Switch back" in text(client, at(decided, "learning-list"))
    page = " ".join(client.post(at(decided, "learning-back"), follow=True).content.decode().split())
    assert "Switched back: the shipped weights are on" in page
    decided.refresh_from_db()
    assert decided.write_head == {}


def test_its_progress_is_a_part_that_is_asked_for(
    decided: Space, alice: User, sign_in: Open
) -> None:
    client = sign_in(alice)
    row = learning_request(space=decided, actor=alice)
    given = {"HTTP_HX_REQUEST": "true", "HTTP_HX_TARGET": "live"}
    part = client.get(at(decided, "learning", row.pk), **given).content.decode()
    assert part.strip().startswith('<div id="live"')
    learning_run_next()
    assert client.get(at(decided, "learning", row.pk), **given).headers["HX-Refresh"] == "true"


def test_a_cancelled_one_can_go_on(decided: Space, alice: User, sign_in: Open) -> None:
    client = sign_in(alice)
    row = learning_request(space=decided, actor=alice)
    client.post(at(decided, "learning-cancel", row.pk))
    page = text(client, at(decided, "learning", row.pk))
    assert "The training was cancelled" in page
    client.post(at(decided, "learning-retry", row.pk))
    row.refresh_from_db()
    assert row.state == "queued"


def test_a_benchmark_with_a_baseline_is_run_with_them(
    trained: LearnedWeights, alice: User, sign_in: Open
) -> None:
    space = trained.space
    benchmark = make_benchmark(space, alice, kind="statements")
    run = make_finished(
        make_version(benchmark, [{"key": "s", "kind": "accepted", "text": "It rained."}]),
        alice, ["right"],
    )  # fmt: skip
    benchmark.baseline = run
    benchmark.save()
    client = sign_in(alice)
    page = text(client, at(space, "learning", trained.pk))
    assert "it was not asked yet" in page
    client.post(at(space, "learning-run", trained.pk), {"ask": benchmark.pk})
    made = benchmark.versions.get().runs.latest("pk")
    assert made.setup == {"backend": "scripted", "learned": trained.sha256}
    answer = client.post(at(space, "learning-run", trained.pk), {"ask": "x"}, follow=True)
    assert "no baseline" in answer.content.decode()


def test_weights_of_another_version_say_so(
    trained: LearnedWeights, alice: User, sign_in: Open
) -> None:
    client = sign_in(alice)
    client.post(at(trained.space, "learning-on", trained.pk))
    LearnedWeights.objects.update(base={"backend": "scripted", "version": "0"})
    page = text(client, at(trained.space, "learning-list"))
    assert "counts for nothing" in page
    assert "another version of the head" in page


def test_saving_the_head_again_keeps_what_it_learned(
    trained: LearnedWeights, alice: User, sign_in: Open
) -> None:
    space, client = trained.space, sign_in(alice)
    client.post(at(space, "learning-on", trained.pk))
    form = {"head": "write", "write-backend": "site", "write-least": "10"}
    client.post(reverse("dashboard:heads", args=[space.slug]), form)
    space.refresh_from_db()
    assert space.write_head == {"least": 10, "learned": trained.sha256}
    client.post(reverse("dashboard:heads", args=[space.slug]), form | {"write-backend": "encoder"})
    space.refresh_from_db()
    assert space.write_head == {"backend": "encoder", "least": 10}
