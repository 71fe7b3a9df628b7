"""What kind of thing a question asks for, by its question word or the noun after it."""

from __future__ import annotations

import re

from worker.english.patterns import one_of, pattern
from worker.english.words import (
    AUXILIARIES,
    COMMON_PREPOSITIONS,
    DETERMINERS,
    PREPOSITIONS,
    PRONOUNS,
    WHO,
)

_PERSON, _PLACE, _GROUP = frozenset({"PER", "ORG"}), frozenset({"LOC"}), frozenset({"ORG"})
_SITE = _PLACE | _GROUP  # a firm is a place of work
_TIME, _WORK = frozenset({"TIME"}), frozenset({"MISC"})
_NOUNS = {
    "city": _PLACE, "cities": _PLACE, "town": _PLACE, "towns": _PLACE, "country": _PLACE,
    "countries": _PLACE, "state": _PLACE, "place": _SITE, "places": _SITE, "village": _PLACE,
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
_FURTHEST = 4  # words from "which" to the noun
_ENDING = AUXILIARIES | PREPOSITIONS | DETERMINERS | PRONOUNS
_OF_ALL = one_of(["which", "what", "how many", "the", "a", "an", "some", "all"])
_ASKED = pattern(
    r"^\W*(?:(?:tell me|and|so|please|give me|show me|list|name|find|do you know)\s+)*"
    rf"(?:(?:{one_of(COMMON_PREPOSITIONS)}|into|under)\s+)?"
    rf"(?:(?P<word>{one_of(WHO)}|when|where)\b|{_OF_ALL}\s+(?:\w+\s+)?(?P<noun>\w+))",
    yes="In which small town was Ada born?",
    no="Was Ada born in Bristol?",
    how="match",
)
_KIND = pattern(
    rf"^\W*(?:{one_of(COMMON_PREPOSITIONS)}\s+)?(?:which|what|how many)\b|^\W*(?=people\b)",
    yes="Which professional football team does Ada play for?",
    no="Who plays for Arda?",
    how="match",
)
# What is counted is said behind the verb: "How many of the people in Oslo are actors?".
_COUNTED_AS = pattern(
    r"^\W*how many\b.*\b(?:is|are|was|were)\s+(?:also\s+)?(?:an?\s+)?(?P<noun>[a-z]+)\W*$",
    yes="How many of them are actors?",
    no="How many actors are in Oslo?",
    how="match",
)
_OPENS = pattern(
    r"(?:^|[.;:!]\s+)\W*(?:(?:and|so|but)\s+)?"
    r"(?:(?:name|list|show|give\s+me|i\s+want)\s+)?"
    r"(?P<word>who(?:m|ever)?|where|everyone|everybody)\b(?!['’]s\s)[^.;:!]*$",
    yes="The film has a sequel. Who plays in it?",
    no="Which film has a sequel?",
)
# What "who" and "where" never ask for.
_NEVER = {
    **dict.fromkeys(["who", "whom", "whoever"], frozenset({"MISC", "TIME", "NUM"})),
    **dict.fromkeys(["everyone", "everybody"], frozenset({"MISC", "ORG", "LOC", "TIME", "NUM"})),
    "where": frozenset({"PER", "TIME", "NUM"}),
}  # fmt: skip
_WORDS = {**dict.fromkeys(["who", "whom"], _PERSON), "when": _TIME, "where": _PLACE | _GROUP}


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


def kind_asked_for(question: str) -> frozenset[str]:
    """Return the types that fit the noun which says what kind of thing is asked for, some words
    after "which" or "how many" at the latest; empty where none does.

    >>> sorted(kind_asked_for("Which professional football team do they play for?"))
    ['ORG']
    """
    counted = _COUNTED_AS.match(question)
    if counted and counted["noun"] in _NOUNS:
        return _NOUNS[counted["noun"]]
    match = _KIND.match(question)
    types: frozenset[str] = frozenset()
    for word in re.findall(r"[\w-]+", question[match.end() :].lower())[:_FURTHEST] if match else ():
        if word in _NOUNS:
            types = _NOUNS[word]
        elif types or word in _ENDING:
            break
    return types


def types_never_asked_for(question: str) -> frozenset[str]:
    """Return the types that no answer to a question with "who" or "where" can have.

    >>> sorted(types_never_asked_for("Where did the founder go to school?"))
    ['NUM', 'PER', 'TIME']
    """
    match = _OPENS.search(question)
    return _NEVER[match["word"].lower()] if match else frozenset()
