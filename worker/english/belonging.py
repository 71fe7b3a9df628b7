"""How people tell to whom and what somebody belongs: kin, teams, firms, homes and countries."""

# ruff: noqa: E501 -- a pattern is read more easily in few long lines
from __future__ import annotations

from worker.english.patterns import one_of, pattern
from worker.english.telling import BE, BETWEEN, KIN, NAME, WHO

# "Mother's job?" asks the one who is spoken to of theirs.
KIN_ASKED = pattern(
    rf"^(?:[Aa]nd\s+)?(?P<kin>{one_of({word.capitalize() for word in KIN} | set(KIN))})['’]s\s",
    yes="Mother's occupation?", no="Your mother's job?", flags=0,
)  # fmt: skip
# What names nobody but kin asks for the name: "And her husband?"
ONLY_KIN_ASKED = pattern(
    rf"(?:^|[.!,]\s+)(?:and\s+|who (?:is|was)\s+)?(?:my|our|your|his|her|their)\s+(?:\w+\s+)?{one_of(KIN)}\s*\?$",
    yes="Good. And her husband?", no="And her husband's job?",
)  # fmt: skip
# Asked without a question mark.
NEEDED = pattern(
    r"\b(?:i|we)(?:['’]ll)?\s+(?:just\s+|also\s+|only\s+)?need\s+(?:your|his|her|their)\s+(?:full\s+)?(?:names?|date of birth|address|job|birthday)\b",
    yes="Then I need her name and date of birth", no="I need her help",
)  # fmt: skip
# "our new scrum master": there is one, so it is an office as well as a job.
ONE_HELD = pattern(
    r"\b(?:the|our|their|your|his|her)\s+(?:new\s+|current\s+)?$",
    yes="She is our new ", no="She is a ",
)  # fmt: skip
JOB_BEFORE_NAME = pattern(
    rf"\b(?:the|our|their|your|my)\s+(?:new\s+|old\s+|current\s+)?(?P<job>[a-z][\w-]*(?:\s+[a-z][\w-]*){{0,2}}),?\s+"
    rf"(?:(?:Rev|Dr|Prof|Mr|Mrs|Ms)\.?\s+)?(?P<who>{NAME})",
    yes="their support lead Jo Hines answered", no="the lead answered", flags=0,
)  # fmt: skip
# A firm whose name may be the next sentence.
FIRM_LATER = pattern(
    rf"(?:\b(?:work(?:s|ing)?|job|started)|{BE})\s+(?:now\s+)?(?:at|for|with)\s+(?:an?|some)\s+[a-z]",
    yes="I work at a bike shop now.", no="I work at Desert Spokes", flags=0,
)  # fmt: skip
WAS_AT = pattern(
    rf"{WHO}(?:\s+was|\s+were|\s+used to be|\s+came)\s+(?:at|with|from)\s+(?:the\s+)?(?P<firm>{NAME})(?:\s+until\b|\s+before\b|\s*[.,!?]|\s*$)",
    yes="I was at the Revenue Service until last week", no="I was at home", flags=0,
)  # fmt: skip
LIVES_ALONE = pattern(
    rf"(?:[Ss]till\s+|[Nn]ow\s+)?(?:[Ll]ives?|[Ll]iving|[Bb]ased)\s+in\s+(?P<place>{NAME})",
    yes="lives in Lewes with her wife", no="in Lewes", how="match", flags=0,
)  # fmt: skip
PLAYS = pattern(
    rf"{WHO}(?:{BE}|['’]ve|\s+(?:has|have))?{BETWEEN}\s+(?:play(?:s|ed|ing)?|sings?|sang)(?:\s+(?!for|with|in)[a-z]+){{0,3}}?"
    rf"(?:\s+since [a-z ]+?)?\s+(?P<how>for|with|in)\s+(?:the\s+)?(?P<team>{NAME})",
    yes="I played handball for Sävehof", no="I played in the garden", flags=0,
)  # fmt: skip
ON_TEAM = pattern(
    rf"{WHO}{BE}{BETWEEN}\s+on\s+the\s+(?P<team>{NAME})",
    yes="I'm on the Border Lions", no="I'm on the train", flags=0,
)  # fmt: skip
PASSPORT = pattern(
    r"(?:\b(?P<who>my|his|her|your)\s+)?(?P<nation>(?-i:[A-Z])\w+)\s+passport\b",
    yes="I travel on my Irish passport", no="my new passport",
)  # fmt: skip
