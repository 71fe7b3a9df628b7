"""The form of an export: what is chosen stays while the counts of an earlier choice come in."""

from __future__ import annotations

import time

import pytest
from playwright.sync_api import Page, Route, expect

from apps.accounts.models import Membership
from tests.browser.test_review_layout import (  # noqa: F401 - fixtures
    _orm_beside_playwright,
    bobs_page,
    cards,
)

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
    pytest.mark.parametrize("bobs_page", [(1280, 900, "light")], indirect=True),
]


def slowly(route: Route) -> None:
    if route.request.headers.get("hx-request"):
        time.sleep(0.6)
    route.continue_()


def test_it_keeps_the_format_that_is_chosen_while_the_counts_come(
    bobs_page: Page,  # noqa: F811
    cards,  # noqa: F811
    space,
    bob,
) -> None:
    Membership.objects.create(space=space, user=bob, role="auditor")
    bobs_page.goto("/s/atlas/audit/exports/")
    bobs_page.route("**/exports/**", slowly)
    what, as_ = bobs_page.get_by_label("What"), bobs_page.get_by_label("As", exact=True)
    scopes = what.locator("option").all_inner_texts()
    last = as_.locator("option").last.get_attribute("value")
    assert last
    with bobs_page.expect_response(lambda response: f"format={last}" in response.url):
        what.select_option(label=scopes[1])
        as_.select_option(last)
    expect(bobs_page.locator("#asked .field")).not_to_have_count(0)
    expect(as_).to_have_value(last)
    expect(what.locator("option:checked")).to_have_text(scopes[1])
