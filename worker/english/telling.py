"""How people tell facts in few words: jobs, kin, homes, and questions that only name what they ask.

Where a form is asked ("Occupation?", "And your wife's name?"), the answer may be one word.
"""

# ruff: noqa: E501 -- a pattern is read more easily in few long lines
from __future__ import annotations

from typing import Final

from worker.english.occupations import is_occupation
from worker.english.patterns import one_of, pattern, shown
from worker.english.roles import ACRONYMS, is_role_word
from worker.english.words import DETERMINERS, FINITE, PRONOUNS, RELATIVES

_CAPITAL = r"(?!I\b)[A-ZÀ-ÞŁŚŻŽŠČ][\w’'&-]*"
NAME = rf"{_CAPITAL}(?: (?:(?:of|the|de|di|del|da|du|van|von|&) )?{_CAPITAL})*"
# Of whom something is told, with the verb behind: "I'm", "she is", "Ada was".
WHO = rf"(?P<who>\b(?:I|[Ww]e|[Yy]ou|[Hh]e|[Ss]he)\b|{NAME})"
BE = r"(?:['’]s been|['’](?:m|s|re)|\s+(?:am|is|are|was|were)|\s+has been|['’]ve been|\s+have been)"
BETWEEN = r"(?:\s+(?:still|now|only|just|actually|currently|also|really|both))*"
_ARTICLE = r"(?:(?:an?|the|our|their|your|his|her|a new|the new|their new|our new)\s+)?"
_JOB_END = r"(?=\s*(?:[,.;:!?)(–-]|$|\b(?:at|with|for|in|from|so|who|but|and|since|there|now|here|then|too|by|if|to|until|on)\b|of\s+[A-Z]|[^\w\s’'-]))"
_JOB_WORDS = r"(?P<job>(?:[a-z][\w-]*|[A-Z]{2,4})(?:\s+(?:[a-z][\w-]*|[A-Z]{2,4}))*?)"
_PLACE = rf"(?:(?:\s+(?:back|over|up|down))?\s+(?:at|for|with)\s+(?:the\s+)?(?P<firm>{NAME}))?"
JOB_TOLD = pattern(
    rf"{WHO}(?:{BE}|\s+(?:work(?:s|ed)?(?: (?:at|for|in) [^,.;!?]{{1,40}}?)?|bec(?:ame|omes?)|start(?:s|ed)?(?: on [\w ]+?)?)\s+as|{BE}\s+working\s+as){BETWEEN}\s+{_ARTICLE}{_JOB_WORDS}{_JOB_END}{_PLACE}",
    yes="She's a nurse at St Brannock's so try after six", no="It was.", flags=0,
)  # fmt: skip
JOB_ALONE = pattern(
    rf"(?:^|[,.:]\s+)(?:[Ss]till\s+|[Nn]ow\s+)?{_ARTICLE}{_JOB_WORDS}\s+(?:at|for|with)\s+(?:the\s+)?(?P<firm>{NAME})",
    yes="starting 1 June, marine biologist at Havstad Aquarium", no="I am at Havstad", flags=0,
)  # fmt: skip
JOB_OF_NAMED = pattern(
    rf"(?P<who>{NAME}),\s+{_ARTICLE}{_JOB_WORDS}{_JOB_END}{_PLACE}",
    yes="pass you to Funmi Bello, our team leader.", no="Funmi Bello, Ada", flags=0,
)  # fmt: skip
FIRM_ALONE = pattern(
    rf"(?:^|[,.!]\s+)(?:(?:ok|and|but|so|yes),?\s+)*(?:[Ss]till (?:at|with)|[Bb]efore that,?(?: at| with)?)\s+(?:the\s+)?(?P<firm>{NAME})",
    yes="but yes, still at the Maritime Museum", no="still at home", flags=0,
)  # fmt: skip
FIRM_TOLD = pattern(
    rf"{WHO}{BE}{BETWEEN}\s+(?:at|with)\s+(?:the\s+)?(?P<firm>{NAME})",
    yes="Before that he was with Kladno Works", no="he was with her", flags=0,
)  # fmt: skip
JOB_ANSWER = pattern(
    rf"{_ARTICLE}(?P<job>[A-Za-z][\w-]*(?:\s+[a-z][\w-]*|\s+[A-Z]{{2,4}}){{0,4}}){_JOB_END}",
    yes="Bus driver.", no="42", how="match", flags=0,
)  # fmt: skip
LIVES_IN = pattern(
    rf"{WHO}(?:{BE}|['’]ve|\s+(?:has|have))?{BETWEEN}\s+(?:lives?|living|been living|based|moved(?: back| over| up| down)?|gone back|relocated|went back|settled)"
    rf"\s+(?:in|to)\s+(?P<place>{NAME})",
    yes="He's gone back to Utrecht", no="He lives well", flags=0,
)  # fmt: skip
HOME_IN = pattern(
    rf"\b(?P<who>[Mm]y|[Oo]ur|[Hh]is|[Hh]er)\s+(?:\w+\s+)?(?:flat|house|apartment|place|home)\s+(?:is\s+)?in\s+(?P<place>{NAME})",
    yes="our flat in Cork", no="the flat in Cork", flags=0,
)  # fmt: skip
# What began at the one time that its sentence names.
BEGAN = pattern(
    r"\b(?:since|moved|start(?:s|ed|ing)?|joined|became|relocated|as of|gone back|promoted|took over|from)\b",
    yes="I moved in March", no="I lived there in March",
)  # fmt: skip
_WIFE = {"wife", "husband", "spouse"}
_CHILD = {"son", "daughter"}
_MOTHER = {"mother", "mum", "mom", "mam", "mama"}
_FATHER = {"father", "dad", "papa", "pap"}
_SIBLING = {"brother", "sister"}
_PARTNER = {"partner", "girlfriend", "boyfriend"}
KIN: Final = {
    **dict.fromkeys(_WIFE, "spouse"), **dict.fromkeys(_CHILD, "child"),
    **dict.fromkeys(_MOTHER, "mother"), **dict.fromkeys(_FATHER, "father"),
    **dict.fromkeys(_SIBLING, "sibling"), **dict.fromkeys(_PARTNER, "partner"),
}  # fmt: skip
WOMEN = shown(
    {"wife", "daughter", "sister", "girlfriend"} | _MOTHER, yes="my sister", no="my brother"
)
MEN = shown({"husband", "son", "brother", "boyfriend"} | _FATHER, yes="my son", no="my wife")
KIN_OF = pattern(
    rf"\b(?P<who>[Mm]y|[Oo]ur|[Yy]our|[Hh]is|[Hh]er)\s+(?:(?:late|own|elder|older|younger|little|big|eldest|youngest|new)\s+)?(?P<kin>{one_of(KIN)})(?![\w-])"
    rf"(?P<theirs>['’]s)?(?P<direct>(?:,|\s+is|\s+is called)?\s+(?P<name>{NAME}))?",
    yes="my husband Khalid", no="the husband", flags=0,
)  # fmt: skip
NAME_IS_KIN = pattern(
    rf"(?P<name>{NAME})(?:\s+(?:is|was)|,)\s+(?P<who>[Mm]y|[Yy]our|[Hh]is|[Hh]er)\s+(?:\w+\s+)?(?P<kin>{one_of(KIN)})(?![\w-])",
    yes="Martin is my husband", no="Martin is a husband", flags=0,
)  # fmt: skip
KIN_ALONE = pattern(
    rf"(?:^|[.!,]\s+)(?P<kin>{one_of({word.capitalize() for word in KIN})})(?:,|\s+is)?\s+(?P<name>{NAME})",
    yes="Two. Daughter Sofia, born 2014", no="Two. Daughters", flags=0,
)  # fmt: skip
ONLY_NAME = pattern(
    rf"(?P<name>{NAME})(?:\s*[^\w\s’'-]|\s+and\b|\s*$)", yes="Patrick Doyle.", no="he is",
    how="match", flags=0,
)  # fmt: skip
NAME_ASKED = pattern(
    r"\b(?:names?|called)\b(?! on| under)|\bwho is (?:he|she)\b|\bwhich (?:brother|sister|son|daughter)\b",
    yes="What's her name?", no="Where is she?",
)  # fmt: skip
HE_OR_SHE = pattern(r"\b(?:he|she)\b", yes="Is she in?", no="Is it for her?")
HIS_OR_HERS = pattern(r"\b(?:he|his|she|her)\b", yes="Her job?", no="Your job?")
YOURS = pattern(r"\byou(?:r|['’]\w+)?\b", yes="Your job?", no="Yours?")
# What a question asks for, by the words that name it; the last one is a whole question.
ASKED_BIRTH = pattern(
    r"\b(?:date of birth|birth ?date|birthday|born (?:when|on)|when (?:were you|was (?:he|she)) born|dob)\b|^(?:and )?when\?$",
    yes="Place and date of birth?", no="When do you come?",
)  # fmt: skip
ASKED_BIRTHPLACE = pattern(
    r"\b(?:place (?:and date )?of birth|birth ?place|born where|where (?:were you|was (?:he|she)) born)\b",
    yes="Born where?", no="Where is she?",
)  # fmt: skip
ASKED_DEATH = pattern(
    r"\b(?:date of death|when did (?:he|she) (?:die|pass)|died when)\b",
    yes="when did he die exactly?", no="When did he go?",
)  # fmt: skip
ASKED_DEATHPLACE = pattern(
    r"\b(?:place of death|where did (?:he|she) die|died where)\b",
    yes="Where did she die?", no="Where did she go?",
)  # fmt: skip
ASKED_JOB = pattern(
    r"^(?:[\w ]+, )?(?:and |so )?(?:(?:your|his|her|their|my|current|full|job|exact|mother['’]s|father['’]s|wife['’]s|husband['’]s) )*(?:occupation|profession|job(?: title)?|job title [\w ]+|title|position|role)\b[^,]{0,20}\?"
    r"|\bwhat (?:do|does) (?:you|he|she) do\b|\bas what\?|\bwhat(?:['’]s| is) (?:your|his|her) (?:\w+ )?(?:job|role|title|occupation|position)\b"
    r"|\bwhat will you be doing\b|\byour full title\b|\bas (?:presenter|what)\?",
    yes="Occupation?", no="What did you do to it?",
)  # fmt: skip
ASKED_FIRM = pattern(
    r"\b(?:employer|where (?:do|does) (?:you|he|she) work|who (?:do|does) (?:you|he|she) work for|and before (?:us|that)|"
    r"(?:which|what) (?:company|hospital|firm|school) (?:are|do|does|is) (?:you|he|she))\b",
    yes="Previous employer?", no="Where is she?",
)  # fmt: skip
ASKED_NATION = pattern(
    r"^(?:and )?(?:your )?(?:nationality|citizenship)\?|\bwhat(?:['’]s| is) your (?:nationality|citizenship)\b",
    yes="Nationality?", no="Which nation?",
)  # fmt: skip
ASKED_LANGUAGES = pattern(
    r"\b(?:languages?\?|(?:which|what) languages\b|do(?:es)? (?:you|he|she) speak\b)", yes="Languages?", no="Mind your language!"
)  # fmt: skip
ASKED_HOME = pattern(
    r"\b(?:(?:home )?address\?|where (?:in (?-i:[A-Z])\w+ )?(?:do|does) (?:you|he|she) live|where are you (?:based|living)"
    r"|where in (?-i:[A-Z])\w+ (?:are you|is (?:he|she))\?|in (?-i:[A-Z])\w+ still\?)",
    yes="Home address?", no="Where is it?",
)  # fmt: skip
ASKED_SCHOOL = pattern(
    r"\b(?:where did (?:you|he|she) (?:study|go to (?:school|university))|^(?:and )?(?:school|university|education|alma mater)\?)",
    yes="Where did you study?", no="Where did you go?",
)  # fmt: skip
SPEAKS = pattern(
    rf"{WHO}{BETWEEN}\s+(?:speaks?|spoke)\s+(?:\w+\s+){{0,2}}(?P<languages>{NAME}(?:,? (?:and )?(?:\w+ )?{NAME})*)",
    yes="She speaks Dutch and Greek", no="She speaks well", flags=0,
)  # fmt: skip
NOT_SO = pattern(
    r"\b(?:not|n['’]t|never|no longer|would|could|might|should|if|maybe|perhaps|used to|want(?:s|ed)?"
    r"|hope(?:s|d)?|almost|nearly|until|once|one day|dream|next year|will|['’]ll|going to|apply\w*"
    r"|applied|as if|like an?|lol|joke|kidding)\b",
    yes="I'm not a nurse", no="I'm a nurse",
)  # fmt: skip
SO_SO = pattern(
    r"\b(?:a bit of|a little|some|no|not|(?:don|doesn|isn|can)['’]t(?: \w+)?|learn(?:ing)?|under[a-z]+)\s+$",
    yes="and a bit of ", no="I speak ",
)  # fmt: skip
NEW_JOB = pattern(
    r"(?:new|current|old|next) ", yes="new CTO", no="CTO", how="match"
)  # fmt: skip
# Words with a capital that begin a sentence and name nobody.
NO_NAMES = shown(
    set(
        """a ah and any anything boy bravo but congrats congratulations correct currently did do easy
        either eh evviva exactly few fine first girl good got great haha hello hey hi how i if in
        is it just lovely mabrouk mine morning mr mrs ms nice no nobody none nope not of oh ok okay
        on one only or perfect please really right same she he so some sorry still sure thank
        thanks that the their then there they this three today tomorrow two understood until well
        we what when where who why wow wonderful yay yeah yep yes yesterday you your my our
        monday tuesday wednesday thursday friday saturday sunday january february march april may
        june july august september october november december christmas easter""".split()  # noqa: SIM905
    ),
    yes="Lovely", no="Ada",
)  # fmt: skip
# Beside the occupations, and the words of roles, that are known by their endings.
_JOBS = shown(
    set(
        """designer agent caretaker producer presenter developer judge paramedic clerk tutor keeper
        programmer carer nanny operator operative surveyor planner broker trader cashier leader
        cleaner courier ranger trainer instructor therapist counsellor paralegal apprentice trainee
        volunteer worker specialist strategist tester copywriter beekeeper goldsmith roofer
        decorator tiler porter steward stewardess magistrate priest vicar imam rabbi monk nun pastor
        deacon sergeant doctor gp lead master foreman""".split()  # noqa: SIM905
    ),
    yes="designer", no="table",
)  # fmt: skip
_ENDINGS = ("ologist", "ician", "ographer", "iatrist", "aesthetist", "ometrist", "maker")
_NO_JOB = PRONOUNS | DETERMINERS | RELATIVES | FINITE | {"not", "been"}


def is_job(words: str) -> bool:
    """Tell whether some words name what somebody does.

    >>> is_job("marine biologist"), is_job("head of people"), is_job("few things")
    (True, True, False)
    """
    said = words.split(" of ")[0].split()
    if not said or len(words.split()) > MOST_JOB_WORDS or _NO_JOB & set(words.casefold().split()):
        return False
    last = said[-1].casefold()
    if " of " in words and last in ("head", "chief", "director", "vice-president", "secretary"):
        return True
    return is_occupation(last) or is_role_word(said[-1]) or last in _JOBS or last.endswith(_ENDINGS)


MOST_JOB_WORDS: Final = 6


_OFFICES = shown(
    set(
        """chair chairman chairwoman director president head minister lead leader secretary general
        treasurer counsel mayor captain coach officer curator rector dean chancellor ambassador
        governor""".split()  # noqa: SIM905
    ),
    yes="director", no="driver",
)  # fmt: skip


def is_office(words: str) -> bool:
    """Tell whether a job is an office that is held: a chair, a head of something.

    >>> is_office("head of people"), is_office("bus driver"), is_office("CTO")
    (True, False, True)
    """
    last = words.split()[-1] if words else ""
    return " of " in words or last in ACRONYMS or last.casefold() in _OFFICES
