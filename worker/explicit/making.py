"""What makes the explicit memories of a space: a base with its adapter ``explicit``.

>>> maker = ReferenceMaker("smollm2")
>>> (one,) = maker.references([("Ada Lovelace was born in London.", ("1",))])
>>> place = Folder(Path("var/explicit/1"))
>>> (stored,) = maker.put(place, [one], [("Ada Lovelace", "London")])
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch

from worker.blobs import Blobs
from worker.explicit.attention import use
from worker.explicit.encode import DENSE, Memory, Scheme, encode
from worker.explicit.references import Packed, Piece, marked, pack
from worker.explicit.store import Maker, Store, name_of
from worker.heads.causal.adapters import LoadedHead, load_head
from worker.heads.causal.tokens import encode as tokens_of
from worker.heads.causal.tokens import encode_with_offsets
from worker.references import KeptReference, MadeReference, TextReference, Weighed

HEAD = "explicit"  # what its adapter is called


class ReferenceMaker:
    """Encodes references with a base and its adapter. Raises what ``load_head`` raises, and
    UnfitModel."""

    def __init__(
        self, base: str = "smollm2", folder: Path | None = None, head: LoadedHead | None = None
    ) -> None:
        """Load the adapter in ``folder``, by default the shipped one, unless ``head`` is given."""
        self.head = head or load_head(base, HEAD, folder)
        use(self.head.model)
        self.maker = maker_of(self.head)

    @property
    def said(self) -> dict[str, str]:
        """What tells its memories from others."""
        return self.maker.said

    def name(self, text: str) -> str:
        """Return the name of the memory of a text."""
        return name_of(text, self.maker)

    def references(self, texts: Sequence[tuple[str, tuple[str, ...]]]) -> list[TextReference]:
        """Put texts with their marks together into references; one that is too long by itself, or
        empty, comes after them without tokens."""
        packed = packed_for(self.head, [Piece(text, marks) for text, marks in texts])
        whole = [TextReference(one.text, one.ids, one.triples) for one in packed.references]
        return [*whole, *(TextReference(one.text, (), one.triples) for one in packed.left_out)]

    def weighed(self) -> Weighed:
        """Measure what a reference costs on this machine in each form."""
        from worker.explicit.weighing import weighed  # which stands on this module

        return weighed(self)

    def put(
        self,
        blobs: Blobs,
        references: Sequence[TextReference],
        names: Sequence[Sequence[str]],
    ) -> list[MadeReference]:
        """Encode references and write them to a place for files. ``names`` are those of each one's
        facts, for an adapter that was trained to keep their tokens first. Raises OSError."""
        memories = encoded(self.head, self.maker, references, names)
        store = Store(blobs)
        made = []
        for one, memory in zip(references, memories, strict=True):
            stored = store.put(memory, one.text, self.maker)
            made.append(MadeReference(stored.name, stored.sha256, stored.bytes, memory.tokens))
        return made


def packed_for(head: LoadedHead, pieces: Sequence[Piece]) -> Packed:
    """Put pieces together as the tokens of a model want it."""
    return pack(pieces, lambda text: tokens_of(head.base.tokenizer, text))


def encoded(
    head: LoadedHead,
    maker: Maker,
    references: Sequence[TextReference],
    names: Sequence[Sequence[str]],
) -> list[Memory]:
    """Encode references as an adapter was trained to keep them. ``names`` are those of each one's
    facts."""
    tokenizer, scheme = head.base.tokenizer, maker.scheme
    places = None
    if scheme.choice == "names":
        places = [
            marked(one.text, own, encode_with_offsets(tokenizer, one.text)[1])
            for one, own in zip(references, names, strict=True)
        ]
    begin = tokenizer.bos_token_id
    return encode(
        head.model,
        [one.ids for one in references],
        scheme,
        begin=0 if begin is None else begin,
        marked=places,
    )


def from_text(head: LoadedHead, maker: Maker, kept: KeptReference) -> Memory:
    """Encode a memory that is kept as text. Raises ValueError where what is said of its subject by
    now makes another text."""
    for one in packed_for(head, [Piece(text) for text in kept.pieces]).references:
        if name_of(one.text, maker) == kept.name:
            names = [end.name for fact in kept.facts for end in (fact.subject, fact.object)]
            (memory,) = encoded(head, maker, [TextReference(one.text, one.ids, ())], [names])
            return memory.to(torch.bfloat16)  # as files keep it
    raise ValueError("What it says was changed meanwhile.")


def maker_of(head: LoadedHead) -> Maker:
    """Return what says whose memories are: the base, the adapter, and what it was trained to keep,
    as its manifest has it."""
    settings = head.manifest.get("settings", {})
    plain = Scheme()
    scheme = Scheme(
        settings.get("kept", plain.kept),
        settings.get("share", plain.share),
        settings.get("choice", plain.choice),
    )
    if settings.get("stage") == "dense":  # which keeps all, whatever its flags say
        scheme = DENSE
    return Maker(head.base.hash, head.version, scheme)
