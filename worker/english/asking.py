"""How questions are put in English: the patterns that tell their form, their number and parts."""

from __future__ import annotations

from worker.english.patterns import one_of, pattern, shown
from worker.english.words import (
    COMMON_PREPOSITIONS,
    DETERMINERS,
    FINITE,
    FINITE_BE,
    PAST_AUXILIARIES,
    PRESENT_AUXILIARIES,
    PRO_FORMS,
    PRONOUNS,
    QUESTION_WORDS,
    RELATIVES,
    SUBJECT_PRONOUNS,
)

_ONE_OF_THEM = one_of(QUESTION_WORDS - {"why", "how"})
_ASKING = rf"(?:{_ONE_OF_THEM}|how many)"
_WITH = one_of(COMMON_PREPOSITIONS)
_BE_OR_DO = one_of(FINITE - {"has", "have", "had"})
_ASKS = rf"(?:{_WITH}\s+)?{_ASKING}\b"
_HE = rf"{one_of(FINITE)}\s+{one_of(SUBJECT_PRONOUNS)}\b"
_IN = one_of("in on at from to".split())  # noqa: SIM905
_BY = one_of("by for with to from".split())  # noqa: SIM905
_HOW = one_of("when where how why".split())  # noqa: SIM905
LONE_WORDS = rf"(?:{_HOW}|{_BY}\s+whom|{_IN}\s+(?:which|what)\s+\w+)"  # a question by themselves

# Between two questions of one text.
NEXT_QUESTION = pattern(
    rf"(?<=\?)\s+(?=\w)|\s*,?\s+and\s+(?:also\s+)?(?={_ASKS}|{_HE})|(?<=[.!])\s+(?={_ASKING}\b)",
    yes="Who founded Acme and when was it sold?",
    no="Who founded Acme and Zorb?",
)
# "When was X born, where did he die and ...": a comma tells questions apart only in such a list.
COMMA_BETWEEN = pattern(
    rf"\s*,\s+(?=(?:{_WITH}\s+)?(?:when|where|what|(?:which|what)\s+\w+)\s+{_BE_OR_DO}\b)",
    yes="When was Ada born, where did she die",
    no="Who led Acme, Zorb",
)
BARE_QUESTION = pattern(
    rf"{LONE_WORDS}\W*",
    yes="by whom?",
    no="by Ada?",
    how="fullmatch",
)
OPENS_QUESTION = pattern(
    rf"\W*(?:(?:please\s+)?(?:can\s+you\s+)?(?:tell\s+me|do\s+you\s+know)\s+)?{_ASKS}",
    yes="Please tell me in which town Ada lives",
    no="Ada lives where?",
    how="match",
)
# What asks for the things themselves behind whether there are any.
ASKS_WHICH_TOO = pattern(
    r"(?:[?.,;]|\band)\s*(?:and\s+)?(?:"
    r"(?:who|which|which ones?|what)|"
    r"(?:who|which|what)(?:\s*'s|\s+is|\s+are|\s+was|\s+were)\s+(?:it|he|she|they|that|those)|"
    r"what(?:\s*'s|\s+is|\s+are|\s+was|\s+were)\s+(?:the|its|his|her|their)\s+(?:names?|titles?)|"
    r"(?:give|name|tell|i\s+need|i\s+want)\b(?:\s+me)?(?:\s+(?:it|them|the\s+(?:names?|titles?))))"
    r"\s*[?.]?\s*$",
    yes="Are there any skippers who write novels? Who?",
    no="Are there any skippers who write novels?",
)
YES_OR_NO = pattern(
    rf"^\W*{one_of(FINITE | {'can', 'could', 'will', 'would'})}\b(?!\s+there\s+any)",
    yes="Was Ada born in Bristol?",
    no="Are there any banks in Bristol?",
    how="match",
)
# What only opens a question politely: "Can you tell me who chairs Acme?" wants no yes.
TELL_ME_WHO = pattern(
    rf"^\W*{one_of('can could will would do'.split())}\s+you\s+"  # noqa: SIM905
    r"(?:(?:please|perhaps|happen\s+to)\s+)?(?:tell\s+me|tell|say|know|name|give\s+me)\s+"
    r"(?:(?!(?:whether|if)\b)\w+\s+)?(?:who|whom|whose|what|which|where|when|how)\b",
    yes="Can you tell me who chairs Acme?",
    no="Can you tell me whether Ada knows what it costs?",
    how="match",
)
COUNTS = pattern(
    r"\bhow many\b|\b(?:what is|what's|give me|tell me)? ?the number of\b",
    yes="What is the number of banks in Bristol?",
    no="What is the number one bank?",
)
IN_THE_PAST = pattern(
    rf"\b(?:{one_of(PAST_AUXILIARIES)}|used to)\b", yes="Who did it?", no="Who does it?"
)
IN_THE_PRESENT = pattern(
    rf"\b{one_of(PRESENT_AUXILIARIES)}\b", yes="Who does it?", no="Who did it?"
)
PAST_VERB = pattern(
    r"\b(?:who|what|which \w+)\s+[a-z]+(?:ed|ought|ote|ade|on|ew|et)\b",
    yes="Who founded Acme?",
    no="Who owns Acme?",
)
# Several names of which the same is asked: "Where were A, B and C born?".
ASKS_OF_SEVERAL = pattern(
    rf"\b{one_of('were are do did have had both each respectively'.split())}\b",  # noqa: SIM905
    yes="Where were Ada and Ben born?",
    no="Where was Ada born?",
)
SAID_TO_BE_TRUE = pattern(
    r"^\W*(?:is|was)\s+it\s+(?:true|right|correct|the\s+case)\s+that\b",
    yes="Is it true that Ada left?",
    no="Is it a true story?",
    how="match",
)

