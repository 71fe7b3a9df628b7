"""A person with a browser: from a text to a traced answer, with the shipped models."""

from __future__ import annotations

import os
import re
import time
from collections import defaultdict
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import PAGE_SECONDS, Stack, new_context, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(900)]

TITLE = "Nora Feldkirch"
TEXT = (
    "Nora Feldkirch (3 May 1894 – 12 June 1961) was an Austrian physicist. She was born in Graz, "
    "Austria, and died in Vienna. Feldkirch was educated at the University of Graz and worked for "
    "the Radium Institute in Vienna from 1921. She married the painter Paul Ostheim in 1923. "
    "Their son, Viktor Ostheim, became a conductor.\n\n"
    "The Feldkirch Observatory is located in Innsbruck, Austria. It was founded by Nora Feldkirch "
    "in 1934."
)
BORN = ("Nora Feldkirch", "place of birth", "Graz")


def shoot(page: Page, name: str, tmp_path: Path) -> None:
    """Save a screenshot, to the folder that SCREENSHOTS names when the README's are retaken."""
    folder = Path(os.environ.get("SCREENSHOTS") or tmp_path)
    page.evaluate("document.querySelectorAll('.toast').forEach((toast) => toast.remove())")
    page.screenshot(path=folder / f"{name}.png")


def add_text(page: Page, title: str, text: str) -> None:
    page.goto("/s/demo/sources/add/")
    page.get_by_label("Title").fill(title)
    page.get_by_label("Text", exact=True).fill(text)
    page.get_by_role("button", name="Add text").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(title)


def card_texts(page: Page) -> tuple[str, str, str] | None:
    """Return subject, relation and object of the card, or None when nothing is left."""
    if page.locator("#card #decide").count() == 0:
        return None
    parts = (".triple__subject", ".triple__relation", ".triple__object")
    found = [page.locator(f"#card {part}").first.inner_text().strip() for part in parts]
    return found[0], found[1], found[2]


def test_it_walks_from_a_text_to_a_traced_answer(page: Page, tmp_path: Path) -> None:
    sign_in(page)
    add_text(page, TITLE, TEXT)
    expect(page.locator("main")).to_contain_text("to review")
    shoot(page, "document", tmp_path)
    document = re.search(r"/sources/(\d+)/", page.url)
    assert document

    page.goto(f"/s/demo/review/?document={document[1]}")
    accepted = []
    for _ in range(60):
        found = card_texts(page)
        if found is None:
            break
        before = page.locator("#card").get_attribute("aria-label")
        subject, relation, object_ = found
        if found == BORN:
            shoot(page, "review", tmp_path)
        turned = {("father", "Nora Feldkirch"), ("mother", "Paul Ostheim")}
        wrong = relation == "sibling" or (relation, object_) in turned
        right = subject in TEXT and object_ in TEXT and not wrong
        page.keyboard.press("a" if right else "x")
        if right:
            accepted.append(found)
        expect(page.locator(f'#card[aria-label="{before}"] #decide')).to_have_count(0)
        if page.get_by_text("Replace").count() and page.locator("#card .notice--bad").count():
            page.keyboard.press("x")  # it contradicts what was accepted before
    assert BORN in accepted

    page.goto("/s/demo/ask/")
    page.locator("main [name=text]").first.fill("Where was Nora Feldkirch born?")
    page.get_by_role("button", name="Ask").first.click()
    answer = page.get_by_role("region", name="Answer", exact=True)
    expect(answer).to_contain_text("was born in Graz")
    main = page.locator("main")
    expect(main).to_contain_text("She was born in Graz")
    expect(main).to_contain_text("alice")
    expect(main).to_contain_text("MEM_READ")
    shoot(page, "answer", tmp_path)


def test_it_works_without_javascript(browser: Browser, stack: Stack) -> None:
    context = browser.new_context(
        base_url=stack.url, java_script_enabled=False, reduced_motion="reduce"
    )
    page = context.new_page()
    sign_in(page)
    text = "Erik Sandvik (2 May 1901 – 9 July 1970) was a Norwegian painter. He was born in Bergen."
    add_text(page, "Erik Sandvik", text)
    deadline = time.monotonic() + PAGE_SECONDS
    while not page.get_by_text("to review").count() and time.monotonic() < deadline:
        time.sleep(1)
        page.reload()
    page.goto("/s/demo/review/?document=" + page.url.split("/sources/")[1].split("/")[0])
    while page.locator("#decide").count():
        before = page.locator("#card").get_attribute("aria-label")
        page.get_by_role("button", name=re.compile("^Accept")).first.click()
        if page.locator("#card").get_attribute("aria-label") == before:
            page.get_by_role("button", name=re.compile("^Reject")).first.click()
    page.goto("/s/demo/ask/")
    page.locator("main [name=text]").first.fill("Where was Erik Sandvik born?")
    page.get_by_role("button", name="Ask").first.click()
    deadline = time.monotonic() + PAGE_SECONDS
    while not page.get_by_text("Rests on").count() and time.monotonic() < deadline:
        time.sleep(1)
        page.reload()
    expect(page.get_by_role("region", name="Answer", exact=True)).to_contain_text(
        "was born in Bergen"
    )
    context.close()


def test_it_fits_every_page(browser: Browser, stack: Stack) -> None:
    """Load each page once, and look at it in two sizes; of pages of a kind, load three."""
    context = new_context(browser, stack.url, 1600)
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
    sign_in(page)
    kinds: dict[str, set[str]] = defaultdict(set)
    for start in ("", "sources/", "memory/", "review/", "memory/relations/", "ask/", "audit/"):
        page.goto(f"/s/demo/{start}")
        for link in [*page.locator("main a[href^='/s/demo/']").all()[:12], None]:
            address = f"/s/demo/{start}" if link is None else link.get_attribute("href") or ""
            address = address.split("#")[0]
            same = kinds[re.sub(r"\d+", "1", address)]
            if len(same) < 3:
                same.add(address)
    for address in sorted(set().union(*kinds.values())):
        page.emulate_media(color_scheme="light")
        page.set_viewport_size({"width": 1600, "height": 900})
        response = page.goto(address)
        assert response is not None
        assert response.status == 200, address
        check_width(page, address)
        page.emulate_media(color_scheme="dark")
        page.set_viewport_size({"width": 360, "height": 900})
        check_width(page, address)
    assert len(kinds) > 20
    assert complaints == []
    context.close()


def check_width(page: Page, address: str) -> None:
    root = "document.documentElement"
    # Lengths by the width of the window are those of the size before until a frame is drawn.
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => setTimeout(done)))")
    overflow = page.evaluate(f"{root}.scrollWidth - {root}.clientWidth")
    width = page.viewport_size and page.viewport_size["width"]
    assert overflow <= 0, f"{address} is {overflow} px too wide at {width}"
