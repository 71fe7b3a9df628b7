"""Sentences of relations, told as past and as planned."""

import json
from pathlib import Path

import pytest

from worker.english.tenses import in_tense
from worker.sentences import template_problem

DATA = Path(__file__).parents[2] / "apps" / "memory" / "data"
RELATIONS = [
    *json.loads((DATA / "relations.json").read_text("utf-8")),
    *(
        r
        for pack in json.loads((DATA / "packs.json").read_text("utf-8"))
        for r in pack["relations"]
    ),
]


@pytest.mark.parametrize(
    ("template", "past", "future"),
    [
        ("The head of {subject} is {object}.", "The head of {subject} was {object}.",
         "The head of {subject} is to be {object}."),
        ("{subject} has been a member of {object}.", "{subject} was a member of {object}.",
         "{subject} is to be a member of {object}."),
        ("{subject} has worked for {object}.", "{subject} worked for {object}.",
         "{subject} is to work for {object}."),
        ("{subject} has its seat in {object}.", "{subject} had its seat in {object}.",
         "{subject} is to have its seat in {object}."),
        ("{object} sits on the board of {subject}.", "{object} sat on the board of {subject}.",
         "{object} is to sit on the board of {subject}."),
        ("{subject} owns {object}.", "{subject} owned {object}.", "{subject} is to own {object}."),
        ("{subject} was educated at {object}.", "{subject} was educated at {object}.",
         "{subject} is to be educated at {object}."),
        ("{subject} may be given to {object}.",) * 3,
        ("{subject} & {object}",) * 3,
        ("",) * 3,
    ],
)  # fmt: skip
def test_it_puts_the_verb_in_a_tense(template, past, future):
    assert in_tense(template, "past") == past
    assert in_tense(template, "future") == future
    assert in_tense(template, "") == template


@pytest.mark.parametrize("relation", RELATIONS, ids=lambda relation: relation["name"])
def test_every_shipped_sentence_stays_one(relation):
    for tense in ("past", "future"):
        told = in_tense(relation["template"], tense)
        assert template_problem(told) == ""
        assert "is" not in told.split() or tense == "future"
