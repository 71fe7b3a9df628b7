"""Every call is documented, with its answers; and answers as it is documented."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, get_resolver
from drf_spectacular.validation import validate_schema

from apps.accounts.models import User
from apps.api import openai_urls, urls
from apps.api.base import ApiView, Missing
from apps.api.schema import statuses
from apps.api.views import described

PLAIN = {"docs", "openapi", "missing"}


def views(patterns: Any = None, before: str = "/api/v1/") -> Iterator[tuple[str, Any]]:
    """Yield the address of every call and its view."""
    for one in urls.urlpatterns if patterns is None else patterns:
        route = before + str(one.pattern)
        if not isinstance(one, URLPattern):
            yield from views(one.url_patterns, route)
        elif one.name not in PLAIN:
            yield route, one.callback.view_class


VIEWS = {**dict(views()), **dict(views(openai_urls.urlpatterns, "/v1/"))}


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    return described()


def test_it_is_openapi_without_a_doubt(capsys: pytest.CaptureFixture[str]) -> None:
    described.cache_clear()
    schema = described()
    assert schema["openapi"].startswith("3.1")
    validate_schema(schema)
    assert capsys.readouterr().err == ""  # where its maker tells of what it could not find out


def test_every_route_and_answer_is_documented(schema: dict[str, Any]) -> None:
    documented = {
        (path.replace("{id}", "{pk}"), method.upper()): set(call["responses"])
        for path, methods in schema["paths"].items()
        for method, call in methods.items()
    }
    there = {}
    for route, view in VIEWS.items():
        path = route
        for kind in ("int", "slug", "str"):
            path = path.replace(f"<{kind}:", "{")
        for method, call in view.calls.items():
            assert hasattr(view, method.lower()), (route, method)
            there[path.replace(">", "}"), method] = {str(one) for one in statuses(call, method)}
    assert len(there) > 70
    assert documented == there


def test_every_method_of_a_view_is_a_call() -> None:
    for route, view in VIEWS.items():
        assert issubclass(view, ApiView)
        assert view.calls, route
        own = {name.upper() for name in ("get", "post", "put", "patch", "delete")
               if hasattr(view, name)}  # fmt: skip
        assert own == set(view.calls), route
        assert all(call.says for call in view.calls.values()), route
        in_space = "<slug:slug>" in route
        assert all(bool(call.roles) == in_space for call in view.calls.values()), route


def test_every_call_has_an_example_and_every_error_one_shape(schema: dict[str, Any]) -> None:
    for path, methods in schema["paths"].items():
        for method, call in methods.items():
            where = f"{method} {path}"
            body = call.get("requestBody", {}).get("content", {}).get("application/json")
            if body and body["schema"].get("$ref", "").rpartition("/")[2] != "Nothing":
                assert body["examples"], where
            for status, answer in call["responses"].items():
                content = answer.get("content", {})
                if int(status) >= 400:
                    assert set(content) == {"application/problem+json"}, where
                    assert content["application/problem+json"]["examples"], where
                for kind, said in content.items():
                    assert kind != "application/json" or said["examples"], where


def test_what_is_not_there_is_a_view_too() -> None:
    names = [one.name for one in urls.urlpatterns if isinstance(one, URLPattern)]
    assert names[-1] == "missing"
    assert Missing.calls == {}
    assert get_resolver().resolve("/api/v1/nowhere").func.view_class is Missing


def test_the_pages_of_the_documentation_are_served(db: None, alice: User, sign_in) -> None:
    given = Client().get("/api/v1/openapi.json")
    assert (given.status_code, given["Content-Type"]) == (200, "application/json")
    page = sign_in(alice).get("/api/v1/docs/")
    text = page.content.decode()
    assert page.status_code == 200
    assert "/api/v1/spaces/{slug}/writes" in text
    assert "style=" not in text.partition("<main")[2]
    assert 'id="not-found"' in text
