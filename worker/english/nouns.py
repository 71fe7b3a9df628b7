"""Nouns that say what kind of thing is meant, by the types of entities that they fit.

"Which city ...?" asks for a place: the noun is accounted for by the type of what is answered.
An occupation ("which politician") fits a person, and says more than the type: see ``SAYS_MORE``.
"""

from __future__ import annotations

from worker.english.occupations import OCCUPATIONS

_BY_TYPES = {
    "PER": """person people man men individual individuals human humans
        gentleman guy guys figure figures character characters member
        members personality celebrity celebrities citizen citizens resident residents native
        natives inhabitant inhabitants soldier soldiers""",
    "PER OCCUPATION": """actor actors actress actresses politician politicians player players
        footballer footballers athlete athletes singer singers writer writers author authors artist
        artists musician musicians scientist scientists director directors filmmaker filmmakers
        manager managers employee employees colleague colleagues student students graduate
        graduates alumni teacher teachers professor professors engineer engineers winner winners
        laureate laureates champion champions novelist novelists poet poets painter painters
        composer composers producer producers leader leaders ruler rulers king
        kings queen queens monarch monarchs president presidents minister ministers mayor mayors
        chairperson chairpersons chairman chairmen chair chairs director-general officer officers
        sportsperson star stars worker workers researcher researchers physicist physicists chemist
        chemists lawyer lawyers journalist journalists businessman businesswoman entrepreneur
        entrepreneurs architect architects designer designers inventor inventors explorer explorers
        songwriter songwriters lyricist lyricists screenwriter screenwriters
        guitarist drummer dancer dancers coach coaches curator curators editor editors rector
        captain captains founder founders scholar scholars""",
    "ORG": """company companies firm firms organisation organisations organization organizations
        corporation corporations business businesses enterprise enterprises party parties
        university universities school schools college colleges institution institutions institute
        institutes club clubs team teams band bands group groups studio studios label labels
        agency agencies bank banks museum museums newspaper newspapers channel channels network
        networks station stations broadcaster publisher publishers employer employers union
        association associations foundation foundations army navy force forces branch unit units
        league leagues body bodies academy ministry department departments office offices
        manufacturer manufacturers maker developer operator subsidiary subsidiaries parliament
        legislature council court courts government owner owners church hospital hospitals shop
        shipyard shipyards yard yards brewery breweries factory factories theatre theatres theater
        theaters cinema hotel restaurant clinic laboratory lab start-up start-ups startup startups
        spin-off spin-offs venture ventures charity charities society societies orchestra
        orchestras choir choirs ensemble ensembles""",
    "LOC": """place places city cities town towns country countries nation nations state states
        village villages river rivers lake lakes sea seas ocean continent continents province
        provinces county counties region regions district districts municipality municipalities
        island islands area areas territory territories location locations site sites building
        buildings address birthplace water waters coast shore mountain
        mountains valley range park parks street harbour port ports airport house landform land
        division divisions subdivision subdivisions spot part parts hill hills bay suburb quarter
        neighbourhood parish square venue""",
    "MISC": """film films movie movies book books song songs album albums award awards prize prizes
        novel novels game games work works play plays poem poems story stories series show shows
        programme program programmes record records track tracks piece pieces composition
        compositions painting paintings title titles publication publications paper magazine
        opera operas symphony musical episode episodes picture pictures event events war wars
        battle battles conflict conflicts competition competitions tournament language languages
        religion religions faith genre genres style styles product products vehicle ship ships
        machine machines device platform platforms system systems software project projects thing
        things item items species honour honours medal medals position positions post posts job
        jobs role roles office offices title titles law laws facility facilities service services
        vessel vessels ferry ferries boat boats train trains aircraft plane planes car cars
        vehicles medicine medicines drug drugs contract contracts tool tools app apps robot robots
        course courses degree degrees dish good goods material materials class kind example
        examples ceremony festival line movement""",
    "TIME": "year years date dates day month time times decade century period moment",
    "NUM": "number amount size height length population figure quantity price",
}
_OCCUPATIONS = OCCUPATIONS | {f"{noun}s" for noun in OCCUPATIONS if not noun.endswith(("s", "man"))}
_ANY = "thing things item items name names object objects example examples whole one ones entity"


def _types_by_noun() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for types, nouns in _BY_TYPES.items():
        for noun in nouns.split():
            found.setdefault(noun, set()).add(types.split()[0])
    for noun in _OCCUPATIONS:
        found.setdefault(noun, set()).add("PER")
    for noun in _ANY.split():
        found[noun] = {"PER", "ORG", "LOC", "MISC", "TIME", "NUM"}
    return {noun: frozenset(types) for noun, types in found.items()}


TYPES_BY_NOUN = _types_by_noun()
# Nouns that say more of a person than that they are one.
SAYS_MORE = frozenset(_BY_TYPES["PER OCCUPATION"].split()) | OCCUPATIONS

# Before such a noun, these say no more than it does: "football club".
KIND_MODIFIERS = frozenset(
    """football soccer basketball hockey baseball cricket rugby rock pop film movie tv television
    radio record car news sports sport oil steel computer video fellow famous well-known known
    single studio feature short professional amateur political given various""".split()  # noqa: SIM905
)


# What a surname stands before where it means all who have it.
FAMILIES = frozenset(["family", "families", "clan", "dynasty", "household"])
CALLED = frozenset(["called", "named", "surnamed"])  # what may stand before it too
# Names of relations whose objects are sorts of things: jobs, kinds, genres.
SORTED_BY = frozenset(
    [
        "instance of",
        "subclass of",
        "position held",
        "occupation",
        "job title",
        "profession",
        "genre",
    ]
)
_LEAST_OF_US = 7  # letters of a plural such as "circuses"; shorter ones are of "use" and the like
_PLURALS = (
    ("ies", "y"), ("ches", "ch"), ("shes", "sh"), ("sses", "ss"), ("xes", "x"),
    ("women", "woman"), ("smen", "sman"), ("ymen", "yman"), ("s", ""),
)  # fmt: skip


def noun_fits(noun: str, types: frozenset[str]) -> bool:
    """Tell whether a noun can be what an entity of one of the types is; an unknown type fits any.

    >>> noun_fits("city", frozenset({"LOC"})), noun_fits("city", frozenset({"PER"}))
    (True, False)
    """
    fitting = TYPES_BY_NOUN.get(noun)
    return fitting is not None and ("" in types or not fitting.isdisjoint(types))


def singular(noun: str) -> str:
    """Return a noun without the ending of a plural; others as they are.

    >>> [singular(noun) for noun in ("cities", "coaches", "boxes", "banks", "boss", "staff")]
    ['city', 'coach', 'box', 'bank', 'boss', 'staff']
    >>> [singular(noun) for noun in ("circuses", "houses", "women", "tradesmen", "regimen")]
    ['circus', 'house', 'woman', 'tradesman', 'regimen']
    >>> [singular(noun) for noun in ("campuses", "uses", "abuses", "causes")]
    ['campus', 'use', 'abuse', 'cause']
    """
    if noun.endswith("ss"):
        return noun
    if noun.endswith("uses") and noun[-5:-4] not in "ao" and len(noun) >= _LEAST_OF_US:
        return noun.removesuffix("es")
    for plural, one in _PLURALS:
        if noun.endswith(plural):
            return noun.removesuffix(plural) + one
    return noun
