"""Questions that are put together: their right reading is right, the wrong ones are wrong."""

import random
from pathlib import Path

import pytest

from worker.training.reading_pairs import MOST_WRONG, Composer
from worker.types import RelationSpec
from worker.wordings import Wording

SCHEMA = Path(__file__).parents[2] / "apps" / "memory" / "data"


def related(id_, name, subject, object_, **more):
    """Return a relation from one type to another."""
    return RelationSpec(
        id_, name, wikidata_property=id_, subject_types=(subject,) if subject else (),
        object_types=(object_,) if object_ else (), **more,
    )  # fmt: skip


BORN = related("P19", "place of birth", "PER", "LOC", single_valued=True)
CAPITAL = related("P36", "capital", "LOC", "LOC")
CAPITAL_OF = related("P1376", "capital of", "LOC", "LOC")
PUBLISHED = related("P577", "publication date", "MISC", "TIME")
MEMBER = related("P54", "team", "PER", "ORG")
SAME = {
    ("P36", "subject"): {("P1376", "object")}, ("P1376", "object"): {("P36", "subject")},
    ("P36", "object"): {("P1376", "subject")}, ("P1376", "subject"): {("P36", "object")},
}  # fmt: skip
TEXTS = {
    BORN: ("Where was {x} born?", "Who was born in {x}?", "the birthplace of {x}",
           "the natives of {x}", "born in {x}"),
    CAPITAL: ("Which town governs {x}?", "What does {x} govern?", "the seat of {x}",
              "what {x} governs", "governed from {x}"),
    CAPITAL_OF: ("What does {x} rule?", "What rules {x}?", "what {x} rules", "the ruler of {x}",
                 "ruling {x}"),
    PUBLISHED: ("When did {x} come out?", "What came out on {x}?", "the day {x} came out",
                "what came out on {x}", "from {x}"),
    MEMBER: ("Who pays {x}?", "Whom does {x} pay?", "the payer of {x}", "those paid by {x}",
             "paid by {x}"),
}  # fmt: skip
FORMS = ("forward", "inverse", "phrase_forward", "phrase_inverse", "condition")


def composer(*relations, forms=FORMS, apart=False):
    """Return a composer for some relations, by default all of this file."""
    relations = relations or tuple(TEXTS)
    wordings = [
        Wording("a", one.key, one.name, form, text, apart)
        for one in relations
        for form, text in zip(FORMS, TEXTS[one], strict=True)
        if form in forms
    ]
    return Composer(relations, wordings, SAME, sets=0)


@pytest.fixture(scope="module")
def shipped():
    return Composer.of(SCHEMA / "relations.json", SCHEMA / "packs.json", sets=0)


def drawn(made, count=300, seed=4):
    rng = random.Random(seed)
    return [made.question(rng) for _ in range(count)]


def said(one):
    """Return a reading without what it gives."""
    return one.reading.rpartition(" : ")[0]


@pytest.mark.parametrize("which", ["shipped", "toy"])
def test_the_right_reading_is_never_among_the_wrong_which_all_differ(shipped, which):
    found = drawn(shipped if which == "shipped" else composer())
    for one in found:
        (right,) = one.right
        wrong = [said(other) for other in one.wrong]
        assert said(right) not in wrong
        assert len(set(wrong)) == len(wrong) <= MOST_WRONG
        assert {other.question for other in one.wrong} <= {right.question}
        for pair in (right, *one.wrong):
            assert "{x}" not in pair.question + pair.reading
            assert pair.reading.rpartition(" : ")[2].split()[0] in ("one", "some")
    # Of the few relations of the toy some have no other beside them.
    most = 0.95 if which == "shipped" else 0.75
    assert sum(bool(one.wrong) for one in found) > most * len(found)


def test_the_same_numbers_make_the_same_questions(shipped):
    assert drawn(shipped, 40) == drawn(shipped, 40)
    assert drawn(shipped, 40) != drawn(shipped, 40, seed=5)


def test_every_kind_of_question_is_made(shipped):
    rights = [said(one.right[0]) for one in drawn(shipped)]
    steps = [text.count("the ") + text.count("whose ") for text in rights]
    assert {1, 2, 3} <= set(steps)
    assert sum(" and whose " in text for text in rights) > 20


def test_a_step_follows_only_where_its_type_fits_and_never_back():
    rights = [said(one.right[0]) for one in drawn(composer())]
    assert any("capital of the place of birth of person A" in text for text in rights)
    impossible = (
        "place of birth of the capital", "of the publication date", "of the team",
        "whose publication date is the", "capital of places whose capital is",
        "place of birth of people whose place of birth",
        "people whose place of birth is the place of birth",
    )  # fmt: skip
    for text in rights:
        assert not any(words in text for words in impossible), text


def test_from_a_value_no_step_leads_on():
    rights = {said(one.right[0]) for one in drawn(composer(PUBLISHED))}
    assert rights == {
        "what is the publication date of thing A",
        "which things whose publication date is date A",
    }


def test_what_means_the_same_is_not_wrong():
    same = {"what is the capital of place A", "which places whose capital of is place A"}
    back = {"what is the capital of of place A", "which places whose capital is place A"}
    seen = set()
    for one in drawn(composer(CAPITAL, CAPITAL_OF)):
        right = said(one.right[0])
        wrong = {said(other) for other in one.wrong}
        for those in (same, back):
            if right in those:
                seen.add(right)
                assert not those & wrong
    assert seen == same | back


def test_conditions_are_joined_and_one_of_them_alone_is_wrong():
    found = [one for one in drawn(composer(BORN, MEMBER)) if " and whose " in one.right[0].reading]
    assert found
    alone = 0
    for one in found:
        text = one.right[0].question.lower()
        assert "born in place" in text
        assert "paid by organisation" in text
        assert said(one.right[0]) in {
            "which people whose place of birth is place A and whose team is organisation B",
            "which people whose team is organisation A and whose place of birth is place B",
        }
        first, _, second = said(one.right[0]).partition(" and whose ")
        alone += bool({first, f"which people whose {second}"} & {said(w) for w in one.wrong})
    assert alone > len(found) / 2


def test_without_a_wording_for_conditions_there_are_only_steps():
    found = drawn(composer(BORN, CAPITAL, forms=FORMS[:-1]))
    assert not any(" and whose " in one.right[0].reading for one in found)


def test_wordings_that_are_kept_apart_are_not_used():
    made = composer(BORN, MEMBER)
    kept = Composer(
        (BORN, MEMBER, CAPITAL),
        [
            *(Wording("a", one.key, one.name, form, text)
              for one in (BORN, MEMBER)
              for form, text in zip(FORMS, TEXTS[one], strict=True)),
            *(Wording("b", CAPITAL.key, CAPITAL.name, form, text, apart=True)
              for form, text in zip(FORMS, TEXTS[CAPITAL], strict=True)),
            Wording("a", "P0", "unknown", "forward", "What of {x}?"),
        ],
        {},
    )  # fmt: skip
    assert drawn(kept, 60) == drawn(made, 60)


def test_a_single_value_is_one():
    for one in drawn(composer(BORN)):
        if said(one.right[0]) == "what is the place of birth of person A":
            assert one.right[0].reading.endswith(" : one place")
