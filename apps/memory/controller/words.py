"""Names as words without accents, and how far two of them may lie apart.

The same word can be written in many ways and still be the same word; different words can lie one
letter apart. Which is which nobody can tell from the letters alone: the rules here take a spelling
for a mistake only where it is more likely than another name.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz.distance import OSA

from apps.common.names import normalise_name
from worker.english.names import FIRM_WORDS, LEGAL_FORMS
from worker.english.titles import is_title

SHORTEST = 4  # letters of a word that may be misspelt
MOST_EDITS = 2  # in all words of a name together
_TELLING = 8  # letters of a surname alone that may be misspelt
_LONG = 11  # letters of a single word that may have two mistakes
# Accents, the vowel signs of Hebrew and Arabic, apostrophes. The classes are written out because
# the database has the same ones, whatever its locale.
_MARKS = re.compile("[\u0300-\u036f\u0591-\u05c7\u0640\u064b-\u065f\u0670'‘’ʻʼ`´]")
_LETTERS = str.maketrans("łøđıħŧ", "lodiht") | {ord("æ"): "ae", ord("œ"): "oe"}
_BETWEEN = re.compile(
    "[\u0001-/:-@\\[-_{-\u00a9\u00ab-\u00b1\u00b6-\u00b8\u00bb\u00bf\u00d7\u00f7\u2000-\u206f"
    "\u2190-\u2bff\u2e00-\u2e7f\u3000-\u3004\u3008-\u3020\u3030\u30fb\ufe00-\ufe0f"
    "\U0001f000-\U0001faff]+"
)
_INITIALS = re.compile(r"(?:(?<=^[^ ])|(?<= [^ ])) (?=[^ ](?: |$))")
_VOWELS = frozenset("aeiouy")
_ENDINGS = (
    "n",
    "an",
    "h",
    "ish",
    "i",
    "s",
    "ns",
)  # of who comes from a place, and of more than one

# Words that a name has or has not, without being another name.
_SMALL = frozenset("a an the of and de da di du la le el al van von der".split())  # noqa: SIM905
_DESIGNATIONS = (
    LEGAL_FORMS | FIRM_WORDS | frozenset("fc cf afc club band mount jr sr".split())  # noqa: SIM905
)
# "York" is no other name of "New York", as "Curie" is one of "Marie Curie".
_PLACES = frozenset(
    """new old north south east west northern southern eastern western upper lower great san santa
    saint st los las fort port cape mount lake el la the grand""".split()  # noqa: SIM905
)


def fold(name: str) -> str:
    """Return the words of a name without accents and punctuation; initials are one word.

    The database has the same in ``memory_fold``.

    >>> fold("J. R. R. Tolkien"), fold("Marie Skłodowska-Curie"), fold("O'Brien")
    ('jrr tolkien', 'marie sklodowska curie', 'obrien')
    """
    return fold_normalised(normalise_name(name))


def fold_normalised(normalised: str) -> str:
    """Return the same of a name that ``normalise_name`` has been through."""
    plain = _MARKS.sub("", unicodedata.normalize("NFKD", normalised))
    words = _BETWEEN.sub(" ", plain.translate(_LETTERS)).strip(" ")
    return _INITIALS.sub("", words)


def correctable(word: str) -> bool:
    """Tell whether a word may be a misspelling: numbers and very short words never are."""
    return len(word) >= SHORTEST and word.isalpha()


def edits_allowed(one: str, other: str) -> int:
    """Return how many letters two words may differ in and still be one, badly written."""
    shorter = min(len(one), len(other))
    if shorter < SHORTEST or not (correctable(one) and correctable(other)):
        return 0
    return 2 if shorter >= 8 else 1


def edits_between(one: str, other: str) -> int | None:
    """Return the number of letters added, left out, exchanged or swapped; None when too many.

    Optimal string alignment (a restricted Damerau-Levenshtein distance).
    """
    allowed = edits_allowed(one, other)
    found = OSA.distance(one, other, score_cutoff=allowed)
    return found if found <= allowed else None


@dataclass(frozen=True, order=True)
class Fit:
    """How a phrase fits a name: in how many letters it differs, and whether words are missing."""

    edits: int
    partial: bool


def fit(
    phrase: Sequence[str], name: Sequence[str], *, type_: str = "", known: frozenset[str]
) -> Fit | None:
    """Return how the words of a phrase fit those of a name; None when they mean something else.

    Every word of the phrase must stand in the name, in any order; a word of ``known`` is spelt
    as its writer meant it. What the name has beyond them must say nothing (see ``_leaves_out``).
    """
    if "".join(phrase) == "".join(name) and (len(phrase) > 1 or len(name) == 1):
        return Fit(0, partial=False)  # but "Florida" is not "Flo Rida"
    found = _pairing(phrase, name, known)
    if found is None or not _few(found.edits, found.pairs):
        return None
    if _means_another(found, phrase, name, type_):
        return None
    rest = [word for word in found.rest if word not in _SMALL]
    if not rest:
        return Fit(found.edits, partial=False)
    # Neither a misspelling nor a part of a name is certain; both at once need many letters.
    if found.edits and len("".join(phrase)) < _TELLING:
        return None
    if not _leaves_out(rest, [meant for _, meant in found.pairs], name, type_):
        return None
    return Fit(found.edits, partial=True)


@dataclass(frozen=True)
class _Pairing:
    """Each word of a phrase beside the one of a name that it stands for, and what is left."""

    pairs: tuple[tuple[str, str], ...]
    edits: int
    rest: tuple[str, ...]


def _pairing(phrase: Sequence[str], name: Sequence[str], known: frozenset[str]) -> _Pairing | None:
    """Pair the words, the longest first, since they are the most certain; None where one has
    no partner, unless it says nothing."""
    rest = list(name)
    edits = 0
    pairs: list[tuple[str, str]] = []
    for word in sorted(phrase, key=len, reverse=True):
        near = _nearest(word, rest, known, short=len(pairs) > 1 and not edits)
        if near is not None:
            edits += near[0]
            rest.remove(near[1])
            pairs.append((word, near[1]))
        elif word not in _SMALL or len(word) == 1:  # "A." may be an initial
            return None
    return _Pairing(tuple(pairs), edits, tuple(rest)) if pairs else None


def _nearest(
    word: str, rest: Sequence[str], known: frozenset[str], *, short: bool = False
) -> tuple[int, str] | None:
    """Return the word that is meant, with the edits to it: itself, or a near one if unknown.

    ``short`` words are corrected only where the others of the name are spelt rightly.
    """
    if word in rest:
        return 0, word
    if len(word) == 1:  # an initial: "P. Lomansk"
        return next(((0, other) for other in rest if other[0] == word), None)
    if word in known:
        return None
    if short and len(word) == SHORTEST - 1:  # "Alberto Jão Jardim"
        near = (other for other in rest if other[0] == word[0] and OSA.distance(word, other) == 1)
        return next(((1, other) for other in near), None)
    scored = ((edits_between(word, other), other) for other in rest)
    return min(((edits, other) for edits, other in scored if edits is not None), default=None)


def _means_another(found: _Pairing, phrase: Sequence[str], name: Sequence[str], type_: str) -> bool:
    """Tell whether the letters that differ make it another name, not a misspelt one."""
    if len(phrase) == 1 and found.edits and not _alone(*found.pairs[0], found.edits):
        return True
    if type_ == "PER" or _like_a_person(name, type_):
        return _other_given_name(found.pairs, name)
    # "University of Leeds" is not one of "Deeds".
    return any(word[0] != meant[0] for word, meant in found.pairs)


def _few(edits: int, pairs: Sequence[tuple[str, str]]) -> bool:
    """Few edits for so many letters: "Curie" for "Currie", but never "Mario" for "Marie".

    Two letters that change places are more likely a slip than another name: "Ghnaa" for "Ghana".
    """
    typed = sum(len(word) for word, _ in pairs)
    meant = sum(len(word) for _, word in pairs)
    if edits == 0:
        return True
    if edits == 1:
        swapped = any(sorted(a) == sorted(b) for a, b in pairs if a != b)
        return min(typed, meant) >= 5 and (swapped or max(typed, meant) >= 6)
    return edits == MOST_EDITS and min(typed, meant) >= 9


def _alone(word: str, meant: str, edits: int) -> bool:
    """Tell whether a single word may be so misspelt: nothing beside it tells what is meant."""
    long = edits == 1 or len(word) >= _LONG
    return long and word[0] == meant[0] and not _derived(word, meant)


def _derived(word: str, meant: str) -> bool:
    """Tell whether one is made of the other: "Austrian", "Punjabi", "Calvinist", "Bibles"."""
    shorter, longer = sorted((word, meant), key=len)
    if len(shorter) == len(longer):
        return shorter != longer and shorter[:-1] == longer[:-1]
    return longer.startswith(shorter) and longer[len(shorter) :] in _ENDINGS


def _like_a_person(name: Sequence[str], type_: str) -> bool:
    small = bool(_SMALL & set(name)) or name[:1] == ["new"]
    return type_ == "" and 2 <= len(name) <= 4 and not small


def _other_given_name(pairs: Sequence[tuple[str, str]], name: Sequence[str]) -> bool:
    """ "Robert" is not "Roberta" and "Maria" not "Marie", whatever the surname."""
    if len(name) < 2:
        return False
    for word, meant in pairs:
        if word == meant or meant == name[-1]:
            continue
        shorter, longer = sorted((word, meant), key=len)
        if longer[:-1] in (shorter, shorter[:-1]) and {word[-1], meant[-1]} & _VOWELS:
            return True
    return False


def _leaves_out(
    rest: Sequence[str], matched: Sequence[str], name: Sequence[str], type_: str
) -> bool:
    """Tell whether a name without the words ``rest`` is still the same name.

    "Microsoft" is the Microsoft Corporation, and a person goes by the surname or the first name;
    "Warsaw" is not the University of Warsaw, and "Apollo" not Apollo 11.
    """
    if all(word in _DESIGNATIONS for word in rest):
        return True
    if not all(word.isalpha() for word in name):
        return False
    if type_ == "PER" and list(matched) == [name[0]]:  # "Barack"
        return len(name[0]) >= SHORTEST and not is_title(name[0])
    if name[-1] not in matched:
        return False
    if type_ == "PER":
        return len(name[-1]) >= SHORTEST or len(matched) > 1
    telling = len(name[-1]) >= SHORTEST and name[-1] not in _DESIGNATIONS
    return _like_a_person(name, type_) and telling and name[0] not in _PLACES
