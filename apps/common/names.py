"""Names as the memory compares them."""

from __future__ import annotations

import re
import unicodedata

_BLANKS = re.compile(r"\s+")
_EDGES = " \t\n\"'“”‘’«»„.,;:!?"


def normalise_name(text: str) -> str:
    """Return the form under which two spellings of one name are equal.

    NFKC, case-folded, blanks collapsed, quotation marks and sentence punctuation at both ends
    removed. Idempotent. Digits are never touched. A name of punctuation alone stays as it is.
    """
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    plain = _BLANKS.sub(" ", plain).strip()
    return plain.strip(_EDGES) or plain
