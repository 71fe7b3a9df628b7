"""The phrase that joins two names of a sentence, by rules."""

from __future__ import annotations

import pytest

from worker.english.joining import begins_with_and, phrase_between, phrases_of
from worker.english.other_languages import other_language
from worker.english.verbs import verb_of


@pytest.mark.parametrize(
    ("between", "name", "template", "turned"),
    [
        (" visited ", "visited", "{subject} visited {object}.", False),
        (" was\nappointed to\n", "was appointed to", "{subject} was appointed to {object}.", False),
        (" supports the ", "supports", "{subject} supports {object}.", False),
        (" has acquired the rival ", "acquired", "{subject} acquired {object}.", False),
        (" was acquired by ", "acquired", "{subject} acquired {object}.", True),
        (", bought by the owners ", "bought", "{subject} bought {object}.", True),
        (" was written by ", "was written by", "{subject} was written by {object}.", False),
        (", written by ", "was written by", "{subject} was written by {object}.", False),
        (
            " was appointed chief executive of ",
            "was appointed",
            "{subject} was appointed chief executive of {object}.",
            False,
        ),
        (", a painter, was born in ", "was born in", "{subject} was born in {object}.", False),
        (", based in ", "was based in", "{subject} was based in {object}.", False),
        (", who founded ", "founded", "{subject} founded {object}.", False),
        ("'s new chief executive, ", "chief executive",
         "The chief executive of {subject} is {object}.", False),
        (", the chief executive of ", "chief executive",
         "The chief executive of {subject} is {object}.", True),
        (" is the capital of ", "capital", "The capital of {subject} is {object}.", True),
        (" spokesman ", "spokesman", "The spokesman of {subject} is {object}.", False),
        (", professor at ", "professor at", "{subject} is professor at {object}.", False),
        (" and died in ", "died in", "{subject} died in {object}.", False),
        (" moved out of ", "moved out of", "{subject} moved out of {object}.", False),
    ],
)  # fmt: skip
def test_it_finds_what_joins_two_names(between: str, name: str, template: str, turned: bool):
    found = phrase_between(between)
    assert found is not None
    assert (found.name, found.template, found.turned) == (name, template, turned)


@pytest.mark.parametrize(
    "between",
    ["", " ", " and ", ", ", " of ", " in the ", " (", " said ", " is said to like ",
     " did not visit ", " didn't visit ", " will visit ", " may have bought ",
     " and he visited ", "; he visited ",
     ".\n\nVisited ", " | ", ": ", "\nVisited ", "\n",
     " visited " + "very " * 40, " plans to buy ", " never met ",
     " visited one two three four five six seven eight nine ten eleven "],
)  # fmt: skip
def test_it_takes_nothing_that_is_not_stated_of_both(between: str) -> None:
    assert phrase_between(between) is None


def test_forms_of_one_phrase_have_one_key() -> None:
    def key(between: str) -> str:
        found = phrase_between(between)
        assert found is not None
        return found.key

    assert (
        len({key(s) for s in (" acquires ", " acquired ", " has acquired ", " was acquired by ")})
        == 1
    )
    assert len({key(s) for s in ("'s mayor ", ", mayor of ", ", the former mayor of ")}) == 1
    assert key(" moved to ") != key(" moved from ")


def test_a_relation_is_known_by_the_phrases_of_its_words() -> None:
    born = phrase_between(" was born in ")
    assert born is not None
    assert phrases_of("born in") == phrases_of("{subject} was born in {object}.") == {born.key}
    head = phrase_between("'s chief executive ")
    assert head is not None
    assert head.key in phrases_of("chief executive")
    assert head.key in phrases_of("The chief executive of {subject} is {object}.")
    assert phrases_of("{object} sits on the board of {subject}.") == set()


def test_it_knows_what_goes_on_with_an_earlier_name() -> None:
    assert begins_with_and(", and moved to ")
    assert begins_with_and(" and died in ")
    assert not begins_with_and(" moved to Andorra and ")


@pytest.mark.parametrize(
    ("words", "stem"),
    [
        (("acquires", "acquired"), "acquir"),
        (("stops", "stopped"), "stop"),
        (("carries", "carried"), "carri"),
        (("bought", "buys"), "buy"),
        (("employs", "employed"), "emploi"),
        (("passes", "passed"), "pass"),
    ],
)
def test_forms_of_a_verb_have_one_stem(words: tuple[str, ...], stem: str) -> None:
    assert {found[0] for word in words if (found := verb_of(word))} == {stem}
    assert all(map(verb_of, words))


@pytest.mark.parametrize("word", ["", "x", "united", "Paris", "1990", "business", "table", "its"])
def test_what_is_no_verb_has_no_stem(word: str) -> None:
    assert verb_of(word) is None


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Die Gesellschaft wurde 1921 in Leipzig gegründet. Ihr Vorsitzender ist Karl Weber, der "
         "auch in Berlin lebt.", "German"),
        ("La société a été fondée en 1921 à Lyon. Elle est dirigée par Jean Dupont, qui habite à "
         "Paris avec sa famille.", "French"),
        ("La empresa fue fundada en Madrid en 1921 y su director es Juan Pérez, que vive en "
         "Sevilla con su familia.", "Spanish"),
        ("Компания была основана в Москве в 1921 году.", "Cyrillic script"),
        ("該公司成立於1921年，總部設在北京，由王偉領導，員工三百人。", "CJK script"),
        ("The company was founded in Leipzig in 1921. Its chairman is Karl Weber.", ""),
        ("Anna Holt, chief financial officer\nNordwind, Oslo, 2011 to 2020\nTilt, Turku", ""),
        ("Der Spiegel", ""),
        ("", ""),
        ("1 2 3 | 4", ""),
    ],
)  # fmt: skip
def test_it_tells_other_languages_from_english(text: str, language: str) -> None:
    assert other_language(text) == language
