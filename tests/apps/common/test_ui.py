"""The design's promises: contrast, no inline code, known classes, safe marks, bare error pages."""

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple

import pytest
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.template import Context, Template
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.utils.html import escape
from hypothesis import given
from hypothesis import strategies as st

from apps.common.highlighting import KINDS, Highlight, highlighted
from apps.common.icons import ICONS

STATIC = Path(settings.BASE_DIR) / "static"
TEMPLATES = Path(settings.BASE_DIR) / "templates"
OWN_CSS = ["base", "frame", "forms", "components", "knowledge"]
CSS = "\n".join((STATIC / "css" / f"{name}.css").read_text() for name in OWN_CSS)
HEX = r"#[0-9a-f]{6}"
TOKENS = {
    name: (light, dark)
    for name, light, dark in re.findall(rf"--([\w-]+): light-dark\(({HEX}), ({HEX})\)", CSS)
}

GROUNDS = ("paper", "surface", "surface-2")
SOFT = ("accent-soft", "good-soft", "bad-soft", "warn-soft", "past-soft")
MARKS = ("mark-sentence", "mark-subject", "mark-object", "mark-relation")
# Words need 4.5 to 1 (WCAG 1.4.3), lines and shapes that carry meaning 3 to 1 (1.4.11).
WORDS = [
    *[(ink, ground) for ink in ("ink", "ink-2", "ink-3", "accent") for ground in GROUNDS],
    *[(ink, ground) for ink in ("ink", "ink-2", "accent") for ground in (*SOFT, *MARKS)],
    *[(state, f"{state}-soft") for state in ("good", "bad", "warn", "past", "accent")],
    *[(state, ground) for state in ("good", "bad", "warn", "past") for ground in GROUNDS],
    ("accent-strong", "accent-soft"),
    ("on-accent", "accent"),
    ("on-accent", "accent-strong"),
    ("on-bad", "bad"),
    *[(ink, rail) for ink in ("rail-ink", "rail-ink-2") for rail in ("rail", "rail-2")],
    ("rail-ink", "rail-line"),
    ("on-rail-accent", "rail-accent"),
]
LINES = [
    *[(line, ground) for line in ("line-strong", "focus") for ground in ("paper", "surface")],
    ("rail-accent", "rail-2"),
    *[(f"{mark}-line", ground) for mark in MARKS for ground in ("surface", mark)],
]


def luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize(
    ("front", "ground", "least"),
    [(*pair, 4.5) for pair in WORDS] + [(*pair, 3.0) for pair in LINES],
)
def test_it_keeps_contrast_in_light_and_dark(front: str, ground: str, least: float) -> None:
    for mode, index in (("light", 0), ("dark", 1)):
        ratio = contrast(TOKENS[front][index], TOKENS[ground][index])
        assert ratio >= least, f"{front} on {ground} in {mode}: {ratio:.2f}"


def test_it_knows_contrast_from_the_standard() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_it_names_colours_only_as_tokens() -> None:
    for path in (STATIC / "css").glob("*.css"):
        text = re.sub(r"^  --[\w-]+:[^;]*;", "", path.read_text(), flags=re.M | re.S)
        assert not re.findall(r"#[0-9a-f]{3,8}\b", text), path.name


def test_it_uses_only_tokens_that_exist() -> None:
    for path in (STATIC / "css").glob("*.css"):
        text = path.read_text()
        defined = set(re.findall(r"(--[\w-]+):", CSS + text))
        assert set(re.findall(r"var\((--[\w-]+)", text)) <= defined, path.name


def test_it_has_no_inline_script_or_style_in_any_template() -> None:
    forbidden = re.compile(r"\sstyle=|<style|\son[a-z]+=|hx-on|javascript:|<script(?![^>]*\ssrc=)")
    for path in TEMPLATES.rglob("*.html"):
        assert not forbidden.findall(path.read_text()), path


def test_it_documents_only_classes_that_exist() -> None:
    styles = "".join(path.read_text() for path in (STATIC / "css").glob("*.css"))
    known = set(re.findall(r"\.([a-z][\w-]*)", styles))
    guide = (Path(settings.BASE_DIR) / "docs" / "design.md").read_text()
    used = {name for value in re.findall(r'class="([^"{%]+)"', guide) for name in value.split()}
    assert used
    assert used <= known


