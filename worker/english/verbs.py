"""English verbs by their forms: enough to tell a verb between two names from a noun, roughly."""

from __future__ import annotations

from functools import lru_cache
from typing import Literal, TypeAlias

from worker.english.words import BE, DO, HAVE

VerbForm: TypeAlias = Literal["past", "participle", "both", "present"]

# What makes a passive of a participle: "was bought", "got bought".
TO_BE = (BE - {"am", "'s", "'re"}) | {"gets", "got"}
# What stands before a verb that states something; a modal states nothing.
AUXILIARIES = TO_BE | HAVE | (DO - {"done"})
# Base form, past and participle; the participle alone where it differs from the past.
_IRREGULAR = """
arise arose arisen; bear bore born; beat beat beaten; become became become; begin began begun;
bind bound; break broke broken; bring brought; build built; buy bought; catch caught;
choose chose chosen; come came come; cut cut; deal dealt; draw drew drawn; drive drove driven;
fall fell fallen; feed fed; fight fought; find found; fly flew flown; forbid forbade forbidden;
forsake forsook forsaken; get got; give gave given; go went gone; grow grew grown; hang hung;
have had; hear heard; hide hid hidden; hit hit; hold held; keep kept; know knew known; lay laid;
lead led; leave left; lend lent; let let; lie lay lain; lose lost; make made; mean meant;
meet met; outgrow outgrew outgrown; overtake overtook overtaken; pay paid; put put;
read read; rebuild rebuilt; resell resold; ride rode ridden; rise rose risen; run ran run;
say said; see saw seen; sell sold; send sent; set set; shoot shot; show showed shown; shut shut;
sing sang sung; sink sank sunk; sit sat; speak spoke spoken; spend spent; split split;
spread spread; stand stood; steal stole stolen; strike struck; swear swore sworn; swim swam swum;
take took taken; teach taught; tell told; think thought; throw threw thrown;
undergo underwent undergone; understand understood; undertake undertook undertaken; wear wore worn;
win won; withdraw withdrew withdrawn; write wrote written
"""
_PAST: tuple[VerbForm, ...] = ("past", "both")
_VOWELS = frozenset("aeiou")
_LACK_E = ("v", "c", "z", "s", "u", "at", "ir", "ur", "ag", "dg", "rg", "bl", "tl")
_NO_VERBS = frozenset(
    # Words that end as verbs do and are none, most often.
    "united red hundred bed need seed speed feed indeed sacred wicked naked aged limited "  # noqa: SIM905
    "this his its thus plus various famous previous as us perhaps always besides across towards "
    "news series species means business process access address status bus campus wednesday "
    "afterwards upwards sometimes nowadays alias atlas whereas unless less".split()
)


def _table() -> dict[str, tuple[str, VerbForm]]:
    forms: dict[str, tuple[str, VerbForm]] = {}
    for row in _IRREGULAR.replace("\n", " ").split(";"):
        base, past, *rest = row.split()
        participle = rest[0] if rest else past
        if past == participle:
            forms[past] = (base, "both")
        else:
            forms[past], forms[participle] = (base, "past"), (base, "participle")
        forms.setdefault(third_person(base), (base, "present"))
    return forms


def third_person(base: str) -> str:
    """Return the third person of a verb.

    >>> third_person("live"), third_person("teach"), third_person("study"), third_person("have")
    ('lives', 'teaches', 'studies', 'has')
    """
    if base == "have":
        return "has"
    if base.endswith("y") and base[-2:-1] not in tuple("aeiou"):
        return base[:-1] + "ies"
    return base + ("es" if base.endswith(("s", "sh", "ch", "x", "o")) else "s")


_FORMS = _table()


@lru_cache(maxsize=20_000)
def verb_of(word: str) -> tuple[str, VerbForm] | None:
    """Return the stem of a word that looks like a finite verb or a participle, and its form.

    The stem of a regular verb is a common beginning of its forms, not its base form: "acquires"
    and "acquired" are both "acquir". A word that is a noun as well is taken for a verb.

    >>> verb_of("bought"), verb_of("visits"), verb_of("table")
    (('buy', 'both'), ('visit', 'present'), None)
    """
    word = word.lower()
    if word in _FORMS:
        return _FORMS[word]
    if word in _NO_VERBS or not word.isalpha() or len(word) < 4:
        return None
    if word.endswith("ed"):
        return _stem(word[:-2]), "both"
    if word.endswith("s") and not word.endswith(("ss", "us", "is", "ous")):
        return _stem(word[:-1]), "present"
    return None


def _stem(word: str) -> str:
    """Return a word without the letters in which the forms of a regular verb differ.

    >>> [_stem(w) for w in ("acquir", "acquire", "carri", "carrie", "stopp", "reache")]
    ['acquir', 'acquir', 'carri', 'carri', 'stop', 'reach']
    """
    word = word.removesuffix("e") if len(word) > 3 else word
    if word.endswith("y"):
        word = word[:-1] + "i"
    doubled = len(word) > 3 and word[-1] == word[-2] and word[-1] not in "aeiouls"
    return word[:-1] if doubled else word


def base_of(word: str) -> str:
    """Return the base form of a verb in the third person, or of a participle; of a regular
    participle it is likely only.

    >>> [base_of(w) for w in ("sits", "competes", "carries", "reaches", "has", "held")]
    ['sit', 'compete', 'carry', 'reach', 'have', 'hold']
    >>> [base_of(w) for w in ("worked", "lived", "acquired", "studied", "planned")]
    ['work', 'live', 'acquire', 'study', 'plan']
    """
    if word in _FORMS:
        return _FORMS[word][0]
    if word.endswith(("ies", "ied")):
        return word[:-3] + "y"
    if word.endswith("ed"):
        stem = word[:-2]
        if len(stem) > 3 and stem[-1] == stem[-2] and stem[-1] not in "ls":
            return stem[:-1]
        return word[:-1] if stem.endswith(_LACK_E) else stem
    return word[:-2] if word.endswith(("sses", "shes", "ches", "xes", "oes")) else word[:-1]


def past_of(word: str) -> str:
    """Return the past of a verb in the third person, or of its participle.

    >>> [past_of(w) for w in ("sits", "held", "written", "worked", "competes", "carries", "plans")]
    ['sat', 'held', 'wrote', 'worked', 'competed', 'carried', 'planned']
    """
    if word in _FORMS:
        base = _FORMS[word][0]
        return next(form for form, (of, kind) in _FORMS.items() if of == base and kind in _PAST)
    if word.endswith("ed"):
        return word
    base = base_of(word)
    if base.endswith("e"):
        return base + "d"
    if base.endswith("y") and base[-2] not in _VOWELS:
        return base[:-1] + "ied"
    doubled = len(base) < 5 and base[-1] not in "aeiouwxy" and base[-2] in _VOWELS
    return base + (base[-1] if doubled and base[-3] not in _VOWELS else "") + "ed"


# Past forms that are as often another word: "founded" is no form of "find".
_NO_FORMS = frozenset("found bore born lay saw rose bound left read".split())  # noqa: SIM905
_BASES = {form: base for form, (base, _) in _FORMS.items() if form not in _NO_FORMS}


def plain_form(word: str) -> str:
    """Return the base form of an irregular verb's past; other words as they are.

    >>> plain_form("wrote"), plain_form("written"), plain_form("founded"), plain_form("found")
    ('write', 'write', 'founded', 'found')
    """
    return _BASES.get(word, word)
