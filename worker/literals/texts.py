"""Values that are neither times nor quantities: addresses, phone numbers, versions, identifiers.

Each form is a closed pattern, so a text is one of them or it is not.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from worker.types import TextValue

LONGEST = 300  # code points
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
# Domains without "https://" or "www." are believed with one of these ends alone.
_ENDS = (
    "com|org|net|edu|gov|info|io|eu|uk|de|fr|no|se|dk|fi|nl|be|ch|at|it|es|pt|pl|ie|ca|au|nz"
    "|example"
)
MAIL = rf"[A-Za-z0-9][A-Za-z0-9._%+-]{{0,63}}@(?:{_LABEL}\.){{1,8}}[A-Za-z]{{2,24}}"
_REST = r"[^\s<>\"“”|{}\\^`]"
WEB = (
    rf"(?:https?://[A-Za-z0-9]{_REST}{{0,200}}"
    rf"|www\.(?:{_LABEL}\.){{1,8}}[A-Za-z]{{2,24}}(?:[/?#]{_REST}{{0,200}})?"
    rf"|(?:[a-z0-9](?:[a-z0-9-]{{0,61}}[a-z0-9])?\.){{1,5}}(?:{_ENDS})(?:/{_REST}{{0,200}})?)"
)
PHONE = (
    r"(?:\+[1-9][0-9]{0,2}(?:[ .\-/]?\(?[0-9]{1,5}\)?){2,6}"
    r"|\([0-9]{3}\) ?[0-9]{3}[-. ][0-9]{4}|[0-9]{3}-[0-9]{3}-[0-9]{4})"
)
_STAGE = r"(?:[-.+]?(?:alpha|beta|rc|dev|post|pre)[-.]?[0-9]*|-[A-Z]+(?:-[0-9]+)?)"
VERSION = rf"(?:v[0-9]+(?:\.[0-9]+)*|[0-9]+(?:\.[0-9]+)+){_STAGE}?"
IDENTIFIER = (
    r"(?:ISBN(?:-1[03])?:? ?[0-9](?:[ -]?[0-9]){8,11}[ -]?[0-9X]"
    r"|ISSN:? ?[0-9]{4}-[0-9]{3}[0-9X]"
    r"|(?:doi:? ?|DOI:? ?)?10\.[0-9]{4,9}/[^\s,;<>\"|]{1,100}"
    r"|[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?"
    r"|[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}"
    r"|(?:[0-9]{1,3}\.){3}[0-9]{1,3}"
    r"|[A-Z]{2,6}[-/](?:[A-Z0-9]{1,8}[-/]){0,3}[0-9]{3,10}(?:[-/][A-Z0-9]{1,8})?)"
)
_DIGITS_OF_PHONE = range(7, 16)  # E.164 allows at most 15


def _mail(text: str) -> str:
    return text.lower()


def _web(text: str) -> str:
    plain = re.sub(r"^https?://(?:www\.)?|^www\.", "", text)
    host, slash, path = plain.partition("/")
    return (host.lower() + slash + path).rstrip("/")


def _phone(text: str) -> str:
    digits = "".join(c for c in text if c.isdigit())
    if len(digits) not in _DIGITS_OF_PHONE:
        return ""
    return ("+" if text.startswith("+") else "") + digits


def _version(text: str) -> str:
    return text.removeprefix("v")


def _identifier(text: str) -> str:
    plain = re.sub(r"[\s:]", "", text).upper()
    return plain.replace("-", "") if plain.startswith(("ISBN", "ISSN")) else plain


_FORMS: tuple[tuple[str, re.Pattern[str], Callable[[str], str]], ...] = (
    ("mail", re.compile(MAIL), _mail),
    ("identifier", re.compile(IDENTIFIER), _identifier),
    ("web", re.compile(WEB), _web),
    ("phone", re.compile(PHONE), _phone),
    ("version", re.compile(VERSION), _version),
)


def parse_text(text: str) -> TextValue | None:
    """Return what a text of a closed form means, None for any other text. Never raises.

    >>> parse_text("Ada.Brook@Example.org")
    TextValue(form='mail', normal='ada.brook@example.org')
    >>> parse_text("v2.34.2").normal
    '2.34.2'
    >>> parse_text("Ada Brook") is None
    True
    """
    plain = text.strip()
    if len(plain) > LONGEST:
        return None
    for form, pattern, normal in _FORMS:
        if pattern.fullmatch(plain) and (found := normal(plain)):
            return TextValue(form, found)
    return None
