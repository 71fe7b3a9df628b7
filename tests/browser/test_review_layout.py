"""What a reviewer reads is never covered: rectangles of a real browser, at many sizes and zooms."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from django.test import Client
from playwright.sync_api import Browser, Page

from apps.curation.models import Candidate, Hold
from tests import factories
from tests.browser.conftest import new_context

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
]

LONG = (
    "Ada Brook, who had left the valley of her childhood with two trunks and a letter of "
    "recommendation, and who would not see its orchards again for nineteen years, was, as the "
    "register of the parish and three of her own letters say without any doubt, born in Lindenau"
    + " after a winter that the whole village remembered for its length and its snow" * 4
    + ". She founded the Brook Institute in 1921."
)
# Width and height in CSS pixels: a phone, a laptop at 200 %, a tablet, a narrow and a wide window.
SIZES = [(390, 664), (640, 450), (768, 1024), (1094, 700), (1600, 900)]

COVERED = """() => {
  const card = document.getElementById('card');
  const read = card.querySelectorAll('.fact__statement, .evidence .mark, .conflict__statement');
  const bad = [];
  for (const one of read) {
    if (one.closest('details:not([open])')) continue;
    const words = document.createRange();
    words.selectNodeContents(one);
    for (const box of words.getClientRects()) {
      for (const share of [0.02, 0.5, 0.98]) {
        const x = box.left + box.width * share, y = box.top + box.height / 2;
        if (x < 0 || y < 0 || x >= innerWidth || y >= innerHeight) continue;
        const top = document.elementFromPoint(x, y);
        const apart = top && !one.contains(top) && !top.contains(one);
        if (apart && !top.closest('.evidence, .fact__head')) {
          bad.push(one.className + ' under ' + top.className);
        }
      }
    }
  }
  return [...new Set(bad)];
}"""


@pytest.fixture(autouse=True, scope="package")
def _orm_beside_playwright() -> Iterator[None]:
    """Playwright's loop runs in this thread, where Django would refuse to touch the database."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        yield


@pytest.fixture
def cards(space, alice) -> dict[str, Candidate]:
    """Return a plain card, one with a long sentence and one that contradicts two facts."""
    short = factories.make_document(space, alice, title="Ada Brook")
    long = factories.make_document(space, alice, text=LONG, title="The long way from Lindenau")
    factories.make_relation(space, "place of birth", single_valued=True)
    factories.make_triple(space, "Nora Holt", "place of birth", "Mirefeld")
    other = factories.make_document(
        space, alice, text="Nora Holt was born in Lindenau.", title="Nora Holt"
    )
    return {
        "plain": factories.make_candidate(short, alice),
        "long": factories.make_candidate(long, alice),
        "conflict": factories.make_candidate(other, alice, subject="Nora Holt"),
    }


@pytest.fixture
def bobs_page(request, browser: Browser, live_server, bob) -> Iterator[Page]:
    """A page in which bob is signed in, of the size and colours that the test names."""
    width, height, colours = request.param
    client = Client()
    client.force_login(bob)
    context = new_context(browser, live_server.url, width, height, colours)
    context.add_cookies(
        [
            {
                "name": "sessionid",
                "value": client.cookies["sessionid"].value,
                "url": live_server.url,
            }
        ]
    )
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    _leave(page)
    context.close()
    assert complaints == []


def _leave(page: Page) -> None:
    """Leave the card, and wait for the request that lets go of it: it would meet the flush of the
    tables."""
    page.goto("about:blank")
    deadline = time.monotonic() + 10
    while Hold.objects.exists() and time.monotonic() < deadline:
        page.wait_for_timeout(50)


# Each control that decides takes the focus: it stands whole in the window and covers nothing.
CONTROLS = """() => {
  const look = LOOK;
  const bad = [];
  for (const control of document.querySelectorAll('#decide button, #decide a, #decide .chip')) {
    control.focus();
    const box = control.getBoundingClientRect();
    const whole = box.top >= 0 && box.left >= 0 && box.bottom <= innerHeight;
    if (!whole || box.right > innerWidth) bad.push('out of the window: ' + control.textContent);
    bad.push(...look().map((one) => control.textContent + ': ' + one));
  }
  return bad;
}"""


def check(page: Page, where: str) -> None:
    """Look at the start, the end and with the focus on each control that decides."""
    for place in ("scrollTo(0, 0)", "scrollTo(0, document.body.scrollHeight)"):
        page.evaluate(place)
        assert page.evaluate(COVERED) == [], f"{where}: {place}"
    assert page.locator("#decide button").count() > 3
    assert page.evaluate(f"({CONTROLS.replace('LOOK', COVERED)})()") == [], where
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), where


@pytest.mark.parametrize(
    "bobs_page",
    [(*size, "light") for size in SIZES] + [(390, 664, "dark")],
    indirect=True,
    ids=lambda size: "x".join(map(str, size)),
)
def test_it_never_covers_what_is_to_be_read(bobs_page: Page, cards) -> None:
    for name, candidate in cards.items():
        bobs_page.goto(f"/s/atlas/review/candidates/{candidate.pk}/")
        check(bobs_page, name)
        bobs_page.get_by_text("Other reason").click()
        check(bobs_page, f"{name}, more open")
        bobs_page.goto(f"/s/atlas/review/candidates/{candidate.pk}/edit/")
        bobs_page.get_by_role("button", name="Save and accept").focus()
        assert bobs_page.evaluate(COVERED) == [], f"{name}, edit"
    assert bobs_page.locator("#card .conflict").count() == 0
    bobs_page.goto("/s/atlas/review/")
    bobs_page.get_by_role("button", name="Accept").click()
    bobs_page.get_by_text("Accepted: Ada Brook").wait_for()
    check(bobs_page, "after a decision, with its message")


@pytest.mark.parametrize("bobs_page", [(1280, 900, "light")], indirect=True)
def test_it_begins_the_card_as_high_as_the_column_beside_it(bobs_page: Page, cards) -> None:
    tops = (
        "['#card .card', '#recent'].map((one) => "
        "document.querySelector(one).getBoundingClientRect().top)"
    )
    bobs_page.goto("/s/atlas/review/")
    card, beside = bobs_page.evaluate(tops)
    assert card == beside
    bobs_page.get_by_role("button", name="Accept").click()
    bobs_page.get_by_text("Accepted: Ada Brook").wait_for()
    card, beside = bobs_page.evaluate(tops)
    assert card == beside
