"""Bounds of quantities in a question, and the sets that they leave."""

import pytest

from tests.worker.generated import Made, memory_of
from worker.reading.items import items_of
from worker.reading.sizes import Size, sizes_of


def sizes(text):
    return [(one.sign, one.value, one.words) for one in sizes_of(items_of(text, []))]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Which firms have under 300 staff?", ("<", 300, "under 300")),
        ("Which firms have over 1,200 staff?", (">", 1200, "over 1,200")),
        ("Which firms have more than five million?", (">", 5e6, "more than five million")),
        ("firms with at least €2.5 million?", (">=", 2.5e6, "at least €2.5 million")),
        ("firms with at most two hundred and five staff", ("<=", 205,
            "at most two hundred and five")),
        ("up to twenty-five", ("<=", 25, "up to twenty-five")),
        ("upwards of a hundred", (">", 100, "upwards of a hundred")),
        ("no more than 40 of them", ("<=", 40, "no more than 40")),
        ("not below half a million", (">=", 5e5, "not below half a million")),
        ("no fewer than 12", (">=", 12, "no fewer than 12")),
        ("less than 3.5", ("<", 3.5, "less than 3.5")),
    ],
)  # fmt: skip
def test_a_bound_is_read(text, found):
    assert sizes(text) == [found]


@pytest.mark.parametrize(
    "text",
    ["", "Which firms have over staff?", "Who lives over a bridge?", "more than Ada", "at",
     "at least", "over nan", "over infinity", "under 1e5", "more 300", "than 300", "at last 300",
     "Who is under the age of 30?", "over 3-5", "300 staff", "over €", "up 300", "over and"],
)  # fmt: skip
def test_no_bound_is_read(text):
    assert sizes(text) == []


def test_two_bounds_and_their_places():
    one, other = sizes_of(items_of("over 1,200 and under 5 million?", []))
    assert (one.value, other.value) == (1200, 5e6)
    assert one.places == {0, 1, 2, 3}
    assert other.places == {5, 6, 7}


@pytest.mark.parametrize(
    ("sign", "inside"),
    [(">", [301]), (">=", [300, 301]), ("<", [299]), ("<=", [299, 300])],
)
def test_a_bound_holds(sign, inside):
    size = Size(sign, 300.0, "", frozenset())
    assert [n for n in (299, 300, 301) if size.holds(n, n)] == inside


def test_an_open_end_is_not_surely_within_a_bound():
    under, over = (Size(sign, 300.0, "", frozenset()) for sign in "<>")
    assert not under.holds(200.0, None)  # "over 200" may be 400
    assert not over.holds(None, 400.0)
    assert over.holds(301.0, None)
    assert under.holds(None, 299.0)
    assert not under.holds(250.0, 350.0)


FIRMS = [
    *((name, "owner", "Holt Group") for name in ("Lab", "Mill", "Yard", "Den")),
    ("Lab", "staff", "900"), ("Mill", "staff", "28"), ("Yard", "staff", "1,200"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("bound", "names"),
    [
        ("over 900", ["Yard"]), ("at least 900", ["Lab", "Yard"]), ("under 900", ["Mill"]),
        ("no more than 900", ["Lab", "Mill"]), ("more than 1,000", ["Yard"]),
        ("over five million", None), ("over", None),
    ],
)  # fmt: skip
def test_a_set_is_of_those_that_are_as_large(bound, names):
    text = f"Which firms of Holt Group have {bound} staff?"
    made = Made(memory_of(*FIRMS), text)
    whole = f"which organisations whose owned by is Holt Group and whose staff is {bound}"
    if names is None:
        assert whole not in made.said()
        return
    assert made.answers(whole) == names
    one = made.said()[whole]
    assert {text for at, text in enumerate(made.linked.texts) if at in one.words} >= {
        word for word in bound.split() if word.isalpha()
    }
    assert len(one.things) == len(made.linked.things)  # a known number is no name left over


def test_what_has_ended_or_is_yet_to_come_is_no_size():
    facts = [
        ("Lab", "owner", "Holt Group"), ("Mill", "owner", "Holt Group"),
        ("Lab", "staff", "200", 2010), ("Lab", "staff", "900", 1990, 2010),
        ("Mill", "staff", "500", 2000), ("Mill", "staff", "50", 2030),
    ]  # fmt: skip
    made = Made(memory_of(*facts), "Which firms of Holt Group have over 300 staff?")
    said = "which organisations whose owned by is Holt Group and whose staff is over 300"
    assert made.answers(said) == ["Mill"]


def test_quantities_of_two_units_are_not_compared():
    facts = [
        ("Lab", "owner", "Holt Group"), ("Mill", "owner", "Holt Group"),
        ("Lab", "staff", "5 km"), ("Mill", "staff", "900 m"),
    ]  # fmt: skip
    made = Made(memory_of(*facts), "Which firms of Holt Group have over 6?")
    assert not [said for said in made.said() if "over 6" in said]


def test_a_range_counts_where_all_of_it_is_within():
    facts = [
        ("Lab", "owner", "Holt Group"), ("Mill", "owner", "Holt Group"),
        ("Lab", "staff", "over 200"), ("Mill", "staff", "100 to 150"), ("Lab", "staff", "word"),
    ]  # fmt: skip
    made = Made(memory_of(*facts[:-1]), "Which firms of Holt Group have under 300 staff?")
    said = "which organisations whose owned by is Holt Group and whose staff is under 300"
    assert made.answers(said) == ["Mill"]
    made = Made(memory_of(*facts[:2], facts[-1]), "Which firms of Holt Group have under 300?")
    assert not [said for said in made.said() if "under 300" in said]
