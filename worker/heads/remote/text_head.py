"""A server of language models that answers in its own words, without the memory."""

from __future__ import annotations

from collections.abc import Sequence

from worker.heads.remote.client import Ask, Client
from worker.heads.remote.config import RemoteConfig
from worker.heads.remote.replies import without_thoughts
from worker.heads.remote.schema import CHAT
from worker.heads.remote.version import hashes_of, version_of
from worker.heads.text_answers import ANSWER_TOKENS, RULE, RULE_FOR_TEXTS, answer_in, joined
from worker.types import TextAnswer

MOST_CHARACTERS = 12_000  # of texts: about what fits a window of 4,096 tokens


class RemoteTextHead:
    """Has a server answer; the texts are sent there. Raises RemoteMissing where no server is
    configured."""

    name = "remote"

    def __init__(self, config: RemoteConfig | None = None) -> None:
        self.config = config or RemoteConfig.from_environment()
        self.client = Client(self.config)
        self.version = version_of(self.config, self.config.model)
        self.hashes = hashes_of(self.config, self.config.model)

    def answer_from(self, question: str, texts: Sequence[str] = ()) -> TextAnswer:
        """Answer from texts as far as they fit, or without any. Raises WorkerError where the server
        fails."""
        text = joined(texts)[:MOST_CHARACTERS]
        said = f"Text: {text}\n\nQuestion: {question}" if text else question
        body = {
            "model": self.config.model,
            "messages": [
                {"role": "system", "content": RULE_FOR_TEXTS if text else RULE},
                {"role": "user", "content": said},
            ],
            "temperature": 0,
            "max_tokens": max(ANSWER_TOKENS, self.config.answer_tokens),
        }
        (reply,) = self.client.all([Ask(CHAT, body)], self.client.deadline())
        return TextAnswer(answer_in(without_thoughts(reply.text)), read=len(text))
