"""Surnames that stand for all who have them."""

import json
import re
from dataclasses import replace
from datetime import date

import pytest

from tests.worker.memories import RELATIONS, typed
from worker.heads.encoder.families import families_in
from worker.heads.encoder.mentions import named_entities
from worker.heads.encoder.read_head import EncoderReadHead
from worker.heads.scripted.memory import InMemoryMemory, Named
from worker.training.read_data import relation_spec
from worker.types import QuestionContext

TYPES = {
    **dict.fromkeys(["Ada Brook", "Ben Brook", "Cora Vale", "Dora Lind"], "PER"),
    "Brook Ltd": "ORG", "Silver Cup": "MISC", "Blue Top": "ORG", "Green Top": "ORG",
    "circus": "MISC",
}  # fmt: skip
FACTS = [
    ("Ada Brook", "P166", "Silver Cup"), ("Cora Vale", "P166", "Silver Cup"),
    ("Blue Top", "P112", "Ben Brook"), ("Green Top", "P112", "Cora Vale"),
    ("Blue Top", "P31", "circus"), ("Green Top", "P31", "circus"),
    ("Dora Lind", "P108", "Brook Ltd"),
]  # fmt: skip


class _KnowsParts(InMemoryMemory):
    """A memory that finds people by their surname, as that of the product does."""

    def find_entities(self, text):
        found = super().find_entities(text)
        met = [(start, end) for start, end, _ in found]
        for fact in self.facts():
            for one in (fact.subject, fact.object):
                surname = re.search(rf"\b{one.name.split()[-1]}\b", text)
                if surname is None or one.type != "PER":
                    continue
                if all(end <= surname.start() or surname.end() <= start for start, end in met):
                    found.append((*surname.span(), replace(one, how="partial")))
        return found


@pytest.fixture(scope="module")
def memory():
    items = json.loads(RELATIONS.read_text(encoding="utf-8"))
    memory = _KnowsParts([relation_spec(item) for item in items])
    for subject, its_type, relation, object_, type_ in typed(FACTS, TYPES):
        memory.add(Named(subject, its_type), relation, Named(object_, type_))
    return memory


@pytest.mark.parametrize(
    ("question", "people"),
    [
        ("Which Brook won the Silver Cup?", {"Ada Brook", "Ben Brook"}),
        ("Was the Blue Top founded by a Brook?", {"Ada Brook", "Ben Brook"}),
        ("Who in the Brook family won it?", {"Ada Brook", "Ben Brook"}),
        ("Which of the Brooks won it?", {"Ada Brook", "Ben Brook"}),
        ("How many winners were called Brook?", {"Ada Brook", "Ben Brook"}),
        ("Who won it of the two Brooks?", {"Ada Brook", "Ben Brook"}),
        ("What did Brook win?", set()),
        ("Which Vale won it?", set()),  # one person is no family
        ("What became of the Brooks' circus?", set()),
    ],
)
def test_a_surname_stands_for_all_who_have_it(memory, question, people):
    found = families_in(memory, question, named_entities(memory, question))
    assert {one.name for it in found for one in it.entities} == people


@pytest.mark.parametrize(
    ("question", "given"),
    [
        ("Which Brook won the Silver Cup?", {"Ada Brook"}),
        ("Which circus was founded by a Brook?", {"Blue Top"}),
    ],
)
def test_it_is_answered_for_all_of_them(memory, question, given):
    head = EncoderReadHead(today=lambda: date(2026, 11, 28))
    answer = head.answer(question, memory, QuestionContext())
    assert {one.name for one in answer.answers} == given, (answer.text, answer.reason)
