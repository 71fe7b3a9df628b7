"""Titles before the names of people: "Professor Marie Curie" is Marie Curie.

The one list of them, for whoever looks for names in a text. In small letters, without full stop.
"""

from __future__ import annotations

_FORMS_OF_ADDRESS = """mr mrs ms miss mx master madam madame mister monsieur herr frau señor señora
    don doña sir dame lord lady"""
_LEARNED = "dr doctor prof professor"
_CLERICAL = """rev reverend fr saint st pope bishop archbishop cardinal rabbi imam ayatollah sheikh
    abbot abbess deacon canon dean vicar pastor msgr monsignor patriarch"""
_ROYAL = """king queen prince princess emperor empress tsar tsarina czar kaiser sultan shah duke
    duchess archduke archduchess count countess earl baron baroness marquis marquess
    marchioness viscount viscountess emir caliph pharaoh crown regent knight"""
_OFFICIAL = """president pres vice-president premier chancellor minister secretary senator sen
    governor gov mayor congressman congresswoman representative rep councillor councilor alderman
    ambassador consul judge justice chief sheriff commissioner speaker deputy hon honourable
    honorable chairman chairwoman attorney"""
_MILITARY = """general gen colonel col major maj captain capt commander cmdr lieutenant lt sergeant
    sgt corporal cpl private admiral adm brigadier brig commodore marshal"""
TITLES = frozenset(
    " ".join((_FORMS_OF_ADDRESS, _LEARNED, _CLERICAL, _ROYAL, _OFFICIAL, _MILITARY)).split()
)
# They come before titles: "Prime Minister", "Vice President", "the late King".
_BEFORE_TITLES = frozenset(
    "the prime vice deputy chief grand supreme former late first lieutenant right most".split()  # noqa: SIM905
)
# Names of families too: what follows a name is then part of it, as in "Martin Luther King".
_SURNAMES = frozenset(
    """king prince bishop judge pope abbot dean duke earl baron count knight marshal master major
    cardinal canon deacon saint lord justice mayor sheriff regent don pastor queen""".split()  # noqa: SIM905
)
_OF_PEOPLE = frozenset({"PER", "MISC", ""})  # types of whom a title may be; places have none


def is_title(word: str) -> bool:
    """Tell whether a word is a title: "Prof.", "QUEEN", "Vice-President"."""
    plain = word.casefold().rstrip(".")
    return plain in TITLES or plain.rpartition("-")[2] in TITLES


def belongs_to_name(word: str, type_: str, *, before: bool) -> bool:
    """Tell whether a capitalised word beside a name makes it another name.

    It does not where it is a title before somebody's name or, after it, an office ("Was Ada Brook
    President in 1990?"). "Saint" before a place does, and so does "King" after a name.

    >>> belongs_to_name("Saint", "LOC", before=True), belongs_to_name("Dr.", "PER", before=True)
    (True, False)
    """
    if not is_title(word) or type_ not in _OF_PEOPLE:
        return True
    return not before and word.casefold() in _SURNAMES


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
