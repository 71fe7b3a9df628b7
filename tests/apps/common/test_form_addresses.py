"""Addresses that only take what a form sends, opened by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from apps.accounts.models import Space, User

BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
Open = Callable[[User], Client]


@pytest.mark.parametrize(
    ("typed", "page"),
    [
        ("/s/atlas/audit/exports/new/", "/s/atlas/audit/exports/"),
        ("/s/atlas/audit/rests/withdraw/", "/s/atlas/audit/rests/"),
        ("/s/atlas/audit/checkpoints/now/", "/s/atlas/audit/checkpoints/"),
        ("/s/atlas/audit/proof/answer/3/", "/s/atlas/audit/"),
        ("/account/data/", "/account/"),
        ("/theme/", "/"),
    ],
)
def test_it_leads_to_the_page_above(
    space: Space, alice: User, sign_in: Open, typed: str, page: str
) -> None:
    answer = sign_in(alice).get(typed, headers=BROWSER)
    assert (answer.status_code, answer.headers["Location"]) == (302, page)


def test_every_address_of_a_form_leads_to_a_page(space: Space, alice: User, sign_in: Open) -> None:
    client, led = sign_in(alice), 0
    for address in _addresses(get_resolver()):
        answer = client.get(address, headers=BROWSER)
        if answer.status_code != 302 or client.get(address).status_code != 405:
            continue
        led += 1
        above = client.get(address, headers=BROWSER, follow=True)
        assert above.content, address
        assert all(len(to) < len(address) for to, _ in above.redirect_chain[:1]), address
    assert led > 30


def test_a_program_is_told_which_methods_it_takes(space: Space, alice: User, sign_in: Open) -> None:
    answer = sign_in(alice).get("/s/atlas/audit/exports/new/", headers={"accept": "*/*"})
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")
    assert answer.content.decode() == "This address takes POST alone.\n"
    fragment = sign_in(alice).get(
        "/s/atlas/audit/exports/new/", headers=BROWSER | {"hx-request": "true"}
    )
    assert fragment.status_code == 405
    changed = sign_in(alice).post("/health/", headers=BROWSER)
    assert changed.content.decode() == "This address takes GET, HEAD alone.\n"


def _addresses(resolver: URLResolver, before: str = "/") -> Iterator[str]:
    """Yield an address for each pattern, with made-up numbers."""
    for one in resolver.url_patterns:
        here = before + _filled(str(one.pattern))
        if isinstance(one, URLResolver):
            if not here.startswith("/admin/"):
                yield from _addresses(one, here)
        elif isinstance(one, URLPattern):
            yield here


def _filled(pattern: str) -> str:
    """Return a pattern with a number or a word in the place of each part that is asked for."""
    for part, word in (("<slug:slug>", "atlas"), ("<int:pk>", "7")):
        pattern = pattern.replace(part, word)
    while "<" in pattern:
        start, end = pattern.index("<"), pattern.index(">")
        pattern = (
            pattern[:start]
            + ("7" if "int:" in pattern[start:end] else "answer")
            + pattern[end + 1 :]
        )
    return pattern
