"""Template filters of the pages of asking."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from django import template
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

if TYPE_CHECKING:
    from apps.asking.models import Answer

register = template.Library()
_NUMBER = re.compile(r"\[(\d+)\](\.?)")


@register.filter
def in_parts(answer: Answer, citations: Sequence[object]) -> SafeString:
    """The text of an answer with its citations (``with_citations``), and what no read of the memory
    bears out marked as that."""
    pieces: list[SafeString] = []
    position = 0
    for start, end in answer.unsupported:
        pieces.append(with_citations(answer.text[position:start], citations))
        said = answer.text[start:end].strip()
        pieces.append(
            format_html(
                ' <span class="unsupported">{}</span> '
                '<span class="unsupported__note">not from the memory</span> ',
                said,
            )
        )
        position = end
    pieces.append(with_citations(answer.text[position:], citations))
    return format_html("{}" * len(pieces), *pieces)


@register.filter
def with_citations(text: str, citations: Sequence[object]) -> SafeString:
    """The text of an answer with ``[n]`` as links to its ``citations``, all else escaped.

    A link is set behind the full stop of its sentence, as printed notes are.
    """
    pieces: list[str] = []
    position = 0
    for match in _NUMBER.finditer(text):
        number = int(match[1])
        if not 1 <= number <= len(citations):
            continue
        stop = match[2]
        pieces.append(escape(text[position : match.start()].rstrip(" ") + stop))
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
