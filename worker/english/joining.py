"""The words between two names of a sentence, as the phrase that joins them.

Rules without a model, for counting: "Oskar Veldt visited Tallinn" is joined by "visited", "Anna
Holt, chief executive of Nordwind" by "chief executive of". What is denied, asked, planned or only
possible joins nothing, nor do words that belong to somebody else ("and he visited").
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from worker.english.verbs import AUXILIARIES, TO_BE, verb_of
from worker.english.words import (
    DETERMINERS,
    MODALS,
    NEGATIONS,
    PARTICLES,
    PREPOSITIONS,
    QUESTION_WORDS,
    SUBJECT_PRONOUNS,
)

LONGEST = 100  # characters between two names
MOST_WORDS = 10
_TOKEN = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*|[,()]|\S")
_CLAUSE = re.compile(r",|\b(?:and|but|or|then|who|which|that)\b", re.IGNORECASE)
# With one of these the first name is not the subject, or nothing is stated.
_STOPS = (
    MODALS
    | NEGATIONS
    | SUBJECT_PRONOUNS
    | (QUESTION_WORDS - {"who", "which"})  # these begin a clause
    | frozenset(
        """i you we him her them there itself himself herself themselves if whether unless because
        while than like plans planned hopes wants denied denies""".split()  # noqa: SIM905
    )
)
# Stems of verbs that tell what somebody says or holds, and join no two things.
_SAYING = frozenset("say tell announc report claim believ think call explain ask add".split())  # noqa: SIM905
# Stems of verbs that tell, after a comma, what was done to the first name: ", based in Oslo".
_DONE_TO = frozenset(
    "bas found locat situat headquarter establish build make publish releas launch hold nam own "  # noqa: SIM905
    "creat design develop buy sell intend use design licens regist educat train employ rais".split()
)
_PREPOSITIONS = PREPOSITIONS | PARTICLES
_ADVERBS = frozenset(
    "also later then now already soon once again still only just first finally recently once "  # noqa: SIM905
    "together both even always often usually since ever long officially jointly".split()
)
_LOOSE = frozenset("new former then current first own late longtime long-time old own".split())  # noqa: SIM905
_OWNS = re.compile(r"['’]s?\s+(?P<noun>[^,()]+?)\s*,?\s*")
_WRAP = re.compile(r"\n(?=[a-z])|(?<=[a-z,])\n(?=$)")  # a line that goes on below


@dataclass(frozen=True)
class Phrase:
    """What joins two names.

    ``key`` is the same for all forms of one phrase. ``turned`` says that the second name is the
    subject of ``words``, which stand between {subject} and {object} in ``template``.
    """

    key: str
    words: str
    template: str
    turned: bool = False

    @property
    def name(self) -> str:
        """What a relation of this phrase would be called."""
        return self.words.removesuffix(" of") if self.template.startswith("The ") else self.words


def phrase_between(between: str) -> Phrase | None:
    """Return the phrase that the words between two names of a sentence make, or None.

    >>> phrase_between(" was bought by ").key == phrase_between(" bought the rival ").key
    True
    >>> phrase_between("'s chief executive, ").template
    'The chief executive of {subject} is {object}.'
    """
    between = _WRAP.sub(" ", between)
    if len(between) > LONGEST or re.search(r"[;:\n\t|!?\"“”]", between):
        return None
    if possessive := _OWNS.fullmatch(between):
        return _owned(possessive["noun"].split())
    tokens = _TOKEN.findall(between)
    if len(tokens) > MOST_WORDS or any(map(_stops, tokens)):
        return None
    clauses = _CLAUSE.split(between)
    words = [t for t in _TOKEN.findall(clauses[-1]) if t[0].isalpha()]
    if found := _clause_phrase(words, aside=re.match(r"\s*,(?!\s*(?:who|which|that)\b)", between)):
        return found
    # "Nordwind spokesman Peter Lund": a noun alone, with no mark between the names.
    return _owned(words) if tokens == words else None


def _stops(token: str) -> bool:
    return token.lower() in _STOPS or token.endswith(("n't", "n’t"))


def begins_with_and(between: str) -> bool:
    """Tell whether words go on with what was said of an earlier name: "A in X and moved to Y"."""
    return re.match(r"\s*,?\s*(?:and|but|then)\b", between, re.IGNORECASE) is not None


def phrases_of(words: str) -> set[str]:
    """Return the keys of a relation's name, alias or sentence, so far as it is a phrase.

    >>> phrases_of("born in") == phrases_of("{subject} was born in {object}.")
    True
    """
    inside = re.fullmatch(r"\s*\{subject\}(.*)\{object\}\W*", words)
    owned = re.fullmatch(r"(?i)\s*the (.+) of \{subject\} is \{object\}\W*", words)
    if owned:
        found = _owned(owned[1].split())
        return {found.key} if found else set()
    text = inside[1] if inside else words
    if "{" in text:
        return set()
    tokens = [token for token in _TOKEN.findall(text) if token[0].isalpha()]
    return {found.key for found in (_clause_phrase(tokens), _owned(tokens)) if found}


def _clause_phrase(tokens: list[str], *, aside: object = False) -> Phrase | None:
    """Return the phrase of a clause; an ``aside`` is one after a comma, with no subject."""
    tokens = _without_adverbs(tokens)
    if not tokens:
        return None
    return _verb_phrase(tokens, aside=bool(aside)) or _noun_phrase(tokens)


def _without_adverbs(tokens: list[str]) -> list[str]:
    at = 0
    while at < len(tokens) and _is_adverb(tokens[at]):
        at += 1
    return tokens[at:]


def _is_adverb(token: str) -> bool:
    word = token.lower()
    return word in _ADVERBS or (word.endswith("ly") and len(word) > 4)


def _verb_phrase(tokens: list[str], *, aside: bool) -> Phrase | None:
    """Return the phrase of tokens that begin with a verb; in an aside it is a participle."""
    auxiliaries, rest = _split_auxiliaries(tokens)
    passive = bool(auxiliaries) and auxiliaries[-1] in TO_BE
    verb = _joining_verb(rest[0]) if rest else None
    if verb is None or (auxiliaries and verb[1] == "present"):
        return _noun_phrase(rest) if passive else None
    stem, form = verb
    particles, after = _split_particles(_without_end(rest[1:]))
    if not auxiliaries and _is_participle(verb, particles, aside=aside):
        auxiliaries, passive = ["was"], True
    words = " ".join([*auxiliaries, rest[0].lower(), *particles])
    if form == "both":
        if passive and particles == ["by"] and not _object_of(after):
            active = rest[0].lower()
            return Phrase(stem, active, f"{{subject}} {active} {{object}}.", turned=True)
        if not passive:  # "has acquired" is "acquired"
            words = " ".join([rest[0].lower(), *particles])
    said = " ".join([words, *_object_of(after)])
    return Phrase(" ".join([stem, *particles]), words, f"{{subject}} {said} {{object}}.")


def _joining_verb(word: str) -> tuple[str, str] | None:
    verb = verb_of(word)
    return None if verb and verb[0] in _SAYING else verb


def _split_auxiliaries(tokens: list[str]) -> tuple[list[str], list[str]]:
    """Return the auxiliaries that tokens begin with, and the rest without its adverbs."""
    auxiliaries: list[str] = []
    while tokens and tokens[0].lower() in AUXILIARIES:
        auxiliaries.append(tokens[0].lower())
        tokens = _without_adverbs(tokens[1:])
    return auxiliaries, tokens


def _split_particles(tokens: list[str]) -> tuple[list[str], list[str]]:
    """Return the prepositions that tokens begin with, at most two, and the rest."""
    particles: list[str] = []
    while tokens and tokens[0].lower() in _PREPOSITIONS and len(particles) < 2:
        particles.append(tokens[0].lower())
        tokens = tokens[1:]
    return particles, tokens


def _is_participle(verb: tuple[str, str], particles: list[str], *, aside: bool) -> bool:
    """Tell whether a form is a passive without its auxiliary: "bought by", ", based in"."""
    stem, form = verb
    if form != "both":
        return form == "participle"
    return particles[:1] == ["by"] or (aside and bool(particles) and stem in _DONE_TO)


def _object_of(tokens: list[str]) -> list[str]:
    """Return the words after a verb that belong to what it says, not to the second name: "chief
    executive of", but nothing of "the rival"."""
    return tokens if tokens and tokens[-1].lower() in _PREPOSITIONS else []


