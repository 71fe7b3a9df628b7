"""Titles of jobs: what somebody is, and never an organisation that they belong to."""

from __future__ import annotations

import re

ACRONYMS = frozenset(
    """CEO CFO COO CTO CIO CMO CPO CRO CSO CDO CLO CHRO CISO EVP SVP VP AVP MD GM CPA""".split()  # noqa: SIM905
)
_HEADS = frozenset(
    """president vice-president director manager officer chairman chairwoman chairperson chair
    secretary treasurer founder co-founder cofounder partner owner principal supervisor
    coordinator minister ambassador mayor governor senator chancellor premier commissioner
    spokesperson spokesman spokeswoman editor editor-in-chief professor lecturer dean provost
    rector curator conductor coach captain engineer analyst consultant accountant architect
    counsel attorney advisor adviser administrator registrar comptroller controller auditor
    ombudsman receptionist assistant intern trustee member delegate""".split()  # noqa: SIM905
)
_WITH_HEADS = frozenset(
    """the a of and chief senior junior deputy vice assistant associate executive non-executive
    interim acting general managing prime foreign finance financial operating technology technical
    information marketing product revenue legal regional national global joint former founding
    honorary emeritus lead principal board committee company corporate group project programme
    program sales human resources research development design software head data security""".split()  # noqa: SIM905
)
# What says where an office is held and not which one it is.
OF_ANY_OFFICE = frozenset(
    "regional national local federal municipal provincial city state acting serving".split()  # noqa: SIM905
)
_WORD = re.compile(r"[^\W_][\w'’-]*")


def is_role(text: str) -> bool:
    """Tell whether a text is the title of a job and nothing more.

    >>> [is_role(t) for t in ("CFO", "Vice President", "Chief Financial Officer", "Flint")]
    [True, True, True, False]
    >>> is_role("General Motors"), is_role("Human Resources")
    (False, False)
    """
    words = _WORD.findall(text)
    if not words:
        return False
    if all(word in ACRONYMS for word in words):
        return True
    plain = [word.lower() for word in words]
    heads = [w in _HEADS or word in ACRONYMS for w, word in zip(plain, words, strict=True)]
    return any(heads) and all(
        head or word in _WITH_HEADS for head, word in zip(heads, plain, strict=True)
    )


def is_role_word(word: str) -> bool:
    """Tell whether a word alone names a job: "CFO", "co-founder"."""
    return word in ACRONYMS or word.lower() in _HEADS
