"""Questions that lean on earlier ones: "And her husband?", "What about Paris?", "And in 1995?"."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from worker.english.follow_ups import (
    ASKED,
    ASKS_PERSON,
    BARE,
    EMPTY_IT,
    EMPTY_THERE,
    FILLER,
    LEAD,
    NEVER_NAMED,
    NO_VERB,
    OF_THEM,
    OWNED,
    PRO_FORM,
    THAT,
    WHO_DID,
)
from worker.english.words import POSSESSIVES
from worker.heads.encoder.mentions import named_entities
from worker.heads.encoder.pronouns import (
    FEMALE_WORDS,
    MALE_WORDS,
    Said,
    meant,
    meant_all,
    named_together,
)
from worker.heads.encoder.topics import (
    Choice,
    definite_noun,
    names_nothing,
    put_in,
    topics,
    with_topic,
)
from worker.heads.timing import asked_times
from worker.interfaces import Memory
from worker.types import EntityRef, Turn

Find = Callable[[str], list[tuple[int, int, EntityRef]]]

_FARTHEST = 6  # turns that are looked back on
_OF_ANSWER = frozenset(
    {"husband", "wife", "father", "mother", "son", "daughter", "brother", "sister"}
)
_OPPOSITE = {"husband": "f", "wife": "m"}


@dataclass(frozen=True)
class FollowUp:
    """A question that stands on its own, and how its parts were taken, in sentences.

    ``words`` stand for something of an earlier turn (empty where nothing does), and ``choices``
    are the question with each thing that they may mean, the likeliest first.
    """

    text: str
    understood: tuple[str, ...] = ()
    each: tuple[tuple[EntityRef, str], ...] = ()  # one question for each thing that "they" are
    words: str = ""
    choices: tuple[Choice, ...] = ()

    def taking(self, choice: Choice) -> FollowUp:
        """Return the question with one of its choices."""
        name = choice.entity.name
        note = f"“{self.words}” is taken for {name}."
        if not self.words:
            note = f"The question names nothing and is taken to be about {name}."
        return replace(self, text=choice.text, understood=(note,))


def in_full(
    question: str,
    turns: Sequence[Turn],
    memory: Memory,
    today: date,
    *,
    joined: bool = False,
    topic: EntityRef | None = None,
) -> FollowUp:
    """Return ``question`` with what it leaves to earlier turns put in its place.

    A question that needs no turn comes back as it is. ``joined`` tells that it goes on from the
    last turn in the same sentence. ``topic`` is what it is about by the word of a person.
    """
    leans = any(p.search(question) for p in (LEAD, PRO_FORM, BARE, THAT))
    if not (turns or topic) or not (leans or _names_no_thing(question, memory)):
        return FollowUp(question)
    said, gender = _history(turns[-_FARTHEST:], memory, today)
    if joined:
        said[-1] = replace(said[-1], joined=True)
    return _Resolver(said, gender, memory, today, topic).resolved(question)


def _names_no_thing(question: str, memory: Memory) -> bool:
    """Tell whether a question names nothing but times and numbers."""
    named = named_entities(memory, question)
    return all(one.type in ("TIME", "NUM") or _is_literal(one.entities) for one in named)


def _named_surely(text: str, memory: Memory) -> list[EntityRef]:
    """Return what a text names beyond doubt, also where nothing was looked up for it."""
    named = named_entities(memory, text)
    return [one.entities[0] for one in named if len(one.entities) == 1]


def _is_literal(entities: Iterable[EntityRef]) -> bool:
    return all(entity.kind in ("time", "quantity") for entity in entities)


def _history(
    turns: Sequence[Turn], memory: Memory, today: date
) -> tuple[list[Said], dict[str, str]]:
    said: list[Said] = []
    gender: dict[str, str] = {}
    for turn in turns:
        taken = frozenset(entity.id for entity in turn.entities)
        full = _Resolver(said, gender, memory, today).resolved(turn.question, taken)
        text = " ".join(one for _, one in full.each) or full.text
        hits = memory.find_entities(text)
        named = {entity.id: entity for _, _, entity in hits}  # with their types
        known = tuple(named[entity.id] for entity in turn.entities if entity.id in named)
        known += tuple(one for one in _named_surely(text, memory) if one not in known)
        answers = tuple(entity for entity in turn.entities if entity.id not in named)
        listed = {entity.id for entity, _ in full.each} or named_together(text, hits)
        person = ASKS_PERSON.search(text) is not None
        own = () if full.choices else known
        said.append(Said(full.text, known, answers, person, frozenset(listed), named=own))
        _note_gender(turn.question, said[-1], gender)
    return said, gender


def _note_gender(question: str, said: Said, gender: dict[str, str]) -> None:
    for word in re.findall(r"\w+", question.lower()):
        sex = "m" if word in MALE_WORDS else "f" if word in FEMALE_WORDS else ""
        if not sex:
            continue
        for entity in said.answers if word in _OF_ANSWER else said.known[:1]:
            gender.setdefault(entity.id, sex)
        if word in _OPPOSITE:
            for entity in said.known[:1]:
                gender.setdefault(entity.id, _OPPOSITE[word])


@dataclass(frozen=True)
class _Resolver:
    """Puts in the place of words what they stand for after what was ``said``."""

    said: Sequence[Said]
    gender: dict[str, str]
    memory: Memory
    today: date
    topic: EntityRef | None = None

    def resolved(self, question: str, taken: frozenset[str] = frozenset()) -> FollowUp:
        """Return a question in full; of several things that it may be about, one of the ids that
        were ``taken``, else the likeliest."""
        if not self.said and self.topic is None:
            return FollowUp(question)
        if self.said and (bare := BARE.match(question)):
            return _asked_anew(bare["word"], self.said[-1].text) or FollowUp(question)
        lead = LEAD.match(question)
        rest = question[lead.end() :] if lead else question
        found = self._by_words(rest, lead is not None)
        if found is None:
            return FollowUp((rest or question) if lead else question)
        return _first_of(found, taken) if found.choices else found

    def _by_words(self, text: str, led: bool) -> FollowUp | None:
        """Read a question by its pronoun, else, after "and" or "what about", by the one name or
        time that is new in it, else by the topic."""
        find = self.memory.find_entities
        if pronoun := _pronoun(text, find):
            return self._by_pronoun(text, pronoun)
        if led and self.said:
            full = _substituted(text, self.said[-1].text, find, self.today)
            return full or self._by_topic(text)
        return self._by_topic(text)

    def _by_pronoun(self, text: str, pronoun: re.Match[str]) -> FollowUp | None:
        word = pronoun.group("word").lower()
        several = meant_all(word, self.said)
        if len(several) > 1 and self.topic is None:
            return _with_each(text, pronoun, several)
        those = meant(word, self.said, self.gender)
        return self._with_choices(
            pronoun.group(), those, lambda entity: _with_name(text, pronoun, entity)
        )

    def _by_topic(self, text: str) -> FollowUp | None:
        """Put a topic into a question that names nothing."""
        if not _names_no_thing(text, self.memory):
            return None
        if noun := definite_noun(text):
            return self._with_choices(
                noun.words,
                topics(self.said, noun.types),
                lambda entity: put_in(text, noun.start, noun.end, entity.name, entity),
            )
        if that := THAT.search(text):
            return self._with_choices(
                that.group(),
                meant("it", self.said, self.gender),
                lambda entity: put_in(text, *that.span(), entity.name, entity),
            )
        if not names_nothing(text):
            return None
        return self._with_choices("", topics(self.said), lambda entity: with_topic(text, entity))

    def _with_choices(
        self, words: str, those: Sequence[EntityRef], put: Callable[[EntityRef], Choice]
    ) -> FollowUp | None:
        chosen = [self.topic] if self.topic else those
        choices = tuple(put(entity) for entity in chosen)
        if self.topic:  # what else it may be is still told
            choices += tuple(put(one) for one in those if one.id != self.topic.id)
        return FollowUp("", words=words, choices=choices) if choices else None


def _first_of(full: FollowUp, taken: frozenset[str]) -> FollowUp:
    held = [choice for choice in full.choices if choice.entity.id in taken]
    return full.taking([*held, *full.choices][0])


def _pronoun(text: str, find: Find) -> re.Match[str] | None:
    """Return the first pronoun that no name before it in the text explains."""
    for match in PRO_FORM.finditer(text):
        if EMPTY_IT.search(text) and match.group().lower() == "it":
            continue
        if EMPTY_THERE.search(text) and match.group().lower() == "there":
            continue
        named = [text[s:e] for s, e, _ in find(text) if e <= match.start()]
        if any(name[:1].isupper() for name in named if name.lower() not in NEVER_NAMED):
            return None
        return match
    return None


def _with_name(text: str, pronoun: re.Match[str], entity: EntityRef) -> Choice:
    word = pronoun.group().lower()
    follows = OWNED.match(text[pronoun.end() :])
    possessive = word in ("his", "its", "their") or (word in POSSESSIVES and follows)
    name = entity.name + ("'s" if possessive else "")
    if word == "there":
        name = f"in {name}"
    return put_in(text, *pronoun.span(), name, entity)


def _with_each(text: str, pronoun: re.Match[str], entities: Sequence[EntityRef]) -> FollowUp:
    """Return one question for each of the things that a pronoun stands for."""
    whole = OF_THEM.sub(lambda match: match["word"] or match["word_"], text)
    found = PRO_FORM.search(whole, max(0, pronoun.start() - (len(text) - len(whole))))
    if found is None:
        return FollowUp(text)
    each = tuple((entity, _with_name(whole, found, entity).text) for entity in entities)
    first = " and ".join(
        part for part in (", ".join(e.name for e in entities[:-1]), entities[-1].name) if part
    )
    return FollowUp(each[0][1], (f"“{pronoun.group()}” is taken for {first}.",), each)


def _asked_anew(word: str, earlier: str) -> FollowUp | None:
    """Put "when" in the place of the earlier question's "where"."""
    asked = ASKED.match(earlier)
    if asked is None:
        return None
    text = word.capitalize() + earlier[asked.end() :]
    did = WHO_DID.match(earlier)
    if did and did["verb"].lower() not in NO_VERB and not word.lower().startswith("who"):
        text = f"{word.capitalize()} was {did['rest']} {did['verb']}?"
    return FollowUp(text, (f"Taken for the question “{text}”",))


