"""The documentation of the API: for programs as OpenAPI, for people as a page."""

from __future__ import annotations

import json
from functools import cache
from typing import Any, cast

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator

from apps.api.schema import MEANS
from memweb.problems import anchor_of


@cache
def described() -> dict[str, Any]:
    """Return the whole documentation as OpenAPI 3.1."""
    generator = SchemaGenerator()  # type: ignore[no-untyped-call]
    schema = generator.get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    return cast("dict[str, Any]", schema)


@require_safe
def openapi(request: HttpRequest) -> HttpResponse:
    """Give the documentation to programs."""
    return JsonResponse(described(), json_dumps_params={"indent": 1})


@require_safe
def documentation(request: HttpRequest) -> HttpResponse:
    """Show the documentation to people."""
    groups: dict[str, list[dict[str, Any]]] = {}
    whole = described()
    for path, methods in whole["paths"].items():
        for method, call in methods.items():
            groups.setdefault(call["tags"][0], []).append(_shown(path, method, call, whole))
    problems = [
        (status, told, anchor_of(status)) for status, told in MEANS.items() if status >= 400
    ]
    context = {"groups": groups, "problems": problems, "version": whole["info"]["version"]}
    return render(request, "api/docs.html", context)


def _shown(path: str, method: str, call: dict[str, Any], whole: dict[str, Any]) -> dict[str, Any]:
    body = _first(call.get("requestBody", {}).get("content", {}))
    return {
        "id": call["operationId"],
        "method": method.upper(),
        "path": path,
        "told": call["description"],
        "parameters": call.get("parameters", ()),
        "fields": _fields(body.get("schema", {}), whole),
        "said": _example(body),
        "told_back": _example(_good(call["responses"])),
        "answers": [
            (status, answer.get("description", "")) for status, answer in call["responses"].items()
        ],
    }


def _first(content: dict[str, Any]) -> dict[str, Any]:
    return next(iter(content.values()), {})


def _good(answers: dict[str, Any]) -> dict[str, Any]:
    """Return what is said of the content of the first good answer."""
    found: dict[str, Any] = next((one for status, one in answers.items() if status < "3"), {})
    return _first(found.get("content", {}))


def _example(content: dict[str, Any]) -> str:
    """Return the example of a body as it is shown; nothing where there is none."""
    for one in content.get("examples", {}).values():
        return json.dumps(one["value"], indent=1, ensure_ascii=False)
    return ""


def _fields(schema: dict[str, Any], whole: dict[str, Any]) -> list[tuple[str, str, bool, str]]:
    """Return what a body may say: name, kind, whether it is needed, and what it means."""
    name = schema.get("$ref", "").rpartition("/")[2]
    shape = whole["components"]["schemas"].get(name, {})
    needed = shape.get("required", ())
    return [
        (field, _kind(one), field in needed, one.get("description", ""))
        for field, one in shape.get("properties", {}).items()
    ]


def _kind(one: dict[str, Any]) -> str:
    kind = one.get("type", "")
    return " or ".join(kind) if isinstance(kind, list) else kind or "one of several"
