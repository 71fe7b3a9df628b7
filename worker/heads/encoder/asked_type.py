"""What kind of thing a question asks for, by its question word or the noun after it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from worker.types import RelationSpec

_PERSON, _PLACE, _GROUP = frozenset({"PER", "ORG"}), frozenset({"LOC"}), frozenset({"ORG"})
_TIME, _WORK = frozenset({"TIME"}), frozenset({"MISC"})
_NOUNS = {
    "city": _PLACE, "cities": _PLACE, "town": _PLACE, "towns": _PLACE, "country": _PLACE,
    "countries": _PLACE, "state": _PLACE, "place": _PLACE, "places": _PLACE, "village": _PLACE,
    "river": _PLACE, "continent": _PLACE, "province": _PLACE, "county": _PLACE, "region": _PLACE,
    "district": _PLACE, "island": _PLACE, "nation": _PLACE, "birthplace": _PLACE,
    "year": _TIME, "date": _TIME, "day": _TIME, "month": _TIME, "decade": _TIME,
    "company": _GROUP, "companies": _GROUP, "firm": _GROUP, "organisation": _GROUP,
    "organization": _GROUP, "party": _GROUP, "university": _GROUP, "school": _GROUP,
    "club": _GROUP, "team": _GROUP, "studio": _GROUP,
    "person": _PERSON, "people": _PERSON, "man": _PERSON, "woman": _PERSON, "men": _PERSON,
    "women": _PERSON, "actor": _PERSON, "actors": _PERSON, "actress": _PERSON,
    "politician": _PERSON, "politicians": _PERSON, "players": _PERSON, "player": _PERSON,
    "somebody": _PERSON, "someone": _PERSON, "singer": _PERSON, "writer": _PERSON,
    "film": _WORK, "films": _WORK, "movie": _WORK, "movies": _WORK, "book": _WORK,
    "books": _WORK, "song": _WORK, "songs": _WORK, "album": _WORK, "albums": _WORK,
    "award": _WORK, "awards": _WORK, "prize": _WORK, "novel": _WORK, "game": _WORK,
}  # fmt: skip
_ASKED = re.compile(
    r"^\W*(?:(?:tell me|and|so|please|give me|show me|list|name|find|do you know)\s+)*"
    r"(?:(?:in|on|at|by|to|of|from|for|with|into|under)\s+)?"
    r"(?:(?P<word>who|whom|whose|when|where)\b"
    r"|(?:which|what|how many|the|a|an|some|all)\s+(?:\w+\s+)?(?P<noun>\w+))",
    re.IGNORECASE,
)
_WORDS = {"who": _PERSON, "whom": _PERSON, "when": _TIME, "where": _PLACE | _GROUP}


def asked_types(question: str) -> frozenset[str]:
    """Return the types that an answer may have; empty where the question does not say.

    >>> sorted(asked_types("Who wrote Emma?"))
    ['ORG', 'PER']
    """
    match = _ASKED.match(question)
    if match is None:
        return frozenset()
    if match["word"]:
        return _WORDS.get(match["word"].lower(), frozenset())
    words = re.findall(r"\w+", match.group().lower())
    # The noun follows at once, or after one adjective: "which small town".
    found = [_NOUNS[word] for word in words[-2:] if word in _NOUNS]
    return found[0] if found else frozenset()


def fits(types: Sequence[str], asked: frozenset[str]) -> bool:
    """Tell whether a side of a relation that takes ``types`` can hold what was asked for."""
    return not asked or not types or not asked.isdisjoint(types)


def sides(relation: RelationSpec, known: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the types of the known side of a relation and of the other one."""
    both = (relation.subject_types, relation.object_types)
    return both if known == "subject" else (both[1], both[0])
