"""Answers, parts of them and errors in the shapes of OpenAI's API."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from rest_framework.utils.encoders import JSONEncoder

from apps.api.streams import Told

_TYPES: Final = {401: "authentication_error", 403: "permission_error", 429: "rate_limit_error"}


def completion_of(
    about: Mapping[str, Any],
    text: str,
    metadata: Mapping[str, Any],
    tokens: tuple[int, int] = (0, 0),
) -> dict[str, Any]:
    """Return a whole answer. ``about`` has its id, model and time; ``tokens`` are those of the
    prompt and of the answer."""
    message = {"role": "assistant", "content": text}
    told, said = tokens
    return {
        **about,
        "object": "chat.completion",
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": told, "completion_tokens": said, "total_tokens": told + said},
        "metadata": metadata,
    }


def chunk_of(
    about: Mapping[str, Any], delta: Mapping[str, str], reason: str | None = None
) -> dict[str, Any]:
    """Return a part of an answer."""
    choice = {"index": 0, "delta": delta, "finish_reason": reason}
    return {**about, "object": "chat.completion.chunk", "choices": [choice]}


def error_of(status: int, message: str) -> dict[str, Any]:
    """Return what went wrong."""
    kind = _TYPES.get(status, "server_error" if status >= 500 else "invalid_request_error")
    return {"message": message, "type": kind, "param": None, "code": status}


def chunk_written(told: Told) -> bytes:
    """Return a part as it is sent; whatever is no part ends the answer."""
    name, data = told
    said = json.dumps(data, cls=JSONEncoder, ensure_ascii=False) if name == "chunk" else "[DONE]"
    return f"data: {said}\n\n".encode()
