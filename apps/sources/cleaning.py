"""The form in which text is stored. Offsets index it for ever after, so it is made only once."""

from __future__ import annotations

import re
import unicodedata

_NEWLINES = re.compile("\r\n|[\r\x0b\x85\u2028\u2029]")
# Control characters; halves of surrogate pairs, which PostgreSQL refuses; the byte order mark; the
# soft hyphen, which hides inside names; and the marks that make text read otherwise than stored.
_UNWANTED = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufeff\u00ad\u202a-\u202e\u2066-\u2069]"
)


def clean(text: str) -> str:
    """Return ``text`` as it is stored: NFC, ``\\n`` newlines, nothing invisible, no trailing
    blanks, no blank lines at its ends. Idempotent."""
    text = _NEWLINES.sub("\n", text).replace("\f", "\n\n")
    text = unicodedata.normalize("NFC", _UNWANTED.sub("", text))
    return "\n".join(line.rstrip() for line in text.split("\n")).strip("\n")


def one_line(text: str, *, limit: int = 200) -> str:
    """Return ``text`` cleaned, on one line, of at most ``limit`` characters: a title or a name."""
    line = " ".join(clean(text).split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"
