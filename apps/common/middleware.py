"""What holds for every request of the web."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

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
