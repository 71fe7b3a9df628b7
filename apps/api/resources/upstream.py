"""The answer of another model in OpenAI's shape, with what the memory bears out of it."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from apps.api.errors import Problem, Unfit
from apps.api.streams import Told
from apps.asking.services.recalling import Recall
from apps.asking.services.upstream import (
    NoUpstream,
    UpstreamAnswer,
    UpstreamFailed,
    upstream_ask,
    upstream_model,
)

Makes = Callable[[], dict[str, Any]]
Error = Callable[[int, str], dict[str, Any]]


def about_upstream() -> dict[str, Any]:
    """Return how an answer of the other model begins. Raises Unfit where none may be asked."""
    try:
        model = upstream_model()
    except NoUpstream as error:
        raise Unfit(str(error)) from error
    return {"id": f"chatcmpl-{secrets.token_hex(8)}", "created": int(time.time()), "model": model}


def upstream_completion(
    messages: Sequence[Mapping[str, str]],
    recalled: Recall,
    context: Mapping[str, Any],
    about: Mapping[str, Any],
) -> Makes:
    """Return what asks the other model and makes the completion. It raises Problem."""

    def made() -> dict[str, Any]:
        try:
            answer = upstream_ask(messages=messages, recalled=recalled)
        except UpstreamFailed as error:
            raise Problem(str(error), status=503) from error
        message = {"role": "assistant", "content": answer.text}
        return {
            **about,
            "object": "chat.completion",
            "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
            "usage": _usage(answer),
            "metadata": _metadata(answer, context),
        }

    return made


def _usage(answer: UpstreamAnswer) -> dict[str, int]:
    told, said = answer.prompt_tokens, answer.answer_tokens
    return {"prompt_tokens": told, "completion_tokens": said, "total_tokens": told + said}


def _metadata(answer: UpstreamAnswer, context: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "source": "upstream",
        "sentences": [
            {"text": one.text, "facts": list(one.facts), "from_memory": bool(one.facts)}
            for one in answer.sentences
        ],
        "cited": answer.cited,
        "refused": list(answer.refused),
        "context": context,
    }


def upstream_chunks(made: Makes, about: Mapping[str, Any], error: Error) -> Iterator[Told | None]:
    """Yield the chunks of the other model's answer. It is told whole: numbers that bear nothing
    out are taken from it first."""
    yield "chunk", _part(about, {"role": "assistant", "content": ""})
    try:
        whole = made()
    except Problem as problem:
        yield "chunk", {"error": error(problem.status, problem.detail)}
    else:
        yield "chunk", _part(about, {"content": whole["choices"][0]["message"]["content"]})
        yield "chunk", {**_part(about, {}, "stop"), "metadata": whole["metadata"]}
    yield "done", None


def _part(
    about: Mapping[str, Any], delta: dict[str, str], reason: str | None = None
) -> dict[str, Any]:
    choice = {"index": 0, "delta": delta, "finish_reason": reason}
    return {**about, "object": "chat.completion.chunk", "choices": [choice]}
