"""What is said a name is: appositions (", a firm") and "is a"."""

from __future__ import annotations

from worker.english.patterns import of_words, one_of, pattern
from worker.english.words import COMMON_PREPOSITIONS, FINITE_BE

_A = r"(?:an?|the|one of (?:the|its|his|her)|another)? ?"
_IS = rf",? {one_of(FINITE_BE | {'became', 'remains'})} (?:also |still |now |then )?"
_WORDS = r"(?:[\w'’-]+ ){0,4}"

# Between a name and the noun phrase that says what it is.
BESIDE_NAME = pattern(
    rf"(?:,|\s?\(| [–—-]) ?{_A}|{_IS}(?:an?|the|one of the) ",
    yes=", a wealth advisory firm",
    no=" of a firm",
    how="match",
    flags=0,
)
# Between a name and a word within such a phrase.
LINK = pattern(
    rf"(?:,|\s?\() ?{_A}{_WORDS}$|{_IS}(?:an?|the|one of the)? ?{_WORDS}$",
    yes=" is still a well-known ",
    no=" met a ",
    how="fullmatch",
    flags=0,
)
# With one of these in between, something else is what it says; ", which is a" says it of the name.
AGAINST = pattern(
    of_words(COMMON_PREPOSITIONS | {"not", "never", "no", "who", "whose", "that"}),
    yes=", a friend of the ",
    no=", a young ",
    flags=0,
)
