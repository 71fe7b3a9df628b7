"""Questions that lean on earlier ones: "And her husband?", "What about Paris?", "And in 1995?"."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from worker.heads.timing import asked_times
from worker.types import EntityRef, Turn

Find = Callable[[str], list[tuple[int, int, EntityRef]]]

_FARTHEST = 6  # turns that are looked back on
_PRONOUN = re.compile(
    r"\b(?P<word>he|she|it|they|him|her|them|his|hers|its|their|there)\b(?!\s+(?:is|are)\s+there)",
    re.IGNORECASE,
)
_EMPTY_IT = re.compile(
    r"\b(?:is|was) it (?:true|right|correct|the case|known|that)\b", re.IGNORECASE
)
_EMPTY_THERE = re.compile(r"\b(?:is|are|was|were) there\b|\bthere (?:is|are|was|were)\b", re.I)
_LEAD = re.compile(
    r"^\W*(?:and|but|so|then|ok|okay|also|what about|how about|what of|same for|same question for)"
    r"\b[\s,:]*(?:(?:what|how) about\b\s*)?",
    re.IGNORECASE,
)
_BARE = re.compile(
    r"^\W*(?:(?:and|but)\s+)?(?P<word>when|where|who|whom|how|why)\W*$", re.IGNORECASE
)
_ASKED = re.compile(
    r"^\W*(?:(?:in|at|on|to|of|for|by|with|from)\s+)?"
    r"(?:who|whom|where|when|how|(?:what|which)(?:\s+(?:year|day|date|place|town|city|country))?)\b",
    re.IGNORECASE,
)
_FILLER = re.compile(r"\b(?:in|of|for|at|the|a|an|with|by|to|on|then|please|that)\b|\W", re.I)
_POSSESSIVE = frozenset({"his", "its", "their", "her", "hers"})
_MALE = frozenset(
    """he him his husband father son brother king prince boyfriend uncle""".split()  # noqa: SIM905
)
_FEMALE = frozenset(
    """she her hers wife mother daughter sister queen princess actress girlfriend
    aunt""".split()  # noqa: SIM905
)
_PERSONAL = _MALE | _FEMALE
_OF_ANSWER = frozenset(
    {"husband", "wife", "father", "mother", "son", "daughter", "brother", "sister"}
)
_OPPOSITE = {"husband": "f", "wife": "m"}


@dataclass(frozen=True)
class FollowUp:
    """A question that stands on its own, and how its parts were taken, in sentences."""

    text: str
    understood: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Said:
    """An earlier turn: its question in full, what it was about and what it led to."""

    text: str
    known: tuple[EntityRef, ...]
    answers: tuple[EntityRef, ...]
    asks_person: bool


def in_full(question: str, turns: Sequence[Turn], find: Find, today: date) -> FollowUp:
    """Return ``question`` with what it leaves to earlier turns put in its place.

    ``find`` names the entities in a text. A question that needs no turn comes back as it is.
    """
    leans = any(p.search(question) for p in (_LEAD, _PRONOUN, _BARE))
    if not turns or not leans:
        return FollowUp(question)
    said, gender = _history(turns[-_FARTHEST:], find, today)
    return _resolved(question, said, gender, find, today)


def _history(turns: Sequence[Turn], find: Find, today: date) -> tuple[list[_Said], dict[str, str]]:
    said: list[_Said] = []
    gender: dict[str, str] = {}
    for turn in turns:
        text = _resolved(turn.question, said, gender, find, today).text
        named = {entity.id for _, _, entity in find(text)}
        known = tuple(entity for entity in turn.entities if entity.id in named)
        answers = tuple(entity for entity in turn.entities if entity not in known)
        person = re.search(r"\b(?:who|whom|whose)\b", text, re.IGNORECASE) is not None
        said.append(_Said(text, known, answers, person))
        _note_gender(turn.question, said[-1], gender)
    return said, gender


def _note_gender(question: str, said: _Said, gender: dict[str, str]) -> None:
    for word in re.findall(r"\w+", question.lower()):
        sex = "m" if word in _MALE else "f" if word in _FEMALE else ""
        if not sex:
            continue
        for entity in said.answers if word in _OF_ANSWER else said.known[:1]:
            gender.setdefault(entity.id, sex)
        if word in _OPPOSITE:
            for entity in said.known[:1]:
                gender.setdefault(entity.id, _OPPOSITE[word])


def _resolved(
    question: str, said: Sequence[_Said], gender: dict[str, str], find: Find, today: date
) -> FollowUp:
    if not said:
        return FollowUp(question)
    if bare := _BARE.match(question):
        return _asked_anew(bare["word"], said[-1].text) or FollowUp(question)
    lead = _LEAD.match(question)
    rest = question[lead.end() :] if lead else question
    pronoun = _pronoun(rest, find)
    if pronoun is not None:
        entity = _meant(pronoun.group().lower(), said, gender)
        if entity is not None:
            return _with_name(rest, pronoun, entity)
    if lead is None:
        return FollowUp(question)
    return _substituted(rest, said[-1].text, find, today) or FollowUp(rest or question)


def _pronoun(text: str, find: Find) -> re.Match[str] | None:
    """Return the first pronoun that no name before it in the text explains."""
    for match in _PRONOUN.finditer(text):
        if _EMPTY_IT.search(text) and match.group().lower() == "it":
            continue
        if _EMPTY_THERE.search(text) and match.group().lower() == "there":
            continue
        named = [text[s:e] for s, e, _ in find(text) if e <= match.start()]
        if any(name[:1].isupper() for name in named if name.lower() not in _QUESTION_WORDS):
            return None
        return match
    return None


_QUESTION_WORDS = frozenset(
    ["who", "where", "when", "what", "which", "and", "is", "was", "did", "does", "do", "in", "the"]
)


def _meant(word: str, said: Sequence[_Said], gender: dict[str, str]) -> EntityRef | None:
    """Return what a pronoun stands for: the nearest fitting answer, else what was asked about."""
    sex = "m" if word in _MALE else "f" if word in _FEMALE else ""
    for turn in reversed(said):
        lone = turn.answers if len(turn.answers) == 1 else ()
        for entities, is_answer in ((lone, True), (turn.known, False)):
            for entity in entities:
                if sex and gender.get(entity.id, sex) != sex:
                    continue
                if _fits(entity, word, person=not is_answer or turn.asks_person):
                    return entity
    return None


def _fits(entity: EntityRef, word: str, *, person: bool) -> bool:
    if word in _PERSONAL:
        return entity.type == "PER" or (not entity.type and person)
    if word in ("it", "its"):
        return entity.type not in ("PER", "TIME", "NUM")
    if word == "there":
        return entity.type in ("LOC", "ORG", "")
    return entity.type not in ("TIME", "NUM")


def _with_name(text: str, pronoun: re.Match[str], entity: EntityRef) -> FollowUp:
    word = pronoun.group().lower()
    follows = re.match(
        r"\s+(?!in\b|at\b|to\b|for\b|from\b|by\b|with\b|on\b|and\b)[\w]", text[pronoun.end() :]
    )
    possessive = word in ("his", "its", "their") or (word in _POSSESSIVE and follows)
    name = entity.name + ("'s" if possessive else "")
    if word == "there":
        name = f"in {name}"
    return FollowUp(
        text[: pronoun.start()] + name + text[pronoun.end() :],
        (f"“{pronoun.group()}” is taken for {entity.name}.",),
    )


def _asked_anew(word: str, earlier: str) -> FollowUp | None:
    """Put "when" in the place of the earlier question's "where"."""
    asked = _ASKED.match(earlier)
    if asked is None:
        return None
    text = word.capitalize() + earlier[asked.end() :]
    return FollowUp(text, (f"Taken for the question “{text}”",))


def _substituted(rest: str, earlier: str, find: Find, today: date) -> FollowUp | None:
    """Put the one new name, or the new time, of ``rest`` into the earlier question."""
    time = next(asked_times(rest, today), None)
    bare = time.text if time else rest
    new = max(find(bare), key=lambda hit: hit[1] - hit[0], default=None)
    left = bare[: new[0]] + bare[new[1] :] if new else bare
    if _FILLER.sub("", re.sub(r"['’]s\b", "", left)) or not (new or time):
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
    hits = [hit for hit in find(text) if text[hit[0] : hit[1]].lower() not in _QUESTION_WORDS]
    hits.sort(key=lambda hit: (hit[2].type != new.type, hit[0] - hit[1]))
    return hits[0][:2] if hits else None
