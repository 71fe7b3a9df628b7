"""Answers over relations whose own sentence cannot be used, from before it was checked."""

from __future__ import annotations

import pytest

from apps.accounts.models import Space, User
from apps.asking.services import question_answer_here
from tests import factories


@pytest.mark.parametrize("head", ["scripted", "encoder"])
@pytest.mark.parametrize(
    "template",
    ["{subject} is [7] of {object}", "{subject} has [{object}].", "{subject} alone", "",
     "{subject}{object}"],
)  # fmt: skip
def test_it_answers_plainly(
    space: Space, bob: User, carol: User, settings, head: str, template: str
) -> None:
    settings.READ_HEAD, settings.EMBEDDER = head, "scripted"
    document = factories.make_document(space, bob)
    relation = factories.make_relation(
        space, "place of birth", template=template, questions=["Where was {subject} born?"]
    )
    born = factories.make_triple(space, "Ada Brook", relation, "Lindenau")
    factories.make_evidence(born, document, bob)
    question = question_answer_here(space=space, actor=carol, text="Where was Ada Brook born?")
    assert (question.state, question.error) == ("done", "")
    assert question.answer.text == "Ada Brook: place of birth: Lindenau [1]."
    citation = question.answer.citations.get()
    assert citation.statement == "Ada Brook: place of birth: Lindenau."
