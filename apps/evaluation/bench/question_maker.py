"""Questions about a made-up memory, with the names that answer them."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from apps.common.names import normalise_name
from apps.evaluation.bench.made_up_memory import Filled
from apps.evaluation.bench.made_up_names import Names, misspelt
from apps.memory.models import Alias, Entity, Triple

SINGLE = {
    "P19": ("Where was {} born?", "In which town was {} born?", "what is the birthplace of {}"),
    "P20": ("Where did {} die?", "In which place did {} pass away?"),
    "P26": ("Who was {} married to?", "Name the spouse of {}."),
    "P69": ("Where did {} study?", "Which university did {} attend?"),
    "P57": ("Who directed {}?", "Who was the director of {}?"),
    "P112": ("Who founded {}?", "By whom was {} founded?"),
    "P159": ("Where are the headquarters of {}?", "In which city is {} headquartered?"),
    "P17": ("In which country is {}?", "Which country does {} belong to?"),
}
INVERSE = {
    "P19": ("Who was born in {}?", "Which people were born in {}?"),
    "P20": ("Who died in {}?",),
    "P57": ("Which films did {} direct?", "What was directed by {}?"),
    "P69": ("Who studied at {}?", "Who was educated at {}?"),
    "P112": ("What did {} found?", "Which organisation was founded by {}?"),
    "P159": ("Which organisations are headquartered in {}?",),
}
TWO_HOPS = {
    ("P57", "P26"): "Who was the director of {} married to?",
    ("P57", "P19"): "Where was the director of {} born?",
    ("P19", "P17"): "In which country is the town where {} was born?",
    ("P112", "P19"): "Where was the founder of {} born?",
    ("P26", "P69"): "Where did the spouse of {} study?",
}
YES_NO = {
    "P19": "Was {} born in {}?",
    "P57": "Was {} directed by {}?",
    "P69": "Did {} study at {}?",
    "P112": "Was {} founded by {}?",
}
TRIES = 2000


@dataclass(frozen=True)
class Asked:
    """A question. ``right`` are the names of all that answer it: none where nothing does."""

    kind: str
    text: str
    right: frozenset[str]
    verdict: str = ""  # yes or no, where that is asked


class Questioner:
    """A seeded source of questions about the memory in the database in use."""

    def __init__(self, filled: Filled, seed: int) -> None:
        self.filled = filled
        self.source = random.Random(seed)
        self._strange = Names(filled.entities, seed=seed + 1)
        self.kinds: dict[str, Callable[[], Asked | None]] = {
            "single": self._single,
            "alias": self._alias,
            "inverse": self._inverse,
            "two hops": self._two_hops,
            "yes/no": self._yes_no,
            "time": self._time,
            "misspelt": self._misspelt,
            "absent": self._absent,
            "unknown": self._unknown,
        }

    def questions(self, number: int) -> list[Asked]:
        """Return that many questions, of every kind in turn."""
        made: list[Asked] = []
        kinds = list(self.kinds)
        for at in range(number):
            make = self.kinds[kinds[at % len(kinds)]]
            found = next((one for _ in range(TRIES) if (one := make()) is not None), None)
            if found is None:  # a memory too small for the kind
                found = self._unknown()
            made.append(found)
        return made

    def _triple(self) -> Triple:
        pk = self.source.randint(1, self.filled.facts)
        rows = Triple.objects.select_related("subject", "relation", "object")
        return rows.defer("subject__embedding", "object__embedding").get(pk=pk)

    def _single(self) -> Asked | None:
        triple = self._triple()
        return self._about("single", triple, triple.subject.name)

    def _alias(self) -> Asked | None:
        triple = self._triple()
        alias = triple.subject.aliases.first()
        if alias is None or Alias.objects.filter(normalised=alias.normalised).count() > 1:
            return None
        return self._about("alias", triple, alias.name)

    def _misspelt(self) -> Asked | None:
        triple = self._triple()
        wrong = misspelt(triple.subject.name, self.source)
        return self._about("misspelt", triple, wrong) if wrong != triple.subject.name else None

    def _about(self, kind: str, triple: Triple, name: str) -> Asked | None:
        """Ask for the object of a fact, whose subject is called ``name``."""
        property_ = triple.relation.wikidata_property
        if property_ not in SINGLE:
            return None
        text = self.source.choice(SINGLE[property_]).format(name)
        return Asked(kind, text, _objects(triple.subject, property_))

    def _inverse(self) -> Asked | None:
        triple = self._triple()
        property_ = triple.relation.wikidata_property
        if property_ not in INVERSE:
            return None
        rows = Triple.objects.filter(object=triple.object_id, relation=triple.relation_id)
        text = self.source.choice(INVERSE[property_]).format(triple.object.name)
        return Asked("inverse", text, frozenset(rows.values_list("subject__name", flat=True)))

    def _two_hops(self) -> Asked | None:
        triple = self._triple()
        ways = [way for way in TWO_HOPS if way[0] == triple.relation.wikidata_property]
        if not ways:
            return None
        first, second = self.source.choice(ways)
        middles = _related(triple.subject, first)
        right = frozenset(name for middle in middles.values() for name in _objects(middle, second))
        text = TWO_HOPS[first, second].format(triple.subject.name)
        return Asked("two hops", text, right) if right else None

    def _yes_no(self) -> Asked | None:
        triple = self._triple()
        property_ = triple.relation.wikidata_property
        if property_ not in YES_NO:
            return None
        right = _objects(triple.subject, property_)
        said = triple.object.name
        if self.source.random() < 0.5:
            other = self._triple().object
            said = other.name if other.type == triple.object.type else said
        verdict = "yes" if said in right else "no"
        return Asked("yes/no", YES_NO[property_].format(triple.subject.name, said), right, verdict)

    def _time(self) -> Asked | None:
        triple = self._triple()
        if triple.valid_from is None or triple.valid_to is None:
            return None
        year = triple.valid_from.year
        rows = Triple.objects.filter(
            subject=triple.subject_id, relation=triple.relation_id,
            valid_from__year__lte=year, valid_to__year__gt=year,
        )  # fmt: skip
        text = f"Who was the employer of {triple.subject.name} in {year}?"
        return Asked("time", text, frozenset(rows.values_list("object__name", flat=True)))

    def _absent(self) -> Asked | None:
        subject = self._triple().subject
        if subject.type != "PER":
            return None
        property_ = self.source.choice(("P19", "P20", "P26", "P69"))
        if _related(subject, property_):
            return None
        text = self.source.choice(SINGLE[property_]).format(subject.name)
        return Asked("absent", text, frozenset())

    def _unknown(self) -> Asked:
        name = self._strange.name()[0]
        while Entity.objects.filter(normalised=normalise_name(name)).exists():
            name = self._strange.name()[0]
        wordings = self.source.choice(list(SINGLE.values()))
        return Asked("unknown", self.source.choice(wordings).format(name), frozenset())


def _related(entity: Entity, property_: str) -> dict[int, Entity]:
    """Return what an entity has of a relation; spouses from both sides."""
    rows = Triple.objects.filter(relation__wikidata_property=property_)
    rows = rows.select_related("subject", "object")
    found = {row.object_id: row.object for row in rows.filter(subject=entity)}
    if property_ == "P26":
        found |= {row.subject_id: row.subject for row in rows.filter(object=entity)}
    return found


def _objects(entity: Entity, property_: str) -> frozenset[str]:
    return frozenset(one.name for one in _related(entity, property_).values())
