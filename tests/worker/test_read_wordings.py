"""Measuring how well relations are known by the words in which people ask for them."""

import json

import pytest

pytest.importorskip("torch")

from worker.heads.encoder.read_head import EncoderReadHead
from worker.training import read_wordings
from worker.training.everyday import shipped_relations
from worker.training.read_head import PACKS, RELATIONS
from worker.training.read_wordings import filled, measure, without_key
from worker.wordings import Wording

SHIPPED = {one.key: one for one in shipped_relations(RELATIONS, PACKS)}


@pytest.fixture(scope="module")
def head():
    return EncoderReadHead()


def asked(key, form, text, same=None):
    return filled(Wording("b", key, SHIPPED[key].name, form, text), SHIPPED[key], same or {})


def test_it_puts_in_a_name_of_the_sides_type():
    one = asked("P19", "condition", "born in {x}")
    assert one.text.startswith("the people born in ")
    name = one.text[one.named.start : one.named.end]
    assert name in read_wordings.NAMES["LOC"]
    assert one.named.type == "LOC"
    assert one.right == {("P19", "object")}
    assert (one.group, asked("licence", "forward", "{x}?").group) == ("standard", "unseen")
    assert asked("price", "forward", "{x}?").group == "pack"


def test_what_states_the_same_from_the_other_side_is_right_too():
    same = {("P361", "subject"): {("P527", "object")}}
    assert ("P527", "object") in asked("P361", "forward", "{x}?", same).right
    assert asked("P26", "forward", "{x}?").right == {("P26", "subject"), ("P26", "object")}


def test_it_counts_what_is_first_accepted_and_read(head):
    right = asked("P19", "forward", "Where was {x} born?")
    wrong = asked("P57", "forward", "Where was {x} born?")
    none = asked("P19", "forward", "Why did the chicken cross {x}?")
    figures, missed = measure(
        head.matcher, head.thresholds, list(SHIPPED.values()), [right, wrong, none]
    )
    assert figures["all"]["all"]["n"] == 3
    assert figures["all"]["all"]["top1"] == pytest.approx(1 / 3, abs=1e-4)
    assert figures["all"]["all"]["candidate"] == pytest.approx(1 / 3, abs=1e-4)
    assert figures["all"]["all"]["accepted"] < 1
    assert set(figures) == {"standard", "all"}
    assert len(missed) == 2
    assert any("director (subject)" in line for line in missed)


def test_a_relation_without_its_key_is_an_owners():
    one = without_key(SHIPPED["P19"])
    assert not one.key
    assert one.template == SHIPPED["P19"].template


def test_it_prints_one_object_and_what_was_not_found(capsys, monkeypatch, head):
    texts = [
        Wording("b", "P19", "place of birth", "forward", "Where was {x} born?", apart=True),
        Wording("b", "P57", "director", "forward", "Where was {x} born?", apart=True),
        Wording("a", "P19", "place of birth", "forward", "{x}'s birthplace?"),
    ]
    monkeypatch.setattr(read_wordings, "read_wordings", lambda: texts)
    assert read_wordings.main(["--wrong", "5"]) == 0
    output = capsys.readouterr()
    report = json.loads(output.out)
    assert report["version"] == head.version
    assert report["figures"]["all"]["all"]["n"] == 2
    assert "director" in output.err
    assert read_wordings.main(["--unknown"]) == 0
    assert json.loads(capsys.readouterr().out)["figures"]["all"]["all"]["n"] == 3
    with pytest.raises(SystemExit):
        read_wordings.main(["--one-in", "0"])
