"""Our own corpus: wordings of each relation, composed into texts, and whole annotated documents.

A file of wordings has a line of JSON for each relation: ways of stating it, near misses, and the
other moods, with slots for names (see the corpus's card in ``data/reading``). A file of documents
has a text with marks, ``[[Anna Holt|anna:PER]]``, the facts that it states, and by mood those that
it only speaks of.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from nupunkt import sent_spans

from worker.heads.encoder.pair_reader import MOODS
from worker.training.redocred import GoldDocument, GoldMention, GoldTriple
from worker.types import ENTITY_TYPES, Span

SLOT = re.compile(r"\{([a-z]+)(\d?)(\.last)?\}")
MARK = re.compile(r"\[\[([^\[\]|]+)\|([^\[\]|:]+)(?::([A-Z]+))?\]\]")
SLOT_TYPES = {"per": "PER", "org": "ORG", "loc": "LOC", "misc": "MISC", "time": "TIME",
              "num": "NUM", "text": "MISC"}  # fmt: skip
NEAR = "near"
TAKEN_UP, SURNAME_ALONE = 0.4, 0.5  # of the wordings; of the mentions that take up a person
TAKEN_UP_TYPES = ("PER", "ORG", "LOC")


class MalformedCorpus(ValueError):
    """A line of the corpus is not as its card says."""


@dataclass(frozen=True)
class Wording:
    """One way of saying something of {s} and {o}.

    ``facts`` are (slot, relation, slot); ``mood`` is that of the fact of s and o, the others are
    stated.
    """

    relation: str
    text: str
    mood: str
    facts: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class Named:
    """A name that fills a slot."""

    text: str
    type: str


@dataclass(frozen=True)
class RelationWordings:
    """All wordings of a relation, and the fillers that suit its sides (empty: any of its type)."""

    name: str
    wordings: tuple[Wording, ...]
    subjects: tuple[Named, ...]
    objects: tuple[Named, ...]

    def split(self, apart: Callable[[str], bool]) -> tuple[RelationWordings, RelationWordings]:
        """Return the relation with the other wordings, and with those that are ``apart``."""
        chosen = tuple(w for w in self.wordings if apart(w.text))
        others = tuple(w for w in self.wordings if not apart(w.text))
        return replace(self, wordings=others), replace(self, wordings=chosen)


@dataclass(frozen=True)
class Kind:
    """The types that a relation takes, and the relation that says the same turned round."""

    key: str
    subjects: tuple[str, ...]
    objects: tuple[str, ...]
    inverse: str = ""


def read_wordings(path: Path) -> list[RelationWordings]:
    """Return the relations of a file. Raises MalformedCorpus with its line, and OSError."""
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            row = json.loads(line)
            found.append(_relation(row))
        except (ValueError, KeyError, TypeError, IndexError) as error:
            raise MalformedCorpus(f"{path.name}, line {number}: {error!r}") from error
    return found


def _relation(row: Mapping[str, Any]) -> RelationWordings:
    wordings = []
    for group in (*MOODS, NEAR):
        for item in row.get(group, ()):
            one = {"text": item} if isinstance(item, str) else item
            wordings.append(_wording(row["relation"], group, one))
    return RelationWordings(
        row["relation"],
        tuple(wordings),
        tuple(_named(one) for one in row.get("subjects", ())),
        tuple(_named(one) for one in row.get("objects", ())),
    )


def _wording(relation: str, group: str, item: Mapping[str, Any]) -> Wording:
    text = item["text"]
    slots = {"".join(m.group(1, 2)) for m in SLOT.finditer(text)}
    if not {"s", "o"} <= slots:
        raise ValueError(f"without {{s}} or {{o}}: {text}")
    facts = [(one[0], one[1], one[2]) for one in item.get("also", ())]
    if not {end for one in facts for end in (one[0], one[2])} <= slots:
        raise ValueError(f"a fact of a slot that is not there: {text}")
    if group != NEAR:
        return Wording(relation, text, group, (("s", relation, "o"), *facts))
    if "states" in item:
        ends = ("o", "s") if item.get("swap") else ("s", "o")
        facts.insert(0, (ends[0], item["states"], ends[1]))
    return Wording(relation, text, "stated", tuple(facts))


def _named(filler: str) -> Named:
    text, kind = filler.rsplit("|", 1)
    return Named(text, kind if kind in ENTITY_TYPES else "MISC")


def read_documents(
    path: Path, kinds: Mapping[str, Kind], *, further: bool = True
) -> list[GoldDocument]:
    """Return the annotated documents of a file, with or without the ``further`` true readings
    that the text bears out too. Raises MalformedCorpus and OSError."""
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            found.append(_document(json.loads(line), kinds, further))
        except (ValueError, KeyError, TypeError, IndexError) as error:
            raise MalformedCorpus(f"{path.name}, line {number}: {error!r}") from error
    return found


def _document(row: Mapping[str, Any], kinds: Mapping[str, Kind], further: bool) -> GoldDocument:
    parts: list[str] = []
    mentions: dict[str, list[GoldMention]] = {}
    types: dict[str, str] = {}
    at = last = 0
    for match in MARK.finditer(row["text"]):
        before, (surface, name, kind) = row["text"][last : match.start()], match.groups()
        parts += [before, surface]
        at += len(before)
        types.setdefault(name, kind if kind in ENTITY_TYPES else "MISC")
        span = Span(at, at + len(surface))
        mentions.setdefault(name, []).append(GoldMention(span, types[name]))
        at, last = span.end, match.end()
    text = "".join(parts) + row["text"][last:]
    index = {name: i for i, name in enumerate(mentions)}
    facts = [(index[a], kinds[r], index[b], "stated") for a, r, b, *_ in row["facts"]]
    if further:
        facts += [(index[a], kinds[r], index[b], "stated") for a, r, b, *_ in row.get("ok", ())]
    for mood, triples in row.get("moods", {}).items():
        if mood not in MOODS:
            raise ValueError(f"no mood: {mood}")
        facts += [(index[a], kinds[r], index[b], mood) for a, r, b, *_ in triples]
    return gold(row.get("kind", ""), text, tuple(map(tuple, mentions.values())), facts)


def gold(
    title: str,
    text: str,
    entities: tuple[tuple[GoldMention, ...], ...],
    facts: Sequence[tuple[int, Kind, int, str]],
) -> GoldDocument:
    """Return a document whose facts rest on the nearest sentences that hold both, and mean their
    inverse too."""
    sentences = sentence_spans(text)
    place = [
        {i for m in e for i, s in enumerate(sentences) if s.start <= m.span.start < s.end}
        for e in entities
    ]
    triples = []
    for a, kind, b, mood in facts:
        near = min(((abs(i - j), i, j) for i in place[a] for j in place[b]), default=None)
        evidence = tuple(sorted({near[1], near[2]})) if near else ()
        triples.append(GoldTriple(a, kind.key, b, evidence, mood))
        if kind.inverse:
            triples.append(GoldTriple(b, kind.inverse, a, evidence, mood))
    return GoldDocument(title, text, sentences, entities, tuple(dict.fromkeys(triples)))


def sentence_spans(text: str) -> tuple[Span, ...]:
    """Return the sentences of a text; a line break ends one."""
    found = []
    for line in re.finditer(r"[^\n]+", text):
        for start, end in sent_spans(line.group()):
            if line.group()[start:end].strip():
                found.append(Span(line.start() + start, line.start() + end))
    return tuple(found)


class Composer:
    """Makes texts of several statements that are about different things.

    ``names`` has names by type; ``kinds`` what each relation takes.
    """

    def __init__(
        self,
        relations: Sequence[RelationWordings],
        names: Mapping[str, Sequence[str]],
        kinds: Mapping[str, Kind],
    ) -> None:
        self.relations = {one.name: one for one in relations}
        self.names, self.kinds = names, kinds
        self.wordings = [w for one in relations for w in one.wordings]

    def epoch(self, rng: random.Random, most: int = 6) -> Iterator[GoldDocument]:
        """Yield texts that use each wording once."""
        order = list(self.wordings)
        rng.shuffle(order)
        while order:
            count = rng.choice((1, 2, 3, 4, most))
            yield self.text(order[:count], rng)
            del order[:count]

    def text(self, wordings: Sequence[Wording], rng: random.Random) -> GoldDocument:
        """Return a text of the wordings, one after the other."""
        used: dict[str, int] = {}
        parts: list[str] = []
        mentions: list[list[GoldMention]] = []
        facts: list[tuple[int, Kind, int, str]] = []
        at = 0
        for wording in wordings:
            if parts:
                block = "\n" in wording.text or "\n" in parts[-1]
                parts.append("\n\n" if block else rng.choice((" ", " ", " ", "\n")))
                at += len(parts[-1])
            index: dict[str, int] = {}
            text = self._filled(wording, rng, used, at, index, mentions)
            for number, (a, relation, b) in enumerate(wording.facts):
                mood = wording.mood if number == 0 else "stated"
                facts.append((index[a], self.kinds[relation], index[b], mood))
            parts.append(text)
            at += len(text)
        return gold("", "".join(parts), tuple(map(tuple, mentions)), facts)

    def _filled(
        self,
        wording: Wording,
        rng: random.Random,
        used: dict[str, int],
        at: int,
        index: dict[str, int],
        mentions: list[list[GoldMention]],
    ) -> str:
        """Return the wording with its slots filled.

        ``used`` has the entity of each name so far; ``index`` gets that of each slot, and
        ``mentions`` those of the entities.
        """
        chosen: dict[str, Named] = {}
        edges = [(m.start(), m.end()) for m in SLOT.finditer(wording.text)]
        known = self._taken_up(wording, rng, mentions, used)
        pieces: list[str] = []
        ends = [0, *(end for _, end in edges)]
        for match, start in zip(SLOT.finditer(wording.text), ends, strict=False):
            slot = "".join(match.group(1, 2))
            if slot not in chosen:
                chosen[slot] = known.get(slot) or self._name(wording.relation, slot, rng, used)
                if chosen[slot].text not in used:
                    used[chosen[slot].text] = len(mentions)
                    mentions.append([])
                index[slot] = used[chosen[slot].text]
            name = chosen[slot]
            again = name.type == "PER" and slot in known and rng.random() < SURNAME_ALONE
            surface = name.text.split()[-1] if match.group(3) or again else name.text
            before = wording.text[start : match.start()]
            pieces += [before, surface]
            at += len(before)
            mentions[index[slot]].append(GoldMention(Span(at, at + len(surface)), name.type))
            at += len(surface)
        return "".join(pieces) + wording.text[ends[-1] :]

    def _taken_up(
        self,
        wording: Wording,
        rng: random.Random,
        mentions: Sequence[Sequence[GoldMention]],
        used: Mapping[str, int],
    ) -> dict[str, Named]:
        """Return the slot that takes an earlier entity of the text, if any: one alone, so that no
        two sentences speak of the same pair."""
        slot = rng.choice("so")
        lists = self.relations[wording.relation]
        own = lists.subjects if slot == "s" else lists.objects
        kind = self.kinds[wording.relation]
        types = kind.subjects if slot == "s" else kind.objects
        if own or rng.random() >= TAKEN_UP:
            return {}
        fitting = [
            Named(text, mentions[entity][0].type)
            for text, entity in used.items()
            if mentions[entity][0].type in types and mentions[entity][0].type in TAKEN_UP_TYPES
        ]
        return {slot: rng.choice(fitting)} if fitting else {}

    def _name(self, relation: str, slot: str, rng: random.Random, used: Mapping[str, int]) -> Named:
        kind = self.kinds[relation]
        own: Sequence[Named] = ()
        if slot in ("s", "o"):
            lists = self.relations[relation]
            own = lists.subjects if slot == "s" else lists.objects
        for _ in range(20):
            if own:
                named = rng.choice(own)
            else:
                types = kind.subjects if slot == "s" else kind.objects
                wanted = rng.choice(types) if slot in "so" else SLOT_TYPES[slot.rstrip("2")]
                named = Named(rng.choice(self.names[wanted]), wanted)
            if named.text not in used:
                break
        return named


def overlaps(document: GoldDocument) -> bool:
    """Tell whether two mentions of a document share characters."""
    spans = sorted(m.span for e in document.entities for m in e)
    return any(b.start < a.end for a, b in pairwise(spans))
