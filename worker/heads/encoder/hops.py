"""Questions inside questions: "Who is the spouse of [the director of Y]?"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from worker.heads.encoder.mentions import NamedEntity

_LONGEST_PHRASE = 90  # code points before the name
MOST_READINGS = 4  # ways to take a question apart that are looked at
_APPOSITION = re.compile(
    r"(?:(?:please\s+)?(?:tell me|name|give me|show me|find|list|identify|state|and|so)\s*|"
    r"(?:what|who|which|where|when)(?:\s+[\w\-]+){0,2}?\s+"
    r"(?:is|was|are|were|'s)(?: called| named)?\s*|"
    r"(?:what|who)(?:['’]s)?\s*|(?:what is|what's|tell me|give me|i'm looking for)?"
    r"\s*the (?:names?|titles?)\s+of\s*|"
    r"(?:does|do|did) (?:anyone|somebody|you) know\s*|(?:is|was|are|were) (?:who|what|where)\s*)",
    re.IGNORECASE,
)
_CLAUSE = re.compile(
    r"\b(?:the|a)\s+[\w\- ]{2,40}?\s+"
    r"(?:where|that|who|whom|in which|on which|at which|from which|to which|by which|of which"
    r"|for which|into which|which|whose|when)\s+[\w\-, ]*$",
    re.I,
)
_BARE_CLAUSE = re.compile(
    r"\b(?:the|a)\s+[\w\-]{3,20}(?:\s+[\w\-]{3,20})?\s+(?=$)", re.IGNORECASE
)  # "the woman X married"
_PARTICIPLE = re.compile(
    r"\b(?:the|a)\s+[\w\-]{2,20}(?:\s+[\w\-]{2,20})?\s+\w+(?:ed|en|t|ing|de|ng|based|set)\s+"
    r"(?:(?:by|in|at|on|for|to|from|with)\s+)?(?:the\s+)?$",
    re.IGNORECASE,
)
_NOUN_OF = re.compile(
    r"\bthe\s+(?P<noun>[\w\- ]{2,40}?)\s+(?:of|by|for|behind|in|to|from)\s+(?:the\s+)?$",
    re.IGNORECASE,
)
_NO_VERB_YET = re.compile(
    r"\b(?:where|that|who|whom|which|whose|when)\s+(?:the\s+)?(?:(?:did|was|is|has)\s+)?$",
    re.IGNORECASE,
)
_POSSESSIVE = re.compile(r"(?:['’]s|(?<=s)['’])\s+([a-z][a-z\-]*(?:\s+(?:of\s+)?[a-z][a-z\-]*)*)")
_VERB_AFTER = re.compile(
    r"^\s+(?:was|is|were|has|had|did)?\s*(?:a |an |the )?[a-z\-]+"
    r"(?:\s+(?:been )?(?:a |the )?(?:member|citizen|part|capital)(?= of))?"
    r"(?:\s+(?:in|at|by|to|for|from|on|of|with|into))?(?=\W*$|\s+[a-z]|['’])"
)
_NOUN_END = frozenset(
    """was is were born did does do die died live lived come from belong""".split()  # noqa: SIM905
)
# "What is X's mother tongue?" asks for one thing in two nouns; not so "... mother called?".
_COPULA = re.compile(
    r"\W*(?:please\s+|and\s+|so\s+|tell me\s+)*(?:who|what)(?:\s+(?:is|was|are|were)|['’]s)\s+$",
    re.IGNORECASE,
)
_VERB = re.compile(r".*(?:ed|born|known|like|doing|made)", re.IGNORECASE)
# What is left of a question must ask for something: "Where does [the river X end]?" does not.
_EMPTY = frozenset(
    """a an and are at be by can did do does for from give had has have how in is it its list many
    me name of on people please show tell the them there things this to was were what when where
    which who whom whose with s""".split()  # noqa: SIM905
)


# "The city of X" and "the administrative area of X" are X itself.
_ITSELF = frozenset(
    """area borders boundaries city county island kingdom land limits name province state territory
    town village""".split()  # noqa: SIM905
)


@dataclass(frozen=True)
class Nested:
    """A question in two steps: ``inner`` is asked of the named entity, its answer takes the
    place of ``[start, end)`` in the whole question. ``name_at`` is the name's place in ``inner``.
    ``noun`` is what the phrase is called where it is a noun ("director" in "the director of Y"
    and "Y's director"), empty in "the film that Y directed".
    """

    inner: str
    name_at: int
    start: int
    end: int
    noun: str = ""


def all_nested(question: str, named: NamedEntity) -> Iterator[Nested]:
    """Yield ways to take a question about ``named`` in two steps, the likeliest first."""
    before = question[: named.start]
    window = max(0, len(before) - _LONGEST_PHRASE)
    seen: set[tuple[int, int]] = set()
    for start, end, noun in _inner_spans(question, named, before, window):
        outer = (question[:start] + " " + question[end:]).strip(" ?.!,")
        if (start, end) in seen or _APPOSITION.fullmatch(outer):
            continue
        if _EMPTY.issuperset(re.findall(r"\w+", outer.lower())) or len(seen) >= MOST_READINGS:
            continue
        seen.add((start, end))
        yield Nested(question[start:end], named.start - start, start, end, noun)


def _inner_spans(
    question: str, named: NamedEntity, before: str, window: int
) -> Iterator[tuple[int, int, str]]:
    """Yield the stretches that may be an inner question with their noun, the shortest first."""
    after = question[named.end :]
    possessive = _POSSESSIVE.match(after)
    if possessive and not _one_noun(before, possessive, after):
        yield from _possessed(named, possessive)
    if (noun := _last(_NOUN_OF, before, window)) is not None:
        match = _NOUN_OF.match(before, noun)
        name = match["noun"] if match else ""
        if name.split()[-1:] and name.split()[-1].lower() not in _ITSELF:
            yield noun, named.end, name
    if (phrase := _last(_PARTICIPLE, before, window)) is not None:
        yield phrase, named.end, ""
    verb = _VERB_AFTER.match(after)
    if (clause := _last(_CLAUSE, before, window)) is not None:
        open_ = _NO_VERB_YET.search(before)
        yield clause, named.end + (verb.end() if verb and open_ else 0), ""
    if verb and (clause := _last(_BARE_CLAUSE, before, window)) is not None:
        yield clause, named.end + verb.end(), ""


def _one_noun(before: str, possessive: re.Match[str], after: str) -> bool:
    """Tell whether all that follows a name is what is asked for: "What is X's mother tongue?"."""
    ends = not after[possessive.end() :].strip(" ?.!")
    return bool(ends and _COPULA.fullmatch(before) and not _VERB.fullmatch(possessive.group(1)))


def _possessed(named: NamedEntity, match: re.Match[str]) -> Iterator[tuple[int, int, str]]:
    """Yield "X's place of birth" and shorter, longest first, up to a word that is no noun's."""
    words = list(re.finditer(r"\S+", match.group(1)))
    stop = next((i for i, word in enumerate(words) if word.group() in _NOUN_END), len(words))
    for count in range(min(stop, 3), 0, -1):
        if words[count - 1].group() == "of":
            continue
        end = words[count - 1].end()
        yield named.start, named.end + match.start(1) + end, match.group(1)[:end]


def _last(pattern: re.Pattern[str], text: str, window: int) -> int | None:
    """Return where the shortest match that ends at the end of ``text`` starts."""
    starts = [m.start() for m in re.finditer(r"\b(?:the|a)\s", text[window:], re.IGNORECASE)]
    for start in reversed(starts):
        found = pattern.match(text, window + start)
        if found and found.end() == len(text):
            return window + start
    return None
