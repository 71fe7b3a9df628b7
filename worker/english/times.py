"""Words for times: the prepositions before a date or an event, and places in a row."""

from __future__ import annotations

from typing import Literal, TypeAlias

from worker.english.patterns import one_of, pattern, shown
from worker.english.words import SUBJECT_PRONOUNS

Window: TypeAlias = Literal["during", "before", "after", "since", "until", "range"]
Pick: TypeAlias = Literal["", "first", "last", "previous", "former"]
Order: TypeAlias = Literal["before", "after", "during"]

# What a preposition makes of the date after it: the days that a question asks about.
WINDOWS: dict[str, Window] = shown(
    {
        "in": "during", "on": "during", "at": "during", "during": "during",
        "throughout": "during", "around": "during", "for": "during", "by": "during",
        "as of": "during", "as at": "during", "within": "during", "back in": "during",
        "as late as": "during", "as early as": "during",
        "before": "before", "prior to": "before", "earlier than": "before", "older than": "before",
        "after": "after", "later than": "after", "following": "after", "newer than": "after",
        "younger than": "after", "more recent than": "after",
        "since": "since", "from": "during", "until": "until", "till": "until", "up to": "until",
        "between": "range",
    },
    yes="Who led Acme as of 1998?", no="Who led Acme?",
)  # fmt: skip
# What one makes of an event after it: when that was, beside it.
ORDERS: dict[str, Order] = shown(
    {
        "before": "before", "prior to": "before", "until": "before", "till": "before",
        "up to": "before", "after": "after", "since": "after", "during": "during",
        "throughout": "during", "at the time of": "during", "in the time of": "during",
    },
    yes="Who led Acme before Ada?", no="Who led Acme with Ada?",
)  # fmt: skip
CUE = pattern(
    rf"\b(?P<cue>{one_of(WINDOWS)})\s+(?=[\w'’])",
    yes="Who led Acme until 1998?",
    no="Who led Acme till?",
)
ONWARD = pattern(r"\s+on(?:wards?)?\b", yes=" onwards, who led Acme?", no=" only", how="match")
BARE_YEAR = pattern(
    r"(?:^|(?<=[\s,(]))(?P<year>1[0-9]{3}|20[0-9]{2})(?=\W*$)",
    yes="Who led Acme, 1998?",
    no="Who led Acme in 1998 or later?",
)
# What is asked for began at the time that is told, and did not just go on.
BEGAN = pattern(
    r"\b(?:took (?:over|office)|came (?:to power|into office)|became|become|join(?:ed)?"
    r"|(?:was|were|been|got|be) (?:appointed|elected|hired))\b",
    yes="Who took office after 2000?",
    no="Who was in office after 2000?",
)
NOW = pattern(
    r"(?<!\bup to )\b(?:currently|at present|at the moment|right now|nowadays|these days|now|today"
    r"|(?<=the )current|(?<=the )present)\b",
    yes="Who is the current head?",
    no="What is a current?",
)
PICKS: dict[str, Pick] = shown(
    {
        "first": "first", "earliest": "first", "original": "first",
        "last": "last", "latest": "last", "most recent": "last",
        "previous": "previous", "preceding": "previous",
        "former": "former", "past": "former", "earlier": "former",
    },
    yes="Who was the most recent head?", no="Who is the head?",
)  # fmt: skip
# "The first language", "the last name" and the like are no places in a row.
PICK = pattern(
    rf"\b(?:the|its|his|her|their|whose|['’]s)\s+(?P<pick>{one_of(PICKS)})\s+"
    r"(?!but\b|(?:\w+\s+)?(?:names?|language|lady|division|edition|network|series|novel|world)\b)(?=[a-z])",
    yes="Who was its first head?",
    no="What is her first language?",
)

# In texts "around 1340" and "before 1340" are times of their own; "until 2009" speaks of a fact.
LOOSELY = pattern(
    r"\b(?:around|about|circa|approximately|before|after|prior to|c\.|ca\.?) ?$",
    yes="built around ",
    no="built until ",
)
# "Around 1500 of" and "about 1500 from" are amounts, so not all prepositions may follow.
_AFTER_YEAR = one_of(SUBJECT_PRONOUNS | {"in", "at", "by", "to", "as", "and", "or", "when", "the"})
LOOSE_YEAR = pattern(
    r"\b(?:[Aa]round|[Cc]irca|[Cc]a\.?|c\.|[Bb]efore|[Aa]fter) (?P<year>[1-9][0-9]{2,3})"
    rf"(?=\s*(?:[.,;)\]]|$|{_AFTER_YEAR}\b))",
    yes="Built around 1340 by monks",
    no="Around 1340 monks",
    flags=0,
)
MONTHS = (
    "January February March April May June July August September October November December".split()  # noqa: SIM905
)
