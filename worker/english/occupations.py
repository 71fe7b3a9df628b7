"""Words for what somebody does, which may stand before a name without being part of it."""

from __future__ import annotations

_ARTS = """painter sculptor artist illustrator cartoonist photographer potter weaver poet novelist
    author writer playwright dramatist screenwriter journalist reporter columnist critic essayist
    translator librettist lyricist composer songwriter singer soprano mezzo tenor baritone pianist
    organist violinist violist cellist bassist guitarist drummer percussionist trumpeter
    trombonist flautist flutist oboist clarinettist saxophonist harpist accordionist fiddler
    rapper musician dancer ballerina choreographer actor actress comedian filmmaker
    cinematographer"""
_LEARNED = """historian philosopher linguist economist sociologist anthropologist archaeologist
    psychologist theologian mathematician statistician physicist chemist biochemist biologist
    botanist zoologist geologist geographer astronomer meteorologist ecologist scientist
    researcher inventor physician surgeon dentist pharmacist midwife nurse vet veterinarian
    hydrologist entomologist ornithologist cartographer librarian archivist teacher"""
_TRADES = """farmer fisherman ferryman miller baker butcher brewer carpenter joiner mason
    bricklayer stonemason blacksmith locksmith clockmaker watchmaker shoemaker tailor seamstress
    plumber electrician welder mechanic gardener florist cook chef waiter waitress barber
    hairdresser driver pilot navigator sailor shipbuilder shopkeeper merchant banker investor
    entrepreneur industrialist businessman businesswoman landlord landlady lawyer barrister
    solicitor notary policeman policewoman detective firefighter soldier activist suffragette
    missionary philanthropist explorer mountaineer"""
_SPORTS = """footballer striker winger midfielder defender goalkeeper sprinter swimmer rower
    cyclist boxer wrestler gymnast skater skier jockey golfer cricketer batsman bowler athlete"""
OCCUPATIONS = frozenset(f"{_ARTS} {_LEARNED} {_TRADES} {_SPORTS}".split())


def is_occupation(word: str) -> bool:
    """Tell whether a word says what somebody does.

    >>> is_occupation("Trumpeter"), is_occupation("Curie")
    (True, False)
    """
    return word.lower() in OCCUPATIONS
