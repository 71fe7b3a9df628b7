"""Why a document gave many facts, few or none: what it names, and what joins its names.

Counted from the mentions that were kept when it was read; no model runs.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from itertools import pairwise
from urllib.parse import urlencode

from apps.common.names import normalise_name
from apps.curation.models import Candidate, Extraction, PassageExtraction
from apps.curation.services.names_found import (
    Mention,
    in_candidates,
    mentions_of,
    names_in,
    unjoined,
)
from apps.memory.controller import MemoryController
from apps.memory.packs import Pack, packs
from apps.memory.services.packs import shipped_spec
from apps.sources.models import Document
from worker.english.demonyms import country_of
from worker.english.joining import Phrase, begins_with_and, phrase_between, phrases_of
from worker.english.other_languages import other_language
from worker.marked_sentences import mark_sentence
from worker.types import RelationSpec, Span
from worker.validity.relations import words_of

MOST_PHRASES = 10
MOST_PASSAGES = 60  # of a document that are looked through
MOST_EXAMPLES = 3  # sentences of a phrase that a new relation is filled in with
LONGEST_SENTENCE = 240  # characters that are shown
FEW_NAMES = 50  # words for one name: a text with fewer names is short of them


@dataclass(frozen=True)
class Lacking:
    """A phrase that joins names and that no relation in use covers, as often as ``count``.

    ``sentence`` is where it stands first. ``pack`` has a relation for it, called ``pack_relation``;
    without one the rest is what a relation of this phrase would be.
    """

    words: str
    count: int
    sentence: str
    subject: str
    object: str
    name: str
    template: str
    subject_types: tuple[str, ...]
    object_types: tuple[str, ...]
    examples: tuple[str, ...]
    pack: Pack | None = None
    pack_relation: str = ""

    @property
    def query(self) -> str:
        """The part of an address from which the form of a new relation is filled in."""
        names = ("name", "template", "subject_types", "object_types", "examples")
        return urlencode({name: getattr(self, name) for name in names}, doseq=True)


@dataclass(frozen=True)
class Coverage:
    """What the last reading of a document found: distinct ``names``, those that are ``unjoined``,
    ``candidates``, the commonest phrases that lack a relation, and remarks on the text.

    ``whole`` is false for a long document of which only the beginning was looked through.
    """

    names: int
    unjoined: int
    candidates: int
    phrases: tuple[Lacking, ...]
    remarks: tuple[str, ...]
    whole: bool

    @property
    def is_thin(self) -> bool:
        """Whether more names are left over than are joined."""
        return not self.candidates or 2 * self.unjoined > self.names


def coverage_of(document: Document, extraction: Extraction) -> Coverage | None:
    """Return what an extraction found in a document; None where it kept no mentions."""
    rows = (
        PassageExtraction.objects.filter(extraction=extraction, mentions__isnull=False)
        .select_related("passage")
        .order_by("passage__index")
    )
    read = list(rows[: MOST_PASSAGES + 1])
    if not read:
        return None
    kept = read[:MOST_PASSAGES]
    mentions = [one for row in kept for one in mentions_of(row)]
    texts = names_in(mentions, document.text)
    joined = in_candidates([document.pk]).get(document.pk, set())
    names, free = unjoined(document.space, texts, joined)
    sentences = [pair for row in kept for pair in _sentences(row)]
    text = document.text[kept[0].passage.start : kept[-1].passage.end]
    return Coverage(
        names=len(names),
        unjoined=len(free),
        candidates=Candidate.objects.filter(passage__document=document).count(),
        phrases=() if other_language(text) else _lacking(document, sentences),
        remarks=tuple(_remarks(text, len(names), sentences)),
        whole=len(read) == len(kept),
    )


Sentence = tuple[int, int, list[Mention]]


def _sentences(read: PassageExtraction) -> Iterator[Sentence]:
    """Yield the sentences of a passage with their mentions, in the document's offsets."""
    left = mentions_of(read)
    for start, end in read.passage.sentence_spans():
        inside = [one for one in left if start <= one.start and one.end <= end]
        yield start, end, inside
        left = [one for one in left if one.start >= end]


@dataclass
class _Group:
    """The places where one phrase joins two names."""

    first: tuple[str, str, str]  # sentence, subject, object
    phrases: Counter[Phrase] = field(default_factory=Counter)
    types: Counter[tuple[str, str]] = field(default_factory=Counter)
    between: list[str] = field(default_factory=list)
    examples: list[str] = field(default_factory=list)  # sentences with their names marked


def _lacking(document: Document, sentences: Sequence[Sentence]) -> tuple[Lacking, ...]:
    relations = MemoryController(document.space).relations()
    covered = _covered(tuple(relations))
    proposed = set(
        Candidate.objects.filter(passage__document=document)
        .exclude(state=Candidate.State.REJECTED)
        .values_list("subject_start", "object_start")
    )
    groups: dict[str, _Group] = {}
    for start, end, mentions in sentences:
        sentence = document.text[start:end]
        if len(mentions) < 2 or sentence.rstrip("\"'”’ \n").endswith("?"):
            continue
        for one, other, between in _pairs(document.text, mentions):
            phrase = phrase_between(between)
            if phrase is None:
                continue
            subject, object_ = (other, one) if phrase.turned else (one, other)
            types = (subject.type, object_.type)
            places = {(subject.start, object_.start), (object_.start, subject.start)}
            if places & proposed or _fit_any(covered.get(phrase.key, ()), types):
                continue
            said = [document.text[m.start : m.end] for m in (subject, object_)]
            first = (_shown(sentence, one.start - start), said[0], said[1])
            group = groups.setdefault(phrase.key, _Group(first))
            group.phrases[phrase] += 1
            group.types[types] += 1
            group.between.append(between)
            if len(group.examples) < MOST_EXAMPLES:
                spans = (Span(m.start - start, m.end - start) for m in (subject, object_))
                group.examples.append(mark_sentence(sentence, *spans))
    ordered = sorted(groups.values(), key=lambda group: -group.phrases.total())
    return tuple(_told(group, relations) for group in ordered[:MOST_PHRASES])


