"""Questions that are put as a statement or a polite request."""

import pytest

from tests.worker.generated import Made, memory_of
from worker.heads.questions import plainly


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Ada was born in Oslo, right?", "Is it true that Ada was born in Oslo?"),
        ("Ada was born in Oslo, wasn’t she?", "Is it true that Ada was born in Oslo?"),
        ("Ada leads Arda - is that so?", "Is it true that Ada leads Arda?"),
        ("Could you please count the banks?", "count the banks?"),
        ("Can you list Ada's books?", "list Ada's books?"),
        ("Acme and the Zorb Bank: which of them is older?",
         "Which of Acme and the Zorb Bank is older?"),
        ("Which of the two has more staff, Acme or Zorb?",
         "Which of Acme and Zorb has more staff?"),
    ],
)  # fmt: skip
def test_they_are_asked_plainly(text, plain):
    assert plainly(text) == plain


@pytest.mark.parametrize(
    "text",
    [
        "",
        ", right?",
        "Was Ada born in Oslo, right?",
        "Who was born in Oslo, right?",
        "Ada was born in Oslo.",
        "Which bank is on the left, and which on the right?",
        "Could you tell me who counts?",
        "Would Ada count?",
        "Which of them is older?",
        "Who founded Acme and Zorb, and which of them is older?",
        "Which of the two is in Oslo, in the north or in the south?",
    ],
)
def test_others_stay_as_they_are(text):
    assert plainly(text) == text


def test_what_came_out_so_many_years_ago_did_so_in_that_year():
    facts = [("Halden FC", "owner", "Holt Group"), ("Mill FC", "owner", "Holt Group"),
             ("Halden FC", "start", "2022-03-01"), ("Mill FC", "start", "2021-11-26")]  # fmt: skip
    made = Made(memory_of(*facts), "Which clubs of Holt Group began four years ago?")
    said = "which organisations whose owned by is Holt Group and whose start time is four years ago"
    assert made.answers(said) == ["Halden FC"]
