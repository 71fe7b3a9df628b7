"""The causal write head: after each sentence the model writes what it states.

All sentences of a passage share its key-values; their calls are decoded side by side, names copied
from the text before the sentence's end, relations taken from the schema. A denied, doubted or
planned statement writes nothing.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

from worker.heads.causal.adapters import LoadedHead, load_head
from worker.heads.causal.constraint import (
    CopiedTriple,
    CopyText,
    RelationTrie,
    Vocabulary,
    WriteConstraint,
)
from worker.heads.causal.decoding import Decoder, Generated
from worker.heads.causal.late_stopping import LateStopping
from worker.heads.causal.tokens import encode_with_offsets
from worker.literals import parse_literal, parse_text
from worker.mentions.kinds import decided_type
from worker.mentions.names import called, normalised
from worker.protocol import serialise_write
from worker.stopping import unwanted
from worker.types import (
    LITERAL_KINDS,
    Argument,
    EntityKind,
    MentionSpan,
    PassageExtraction,
    PassageText,
    Proposal,
    RelationSpec,
    Span,
)
from worker.validity import with_validity


@dataclass(frozen=True)
class CausalWriteConfig:
    """The knobs of writing: tokens of one call, triples of one sentence, rows decoded side by
    side, and the tokens of a passage that are read at once."""

    call_tokens: int = 192
    triples: int = 16
    batch: int = 8
    window: int = 1024
    late_stopping: bool = False


class CausalWriteHead:
    """Extracts triples with the ``write`` adapter on a base.

    Raises BaseMissing, AdapterMissing and AdapterOfAnotherBase.
    """

    name = "causal"

    def __init__(
        self,
        folder: Path | None = None,
        base: str = "smollm2",
        config: CausalWriteConfig | None = None,
        head: LoadedHead | None = None,
    ) -> None:
        """Load the adapter in ``folder``, by default the shipped one, unless ``head`` is given."""
        self.head = head or load_head(base, "write", folder)
        self.version = self.head.version
        self.config = config or CausalWriteConfig()
        self.decoder = Decoder(self.head.base, self.head.model)
        self.vocabulary = Vocabulary(self.head.base.tokenizer, self.head.base.ids)

    @property
    def hashes(self) -> dict[str, str]:
        return self.head.hashes

    def extract(
        self, passages: Sequence[PassageText], relations: Sequence[RelationSpec]
    ) -> list[PassageExtraction]:
        """Return one extraction per passage, in order. Spans index ``passage.text`` exactly."""
        if not relations:
            return [PassageExtraction(p.id, (), serialise_write([])) for p in passages]
        trie = RelationTrie(self.vocabulary, [spec.name for spec in relations])
        return [self._one(passage, relations, trie) for passage in passages]

    def _one(
        self, passage: PassageText, relations: Sequence[RelationSpec], trie: RelationTrie
    ) -> PassageExtraction:
        found: dict[tuple[str, str, str], Proposal] = {}
        for proposal in self._written(passage, relations, trie):
            key = (
                normalised(proposal.subject.called), proposal.relation_id,
                normalised(proposal.object.called),
            )  # fmt: skip
            if key[0] != key[2] and (key not in found or found[key].score < proposal.score):
                found[key] = proposal
        proposals = sorted(
            found.values(), key=lambda p: (p.sentence, p.subject.span, p.object.span)
        )
        specs = {spec.id: spec for spec in relations}
        spans = {(a.span, a.type) for p in proposals for a in (p.subject, p.object)}
        mentions = tuple(MentionSpan(span, type_) for span, type_ in sorted(spans))
        call = serialise_write(
            [(p.subject.called, specs[p.relation_id].name, p.object.called) for p in proposals]
        )
        return PassageExtraction(
            passage.id, with_validity(passage, proposals, mentions, specs), call, mentions
        )

    def _written(
        self, passage: PassageText, relations: Sequence[RelationSpec], trie: RelationTrie
    ) -> Iterator[Proposal]:
        """Yield what the model writes, stretch by stretch of the passage."""
        _, offsets = encode_with_offsets(self.head.base.tokenizer, passage.text)
        whole = [s for s in sentences_of(passage) if s.of(passage.text).strip()]
        for text, asked in stretches(whole, offsets, self.config.window):
            constraints, made = self._calls(text.of(passage.text), text.start, asked, trie)
            for sentence, constraint, one in zip(asked, constraints, made, strict=True):
                for triple in constraint.triples_in(len(one.ids)):  # late stopping cuts
                    moved = replace(
                        triple,
                        subject=triple.subject.shifted(text.start),
                        object=triple.object.shifted(text.start),
                    )
                    yield self._proposal(passage, whole, sentence, moved, relations, one)

    def _calls(
        self, text: str, start: int, asked: Sequence[Span], trie: RelationTrie
    ) -> tuple[list[WriteConstraint], list[Generated]]:
        """Return the calls after some sentences of a passage, of which ``text`` starts there."""
        base, config = self.head.base, self.config
        ids, offsets = encode_with_offsets(base.tokenizer, text)
        begin = base.tokenizer.bos_token_id
        head = [] if begin is None else [begin]
        ends = [sentence.end - start for sentence in asked]
        copied = CopyText(self.vocabulary, text)
        constraints = [
            WriteConstraint(copied, trie, until=end, most_triples=config.triples) for end in ends
        ]
        made = self.decoder.branches(
            self.decoder.prefix(head + ids),
            [len(head) + sum(last <= end for _, last in offsets) for end in ends],
            [[base.ids.write]] * len(ends),
            constraints=constraints,
            stop={base.ids.end},
            limit=config.call_tokens,
            batch=config.batch,
            cancelled=unwanted,
            late=LateStopping(base.ids.end) if config.late_stopping else None,
        )
        return constraints, made

    def _proposal(
        self,
        passage: PassageText,
        sentences: Sequence[Span],
        sentence: Span,
        triple: CopiedTriple,
        relations: Sequence[RelationSpec],
        made: Generated,
    ) -> Proposal:
        spec = relations[triple.relation]
        first = min(
            (s for s in sentences if s.end > min(triple.subject.start, triple.object.start)),
            default=sentence,
        )
        logs = made.logprobs[triple.begin : triple.end]
        return Proposal(
            _argument(passage, triple.subject, spec.subject_types, sentences),
            spec.id,
            _argument(passage, triple.object, spec.object_types, sentences),
            Span(min(first.start, triple.subject.start), sentence.end),
            math.exp(sum(logs)) if logs else 0.0,
        )


def sentences_of(passage: PassageText) -> tuple[Span, ...]:
    """Return a passage's sentences; the whole text is one when none are given."""
    if passage.sentences or not passage.text:
        return passage.sentences
    return (Span(0, len(passage.text)),)


