"""When two names may mean the same thing: by their words, initials, and what countries are called.

``called`` is the rule that every entity keeps, and that the server checks at each proposal.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

from worker.english.anaphors import is_anaphor
from worker.english.demonyms import country_named, country_of
from worker.english.names import FIRM_WORDS, LEGAL_FORMS
from worker.english.titles import is_title

_ARTICLES = ("the ", "a ", "an ")
SMALL = frozenset({"of", "the", "and", "for", "in", "de", "la", "du", "von", "van", "&"})
_LEGAL = LEGAL_FORMS | FIRM_WORDS
_POSSESSIVE = re.compile(r"(?:['’`]s?)$")


@lru_cache(maxsize=8192)
def normalised(name: str) -> str:
    """Return a mention's text as it is compared: folded case, no marks, no leading article."""
    folded = unicodedata.normalize("NFKD", name).casefold()
    plain = "".join(c if c.isalnum() else " " for c in folded if not unicodedata.combining(c))
    plain = " ".join(plain.split())
    for article in _ARTICLES:
        if plain.startswith(article) and len(plain) > len(article):
            plain = plain[len(article) :]
    return plain or " ".join(name.split())


def is_acronym(short: str, long: str) -> bool:
    """Tell whether ``short`` is the initials of ``long`` (both as written in the text)."""
    return bool(letters := acronym(short)) and letters in initials(long)


def acronym(name: str) -> str:
    """Return a name's letters where it may be an acronym, else nothing."""
    letters = "".join(c for c in name if c.isalnum())
    return letters if 2 <= len(letters) <= 8 and letters.isupper() else ""


def initials(name: str) -> tuple[str, str]:
    """Return the initials of all the words of a name, and of those that are not small."""
    words = name.replace("-", " ").split()
    every = "".join(w[0] for w in words if w[0].isalnum()).upper()
    main = "".join(w[0] for w in words if w[0].isalnum() and w.lower() not in SMALL).upper()
    return every, main


@lru_cache(maxsize=8192)
def name_words(name: str) -> tuple[str, ...]:
    """Return the words of a name that count: without article, title, possessive and small words.

    >>> name_words("Dr. Petra Lomansk's"), name_words("the University of Oslo")
    (('petra', 'lomansk'), ('university', 'oslo'))
    """
    words = normalised(_POSSESSIVE.sub("", name.strip())).split()
    kept = [word for word in words if word not in SMALL]
    while len(kept) > 1 and is_title(kept[0]):
        kept = kept[1:]
    return tuple(kept or words)


def called(own: str, full: str) -> bool:
    """Tell whether a thing with the fuller name ``full`` may be called ``own`` in a text.

    >>> called("Lomansk", "Petra Lomansk"), called("J. Weber", "Jonas Weber")
    (True, True)
    >>> called("NRK", "Norsk rikskringkasting"), called("Karin Weber", "Jonas Weber")
    (False, False)
    >>> called("Norwegian", "Norway"), called("the company", "Acme"), called("Oslo", "Acme")
    (True, True, False)
    """
    if normalised(own) == normalised(full) or is_anaphor(own):
        return True
    if is_acronym(own, full) or is_acronym(full, own):
        return True
    country = country_named(full)
    if country and country in (country_of(own), country_named(own)):
        return True
    words, whole = name_words(own), name_words(full)
    core = tuple(word for word in words if word not in _LEGAL) or words
    return _among(core, whole)


def _among(words: Sequence[str], whole: Sequence[str]) -> bool:
    """Tell whether each word, or what it is the initial of, is one of ``whole``, each once."""
    left = list(whole)
    for word in words:
        fits = [w for w in left if w == word] or [
            w for w in left if len(word) == 1 and w.startswith(word)
        ]
        if not fits:
            return False
        left.remove(fits[0])
    return bool(words)
