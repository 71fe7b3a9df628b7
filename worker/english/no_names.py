"""What people write where a name is asked for, and what names nothing."""

from __future__ import annotations

import re

_NO_NAMES = frozenset(
    """yes no yeah yep nope true false unknown none nothing nobody nowhere never n/a na null nil
    maybe""".split()  # noqa: SIM905
) | {
    "not known", "it is not known", "no one", "no idea", "not sure", "don't know", "dont know",
    "i don't know", "i dont know", "i do not know", "not applicable", "not available",
    "no answer", "nobody knows",
}  # fmt: skip


def is_no_name(text: str) -> bool:
    """Tell whether a text is a yes, a no, or says that something is not known.

    >>> [is_no_name(text) for text in ("Yes.", "unknown", "I don’t know!", "?", "Norway")]
    [True, True, True, True, False]
    """
    plain = " ".join(re.sub(r"[^\w'/ ]+", " ", text.replace("’", "'")).split()).casefold()
    return not re.search(r"\w", plain) or plain in _NO_NAMES
