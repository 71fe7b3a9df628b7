"""The wordings in which people ask for the shipped relations, and what they are used for."""

import json
from collections import Counter

import pytest

from worker import wordings
from worker.reading.stems import spoken_by, stem
from worker.training.everyday import (
    IN_A_PACK,
    is_unseen,
    limited,
    own_patterns,
    shipped_relations,
    taken_over,
    together,
    training_patterns,
)
from worker.training.read_data import OTHERS, Wordings, read_others
from worker.training.read_head import PACKS, RELATIONS
from worker.types import RelationSpec
from worker.wordings import FOLDER, MalformedWordings, known_wordings, read_wordings

SHIPPED = {one.key: one for one in shipped_relations(RELATIONS, PACKS)}
ROW = {
    "key": "P19", "relation": "place of birth", "forward": ["Where is {x} from?"],
    "inverse": ["born in {x}?"], "phrase_forward": ["{x}'s birthplace"],
    "phrase_inverse": ["natives of {x}"], "condition": ["born in {x}"],
}  # fmt: skip


def bare(key):
    """Return a relation of which nothing but the key is there."""
    return RelationSpec("7", "", name_in_pack=key)


def written(folder, row, text=None):
    (folder / "a.jsonl").write_text(json.dumps(row) + "\n" if text is None else text)
    (folder / "b.jsonl").write_text("")
    return folder


def test_both_writers_worded_every_shipped_relation_in_every_form():
    counts = Counter((one.writer, one.key, one.form) for one in read_wordings())
    assert {key for _, key, _ in counts} == set(SHIPPED)
    assert len(counts) == 2 * len(SHIPPED) * len(wordings.SIDES_OF)
    assert all(SHIPPED[one.key].name == one.name for one in read_wordings())


def test_yes_no_wordings_name_both_sides():
    for writer in wordings.WRITERS:
        for line in (FOLDER / f"{writer}.jsonl").read_text(encoding="utf-8").splitlines():
            texts = json.loads(line)["yesno"]
            assert texts
            assert all(text.count("{s}") == text.count("{o}") == 1 for text in texts), line


def test_what_is_kept_apart_is_neither_known_nor_trained_on():
    apart = [one for one in read_wordings() if one.apart]
    assert 500 < len(apart) < 900
    assert {one.writer for one in apart} == {"b"}
    trained = training_patterns(SHIPPED.values()).patterns
    for one in apart:
        assert one.phrased not in known_wordings()[one.key, one.known]
        assert limited(one, SHIPPED[one.key]) not in trained.get((one.key, one.known), ())


def test_training_knows_nothing_of_the_relations_that_stand_for_added_ones():
    unseen = {key for key, one in SHIPPED.items() if is_unseen(one)}
    assert len(unseen) == 5
    assert not any(SHIPPED[key].wikidata_property for key in unseen)
    packed = [one for one in SHIPPED.values() if one.name_in_pack and not is_unseen(one)]
    _, others = read_others(OTHERS)
    taken = taken_over(others, packed).patterns
    for patterns in (training_patterns(SHIPPED.values()).patterns, taken):
        assert not unseen & {key for key, _ in patterns}
    assert set(IN_A_PACK) <= {name for name, _ in others.patterns}
    assert set(IN_A_PACK.values()) <= {one.name for one in SHIPPED.values() if one.name_in_pack}
    assert ("revenue", "subject") in taken
    assert not set(IN_A_PACK) - set(IN_A_PACK.values()) & {key for key, _ in taken}


def test_wordings_of_a_label_are_put_together_once():
    label, other = ("P1", "subject"), ("P2", "object")
    parts = [Wordings({label: ("a {x}", "b {x}"), other: ()}), Wordings({label: ("b {x}",)})]
    assert together(parts).patterns == {label: ("a {x}", "b {x}")}
    own = RelationSpec("1", "keeper", questions=("Who keeps {subject}?",))
    assert own_patterns([own]).patterns["1", "subject"] == ("Who keeps {x}?",)


def test_a_condition_limits_a_noun_of_the_subjects_kind(tmp_path):
    found = {one.form: one for one in read_wordings(written(tmp_path, ROW))}
    person = RelationSpec("P19", "place of birth", subject_types=("PER",))
    assert limited(found["condition"], person) == "the people born in {x}"
    assert limited(found["condition"], RelationSpec("P19", "")) == "the things born in {x}"
    assert limited(found["forward"], person) == "Where is {x} from?"
    assert found["condition"].phrased == "the ones born in {x}"
    assert found["phrase_inverse"].known == "object"


@pytest.mark.parametrize(
    ("change", "text", "complaint"),
    [
        ({"forward": ["Where is it?"]}, None, "has not one {x}"),
        ({"inverse": ["{x} in {x}?"]}, None, "has not one {x}"),
        ({"key": None, "condition": None}, None, "line 1: TypeError"),
        ({}, "{}\n", "line 1: KeyError"),
        ({}, "\n\nnothing\n", "a.jsonl, line 3"),
        ({}, "[]\n", "line 1: TypeError"),
    ],
)
def test_it_refuses_malformed_wordings_by_their_line(tmp_path, change, text, complaint):
    with pytest.raises(MalformedWordings, match=complaint):
        read_wordings(written(tmp_path, ROW | change, text))


def test_words_of_its_wordings_speak_for_a_relation_by_its_key():
    employer = SHIPPED["P108"]
    assert stem("payroll") in spoken_by(employer)
    assert stem("boss") in spoken_by(SHIPPED["chief executive"])
    owners = RelationSpec("7", employer.name, template=employer.template)
    assert stem("payroll") not in spoken_by(owners)


def test_no_word_speaks_for_a_relation_that_is_the_name_of_another():
    texts = known_wordings()["P40", "object"]
    assert any("father" in text for text in texts)
    assert stem("father") not in spoken_by(bare("P40"))
    assert stem("father") in spoken_by(bare("P22"))


def test_no_word_that_many_relations_are_asked_for_with_speaks_for_one():
    assert sum("people" in text for text in known_wordings()["P108", "object"]) > 1
    assert stem("people") not in spoken_by(bare("P108"))


def test_operators_speak_for_a_relation_only_where_they_are_all_but_its_own():
    assert stem("far") in spoken_by(SHIPPED["notice period"])
    assert stem("not") not in spoken_by(bare("contraindication"))
    assert stem("first") not in spoken_by(bare("P19"))
