"""What clients of OpenAI's API call with a base address and a key alone: ``/v1``.

The model says the space: ``memweb/atlas``. A caller with one space need not say it.
"""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.models import Space
from apps.accounts.selectors import ASK
from apps.api.base import ApiView, Call, Missing
from apps.api.entering import enter, token_of
from apps.api.errors import Unfit
from apps.api.resources.completions import (
    MODEL,
    SAYS,
    UPSTREAM,
    CompletionIn,
    CompletionOut,
    Completions,
    OpenaiView,
)
from apps.api.resources.me import opened
from apps.api.resources.openai_shapes import error_of
from apps.asking.services.upstream import NoUpstream, upstream_model


class ModelOut(serializers.Serializer[Any]):
    """A model: a space that answers from its memory."""

    id = serializers.CharField()
    object = serializers.CharField()
    created = serializers.IntegerField()
    owned_by = serializers.CharField()


class ModelsOut(serializers.Serializer[Any]):
    """The models of a caller, in OpenAI's shape."""

    object = serializers.CharField()
    data = ModelOut(many=True)  # type: ignore[assignment]


def own_spaces(view: ApiView) -> list[Space]:
    """Return the spaces that a caller may ask, narrowed by the token."""
    return [space for space, roles in opened(view.user, token_of(view.request)) if ASK & {*roles}]


def model_names(view: ApiView) -> list[str]:
    """Return the names of the models that a caller may ask."""
    names = [f"{MODEL}/{space.slug}" for space in own_spaces(view)]
    try:
        upstream_model()
    except NoUpstream:
        return names
    return names + [f"{name}{UPSTREAM}" for name in names]


def _model(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": 0, "owned_by": MODEL}


class Models(OpenaiView):
    calls = {
        "GET": Call(
            answer=ModelsOut,
            says="The models of OpenAI's API that there are: a space each, and the same with "
            "another model before it where one is configured.",
        )
    }

    def get(self) -> Response:
        return self.one({"object": "list", "data": [_model(one) for one in model_names(self)]})


class OneModel(OpenaiView):
    calls = {"GET": Call(answer=ModelOut, says="A model of OpenAI's API.")}

    def get(self, name: str) -> Response:
        if f"{MODEL}/{name}" not in model_names(self):
            raise Http404
        return self.one(_model(f"{MODEL}/{name}"))


class Nowhere(Missing):
    """Any other address."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = super().dispatch(request, *args, **kwargs)
        if isinstance(response, Response) and isinstance(response.data, dict):
            response.data["error"] = error_of(response.status_code, response.data["detail"])
        return response


class AnyCompletions(Completions):
    calls = {"POST": Call(answer=CompletionOut, body=CompletionIn, says=SAYS)}

    def _read(self, request: Request) -> None:
        super()._read(request)
        self.space, self.roles = enter(request, self._slug(), ASK)

    def _slug(self) -> str:
        model = self.said.get("model", "").removesuffix(UPSTREAM)
        if model.startswith(f"{MODEL}/"):
            return str(model.removeprefix(f"{MODEL}/"))
        found = own_spaces(self)
        if len(found) == 1:
            return found[0].slug
        names = ", ".join(f"{MODEL}/{one.slug}" for one in found)
        raise Unfit(f"Say by the model which space is asked: {names}." if names else _NONE)


_NONE = "There is no space that this token may ask."
