"""Template filters of the pages of asking."""

from __future__ import annotations

import re
from collections.abc import Sequence

from django import template
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

register = template.Library()
_NUMBER = re.compile(r"\[(\d+)\]")


@register.filter
def with_citations(text: str, citations: Sequence[object]) -> SafeString:
    """The text of an answer with ``[n]`` as links to its ``citations``, all else
    escaped."""
    pieces: list[str] = []
    position = 0
    for match in _NUMBER.finditer(text):
        number = int(match[1])
        if not 1 <= number <= len(citations):
            continue
        # A full stop that follows belongs to the sentence, the blank before to the chip.
        pieces.append(escape(text[position : match.start()].rstrip(" ")))
        pieces.append(
            format_html(
                '<a class="cite" href="#citation-{}" aria-label="Citation {}">{}</a>',
                number,
                number,
                number,
            )
        )
        position = match.end()
    pieces.append(escape(text[position:]))
    return mark_safe("".join(pieces))  # noqa: S308 - built from escaped pieces only
