"""Words of people who talk to each other: who "I" and "you" are, and how answers are cut short."""

# ruff: noqa: E501 -- a pattern is read more easily in few long lines
from __future__ import annotations

from worker.english.patterns import one_of, pattern, shown
from worker.english.words import FINITE_BE, HAVE, MODALS, NEGATIONS, SUBJECT_PRONOUNS, WHO

SPEAKER = {"i", "me", "myself", "we", "us", "ourselves"}  # who says it
SPEAKERS = {"my", "mine", "our", "ours"}  # what is theirs
SPOKEN_TO = {"you", "yourself"}
SPOKEN_TOS = {"your", "yours"}
PERSON = pattern(
    rf"(?<![\w’'.-]){one_of(SPEAKER | SPEAKERS | SPOKEN_TO | SPOKEN_TOS)}(?![\w-])",
    yes="Here I am.", no="Sir Brook's at the mill.",
)  # fmt: skip
# What stands behind a person as a subject, and what it is of a third one.
THIRD = {
    "am": "is", "'m": " is", "are": "is", "'re": " is", "were": "was", "have": "has",
    "'ve": " has", "do": "does", "don't": "doesn't", "haven't": "hasn't", "aren't": "isn't",
    "weren't": "wasn't", "'ll": " will", "'d": " would",
}  # fmt: skip
# "I think" says nothing of who does.
THINKING = pattern(
    r"(?:\s+(?:also|still|just|really|actually|only|never|already|always|don['’]t|do|can|could|['’]d"
    r"|would))*\s+(?:think|guess|hope|believe|know|see|mean|hear|heard|thought|suppose|suggest|say"
    r"|propose|doubt|bet|wonder|imagine|said|told)\b|['’](?:m|re)\s+(?:(?:so|just|very)\s+)?(?:sorry|afraid|sure|glad|happy"
    r"|not sure|here|fine|ok|okay|proud)\b",
    yes=" really think so", no=" live here", how="match",
)  # fmt: skip
PLAIN = frozenset(
    """live work play study teach speak own know run lead manage stay love like drive sing write
    collect come belong descend share rent build sell bake help serve represent train coach direct
    edit paint volunteer commute attend support use need want go see make sit""".split()  # noqa: SIM905
)
BEHIND = pattern(
    r"(?P<short>['’](?:m|re|ve|ll|d)\b)"
    r"|(?P<between>(?:\s+(?:also|still|now|just|really|currently|actually|only|never|already"
    r"|always|mostly|both))*\s+)(?P<verb>[a-z]+(?:n['’]t)?)\b",
    yes=" still live here", no=", Ada", how="match", flags=0,
)  # fmt: skip
BEFORE = pattern(
    rf"\b(?P<verb>am|{one_of(FINITE_BE - {'was'})}|have|do|did|don['’]t|haven['’]t|aren['’]t"
    rf"|{one_of(MODALS)}|let|thank)\s+$",
    yes="and where do ", no="and ",
)  # fmt: skip
# No names: whoever goes by one of these is nobody whom facts are told of.
ROLES = shown(
    {"assistant", "user", "system", "bot", "ai", "agent", "customer", "support", "human",
     "developer", "tool", "chatbot", "operator", "client", "guest", "caller", "moderator"},
    yes="Assistant", no="Ada Brook",
)  # fmt: skip
AGREEING = pattern(
    r"(?:oh |ah |well,? )?(?:yes|yeah|yep|yup|yea|correct|exactly|indeed|right|sure|true|of course"
    r"|absolutely|that['’]s right|you got it)\b[\s,.!:)]*(?:(?:it|that|he|she|they|i|we)\s+"
    r"(?:is|does|do|did|has|have|am|are|was|were)\b[\s,.!]*)?"
    r"|(?:it|that|he|she|they|i|we)\s+(?:is|does|do|did|has|have|am|are|was|were)(?=[\s]*(?:[.,!]|$))[\s,.!]*",
    yes="Yes, it is.", no="No.", how="match",
)  # fmt: skip
REFUSING = pattern(
    r"(?:(?:oh|ah|well|haha|lol|hm+|god)[\s,!.:]*)*(?:no+|nope|nah|not (?:quite|really"
    r"|true|since|any ?more|me|him|her|them|at all|exactly)|wrong|that['’]s (?:wrong|outdated|not|a lie)"
    r"|never|it['’]s \w+, not|stop it|don['’]t think so|i don['’]t think|that would be a lie"
    r")\b",
    yes="No, she is not.", no="She is not.", how="match",
)  # fmt: skip
# A question in the form of a statement: who agrees states it.
SAID_TO_ASK = pattern(
    r"(?!(?:(?:and|so|but|ok|okay|oh)\s+)*(?:who|what|where|when|why|how|which|whose|whom|is|are|was|were|am|do|does|did"
    r"|has|have|had|can|could|will|would|shall|should|may|any)\b)(?=(?:\S+\s+){2}).*?(?P<tag>(?:,?\s*(?:right|correct|yes|no|isn['’]t (?:it|he|she)"
    r"|aren['’]t you|don['’]t you|then|yeah|huh))?\s*\?+)\s*$",
    yes="She was born in 1797 in London right?", no="Was she born in London?", how="match",
)  # fmt: skip
FILLER = pattern(
    r"(?:(?:oh|ah|eh|well|yes|yeah|yep|no(?: no)*|god no|so|ok|okay|and|but|then|hm+|haha|lol|hi"
    r"|hello|hey|sure|right|of course|correct|indeed|thanks|thank you|thx|great|good|splendid"
    r"|understood|perfect|i see|sorry|wow|by the way|btw|ugh|aww|fair|nice|congrats|oops|true|news"
    r"|(?:bad|good|other|great) news|fine|agreed)(?:(?:,|!+|\.|:|;|\s:?\)|\?+!*)(?:\s+|$)|$)"
    r"|(?:oh|ah|eh|well|yes|yeah|yep|so|ok|okay|and|but|then|haha|lol|hey|hi)\s+)+",
    yes="Oh, yes, in Rome", no="In Rome", how="match",
)  # fmt: skip


