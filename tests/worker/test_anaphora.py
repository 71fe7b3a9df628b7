"""Pronouns and definite nouns: they count only where one thing fits."""

import pytest

from apps.sources.passages import sentences
from worker.mentions.anaphora import Thing, anaphors, stand_for
from worker.types import MentionSpan, Span


def resolved(text, *names):
    """Return (word, name) of each pronoun and definite noun that stands for one of the names."""
    things = []
    for name, type_ in names:
        at = [i for i in range(len(text)) if text.startswith(name, i)]
        spans = tuple(MentionSpan(Span(i, i + len(name)), type_) for i in at)
        things.append(Thing(type_, name, spans))
    taken = [m for thing in things for m in thing.mentions]
    own = [Span(s.start, s.end) for s in sentences(text)]
    found = []
    words = anaphors(text, taken)
    stood = stand_for(text, own, [word.span for word in words], things)
    for word, index in zip(words, stood, strict=True):
        if index is not None:
            found.append((word.span.of(text), things[index].name))
    return found


ANNA, PAUL = ("Anna Kerr", "PER"), ("Paul Kerr", "PER")
ACME, BREL, OSLO = ("Acme", "ORG"), ("Brel", "ORG"), ("Oslo", "LOC")


@pytest.mark.parametrize(
    ("text", "names", "expected"),
    [
        ("Anna Kerr sang. She left.", [ANNA], [("She", "Anna Kerr")]),
        (
            "Paul Kerr met Anna Kerr. He was born in Oslo. She was not.",
            [ANNA, PAUL, OSLO],
            [("He", "Paul Kerr"), ("She", "Anna Kerr")],
        ),
        ("Robin Roe met Kim Lind. She left.", [("Robin Roe", "PER"), ("Kim Lind", "PER")], []),
        (
            "Mrs Roe met Kim Lind. She left.",
            [("Roe", "PER"), ("Kim Lind", "PER")],
            [],
        ),
        ("Mr Roe met Ms Lind. She left.", [("Roe", "PER"), ("Lind", "PER")], [("She", "Lind")]),
        (
            "Anna Kerr met Kim Lind in Oslo. She left. She came back. She sang. She wept.",
            [ANNA, ("Kim Lind", "PER"), OSLO],
            [("She", "Anna Kerr")] * 4,
        ),
        (
            "Paul Kerr wrote to his brother Georg Kerr. He left.",
            [PAUL, ("Georg Kerr", "PER")],
            [("his", "Paul Kerr"), ("He", "Paul Kerr")],
        ),
        ("She left. Anna Kerr sang.", [ANNA], []),
        ("Acme grew. It left.", [ACME], [("It", "Acme")]),
        ("Acme bought Brel. It left.", [ACME, BREL], []),
        ("Acme grew in Oslo. It left.", [ACME, OSLO], [("It", "Acme")]),
        ("In Oslo Acme grew. It left.", [ACME, OSLO], []),
        ("It rained. Acme grew.", [ACME], []),
        ("Anna Kerr and Paul Kerr met. Their son left.", [ANNA, PAUL], []),
        ("Acme grew. Rain fell. Snow fell. Hail fell. It left.", [ACME], []),
        ("Acme grew. Rain fell. The company left.", [ACME], [("The company", "Acme")]),
        ("Acme bought Brel. The company left.", [ACME, BREL], []),
        ("The company left. Acme grew.", [ACME], []),
        ("Oslo University grew. The company left.", [("Oslo University", "ORG")], []),
        ("Oslo University grew. The university left.", [("Oslo University", "ORG")],
         [("The university", "Oslo University")]),
        ("Brel, a family bank, grew beside Acme. The bank left.", [ACME, BREL],
         [("The bank", "Brel")]),
        ("Anna Kerr sang the end of the bank of Oslo.", [ANNA, OSLO], []),
    ],
)  # fmt: skip
def test_a_word_stand_for_the_one_thing_that_fits(text, names, expected):
    assert resolved(text, *names) == expected


def test_in_a_dialogue_the_speaker_is_i():
    text = "Anna Kerr: I moved to Oslo in May.\nPaul Kerr: My sister did. I did not."
    assert resolved(text, ANNA, PAUL, OSLO) == [
        ("I", "Anna Kerr"),
        ("My", "Paul Kerr"),
        ("I", "Paul Kerr"),
    ]


def test_in_a_quote_the_one_who_said_it_is_i():
    text = "“I grew up in Oslo,” said Anna Kerr. “I did not,” he thought."
    assert resolved(text, ANNA, OSLO)[0] == ("I", "Anna Kerr")
    assert ("I", "Anna Kerr") not in resolved("I grew up. Anna Kerr left.", ANNA)
