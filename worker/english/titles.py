"""Titles before the names of people: "Professor Marie Curie" is Marie Curie.

The one list of them, for whoever looks for names in a text. In small letters, without full stop.
"""

from __future__ import annotations

from collections.abc import Iterable

from worker.english.patterns import one_of, pattern

_FORMS_OF_ADDRESS = """mr mrs ms miss mx master madam madame mister monsieur herr frau señor señora
    mme mlle signor signora don doña sir dame lord lady"""
_LEARNED = "dr doctor prof professor sc phil med ing dipl mag"
_CLERICAL = """rev reverend fr sr saint st pope bishop archbishop cardinal rabbi imam ayatollah
    sheikh abbot abbess deacon canon dean vicar pastor msgr monsignor patriarch"""
_ROYAL = """majesty highness king queen prince princess emperor empress tsar tsarina czar kaiser
    sultan shah duke duchess archduke archduchess count countess earl baron baroness marquis
    marquess marchioness viscount viscountess emir caliph pharaoh crown regent knight"""
_OFFICIAL = """president pres vice-president premier chancellor minister secretary senator sen
    governor gov mayor congressman congresswoman representative rep councillor councilor alderman
    ambassador consul judge justice chief sheriff commissioner speaker deputy hon honourable
    honorable excellency chairman chairwoman attorney"""
_MILITARY = """general gen colonel col major maj captain capt commander cmdr lieutenant lt sergeant
    sgt corporal cpl private admiral adm brigadier brig commodore marshal"""
TITLES = frozenset(
    " ".join((_FORMS_OF_ADDRESS, _LEARNED, _CLERICAL, _ROYAL, _OFFICIAL, _MILITARY)).split()
)
_FORMAL = frozenset("mr mrs ms miss mx herr frau monsieur mme mlle".split())  # noqa: SIM905
_OUTSIDE = _FORMAL | frozenset(f"{_LEARNED} {_OFFICIAL} {_MILITARY}".split()) - {"marshal", "major"}
# They come before titles: "Prime Minister", "Vice President", "the late King".
_BEFORE_TITLES = frozenset(
    "the prime vice deputy chief grand supreme former late first lieutenant right most".split()  # noqa: SIM905
)
# First names too: they are titles before a whole name only, as "Don Johnson" is not Boris Johnson.
_FIRST_NAMES = frozenset("dean earl don duke marshal baron master".split())  # noqa: SIM905
# After a name all others may be a family's: "Martin Luther King", "Amartya Sen".
_OFFICES = frozenset(
    """president minister senator governor ambassador premier secretary professor chairman
    chairwoman commissioner""".split()  # noqa: SIM905
)
# Who is called so is a "he", or a "she".
_OF_MEN = "mr herr sir lord king prince father monsieur".split()  # noqa: SIM905
_OF_WOMEN = "mrs ms miss frau dame lady queen princess madame mme".split()  # noqa: SIM905
# Cut short, with a full stop that ends no sentence.
_CUT_SHORT = frozenset(
    "lt col gen maj capt cmdr adm sgt cpl brig prof dr mr mrs ms gov sen msgr supt".split()  # noqa: SIM905
)


def _before_name(titles: Iterable[str]) -> str:
    return rf"\b{one_of(title.capitalize() for title in titles)}\.? $"


MALE_TITLE = pattern(_before_name(_OF_MEN), yes="asked Mr. ", no="asked Mrs. ", flags=0)
FEMALE_TITLE = pattern(_before_name(_OF_WOMEN), yes="asked Mrs ", no="asked Mr ", flags=0)
# Only a person is called so, and no firm, ship or work.
PERSON_TITLE = pattern(
    _before_name((_FORMAL - {"mx", "monsieur", "mme", "mlle"}) | {"dr", "prof", "sir", "dame"}),
    yes="asked Dr. ",
    no="asked Queen ",
    flags=0,
)
TITLE_AT_END = pattern(
    rf"\b{one_of(title.capitalize() for title in _CUT_SHORT)}\.$",
    yes="They asked Lt.",
    no="They asked it.",
    flags=0,
)
_HOLDS = pattern(r"\s+of\b", yes=" of Norway?", no=" born?", how="match", flags=0)
_OF_PEOPLE = frozenset({"PER", "MISC", ""})  # types of whom a title may be; places have none


def outside_names(word: str) -> bool:
    """Tell whether a title before a name is no part of it: Dr. Ferro is "Ferro", while "Queen
    Victoria" and "Pope Francis" are called so.

    >>> [outside_names(word) for word in ("Dr.", "President", "Queen", "Don")]
    [True, True, False, False]
    """
    return word.casefold().rstrip(".") in _OUTSIDE


def is_title(word: str) -> bool:
    """Tell whether a word is a title: "Prof.", "QUEEN", "Vice-President"."""
    plain = word.casefold().rstrip(".")
    return plain in TITLES or plain.rpartition("-")[2] in TITLES


def is_title_of(word: str, name: str, type_: str) -> bool:
    """Tell whether the capitalised word before a name is a title and no part of another name.

    >>> is_title_of("Saint", "Petersburg", "LOC"), is_title_of("Dr.", "Curie", "PER")
    (False, True)
    >>> is_title_of("Dean", "Martin", "PER"), is_title_of("Dean", "Ada Brook", "PER")
    (False, True)
    """
    if not is_title(word) or type_ not in _OF_PEOPLE:
        return False
    return word.casefold() not in _FIRST_NAMES or " " in name.strip()


def is_office(word: str, rest: str) -> bool:
    """Tell whether the capitalised word after a name is an office; ``rest`` follows it.

    >>> is_office("President", " in 1990?"), is_office("King", " of Norway?")
    (True, True)
    >>> is_office("King", " born?")
    False
    """
    return word.casefold() in _OFFICES or (is_title(word) and bool(_HOLDS.match(rest)))


def titles_at_start(words: list[str]) -> int:
    """Return how many words at the start are a title, never all of them.

    >>> titles_at_start(["Prime", "Minister", "Curie"]), titles_at_start(["The", "Beatles"])
    (2, 0)
    """
    last = 0
    for at, word in enumerate(words[:-1], start=1):
        if is_title(word):
            last = at
        elif word.casefold() not in _BEFORE_TITLES:
            break
    return last
