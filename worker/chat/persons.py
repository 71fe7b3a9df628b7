"""Who "I", "we", "my" and "you" are in what somebody says, as edits of a view."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from worker.chat.views import Edit
from worker.english import chatting
from worker.english.verbs import third_person
from worker.types import Span


@lru_cache(maxsize=4096)
def has_name(speaker: str) -> bool:
    """Tell whether a speaker goes by a name of their own, of whom facts can be told.

    >>> has_name("Ada Brook"), has_name("Assistant"), has_name("user 1")
    (True, False, False)
    """
    words = [word for word in speaker.casefold().split() if not word.isdigit()]
    return bool(words) and not all(word in chatting.ROLES for word in words)


def is_person(word: str) -> bool:
    """Tell whether a word stands for who speaks or who is spoken to, or for what is theirs.

    >>> is_person("You"), is_person("my"), is_person("she")
    (True, True, False)
    """
    return chatting.PERSON.fullmatch(word) is not None


def persons(text: str, span: Span, speaker: str, spoken_to: str) -> Iterator[Edit]:
    """Yield what a view says for the persons of a stretch of a turn: names, and verbs that agree
    with them. An empty name leaves its person as it stands; what stands in quotes does too."""
    for match in chatting.PERSON.finditer(text, span.start, span.end):
        word = match.group().casefold()
        own = word in chatting.SPEAKER or word in chatting.SPEAKERS
        name = speaker if own else spoken_to
        if not name or _in_quotes(text, span.start, match.start()):
            continue
        if word == "i" and match.group() == "i" and not text[match.end() :].startswith((" ", "'")):
            continue
        if chatting.THINKING.match(text, match.end(), span.end):
            continue
        theirs = word in chatting.SPEAKERS or word in chatting.SPOKEN_TOS
        yield Edit(*match.span(), f"{name}'s" if theirs else name)
        if not theirs:
            yield from _agreeing(text, span, match.start(), match.end())


def _in_quotes(text: str, start: int, at: int) -> bool:
    before = text[start:at]
    return before.count('"') % 2 == 1 or before.rfind("“") > before.rfind("”")


def _agreeing(text: str, span: Span, start: int, end: int) -> Iterator[Edit]:
    """Yield the edits of the verbs before and behind a person."""
    before = chatting.BEFORE.search(text, span.start, start)
    if before:
        yield _third(text, *before.span("verb"))
    behind = chatting.BEHIND.match(text, end, span.end)
    if behind is None:
        return
    if behind["short"]:
        yield _third(text, *behind.span("short"))
    elif not before:
        verb = behind["verb"]
        if verb.replace("’", "'") in chatting.THIRD:
            yield _third(text, *behind.span("verb"))
        elif verb in chatting.PLAIN:
            yield Edit(*behind.span("verb"), third_person(verb))


def _third(text: str, start: int, end: int) -> Edit:
    said = text[start:end]
    made = chatting.THIRD.get(said.casefold().replace("’", "'"), said)
    return Edit(start, end, made.capitalize() if said[:1].isupper() else made)
