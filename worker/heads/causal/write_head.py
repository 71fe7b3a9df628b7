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
from worker.heads.causal.calibration import Calibration
from worker.heads.causal.calls import CallTokens
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
from worker.heads.proposing import argument_at, extraction_of, sentences_of
from worker.mentions.names import called, normalised
from worker.protocol import serialise_write
from worker.stopping import unwanted
from worker.types import (
    PassageExtraction,
    PassageText,
    Proposal,
    RelationSpec,
    Span,
)


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
        self.calibration = Calibration.of(self.head.manifest)
        self.config = config or CausalWriteConfig()
        self.decoder = Decoder(self.head.base, self.head.model)
        self.tokens = CallTokens(self.head.base.tokenizer)
        self.vocabulary = Vocabulary(self.head.base.tokenizer, self.head.base.ids)

    @property
    def hashes(self) -> dict[str, str]:
        return self.head.hashes

    def stop_late(self, late: bool) -> None:
        """Let calls end late from now on, or at their first chance."""
        self.config = replace(self.config, late_stopping=late)

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
        dropped = 0  # what is no date or number where one belongs
        for proposal in self._written(passage, relations, trie):
            if proposal is None:
                dropped += 1
                continue
            key = (
                normalised(proposal.subject.called), proposal.relation_id,
                normalised(proposal.object.called),
            )  # fmt: skip
            if key[0] != key[2] and (key not in found or found[key].score < proposal.score):
                found[key] = proposal
        specs = {spec.id: spec for spec in relations}
        made = extraction_of(passage, list(found.values()), specs)
        return replace(made, dropped=(("value", dropped),) if dropped else ())

    def _written(
        self, passage: PassageText, relations: Sequence[RelationSpec], trie: RelationTrie
    ) -> Iterator[Proposal | None]:
        """Yield what the model writes, stretch by stretch of the passage; None for what is no
        proposal."""
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
        head = self.tokens.start_ids()
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
    ) -> Proposal | None:
        spec = relations[triple.relation]
        first = min(
            (s for s in sentences if s.end > min(triple.subject.start, triple.object.start)),
            default=sentence,
        )
        subject = argument_at(
            passage, triple.subject, spec.subject_types, _fullest(passage.text, triple.subject)
        )
        object_ = argument_at(
            passage, triple.object, spec.object_types, _fullest(passage.text, triple.object)
        )
        if subject is None or object_ is None:
            return None
        score = self.calibration(math.exp(sum(made.logprobs[triple.begin : triple.end])))
        evidence = Span(min(first.start, triple.subject.start), sentence.end)
        return Proposal(subject, spec.id, object_, evidence, score)


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
