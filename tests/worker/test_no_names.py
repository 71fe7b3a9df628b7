"""What people write where a name is asked for and that names nothing."""

import pytest

from worker.english.no_names import is_no_name


@pytest.mark.parametrize(
    "text", ["yes", "No!", "  unknown ", "n/a", "N/A.", "I don't know", "don’t know", "?", "-", ""]
)
def test_it_knows_what_is_no_name(text):
    assert is_no_name(text)


@pytest.mark.parametrize(
    "text", ["Norway", "No Doubt", "Yes Minister", "1867", "Nobody Inc.", "东京"]
)
def test_it_takes_names_for_names(text):
    assert not is_no_name(text)
