"""Keeps a client from choosing the codec that its own text is read with."""

from __future__ import annotations

from collections.abc import Callable

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse


class CharsetMiddleware:
    """Answers 400 to a request that announces another charset than UTF-8.

    Django decodes fields by any codec that ``Content-Type`` names. Some of them make halves of
    surrogate pairs, which no form refuses and no database stores.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        charset = (request.content_params or {}).get("charset", "utf-8")
        if charset.lower() not in ("utf-8", "utf8", "us-ascii"):
            raise BadRequest("Text is sent as UTF-8.")
        return self.get_response(request)
