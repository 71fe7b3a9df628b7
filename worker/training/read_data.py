"""Training questions of the read head.

Two kinds: SimpleQuestions (Bordes et al. 2015; on Wikidata: Diefenbach et al. 2017), questions
that people wrote with their Wikidata property, ``R`` marking the inverse; and wordings written
for the 95 relations of Re-DocRED and for some others, filled with names of facts.
"""

from __future__ import annotations

import json
import random
import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from worker.heads.encoder.relation_matching import MASKS, UNKNOWN_MASK, relation_text
from worker.training import redocred
from worker.types import RelationSpec, Side

Label: TypeAlias = tuple[str, Side]  # a Wikidata property and the side that is known

WORDINGS = Path(__file__).parent / "data" / "wordings.json"
OTHERS = Path(__file__).parent / "data" / "other_relations.json"
OUTSIDE = Path(__file__).parent / "data" / "outside.json"
REPORTED = Path(__file__).parent / "data" / "wordings_reported.json"
_WORD = re.compile(r"[^\s?.,!\"]+")
_COUNTING = (
    ("Who was ", "How many people were "),
    ("Who is ", "How many people are "),
    ("Who ", "How many people "),
    ("Which ", "How many "),
    ("What is ", "How many things are "),
    ("What ", "How many things "),
)
_RARE = 25  # a word in fewer training questions than this may be part of a name


class MalformedQuestions(ValueError):
    """The file is not in the form of annotated_wd_data_train.txt."""


@dataclass(frozen=True)
class AskedQuestion:
    """A question and the relation, with side, that it asks for."""

    text: str
    label: Label


@dataclass(frozen=True)
class Wordings:
    """Question patterns with ``{x}`` for the known entity, for each relation and side."""

    patterns: Mapping[Label, tuple[str, ...]]

    def without(self, other: Wordings) -> Wordings:
        """Return the wordings that ``other`` does not have."""
        kept = {}
        for label, patterns in self.patterns.items():
            gone = {_bare(pattern) for pattern in other.patterns.get(label, ())}
            kept[label] = tuple(p for p in patterns if _bare(p) not in gone)
        return Wordings(kept)


def _bare(pattern: str) -> str:
    return re.sub(r"\W+", " ", pattern).strip().casefold()


@dataclass(frozen=True)
class Corpus:
    """What the read head is trained on."""

    relations: Mapping[str, RelationSpec]  # by Wikidata property
    questions: Sequence[AskedQuestion]
    wordings: Wordings
    names: Mapping[Label, Sequence[tuple[str, str]]]  # (name, type) of the known side
    outside: Sequence[str] = ()  # wordings that ask for none of the relations
    others: frozenset[str] = frozenset()  # ids of relations that the schema lacks
    rare: frozenset[str] = field(repr=False, default=frozenset())

    @property
    def labels(self) -> list[Label]:
        found = {question.label for question in self.questions} | set(self.wordings.patterns)
        return sorted(found)


def read_questions(path: Path) -> list[AskedQuestion]:
    """Return the questions of a SimpleQuestions file. Raises MalformedQuestions."""
    questions = []
    for number, line in enumerate(
        path.read_text(encoding="utf-8").strip("\n").split("\n"), start=1
    ):
        fields = line.split("\t")
        if len(fields) != 4 or not re.fullmatch(r"[PR]\d+", fields[1]):
            raise MalformedQuestions(f"{path.name}, line {number}: expected four fields, tabbed")
        known: Side = "subject" if fields[1].startswith("P") else "object"
        questions.append(AskedQuestion(fields[3], ("P" + fields[1][1:], known)))
    return questions


def read_relations(path: Path, labels: Path) -> dict[str, RelationSpec]:
    """Return the relations of a relations.json, and by name alone those of the labels file."""
    names: dict[str, str] = json.loads(labels.read_text(encoding="utf-8"))
    names["P738"] = "influence of"  # deleted from Wikidata; SimpleQuestions still uses it
    relations = {
        property_: RelationSpec(id=property_, name=name, wikidata_property=property_)
        for property_, name in names.items()
    }
    for item in json.loads(path.read_text(encoding="utf-8")):
        relations[item["wikidata_property"]] = relation_spec(item)
    return relations


