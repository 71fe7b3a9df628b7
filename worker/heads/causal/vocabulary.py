"""The bytes of every token of a vocabulary, and the tokens by their bytes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from worker.heads.causal.tokens import ProtocolIds

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

BLANK = b" "
BARRIER = 0xFF  # no byte of UTF-8: where a text has it, no token goes on
_PREFIX = -1  # in ``Vocabulary.table``: the beginning of tokens, and none itself


class UnfitVocabulary(ValueError):
    """A tokenizer's tokens are not pieces of UTF-8, so nothing can be copied with it."""


class Vocabulary:
    """The tokens that plain text is made of, by their bytes.

    Byte-level vocabularies (GPT-2's manner: SmolLM2, Llama 3, Qwen) and those that write blanks
    as "▁" and rare bytes as ``<0xNN>`` (SentencePiece's: Mistral, Llama 2) are known. Tokens of
    the protocol, and whatever else was added to the vocabulary, are no text. Raises
    UnfitVocabulary.
    """

    def __init__(self, tokenizer: PreTrainedTokenizerFast, ids: ProtocolIds) -> None:
        self.tokenizer = tokenizer
        self.ids = ids
        self.bytes_of = _bytes_by_id(tokenizer, {*ids.own, ids.stop})
        # The id of each token, and _PREFIX for bytes that only begin tokens: what walks along a
        # text knows where to stop. Of two tokens with the same bytes the plain one is taken.
        self.table: dict[bytes, int] = {}
        for piece in self.bytes_of.values():
            for length in range(1, len(piece)):
                self.table.setdefault(piece[:length], _PREFIX)
        self.table |= {piece: id_ for id_, piece in self.bytes_of.items()}
        self.longest = max(map(len, self.bytes_of.values()), default=0)
        self.missing = frozenset(
            byte for byte in range(256) if self.table.get(bytes([byte]), _PREFIX) == _PREFIX
        )

    def matches(self, window: bytes) -> list[tuple[int, int]]:
        """Return (length, id) of each token with which ``window`` begins, shorter ones first."""
        found = []
        table = self.table
        for length in range(1, len(window) + 1):
            id_ = table.get(window[:length])
            if id_ is None:
                break
            if id_ >= 0:
                found.append((length, id_))
        return found

    def path(self, text: str) -> list[int]:
        """Return the fewest tokens that a walk along the text takes. Raises UnfitVocabulary."""
        data, at, path = text.encode(), 0, []
        while at < len(data):
            found = self.matches(data[at : at + self.longest])
            if not found:
                raise UnfitVocabulary(f"The vocabulary has no tokens for {text!r}.")
            length, id_ = found[-1]
            path.append(id_)
            at += length
        return path


def _bytes_by_id(tokenizer: PreTrainedTokenizerFast, protocol: set[int]) -> dict[int, bytes]:
    added = {*tokenizer.get_added_vocab().values(), *tokenizer.all_special_ids, *protocol}
    read = _byte_level if _is_byte_level(tokenizer) else _metaspace
    found: dict[int, bytes] = {}
    by_fallback: dict[bytes, int] = {}
    for token, id_ in tokenizer.get_vocab().items():
        if id_ in added:
            continue
        piece = read(token)
        if not piece or BARRIER in piece:
            continue
        if read is _metaspace and _fallback(token) is not None:
            by_fallback[piece] = id_
        else:
            found[id_] = piece
    plain = set(found.values())
    return found | {id_: piece for piece, id_ in by_fallback.items() if piece not in plain}


def _is_byte_level(tokenizer: PreTrainedTokenizerFast) -> bool:
    decoder = tokenizer.backend_tokenizer.decoder
    kinds = _kinds(json.loads(decoder.__getstate__())) if decoder is not None else set()
    if "ByteLevel" in kinds:
        return True
    if kinds & {"Metaspace", "ByteFallback", "Replace"}:
        return False
    raise UnfitVocabulary(
        f"The tokenizer {tokenizer.name_or_path!r} is neither byte-level nor of SentencePiece's "
        "kind, so nothing can be copied with it."
    )


def _kinds(decoder: Any) -> set[str]:
    inside = [_kinds(one) for one in decoder.get("decoders", ())]
    return {decoder["type"]}.union(*inside)


def _alphabet() -> dict[str, int]:
    """Return the characters that stand for bytes in byte-level vocabularies: printable ones of
    Latin-1 for themselves, the others in order from U+0100."""
    printable = {*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)}
    others = [byte for byte in range(256) if byte not in printable]
    return {chr(b): b for b in printable} | {chr(0x100 + n): b for n, b in enumerate(others)}


_ALPHABET = _alphabet()


def _byte_level(token: str) -> bytes:
    try:
        return bytes([_ALPHABET[char] for char in token])
    except KeyError:
        return b""


def _metaspace(token: str) -> bytes:
    byte = _fallback(token)
    return token.replace("▁", " ").encode() if byte is None else bytes([byte])


def _fallback(token: str) -> int | None:
    if len(token) == 6 and token.startswith("<0x") and token.endswith(">"):
        try:
            return int(token[3:5], 16)
        except ValueError:
            return None
    return None
