"""The tokens of the protocol, and texts that never become one of them.

Five texts of ``worker.protocol`` are tokens of their own, added after the vocabulary of the base.
Each row begins as the mean of the rows of its parts, is trained once for both heads, and is kept
beside the base and not inside an adapter: servers refuse adapters that bring rows, and rows of
two adapters could not stand on one base with tied embeddings.

A call stands directly after a word, so that the text has the same tokens with and without calls;
a name in a call follows a blank, as it mostly does in a text, so that a copied name has the same
tokens too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from worker import protocol

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerFast

READ, WRITE = protocol.READ_START, protocol.WRITE_START + protocol.WAIT
WAIT, END, SEPARATOR = ")" + protocol.WAIT, protocol.END, ">>"
PROTOCOL_TOKENS = (READ, WAIT, END, SEPARATOR, WRITE)
BETWEEN = ";"  # triples, queries and results: a piece of every vocabulary, so no token of ours


class RowsOfAnotherBase(ValueError):
    """The rows of the protocol's tokens do not fit the base."""


@dataclass(frozen=True)
class ProtocolIds:
    """The ids of the protocol's tokens, and of what ends a text."""

    read: int
    wait: int
    end: int
    separator: int
    write: int
    between: int
    stop: int

    @property
    def own(self) -> tuple[int, ...]:
        """The ids that were added to the vocabulary, in the order of ``PROTOCOL_TOKENS``."""
        return (self.read, self.wait, self.end, self.separator, self.write)


def encode(tokenizer: PreTrainedTokenizerFast, text: str) -> list[int]:
    """Return the token ids of a text, in which nothing is a token of the protocol."""
    return encode_with_offsets(tokenizer, text)[0]


def encode_with_offsets(
    tokenizer: PreTrainedTokenizerFast, text: str
) -> tuple[list[int], list[tuple[int, int]]]:
    """Return the token ids of a text and the range of characters of each.

    What a vocabulary has as one token and the protocol too (``>>``, mostly) is taken apart, so
    that a text means nothing but itself. Some tokenizers put a blank before whatever they are
    given; a text that begins with one has no second.
    """
    left_out = int(len(text) > 1 and text[0] == " " and _puts_blank(tokenizer))
    backend = tokenizer.backend_tokenizer
    backend.encode_special_tokens = True  # a text's tokens are never special ones
    backend.no_padding()
    backend.no_truncation()
    made = backend.encode(text[left_out:], add_special_tokens=False)
    ids, offsets = made.ids, made.offsets
    if left_out:
        offsets = [(start + (n > 0), end + 1) for n, (start, end) in enumerate(offsets)]
    own = {backend.token_to_id(token) for token in PROTOCOL_TOKENS}
    if own.isdisjoint(ids):
        return ids, offsets
    apart: list[int] = []
    ranges: list[tuple[int, int]] = []
    for id_, (start, end) in zip(ids, offsets, strict=True):
        if id_ not in own:
            apart.append(id_)
            ranges.append((start, end))
            continue
        for at in range(start, end):
            pieces = _sign(tokenizer, text[at])
            apart += pieces
            ranges += [(at, at + 1)] * len(pieces)
    return apart, ranges


def _plain(tokenizer: PreTrainedTokenizerFast, text: str) -> list[int]:
    ids: list[int] = tokenizer(text, add_special_tokens=False, split_special_tokens=True)[
        "input_ids"
    ]
    return ids


def _puts_blank(tokenizer: PreTrainedTokenizerFast) -> bool:
    normalizer = tokenizer.backend_tokenizer.normalizer
    return normalizer is not None and b'"Prepend"' in normalizer.__getstate__()


def _sign(tokenizer: PreTrainedTokenizerFast, sign: str) -> list[int]:
    known: int | None = tokenizer.backend_tokenizer.token_to_id(sign)
    return _plain(tokenizer, sign) if known in (None, tokenizer.unk_token_id) else [known]