def after_fillers(text: str, start: int, end: int) -> int:
    """Return where a stretch of a text begins to say something.

    >>> after_fillers("Oh, yes, in Rome", 0, 16), after_fillers("In Rome", 0, 7)
    (9, 0)
    """
    filler = FILLER.match(text, start, end)
    return filler.end() if filler else start


# A text with a subject and a verb of its own is no fragment.
OWN_VERB = pattern(
    rf"\b(?:i|we|you|{one_of(SUBJECT_PRONOUNS)}|there|that|this)(?:\b['’]\w+|\s+\w+)"
    rf"|\b(?:am|{one_of(FINITE_BE | (HAVE - {'having'}) | MODALS)}|does|did)\b|\w['’]s\s+(?:a|an|the|my|in|at)\b",
    yes="he lives in Rome", no="Rome, with Ada",
)  # fmt: skip
UNKNOWN = pattern(
    rf"\b(?:{one_of(NEGATIONS)}|maybe|perhaps|dunno|no idea|why|depends|guess|probably|secret)\b|\?",
    yes="no idea", no="in Rome",
)  # fmt: skip
# "Left at the end of March.": the speaker did.
LEFT_OUT = pattern(
    r"(?:(?:just|finally|recently|then|also)\s+)?(?:left|moved|started|joined|quit|finished"
    r"|graduated|became|got (?:married|engaged|the job|a job|promoted)|studied|worked|lived|grew up"
    r"|bought|sold|founded|born|retired|retrained|had to (?:quit|leave)|been (?:living|working)"
    r"|working|living|studying|married)\b(?=\s|[.!,])",
    yes="Left at the end of March.", no="Rome left at once", how="match",
)  # fmt: skip
_NAME = r"[A-ZÀ-Þ][\w’'-]*"
SUBJECT = (
    rf"(?:[Yy]ou|[Hh]e|[Ss]he|[Ii]t|[Tt]hey|I|[Ww]e"
    rf"|(?:[Yy]our|[Hh]is|[Hh]er|[Tt]heir|[Mm]y|[Oo]ur|[Tt]he)(?: [a-z]+){{1,3}}(?: {_NAME})*|{_NAME}(?: (?:of |the )?{_NAME})*)"
)
_LEAD = r"(?:(?:For [a-z]+,|[Aa]nd|[Ss]o|[Bb]ut|[Oo]k|[Oo]kay|[Tt]hen|[Nn]ow|[Bb]y the way|[Gg]ood|[Gg]reat|[Ii]ndeed|[Cc]orrect|[Ee]xactly)[,.!]? )*"
_END = r"(?:,? (?:exactly|again|then|now|these days|please|by the way|anyway|at last))?[ ?!.]*$"
ASKED_DO = pattern(
    rf"{_LEAD}(?P<wh>[Ww]here(?: and when)?|[Ww]hen(?: and where)?|[Ss]ince when|[Hh]ow long|[Ww]ho|[Ww]hat|[Ww]hich [a-z ]+?)"
    rf" (?P<aux>do|does|did) (?P<subject>{SUBJECT}) (?P<verb>[a-z]+)(?P<rest>(?: [^?.,]+?)?){_END}",
    yes="And where does she work?", no="Where is she?", how="match", flags=0,
)  # fmt: skip
ASKED_BE = pattern(
    rf"{_LEAD}(?P<wh>[Ww]here(?: and when)?|[Ww]hen(?: and where)?|[Ss]ince when|[Hh]ow long)"
    rf"(?P<aux> is|['’]s| are| was| were| have| has) (?P<subject>{SUBJECT})(?: two| both)?(?P<rest>(?: [^?.,]+?)?){_END}",
    yes="When were you born?", no="When did she go?", how="match", flags=0,
)  # fmt: skip
ASKED_WHO = pattern(
    rf"{_LEAD}(?P<wh>{one_of({w.capitalize() for w in WHO} | WHO)}) (?P<verb>[a-z]+(?:ed|s)|wrote|won|made|got|led|built|sang|ran)"
    rf"(?P<rest> [^?]+?){_END}",
    yes="who wrote Things Fall Apart?", no="When was it?", how="match", flags=0,
)  # fmt: skip
ASKED_NAME = pattern(
    rf"{_LEAD}(?P<wh>[Ww]hat|[Ww]ho)(?: is| are| was|['’]s|['’]re) (?P<subject>[^?]+?){_END}",
    yes="What is your role?", no="Where is your role?", how="match", flags=0,
)  # fmt: skip
ASKED_THING = pattern(
    rf"{_LEAD}(?P<subject>(?:[Yy]our|[Hh]is|[Hh]er|[Tt]heir|[Tt]he)(?: [a-z]+){{1,3}}(?: of {_NAME}(?: {_NAME})*)?){_END}",
    yes="Their elder daughter?", no="Ada Brook?", how="match", flags=0,
)  # fmt: skip
ASKED_ROLE = pattern(
    rf"{_LEAD}(?:[Aa]s what|[Ii]n (?:which|what) role|[Ww]hat do you do(?: for a living| there| now)?"
    rf"|[Ww]hat(?: is|['’]s) your (?:job|role|occupation|profession|title)(?: and [^?]*)?|[Ww]hat work do you do"
    rf"|[Aa] job|[Aa]nd work|[Ww]hat(?: is|['’]s) your (?:job|role) now){_END}",
    yes="As what?", no="What is she?", how="match", flags=0,
)  # fmt: skip
ASKED_WHERE_TO = pattern(
    rf"{_LEAD}(?:[Ww]here to|[Ww]here (?:are|do) you (?:live |living )?(?:these days|now)){_END}",
    yes="Where to?", no="Who to?", how="match", flags=0,
)  # fmt: skip
ASKED_IF = pattern(
    rf"{_LEAD}(?P<aux>[Ii]s|[Aa]re|[Ww]as|[Ww]ere|[Hh]as|[Hh]ave|[Dd]o|[Dd]oes|[Dd]id) (?P<subject>{SUBJECT})"
    rf"(?P<rest> [^?]+?){_END}",
    yes="Have you relocated as well?", no="Where is she?", how="match", flags=0,
)  # fmt: skip
PREPOSED = pattern(
    r"(?:in|at|on|since|from|for|near|to|until|by|around|about|with|after|before|during)\b",
    yes="in Rome", no="Rome", how="match",
)  # fmt: skip
# What leads to the answer of a question.
LINKED = {"where": "in", "when": "on", "since": "since", "how": "for"}
# Between the two sides of what is not, or not yet, so.
ONLY_SPOKEN_OF = pattern(
    r"\b(?:appl(?:y|ied|ying)|interview(?:ed|s)?|shortlisted|nominat\w+|rumou?rs?|would|might|(?-i:may)|could"
    r"|should|if|imagine|pretend|wants?(?: \S+){0,3} to|wish(?:es)?|hop(?:e|es|ing) to|thinking (?:about|of)"
    r"|talking to|maybe|perhaps|plan(?:s|ning|ned)?(?: \S+)? to|going to|considering|asked (?:if|whether)"
    r"|asks (?:if|whether)|almost|nearly|not|n['’]t|never|no longer|neither|nor)\b",
    yes="he has applied for a postdoc at ETH", no="she works at ETH",
)  # fmt: skip
NOT_GIVEN = pattern(
    r"\b(?:shortlisted|nominated for|(?:a|the|that) nomination|the rumou?r|lol|kidding|joking|imagine|pretend"
    r"|say i was|only an interview|term sheet)\b",
    yes="I was only shortlisted", no="I won it",
)  # fmt: skip
THEIR_PEOPLE = pattern(
    r"\s+(?:(?:late|own|old|elder|older|younger|little|big|new|best|ex-?)\s+)?(?:\w*(?:mother|father|brother|sister|son|daughter"
    r"|parent)s?|mum|mom|mama|dad|papa|nonna|nonno|aunt|uncle|cousin|niece|nephew|wife|husband|partner"
    r"|girlfriend|boyfriend|fianc\w+|neighbou?r|friend|boss|colleague|coach|teacher|flatmate|roommate"
    r"|kids?|children|child|family|folks|team|keeper|dentist|doctor|landlord|client)s?\b",
    yes=" mum is a chemist", no=" job", how="match",
)  # fmt: skip
