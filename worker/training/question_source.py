"""Drawing the questions of ``worker.training.question_sets`` from the facts of a memory."""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from worker.training import read_data
from worker.training.read_data import Label
from worker.training.read_questions import NoQuestion, QuestionSource, TestQuestion
from worker.types import SIDES, EntityRef, Fact, MemoryQuery

Period = tuple[date, date | None]
# Relations that hold for a while: their facts may get a period.
_TIMED = ("P6", "P26", "P27", "P35", "P39", "P54", "P102", "P108", "P118", "P127", "P463", "P488",
          "P551", "P937", "P1412")  # fmt: skip
_EXCLUDING = ("PER", "ORG", "MISC")
_LETTERS = re.compile(r"[^\W\d_]{5,}")


@dataclass(frozen=True)
class SetQuestion(TestQuestion):
    """A question of a file; ``value`` is a right answer that is no entity."""

    value: str = ""
    as_of: str = ""


class SetSource(QuestionSource):
    """Draws the questions of a file; facts with a period are asked about with a time only."""

    periods: Mapping[str, Period] = {}
    steps: Mapping[str, Sequence[str]] = {}  # by property: phrases for the object of a fact

    def _held(self, entity: EntityRef, label: Label) -> frozenset[str]:
        self._only(entity)
        subject = MemoryQuery("", subject=entity.name, subject_id=entity.id, relation_id=label[0])
        object_ = MemoryQuery("", object=entity.name, object_id=entity.id, relation_id=label[0])
        for query in (subject, object_):
            if any(fact.triple_id in self.periods for fact in self.memory.read(query).facts):
                raise NoQuestion
        return super()._held(entity, label)

    def _only(self, entity: EntityRef) -> None:
        """Skip a name that stands for several entities, or in which another name is found."""
        found = self.memory.find_entities(entity.name)
        if {other.id for _, _, other in found} != {entity.id}:
            raise NoQuestion

    def _wording(self, label: Label, entity: EntityRef) -> str:
        return self._worded(label, entity.name)

    def _worded(self, label: Label, name: str) -> str:
        if not self.patterns.get(label):
            raise NoQuestion
        return self.rng.choice(self.patterns[label]).replace("{x}", name)

    def _single(self) -> TestQuestion | None:
        question = self._asked("single", "subject")
        return question if question and len(question.answers) == 1 else None

    def _list(self) -> TestQuestion | None:
        question = self._asked("list", self.rng.choice(("subject", "object")))
        return question if question and len(question.answers) > 1 else None

    def _count(self) -> TestQuestion | None:
        question = self._asked("count", self.rng.choice(("subject", "object")))
        if question is None or len(question.answers) < 2:
            return None
        text = read_data.counting(question.text)
        if text == question.text or text.startswith(("How many was", "How many is")):
            return None
        return SetQuestion("count", text, question.answers, value=str(len(question.answers)))

    def _yes_no(self) -> TestQuestion | None:
        """Ask whether a fact holds; "no" is right where it leaves no room for what is asked."""
        fact = self._fact()
        held = self._held(fact.subject, (fact.relation.id, "subject"))
        asked, value = fact.object, "yes"
        if fact.relation.single_valued and fact.object.type in _EXCLUDING and len(held) == 1:
            asked = self._fact().object
            value = "no"
            if asked.type != fact.object.type or asked.id in held or asked == fact.subject:
                return None
        self._only(asked)
        pattern = self.rng.choice(verdict_patterns(fact.relation.template))
        names = {"{subject}": fact.subject.name, "{object}": asked.name}
        text = re.sub(r"\{\w+\}", lambda m: names[m.group()], pattern)
        return SetQuestion("yes_no", text, frozenset(), value=value)

    def _absent(self) -> TestQuestion | None:
        """The entity is known, and would fit, but has no such fact."""
        entity = self._fact().subject
        label: Label = (self.rng.choice(sorted(self._relations)), "subject")
        fits = entity.type in self._relations[label[0]].subject_types
        if not fits or self._held(entity, label):
            return None
        return TestQuestion("absent", self._wording(label, entity), frozenset())

    def _two_hops(self) -> TestQuestion | None:
        return self._hops("two_hops", 1)

    def _three_hops(self) -> TestQuestion | None:
        return self._hops("three_hops", 2)

    def _hops(self, kind: str, count: int) -> TestQuestion | None:
        """Ask about what ``count`` steps lead to, each to one entity alone."""
        fact = self.rng.choice([f for f in self.facts if f.relation.id in self.steps])
        at, phrase = fact.subject, fact.subject.name
        self._only(at)
        for _ in range(count):
            ways = [pid for pid in sorted(self.steps) if self._next(at, pid)]
            if not ways:
                return None
            chosen = self.rng.choice(ways)
            phrase = self.rng.choice(self.steps[chosen]).replace("{x}", phrase)
            at = self._next(at, chosen)[0].object
        asked = [
            (relation.id, known)
            for relation in self._relations.values()
            for known in SIDES
            # A thing of the right kind: no mouth of the publisher of a song.
            if at.type in (relation.subject_types if known == "subject" else relation.object_types)
            and 0 < len(self._held_always(at, (relation.id, known)) - {fact.subject.id}) < 30
        ]
        if not asked:
            return None
        label = self.rng.choice(asked)
        answers = self._held(at, label)
        if fact.subject.id in answers:  # back to where it began
            return None
        pattern = self._worded(label, "{x}")
        if "{x}'s" in pattern:  # whose children are "the spouse of Ada's children"?
            return None
        text = pattern.replace("{x}", phrase)
        return TestQuestion(kind, text[0].upper() + text[1:], answers)

    def _held_always(self, entity: EntityRef, label: Label) -> frozenset[str]:
        try:
            return self._held(entity, label)
        except NoQuestion:
            return frozenset()

    def _next(self, entity: EntityRef, property_: str) -> tuple[Fact, ...]:
        """Return the only fact without a period of a property, or nothing."""
        query = MemoryQuery("", relation_id=property_, subject=entity.name, subject_id=entity.id)
        facts = self.memory.read(query).facts
        if len(facts) != 1 or facts[0].triple_id in self.periods:
            return ()
        return facts

    def _misspelt(self) -> TestQuestion | None:
        """Ask with two letters of a name exchanged or one left out."""
        known = self.rng.choice(("subject", "object"))
        fact = self._fact()
        entity = fact.subject if known == "subject" else fact.object
        words = list(_LETTERS.finditer(entity.name))
        if not words or any(char.isdigit() for char in entity.name):
            return None
        label: Label = (fact.relation.id, known)  # type: ignore[assignment]
        answers = self._held(entity, label)
        word = self.rng.choice(words)
        at = self.rng.randrange(word.start() + 1, word.end() - 1)
        one, two = entity.name[at], entity.name[at + 1]
        name = entity.name[:at] + self.rng.choice((two + one, two)) + entity.name[at + 2 :]
        if one == two or self.memory.find_entities(name) or not 0 < len(answers) < 30:
            return None
        text = self._wording(label, entity).replace(entity.name, name)
        return TestQuestion("misspelt", text, answers)

    def _time(self) -> TestQuestion | None:
        fact, day = self._dated()
        text = self._wording((fact.relation.id, "subject"), fact.subject)
        text = f"{text.rstrip('?. ')} in {day.year}?"
        return TestQuestion("time", text, frozenset({fact.object.id}))

    def _as_of(self) -> TestQuestion | None:
        fact, day = self._dated()
        text = self._wording((fact.relation.id, "subject"), fact.subject)
        return SetQuestion("as_of", text, frozenset({fact.object.id}), as_of=day.isoformat())

    def _dated(self) -> tuple[Fact, date]:
        """Return a fact with a period and a day inside it; no other fact holds on that day."""
        fact = self.rng.choice([f for f in self.facts if f.triple_id in self.periods])
        self._only(fact.subject)
        query = MemoryQuery("", relation_id=fact.relation.id, subject=fact.subject.name,
                            subject_id=fact.subject.id)  # fmt: skip
        if any(f.triple_id not in self.periods for f in self.memory.read(query).facts):
            raise NoQuestion
        begin, end = self.periods[fact.triple_id]
        last = end.year - 1 if end else begin.year + 5
        return fact, date(self.rng.randint(begin.year, last), self.rng.randint(1, 12), 15)


