"""Who "I" is, and whose "we": only where the layout of the text leaves one answer."""

import pytest

from tests.worker.test_anaphora import resolved

ANNA, PAUL, KIM = ("Anna Kerr", "PER"), ("Paul Kerr", "PER"), ("Kim Lind", "PER")
ACME, BREL = ("Acme", "ORG"), ("Brel", "ORG")
ALL = (ANNA, PAUL, KIM, ACME, BREL)


def said(text):
    """Return "word name" of each pronoun of the first person that stands for something."""
    words = ("i", "me", "my", "we", "us", "our")
    found = resolved(text, *(one for one in ALL if one[0] in text))
    return [f"{word} {name}" for word, name in found if word.lower() in words]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("From: Anna Kerr\nTo: Paul Kerr\n\nI moved to Oslo.", ["I Anna Kerr"]),
        ("**From:** Dr Anna Kerr, Acme\n\nI left. We grew.", ["I Anna Kerr", "We Acme"]),
        ("To: all   From: Anna Kerr\n\nAsk me.", ["me Anna Kerr"]),
        ("From: the desk of Anna Kerr and Paul Kerr\n\nI left.", []),
        ("From: Legal\nTo: Anna Kerr\n\nI left.", []),
        (
            "From: Anna Kerr\n\nNot me.\n\n> From: Paul Kerr\n> I did it.\n\nI know.",
            ["me Anna Kerr", "I Paul Kerr", "I Anna Kerr"],
        ),
        (
            "Not me.\n\nOn 3 May Paul Kerr wrote:\n> I did it.\n\nAnna Kerr",
            ["I Paul Kerr"],
        ),
        (
            "From: Anna Kerr\n\nI left.\n-----Original Message-----\nI stayed.",
            ["I Anna Kerr"],
        ),
        ("From: Anna Kerr\n\nHe asked: \"Who am I?\" I said nothing.", ["I Anna Kerr"]),
        ("From: Anna Kerr\n\nPaul Kerr: can you call? I did.", []),
        ("Dear Paul Kerr,\n\nI moved.\n\nBest regards,\nAnna Kerr\nAcme", ["I Anna Kerr"]),
        ("Dear Kim Lind,\n\nWe moved.\n\nYours sincerely\n\nAnna Kerr\nAcme", ["We Acme"]),
        ("Dear all,\n\nI moved. Love, Anna Kerr", []),
        ("Dear all,\n\nI moved.\nLove, Anna Kerr", ["I Anna Kerr"]),
        ("Dear all,\n\nI moved. I thank Anna Kerr.", []),
        ("I moved.\nBest wishes to Anna Kerr, who left Acme.", []),
    ],
)  # fmt: skip
def test_a_mail_and_a_letter_are_by_who_sends_or_signs_them(text, expected):
    assert said(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Anna Kerr on wood.\n\nQ: Where were you born? I heard Oslo.\n\nA: I was born in Turku."
            "\n\nQ: And Paul Kerr?\n\nA: My brother.",
            ["I Anna Kerr", "My Anna Kerr"],
        ),
        (
            "Anna Kerr talks to Kim Lind.\n\n**Where?**\nI was in Oslo.\n\n**Why?**\nRain.",
            ["I Anna Kerr"],
        ),
        ("Anna Kerr and Paul Kerr.\n\nQ: Where?\n\nA: I was in Oslo.\n\nQ: Why?", []),
        ("**Anna Kerr, you sang. Why?**\nI was asked.\n\n**By whom?**\nGuess.", ["I Anna Kerr"]),
        ("Anna Kerr sang.\n\n**Why?**\nI was asked.", []),
        ("On wood.\n\nQ: Anna Kerr?\n\nA: I know her.\n\nQ: And Kim?", []),
    ],
)  # fmt: skip
def test_the_answers_of_an_interview_are_by_whom_its_top_names(text, expected):
    assert said(text) == expected


def test_a_turn_goes_on_below_its_label():
    text = "[14:02] Anna Kerr: no\nI moved\n\nPaul Kerr (Oslo): I did not\nNN: I did\nI, too"
    assert said(text) == ["I Anna Kerr", "I Paul Kerr"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('Acme ("we") sells boats. Brel buys from us.', ["we Acme", "us Acme"]),
        ("We at Acme sell boats. Brel does not. Our boats float.", ["We Acme", "Our Acme"]),
        ("We at Acme and we at Brel sell boats.", []),
        ("The contract was made by us (Acme, Oslo) and Brel.", ["us Acme"]),
        ("Acme grew. We sell boats.", []),
        ("Anna Kerr: We left Acme.", []),
        ("“Our boats float,” said Anna Kerr, head of Acme.", ["Our Acme"]),
        ("“Our boats float,” said Anna Kerr, who left Brel for Acme.", []),
        ("“Our boats float,” says Acme. Brel laughs.", ["Our Acme"]),
        ('Anna Kerr said: "I grew up in Oslo. My aunt did."', ["I Anna Kerr", "My Anna Kerr"]),
        ("Anna Kerr writes, i.e. she wrote.", []),
    ],
)  # fmt: skip
def test_we_is_a_firm_where_the_text_says_so(text, expected):
    assert said(text) == expected


@pytest.mark.parametrize(
    "text", ["I", "", "From:", "From: \n\nI", ">>> I", "Best,", "Love,\n\n\n", "A: I\nQ: I"]
)
def test_a_text_without_anyone_says_nothing(text):
    assert said(text) == []
