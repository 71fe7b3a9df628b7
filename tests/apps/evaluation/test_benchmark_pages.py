"""The pages of benchmarks: who may open them, and what they show."""

from __future__ import annotations

import pytest
from django.urls import reverse

from apps.evaluation.models import Benchmark
from tests import factories

pytestmark = pytest.mark.django_db


def test_it_says_that_there_are_none_yet(client) -> None:
    space, auditor = factories.make_space("lindenau"), factories.make_user("dave")
    factories.grant(space, auditor, "auditor")
    client.force_login(auditor)
    page = client.get(reverse("evaluation:benchmark-list", args=[space.slug]))
    assert page.status_code == 200
    assert "No benchmarks yet" in page.content.decode()


def test_it_lists_those_of_this_space_alone(client) -> None:
    space, other = factories.make_space("lindenau"), factories.make_space("halden")
    auditor = factories.make_user("dave")
    factories.grant(space, auditor, "auditor")
    for owned, name in ((space, "Places"), (other, "Secrets")):
        Benchmark.objects.create(space=owned, name=name, kind="questions", created_by=auditor)
    client.force_login(auditor)
    text = client.get(reverse("evaluation:benchmark-list", args=[space.slug])).content.decode()
    assert "Places" in text
    assert "Secrets" not in text
