"""How questions lean on earlier ones: pro-forms, ellipses, and words that stand for the topic."""

from __future__ import annotations

from worker.english.asking import LONE_WORDS
from worker.english.patterns import of_words, one_of, pattern
from worker.english.words import (
    ARTICLES,
    BE,
    COMMON_PREPOSITIONS,
    CONJUNCTIONS,
    DETERMINERS,
    FINITE,
    FINITE_BE,
    PRO_FORMS,
    QUESTION_WORDS,
    WHO,
)

_BE = one_of(FINITE_BE)
_FINITE = one_of(FINITE)
_WITH = one_of(COMMON_PREPOSITIONS)
_AFTER_VERB = "(?:" + "|".join(rf"(?<=\b{verb}\s)" for verb in sorted(FINITE)) + ")"
# What opens a question that goes on from the one before.
_LEADS = (
    "and", "but", "so", "then", "ok", "okay", "also", "what about", "how about", "what of",
    "same for", "same question for",
)  # fmt: skip

PRO_FORM = pattern(
    rf"\b(?P<word>{one_of(PRO_FORMS)})\b(?!\s+(?:is|are)\s+there)",
    yes="Who is her husband?",
    no="Who is the husband?",
)
THAT = pattern(
    r"\b(?:this|that)\s+one\b|\b(?:this|that)(?=\W*$)"
    rf"|{_AFTER_VERB}(?:this|that)\b(?!\s+(?:the|an?|he|she|it|they|so|true|right|correct|not)\b)",
    yes="Where is that?",
    no="Is it true that Ada left?",
)
# "It" and "there" that stand for nothing.
EMPTY_IT = pattern(
    r"\b(?:is|was) it (?:true|right|correct|the case|known|that)\b",
    yes="Is it true that Ada left?",
    no="Is it in Oslo?",
)
EMPTY_THERE = pattern(
    rf"\b{_BE} there\b|\bthere {_BE}\b",
    yes="How many banks are there?",
    no="Who lives there?",
)
LEAD = pattern(
    rf"^\W*{one_of(_LEADS)}\b[\s,:]*(?:(?:what|how) about\b\s*)?",
    yes="And what about Oslo?",
    no="What is in Oslo?",
    how="match",
)
BARE = pattern(
    rf"^\W*(?:(?:and|but)\s+)?(?P<word>{LONE_WORDS}|who|whom)\W*$",
    yes="And by whom?",
    no="And Oslo?",
    how="match",
)
WHO_DID = pattern(
    r"^\W*who\s+(?P<verb>[a-z]+)\s+(?P<rest>.*?)\W*$",
    yes="Who founded Acme?",
    no="When was Acme founded?",
    how="match",
)
# The words of an earlier question in whose place others are put.
ASKED = pattern(
    rf"^\W*(?:{_WITH}\s+)?"
    r"(?:who|whom|where|when|how|(?:what|which)(?:\s+(?:year|day|date|place|town|city|country))?)\b",
    yes="In which year was Acme founded?",
    no="Was Acme founded?",
    how="match",
)
ASKS_PERSON = pattern(of_words(WHO), yes="Whose is Acme?", no="What is Acme?")
# "Who is the founder of Acme?" has no verb that can be turned round.
NO_VERB = FINITE | {"will"}
OF_THEM = pattern(
    r"\b(?:(?:each|all|both)\s+of\s+(?P<word>them)|(?P<word_>they|them)\s+(?:all|both|each))\b",
    yes="Where were both of them born?",
    no="Who of them was born there?",
)
AMONG_THEM = pattern(
    r"\b(?:which|who|what|how many|any|one|none|most|some)\s+of\s+them\b",
    yes="Which of them is in Oslo?",
    no="Which one is in Oslo?",
)
# What may stand beside a new name or time: "And then in Oslo, please?".
FILLER = pattern(
    rf"\b{one_of(COMMON_PREPOSITIONS | ARTICLES | {'then', 'please', 'that'})}\b|\W",
    yes="in",
    no="born",
)
# Words that are taken for no name where something is called so: "The".
NEVER_NAMED = QUESTION_WORDS | FINITE | {"and", "in", "the"}
# What follows "her" in "her husband", and not in "by her in Oslo".
OWNED = pattern(
    rf"\s+(?!{one_of(COMMON_PREPOSITIONS | {'and'})}\b)\w",
    yes=" husband",
    no=" in Oslo",
    how="match",
)
# "Which film won ...": of such a question "it" goes on from the answer.
ASKS_THING = pattern(
    rf"^\W*(?:which|what)\s+(?!{_FINITE}\b)\w+\s+(?!{_FINITE}\b)",
    yes="Which firm owns Acme?",
    no="What is Acme?",
    how="match",
)

# The topic: "the film", and questions that leave it out.
DEFINITE_NOUN = pattern(
    r"\b(?:the|this|that)\s+(?:(?P<kind>[a-z-]+)\s+)?(?P<noun>[a-z-]+?)(?P<of>['’]s)?(?![\w-])",
    yes="Who directed the film?",
    no="Who directed a film?",
)
ASKS_FOR_IT = pattern(
    rf"(?:\b(?:who|what|which)(?:['’]s|\s+{_BE})|\b(?:name|list|give\s+me|tell\s+me))\s+$",
    yes="Who is ",
    no="Who directed ",
)
PARTICIPLE_FIRST = pattern(
    r"^(?P<verb>[a-z]+ed|born|written|made|known|set|sung|held|built|led)"
    rf"(?=$|\s+{one_of(COMMON_PREPOSITIONS | {'when', 'where', 'who', 'whom', 'how', 'after'})}\b)",
    yes="published when",
    no="publisher when",
    how="match",
)
# Beside "the director" these ask for one; "Where is the band from?" asks for no band.
ASKING_FOR_IT = (QUESTION_WORDS | BE | DETERMINERS | CONJUNCTIONS | {"name", "names", "about"}) - {
    "when",
    "where",
    "how",
}
