"""The documentation of the API (OpenAPI 3.1), of the declarations that calls are checked by."""

from __future__ import annotations

from functools import cache
from http import HTTPStatus
from typing import Any, Final

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import (
    OpenApiExample,
    OpenApiParameter,
    OpenApiResponse,
    inline_serializer,
)
from rest_framework import serializers

from apps.api.base import PAGE_PARAMETERS, ApiView, Call
from apps.api.errors import body_of
from apps.api.examples import answer_example, call_example
from apps.api.idempotency import HEADER, KEPT, LONGEST
from apps.api.pagination import MOST
from memweb.problems import MEDIA_TYPE

ALWAYS: Final = (400, 401, 403, 404, 405, 406, 429, 503)
OF_METHOD: Final = {
    "GET": (304,),
    "POST": (409, 413, 415, 422, 507),
    "PATCH": (409, 413, 415, 422, 507),
    "PUT": (409, 413, 415, 422, 507),
    "DELETE": (409, 413, 415, 422, 507),
}
MEANS: Final = {
    304: "It is as the caller knows it.",
    400: "The call is not in order; `errors` names the fields.",
    401: "No token, or none that opens anything.",
    403: "None of the roles that this needs.",
    404: "There is nothing of that name or number, or not for the caller.",
    405: "The address does not take this method.",
    406: "The answer is JSON, and the caller takes none.",
    408: "The body did not arrive in time.",
    409: "It does not fit what there is by now.",
    410: "It was there, and is no longer kept.",
    412: "It was changed since the caller read it.",
    413: "The body is larger than it may be.",
    415: "The body is of a kind that is not read here.",
    422: "What was sent is understood and cannot be taken.",
    429: "Too many calls, or too much work under way; see `Retry-After`.",
    503: "No room at the moment; see `Retry-After`.",
    507: "A disk is full; nothing was saved.",
}


class ProblemOut(serializers.Serializer[Any]):
    """What went wrong (RFC 9457). ``request`` is the id under which the log has the call."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    request = serializers.CharField(allow_blank=True)
    errors = serializers.DictField(  # type: ignore[assignment]
        required=False, help_text="What is wrong, by field"
    )


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "apps.api.authentication.BearerAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer"}


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "apps.api.authentication.PageSession"
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "apiKey", "in": "cookie", "name": "sessionid"}


def statuses(call: Call, method: str) -> list[int]:
    """Return every status that a call may be answered with, good ones first."""
    bad = {*ALWAYS, *OF_METHOD[method], *call.errors}
    if call.versioned:
        bad.add(412)
    if method == "GET" and (call.many or call.answer is None):
        bad.discard(304)
    return [call.status, *call.more, *sorted(bad)]


class CallSchema(AutoSchema):
    """Tells of a view by its ``calls``."""

    view: ApiView  # type: ignore[override]

    @property
    def call(self) -> Call:
        return self.view.calls[self.method]

    def get_operation_id(self) -> str:
        return f"{type(self.view).__name__}_{self.method.lower()}"

    def get_tags(self) -> list[str]:
        return [type(self.view).__module__.rpartition(".")[2]]

    def get_summary(self) -> str:
        return self.call.says.partition(". ")[0].rstrip(".")

    def get_description(self) -> str:  # type: ignore[override]
        roles = ", ".join(sorted(self.call.roles))
        return self.call.says + (f"\n\nFor the roles: {roles}." if roles else "")

    def get_request_serializer(self) -> Any:
        return self.call.body

    def map_parsers(self) -> list[str]:
        files = [kind for kind in self._body_fields() if isinstance(kind, serializers.FileField)]
        if any(one.required for one in files):
            return ["multipart/form-data"]
        return ["application/json", *(["multipart/form-data"] if self.call.files else [])]

    def _body_fields(self) -> list[Any]:
        return list(self.call.body().fields.values()) if self.call.body else []

    def get_override_parameters(self) -> list[Any]:
        call = self.call
        found: list[Any] = []
        for name in call.common:
            found.append(_common(name))
        if call.query is not None:
            found.append(call.query)
        if self.method == "POST":
            told = f"1 to {LONGEST} characters; the same call is done once in {KEPT.days * 24} h."
            found.append(_header(HEADER, told))
        if call.versioned:
            found.append(_header("If-Match", "The version (ETag) that the caller has read."))
        elif self.method == "GET" and call.answer and not call.many:
            found.append(_header("If-None-Match", "A version (ETag) that the caller has."))
        return found

    def get_response_serializers(self) -> dict[Any, Any]:  # type: ignore[override]
        found: dict[Any, Any] = {}
        for status in statuses(self.call, self.method):
            if status < 300:
                found[status, self.call.media_type] = self._good(status)
            elif status == 304:
                found[status] = OpenApiResponse(description=MEANS[status])
            else:
                found[status, MEDIA_TYPE] = _problem(status)
        return found

    def _good(self, status: int) -> OpenApiResponse:
        call = self.call
        said = HTTPStatus(status).phrase
        if call.answer is None:
            kind = OpenApiTypes.BINARY if status != 204 else None
            return OpenApiResponse(kind, description=said)
        shape: Any = call.answer
        example: Any = answer_example(call.answer())
        if call.many:
            shape = _page_of(call.answer)
            example = {"items": [example], "next": None, "previous": None}
        return OpenApiResponse(
            shape, description=said, examples=[OpenApiExample("An answer", example)]
        )

    def get_examples(self) -> list[OpenApiExample]:
        if self.call.body is None:
            return []
        example = call_example(self.get_operation_id(), self.call.body)
        return [OpenApiExample("A call", example, request_only=True)] if example else []


@cache
def _page_of(answer: type[serializers.Serializer[Any]]) -> Any:
    """Return the shape of a page of such items."""
    fields: dict[str, Any] = {
        "items": answer(many=True),
        "next": serializers.CharField(allow_null=True),
        "previous": serializers.CharField(allow_null=True),
    }
    return inline_serializer(f"{answer.__name__}Page", fields)


def _problem(status: int) -> OpenApiResponse:
    example = body_of(status, MEANS[status]) | {"request": "3f0c9b0d5f8e4c9f8f5d1b1f0c9b0d5f"}
    return OpenApiResponse(
        ProblemOut, description=MEANS[status], examples=[OpenApiExample("A problem", example)]
    )


def _header(name: str, told: str) -> OpenApiParameter:
    return OpenApiParameter(name, str, OpenApiParameter.HEADER, description=told)


def _common(name: str) -> OpenApiParameter:
    told = {
        "fields": "The fields to answer with, with commas; all where nothing is said.",
        "cursor": "Where the page begins, from the address of the next or the previous one.",
        "limit": f"How many items a page has, 1 to {MOST}.",
    }[name]
    if name in PAGE_PARAMETERS and name == "limit":
        return OpenApiParameter(
            name, {"type": "integer", "minimum": 1, "maximum": MOST}, description=told
        )
    return OpenApiParameter(name, str, description=told)