# What makes a question of a statement: "Ada was born in Oslo, right?".
_NOT_SO = one_of(f"{verb}n{mark}t" for verb in sorted(FINITE) for mark in "'’")
TAG = pattern(
    rf"\s*[,–-]\s*(?:right|correct|true|yes|no|is\s+(?:that|it)\s+(?:so|right|true)|"
    rf"{_NOT_SO}\s+{one_of('it he she they that'.split())})\s*\?\W*$",  # noqa: SIM905
    yes="Ada was born in Oslo, wasn't she?",
    no="Was Ada born in Oslo?",
)
POLITELY = pattern(
    rf"^\W*{one_of('can could would will'.split())}\s+you\s+(?:please\s+)?"  # noqa: SIM905
    rf"(?=(?:count|list|name)\b)",
    yes="Could you please count the banks?",
    no="Could you tell me who counts?",
    how="match",
)

# All of a sort and nothing else: "List the shipyards", "Universities on record?".
_NO_SORT = one_of(DETERMINERS | PRONOUNS)
_SORT = rf"(?P<sort>(?!{_NO_SORT}\b)(?-i:[a-z][a-z\-]+(?:\s+[a-z][a-z\-]+){{0,2}}(?<=s)))"
_AT_FIRST = _SORT.replace("<sort>", "<known>").replace("(?-i:[a-z]", "(?-i:[A-Za-z]", 1)
_KNOWN = r"(?:\s+(?:that\s+)?(?:(?:do\s+)?(?:we|you)\s+(?:know(?:\s+of)?|have)|have\s+we\s+got))"
_ON_FILE = r"(?:\s+on\s+(?:file|record|the\s+list))"
ALL_OF_A_SORT = pattern(
    rf"^\W*(?:(?:(?:a\s+)?list(?:\s+of)?|name|give\s+me|show(?:\s+me)?)(?:\s+all)?(?:\s+the)?"
    rf"\s+{_SORT}{_KNOWN}?{_ON_FILE}?"
    rf"|(?:what\s+)?{_AT_FIRST}(?:{_KNOWN}{_ON_FILE}?|{_ON_FILE}))\W*$",
    yes="List the shipyards",
    no="List the shipyards of Ada",
    how="match",
)

