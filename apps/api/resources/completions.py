"""Chat completions, as programs ask for them that were written for OpenAI's API."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

from django.http import HttpResponseBase
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.utils.encoders import JSONEncoder

from apps.accounts.selectors import ASK
from apps.api.base import ApiView, Call
from apps.api.errors import Problem, Unfit
from apps.api.fields import Strict
from apps.api.idempotency import HEADER
from apps.api.resources.conversations import ContextOut, Remembered, recalled
from apps.api.resources.upstream import about_upstream, upstream_chunks, upstream_completion
from apps.api.streams import EventStream, Told, answer_ended, answer_told
from apps.asking.models import Question
from apps.asking.services import question_ask
from apps.asking.services.upstream import with_context

MODEL: Final = "memweb"
UPSTREAM: Final = "+upstream"  # how the name of a model ends that is another one
_TYPES: Final = {401: "authentication_error", 403: "permission_error", 429: "rate_limit_error"}


class ChatMessage(serializers.Serializer[Any]):
    """A message. What it has beside these is not read."""

    role = serializers.CharField(max_length=40)
    content = serializers.CharField(allow_blank=True, max_length=100_000)


class CompletionIn(Strict):
    """The last message of the user is the question. Fields of OpenAI's API that are not named here
    (``temperature`` and the like) are taken and not heeded. With ``memory`` the answer tells which
    facts matter for the question, also as messages for another model. A ``model`` that ends in
    ``+upstream`` has another model answer with these facts before it."""

    messages = ChatMessage(many=True, allow_empty=False)
    model = serializers.CharField(required=False, max_length=200)
    stream = serializers.BooleanField(required=False)
    memory = Remembered(required=False)

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict):
            data = {name: value for name, value in data.items() if name in self.fields}
        return super().to_internal_value(data)


class ChoiceOut(serializers.Serializer[Any]):
    """The one answer."""

    index = serializers.IntegerField()
    message = serializers.DictField()
    finish_reason = serializers.CharField()


class CompletionOut(serializers.Serializer[Any]):
    """An answer in OpenAI's shape. ``metadata`` is the trace, as docs/ask_json.md describes it."""

    id = serializers.CharField()
    object = serializers.CharField()
    created = serializers.IntegerField()
    model = serializers.CharField()
    choices = ChoiceOut(many=True)
    usage = serializers.DictField()
    metadata = serializers.JSONField()


SAYS: Final = (
    "Ask as of a model of OpenAI's API: the read head answers from the memory, and abstains where "
    "it does not know; another model may answer instead, with the memory's facts before it. With "
    "stream the answer comes as chunks. Errors have OpenAI's error object beside what every error "
    "has. Takes no Idempotency-Key."
)


class Completions(ApiView):
    calls = {"POST": Call(ASK, CompletionOut, body=CompletionIn, says=SAYS)}

    def post(self) -> HttpResponseBase:
        if HEADER in self.request.headers:
            raise Problem(f"This call takes no {HEADER}.")
        asked = [one for one in self.said["messages"] if one["role"] == "user"]
        if not asked:
            raise Unfit("There is no message of the user.")
        text, streamed = asked[-1]["content"], self.said.get("stream")
        if self.said.get("model", "").endswith(UPSTREAM):
            return self._upstream(text, streamed=bool(streamed))
        more = self._context(text) if "memory" in self.said else {}
        question = question_ask(space=self.space, actor=self.user, text=text)
        if streamed:
            late = (("chunk", {"error": _error(503, _not_yet(question))}), ("done", None))
            return EventStream(_chunks(question, more), write=_chunk, late=late)
        return self.one(_completion(question, {**_awaited(question), **more}))

    def _context(self, text: str) -> dict[str, Any]:
        found = recalled(self.space, text, self.said["memory"])
        messages = with_context(self.said["messages"], found)
        return {"context": ContextOut(found, context={"view": self}).data, "messages": messages}

    def _upstream(self, text: str, *, streamed: bool) -> HttpResponseBase:
        found = recalled(self.space, text, self.said.get("memory", {}))
        about = about_upstream()
        made = upstream_completion(
            self.said["messages"], found, ContextOut(found, context={"view": self}).data, about
        )
        if streamed:
            return EventStream(upstream_chunks(made, about, _error), write=_chunk)
        return self.one(made())

    def handle_exception(self, exc: Exception) -> Response:
        response: Response = super().handle_exception(exc)
        if isinstance(response.data, dict):
            response.data["error"] = _error(response.status_code, response.data.get("detail", ""))
        return response


def _error(status: int, message: str) -> dict[str, Any]:
    kind = _TYPES.get(status, "server_error" if status >= 500 else "invalid_request_error")
    return {"message": message, "type": kind, "param": None, "code": status}


def _awaited(question: Question) -> dict[str, Any]:
    """Return the answer, once a worker has made it. Raises Problem where none comes."""
    told = answer_ended(question.pk)
    if told is None:
        raise Problem(_not_yet(question), status=503)
    name, answer = told
    if name == "failed":
        raise Problem(_failure(answer), status=503)
    made: dict[str, Any] = answer
    return made


def _not_yet(question: Question) -> str:
    return f"No worker has answered yet. The answer will stand at question {question.pk}."


def _failure(told: dict[str, Any]) -> str:
    return told.get("error") or "The question was not answered."


def _about(question: Question, kind: str) -> dict[str, Any]:
    return {
        "id": f"chatcmpl-{question.pk}",
        "object": kind,
        "created": int(question.created_at.timestamp()),
        "model": MODEL,
    }


def _completion(question: Question, answer: dict[str, Any]) -> dict[str, Any]:
    message = {"role": "assistant", "content": answer["answer"]}
    return {
        **_about(question, "chat.completion"),
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0},
        "metadata": answer,
    }


def _chunks(question: Question, more: dict[str, Any]) -> Iterator[Told | None]:
    """Yield the chunks of an answer. It is told whole: what is told before may yet be cut."""
    yield "chunk", _part(question, {"role": "assistant", "content": ""})
    for told in answer_told(question.pk):
        if told is None or told[0] == "progress":
            yield None
        elif told[0] == "failed":
            yield "chunk", {"error": _error(503, _failure(told[1]))}
        else:
            yield "chunk", _part(question, {"content": told[1]["answer"]})
            yield "chunk", {**_part(question, {}, "stop"), "metadata": {**told[1], **more}}
    yield "done", None


def _part(question: Question, delta: dict[str, str], reason: str | None = None) -> dict[str, Any]:
    choice = {"index": 0, "delta": delta, "finish_reason": reason}
    return {**_about(question, "chat.completion.chunk"), "choices": [choice]}


def _chunk(told: Told) -> bytes:
    name, data = told
    said = json.dumps(data, cls=JSONEncoder, ensure_ascii=False) if name == "chunk" else "[DONE]"
    return f"data: {said}\n\n".encode()
