"""Which relations can hold for a time, by Wikidata property, and how a sentence speaks of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from worker.types import RelationSpec

_OFFICE = (
    r"\w*ministers?|presiden\w+|mayors?|governors?|chancellors?|kings?|queens?|emperors?|empress|"
    r"sultans?|princes?|princess|duke|monarchs?|premiers?|heads?|headed|chair\w*|lead\w*|led|rul\w+|"
    r"reign\w*|govern\w*|serv\w+|held|offices?|elected|appointed|crowned|directors?|secretary|"
    r"succeeded|took over|in charge|run|ran|captain|speaker|senator|bishop|judge|general|position"
)
_MEMBER = (
    r"members?|membership|join\w*|left|leav\w+|belong\w*|elected|admitted|entered|quit|resign\w*|"
    r"expelled|withdrew|fellows?|chair\w*|presiden\w+|head|led|lead\w*|part of|"
    r"served|serving|acceded|sat|stayed|remained|mp|deputy"
)
_WORK = (
    r"work\w*|employ\w*|serv\w+|hired|join\w*|left|leav\w+|resign\w*|retir\w+|staff|with|at|taught|"
    r"teach\w*|professor\w*|lectur\w+|engineers?|directors?|head\w*|led|lead\w*|chair\w*|manag\w+|"
    r"president|editor|writer|reporter|journalist|appointed|ran|run|career|position|post|"
    r"began|stopped|dismissed|fired|sacked|recruited"
)


@dataclass(frozen=True)
class Lasting:
    """Relations whose facts hold for a time, why, and the words that speak of them."""

    why: str
    properties: tuple[str, ...]
    words: str


LASTING = (
    Lasting("an office is held for a time", ("P6", "P35", "P39", "P488"), _OFFICE),
    Lasting("people and bodies join and leave", ("P463", "P102"), _MEMBER),
    Lasting("people are hired and leave", ("P108",), _WORK),
    Lasting(
        "players join and leave", ("P54",),
        r"play\w*|sign\w*|join\w*|left|leav\w+|members?|coach\w*|manag\w+|captain\w*|loan\w*|"
        r"transfer\w*|spent|retir\w+|released|traded|drafted|career|returned|mov\w+|debut\w*",
    ),
    Lasting(
        "clubs change their league", ("P118",),
        r"play\w*|compet\w+|join\w*|left|members?|promot\w+|relegat\w+|entered|participat\w+",
    ),
    Lasting(
        "soldiers enlist and are discharged", ("P241",),
        r"serv\w+|join\w*|enlist\w*|entered|commission\w*|officer|soldier|fought|draft\w*|retir\w+|"
        r"left|discharged|pilot|conscripted",
    ),
    Lasting(
        "artists sign and leave", ("P264",),
        r"sign\w*|contract\w*|label\w*|record\w*|left|join\w*",
    ),
    Lasting(
        "a course of study begins and ends", ("P69",),
        r"stud\w+|attend\w*|educat\w*|graduat\w+|enrol\w*|entered|train\w*|degree|pupil|went to|"
        r"read|matriculated|left|school\w*|learn\w*",
    ),
    Lasting(
        "a marriage begins and may end", ("P26",),
        r"marr\w+|wife|husband|spouses?|wed\w*|divorc\w+|consort|widow\w*",
    ),
    Lasting(
        "people move", ("P551", "P937"),
        r"liv\w+|resid\w+|mov\w+|settled|home|stay\w*|emigrat\w+|immigrat\w+|relocat\w+|based|"
        r"work\w*|practi[cs]\w+|taught|exile\w*|dwelt|spent",
    ),
    Lasting(
        "citizenship is gained and lost", ("P27",),
        r"citizen\w*|nationality|naturali[sz]\w+",
    ),
    Lasting(
        "people convert", ("P140",), r"convert\w*|baptis\w+|baptiz\w+|religio\w+|faith|join\w*",
    ),
    Lasting(
        "property and control change hands", ("P127", "P137", "P355", "P749"),
        r"own\w*|acqui\w+|bought|purchas\w+|sold|part of|subsidiar\w+|divisions?|belong\w*|"
        r"operat\w+|run|ran|control\w*|taken over|took over|held|parent|manag\w+|possess\w*",
    ),
    Lasting(
        "borders and claims change", ("P17", "P131", "P150", "P1336"),
        r"belong\w*|part of|occupied|annex\w+|ruled|governed|administ\w+|ceded|incorporated|under|"
        r"claim\w*|possession|colony|province of|district of|seceded|independen\w+",
    ),
    Lasting("capitals move", ("P36", "P1376"), r"capitals?|seat"),
    Lasting(
        "seats move", ("P159",),
        r"headquarter\w*|based|mov\w+|seat\w*|offices?|relocat\w+|located",
    ),
    Lasting(
        "bodies and their parts come and go", ("P361", "P527", "P194"),
        r"part of|parts|belong\w*|join\w*|left|includ\w+|consist\w*|line-?up|legislat\w+|"
        r"parliament|divided|became",
    ),
    Lasting("official languages are made and unmade", ("P37",), r"official|languages?"),
    Lasting("town partnerships begin and end", ("P190",), r"twin\w*|sister|partner\w*"),
    Lasting(
        "a programme runs for a time", ("P449",),
        r"air\w*|broadcast\w*|ran|run|show\w*|screened|televised|premiered|on",
    ),
)  # fmt: skip
# Why not: a date beside such a fact dates an event, a work or nothing at all.
TIMELESS = {
    "it is itself a time": ("P569", "P570", "P571", "P576", "P577", "P580", "P582", "P585"),
    "it happens once": ("P19", "P20", "P112", "P166", "P740", "P807"),
    "kinship, descent and influence do not end": ("P22", "P25", "P40", "P172", "P737", "P3373"),
    "a work keeps its makers; a date beside them is of the work": (
        "P50", "P57", "P58", "P86", "P123", "P161", "P162", "P170", "P175", "P176", "P178", "P272",
        "P276", "P364", "P400", "P495", "P674", "P676", "P800", "P840", "P1056", "P1441",
    ),
    "an order, not a state": ("P155", "P156", "P1365", "P1366"),
    "a date beside it is of the event": ("P607", "P710", "P1344"),
    "nature and classes do not change by the year": (
        "P30", "P31", "P136", "P171", "P179", "P205", "P206", "P279", "P403", "P706",
    ),
    "an office keeps its jurisdiction": ("P1001",),
    "a language once learnt is known": ("P1412",),
}  # fmt: skip
_TIMELESS = frozenset(prop for group in TIMELESS.values() for prop in group)
_WORDS = {prop: group.words for group in LASTING for prop in group.properties}
_LITERALS = frozenset({"TIME", "NUM"})
_COMMON = frozenset(
    "the that this which with from into been have has was were who whom whose are for its their "  # noqa: SIM905
    "his her subject object someone something person people thing place time where when".split()
)
_STEM = 5  # letters: "sponsored" and "sponsor" share them


def can_last(relation: RelationSpec) -> bool:
    """Return whether a fact of the relation can hold for a time.

    One without a known property can, unless its objects are times or numbers only.
    """
    if relation.wikidata_property in _TIMELESS:
        return False
    return not (relation.object_types and _LITERALS.issuperset(relation.object_types))


@lru_cache(maxsize=1024)
def words_of(relation: RelationSpec) -> re.Pattern[str]:
    """Return the words of which a sentence must hold one to speak of the relation.

    Those of a relation that is not in the table are the words of its names and of its template.
    """
    words = _WORDS.get(relation.wikidata_property)
    if words is None:
        names = (relation.name, relation.inverse_name, *relation.aliases, relation.template)
        own = re.findall(r"[^\W\d_]{4,}", " ".join(names).lower())
        stems = sorted({re.escape(word[:_STEM]) for word in own if word not in _COMMON})
        words = "|".join(rf"{stem}\w*" for stem in stems) or r"(?!)"
    return re.compile(rf"\b(?:{words})\b", re.IGNORECASE)
