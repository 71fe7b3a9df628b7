"""How a text is put as a question: how many it asks, in which form, and whether it is one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal, TypeAlias

from worker.english.asking import (
    ALL_OF_A_SORT,
    BARE_QUESTION,
    COMMA_BETWEEN,
    COUNTS,
    IN_THE_PAST,
    IN_THE_PRESENT,
    NEXT_QUESTION,
    OPENS_QUESTION,
    OR_BETWEEN,
    PAST_VERB,
    POLITELY,
    TAG,
    TELL_ME_WHO,
    TWO_THEN_WHICH,
    WHICH_THEN_TWO,
    YES_OR_NO,
)
from worker.english.verbs import verb_of
from worker.english.words import BETWEEN_PERFECT, DETERMINERS, PERFECT, WHAT
from worker.heads.impossible_dates import impossible_date

Form: TypeAlias = Literal["list", "count", "yes_no"]

LONGEST_QUESTION = 2_000  # code points; a longer text is not a question
MOST_QUESTIONS = 5  # of one text that are answered

_WORD = re.compile(r"[\w'’-]+")
_COMMAND = re.compile(
    r"""\W*(?:please\s+|now\s+|you\s+must\s+)*
    (?:delete|remove|forget|erase|drop|ignore|disregard|override|pretend|act\s+as|you\s+are\s+now
    |from\s+now\s+on|repeat|say|print|write|translate|execute|run|update|change|set
    |add|insert|store|remember|stop|reveal|output|respond|answer\s+(?:only|with))
    (?:[,:]|\s+(?-i:[a-z"'“‘]))""",
    re.IGNORECASE | re.VERBOSE,
)
# Words that open questions in other languages and are no English names or words.
_FOREIGN = frozenset(
    """wo wer wann welche welcher welches warum wem où quand quel quelle combien comment pourquoi
    dónde donde cuándo cuando quién quien cuál cuántos qué dove quando quale quanti perché onde
    quem qual kdo kde kdy hvem hvor hvornår waar wanneer hoeveel kuka missä milloin nerede gdzie
    kiedy hogyan mikor când""".split()  # noqa: SIM905
)
_END_OF_LATIN = "\u0250"
_ENGLISH = "The question does not seem to be in English, the one language that is read here."


def plainly(question: str) -> str:
    """Return a question without a polite opening, one for a yes or no that is put as a statement
    as such, and one that names two things and asks for one of them in one clause.

    >>> plainly("Ada was born in Oslo, right?"), plainly("Could you list the banks?")
    ('Is it true that Ada was born in Oslo?', 'Which banks are there?')
    >>> plainly("list of shipyards"), plainly("What lighthouses have we got on file?")
    ('Which shipyards are there?', 'Which lighthouses are there?')
    >>> plainly("Acme and Zorb: which of them is older?")
    'Which of Acme and Zorb is older?'
    """
    plain = POLITELY.sub("", question)
    if (every := ALL_OF_A_SORT.match(plain)) is not None:
        return f"Which {(every['sort'] or every['known']).lower()} are there?"
    if (two := TWO_THEN_WHICH.match(plain) or WHICH_THEN_TWO.match(plain)) is not None:
        return f"Which of {_joined_by_and(two['two'])} {two['rest'].strip(' ?')}?"
    stated = TAG.sub("", plain)
    if stated in (plain, "") or YES_OR_NO.match(stated) or OPENS_QUESTION.match(stated):
        return plain
    return f"Is it true that {stated}?"


def _joined_by_and(two: str) -> str:
    """Return "X or Y" as "X and Y"."""
    return OR_BETWEEN.sub(" and ", two, count=1) if " and " not in two else two


def question_form(question: str) -> Form:
    """Return whether the question wants names, a count, or a yes or no."""
    if COUNTS.search(question):
        return "count"
    wants_yes = YES_OR_NO.match(question) and not TELL_ME_WHO.match(question)
    return "yes_no" if wants_yes else "list"


def is_past(question: str) -> bool:
    """Tell whether a question is in the past tense."""
    if IN_THE_PAST.search(question):
        return True
    if IN_THE_PRESENT.search(question):
        return False
    return PAST_VERB.search(question) is not None or _opens_in_the_past(question)


def _opens_in_the_past(question: str) -> bool:
    """Tell whether an irregular verb after "who" or "which person" is in the past: "who went"."""
    words = _WORD.findall(question.lower())
    if not words or words[0] not in WHAT:
        return False
    found = [verb_of(word) for word in words[1 : 2 if words[0] == "who" else 3]]
    return any(verb is not None and verb[1] == "past" for verb in found)


def is_perfect(question: str) -> bool:
    """Tell whether a question asks for what has been at any time up to today.

    >>> is_perfect("Who has chaired Acme?"), is_perfect("Who has Ada been married to?")
    (True, True)
    >>> is_perfect("Who has a seat at Acme?"), is_perfect("Who has been running Acme?")
    (False, False)
    """
    words = _WORD.findall(question)
    return any(_has_done(words[at + 1 :]) for at, word in enumerate(words) if word in PERFECT)


def _has_done(words: Sequence[str]) -> bool:
    """Tell whether a participle follows "has", but for names and a few words between."""
    no_capitals = all(word == word.lower() for word in words)
    for at, word in enumerate(words):
        if word == "been":
            return not "".join(words[at + 1 : at + 2]).endswith("ing")
        found = verb_of(word)
        if word.islower() and found is not None and found[1] in ("both", "participle"):
            return True
        between = word not in DETERMINERS and (no_capitals or not word.islower())
        if not (between or word in BETWEEN_PERFECT):
            return False
    return False


def several_questions(text: str, names: Sequence[tuple[int, int]] = ()) -> list[str]:
    """Return the questions in a text; one that asks once comes back whole.

    ``names`` are stretches of the text that stay whole, as "Where and When" may be a title.

    >>> several_questions("Who founded Acme and when was it founded?")
    ['Who founded Acme', 'when was it founded?']
    """
    parts = _cut(text, _cuts(text, names))
    long = all(len(part.split()) > 1 or BARE_QUESTION.fullmatch(part) for part in parts[1:])
    first = parts[0].split() if parts else ()
    return parts if long and len(first) > 1 and all(map(_asks, parts)) else [text]


def _cuts(text: str, names: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the places between two questions, none of them inside one of the ``names``.

    Commas part questions only where a word such as "and" does so too: "Where, and when".
    """
    cuts = [match.span() for match in NEXT_QUESTION.finditer(text)]
    if any(text[start:end].strip(" ,") for start, end in cuts):
        cuts += [match.span() for match in COMMA_BETWEEN.finditer(text)]
    return sorted(cut for cut in cuts if not any(s < cut[1] and cut[0] < e for s, e in names))


def _cut(text: str, cuts: Sequence[tuple[int, int]]) -> list[str]:
    parts: list[str] = []
    start = 0
    for cut in [*cuts, (len(text), len(text))]:
        part = text[start : cut[0]].strip()
        # "Where and when was X born?" asks both of the same.
        if part and (cut[0] == len(text) or part[-1] == "?" or not BARE_QUESTION.fullmatch(part)):
            parts.append(part)
            start = cut[1]
    return parts


def _asks(part: str) -> bool:
    """Tell whether a part is a question by itself."""
    begins = OPENS_QUESTION.match(part) or YES_OR_NO.match(part) or BARE_QUESTION.fullmatch(part)
    return "?" in part or begins is not None


def why_unread(text: str) -> str:
    """Return, in a sentence, why a text is not read at all; nothing where it is."""
    if not text:
        return "The question is empty."
    if len(text) > LONGEST_QUESTION:
        return f"The question is longer than {LONGEST_QUESTION} characters; please shorten it."
    if not any(char.isalnum() for char in text):
        return "The question has no words."
    if day := impossible_date(text):
        return f"There is no such day as {day}."
    letters = [char for char in text if char.isalpha()]
    if sum(char < _END_OF_LATIN for char in letters) * 5 < len(letters):
        return _ENGLISH
    return ""


def why_no_question(text: str) -> str:
    """Return, in a sentence, why the first words of a text make it no question that is read here:
    another language, a command. Nothing where they do not."""
    opening = re.match(r"\W*(\w+)", text)
    word = opening.group(1) if opening else ""
    if word.lower() in _FOREIGN or word[:1] >= _END_OF_LATIN:
        return _ENGLISH
    if "?" not in text and _COMMAND.match(text):
        return "This reads as a command; only questions are answered here, from the memory alone."
    return ""
