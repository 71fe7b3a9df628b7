"""Our adapters on a server (vLLM): the text up to a sentence's end, and the call made there.

Where the exported base's tokenizer is on this machine (``REMOTE_TOKENIZER``), the server is given
tokens, those of the training. Else it is given texts, in which it takes every token of the protocol
for one; what a text of ours has of them is then parted by a blank.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, cast

from worker.heads.remote.client import Ask, Client
from worker.heads.remote.config import RemoteConfig, RemoteMissing
from worker.heads.remote.facts import SaidFact
from worker.heads.remote.replies import Spent
from worker.protocol import (
    END,
    READ_START,
    WAIT,
    WRITE_START,
    ProtocolError,
    parse_write,
)
from worker.types import PassageText, Span

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

COMPLETIONS = "/completions"
WRITE = WRITE_START + WAIT
_TOKENS = (WRITE, READ_START, ")" + WAIT, END, ">>")  # the longest first
_CALL_TOKENS = 256


class CallsOfSentences:
    """Has the adapter "write" make a call after each sentence of passages."""

    def __init__(self, config: RemoteConfig, client: Client) -> None:
        self.config = config
        self.client = client

    def said(
        self, passages: Sequence[PassageText], spent: Sequence[Spent]
    ) -> list[tuple[list[SaidFact], int]]:
        """Return for each passage the facts of its calls, and how many calls cannot be read."""
        asked: list[tuple[int, Span]] = []
        for number, passage in enumerate(passages):
            whole = (Span(0, len(passage.text)),) if passage.text.strip() else ()
            asked += [(number, sentence) for sentence in passage.sentences or whole]
        asks = [self._ask(passages[number].text[: at.end]) for number, at in asked]
        replies = self.client.all(asks, self.client.deadline()) if asks else []
        said: list[tuple[list[SaidFact], int]] = [([], 0) for _ in passages]
        for (number, sentence), reply in zip(asked, replies, strict=True):
            spent[number].add(reply)
            facts, unlike = facts_of_call(reply.text, sentence)
            before, others = said[number]
            said[number] = ([*before, *facts], others + unlike)
        return said

    def _ask(self, text: str) -> Ask:
        return completion(self.config, self.config.write_model, [text], WRITE, END)


def completion(config: RemoteConfig, model: str, texts: Sequence[str], call: str, stop: str) -> Ask:
    """Return the request to go on from texts and the begin of a call, up to ``stop``.

    ``texts`` alternate: a text that is nothing but itself, and protocol text, which ``call`` ends.
    """
    body: Mapping[str, Any] = {
        "model": model,
        "prompt": _prompt(config.tokenizer, [*texts, call]),
        "max_tokens": _CALL_TOKENS,
        "temperature": 0,
        "stop": [stop],
        "include_stop_str_in_output": True,
        "skip_special_tokens": False,
        "spaces_between_special_tokens": False,
    }
    return Ask(COMPLETIONS, body)


def _prompt(tokenizer: str, pieces: Sequence[str]) -> str | list[int]:
    if tokenizer:
        return _ids(tokenizer, pieces)
    return "".join(
        piece if number % 2 else without_calls(piece) for number, piece in enumerate(pieces)
    )


def _ids(tokenizer: str, pieces: Sequence[str]) -> list[int]:
    """Return the tokens of a prompt, those that the adapters were trained on."""
    from worker.heads.causal.tokens import encode

    words = _loaded(tokenizer)
    ids = [] if words.bos_token_id is None else [words.bos_token_id]
    for number, piece in enumerate(pieces):
        if number % 2:  # a call, in which the protocol's tokens are meant
            ids += words(piece, add_special_tokens=False)["input_ids"]
        else:
            ids += encode(words, piece)
    return ids


@cache
def _loaded(folder: str) -> PreTrainedTokenizerFast:
    """Return the tokenizer of an exported base. Raises RemoteMissing."""
    from transformers import AutoTokenizer

    try:
        tokenizer = cast("PreTrainedTokenizerFast", AutoTokenizer.from_pretrained(folder))
    except (OSError, ValueError):
        raise RemoteMissing("REMOTE_TOKENIZER names no folder with a tokenizer.") from None
    known = tokenizer.get_added_vocab()
    if not all(token in known for token in _TOKENS):
        raise RemoteMissing("The tokenizer of REMOTE_TOKENIZER lacks the protocol's tokens.")
    return tokenizer


def without_calls(text: str) -> str:
    """Return a text in which nothing is a token of the protocol: each is parted by a blank.

    >>> without_calls("a ({MEM_WRITE--> b >> c")
    'a ( {MEM_WRITE--> b > > c'
    """
    for token in _TOKENS:
        while token in text:  # ">>>" holds one again
            text = text.replace(token, f"{token[0]} {token[1:]}")
    return text


def facts_of_call(text: str, sentence: Span) -> tuple[list[SaidFact], int]:
    """Return the facts of a call that was begun by us; of one that does not end, those before the
    last. The number counts calls that cannot be read."""
    call = WRITE + text.partition(END)[0]
    for body in (call, call.rpartition(";")[0]):
        try:
            triples = parse_write(body + END)
        except ProtocolError:
            continue
        facts = [SaidFact(s, r, o, said_in=sentence) for s, r, o in triples]
        return facts, int(END not in text)
    return [], 1
