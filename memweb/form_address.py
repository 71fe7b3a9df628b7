"""Answers those who open an address by hand that only takes what a form sends."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.urls import Resolver404, resolve


class FormAddressMiddleware:
    """Leads somebody who opens the address of a form to the page above it, and says to others which
    methods an address takes, where a view says nothing itself.

    People come there by typing, from the history of the browser, and from the sign-in, which leads
    back to where a session ended.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not isinstance(response, HttpResponseNotAllowed) or response.content:
            return response
        if _is_opened(request):
            return redirect(_above(request))
        allowed = ", ".join(one for one in response["Allow"].split(", ") if one)
        response.content = f"This address takes {allowed} alone.\n".encode()
        response["Content-Type"] = "text/plain; charset=utf-8"
        return response


def _is_opened(request: HttpRequest) -> bool:
    """Tell whether a browser wants to show what stands there."""
    return (
        request.method == "GET"
        and "text/html" in request.headers.get("Accept", "")
        and "HX-Request" not in request.headers
    )


def _above(request: HttpRequest) -> str:
    """Return the address above that there is; each is shorter, so that nothing goes in a circle."""
    prefix = request.path.removesuffix(request.path_info)
    path = request.path_info.rstrip("/")
    while path := path.rpartition("/")[0]:
        try:
            resolve(f"{path}/")
        except Resolver404:
            continue
        return f"{prefix}{path}/"
    return f"{prefix}/"
