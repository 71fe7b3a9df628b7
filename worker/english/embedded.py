"""Noun phrases that hold a question of their own: "the director of Y", "the film that Y made".

Where one ends, the outer question goes on: "Who is the spouse of [the director of Y]?".
"""

from __future__ import annotations

from worker.english.patterns import one_of, pattern
from worker.english.words import (
    COMMON_PREPOSITIONS,
    DO,
    FINITE,
    FINITE_BE,
    RELATIVES,
    STOP_WORDS,
)

_BE = one_of(FINITE_BE)
_FINITE = one_of(FINITE)
_RELATIVE = one_of(RELATIVES)
_PARTICLE = one_of(COMMON_PREPOSITIONS - {"of"})  # "of" follows nouns
_AFTER_NOUN = one_of("of by for behind in to from".split())  # noqa: SIM905
_BEFORE_WHICH = one_of((COMMON_PREPOSITIONS | {"into"}) - {"with"})
_ASKING_FOR = (
    "tell me", "name", "give me", "show me", "find", "list", "identify", "state", "and", "so",
)  # fmt: skip

# All that is left of a question whose embedded phrase only says again what it asks for.
APPOSITION = pattern(
    rf"(?:(?:please\s+)?{one_of(_ASKING_FOR)}\s*|"
    rf"(?:what|who|which|where|when)(?:\s+[\w\-]+){{0,2}}?\s+(?:{_BE}|'s)(?: called| named)?\s*|"
    r"(?:what|who)(?:['’]s)?\s*|(?:what is|what's|tell me|give me|i'm looking for)?"
    r"\s*the (?:names?|titles?)\s+of\s*|"
    rf"{one_of(DO - {'done'})} (?:anyone|somebody|you) know\s*|"
    r"(?:is|was|are|were) (?:who|what|where)\s*)",
    yes="What is",
    no="Where is the spouse of",
    how="fullmatch",
)
CLAUSE = pattern(
    rf"\b(?:the|a)\s+[\w\- ]{{2,40}}?\s+(?:{_BEFORE_WHICH} which|{_RELATIVE})\s+[\w\-, ]*$",
    yes="the film that ",
    no="the film ",
)
BARE_CLAUSE = pattern(
    r"\b(?:the|a)\s+[\w\-]{3,20}(?:\s+[\w\-]{3,20})?\s+(?=$)",
    yes="Who is the woman ",
    no="Who is ",
)  # "the woman X married"
PARTICIPLE_CLAUSE = pattern(
    r"\b(?:the|a)\s+[\w\-]{2,20}(?:\s+[\w\-]{2,20})?\s+\w+(?:ed|en|t|ing|de|ng|based|set)\s+"
    rf"(?:{_PARTICLE}\s+)?(?:the\s+)?$",
    yes="the film directed by ",
    no="the film of ",
)
NOUN_BEFORE = pattern(
    rf"\bthe\s+(?P<noun>[\w\- ]{{2,40}}?)\s+{_AFTER_NOUN}\s+(?:the\s+)?$",
    yes="the director of ",
    no="a director of ",
)
NO_VERB_YET = pattern(
    rf"\b{_RELATIVE}\s+(?:the\s+)?(?:{_FINITE}\s+)?$",
    yes="the film that ",
    no="the film that made ",
)
POSSESSIVE = pattern(
    r"(?:['’]s|(?<=s)['’])\s+([a-z][a-z\-]*(?:\s+(?:of\s+)?[a-z][a-z\-]*)*)",
    yes="'s place of birth",
    no=" place of birth",
    how="match",
    flags=0,
)
VERB_AFTER = pattern(
    rf"^\s+{_FINITE}?\s*(?:a |an |the )?[a-z\-]+"
    r"(?:\s+(?:been )?(?:a |the )?(?:member|citizen|part|capital)(?= of))?"
    rf"(?:\s+{one_of(COMMON_PREPOSITIONS | {'into'})})?(?=\W*$|\s+[a-z]|['’])",
    yes=" was born in?",
    no="'s mother?",
    how="match",
    flags=0,
)
# Where the noun after a possessive ends.
NOUN_END = FINITE | frozenset("born die died live lived come from belong".split())  # noqa: SIM905
# "What is X's mother tongue?" asks for one thing in two nouns; not so "... mother called?".
COPULA = pattern(
    rf"\W*(?:please\s+|and\s+|so\s+|tell me\s+)*(?:who|what)(?:\s+{_BE}|['’]s)\s+$",
    yes="So who is ",
    no="Where is ",
    how="fullmatch",
)
VERB_IN_IT = pattern(
    r".*(?:ed|born|known|like|doing|made)",
    yes="mother called",
    no="mother tongue",
    how="fullmatch",
)
# What is left must ask for something: "Where does [the river X end]?" does not.
ASKS_NOTHING = STOP_WORDS | {"list", "name", "people", "there", "things", "s"}
# "The city of X" and "the administrative area of X" are X itself.
ITSELF = frozenset(
    """area borders boundaries city county island kingdom land limits name province state territory
    town village""".split()  # noqa: SIM905
)
ARTICLE = pattern(r"\b(?:the|a)\s", yes="the film", no="that film")
