"""Runs and their comparison on a telephone: at one edge, nothing cut, every run with its head."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from apps.accounts.models import Membership
from tests.apps.evaluation.rows import figures, make_result, make_run, make_version
from tests.browser.test_review_layout import (  # noqa: F401 - fixtures
    _orm_beside_playwright,
    bobs_page,
)

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
    pytest.mark.parametrize("bobs_page", [(390, 844, "light"), (390, 844, "dark")], indirect=True),
]
EDGES = """() => [...document.querySelectorAll('.runs-chosen tbody tr')].map(row =>
    [...row.cells].map(cell => {
        const inner = parseFloat(getComputedStyle(cell).paddingLeft);
        return Math.round(cell.getBoundingClientRect().left + inner);
    }))"""


def test_the_cells_of_a_run_begin_at_one_edge(
    bobs_page: Page,  # noqa: F811
    space,
    bob,
) -> None:
    Membership.objects.create(space=space, user=bob, role="auditor")
    version = make_version(space, bob, name="A benchmark with a rather long name for a telephone")
    came = figures(0.9, 0.8, 1.0) | {"abstained": 3}
    came["shares"]["wrong"] = {"value": 0.07, "interval": [0.02, 0.12], "n": 100}
    for note in ("", "what this run is to find out, in more words than a line has room for"):
        make_run(version, bob, note=note, done=100, figures=came)
    bobs_page.goto("/s/atlas/evaluation/runs/")
    rows = bobs_page.evaluate(EDGES)
    assert len(rows) == 2
    assert all(len(row) == 7 and len(set(row)) == 1 for row in rows), rows
    width = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    assert bobs_page.evaluate(width)


def test_a_comparison_says_which_head_each_run_had(
    bobs_page: Page,  # noqa: F811
    space,
    bob,
) -> None:
    Membership.objects.create(space=space, user=bob, role="auditor")
    version = make_version(space, bob)
    runs = [make_run(version, bob, done=1, figures=figures(1.0, 0.2, 1.0, 1)) for _ in range(2)]
    for run in runs:
        make_result(run, version.cases.get())
    bobs_page.goto(f"/s/atlas/evaluation/compare/?runs={runs[0].pk}&runs={runs[1].pk}")
    for run in runs:
        said = bobs_page.locator(".runs-said li", has_text=f"Run {run.pk}:")
        expect(said).to_contain_text("With the memory · scripted")
        expect(said).to_be_visible()
    left = "e => e.getBoundingClientRect().left"
    heading = bobs_page.locator("#measures-heading").evaluate(left)
    assert bobs_page.locator(".runs-said li").first.evaluate(left) == heading
    bobs_page.set_viewport_size({"width": 1280, "height": 900})
    expect(bobs_page.locator(".runs-said")).to_be_hidden()