# Two things asked of one name.
_WHEN = rf"(?:{_HOW}|{_IN}\s+(?:which|what)\s+\w+)"
_NOT_A_NOUN = one_of(RELATIVES | FINITE_BE | {"the", "and", "or", "of"})
_WORD = rf"(?!{_NOT_A_NOUN}\b)[a-z][a-z\-]*"
_NOUN = rf"{_WORD}(?:\s+{_WORD}){{0,2}}(?:\s+of\s+{_WORD})?"
_BE = one_of(FINITE_BE)
WHEN_AND_WHERE = pattern(
    rf"^(?P<one>\W*{_WHEN})\s+and\s+(?P<two>{_WHEN})\s+(?P<rest>{one_of(FINITE | {'will'})}\b.*)$",
    yes="When and where was Ada born?",
    no="When Ada and Ben were born?",
    how="match",
)
OPENS_WITH_WHEN = pattern(rf"\W*{_WHEN}\s", yes="In which town ", no="Which town ", how="match")
VERBS_AFTER = pattern(
    r"^\s+(?P<one>[a-z][a-z\-]+)\s+and\s+(?P<two>[a-z][a-z\-]+)\W*$",
    yes=" born and educated?",
    no=" born and Ben educated?",
    how="match",
    flags=0,
)
NOUNS_BEFORE = pattern(
    rf"\bthe\s+(?P<one>{_NOUN})\s+and\s+(?:the\s+|of\s+the\s+)?(?P<two>{_NOUN})\s+of\s+(?:the\s+)?$",
    yes="Who are the father and mother of ",
    no="Who are Ada and the mother of ",
    flags=0,
)
NOUNS_AFTER = pattern(
    rf"^['’]s?\s+(?P<one>{_NOUN})\s+and\s+(?:(?:the|his|her|its|their)\s+)?(?P<two>{_NOUN})\W*$",
    yes="'s father and mother?",
    no="'s father and Ada?",
    how="match",
    flags=0,
)
ASKS_WHAT = pattern(r"^\W*(?:who|what|which)\b", yes="Who is", no="Where is", how="match")
IS_ASKED = pattern(
    rf"\W*(?:(?:who|what|where|when)(?:['’]s|\s+{_BE})\s+(?:the\s+names?\s+of\s+)?"
    r"|(?:please\s+)?(?:tell\s+me|name|give\s+me|list)\s+)",
    yes="Who are ",
    no="Who wrote ",
    how="fullmatch",
)
BARE_PART = pattern(
    rf"^\W*(?:{_HOW}|{_BY}\s+whom|{_WHEN})\W*$", yes="by whom", no="by Ada", how="match"
)
NOUN_LAST = pattern(
    rf"\b(?:the|an?)\s+{_NOUN}\W*$", yes="who is the founder", no="who was there", flags=0
)
VERB_LAST = pattern(
    r"^\W*(?:who|which\s+\w+|what\s+\w+)\s+(?:also\s+)?[a-z]+\W*$",
    yes="which firm bought",
    no="which firm bought Acme",
    how="match",
)
HAS_PRONOUN = pattern(
    rf"\b{one_of(PRO_FORMS)}\b",
    yes="who wrote it",
    no="who wrote that",
)

# Two names, and one of them asked for: "Acme and Zorb: which of them is older?".
_OF_TWO = r"of\s+(?:the\s+(?:two|pair)|them|these(?:\s+two)?|those(?:\s+two)?)"
_A_NAME = rf"(?!{one_of(QUESTION_WORDS | FINITE)}\b)(?:the\s+)?(?-i:(?=[A-Z0-9]))[^,:;?!]+?"
_TWO = rf"(?P<two>{_A_NAME}\s+(?:and|or)\s+{_A_NAME})"
TWO_THEN_WHICH = pattern(
    rf"^\W*(?:(?:of|between|among)\s+)?{_TWO}\s*[,:;–-]\s*(?:which|who|what)\s+(?:one\s+)?"
    rf"{_OF_TWO}\b(?P<rest>[^?!]*[?!]?\s*)$",
    yes="Acme and Zorb: which of them is older?",
    no="Who founded Acme and Zorb, and which of them is older?",
    how="match",
)
WHICH_THEN_TWO = pattern(
    rf"^\W*(?:which|who|what)\s+(?:one\s+)?{_OF_TWO}\b(?P<rest>[^,:;?!]*?)\s*[,:;–-]\s*"
    rf"{_TWO}\s*\?*\s*$",
    yes="Which of the two is older, Acme or Zorb?",
    no="Which of them is older?",
    how="match",
)
OR_BETWEEN = pattern(r"\s+or\s+", yes="Acme or Zorb", no="Acme and Zorb")
# What asks for all that is known of a name, and what may stand beside it.
ABOUT = shown(
    frozenset(
        """about describe summarise summarize summary overview profile background facts details
        everything introduce introduction interested concerning sum""".split()  # noqa: SIM905
    ),
    yes="Give me some background on Ada.",
    no="Give me the birthday of Ada.",
)
BESIDE_ABOUT = frozenset(
    """on know known there said d m up hear learn read want like love more something anything
    little bit short brief inform""".split()  # noqa: SIM905
)
IS_KNOWN = (
    ("what", "is", "known"), ("all", "that", "is", "known"), ("what", "do", "you", "know"),
    ("what", "can", "be", "said", "of"), ("what", "is", "known", "of"),
)  # fmt: skip
