"""What a call may go on with: names copied from given texts, relations of the schema.

::

    [WRITE] name [>>] relation [>>] name ; ... [END]
    [READ] name [>>] relation [>>] ; [>>] relation [>>] name [WAIT]

A constraint follows one call. ``allowed()`` is what may come next, ``advance`` takes what came.
Whatever is chosen, the call parses by ``worker.protocol``, each relation is one of the schema, and
each name is the very text at its span.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor

from worker.heads.causal.copying import LONGEST_NAME, CopiedName, CopyText
from worker.heads.causal.relation_trie import RelationTrie
from worker.heads.causal.vocabulary import UnfitVocabulary, Vocabulary
from worker.types import MemoryQuery, Span

__all__ = [
    "CopiedTriple",
    "CopyText",
    "NotAllowed",
    "ReadConstraint",
    "RelationTrie",
    "UnfitVocabulary",
    "Vocabulary",
    "WriteConstraint",
]


class NotAllowed(ValueError):
    """A token came that the call may not go on with."""


@dataclass(frozen=True)
class CopiedTriple:
    """A triple as it was written. Spans are of the text; ``relation`` counts the schema's.

    ``begin`` and ``end`` are the range of its tokens, counted from the first one after the start
    of the call; the ``;`` or the end after it is not one of them.
    """

    subject: Span
    relation: int
    object: Span
    begin: int
    end: int


class _Constraint(ABC):
    """The steps that both kinds of calls are made of.

    ``_at`` is where the call is: "open", "next" (after ``;``), "subject" or "object" (in a name),
    "relation", "before object", "asked" (after a relation that needs no name), "done".
    """

    def __init__(
        self,
        texts: Sequence[CopyText],
        relations: RelationTrie,
        untils: Sequence[int],
        longest: int,
    ) -> None:
        self._schema = relations
        self._relation = relations.root
        self._name = CopiedName(
            [(text.names(longest), until) for text, until in zip(texts, untils, strict=True)]
        )
        self._possible = self._name.possible and bool(relations.relations)
        self._at = "open"
        self._count = 0  # tokens so far
        self._begun = 0  # the token with which the latest subject began
        self._signs_now: tuple[int, ...] | None = None

    @property
    def done(self) -> bool:
        """Whether the call, or what the model writes of it, is at its end."""
        return self._at == "done"

    def allowed(self) -> Tensor:
        """Return the ids of the tokens that may come next, each once, never none: (N,).

        After the end it is the token that the call ended with.
        """
        signs = _tensor(self._signs())
        if self._at == "relation":
            return torch.cat((signs, self._relation.tokens()))
        if self._copies():
            return torch.cat((signs, self._name.tokens()))
        return signs

    def advance(self, token: int) -> None:
        """Go on with a token. Raises NotAllowed."""
        if self.done or not self._goes_on(token):
            raise NotAllowed(f"The call cannot go on with the token {token}.")
        self._signs_now = None
        self._count += 1

    def _goes_on(self, token: int) -> bool:
        if token in self._signs():
            self._take(token)
            return True
        if self._at == "relation":
            after = self._relation.after.get(token)
            self._relation = after or self._relation
            return after is not None
        if not self._copies() or not self._name.advance(token):
            return False
        if self._at in ("open", "next"):
            self._at = "subject"
            self._begun = self._count
        elif self._at == "before object":
            self._at = "object"
        return True

    def _signs(self) -> tuple[int, ...]:
        """Return the tokens of the protocol that may come next, ``;`` among them."""
        if self._signs_now is None:
            self._signs_now = self._find_signs()
        return self._signs_now

    @abstractmethod
    def _find_signs(self) -> tuple[int, ...]: ...

    @abstractmethod
    def _take(self, token: int) -> None:
        """Go on with one of the protocol's tokens."""

    def _copies(self) -> bool:
        return self._possible and self._at in ("open", "next", "subject", "before object", "object")

    def _enter(self, at: str) -> None:
        self._at = at
        self._relation = self._schema.root
        self._name.restart()


