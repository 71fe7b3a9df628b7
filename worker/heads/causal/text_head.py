"""A causal base that answers in its own words, without the memory: closed book, or from texts.

It is the base as it came, without an adapter, and writes the likeliest words up to the end of the
line. What it says is believed by nobody: it is what answers with the memory are compared with.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from worker.heads.causal import base as bases
from worker.heads.causal.base import Base
from worker.heads.causal.decoding import Decoder
from worker.heads.causal.limits import memory
from worker.heads.causal.tokens import encode, encode_with_offsets
from worker.heads.text_answers import ANSWER_TOKENS, answer_in, joined, prompt_around
from worker.stopping import wanted
from worker.types import TextAnswer

MOST_TOKENS = 4096  # of a prompt: a longer one takes a processor more than a minute


class CausalTextHead:
    """Answers with a base; see the module. Raises BaseMissing and UnfitBase."""

    name = "causal"

    def __init__(
        self, base: str = "smollm2", *, loaded: Base | None = None, most: int = MOST_TOKENS
    ) -> None:
        """Load the base of that name, unless one is given as ``loaded``."""
        self.base = loaded or bases.shared(base)
        self.version = self.base.hash[:12]
        self.decoder = Decoder(self.base)
        self.room = min(most, self.decoder.window - 1 - ANSWER_TOKENS)

    @property
    def hashes(self) -> dict[str, str]:
        return {"base": self.base.hash}

    def answer_from(self, question: str, texts: Sequence[str] = ()) -> TextAnswer:
        """Answer from texts as far as they fit, or without any."""
        text = joined(texts)
        before, after = prompt_around(question, with_texts=bool(texts))
        ids, read = self._prompt(before, text, after)
        written, score = self._written(ids)
        return TextAnswer(answer_in(written), score=score, read=read)

    def _prompt(self, before: str, text: str, after: str) -> tuple[list[int], int]:
        """Return a prompt that fits, and how many characters of the text it holds. A question that
        leaves no room loses its beginning."""
        tokenizer = self.base.tokenizer
        start = [] if tokenizer.bos_token_id is None else [tokenizer.bos_token_id]
        first, last = encode(tokenizer, before), encode(tokenizer, after)
        room = self.room - len(start) - len(first) - len(last)
        if room < 0:
            return [*start, *last[-(self.room - len(start)) :]], 0
        ids, offsets = encode_with_offsets(tokenizer, text) if text else ([], [])
        ids, offsets = ids[:room], offsets[:room]
        return [*start, *first, *ids, *last], offsets[-1][1] if offsets else 0

    def _written(self, ids: list[int]) -> tuple[str, float | None]:
        """Return what the model writes in one line, and how likely its tokens were on average."""
        tokenizer = self.base.tokenizer
        made: list[int] = []
        logprob = 0.0
        with memory():
            session = self.decoder.session(ids)
            while len(made) < ANSWER_TOKENS:
                wanted()
                token = session.step(banned=self.base.ids.own)  # rows of another head
                logprob += session.logprob
                made.append(token)
                text = str(tokenizer.decode(made, skip_special_tokens=True))
                if token == self.base.ids.stop or "\n" in text.lstrip():
                    break
        return text, math.exp(logprob / len(made))
