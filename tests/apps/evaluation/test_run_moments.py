"""Asking again on the memory as it was for an earlier run: its button, form and queued run."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import Space, User
from apps.evaluation.models import Benchmark, Run
from apps.evaluation.services.runs import run_request, run_run_next
from apps.memory.controller import MemoryController
from tests.apps.evaluation.runs_made import born, make_memory, make_version, run_to_its_end

Open = Callable[[User], Client]
pytestmark = pytest.mark.django_db


@pytest.fixture
def earlier(space: Space, dave: User) -> Run:
    """A run that was right, and whose fact was retracted afterwards."""
    fact = make_memory(space)[0]
    run = run_to_its_end(make_version(space, dave, [born("Ada Brook", "Lindenau")]), dave)
    MemoryController(space).retract(fact, actor=dave)
    return run


def page(run: Run) -> str:
    return reverse("evaluation:run-new", args=[run.space.slug, run.version.benchmark_id])


def test_it_offers_the_memory_of_an_earlier_run(earlier: Run, dave: User, sign_in: Open) -> None:
    client = sign_in(dave)
    link = f"{page(earlier)}?like={earlier.pk}"
    run_page = client.get(reverse("evaluation:run", args=[earlier.space.slug, earlier.pk]))
    assert link in run_page.text
    form = client.get(link).context["form"]
    assert form["moment"].value() == earlier.pk
    assert form["version"].value() == "1"
    assert form["mode"].value() == "memory"
    assert client.get(page(earlier)).context["form"]["moment"].value() in (None, "")


def test_it_asks_the_memory_as_it_was(earlier: Run, dave: User, sign_in: Open) -> None:
    given = {"version": "1", "mode": "memory", "moment": earlier.pk}
    reply = sign_in(dave).post(page(earlier), given)
    assert reply.status_code == 302
    run_run_next()
    then = Run.objects.exclude(pk=earlier.pk).get()
    assert then.known_at == earlier.known_at
    assert then.events == earlier.events
    again = run_to_its_end(earlier.version, dave)
    assert [one.figures["right"] for one in (earlier, then, again)] == [1, 1, 0]


def test_a_run_of_now_is_not_one_of_an_earlier_moment(earlier: Run, dave: User) -> None:
    moment = timezone.now() - timedelta(days=2)
    old = run_request(version=earlier.version, actor=dave, known_at=moment)
    now = run_request(version=earlier.version, actor=dave)
    assert now.pk != old.pk
    assert run_request(version=earlier.version, actor=dave) == now
    assert run_request(version=earlier.version, actor=dave, known_at=moment) == old


@pytest.mark.parametrize("like", ["x", "0", "9" * 30, "²"])
def test_a_run_that_there_is_not_is_no_start(
    earlier: Run, dave: User, sign_in: Open, like: str
) -> None:
    reply = sign_in(dave).get(page(earlier), {"like": like})
    assert reply.status_code == 200
    assert not reply.context["form"]["moment"].value()


def test_it_refuses_the_moment_of_another_benchmarks_run(
    earlier: Run, space: Space, dave: User, sign_in: Open
) -> None:
    other = make_version(space, dave, [born("Cleo Marsh", "Corvo")], name="Others")
    address = reverse("evaluation:run-new", args=[space.slug, other.benchmark_id])
    given = {"version": "1", "mode": "memory", "moment": earlier.pk}
    assert sign_in(dave).post(address, given).status_code in (302, 422)
    assert not Run.objects.filter(version=other, known_at=earlier.known_at).exists()


def test_sentences_are_read_without_a_moment(space: Space, dave: User, sign_in: Open) -> None:
    kind = Benchmark.Kind.STATEMENTS
    version = make_version(space, dave, [{"text": "Ada.", "expected": []}], kind=kind)
    reply = sign_in(dave).get(
        reverse("evaluation:run-new", args=[space.slug, version.benchmark_id])
    )
    assert "moment" not in reply.context["form"].fields
