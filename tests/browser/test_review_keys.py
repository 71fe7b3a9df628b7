"""Keys of review: what is typed while a form is on its way, leaving it, and no blind decision."""

from __future__ import annotations

import time

import pytest
from playwright.sync_api import Page, Route, expect

from apps.curation.models import Decision, Hold
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
    time.sleep(0.4)
    route.continue_()


def test_it_puts_what_is_typed_ahead_into_the_form(bobs_page: Page, cards) -> None:  # noqa: F811
    bobs_page.goto("/s/atlas/review/")
    bobs_page.route("**/edit/", slowly)
    bobs_page.keyboard.press("e")
    bobs_page.keyboard.type("Saxony")
    expect(bobs_page.get_by_label("Subject", exact=True)).to_have_value("Saxony")
    bobs_page.keyboard.type(" and more")
    expect(bobs_page.get_by_label("Subject", exact=True)).to_have_value("Saxony and more")
    assert not Decision.objects.exists()


def test_it_keeps_what_is_typed_while_the_form_settles(
    bobs_page: Page,  # noqa: F811
    cards,  # noqa: F811
) -> None:
    bobs_page.goto("/s/atlas/review/")
    bobs_page.evaluate(
        """() => {
          const type = (key) => document.body.dispatchEvent(
            new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
          document.addEventListener('htmx:afterRequest', () => [...'Saxony'].forEach(type));
        }"""
    )
    bobs_page.keyboard.press("e")
    expect(bobs_page.get_by_label("Subject", exact=True)).to_have_value("Saxony")
    assert not Decision.objects.exists()


def test_it_leaves_a_form_by_escape_and_asks_when_something_changed(
    bobs_page: Page,  # noqa: F811
    cards,  # noqa: F811
) -> None:
    bobs_page.goto("/s/atlas/review/")
    bobs_page.keyboard.press("e")
    expect(bobs_page.get_by_role("button", name="Save and accept")).to_be_visible()
    bobs_page.keyboard.press("Escape")
    expect(bobs_page.locator("#decide")).to_be_visible()

    bobs_page.keyboard.press("e")
    bobs_page.get_by_label("Subject", exact=True).fill("Ada")
    asked: list[str] = []
    bobs_page.once("dialog", lambda one: (asked.append(one.message), one.dismiss()))
    bobs_page.keyboard.press("Escape")
    expect(bobs_page.get_by_label("Subject", exact=True)).to_have_value("Ada")
    assert asked == ["Leave without saving what you changed?"]


def test_it_decides_nothing_that_is_not_seen_yet(bobs_page: Page, cards) -> None:  # noqa: F811
    bobs_page.goto("/s/atlas/review/")
    bobs_page.route("**/accept/", slowly)
    bobs_page.keyboard.press("a")
    expect(bobs_page.locator("#card")).to_have_attribute("aria-busy", "true")
    bobs_page.keyboard.press("x")
    bobs_page.keyboard.press("a")
    bobs_page.get_by_text("Accepted: Ada Brook").wait_for()
    expect(bobs_page.locator("#decide")).to_be_visible()
    assert Decision.objects.count() == 1


def test_it_lets_go_of_a_card_that_is_left(bobs_page: Page, cards) -> None:  # noqa: F811
    bobs_page.goto("/s/atlas/review/")
    assert Hold.objects.count() == 1
    bobs_page.goto("/s/atlas/memory/")
    deadline = time.monotonic() + 5
    while Hold.objects.exists() and time.monotonic() < deadline:
        bobs_page.wait_for_timeout(100)
    assert not Hold.objects.exists()
