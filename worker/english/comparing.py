"""Words that compare, order and limit what is asked for (`worker.reading.candidates`).

Each list has a question with one of its words, and one that is like it and has none.
"""

from __future__ import annotations

from typing import Literal

from worker.english.patterns import shown


def _words(text: str, *, yes: str, no: str) -> frozenset[str]:
    return shown(frozenset(text.split()), yes=yes, no=no)


# Which of two is meant: 0 the one that came first, -1 the other.
COMPARING = shown(
    {
        "older": 0, "elder": 0, "earlier": 0, "first": 0, "before": 0, "sooner": 0, "predates": 0,
        "younger": -1, "later": -1, "newer": -1, "last": -1, "after": -1, "recent": -1,
        "longer": -1, "shorter": 0,
    },
    yes="Is Ada older than Ben?", no="Is Ada as old as Ben?",
)  # fmt: skip
ENDED = _words(
    "died die dies death dead ended end closed dissolved pass passed",
    yes="How old was Ada when she died?", no="How old is Ada?",
)  # fmt: skip
# What asks for a thing's own date, beside a time.
DATED_BY = _words(
    """born founded established released published built opened died older younger newer
    launched created formed""",
    yes="Which of Ada's children was born before 1962?", no="Who worked here before 1962?",
)  # fmt: skip
# What an age is asked by besides.
REACHED = _words(
    "reach reached get got live lived be away",
    yes="What age did Ada reach?", no="What age is Ada?",
)  # fmt: skip
ALSO = _words(
    "also well share shares shared same and",
    yes="Who also sings?", no="Who sings?",
)  # fmt: skip
COMPARED = shown(
    frozenset(["most", "more", "least", "less"]),
    yes="Which firm has the most staff?", no="Which firm has staff?",
)  # fmt: skip
OR = shown(
    frozenset(["or", "either", "and", "plus"]),
    yes="Who plays for Arda or Borga?", no="Who plays for Arda?",
)  # fmt: skip
# Of those, what asks for what is in one of two sets of different kinds.
EITHER = shown(
    frozenset(["or", "either"]),
    yes="Who plays for Arda or lives in Oslo?", no="Who plays for Arda and lives in Oslo?",
)  # fmt: skip
BESIDES = _words(
    "else other others together alongside jointly whom rest",
    yes="Who else plays for Arda?", no="Who plays for Arda?",
)  # fmt: skip
# What came next to a thing in an order of time.
BEFORE = _words(
    "before predecessor preceded predecessors previous prior preceding",
    yes="Who was Ada's predecessor?", no="Who was Ada's successor?",
)  # fmt: skip
AFTER = _words(
    "after successor succeeded followed replaced following next",
    yes="Who succeeded Ada?", no="Who preceded Ada?",
)  # fmt: skip
FORMER = _words(
    "former formerly ex used previously once past earlier",
    yes="Who are the former rectors?", no="Who are the rectors?",
)  # fmt: skip
# Places in an order by date.
FIRST_OF = shown(
    {"debut": 0, "maiden": 0, "inaugural": 0, "original": 0, "final": -1, "recent": -1},
    yes="What is Ada's debut novel?", no="What is Ada's novel?",
)  # fmt: skip
NEXT_TO_LAST = shown(
    {"last-but-one": -2, "penultimate": -2, "last-but-two": -3},
    yes="Who was the penultimate rector?", no="Who was the last rector?",
)  # fmt: skip
# Places in an order by how long it was so.
LASTED = shown(
    {
        "longest": -1, "longest-serving": -1, "longest-lived": -1, "longest-running": -1,
        "longest-standing": -1, "longest-established": -1, "shortest": 0, "shortest-lived": 0,
        "longer": -1, "shorter": 0,
    },
    yes="Who was rector the longest?", no="Who was rector for long?",
)  # fmt: skip
# What the longest or shortest is so in, as it is asked for.
LIVED = _words(
    """life lives lifetime lifespan live lived last lasted exist existed existence survive survived
    time times period spell tenure term stint years run ran""",
    yes="Which bank had the longest life?", no="Which bank is in Oslo?",
)  # fmt: skip
# What says that a thing has ended, and that it has not.
GONE = _words(
    """gone closed shut dead defunct dissolved extinct ceased folded died deceased late vanished
    disappeared disbanded""",
    yes="Which banks have closed?",
    no="Which banks are in Oslo?",
)
STILL_THERE = _words(
    "still exist exists existing around living alive surviving open operating",
    yes="Which banks still exist?",
    no="Which banks are in Oslo?",
)
# With a "no" or "not", that what was is over.
NO_LONGER = _words(
    "longer more anymore", yes="Which banks are no longer open?", no="Which banks are not open?",
)  # fmt: skip
# Those that ask for it without "still", and what may stand beside "still".
BEYOND_DOUBT_THERE = _words(
    "exist exists existing alive living",
    yes="Is Ada alive?", no="Is Ada open?",
)  # fmt: skip
THERE_BESIDE = _words(
    "business trading running active existence operation operational use there today now around",
    yes="Is the bank still in business?", no="Is the bank still in Oslo?",
)  # fmt: skip
# What asks for things that were there at a time, founded before it and not yet gone.
THERE_THEN = _words(
    "exist existed existing existence already around operating active",
    yes="Which banks were in existence in 1910?", no="Which banks were founded in 1910?",
)  # fmt: skip
LASTING = _words(
    "longest oldest longer older eldest elder",
    yes="Which club is the oldest?", no="Which club is the latest?",
)  # fmt: skip
LEAST = _words(
    """cheapest smallest least fewest lowest shortest lightest cheaper smaller fewer lower shorter
    less lighter earliest earlier first sooner soonest""",
    yes="Which plan is the cheapest?", no="Which plan is cheap?",
)  # fmt: skip
GREATEST = _words(
    """most more biggest bigger larger largest longest longer highest higher heaviest heavier
    greatest greater dearest dearer latest later newest newer youngest younger oldest older eldest
    elder strongest stronger busiest tallest deepest expensive costliest richest last""",
    yes="Which plan is the dearest?", no="Which plan is dear?",
)  # fmt: skip
# Those of both that may compare by how many there are.
MANY = _words(
    "most more least less fewest fewer biggest bigger largest larger smallest smaller highest "
    "lowest greatest",
    yes="Who has the most children?", no="Who is the oldest child?",
)  # fmt: skip
# What leaves something out beside the words that always do.
LEAVING_OUT = _words(
    "left leaving minus save bar but omitting skipping ignoring discounting disregarding",
    yes="Who plays for Arda, Ben left out?", no="Who plays for Arda?",
)  # fmt: skip
# How many of something: "married twice", "several employers".
TIMES_OVER = shown(
    {"once": 1, "twice": 2, "thrice": 3},
    yes="Who was married more than once?", no="Who was married?",
)  # fmt: skip
SEVERAL = _words(
    "several multiple various",
    yes="Who has several employers?", no="Who has an employer?",
)  # fmt: skip
# Words that stand beside those which leave something out.
CUES_OF_REST = _words(
    "other than for from not counting out one",
    yes="Who plays for Arda other than Ben?", no="Who plays with Ben?",
)  # fmt: skip
# What asks if there is any such thing.
ANY = _words(
    "there any anyone anybody anything someone somebody something we you",
    yes="Is there a club without a ground?", no="Is Arda a club?",
)  # fmt: skip
# Words that ask for an age.
AGED = _words(
    "how old age years at what",
    yes="How old is Ada?", no="Who is Ada?",
)  # fmt: skip
# What asks for a number beside "how many".
COUNTING = _words(
    "number count total often tally",
    yes="What is the total of Ada's novels?", no="What are Ada's novels?",
)  # fmt: skip
# What asks for a length of time.
DURATIONS = _words(
    "long length duration stint tenure spell years",
    yes="What was the length of Ada's stay?", no="What was Ada's stay?",
)  # fmt: skip
# From and until when something is so.
BEGINS = _words(
    "when since year date from until till",
    yes="Since when does Ada lead Arda?", no="Does Ada lead Arda?",
)  # fmt: skip
ENDS = _words(
    """until till up left leave leaves stop stopped end ended quit resign resigned retire retired
    step expire expired expires finish finished cease ceased depart departed""",
    yes="When did Ada leave Arda?", no="When did Ada join Arda?",
)  # fmt: skip
RAN_OUT = shown(
    frozenset(["run out", "ran out", "runs out", "was over"]),
    yes="When did Ada's term run out?", no="When did Ada run Arda?",
)  # fmt: skip
# What says when by what happened then: "when X came out", "on becoming rector".
EVENT_CUES = _words(
    """when while during year time day as by became become becoming took took taking coming came
    on upon under joined joining started starting""",
    yes="Who led Arda when Emma came out?", no="Who led Arda?",
)  # fmt: skip
WHEN = _words(
    "when once after before until till",
    yes="How old was Ada when she died?", no="How old was Ada at her death?",
)  # fmt: skip
# Before "her father", where that says when.
TOLD_BY = _words(
    "when once after before until till while during at on upon of since",
    yes="Which office did Ada hold when her father died?", no="Who is her father?",
)  # fmt: skip
# Bounds of a quantity. Those in THAN stand before "than".
MORE_THAN = _words(
    "over above exceeding upwards",
    yes="Which firms have over 300 staff?", no="Which firms have 300 staff?",
)  # fmt: skip
LESS_THAN = _words(
    "under below",
    yes="Which firms have under 300 staff?", no="Which firms have over 300 staff?",
)  # fmt: skip
THAN = shown(
    {
        "more": ">", "greater": ">", "larger": ">", "bigger": ">", "higher": ">",
        "fewer": "<", "less": "<", "lower": "<", "smaller": "<",
    },
    yes="Which firms have more than 300 staff?", no="Which firms have over 300 staff?",
)  # fmt: skip
# What compares how many there are of two things: "more children than", "the most children".
MORE_OF: dict[str, Literal[">", "<"]] = shown(
    {
        "more": ">", "most": ">", "fewer": "<", "less": "<", "fewest": "<", "least": "<",
    },
    yes="Does Ada have more children than Ben?", no="Does Ada have children?",
)  # fmt: skip
AS_MANY = _words(
    "many much",
    yes="Does Ada have as many children as Ben?", no="Is Ada as old as Ben?",
)  # fmt: skip
SAME_NUMBER = ("the", "same", "number", "of")
# What two are to each other.
EACH_OTHER = _words(
    "each other one another to with of both",
    yes="Are Ada and Ben married to each other?",
    no="Are Ada and Ben siblings?",
)
