"""A memory with facts about Ada Brook, and somebody who asks it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from apps.accounts.models import Space, User
from apps.asking.models import Answer
from apps.asking.services import question_answer_here
from apps.memory.models import Triple
from tests.apps.asking.rows import QUESTION, fill


@pytest.fixture
def born(space: Space, bob: User) -> Triple:
    """The fact that answers QUESTION, in a memory with others."""
    return fill(space, bob)[0]


@pytest.fixture
def ask(space: Space, carol: User, born: Triple) -> Callable[..., Answer]:
    """Return a function that asks as carol and returns the answer."""

    def run(text: str = QUESTION, **options: object) -> Answer:
        return question_answer_here(space=space, actor=carol, text=text, **options).answer

    return run
