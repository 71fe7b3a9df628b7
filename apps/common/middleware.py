"""What holds for every request of the web."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve

from apps.common.requests import HEADER, during, new_id


class RequestIdMiddleware:
    """Gives each request an id, which the answer has in ``X-Request-ID``.

    One that a browser or a proxy sends counts for nothing: events are found by it.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        known = new_id()
        request.META["REQUEST_ID"] = known  # for what Django logs after the answer is made
        with during(known):
            response = self.get_response(request)
        response[HEADER] = known
        return response


# Pages from which one goes to repair something elsewhere, and what they are called; and where one
# is when one has come back by another way.
_HOME: Final = "evaluation"
_LEFT: Final = {"evaluation:case": "case {number} of run {pk}"}


class WayBackMiddleware:
    """Remembers from which page somebody set out to repair something, until they are back.

    An address with ``?back=`` says it. Only the pages above are taken, as paths of this site, so
    that no link leads anybody to another. ``request.way_back`` has the path with its name, for the
    pages in between, also after a form was sent.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        session: Any = request.session
        if given := request.GET.get("back"):
            if name := page_name(given):
                session["way_back"] = [given, name]
        elif "way_back" in session and _match(request.path).startswith(f"{_HOME}:"):
            del session["way_back"]
        request.way_back = session.get("way_back")  # type: ignore[attr-defined]
        return self.get_response(request)


def page_name(path: str) -> str:
    """Return what a page is called that one may be led back to; nothing for any other address."""
    if not path.startswith("/") or path.startswith("//"):
        return ""
    name = _LEFT.get(_match(path), "")
    return name.format_map(resolve(path).kwargs) if name else ""


def _match(path: str) -> str:
    """Return the name of an address; nothing for one that is none."""
    try:
        return resolve(path).view_name
    except Resolver404:
        return ""
