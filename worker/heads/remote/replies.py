"""What a server answered: the text of its first choice, and the JSON in a text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from worker.heads.remote.http import HttpAnswer
from worker.types import Spending

_FENCED = re.compile(r"```(?:json)?[ \t]*\n(.*?)(?:\n```|\Z)", re.DOTALL | re.IGNORECASE)
_THOUGHT = re.compile(r"<think>.*?</think>", re.DOTALL)
_MOST_STARTS = 20  # braces at which JSON may begin


class UnreadableReply(Exception):
    """The server's answer is not one of its protocol."""

    def __init__(self, message: str, *, permanent: bool) -> None:
        super().__init__(message)
        self.permanent = permanent


@dataclass(frozen=True)
class Reply:
    """The text of an answer, whether it was ``cut`` at the most tokens, and the tokens that it
    took; 0 where the server does not count."""

    text: str
    model: str = ""
    cut: bool = False
    prompt_tokens: int = 0
    answer_tokens: int = 0


@dataclass
class Spent:
    """What was asked for one passage or question."""

    requests: int = 0
    prompt_tokens: int = 0
    answer_tokens: int = 0

    def add(self, reply: Reply) -> None:
        self.requests += 1
        self.prompt_tokens += reply.prompt_tokens
        self.answer_tokens += reply.answer_tokens

    def whole(self) -> Spending:
        return Spending(self.requests, self.prompt_tokens, self.answer_tokens)


def reply_of(answer: HttpAnswer, model: str) -> Reply:
    """Return what the server answered for a model. Raises UnreadableReply."""
    try:
        body = answer.json()
    except ValueError:
        raise UnreadableReply("answered with what is no JSON", permanent=False) from None
    if not isinstance(body, dict):
        raise UnreadableReply("answered with what is no reply", permanent=True)
    said = body.get("model")
    if isinstance(said, str) and said and not _same_model(model, said):
        raise UnreadableReply(
            f"answered with another model than {model!r}, which was asked for", permanent=True
        )
    choices = body.get("choices")
    if not isinstance(choices, list) or not choices or not isinstance(choices[0], dict):
        raise UnreadableReply("gave no answer in its reply", permanent=False)
    first = choices[0]
    message = first.get("message")
    text = message.get("content") if isinstance(message, dict) else first.get("text")
    return Reply(
        text=text if isinstance(text, str) else "",
        model=said if isinstance(said, str) else "",
        cut=first.get("finish_reason") == "length",
        prompt_tokens=_count(body, "prompt_tokens"),
        answer_tokens=_count(body, "completion_tokens"),
    )


def _same_model(asked: str, said: str) -> bool:
    """Tell whether a model is the one asked for: a server may add its version, or leave away the
    folder or owner that it was found under."""
    asked, said = asked.casefold().rstrip("/"), said.casefold().rstrip("/")
    if said == asked or asked.endswith(f"/{said}"):
        return True
    return said.startswith(asked) and said[len(asked)] in "-:@"


def _count(body: dict[str, Any], name: str) -> int:
    usage = body.get("usage")
    found = usage.get(name) if isinstance(usage, dict) else None
    return found if isinstance(found, int) and not isinstance(found, bool) and found >= 0 else 0


def json_in(text: str, key: str = "") -> dict[str, Any] | None:
    """Return the JSON object in a text, which may stand in a code fence or amid prose: the first
    with a ``key``, else the first that there is; None where there is none.

    >>> json_in('Sure! Here it is: {"facts": []} Anything else?', "facts")
    {'facts': []}
    """
    first: dict[str, Any] | None = None
    for value in _objects(_THOUGHT.sub("", text)):
        if not key or key in value:
            return value
        first = first or value
    return first


def _objects(text: str) -> Iterator[dict[str, Any]]:
    for part in (text.strip(), *(found.strip() for found in _FENCED.findall(text))):
        if (value := _parsed(part)) is not None:
            yield value
    decoder = json.JSONDecoder()
    at = text.find("{")
    for _ in range(_MOST_STARTS):
        if at < 0:
            return
        try:
            value, end = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            at = text.find("{", at + 1)
            continue
        if isinstance(value, dict) and value:
            yield value
        at = text.find("{", end)


def without_thoughts(text: str) -> str:
    """Return what a model says without what it thought before."""
    return _THOUGHT.sub("", text).strip()


def without_echo(text: str, messages: Sequence[Mapping[str, str]]) -> str:
    """Return an answer without the messages that it was to: some servers give these back before
    it, and what stands in them is no answer."""
    for message in messages:
        said = message["content"].strip() if message["role"] != "assistant" else ""
        at = text.rfind(said) if said else -1
        text = text[at + len(said) :] if at >= 0 else text
    return text


def _parsed(text: str) -> dict[str, Any] | None:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
