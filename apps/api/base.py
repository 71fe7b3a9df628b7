"""What every call has in common. A view says what it takes and gives, and calls a service.

>>> class Documents(ApiView):
...     calls = {"GET": Call(READ, DocumentOut, many=True, query=DocumentQuery)}
...
...     def get(self) -> Response:
...         return self.page(documents_of(self.space))

The roles, the parameters of the address and the body are checked before the method runs, from the
declaration that the documentation is made of too; the method finds them as ``self.space``,
``self.roles``, ``self.asked`` and ``self.said``, and parts of the path as its arguments.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from django.conf import settings
from django.core.exceptions import NON_FIELD_ERRORS
from django.db.models import QuerySet
from django.forms.forms import BaseForm
from django.http import HttpRequest, HttpResponseBase
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.models import Space, User
from apps.api.entering import enter
from apps.api.errors import Problem, problem_response
from apps.api.fields import Strict, chosen_fields, only
from apps.api.idempotency import done_once
from apps.api.pagination import Pages
from apps.api.parsing import PlainJSON, said_once
from apps.api.versions import check_match, etag_of, names
from apps.common.requests import announced_bytes

# What every list and every single answer may be asked for beside its own parameters.
PAGE_PARAMETERS: Final = ("cursor", "limit")
FIELDS: Final = "fields"


@dataclass(frozen=True)
class Call:
    """What a method of an address takes and gives.

    ``roles``: one of them is needed (empty: none, for what is in no space). ``many``: the answer is
    a page of items, or with ``whole`` all of them. ``status`` and ``more`` are the good ones.
    ``files``: the body may come in parts. ``says`` tells people of the call. ``errors``: what it
    may answer beside what every call may. ``versioned``: it heeds ``If-Match``.
    """

    roles: frozenset[str] = frozenset()
    answer: type[serializers.Serializer[Any]] | None = None
    many: bool = False
    whole: bool = False
    status: int = 200
    more: tuple[int, ...] = ()
    query: type[Strict] | None = None
    body: type[Strict] | None = None
    files: bool = False
    says: str = ""
    errors: tuple[int, ...] = ()
    versioned: bool = False
    media_type: str = "application/json"

    @property
    def common(self) -> tuple[str, ...]:
        """The parameters of the address that do not depend on what is asked for."""
        if self.answer is None:
            return ()
        return (FIELDS, *PAGE_PARAMETERS) if self.many and not self.whole else (FIELDS,)


class ApiView(APIView):
    """One address of the API."""

    calls: ClassVar[Mapping[str, Call]] = {}
    metadata_class = None
    parser_classes = [PlainJSON]
    space: Space
    roles: frozenset[str]
    asked: dict[str, Any]
    said: dict[str, Any]

    @property
    def user(self) -> User:
        user: User = self.request.user  # type: ignore[assignment]
        return user

    @property
    def call(self) -> Call:
        method = self.request.method or ""
        return self.calls["GET" if method == "HEAD" else method]

    def get_parsers(self) -> list[Any]:
        is_files = any(call.files for call in self.calls.values())
        return [PlainJSON(), MultiPartParser()] if is_files else [PlainJSON()]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer a call, as ``APIView.dispatch`` does, with what is said in the module."""
        self.args, self.kwargs = args, kwargs
        self.request = self.initialize_request(request, *args, **kwargs)
        self.headers = self.default_response_headers
        response: Any
        try:
            self.initial(self.request, *args, **kwargs)
            response = self._answer(self.request)
        except Exception as error:  # DRF's own door: what is no error of a caller is raised again
            response = self.handle_exception(error)
        self.response = self.finalize_response(self.request, response, *args, **kwargs)
        return self.response

    def _answer(self, request: Request) -> Any:
        method = (request.method or "").lower()
        if method.upper() not in {*self.calls, "HEAD" if "GET" in self.calls else ""}:
            return self.http_method_not_allowed(request)
        self._check_size(request)
        if "slug" in self.kwargs:
            self.space, self.roles = enter(request, self.kwargs["slug"], self.call.roles)
        self._read(request)
        own = {name: value for name, value in self.kwargs.items() if name != "slug"}
        handler = getattr(self, "get" if method == "head" else method)
        if method == "post":
            space = getattr(self, "space", None)
            return done_once(
                request, lambda: handler(**own), space=space, keep=self.kept, again=self.told_again
            )
        return handler(**own)

    def _check_size(self, request: Request) -> None:
        """Refuse a body that is announced to be longer than it may be: the server has thrown it
        away. Others are read whole, up to the limit of what is held in memory."""
        if announced_bytes(request._request) > settings.REQUEST_MAX_BYTES:
            raise Problem("The request is larger than it may be.", status=413)
        if not (request.content_type or "").startswith("multipart/"):
            _ = request._request.body

    def _read(self, request: Request) -> None:
        call = self.call
        self.asked = self._parameters(request, call)
        self.said = {}
        if call.body is not None:
            self.said = checked(call.body, said_once(request.data, call.body), self)
        elif request.method in ("POST", "PUT", "PATCH", "DELETE") and request.data:
            raise ValidationError({"": ["This call takes no body."]})

    def _parameters(self, request: Request, call: Call) -> dict[str, Any]:
        given = request.query_params
        common = set(call.common)
        own = set(call.query().fields) if call.query else set()
        if unknown := sorted(set(given) - common - own):
            raise ValidationError({name: ["There is no such parameter."] for name in unknown})
        if twice := [name for name in given if len(given.getlist(name)) > 1]:
            raise ValidationError({name: ["This parameter stands there twice."] for name in twice})
        if call.query is None:
            return {}
        return checked(call.query, {name: given[name] for name in given if name in own}, self)

    def one(self, row: Any, *, status: int | None = None, **headers: str) -> Response:
        """Return one item, with its version."""
        call = self.call
        assert call.answer is not None
        data = call.answer(row, context={"view": self}).data
        etag = etag_of(data)
        if self.request.method in ("GET", "HEAD") and names(
            self.request.headers.get("If-None-Match"), etag
        ):
            return Response(status=304, headers={"ETag": etag})
        shown = only(data, chosen_fields(self.request.query_params.get(FIELDS), list(data)))
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return Response(shown, status=status or call.status, headers={"ETag": etag, **named})

    def page(
        self,
        rows: QuerySet[Any],
        *,
        ordering: str | tuple[str, ...] = "-pk",
        each: Callable[[Any], Any] | None = None,
    ) -> Response:
        """Return a page of a list; ``each`` makes of a row what its answer shows."""
        call = self.call
        assert call.answer is not None
        pages = Pages()
        pages.ordering = ordering
        found = pages.paginate_queryset(rows, self.request, self)
        shown = [each(row) for row in found or ()] if each else found
        data = call.answer(shown, many=True, context={"view": self}).data
        known = list(call.answer().fields)
        names_of = chosen_fields(self.request.query_params.get(FIELDS), known)
        return pages.get_paginated_response([only(item, names_of) for item in data])

    def listed(self, rows: Sequence[Any]) -> Response:
        """Return a short list whole, in the shape of a page."""
        call = self.call
        assert call.answer is not None
        known = list(call.answer().fields)
        names_of = chosen_fields(self.request.query_params.get(FIELDS), known)
        data = call.answer(rows, many=True, context={"view": self}).data
        return Response(
            {"items": [only(item, names_of) for item in data], "next": None, "previous": None}
        )

    def kept(self, body: Any) -> Any:
        """Return what is kept of an answer, for when the call is sent again."""
        return body

    def told_again(self, body: Any) -> Any:
        """Return the answer of which this was kept."""
        return body

    def nothing(self) -> Response:
        """Return that it is done, and that there is nothing to say."""
        return Response(status=204)

    def match(self, row: Any, shape: type[serializers.Serializer[Any]]) -> None:
        """Raise Outdated where the caller has another version of the row in mind."""
        check_match(self.request, shape(row, context={"view": self}).data)


def filled(form: BaseForm) -> dict[str, Any]:
    """Return what a form of the pages makes of what was said. Raises ValidationError with what it
    has to say against it."""
    if form.is_valid():
        return dict(form.cleaned_data)
    errors = {
        "body" if name == NON_FIELD_ERRORS else name: [str(one) for one in said]
        for name, said in form.errors.items()
    }
    raise ValidationError(errors)


def checked(shape: type[Strict], data: Any, view: ApiView) -> dict[str, Any]:
    """Return what was said, as the serializer reads it. Raises ValidationError."""
    serializer = shape(data=data, context={"view": view})
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)


class Missing(ApiView):
    """Every address below the API that there is not."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self.args, self.kwargs, self.headers = args, kwargs, {}
        self.request = self.initialize_request(request)
        response = problem_response(404, "There is no such address.")
        self.request.accepted_renderer = self.get_renderers()[0]
        self.request.accepted_media_type = "application/json"
        return self.finalize_response(self.request, response)
