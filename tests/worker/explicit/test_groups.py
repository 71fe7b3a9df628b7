from __future__ import annotations

import random
from itertools import chain

import pytest
import torch

from tests.worker.causal import tiny
from tests.worker.explicit.material import COMPOSER, NAMES, SPECS, groups, said, teller
from worker.explicit.encode import POSITIONS
from worker.training.causal.data import UNKNOWN
from worker.training.causal.model import Trainee
from worker.training.explicit.groups import Question, composed
from worker.training.explicit.told import Fact, Told, answers
from worker.training.redocred import GoldDocument, GoldMention, GoldTriple
from worker.types import Span


def answered(group):
    """Return each question of a group with its answer, as they are read from its tokens."""
    found = []
    for branch in range(1, max(group.branches) + 1):
        own = [n for n, b in enumerate(group.branches) if b == branch]
        whole = said(group.ids[n] for n in own)
        found.append((whole, said(group.ids[n] for n in own if group.weights[n] == 2.0).strip()))
    return found


def test_what_references_answer_comes_from_all_of_them_and_both_sides():
    told = [Told("", (("P19", "Ada", "Rome"),)), Told("", (("P19", "Ada", "Oslo"),))]
    found = answers(told)
    assert found[Fact("P19", "subject", "Ada")] == ("Rome", "Oslo")
    assert found[Fact("P19", "object", "Oslo")] == ("Ada",)


def test_an_answer_stands_in_a_reference_and_the_asked_name_beside_it():
    for group in groups(absent=0.0).epoch(20, random.Random(1), text=False):
        texts = [said(one) for one in group.references]
        for question, answer in answered(group):
            first = answer.split("; ")[0]
            assert any(
                first in text and any(n in text and n in question for n in chain(*NAMES.values()))
                for text in texts
            )


def test_it_is_not_known_where_no_reference_says_it():
    asked = 0
    for group in groups(absent=1.0).epoch(20, random.Random(1), text=False):
        assert all(answer == UNKNOWN for _, answer in answered(group))
        asked += max(group.branches)
    assert asked > 20


def test_references_stand_before_the_questions_or_beside_them():
    text, memory = (next(groups().epoch(1, random.Random(1), text=t)) for t in (True, False))
    assert text.references == ()
    assert all(said(one) in said(text.ids) for one in memory.references)
    assert not any(said(one) in said(memory.ids) for one in memory.references)
    assert [w for w in text.weights if w] == [w for w in memory.weights if w]


def test_the_names_of_facts_are_marked_wherever_a_reference_says_them():
    told = Told("Ada was born in Rome. Adam saw Rome.", (("P19", "Ada", "Rome"),))
    group = composed(COMPOSER, [Question("Who?", "Ada")], [told], text=False)
    (ids,), (places,) = group.references, group.marked
    assert said(ids[n] for n in places) == "AdaRomeRome"


def test_a_reference_fits_whatever_it_is_made_of():
    long = [(SPECS[0], "Ada " * 20, "Rome")] * 9
    told = teller().of_facts(long)
    assert teller().size(told.text) < POSITIONS
    assert len(told.facts) < 9
    assert told.text.count("born") == len(told.facts)


@torch.inference_mode()
def test_questions_of_a_group_do_not_see_each_other():
    questions = [Question("Where was Ada born?", "Rome"), Question("Where was Bea born?", "Oslo")]
    facts = [Told(text, ()) for text in ("Ada was born in Rome.", "Bea was born in Oslo.")]
    model = Trainee(tiny.base(), rank=2, alpha=4).eval()
    together = model(model.collated([composed(COMPOSER, questions, facts, text=True)], 0))
    alone = [
        model(model.collated([composed(COMPOSER, [one], facts, text=True)], 0)) for one in questions
    ]
    assert torch.allclose(together, torch.cat(alone), atol=1e-5)


def document(text, *names, triples):
    mentions = tuple(
        (GoldMention(Span(at, at + len(name)), "PER"),)
        for name in names
        for at in [text.index(name)]
    )
    return GoldDocument("", text, (Span(0, len(text)),), mentions, triples)


@pytest.mark.parametrize(("mood", "count"), [("stated", 1), ("denied", 0), ("planned", 0)])
def test_only_what_a_passage_states_is_asked_of_it(mood, count):
    triple = GoldTriple(0, "P19", 1, (0,), mood)
    made = list(teller().passages(document("Ada saw Rome.", "Ada", "Rome", triples=(triple,))))
    assert [one.facts for one in made] == [(("P19", "Ada", "Rome"),)] * count


def test_a_word_that_is_no_name_is_not_asked_about():
    triple = GoldTriple(0, "P19", 1, (0,), "stated")
    text = "the firm sits in Rome."
    assert not list(teller().passages(document(text, "the firm", "Rome", triples=(triple,))))
