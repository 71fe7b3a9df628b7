"""The way back to a page from which somebody set out to repair something."""

from __future__ import annotations

import pytest
from django.urls import reverse

from apps.accounts.models import Space, User
from apps.common.middleware import page_name

pytestmark = pytest.mark.django_db
CASE = "/s/atlas/evaluation/runs/5/cases/12/"


def test_it_leads_back_until_they_are_there(space: Space, dave: User, sign_in) -> None:
    client, search = sign_in(dave), reverse("memory:search", args=["atlas"])
    assert "way-back" not in client.get(search).content.decode()
    page = client.get(f"{search}?q=Ada&back={CASE}").content.decode()
    assert f'<a href="{CASE}">Back to case 12 of run 5</a>' in page
    again = client.get(reverse("memory:relation-list", args=["atlas"])).content.decode()
    assert f'<a href="{CASE}">' in again
    assert client.get(CASE).status_code == 404  # there is no such run
    assert "way-back" not in client.get(search).content.decode()


@pytest.mark.parametrize(
    "back",
    [
        "https://evil.example" + CASE,
        "//evil.example" + CASE,
        "javascript:alert(1)",
        "/\\evil.example",
        "/s/atlas/memory/",
        "/people/",
        "s/atlas/evaluation/runs/5/cases/12/",
        CASE + "<b>",
        "x" * 5000,
        "\0",
    ],
)
def test_it_leads_nowhere_else(space: Space, dave: User, sign_in, back: str) -> None:
    search = reverse("memory:search", args=["atlas"])
    response = sign_in(dave).get(search, {"back": back})
    assert "way-back" not in response.content.decode()
    assert page_name(back) == ""
