"""Reads the text of an HTML page: what a person sees of its content, one block a line."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bs4 import BeautifulSoup
from bs4.element import NavigableString, PageElement, PreformattedString, Tag

from apps.sources.errors import HtmlWithoutText

_SKIPPED = frozenset({
    "head", "script", "style", "noscript", "template", "nav", "iframe", "object", "canvas", "svg",
    "math", "audio", "video", "button", "select", "textarea", "input", "dialog", "menu",
})  # fmt: skip
# What MediaWiki, and what follows it, marks as not being text of the article.
_SKIPPED_CLASSES = frozenset({"mw-editsection", "reference", "noprint", "navbox", "catlinks"})
_PARAGRAPHS = frozenset({
    "address", "article", "aside", "blockquote", "body", "div", "dl", "fieldset", "figure",
    "figcaption", "footer", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "main", "ol", "p",
    "pre", "section", "table", "ul", "details", "summary",
})  # fmt: skip
_LINES = frozenset({
    "li", "tr", "dt", "dd", "br", "caption",
})  # fmt: skip
_CELLS = frozenset({"td", "th"})
_BLANKS = re.compile(r"\s+")


def read_html(source: str) -> tuple[str, str, str]:
    """Return (title, text, language) of a page. Raises HtmlWithoutText."""
    soup = BeautifulSoup(source, "html.parser")
    title = soup.title.get_text(" ") if soup.title else ""
    mains = soup.find_all("main", limit=2)
    text = _text(mains[0]) if len(mains) == 1 else ""
    text = text or _text(soup)
    if not text:
        raise HtmlWithoutText
    heading = soup.find("h1")
    if not title.strip() and isinstance(heading, Tag):
        title = heading.get_text(" ")
    root = soup.find("html")
    language = root.get("lang") if isinstance(root, Tag) else ""
    return _BLANKS.sub(" ", title).strip(), text, language if isinstance(language, str) else ""


def visible_text(fragment: str) -> str:
    """Return the visible text of a piece of HTML, one block a line."""
    return _text(BeautifulSoup(fragment, "html.parser"))


def _text(root: Tag) -> str:
    """Return the visible text below ``root``. It walks with a stack of its own, because pages can
    be nested more deeply than Python's."""
    pieces = [""]  # the line being written is the last one
    stack: list[tuple[Tag, Iterator[PageElement]]] = [(root, iter(root.contents))]
    preformatted = 0
    while stack:
        tag, children = stack[-1]
        child = next(children, None)
        if child is None:
            stack.pop()
            preformatted -= tag.name == "pre"
            _close(tag.name, pieces)
        elif isinstance(child, Tag):
            if not _is_skipped(child):
                _open(child, tag, pieces)
                preformatted += child.name == "pre"
                stack.append((child, iter(child.contents)))
        elif isinstance(child, NavigableString) and not isinstance(child, PreformattedString):
            _write(str(child), pieces, preformatted=preformatted > 0)
    return _join(pieces)


def _is_skipped(tag: Tag) -> bool:
    classes = tag.get_attribute_list("class")
    style = str(tag.get("style") or "").replace(" ", "").lower()
    return (
        tag.name in _SKIPPED
        or tag.has_attr("hidden")
        or tag.get("aria-hidden") == "true"
        or tag.get("role") == "navigation"
        or "display:none" in style
        or not _SKIPPED_CLASSES.isdisjoint(classes)
    )


def _open(tag: Tag, parent: Tag, pieces: list[str]) -> None:
    if tag.name in _PARAGRAPHS:
        if not (parent.name in _LINES or parent.name in _CELLS) or tag.name == "pre":
            _break(pieces, paragraph=True)
        elif tag.name in ("ul", "ol", "table"):
            _break(pieces)
    elif tag.name in _LINES:
        _break(pieces)
        if tag.name == "li":
            pieces[-1] = "- "
    elif tag.name in _CELLS and pieces[-1].strip():
        pieces[-1] = pieces[-1].rstrip() + " | "


def _close(name: str, pieces: list[str]) -> None:
    if name in _PARAGRAPHS:
        _break(pieces, paragraph=True)
    elif name in _LINES:
        _break(pieces)


def _break(pieces: list[str], *, paragraph: bool = False) -> None:
    """End the line, and with ``paragraph`` the paragraph; never two empty lines in a row."""
    if pieces[-1].strip(" |-"):
        pieces.append("")
    elif not pieces[-1].startswith("- "):
        pieces[-1] = ""
    if paragraph and not pieces[-1] and len(pieces) > 1 and pieces[-2]:
        pieces.append("")


def _write(text: str, pieces: list[str], *, preformatted: bool) -> None:
    if preformatted:
        first, *others = text.split("\n")
        pieces[-1] += first
        pieces.extend(others)
        return
    text = _BLANKS.sub(" ", text)
    if not pieces[-1] or pieces[-1].endswith(" "):
        text = text.lstrip(" ")
    pieces[-1] += text


def _join(pieces: list[str]) -> str:
    lines = [line.rstrip(" ").removesuffix(" |") for line in pieces]
    return "\n".join("" if line == "-" else line for line in lines).strip()