class Tags(HTMLParser):
    """Checks that tags close in the order in which they opened, and never link inside a link."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.stack: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in ("a", "mark")
        assert tag != "a" or "a" not in self.stack
        self.stack.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.stack.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


class Window(NamedTuple):
    text: str
    spans: list[Highlight]
    start: int
    end: int


@st.composite
def windows(draw: st.DrawFn) -> Window:
    text = draw(st.text(alphabet="ab <>&\"'\n;é", max_size=40))
    offset = st.integers(0, len(text) + 3)
    span = st.builds(
        Highlight,
        start=offset,
        end=offset,
        kind=st.sampled_from(KINDS),
        label=st.text(alphabet="<\">&'x", max_size=4),
        href=st.sampled_from(["", "/facts/1?a=1&b=2", '#"x']),
        anchor=st.sampled_from(["", 'f"1']),
    )
    return Window(text, draw(st.lists(span, max_size=6)), draw(offset), draw(offset))


@given(windows(), st.randoms(use_true_random=False))
def test_it_marks_any_spans_and_escapes_each_character_once(window: Window, random) -> None:
    text, spans, start, end = window
    html = highlighted(text, spans, start=start, end=end)
    shown = text[min(start, end, len(text)) : end]
    assert re.sub(r"<[^>]*>", "", html) == escape(shown)
    tags = Tags()
    tags.feed(html)
    tags.close()
    assert tags.stack == []
    assert tags.text == shown
    random.shuffle(spans)
    assert highlighted(text, spans, start=start, end=end) == html


def test_it_nests_marks_and_splits_the_ones_that_cross() -> None:
    html = highlighted(
        "Ada lived in London.",
        [
            Highlight(0, 20, "sentence"),
            Highlight(0, 3, "subject", "subject"),
            Highlight(10, 19, "relation"),
            Highlight(13, 20, "object", "<b>", href="/e/1"),
        ],
    )
    assert html == (
        '<mark class="mark mark--sentence">'
        '<mark class="mark mark--subject" title="subject" data-label="subject">Ada</mark> lived '
        '<mark class="mark mark--relation">in '
        '<a class="mark mark--object" href="/e/1" title="&lt;b&gt;" data-label="&lt;b&gt;">London'
        '</a></mark><a class="mark mark--object" href="/e/1" title="&lt;b&gt;">.</a></mark>'
    )


@pytest.mark.parametrize(
    "href", ["javascript:alert(1)", "//evil.test", "/\\evil.test", "https://x"]
)
def test_it_refuses_a_mark_that_leads_away(href: str) -> None:
    with pytest.raises(ValueError, match="links inside this site"):
        Highlight(0, 1, "fact", href=href)


def test_it_refuses_an_unknown_kind_of_mark() -> None:
    with pytest.raises(ValueError, match="Unknown kind"):
        Highlight(0, 1, "verb")


def render(source: str, **context: object) -> str:
    return Template("{% load ui %}" + source).render(Context(context))


def test_it_draws_icons_with_and_without_a_name() -> None:
    for name in ICONS:
        assert 'aria-hidden="true"' in render("{% icon name %}", name=name)
    assert 'role="img" aria-label="&lt;b&gt;"' in render("{% icon 'check' label %}", label="<b>")


def test_it_shows_states_scores_and_distances() -> None:
    assert "badge--good" in render("{% badge 'accepted' %}")
    assert "&lt;i&gt;" in render("{% badge state %}", state="<i>")
    assert render("{{ 0.876|score }} {{ None|score }} {{ 0.1234|distance }}") == "0.88 – 0.123"
    assert 'width="100.0"' in render("{% score_bar 1.7 %}")
    said = "{{ 0.96|score_words }}, {{ 0.87|score_words }}, {{ 0.5|score_words }}"
    assert render(said) == "very likely 0.96, likely 0.87, possible 0.50"
    assert render("{{ 0.1|score_words }} {{ None|score_words }}") == "doubtful 0.10 –"
    assert "likely 0.87" in render("{% score_bar 0.87 %}")
    assert "svg" not in render("{% score_bar None %}")
    own = render("{% score_bar 0.87 False %}")
    assert "0.87, the model's own" in own.replace("&#x27;", "'")
    assert "likely" not in own


def test_it_escapes_names_in_a_triple() -> None:
    html = render_to_string(
        "partials/triple.html",
        {"subject": "<script>", "relation": "a&b", "object": '"o"', "object_url": "/x"},
    )
    assert "<script>" not in html
    assert "a&amp;b" in html
    assert 'href="/x"' in html


@pytest.mark.parametrize("code", [400, 403, 404, 409, 413, 500])
def test_it_renders_error_pages_without_request_and_without_database(code: int) -> None:
    bare = render_to_string(f"{code}.html")
    request = RequestFactory().get("/missing")
    request.user = AnonymousUser()
    for html in (bare, render_to_string(f"{code}.html", request=request)):
        assert f">{code}<" in html
        assert 'id="main"' in html
        assert "data-error-text" in html


def test_it_renders_the_base_page_for_a_visitor() -> None:
    request = RequestFactory().get("/")
    request.user = AnonymousUser()
    html = render_to_string("base.html", request=request)
    assert "rail--bar" in html
    assert 'id="menu"' not in html
    assert 'aria-live="polite"' in html
