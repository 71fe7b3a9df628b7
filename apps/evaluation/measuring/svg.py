"""Writing SVG by hand: elements as text, everything escaped."""

from __future__ import annotations

from collections.abc import Iterable
from xml.sax.saxutils import escape, quoteattr

# Of pictures that stand alone, for light and dark pages.
STYLE = """
text{font-family:system-ui,"Segoe UI","Liberation Sans",sans-serif;font-size:12px;fill:#43525b}
.small{font-size:10px}.paper{fill:#fff}.title{font-size:15px;font-weight:600;fill:#152128}.strong{font-weight:600;fill:#152128}
.grid{stroke:#e3e8e9}.axis{stroke:#7d8b92}.ideal{stroke:#7d8b92;stroke-dasharray:5 4;fill:none}
.line{fill:none;stroke:#0b5f73;stroke-width:2}.whisker{stroke:#0b5f73;stroke-width:1.5}
.dot{fill:#0b5f73;stroke:#fff;stroke-width:1.5}.mark{fill:#fff;stroke:#0b5f73;stroke-width:2}
@media(prefers-color-scheme:dark){text{fill:#aebbc1}.paper{fill:#12191d}
.title,.strong{fill:#eaf0f2}.grid{stroke:#263238}.axis,.ideal{stroke:#7d8b92}
.line,.whisker{stroke:#5cc3d9}.dot{fill:#5cc3d9;stroke:#12191d}.mark{fill:#12191d;stroke:#5cc3d9}}
"""


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
