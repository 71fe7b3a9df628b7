"""The form in which text is stored, of documents as of names and everything that people type.

Offsets index the text of a document for ever after, so it is made only once.
"""

from __future__ import annotations

import re
import unicodedata

_NEWLINES = re.compile("\r\n|[\r\x0b\x85\u2028\u2029]")
# Control characters; halves of surrogate pairs, which PostgreSQL refuses; the byte order mark; the
# soft hyphen, blanks without width, joiners of words and tags, which hide inside names; and the
# marks that make text read otherwise than stored. The joiners of letters (U+200C, U+200D) stay:
# Persian and many scripts of India are not written without them.
_UNWANTED = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufeff\u00ad\u061c\u115f\u1160\u180e\u200b\u200e\u200f"
    "\u202a-\u202e\u2060-\u206f\u3164\uffa0\ufff9-\ufffb\U000e0000-\U000e007f]"
)
_WORD = re.compile(r"\w+")
# Scripts whose letters stand for each other in deceit. Japanese beside Latin letters is plain.
_ALIKE = frozenset({"LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "COPTIC", "CHEROKEE"})


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


def plain(text: str) -> str:
    """Return ``text`` cleaned, on one line: a name, a question, a reason."""
    return " ".join(clean(text).split())


def look_alikes(text: str) -> tuple[str, ...]:
    """Return the words that mix letters of several scripts which look alike, such as "paypal" with
    a Cyrillic letter (Unicode's confusables, UTS 39)."""
    if text.isascii():
        return ()
    from confusable_homoglyphs import categories, confusables  # its tables are large

    return tuple(
        word
        for word in dict.fromkeys(_WORD.findall(text))
        if len(categories.unique_aliases(word) & _ALIKE) > 1 and confusables.is_dangerous(word)
    )
