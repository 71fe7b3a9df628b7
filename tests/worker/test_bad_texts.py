"""Texts that are no prose: the rules over mentions neither fail nor take long."""

import random
import time

import pytest

from apps.sources.passages import split_passages
from worker.heads.encoder.entity_groups import entities_of
from worker.literals.forms import forms
from worker.mentions.overlay import overlaid
from worker.types import MentionSpan, Span

MOST_SECONDS = 6.0  # of processor time for a text of at most 80,000 characters
_NAMES = random.Random(5)


def _name(number):
    first = ("Anna", "Bo", "Carl", "Dora", "Erik", "Fay", "Greta", "Hugo", "Ines", "Jonas")
    return f"{first[number % 10]} {''.join(_NAMES.choices('aeioulnrst', k=6)).title()}"


TEXTS = {
    "2,000 names": ", ".join(map(_name, range(2000))),
    "a table of 500 rows": "| Name | Born in | Date |\n|---|---|---|\n"
    + "\n".join(f"| {_name(i)} | Town{i} | 19{i % 90 + 10}-03-0{i % 9 + 1} |" for i in range(500)),
    "capitals": "ANNA HOLT, A NORWEGIAN PAINTER, WAS BORN IN OSLO ON 14 MAY 1950. " * 200,
    "noise": "Anna H0lt, a Norw egian pa1nter, w@s b0rn in 0slo 0n l4 May l95O. " * 200,
    "code": "class Foo(Bar):\n    y = {'a': 1.2, 'b': [1, 2, 3]}  # Anna\n" * 400,
    "a poem": "Oh Anna of the silver sea,\nWho sang in Oslo once to me,\n\n" * 300,
    "references": "\n".join(
        f"[{i}] Holt, A. (1990). On things. {i}(2), {i}-{i + 9}. doi:10.1000/x{i}"
        for i in range(400)
    ),
    "a clause of 300 words": "Subject to Section 2.1 the Supplier shall, within 30 days of it, "
    * 25,
    "a dialogue": "\n".join(f"{_name(i)}: I moved to Ghent in May 1987." for i in range(400)),
    "nested quotes": "“I said ‘I am Anna’ to Bo Lind,” said Carl Voss to the company. " * 200,
    "one long word": "A" * 30_000 + "x-" * 10_000,
    "digits": "1," * 20_000,
    "pronouns": "She he it the company I. " * 1000,
    "nationalities": "Norwegian Dutch firm a Swiss French painter Anna Holt, a Finnish. " * 300,
}


def _tagged(text):
    """Return what a careless tagger finds: every capitalised run, of changing types."""
    found, at = [], 0
    for number, word in enumerate(text.split(" ")):
        if word[:1].isupper():
            type_ = ("PER", "ORG", "LOC", "MISC", "TIME", "NUM")[number % 6]
            found.append(MentionSpan(Span(at, at + len(word)), type_))
        at += len(word) + 1
    return found


@pytest.mark.parametrize("kind", list(TEXTS))
def test_nothing_fails_or_takes_long(kind):
    text = TEXTS[kind]
    started = time.process_time()
    forms(text)
    for cut in split_passages(text):
        own = text[cut.start : cut.end]
        sentences = [Span(s.start, s.end).shifted(-cut.start) for s in cut.sentences]
        mentions = overlaid(own, _tagged(own))
        found = entities_of(own, sentences, mentions, lambda given, groups: [], 0.5)
        for entity in found:
            for mention in entity.mentions:
                assert not set(mention.span.of(own)) & set("\n|")
    assert time.process_time() - started < MOST_SECONDS
