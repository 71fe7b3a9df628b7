"""The reliability diagram: valid, self-contained, and true to its figures."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from apps.evaluation.extraction.pictures import Plot, extraction_picture
from apps.evaluation.measuring.svg import element, path, text
from apps.evaluation.services.charts import latency

SVG = "{http://www.w3.org/2000/svg}"
SCORES = {"precision": 0.6, "recall": 0.3, "f1": 0.4}


@pytest.fixture
def drawn():
    return {
        "head": "a<b>&\"c'",
        "documents": 2,
        "calibration_error": 0.0421,
        "best_threshold": 0.3,
        "review_threshold": 0.4,
        "end_to_end": SCORES,
        "end_to_end_at_review_threshold": SCORES,
        "reliability": [
            {"score": 0.05, "right": 0.1, "count": 12_345},
            {"score": 0.95, "right": 1.0, "count": 8},
        ],
        "curve": [{"threshold": i / 50, **SCORES} for i in range(1, 50)],
    }


def test_it_draws_every_bin_with_its_count_and_the_diagonal(drawn):
    root = ElementTree.fromstring(extraction_picture(drawn))
    written = [t.text for t in root.iter(f"{SVG}text")]
    assert {"12k", "8", "score", "recall", "precision"} <= set(written)
    assert any("0.042" in (t or "") for t in written)
    places = [(c.get("cx"), c.get("cy")) for c in root.iter(f"{SVG}circle")]
    plot = Plot(72, 72, 320)
    for score, right in ((0.05, 0.1), (0.95, 1.0)):
        x, y = plot.at(score, right)
        assert (f"{x:.1f}".removesuffix(".0"), f"{y:.1f}".removesuffix(".0")) in places
    assert [p.get("d") for p in root.iter(f"{SVG}path") if p.get("class") == "ideal"] == [
        "M72 392 392 72"
    ]
    assert root.find(f"{SVG}title").text == "The a<b>&\"c' write head on 2 documents"


def test_it_loads_nothing_and_runs_nothing(drawn):
    source = extraction_picture(drawn)
    assert "prefers-color-scheme:dark" in source
    assert not re.search(r"<script|@import|url\(|href|on\w+=", source)
    assert re.findall(r"https?://[^\"]+", source) == ["http://www.w3.org/2000/svg"]


def test_it_keeps_every_point_inside_the_picture(drawn):
    root = ElementTree.fromstring(extraction_picture(drawn))
    _, _, width, height = map(float, root.get("viewBox").split())
    for circle in root.iter(f"{SVG}circle"):
        assert 0 < float(circle.get("cx")) < width
        assert 0 < float(circle.get("cy")) < height


def test_it_escapes_what_it_writes():
    assert text("a<b", 1, 2.25, class_="x") == '<text x="1" y="2.2" class="x">a&lt;b</text>'
    assert element("g", id='"') == "<g id='\"'/>"
    assert path([]) == ""


@pytest.mark.parametrize(
    ("most", "top"), [(3, "5"), (7, "10"), (12, "20"), (23, "50"), (60, "100")]
)
def test_the_axis_of_a_count_ends_not_far_above_it(most, top):
    root = ElementTree.fromstring(latency([(10, most)], 5, 9))
    assert [t.text for t in root.iter(f"{SVG}text")][5] == top
