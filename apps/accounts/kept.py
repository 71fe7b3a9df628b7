"""What somebody sent whose session had ended, carried through the sign-in in the page itself.

Nothing is stored: the sign-in page holds the fields, signed, and the page after it offers to send
them where they were meant to go.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from django.core import signing
from django.core.exceptions import BadRequest, RequestDataTooBig
from django.http import HttpRequest
from django.http.multipartparser import MultiPartParserError

FIELD = "kept"
SALT = "accounts.kept"
LONGEST = 128 * 1024
A_DAY = 24 * 3600
_LEFT_OUT = ("csrfmiddlewaretoken", FIELD)
# What pages carry for themselves, of no meaning to people.
_UNSEEN = ("once", "version", "next", "queue", "shown", "shown_at", "state", "scope", "seen")


@dataclass(frozen=True)
class Kept:
    """The fields of a form and the address that they were sent to."""

    address: str
    fields: tuple[tuple[str, str], ...]

    def signed(self) -> str:
        return signing.dumps([self.address, self.fields], salt=SALT, compress=True)

    @property
    def shown(self) -> list[tuple[str, str]]:
        """The fields that say something, under names as people write them."""
        return [
            (name.replace("_", " ").capitalize(), value)
            for name, value in self.fields
            if value.strip() and name not in _UNSEEN
        ]


def kept_of(request: HttpRequest) -> Kept | None:
    """Return what the request sent, if a page of ours sent it and it can be kept: fields of
    reasonable length, but no files and no passwords."""
    if request.method != "POST" or not is_from_here(request):
        return None
    try:
        fields = tuple(
            (name, str(value))
            for name, values in request.POST.lists()
            for value in values
            if name not in _LEFT_OUT and "password" not in name
        )
    except (RequestDataTooBig, MultiPartParserError, BadRequest, OSError):
        return None
    if not fields or sum(len(name) + len(value) for name, value in fields) > LONGEST:
        return None
    return Kept(request.get_full_path(), fields)


def kept_from(signed: str) -> Kept | None:
    """Return what a page of ours carried, or None."""
    try:
        address, fields = signing.loads(signed, salt=SALT, max_age=A_DAY)
    except signing.BadSignature:
        return None
    return Kept(address, tuple((name, value) for name, value in fields))


def is_from_here(request: HttpRequest) -> bool:
    """Tell whether a page of this site sent the request, by what its browser says. Another site
    must not get its fields into a page of ours."""
    if site := request.headers.get("Sec-Fetch-Site"):
        return site == "same-origin"
    origin = request.headers.get("Origin") or request.headers.get("Referer", "")
    return urlsplit(origin).netloc == request.get_host()