def _substituted(rest: str, earlier: str, find: Find, today: date) -> FollowUp | None:
    """Put the one new name, or the new time, of ``rest`` into the earlier question."""
    time = next(asked_times(rest, today), None)
    bare = time.text if time else rest
    new = max(find(bare), key=lambda hit: hit[1] - hit[0], default=None)
    left = bare[: new[0]] + bare[new[1] :] if new else bare
    if FILLER.sub("", re.sub(r"['’]s\b", "", left)) or not (new or time):
        return None
    text = earlier
    if time:
        before = next(asked_times(text, today), None)
        text = before.text if before and before.time.words else text
        text = f"{text.rstrip(' ?.!')} {rest[time.start : time.end].strip(' ,')}?"
    if new:
        old = _replaceable(text, new[2], find)
        if old is None:
            return None
        text = text[: old[0]] + bare[new[0] : new[1]] + text[old[1] :]
    return FollowUp(text, (f"Taken for the question “{text}”",))


def _replaceable(text: str, new: EntityRef, find: Find) -> tuple[int, int] | None:
    """Return the name in ``text`` that a new one stands in for: of its type if there is one."""
    hits = [hit for hit in find(text) if text[hit[0] : hit[1]].lower() not in NEVER_NAMED]
    hits.sort(key=lambda hit: (hit[2].type != new.type, hit[0] - hit[1]))
    return hits[0][:2] if hits else None