def _without_end(tokens: list[str]) -> list[str]:
    while tokens and tokens[-1].lower() in DETERMINERS:
        tokens = tokens[:-1]
    return tokens


def _noun_phrase(tokens: list[str]) -> Phrase | None:
    """Return the phrase of a noun and its preposition: "(is) the chief executive of"."""
    tokens = _without_end(tokens)
    if len(tokens) < 2 or tokens[-1].lower() not in _PREPOSITIONS:
        return None
    noun = _bare(tokens[:-1])
    preposition = tokens[-1].lower()
    if noun is None:
        return None
    if preposition == "of":
        found = _owned(noun)
        return found and Phrase(found.key, f"{found.words} of", found.template, turned=True)
    words = " ".join([*noun, preposition])
    return Phrase(words.lower(), words, f"{{subject}} is {words} {{object}}.")


def _bare(tokens: list[str]) -> list[str] | None:
    """Return a noun and the words that belong to it; None for what is none."""
    tokens = list(tokens)
    while tokens and tokens[0].lower() in DETERMINERS | _LOOSE:
        tokens = tokens[1:]
    odd = _PREPOSITIONS | DETERMINERS | AUXILIARIES
    if not 1 <= len(tokens) <= 4 or any(t.lower() in odd or _is_adverb(t) for t in tokens):
        return None
    finite = (verb_of(token) for token in tokens if "-" not in token)
    return None if any(verb and verb[1] != "present" for verb in finite) else tokens


def _owned(tokens: list[str]) -> Phrase | None:
    """Return the phrase of what the first name has: "Nordwind's chief executive"."""
    noun = _bare(tokens)
    if noun is None or not (noun[-1][0].islower() or noun[-1].isupper()):
        return None
    words = " ".join(noun)
    return Phrase(f"{words.lower()} of", words, f"The {words} of {{subject}} is {{object}}.")
