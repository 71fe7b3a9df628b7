"""How sentences of texts go on: where a clause ends, what begins or ends in it, what adds little.

``worker.validity`` tells by them of which fact a time speaks.
"""

from __future__ import annotations

from worker.english.patterns import of_words, one_of, pattern
from worker.english.verbs import TO_BE
from worker.english.words import (
    COMMON_PREPOSITIONS,
    CONJUNCTIONS,
    RELATIVES,
    SUBJECT_PRONOUNS,
    SUBORDINATORS,
)

_ORDERING = frozenset({"after", "before"})
_CONTRASTING = frozenset({"while", "whereas"})
_HE = one_of(SUBJECT_PRONOUNS)
# Before a participle that tells what happened once; "are elected" and "be elected" tell no time.
_PASSIVE = one_of(TO_BE - {"are", "be", "gets"})

BREAK = pattern(
    rf"[;:\"“”]|{of_words(RELATIVES | SUBORDINATORS | CONJUNCTIONS | {'then', 'said'})}",
    yes=" worked while ",
    no=" worked as ",
    flags=0,
)
SUBORDINATE = pattern(
    of_words(RELATIVES | _CONTRASTING | _ORDERING), yes=" whose ", no=" his ", flags=0
)
# Where a new statement begins between two names: "S worked when O opened".
NEW_STATEMENT = pattern(
    of_words(_CONTRASTING | _ORDERING | {"when", "that"}),
    yes=" worked when ",
    no=" worked for ",
    flags=0,
)
# "Who" speaks of people, "which" of anything else.
OF_THINGS = pattern(r"\bwhich\b", yes=", which ", no=", who ", flags=0)
OF_PEOPLE = pattern(r"\bwhom?\b", yes=", who ", no=", whose ", flags=0)
# What denies a whole statement; "no" denies a noun.
NEVER = pattern(
    rf"{of_words(['not', 'never', 'nor', 'neither', 'without'])}|n['’]t\b",
    yes="She didn’t lead ",
    no="No one led ",
    flags=0,
)
UNIQUE = pattern(
    r"\b(?:first|only|last|most|[a-z]{3,}est)\b", yes=" the youngest ", no=" a young ", flags=0
)
ABOUT_IT = pattern(
    r"\b(?:history|book|study|biography|account|film|novel|essay|map|list|survey)"
    r" (?:of|about|on)\b",
    yes=" wrote a history of ",
    no=" has a history and ",
    flags=0,
)
LIFE = pattern(r"\b(?:born|died|b\.|d\.)|[†*]", yes=" (born ", no=" (from ", flags=0)
# Between a name and the time after it: what it is, as what, where, but nothing that happens.
_NO_PLAIN = one_of(
    CONJUNCTIONS
    | RELATIVES
    | _ORDERING
    | frozenset(
        """of on about for to by from born died founded then while until since alone
        except""".split()  # noqa: SIM905
    )
)
_PLAIN = rf"(?!{_NO_PLAIN}\b)[a-z][a-z-]*"
NEAR = pattern(
    rf"(?:['’]s)?(?: {_PLAIN}){{0,2}}"
    rf"(?: ?,? as (?:an? |the |its |their |his |her )?{_PLAIN}(?: (?:of |for )?{_PLAIN}){{0,3}})?"
    r"(?: ?,? (?:in|at|of) (?:the )?(?:[A-Z][\w.-]*(?: [A-Z][\w.-]*)*)(?:, [A-Z][\w.-]*)?)?"
    r"(?: (?:again|there|full-time|briefly))?,? ?(?: ?,? (?:in|during|for)(?: the years?)? )?",
    yes=" as a chemist in Oslo ",
    no=" and moved ",
    how="fullmatch",
    flags=0,
)
TO_RANGE = pattern(
    r" ?,? (?:(?:in|during|for)(?: the years?)? )?",
    yes=", during the years ",
    no=" until ",
    how="fullmatch",
    flags=0,
)
NOUN_OF = pattern(r"\w+ (?:of|between)(?: the)? $", yes="The head of the ", no="The head ", flags=0)
# Says nothing by itself: "became a republic", "was named after".
SAYS_NOTHING = pattern(
    r"bec(?:a|o)m\w+|.* named", yes="became", no="left", how="fullmatch", flags=0
)
# Not "the 1992–93 season".
FREE = pattern(
    r"(?!\s?[A-Za-z])|\s(?:and|but|when|where|while|with|under|as|before|after)\b",
    yes=" and left",
    no=" season",
    how="match",
    flags=0,
)
STARTED = pattern(
    r"\b(?:bec(?:a|o)mes?|becoming|join(?:ed|s|ing)|took (?:over|office)|takes over|moved|relocated"
    r"|transferred|married|marries|wed|enrolled|enlisted|entered|enters|matriculated|signed"
    r"|began|begun|started(?! by)|assumed|succeeded|settled|emigrated|immigrated|converted|acceded"
    r"|acquired|bought|purchased|annexed|hired|recruited"
    rf"|{_PASSIVE} (?:(?:first|again|then|later|formally|unanimously) )?"
    r"(?:re-?)?(?:appointed|elected|named|promoted|sworn in|inaugurated|crowned|installed|drafted"
    r"|traded|admitted|commissioned|selected|taken over|sold|naturali[sz]ed|chosen|designated))\b",
    yes="was later elected",
    no="are elected",
    flags=0,
)
ENDED = pattern(
    r"\b(?:left|leav(?:es|ing)|resign(?:ed|s|ing)|retir(?:ed|es|ing)|departed|quit(?:ting)?"
    r"|stepped down|withdrew|seceded|divorced|graduated|stopped|ceased"
    rf"|{_PASSIVE} (?:dismissed|fired|sacked|expelled|ousted|deposed|removed"
    r"|discharged|relegated))\b",
    yes="was removed",
    no="removed",
    flags=0,
)
PASSED_ON = pattern(
    rf"\b{_PASSIVE} (?:succeeded|replaced)\b", yes="was replaced", no="replaced", flags=0
)
THEN_ENDED = pattern(
    rf" ?,? ?(?:and |but |before |then |and then )?(?:{_HE} )?(?:finally |later )?"
    r"(?:left|leaving|resigned|resigning|retired|retiring|departed|departing|quit|stepped down)"
    r"(?: it| there| the (?:team|club|band|group|company|party|post|office|union|school))? $",
    yes=", and she left the club ",
    no=", and she led the club ",
    how="fullmatch",
    flags=0,
)
AND_STAYED = pattern(
    rf" ?,? ?(?:and |where {_HE} )?(?:stayed|staying|remained|remaining|served|serving"
    r"|worked|working|played|playing|lived|living|continued|continuing)"
    r"(?: there| on| in (?:office|the post)| with (?:it|them))? ?$",
    yes=", where he stayed ",
    no=", where he was ",
    how="fullmatch",
    flags=0,
)
OPENING = pattern(
    r"\W*(?:(?:and|but|then|later|thus|also|only)\b,? )?\W*",
    yes="later, ",
    no="she ",
    how="fullmatch",
    flags=0,
)
ASIDE = pattern(
    r" ?,? (?:the |then |[a-z-]+ )?(?:the )?"
    r"|, (?:after|following|despite|with|having|at|aged)\b[^,]*, ",
    yes=", after the war, ",
    no=", she and ",
    how="fullmatch",
    flags=0,
)
# Between the names of a list of which the same is said; "moved to A from B" says two things.
_IN_LISTS = COMMON_PREPOSITIONS - {"from", "on"}
LISTED = pattern(
    rf"[\s,;]*(?:and |then |later )*(?:{one_of(_IN_LISTS)} )?(?:the )?",
    yes=", and later for the ",
    no=" from ",
    how="fullmatch",
    flags=0,
)
ALSO_NAMED = pattern(
    r" ?,? (?:and|or|&) (?:the )?|, ", yes=" and the ", no=" of ", how="fullmatch", flags=0
)
