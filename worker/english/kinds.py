"""Nouns that say what kind of thing a name means: "a wealth advisory firm", "a Nigerian lawyer".

Those that questions ask by stand in ``nouns``; here are further ones that texts put beside names.
"""

from __future__ import annotations

from worker.english.anaphors import DEFINITE
from worker.english.nouns import TYPES_BY_NOUN
from worker.english.roles import is_role_word

_OCCUPATIONS = frozenset(
    """academic activist administrator adventurer advocate ambassador anthropologist archaeologist
    archbishop astronaut astronomer aviator baker banker baritone barrister bassist
    billionaire biochemist biographer biologist bishop blogger botanist boxer builder
    carpenter cartoonist cellist chef choreographer cinematographer clarinettist climber
    coach columnist comedian commentator conductor conservationist consultant cook cricketer
    critic curator cyclist dentist dictator diplomat doctor dramatist driver ecologist
    economist editor educator electrician emperor essayist farmer fisherman founder gardener
    geneticist geographer geologist golfer gymnast historian humanitarian illustrator
    immigrant industrialist investor jeweller judge jurist labourer lecturer librarian
    linguist mathematician mechanic merchant meteorologist midwife millionaire missionary
    model monk mountaineer musicologist national nationalist naturalist neuroscientist nun
    nurse oncologist organist paleontologist pathologist philanthropist philosopher
    photographer physician physiologist pianist pilot playwright potter priest prince
    princess printmaker programmer psychiatrist psychologist publicist rabbi racer rapper
    refugee reporter revolutionary rower sailor scholar sculptor seamstress skater skier
    sociologist soprano specialist sportsman sportswoman statesman statistician suffragette
    surgeon swimmer tenor theologian theorist trader translator violinist virologist
    volunteer weaver wrestler zoologist""".split()  # noqa: SIM905
)
_FIRMS = frozenset(
    """advisory bakery chain conglomerate consultancy contractor cooperative distributor insurer
    lender non-profit nonprofit retailer start-up startup theatre think-tank troupe
    wholesaler""".split()  # noqa: SIM905
)
# Persons and firms are both called so.
_AMBIGUOUS = frozenset(
    "publisher producer builder chemist dealer operator developer owner buyer seller maker".split()  # noqa: SIM905
)
_NAMED = frozenset({"PER", "ORG", "LOC", "MISC"})


def kind_of_noun(noun: str) -> str:
    """Return the type of the things that a noun means, an entity type; empty where it says none.

    >>> [kind_of_noun(n) for n in ("firm", "lawyer", "city", "publisher", "idea")]
    ['ORG', 'PER', 'LOC', '', '']
    """
    word = noun.lower()
    if word in _AMBIGUOUS:
        return ""
    if word in _OCCUPATIONS:
        return "PER"
    if word in _FIRMS or word in DEFINITE["ORG"]:
        return "ORG"
    types = TYPES_BY_NOUN.get(word, frozenset())
    if len(types) == 1:
        return next(iter(types & _NAMED), "")
    return "PER" if is_role_word(noun) else ""
