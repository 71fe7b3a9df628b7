"""How a language model says that it does not know."""

from __future__ import annotations

import pytest

from worker.english.abstaining import abstains

DOES = (
    "I don't know.", "I don’t know who that is.", "Unknown", "", "...", "The text does not say.",
    "It is not mentioned in the text.", "There is no information about this.",
    "I am not sure.", "We cannot tell from this.", "Not specified.", "N/A",
    "I'm sorry, but I can't find this in the text.", "The answer isn't given.",
)  # fmt: skip
DOES_NOT = (
    "Lindenau", "No.", "Yes", "true", "Norway", "He is known as Bo.", "Not Lindenau but Halden",
    "Nobody's Business", "The Unknown Soldier", "42", "She said no.", "Kan't",
)  # fmt: skip


@pytest.mark.parametrize("text", DOES)
def test_it_hears_that_somebody_does_not_know(text) -> None:
    assert abstains(text)


@pytest.mark.parametrize("text", DOES_NOT)
def test_it_takes_an_answer_for_one(text) -> None:
    assert not abstains(text)