def stretches(
    sentences: Sequence[Span], offsets: Sequence[tuple[int, int]], window: int
) -> Iterator[tuple[Span, list[Span]]]:
    """Yield stretches of a text of at most ``window`` tokens (whose ``offsets`` are given), each
    with those of its sentences that no earlier one had: all but the first begin with as much of
    what was before as fits half of it. A sentence that is longer is cut."""
    ends = [end for _, end in offsets]
    waiting = [part for s in sentences for part in _parts(s, ends, window)]
    start = 0
    while waiting:
        first = bisect_right(ends, start)
        last = ends[min(first + window, len(ends)) - 1]
        asked = [s for s in waiting if s.end <= last] or waiting[:1]
        waiting = waiting[len(asked) :]
        yield Span(start, max(last, asked[-1].end)), asked
        if waiting:
            back = max(0, bisect_right(ends, waiting[0].end) - window, 0)
            half = max(back, bisect_right(ends, waiting[0].start) - window // 2)
            start = offsets[min(half, len(offsets) - 1)][0]


def _parts(sentence: Span, ends: Sequence[int], window: int) -> list[Span]:
    first, after = bisect_right(ends, sentence.start), bisect_right(ends, sentence.end)
    if after - first <= window:
        return [sentence]
    cuts = [sentence.start, *(ends[at - 1] for at in range(first + window, after, window))]
    return [Span(a, b) for a, b in pairwise([*cuts, sentence.end]) if a < b]


def _argument(
    passage: PassageText, span: Span, types: Sequence[str], sentences: Sequence[Span]
) -> Argument:
    """Return an argument with the type that its relation takes; of several the one that the text
    speaks for."""
    text = span.of(passage.text)
    options = list(types) or ["MISC"]
    type_ = options[0]
    if len(options) > 1:
        readable = [
            t for t in options if t in LITERAL_KINDS and parse_literal(text, LITERAL_KINDS[t])
        ]
        names = [t for t in options if t not in LITERAL_KINDS]
        told = decided_type(
            passage.text, [MentionSpan(span, t) for t in names or options], sentences
        )
        type_ = readable[0] if readable else told
    value = parse_text(text) if type_ == "MISC" else None
    kind: EntityKind = LITERAL_KINDS.get(type_, "text" if value else "item")
    name = _fullest(passage.text, span) if kind == "item" else ""
    return Argument(text, span, type_, kind, name, value or parse_literal(text, kind))


def _fullest(text: str, span: Span) -> str:
    """Return the name in full where the text has it before: words around an earlier mention of
    a surname ("Anna Holt" for "Holt")."""
    own = span.of(text)
    at = text.find(own)
    if at < 0 or at >= span.start or " " in own:
        return own
    before = text[:at].rsplit("\n", 1)[-1].split(" ")
    words: list[str] = []
    while before and (before[-1] == "" or before[-1][:1].isupper()) and len(words) < 3:
        word = before.pop()
        if word and word[-1] in ".,;:!?":
            break
        words += [word] if word else []
        full = " ".join([*reversed(words), own]).strip()
        if words and not called(own, full):
            words.pop()
            break
    full = " ".join([*reversed(words), own]).strip()
    return full if full in text else own