def _pairs(text: str, mentions: Sequence[Mention]) -> Iterator[tuple[Mention, Mention, str]]:
    """Yield the neighbours of a sentence with the words between them. Words that go on with "and"
    are said of the first name of the sentence, and those after a nationality of the noun behind
    it: "a Norwegian painter, was born in Oslo"."""
    for at, (one, other) in enumerate(pairwise(mentions)):
        if other.start <= one.end:
            continue
        between = text[one.end : other.start]
        if begins_with_and(between) and at:
            one = mentions[0]
        if one.is_name and not country_of(text[one.start : one.end]):
            yield one, other, between


def _told(group: _Group, relations: Sequence[RelationSpec]) -> Lacking:
    phrase = group.phrases.most_common(1)[0][0]
    sentence, subject, object_ = group.first
    offered = _offered(group, phrase.key, relations)
    return Lacking(
        words=phrase.words,
        count=group.phrases.total(),
        sentence=sentence,
        subject=subject,
        object=object_,
        name=phrase.name,
        template=phrase.template,
        subject_types=_commonest(kinds[0] for kinds in group.types.elements()),
        object_types=_commonest(kinds[1] for kinds in group.types.elements()),
        examples=tuple(filter(None, group.examples)),
        pack=offered[0] if offered else None,
        pack_relation=offered[1].name if offered else "",
    )


def _commonest(types: Iterator[str]) -> tuple[str, ...]:
    """Return the types that are at least a quarter of all."""
    counts = Counter(types)
    return tuple(t for t, n in counts.most_common() if 4 * n >= counts.total())


def _shown(sentence: str, at: int) -> str:
    """Return a sentence in one line; of a long one what stands around an offset."""
    if len(sentence) <= LONGEST_SENTENCE:
        return " ".join(sentence.split())
    start = max(0, min(at - LONGEST_SENTENCE // 3, len(sentence) - LONGEST_SENTENCE))
    cut = sentence[start : start + LONGEST_SENTENCE]
    marks = ("… " if start else "", " …" if start + len(cut) < len(sentence) else "")
    return f"{marks[0]}{' '.join(cut.split())}{marks[1]}"


def _fit_any(specs: Sequence[RelationSpec], types: tuple[str, str]) -> bool:
    return any(_fits(spec, types) for spec in specs)


def _fits(spec: RelationSpec, types: tuple[str, str]) -> bool:
    """Tell whether a relation takes two types, whichever of them is the subject."""
    ways = (types, types[::-1])
    return any(
        (not spec.subject_types or subject in spec.subject_types)
        and (not spec.object_types or object_ in spec.object_types)
        for subject, object_ in ways
    )


@lru_cache(maxsize=64)
def _covered(relations: tuple[RelationSpec, ...]) -> dict[str, list[RelationSpec]]:
    """Return the relations by the keys of the phrases that state them."""
    found: dict[str, list[RelationSpec]] = {}
    for spec in relations:
        for key in _keys_of(spec):
            found.setdefault(key, []).append(spec)
    return found


@lru_cache(maxsize=4096)
def _keys_of(spec: RelationSpec) -> frozenset[str]:
    said = (spec.name, spec.inverse_name, spec.template, *spec.aliases)
    return frozenset(key for words in said for key in phrases_of(words))


@cache
def _pack_specs() -> tuple[tuple[Pack, RelationSpec], ...]:
    return tuple((pack, shipped_spec(item)) for pack in packs() for item in pack.relations)


def _offered(
    group: _Group, key: str, relations: Sequence[RelationSpec]
) -> tuple[Pack, RelationSpec] | None:
    """Return a relation of a pack, not in use, that is stated by a phrase: in its own words before
    one whose cue words stand there."""
    used = {spec.key for spec in relations} | {normalise_name(spec.name) for spec in relations}
    free = [
        (pack, spec)
        for pack, spec in _pack_specs()
        if spec.key not in used and any(_fits(spec, types) for types in group.types)
    ]
    own = (one for one in free if key in _keys_of(one[1]))
    cued = (one for one in free if any(words_of(one[1]).search(text) for text in group.between))
    return next(own, None) or next(cued, None)


_CELL = re.compile(r"\||\t|\S\s{3,}\S")


def _remarks(text: str, names: int, sentences: Sequence[Sentence]) -> Iterator[str]:
    """Yield what about a text makes it give few facts."""
    words = len(text.split())
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) >= 3 and 2 * sum(bool(_CELL.search(line)) for line in lines) > len(lines):
        yield (
            "Most of this text is a table. Cells without a sentence around them say little of how "
            "they belong together."
        )
    if language := other_language(text):
        yield f"This text is not in English, it seems ({language}). The write head reads English."
    if not names:
        yield "No name was found in this text."
    elif words >= 2 * FEW_NAMES and names * FEW_NAMES < words:
        yield f"This text has few names: {names} in {words:,} words. A fact needs two."
    if names > 1 and not any(len(mentions) > 1 for _, _, mentions in sentences):
        yield "No sentence of this text has two names. Facts are found within a sentence first."