def relation_spec(item: Mapping[str, object], *, everything: bool = False) -> RelationSpec:
    """Return an item of relations.json as a head sees it, its property as its id.

    The wordings that are kept apart are left out, so that they can be asked, unless
    ``everything`` is wanted.
    """
    fields = dict(item)
    property_ = str(fields["wikidata_property"])
    for name in (
        "aliases", "subject_types", "object_types", "cue_words", "implies", "implies_back",
    ):  # fmt: skip
        fields[name] = tuple(fields.get(name, ()))  # type: ignore[arg-type]
    for name in ("questions", "inverse_questions"):
        patterns: list[str] = fields[name]  # type: ignore[assignment]
        apart = len(patterns) if everything else _kept_apart(property_, patterns)
        fields[name] = tuple(patterns[:apart] + patterns[apart + 1 :])
    fields.pop("inverse_property", None)
    return RelationSpec(id=property_, **fields)  # type: ignore[arg-type]


def _kept_apart(property_: str, patterns: Sequence[str]) -> int:
    """Return which of a relation's wordings the training leaves out, by its number alone."""
    return int(property_[1:]) % len(patterns)


def read_wordings(relations: Path, written: Path = WORDINGS) -> tuple[Wordings, Wordings]:
    """Return (wordings to train on, wordings kept apart).

    Of the wordings in relations.json, one for each relation and side is kept apart and left out
    of the training part, also where ``written`` has it too. The choice depends on nothing but
    the property's number. What ``written`` says of other relations is passed over.
    """
    train: dict[Label, list[str]] = defaultdict(list)
    apart: dict[Label, tuple[str, ...]] = {}
    for item in json.loads(relations.read_text(encoding="utf-8")):
        property_ = item["wikidata_property"]
        for known, key in (("subject", "questions"), ("object", "inverse_questions")):
            label: Label = (property_, known)  # type: ignore[assignment]
            patterns = [re.sub(r"\{(?:subject|object)\}", "{x}", text) for text in item[key]]
            chosen = _kept_apart(property_, patterns)
            apart[label] = (patterns[chosen],)
            train[label] += patterns[:chosen] + patterns[chosen + 1 :]
    for property_, sides in json.loads(written.read_text(encoding="utf-8")).items():
        if (property_, "subject") not in apart:
            continue
        train[property_, "subject"] += sides["forward"]
        train[property_, "object"] += sides["inverse"]
    kept = Wordings(apart)
    return Wordings({label: tuple(texts) for label, texts in train.items()}).without(kept), kept


def read_others(path: Path) -> tuple[dict[str, RelationSpec], Wordings]:
    """Return relations that the standard schema lacks, with their wordings, to train on.

    The file knows those that SimpleQuestions asks for by their Wikidata property, the others by
    their name.
    """
    relations: dict[str, RelationSpec] = {}
    patterns: dict[Label, tuple[str, ...]] = {}
    for name, item in json.loads(path.read_text(encoding="utf-8")).items():
        relations[name] = RelationSpec(id=name, name=name, template=item["template"])
        patterns[name, "subject"] = tuple(item["forward"])
        if item["inverse"]:
            patterns[name, "object"] = tuple(item["inverse"])
    return relations, Wordings(patterns)


def read_reported(
    relations: Path, reported: Path = REPORTED
) -> tuple[Wordings, Mapping[str, tuple[str, ...]]]:
    """Return wordings to report figures on, and phrases for an object ("the father of {x}").

    Wordings that the training or the choice of settings has seen are left out.
    """
    written = json.loads(reported.read_text(encoding="utf-8"))
    patterns: dict[Label, tuple[str, ...]] = {}
    for property_, sides in written.items():
        patterns[property_, "subject"] = tuple(sides["forward"])
        patterns[property_, "object"] = tuple(sides["inverse"])
    unseen = Wordings(patterns)
    for seen in read_wordings(relations):
        unseen = unseen.without(seen)
    kept = {label: texts for label, texts in unseen.patterns.items() if texts}
    return Wordings(kept), {p: tuple(s["phrase"]) for p, s in written.items() if s["phrase"]}


def read_names(
    documents: Sequence[redocred.GoldDocument],
) -> dict[Label, list[tuple[str, str]]]:
    """Return the (name, type) of the known side of every fact, for each relation and side."""
    names: dict[Label, list[tuple[str, str]]] = defaultdict(list)
    for document in documents:
        for triple in document.triples:
            for entity, known in ((triple.subject, "subject"), (triple.object, "object")):
                mention = max(document.entities[entity], key=lambda m: m.span.end - m.span.start)
                name = mention.span.of(document.text)
                names[triple.property, known].append((name, mention.type))  # type: ignore[index]
    return dict(names)


def rare_words(questions: Sequence[AskedQuestion]) -> frozenset[str]:
    """Return the words that may belong to names, as few questions use them."""
    counts = Counter(
        word for question in questions for word in set(_WORD.findall(question.text.lower()))
    )
    return frozenset(word for word, count in counts.items() if count < _RARE)


