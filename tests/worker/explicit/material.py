"""A little material to make references and questions of, with a tiny base."""

from __future__ import annotations

from tests.worker.causal import tiny
from worker.training.causal.material import Material
from worker.training.causal.question_data import QuestionMaker
from worker.training.causal.sequences import Composer
from worker.training.explicit.groups import Groups, Mix
from worker.training.explicit.told import Teller
from worker.types import RelationSpec

NAMES = {
    "PER": ["Ada", "Bea", "Cyd", "Dan", "Eve", "Fay", "Gus", "Hal"],
    "LOC": ["London", "Paris", "Rome", "Oslo", "Bern", "Kyiv", "Lima", "Riga"],
    "MISC": ["Ode"],
}
SPECS = (
    RelationSpec(
        id="P19", wikidata_property="P19",
        name="place of birth", template="{subject} was born in {object}.",
        questions=("Where was {subject} born?",), subject_types=("PER",), object_types=("LOC",),
    ),
    RelationSpec(
        id="P20", wikidata_property="P20",
        name="place of death", template="{subject} died in {object}.",
        questions=("Where did {subject} die?",), subject_types=("PER",), object_types=("LOC",),
    ),
)  # fmt: skip
COMPOSER = Composer(tiny.base().tokenizer)


def teller(**more):
    source = Material(SPECS, questions=QuestionMaker(SPECS, NAMES), names=NAMES, **more)
    return Teller(source, COMPOSER)


def groups(**mix):
    return Groups(teller(), Mix(**{"references": 3, "questions": 4, **mix}))


def said(ids):
    return COMPOSER.tokenizer.decode(list(ids))
