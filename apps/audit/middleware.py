"""Tells the log of what people were refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from django.http import HttpRequest, HttpResponse

from apps.accounts.access import Foreign, RoleNeeded
from apps.accounts.models import User
from apps.audit.refusals import refusal_record

METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_REFUSED: Final = "refused_by"


class RefusalMiddleware:
    """Records every 403 of somebody who is signed in, and the 404 of a space that is not theirs.

    It comes last in the list: what a view raises reaches it first, and outside of every transaction
    of the view.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        error = getattr(request, _REFUSED, None)
        if (response.status_code == 403 or error) and isinstance(request.user, User):
            space = getattr(error, "space", None) or getattr(request, "space", None)
            refusal_record(
                actor=request.user,
                space=space,
                path=request.path,
                method=request.method if request.method in METHODS else "other",
                status=response.status_code,
                needed=getattr(error, "needed", ()),
            )
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> None:
        if isinstance(error, Foreign | RoleNeeded):
            setattr(request, _REFUSED, error)
