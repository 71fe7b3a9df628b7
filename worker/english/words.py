"""The closed classes of English words that questions are read by, each in one place.

Every class is lower case. What is no closed class (the words for relations, the names of things)
comes from the memory's own schema.
"""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


QUESTION_WORDS = _words("who whom whose what which where when why how")
WHO = _words("who whom whose")
WHAT = _words("who what which")  # that ask for names
BEFORE_A_NOUN = _words("which what many whose")
FINITE_BE = _words("is are was were")
BE = FINITE_BE | _words("be been being am 's 're")
DO = _words("do does did done")
HAVE = _words("has have had having")
PERFECT = _words("has have")  # before a participle
BETWEEN_PERFECT = _words("ever also already so far")  # and it
MODALS = _words("can could will would shall should may might must")
AUXILIARIES = BE | DO | HAVE | MODALS
PRESENT_AUXILIARIES = _words("is are does do has have")
PAST_AUXILIARIES = _words("was were did had")
FINITE = PRESENT_AUXILIARIES | PAST_AUXILIARIES
SUBJECT_PRONOUNS = _words("he she it they")
MASCULINE = _words("he him his")
FEMININE = _words("she her hers")
NEUTER = _words("it its")
PLURAL = _words("they them their theirs")
THIRD_PERSON = MASCULINE | FEMININE | NEUTER | PLURAL
POSSESSIVES = _words("his her hers its their")
# What stands for something named before; a question has "theirs" for nobody.
PRO_FORMS = (THIRD_PERSON - {"theirs"}) | {"there"}
EVERYONE = _words("everyone everybody anyone anybody nobody")
ARTICLES = _words("a an the")
DEMONSTRATIVES = _words("this that these those")
DETERMINERS = (ARTICLES | DEMONSTRATIVES | (POSSESSIVES - {"hers"})) | _words(
    "any some all every each no my your our"
)
# Before a noun that stands for anything of its kind: "which actor", "all actors".
OF_ANY = _words("which what many a an any all every some list name how both each several few no")
PREPOSITIONS = _words(
    """of in on at by to from for with without into onto under over about as within through
    upon near inside outside beside via towards toward against among amongst between behind per"""
)
# The commonest, also those that a question word may stand after: "in which".
COMMON_PREPOSITIONS = _words("in on at by to of from for with")
# After verbs they are like prepositions: "took over from", "grew up in", "moved away from".
PARTICLES = _words("up out off down away along across before after during")
RELATIVES = _words("who whom whose which that where when")
CONJUNCTIONS = _words("and or but nor")
SUBORDINATORS = _words("while whereas although though because if whether after before")
# No "mine": a question may ask for one.
SINGULAR_FIRST = _words("i me my")
PLURAL_FIRST = _words("we us our")
PRONOUNS = (
    THIRD_PERSON
    | SINGULAR_FIRST
    | PLURAL_FIRST
    | EVERYONE
    | _words("you your one ones someone somebody there")
)
# Words of a question that ask for nothing by themselves: politeness, emphasis, "is called".
FILLERS = _words(
    """please tell know find out give show list name names named called title titled state identify
    say explain let say see wonder wondering want like need would kind sort type also actually
    really exactly officially originally formally ever so then just well now ok okay hey hello hi
    thanks thank question answer information info some anything something things thing following
    specific particular certain real full complete various different known possible whats wheres
    whos hows if do get got happen happened happens come came comes go goes went take took taken
    make made found being own became become becomes considered regarded described listed mentioned
    recorded according back lies lie lying falls fall stand stands boundaries directly straight
    immediately entirely given gave gives give seen see met meet kept keep credited responsible
    looking look i'm i'd i.e e.g occurred occur occurs call calls plain legal up off out around
    included includes involved counted called serve serves served lot them people's person's way
    located situated whether all every each any overall role belong belongs belonged be act name's
    term terms example precisely roughly approximately please right best tv carried hands watch
    well-known best-known"""
)
_IN_ANY_QUESTION = (
    QUESTION_WORDS
    | FINITE
    | ARTICLES
    | SUBJECT_PRONOUNS
    | COMMON_PREPOSITIONS
    | _words("and or that this her his its their them i me we you many tell will")
)
# Words of a question that are no name by themselves, though something may be called so.
COMMON_IN_QUESTIONS = _IN_ANY_QUESTION | _words(
    """him your much list name born died die film movie book song album city country town place
    person people company band team game"""
)
# Words of a question that tell nothing of the relation that it asks for.
STOP_WORDS = _IN_ANY_QUESTION | _words("any as be been can could would give please show")
# Words that questions are made of: alone they are no names, capitalised or not. Not all
# prepositions are here, as names in small letters have them ("the house beside the sea").
PLAIN_IN_QUESTIONS = (STOP_WORDS | COMMON_IN_QUESTIONS | DETERMINERS) | _words(
    """about above after all also am become became before being between both but come date day
    during far first follow get given go head if into kind last lead live lived located long made
    make must named next not one out over part play position same say should since so state than
    then there thing through time title type under until up us whats while whos year years award
    awards author birth birthday birthplace books brother capital cast child children citizen
    citizenship composer created creator daughter dead death designed directed director discovered
    discoverer educated employed employer established father followed founded founder genre
    graduated husband inception influenced invented inventor language languages leader married
    mayor minister member mother nationality official owned owner parent parents performed performer
    played plays president produced producer published publisher received record religion released
    residence school series shown singer sister son spouse starred starring studied successor
    university wife work worked working works write writer written wrote went attend attended
    attends goes going lives owns owning leads leading led playing wins won buy bought sold heads
    headed runs ran acts acted sings sang sung makes says said moved moves grew dies"""
)
# Of no noun that is counted: "5 of them" is no amount of "of them".
FUNCTION_WORDS = (
    ARTICLES | FINITE | COMMON_PREPOSITIONS | THIRD_PERSON | RELATIVES | DEMONSTRATIVES
) | _words("and or not no as be out than more less over under")
# Beside the names of a relation these tell nothing of it.
UNTELLING = (RELATIVES | POSSESSIVES | FINITE) | _words(
    """the this been with from into for subject object someone something person people thing place
    time"""
)
# Words that ask for nothing by themselves.
EMPTY = (
    QUESTION_WORDS
    | AUXILIARIES
    | DETERMINERS
    | PREPOSITIONS
    | CONJUNCTIONS
    | PRONOUNS
    | FILLERS
    | RELATIVES
)
NEGATIONS = _words("not n't never no none nobody nothing neither nor without cannot")
EXCEPTING = _words("except excluding excepting besides apart aside barring")
# Words that change what is asked, and so may never be passed over.
OPERATORS = (
    NEGATIONS
    | EXCEPTING
    | _words(
        """only solely exclusively alone both either together same share shares shared sharing
        common jointly more most less least fewer fewest than oldest youngest older younger eldest
        earliest earlier latest later newest longest longer shortest largest larger biggest
        smallest highest lowest worst first second third fourth fifth sixth seventh eighth
        ninth tenth last final next previous preceding former future current currently present
        still already yet again anymore once ago recent recently until till since before after
        during while else other others another another's remaining total average
        twice half double alive dead living deceased false wrong untrue incorrect true long
        old often far tall deep heavy much many few several years year months
        days decades century centuries decade
        eighties nineties seventies sixties fifties forties thirties twenties ex"""
    )
)
# What says that several things are meant at once.
TOGETHER = _words("both common together jointly")
# Of these, what no relation's own words can account for.
NEVER_SPOKEN = NEGATIONS | EXCEPTING | _words("only solely exclusively else wrong untrue false")
# Words that stand for one thing together.
COMPOUNDS = {
    ("other", "half"): "other-half",
    ("better", "half"): "better-half",
    **{
        (side, noun): f"{side}-{noun}"
        for side in ("paternal", "maternal")
        for noun in _words(
            """grandfather grandmother grandparent grandparents uncle uncles aunt aunts cousin
            cousins"""
        )
    },
}
# The same of three.
LONG_COMPOUNDS: dict[tuple[str, ...], str] = {
    ("last", "but", "one"): "last-but-one",
    ("second", "to", "last"): "last-but-one",
    ("next", "to", "last"): "last-but-one",
    ("last", "but", "two"): "last-but-two",
}
# Family words made of a plain one: each step of them has to be read.
KIN_MARKS = ("grand", "step", "great-", "half-", "ex-", "foster", "god")
KIN_ENDS = ("-in-law", "-in-laws", "-law")
KIN = _words(
    """uncle uncles aunt aunts cousin cousins nephew nephews niece nieces in-law in-laws ancestor
    ancestors descendant descendants widow widower orphan twin twins relative relatives family"""
)


def is_kin_of_kin(word: str) -> bool:
    """Tell whether a word stands for more than one step of kinship, or a special one.

    >>> is_kin_of_kin("grandchild"), is_kin_of_kin("ex-husband"), is_kin_of_kin("child")
    (True, True, False)
    """
    return word in KIN or word.startswith(KIN_MARKS) or word.endswith(KIN_ENDS)


# What held at any time is asked for: "Who has ever been mayor?".
AT_ANY_TIME = (
    ("ever",), ("over", "the", "years"), ("so", "far"), ("up", "to", "now"), ("up", "to", "today"),
    ("up", "to", "date"), ("to", "date"), ("past", "and", "present"), ("at", "any", "time"),
)  # fmt: skip