def verdict_patterns(template: str) -> list[str]:
    """Return questions whether what a template states is so.

    >>> verdict_patterns("{subject} was born in {object}.")[1:]
    ['Was {subject} born in {object}?']
    """
    statement = template.rstrip(". ")
    patterns = [f"Is it true that {statement[:1].lower()}{statement[1:]}?"]
    if found := re.fullmatch(r"(\{\w+\}) (was|is|has) (.+)", statement):
        patterns.append(f"{found[2].capitalize()} {found[1]} {found[3]}?")
    elif found := re.fullmatch(r"The (.+) is (\{object\})", statement):
        patterns.append(f"Is {found[2]} the {found[1]}?")
    return patterns


def periods_of(facts: Sequence[Fact], seed: int) -> dict[str, Period]:
    """Return periods, one after the other, for facts that share subject and relation."""
    rng = random.Random(seed)
    groups: dict[tuple[str, str], list[Fact]] = defaultdict(list)
    for fact in dict.fromkeys(facts):
        groups[fact.subject.id, fact.relation.id].append(fact)
    periods: dict[str, Period] = {}
    for (_, relation), group in sorted(groups.items()):
        if relation not in _TIMED or not 2 <= len(group) <= 4:
            continue
        year = rng.randrange(1900, 1990)
        for fact in group:
            begin, year = year, year + rng.randrange(3, 12)
            last = fact is group[-1]
            periods[fact.triple_id] = (date(begin, 1, 1), None if last else date(year, 1, 1))
    return periods
