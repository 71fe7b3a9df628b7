"""The browsers in which a name has signed in before, remembered in a signed cookie.

They are no way in: they only decide for whom a wrong password counts (``services.Attempt``).
"""

from __future__ import annotations

import secrets

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac

COOKIE = "known_device"
A_YEAR = 365 * 24 * 3600
# Of a browser that several people share.
MOST_NAMES = 5


def device_of(request: HttpRequest, username: str) -> str:
    """Return the mark of this browser for the name, or nothing when it has not signed in here."""
    return _marks(request).get(_digest(username), "")


def device_remember(request: HttpRequest, response: HttpResponse, username: str) -> None:
    """Mark the browser as one in which the name has signed in."""
    marks, digest = _marks(request), _digest(username)
    mark = marks.pop(digest, "") or secrets.token_urlsafe(18)
    marks = dict([*marks.items(), (digest, mark)][-MOST_NAMES:])
    response.set_cookie(
        COOKIE,
        signing.dumps(marks, salt=COOKIE),
        max_age=A_YEAR,
        samesite="Lax",
        httponly=True,
        secure=settings.HTTPS,
    )


def _marks(request: HttpRequest) -> dict[str, str]:
    try:
        marks = signing.loads(request.COOKIES.get(COOKIE, ""), salt=COOKIE, max_age=A_YEAR)
    except signing.BadSignature:
        return {}
    return dict(marks)


def _digest(username: str) -> str:
    """Return the name as the cookie has it: who looks into the browser does not read it."""
    return salted_hmac(COOKIE, username.lower()).hexdigest()[:16]
