"""Marks labelled spans inside a text as safe HTML."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

KINDS: Final = ("sentence", "fact", "found", "subject", "relation", "object")
INSIDE: Final = re.compile(r"/(?![/\\])|[#?]")


@dataclass(frozen=True, order=True)
class Highlight:
    """One span to mark: `start` and `end` are character offsets into the whole text.

    `kind` is one of KINDS and becomes the class `mark--<kind>`; `label` is shown as a tooltip and
    by `.marks--named`; `href` makes the mark a link and must be a path or a fragment of this site;
    `anchor` becomes the id of the first piece.
    """

    start: int
    end: int
    kind: str
    label: str = ""
    href: str = ""
    anchor: str = ""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"Unknown kind of highlight {self.kind!r}: use one of {KINDS}.")
        if self.href and not INSIDE.match(self.href):
            raise ValueError(f"A highlight links inside this site, not to {self.href!r}.")


def _rank(span: Highlight) -> tuple[int, int, int, str, str, str]:
    """Outer spans first: earlier start, then later end, then the kind that frames the others."""
    kind = KINDS.index(span.kind)
    return (span.start, -span.end, kind, span.label, span.href, span.anchor)


def _open(span: Highlight, *, first: bool, inside_link: bool) -> tuple[SafeString, SafeString]:
    """The opening and closing tag of one piece; a link inside a link becomes a plain mark."""
    tag = "a" if span.href and not inside_link else "mark"
    parts = [format_html("<{}", mark_safe(tag))]  # noqa: S308 - one of two constants
    if first and span.anchor:
        parts.append(format_html(' id="{}"', span.anchor))
    parts.append(format_html(' class="mark mark--{}"', span.kind))
    if tag == "a":
        parts.append(format_html(' href="{}"', span.href))
    if span.label:
        parts.append(format_html(' title="{}"', span.label))
        if first:
            parts.append(format_html(' data-label="{}"', span.label))
    return (
        mark_safe("".join(parts) + ">"),  # noqa: S308 - every part is escaped above
        mark_safe(f"</{tag}>"),  # noqa: S308
    )


def _cuts(spans: Iterable[Highlight], start: int, end: int) -> list[int]:
    """Return where the marked text changes: the window's ends and those of the spans in it."""
    edges = {max(start, min(edge, end)) for span in spans for edge in (span.start, span.end)}
    return sorted({start, end, *edges})


def _shared(opened: Sequence[Highlight], wanted: Sequence[Highlight]) -> int:
    """Return how many of the open marks can stay open, counted from the outermost."""
    pairs = enumerate(zip(opened, wanted, strict=False))
    return next((at for at, (one, other) in pairs if one != other), min(len(opened), len(wanted)))


def highlighted(
    text: str,
    spans: Iterable[Highlight],
    *,
    start: int = 0,
    end: int | None = None,
) -> SafeString:
    """HTML of `text[start:end]` with `spans` marked; every character is escaped exactly once.

    Spans are clipped to the window, empty ones are dropped. Where two overlap without nesting, the
    inner one is closed and opened again, so that the HTML is always well-formed; the same spans
    give the same HTML in whichever order they come. Without its tags the result is the escaped
    text.
    """
    end = len(text) if end is None else min(end, len(text))
    start = max(0, min(start, end))
    kept = sorted({s for s in spans if max(s.start, start) < min(s.end, end)}, key=_rank)
    cuts = _cuts(kept, start, end)
    out: list[str] = []
    opened: list[tuple[Highlight, SafeString, bool]] = []
    active: list[Highlight] = []  # in the order of ``kept``, of which the first ``coming`` came by
    coming = 0
    seen: set[Highlight] = set()
    for left, right in zip(cuts, [*cuts[1:], end], strict=True):
        while coming < len(kept) and kept[coming].start <= left:
            active.append(kept[coming])
            coming += 1
        active = [span for span in active if span.end > left] if left < right else []
        shared = _shared([span for span, _, _ in opened], active)
        while len(opened) > shared:
            out.append(opened.pop()[1])
        for span in active[shared:]:
            inside_link = any(is_link for _, _, is_link in opened)
            before, after = _open(span, first=span not in seen, inside_link=inside_link)
            seen.add(span)
            opened.append((span, after, before.startswith("<a")))
            out.append(before)
        out.append(escape(text[left:right]))
    return mark_safe("".join(out))  # noqa: S308 - built from escaped pieces only