def name_ids(tokenizer: PreTrainedTokenizerFast, name: str) -> list[int]:
    """Return the token ids of a name or relation in a call: escaped, after a blank."""
    return encode(tokenizer, " " + protocol.escape(name))


def add_tokens(tokenizer: PreTrainedTokenizerFast, model: PreTrainedModel) -> ProtocolIds:
    """Add the protocol's tokens to a tokenizer and its model, each row the mean of its parts.

    A tokenizer that knows them already, and its model, stay as they are.
    """
    if READ not in tokenizer.get_vocab():
        parts = [_parts(tokenizer, token) for token in PROTOCOL_TOKENS]
        ids = name_tokens(tokenizer)
        if max(ids.own) >= embedding_tables(model)[0].shape[0]:
            model.resize_token_embeddings(max(ids.own) + 1, mean_resizing=False)
        with torch.no_grad():
            for table in embedding_tables(model):
                for id_, those in zip(ids.own, parts, strict=True):
                    table[id_] = table[those].float().mean(0).to(table.dtype)
    return protocol_ids(tokenizer)


def name_tokens(tokenizer: PreTrainedTokenizerFast) -> ProtocolIds:
    """Add the protocol's tokens to a tokenizer alone."""
    tokenizer.add_special_tokens(
        {"extra_special_tokens": list(PROTOCOL_TOKENS)}, replace_extra_special_tokens=False
    )
    return protocol_ids(tokenizer)


def _parts(tokenizer: PreTrainedTokenizerFast, token: str) -> list[int]:
    pieces = _plain(tokenizer, token)
    return pieces if len(pieces) > 1 else [i for char in token for i in _plain(tokenizer, char)]


def protocol_ids(tokenizer: PreTrainedTokenizerFast) -> ProtocolIds:
    """Return the ids of a tokenizer that has the protocol's tokens."""
    own: Any = tokenizer.convert_tokens_to_ids(list(PROTOCOL_TOKENS))
    read, wait, end, separator, write = own
    (between,) = encode(tokenizer, BETWEEN)[-1:]
    return ProtocolIds(read, wait, end, separator, write, between, tokenizer.eos_token_id)


def embedding_tables(model: Any) -> list[Tensor]:
    """Return the tables in which tokens have rows: that of the input, and that of the output
    where it is another one."""
    tables = [model.get_input_embeddings().weight]
    output = model.get_output_embeddings()
    if output is not None and output.weight is not tables[0]:
        tables.append(output.weight)
    return tables


def save_rows(model: Any, ids: ProtocolIds, path: Path, base: str) -> None:
    """Write the protocol's rows of a model; see ``write_rows``."""
    tables = [table.detach()[list(ids.own)] for table in embedding_tables(model)]
    write_rows(tables, path, base)


def write_rows(tables: Sequence[Tensor], path: Path, base: str) -> None:
    """Write rows of the protocol's tokens, ``input`` (5, D) and, where the base has two tables,
    ``output``, whole or not at all. ``base`` is the hash of the base that they belong to."""
    rows = {
        name: table.detach().float().contiguous().cpu()
        for name, table in zip(("input", "output"), tables, strict=False)
    }
    draft = path.with_name(path.name + ".draft")
    save_file(rows, draft, {"base": base})
    draft.chmod(0o644)  # safetensors keeps what it writes to its owner
    draft.replace(path)


def load_rows(model: Any, ids: ProtocolIds, path: Path) -> None:
    """Put trained rows into a model. Raises RowsOfAnotherBase where they do not fit it."""
    rows = load_file(path)
    tables = embedding_tables(model)
    names: Sequence[str] = ("input", "output")[: len(tables)]
    fits = set(rows) == set(names) and all(
        rows[n].shape == (len(ids.own), t.shape[1]) for n, t in zip(names, tables, strict=True)
    )
    if not fits:
        raise RowsOfAnotherBase(f"{path} holds rows for another base")
    with torch.no_grad():
        for name, table in zip(names, tables, strict=True):
            table[list(ids.own)] = rows[name].to(table)
