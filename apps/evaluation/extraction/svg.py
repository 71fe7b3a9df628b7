"""Writing SVG by hand: elements as text, everything escaped."""

from __future__ import annotations

from collections.abc import Iterable
from xml.sax.saxutils import escape, quoteattr


def element(name: str, *inside: str, **attributes: str | float) -> str:
    """Return an element around what is already SVG. ``class_`` is written ``class``.

    Numbers are written with at most one decimal place.
    """
    given = "".join(
        f" {key.rstrip('_').replace('_', '-')}={quoteattr(_text(value))}"
        for key, value in attributes.items()
    )
    return f"<{name}{given}>{''.join(inside)}</{name}>" if inside else f"<{name}{given}/>"


def leaf(name: str, value: str, **attributes: str | float) -> str:
    """Return an element around plain text."""
    return element(name, escape(value), **attributes)


def text(value: str, x: float, y: float, **attributes: str | float) -> str:
    """Return a line of text that begins, or by ``text_anchor`` ends or is centred, at a point."""
    return leaf("text", value, x=x, y=y, **attributes)


def path(points: Iterable[tuple[float, float]], **attributes: str | float) -> str:
    """Return straight lines through points, nothing for none."""
    steps = " ".join(f"{_text(x)} {_text(y)}" for x, y in points)
    return element("path", d=f"M{steps}", **attributes) if steps else ""


def _text(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value:.1f}".removesuffix(".0")
