"""Words that stand for something named elsewhere: pronouns, and "the company" and its like."""

from __future__ import annotations

from worker.english import words
from worker.english.patterns import one_of, pattern

MALE = words.MASCULINE | {"himself"}
FEMALE = words.FEMININE | {"herself"}
NEUTER = words.NEUTER | {"itself"}
PLURAL = words.PLURAL | {"themselves"}
SINGULAR_FIRST = words.SINGULAR_FIRST | {"mine", "myself"}
PLURAL_FIRST = words.PLURAL_FIRST | {"ours"}
FIRST = SINGULAR_FIRST | PLURAL_FIRST
_RELATIVE = words.WHO | {"which", "that"}
PRONOUNS = MALE | FEMALE | NEUTER | PLURAL | FIRST | _RELATIVE
# A text that points back to a name: "she", "her", "the company" (but not "The Hague").
REFERS_BACK = pattern(
    rf"(?:{one_of(words.THIRD_PERSON | _RELATIVE)}"
    rf"|{one_of(words.POSSESSIVES - {'hers'} | words.DEMONSTRATIVES | {'the'})}"
    r"(?:\s+[a-z][\w-]*)+)",
    yes="the company",
    no="The Hague",
    how="fullmatch",
    flags=0,
)
# Nouns for one sex: who is called so is a "he", or a "she".
MALE_NOUNS = frozenset("husband father son brother king prince boyfriend uncle".split())  # noqa: SIM905
FEMALE_NOUNS = frozenset(
    "wife mother daughter sister queen princess actress girlfriend aunt".split()  # noqa: SIM905
)
# What a definite noun stands for, by type.
DEFINITE: dict[str, frozenset[str]] = {
    "ORG": frozenset(
        """company firm group bank organisation organization association agency university college
        school institute institution foundation club team party union charity museum hospital
        corporation manufacturer retailer supplier publisher airline brewery start-up startup
        business ministry council board studio band orchestra society federation employer vendor
        provider operator developer owner buyer seller lender borrower landlord tenant""".split()  # noqa: SIM905
    ),
    "LOC": frozenset(
        "country city town village island region state province district river lake".split()  # noqa: SIM905
    ),
    "MISC": frozenset(
        """film book novel album song series play magazine newspaper paper report product software
        library medicine drug vaccine agreement contract treaty law act project programme program
        festival award prize game painting magazine""".split()  # noqa: SIM905
    ),
    "PER": frozenset(
        """man woman author writer director actor actress singer painter poet artist scientist
        lawyer politician engineer architect composer patient defendant claimant applicant
        candidate employee researcher professor""".split()  # noqa: SIM905
    ),
}
_TYPES = {noun: type_ for type_, nouns in DEFINITE.items() for noun in nouns}
_NOUN = pattern(
    r"(?:the|this|that) ([a-z][a-z-]+)",
    yes="the company",
    no="the Company",
    how="fullmatch",
    flags=0,
)


def pronoun(text: str) -> str:
    """Return a pronoun in small letters; empty for any other text."""
    plain = text.casefold()
    return plain if plain in PRONOUNS and (text != "US" and text != "IT") else ""


def definite_type(text: str) -> str:
    """Return the type of what a definite noun stands for; empty for any other text.

    >>> definite_type("The company"), definite_type("the Company"), definite_type("the Beatles")
    ('ORG', 'ORG', '')
    """
    match = _NOUN.fullmatch(" ".join(text.split()).lower())
    return _TYPES.get(match[1], "") if match else ""


def is_anaphor(text: str) -> bool:
    """Tell whether a text stands for something that is named elsewhere."""
    return bool(pronoun(text) or definite_type(text))
