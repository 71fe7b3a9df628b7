"""Reads the text of a Markdown file: its words without its marks, one block a line."""

from __future__ import annotations

import re

from markdown_it import MarkdownIt
from markdown_it.token import Token

from apps.sources.read_html import visible_text

_FRONT_MATTER = re.compile(r"\A---\n(.*?)\n(?:---|\.\.\.)(?:\n|\Z)", re.S)
_FRONT_TITLE = re.compile(r"^title:\s*[\"']?(.+?)[\"']?\s*$", re.M)
_BLANK_AFTER = frozenset(
    {
        "heading_close",
        "blockquote_close",
        "table_close",
        "bullet_list_close",
        "ordered_list_close",
    }
)


def read_markdown(source: str) -> tuple[str, str]:
    """Return (title, text). The title is the front matter's, else the first top heading's."""
    title = ""
    if front := _FRONT_MATTER.match(source):
        source = source[front.end() :]
        named = _FRONT_TITLE.search(front.group(1))
        title = named.group(1) if named else ""
    tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(source)
    writer = _Writer()
    for number, token in enumerate(tokens):
        if not title and token.type == "heading_open" and token.tag == "h1":
            title = _inline(tokens[number + 1])
        writer.write(token)
    return title, "\n".join(writer.lines)


class _Writer:
    """Turns block tokens into lines."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._lists: list[int | None] = []  # the next number of each open list, None for bullets
        self._lead = ""  # the mark of the list item that has just been opened
        self._in_cell = False
        self._cells: list[str] = []

    def write(self, token: Token) -> None:
        kind = token.type
        if kind == "bullet_list_open":
            self._lists.append(None)
        elif kind == "ordered_list_open":
            self._lists.append(int(token.attrGet("start") or 1))
        elif kind in ("bullet_list_close", "ordered_list_close"):
            self._lists.pop()
        elif kind == "list_item_open":
            self._lead = self._mark()
        elif kind in ("fence", "code_block"):
            self._paragraph(token.content.rstrip("\n"))
        elif kind == "html_block":
            self._paragraph(visible_text(token.content))
        elif kind in ("th_open", "td_open", "th_close", "td_close"):
            self._in_cell = token.nesting > 0
        elif kind == "tr_close":
            self.lines.append(" | ".join(self._cells))
            self._cells = []
        elif kind == "inline":
            self._inline_block(token)
        elif kind == "paragraph_close" and not self._lists:
            self._blank()
        # Items of a list are no paragraphs: they stay together, and so in one passage.
        if kind in _BLANK_AFTER and not self._lists:
            self._blank()

    def _inline_block(self, token: Token) -> None:
        text = _inline(token)
        if self._in_cell:
            self._cells.append(text)
        elif text:
            self.lines.append(self._lead + text)
            self._lead = ""

    def _mark(self) -> str:
        indent = "  " * (len(self._lists) - 1)
        number = self._lists[-1]
        if number is None:
            return f"{indent}- "
        self._lists[-1] = number + 1
        return f"{indent}{number}. "

    def _paragraph(self, text: str) -> None:
        if text:
            self._blank()
            self.lines.append(text)
            self._blank()

    def _blank(self) -> None:
        if self.lines and self.lines[-1]:
            self.lines.append("")


def _inline(token: Token) -> str:
    """Return the words of an inline token: links by their text, pictures by their description."""
    pieces: list[str] = []
    for child in token.children or []:
        if child.type in ("text", "code_inline"):
            pieces.append(child.content)
        elif child.type == "softbreak":
            pieces.append(" ")
        elif child.type == "hardbreak":
            pieces.append("\n")
        elif child.type == "image":
            pieces.append(_inline(child) if child.children else child.content)
        elif child.type == "html_inline" and child.content.lower().startswith("<br"):
            pieces.append("\n")
    return "".join(pieces).strip()
