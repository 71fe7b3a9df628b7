"""The answer of another model in OpenAI's shape, with what the memory bears out of it."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from apps.api.errors import Problem, Unfit
from apps.api.resources.openai_shapes import chunk_of, completion_of, error_of
from apps.api.streams import Told
from apps.asking.services.recalling import Recall
from apps.asking.services.upstream import (
    NoUpstream,
    UpstreamAnswer,
    UpstreamFailed,
    upstream_ask,
    upstream_model,
)
from memweb.busy import give_connection_back

Makes = Callable[[], dict[str, Any]]


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
        give_connection_back()  # the other model may take a minute
        try:
            answer = upstream_ask(messages=messages, recalled=recalled)
        except UpstreamFailed as error:
            raise Problem(str(error), status=503) from error
        tokens = answer.prompt_tokens, answer.answer_tokens
        return completion_of(about, answer.text, _metadata(answer, context), tokens)

    return made


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


def upstream_chunks(made: Makes, about: Mapping[str, Any]) -> Iterator[Told | None]:
    """Yield the chunks of the other model's answer. It is told whole: numbers that bear nothing
    out are taken from it first."""
    yield "chunk", chunk_of(about, {"role": "assistant", "content": ""})
    try:
        whole = made()
    except Problem as problem:
        yield "chunk", {"error": error_of(problem.status, problem.detail)}
    else:
        yield "chunk", chunk_of(about, {"content": whole["choices"][0]["message"]["content"]})
        yield "chunk", {**chunk_of(about, {}, "stop"), "metadata": whole["metadata"]}
    yield "done", None
