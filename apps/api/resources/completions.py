"""Chat completions, as programs ask for them that were written for OpenAI's API."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from django.http import HttpResponseBase
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.response import Response

from apps.accounts.selectors import ASK
from apps.api.base import ApiView, Call
from apps.api.errors import Problem, Unfit
from apps.api.fields import Strict
from apps.api.idempotency import HEADER
from apps.api.resources.conversations import ContextOut, Remembered, recalled
from apps.api.resources.openai_shapes import chunk_of, chunk_written, completion_of, error_of
from apps.api.resources.upstream import about_upstream, upstream_chunks, upstream_completion
from apps.api.streams import EventStream, Told, answer_ended, answer_told
from apps.asking.models import Question
from apps.asking.services import question_ask
from apps.asking.services.recalling import Recall
from apps.asking.services.upstream import with_context
from apps.sources.chats import MOST_TEXT

MODEL: Final = "memweb"
MOST_CONTENT: Final = 100_000  # characters of a message
UPSTREAM: Final = "+upstream"  # how the name of a model ends that is another one


@extend_schema_field(
    {
        "anyOf": [
            {"type": "string", "maxLength": MOST_CONTENT},
            {"type": "array", "items": {"type": "object"}},
        ]
    }
)
class Content(serializers.CharField):
    """What a message says: a text, or parts of which those that are text count. A message of
    another model that only calls tools says nothing."""

    def __init__(self, **given: Any) -> None:
        super().__init__(allow_blank=True, max_length=MOST_CONTENT, **given)

    def to_internal_value(self, data: Any) -> str:
        if isinstance(data, list):
            if not all(isinstance(one, dict) for one in data):
                raise serializers.ValidationError("A part of a message is an object.")
            said = [one.get("text") for one in data if one.get("type") == "text"]
            data = "\n".join(one for one in said if isinstance(one, str))
        return str(super().to_internal_value(data))


class ChatMessage(serializers.Serializer[Any]):
    """A message. What it has beside these is not read."""

    role = serializers.CharField(max_length=40)
    content = Content(allow_null=True)


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


class OpenaiView(ApiView):
    """A call whose errors have OpenAI's error object beside what every error has."""

    def handle_exception(self, exc: Exception) -> Response:
        response: Response = super().handle_exception(exc)
        if isinstance(response.data, dict):
            said = response.data.get("detail", "")
            response.data["error"] = error_of(response.status_code, said)
        return response


class Completions(OpenaiView):
    calls = {"POST": Call(ASK, CompletionOut, body=CompletionIn, says=SAYS)}

    def post(self) -> HttpResponseBase:
        if HEADER in self.request.headers:
            raise Problem(f"This call takes no {HEADER}.")
        asked = [one for one in self.said["messages"] if one["role"] == "user"]
        if not asked:
            raise Unfit("There is no message of the user.")
        text, streamed = asked[-1]["content"] or "", bool(self.said.get("stream"))
        if self.said.get("model", "").endswith(UPSTREAM):
            return self._upstream(text, streamed=streamed)
        question = question_ask(space=self.space, actor=self.user, text=text)
        more = self._context(text) if "memory" in self.said else {}
        if streamed:
            late = (("chunk", {"error": error_of(503, _not_yet(question))}), ("done", None))
            return EventStream(_chunks(question, more), write=chunk_written, late=late)
        answer = {**_awaited(question), **more}
        return self.one(completion_of(_about(question), answer["answer"], answer))

    def _context(self, text: str) -> dict[str, Any]:
        found = recalled(self.space, text, self.said["memory"])
        messages = with_context(self.said["messages"], found)
        return {"context": self._told(found), "messages": messages}

    def _told(self, found: Recall) -> dict[str, Any]:
        return ContextOut(found, context={"view": self}).data

    def _upstream(self, text: str, *, streamed: bool) -> HttpResponseBase:
        about = about_upstream()
        if len(text) > MOST_TEXT:
            raise Unfit(f"The last message of the user is longer than {MOST_TEXT:,} characters.")
        found = recalled(self.space, text, self.said.get("memory", {}))
        made = upstream_completion(self.said["messages"], found, self._told(found), about)
        if streamed:
            return EventStream(upstream_chunks(made, about), write=chunk_written)
        return self.one(made())


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


def _about(question: Question) -> dict[str, Any]:
    return {
        "id": f"chatcmpl-{question.pk}",
        "created": int(question.created_at.timestamp()),
        "model": MODEL,
    }


def _chunks(question: Question, more: dict[str, Any]) -> Iterator[Told | None]:
    """Yield the chunks of an answer. It is told whole: what is told before may yet be cut."""
    about = _about(question)
    yield "chunk", chunk_of(about, {"role": "assistant", "content": ""})
    for told in answer_told(question.pk):
        if told is None or told[0] == "progress":
            yield None
        elif told[0] == "failed":
            yield "chunk", {"error": error_of(503, _failure(told[1]))}
        else:
            yield "chunk", chunk_of(about, {"content": told[1]["answer"]})
            yield "chunk", {**chunk_of(about, {}, "stop"), "metadata": {**told[1], **more}}
    yield "done", None