class WriteConstraint(_Constraint):
    """What a MEM_WRITE may go on with after its start: names from one text, up to its character
    ``until``, and at most ``most_triples`` triples."""

    def __init__(
        self,
        text: CopyText,
        relations: RelationTrie,
        *,
        until: int | None = None,
        most_triples: int = 32,
        longest_name: int = LONGEST_NAME,
    ) -> None:
        super().__init__([text], relations, [text.offset(until)], longest_name)
        self._possible = self._possible and most_triples > 0
        self._ids = text.vocabulary.ids
        self.most_triples = most_triples
        self.triples: list[CopiedTriple] = []
        self._subject = Span(0, 1)
        self._written = -1

    def triples_in(self, tokens: int) -> list[CopiedTriple]:
        """Return the triples of a call of which only so many tokens are kept (late stopping)."""
        return [triple for triple in self.triples if triple.end <= tokens]

    def _find_signs(self) -> tuple[int, ...]:
        ids = self._ids
        if self._at in ("open", "done"):
            return (ids.end,)
        if self._at == "subject" and self._name.can_end():
            return (ids.separator,)
        if self._at == "relation" and self._relation.relation is not None:
            return (ids.separator,)
        if self._at == "object" and self._name.can_end():
            more = len(self.triples) + 1 < self.most_triples
            return (ids.between, ids.end) if more else (ids.end,)
        return ()

    def _take(self, token: int) -> None:
        if self._at == "subject":
            self._subject = self._name.last()[1]
            self._enter("relation")
        elif self._at == "relation":
            self._written = self._relation.relation or 0
            self._enter("before object")
        else:
            if self._at == "object":
                self.triples.append(self._triple())
            self._enter("next" if token == self._ids.between else "done")

    def _triple(self) -> CopiedTriple:
        object_ = self._name.last()[1]
        return CopiedTriple(self._subject, self._written, object_, self._begun, self._count)


class ReadConstraint(_Constraint):
    """What a MEM_READ may go on with after its start: queries that give a relation and one name
    from some texts. Where these have no name, the call asks nothing.

    ``queries`` have their names as the texts write them; ``places[i]`` is which of the texts has
    the name of query ``i``, and where: the last of those that have it.
    """

    def __init__(
        self,
        texts: Sequence[CopyText],
        relations: RelationTrie,
        *,
        most_queries: int = 3,
        longest_name: int = LONGEST_NAME,
    ) -> None:
        super().__init__(texts, relations, [text.offset(None) for text in texts], longest_name)
        self._possible = self._possible and most_queries > 0
        self._ids = relations.vocabulary.ids
        self.most_queries = most_queries
        self.queries: list[MemoryQuery] = []
        self.places: list[tuple[int, Span]] = []
        self._subject: str | None = None
        self._asked = ""

    def _find_signs(self) -> tuple[int, ...]:
        ids = self._ids
        if self._at == "done" or (self._at == "open" and not self._possible):
            return (ids.wait,)
        if self._at in ("open", "next"):
            return (ids.separator,)
        if self._at == "subject" and self._name.can_end():
            return (ids.separator,)
        if self._at == "relation" and self._relation.relation is not None:
            return (ids.separator,)
        if self._at == "asked" or (self._at == "object" and self._name.can_end()):
            more = len(self.queries) + (self._at == "object") < self.most_queries
            return (ids.between, ids.wait) if more else (ids.wait,)
        return ()

    def _take(self, token: int) -> None:
        if self._at == "relation":
            self._asked = self._schema.relations[self._relation.relation or 0]
            if self._subject is None:
                self._enter("before object")
            else:
                self.queries.append(MemoryQuery(self._asked, subject=self._subject))
                self._enter("asked")
        elif token == self._ids.separator:
            self._subject = self._copied() if self._at == "subject" else None
            self._enter("relation")
        else:
            if self._at == "object":
                self.queries.append(MemoryQuery(self._asked, object=self._copied()))
            self._enter("next" if token == self._ids.between else "done")

    def _copied(self) -> str:
        number, span = self._name.last()
        self.places.append((number, span))
        return span.of(self._name.roots[number][0].text.text)


@lru_cache(maxsize=256)
def _tensor(ids: tuple[int, ...]) -> Tensor:
    return torch.tensor(ids, dtype=torch.long)