def mask_rare(text: str, rare: frozenset[str]) -> str:
    """Return the question with its stretch of rare words replaced, as a guess at its entity."""
    words = [(m.start(), m.end()) for m in _WORD.finditer(text) if m.group().lower() in rare]
    if not words or words[-1][1] - words[0][0] > 40:
        return text
    return text[: words[0][0]] + UNKNOWN_MASK + text[words[-1][1] :]


def equivalents(path: Path) -> dict[Label, set[Label]]:
    """Return which labels ask for the same facts, by ``inverse_property`` in relations.json."""
    same: dict[Label, set[Label]] = defaultdict(set)
    for item in json.loads(path.read_text(encoding="utf-8")):
        if other := item.get("inverse_property"):
            here: str = item["wikidata_property"]
            forward: tuple[Label, Label] = ((here, "subject"), (other, "object"))
            backward: tuple[Label, Label] = ((here, "object"), (other, "subject"))
            for one, two in (forward, backward):
                same[one].add(two)
                same[two].add(one)
    return dict(same)


def turned(same: Mapping[Label, set[Label]]) -> dict[str, str]:
    """Return for each property the one other that states the same facts from their objects."""
    found = {}
    for (property_, known), others in same.items():
        if known == "subject" and len(others) == 1:
            ((other, _),) = others
            if same.get((other, "subject")) == {(property_, "object")}:
                found[property_] = other
    return found


def filled(corpus: Corpus, pattern: str, label: Label, rng: random.Random) -> str:
    """Return a wording with a name or its type's words in it, varied as people write."""
    if rng.random() < 0.1:
        pattern = counting(pattern)
    return _varied(pattern.replace("{x}", _name(corpus, label, rng)), rng)


def fill_statement(corpus: Corpus, property_: str, rng: random.Random) -> str:
    """Return a question whether a relation holds between two entities."""
    relation = corpus.relations[property_]
    names = {
        "{subject}": _name(corpus, (property_, "subject"), rng),
        "{object}": _name(corpus, (property_, "object"), rng),
    }
    words = relation.template or f"{{subject}} {relation.name} {{object}}"
    text = re.sub(r"\{(?:subject|object)\}", lambda m: names[m.group()], words).rstrip(". ")
    opening = rng.choice(("Is it true that ", "Is it right that ", "Did ", "Does ", "Is ", ""))
    return _varied(opening + text + "?", rng)


def counting(pattern: str) -> str:
    """Return a question for names as a question for their number, where its form allows."""
    for opening, instead in _COUNTING:
        if pattern.startswith(opening):
            return instead + pattern[len(opening) :]
    return pattern


def _name(corpus: Corpus, label: Label, rng: random.Random) -> str:
    known = corpus.names.get(label)
    if known:
        name, type_ = rng.choice(known)
    else:
        relation = corpus.relations[label[0]]
        types = relation.subject_types if label[1] == "subject" else relation.object_types
        name, type_ = "", rng.choice(types) if types else ""
    if not name or rng.random() < 0.5:
        return MASKS[type_] if type_ in MASKS and rng.random() < 0.6 else UNKNOWN_MASK
    return name


def fill_outside(corpus: Corpus, rng: random.Random) -> str:
    """Return a question about some entity that asks for none of the relations."""
    name, type_ = rng.choice(corpus.names[rng.choice(sorted(corpus.names))])
    if rng.random() < 0.5:
        name = MASKS.get(type_, UNKNOWN_MASK)
    return _varied(rng.choice(corpus.outside).replace("{x}", name), rng)


def _varied(text: str, rng: random.Random) -> str:
    text = text.rstrip("?. ") if rng.random() < 0.6 else text
    if rng.random() < 0.1:
        text = rng.choice(("Tell me: ", "I want to know ", "Do you know ", "Please say: ")) + text
    if rng.random() < 0.05 and len(text) > 12:
        at = rng.randrange(4, len(text) - 2)
        text = text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    return text


def label_text(corpus: Corpus, label: Label, rng: random.Random | None = None) -> str:
    """Return a relation text; with ``rng`` some of its parts are left out, as users will."""
    relation = corpus.relations[label[0]]
    if rng is None or rng.random() < 0.5:
        return relation_text(relation, label[1])
    aliases = tuple(rng.sample(relation.aliases, rng.randint(0, len(relation.aliases))))
    partial = RelationSpec(
        id=relation.id,
        name=relation.name,
        aliases=aliases,
        description=relation.description,
        inverse_name=relation.inverse_name if rng.random() < 0.5 else "",
        template=relation.template if rng.random() < 0.6 else "",
    )
    return relation_text(partial, label[1])
