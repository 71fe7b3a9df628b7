from __future__ import annotations

from collections import Counter

from tests.worker.causal import tiny
from tests.worker.causal.documents import ADA, RELATIONS, document
from worker.training.causal.data import Material, read_windows, write_windows
from worker.training.causal.read_points import fill
from worker.training.causal.sequences import CALL, RESULT, Composer
from worker.training.causal.windows import ranges, window
from worker.types import RelationSpec

SPECS = [RelationSpec("", name, wikidata_property=key) for key, name in RELATIONS.items()]


def test_it_fills_each_range_as_far_as_it_goes():
    assert ranges([3, 3, 3, 9, 1, 1], 6) == [range(2), range(2, 3), range(3, 4), range(4, 6)]
    assert ranges([], 6) == []


def test_a_window_is_a_document_of_its_own():
    made = window(ADA, range(1, 3))
    assert made.text == ADA.text[ADA.sentences[1].start :]
    assert [s.of(made.text) for s in made.sentences] == [s.of(ADA.text) for s in ADA.sentences[1:]]
    for entity, whole in zip(made.entities, ADA.entities, strict=True):
        texts = {m.span.of(made.text) for m in entity}
        assert texts <= {m.span.of(ADA.text) for m in whole}
    assert {(t.property, t.evidence) for t in made.triples} == {("P108", (0,)), ("P26", (0,))}
    assert window(ADA, range(3)) == ADA


def long_document():
    people = [f"Person{n}" for n in range(12)]
    return document(
        [f"{name} was born in Town{n}." for n, name in enumerate(people)],
        [[name] for name in people] + [[f"Town{n}"] for n in range(12)],
        [(n, "P19", 12 + n, n) for n in range(12)],
    )


def test_a_long_document_loses_no_call_of_a_window():
    composer = Composer(tiny.base().tokenizer)
    dropped: Counter[str] = Counter()
    rows = list(write_windows(long_document(), Material(SPECS), composer, 150, dropped))
    assert len(rows) > 1
    assert all(len(row) <= 150 for row in rows)
    assert sum(row.ids.count(composer.ids.separator) for row in rows) == 2 * 12
    assert +dropped == {}


def test_a_document_of_one_long_sentence_is_counted():
    made = document(["Ada was born in London, " + "and so on " * 40], [["Ada"], ["London"]],
                    [(0, "P19", 1, 0)])  # fmt: skip
    dropped: Counter[str] = Counter()
    composer = Composer(tiny.base().tokenizer)
    assert list(write_windows(made, Material(SPECS), composer, 60, dropped)) == []
    assert dropped["sentences longer than a sequence"] == 1


def test_reads_of_a_window_bring_what_the_whole_memory_knows():
    composer = Composer(tiny.base().tokenizer)
    text, dropped = long_document(), Counter()
    rows = list(read_windows(text, fill([text], RELATIONS), RELATIONS, composer, 150, dropped))
    assert len(rows) > 1
    assert all(len(row) <= 150 for row in rows)
    assert sum(row.ids.count(composer.ids.read) for row in rows) >= 10


def test_the_tokens_of_a_text_are_the_same_with_and_without_calls():
    base = tiny.base()
    composer = Composer(base.tokenizer)
    plain = [base.tokenizer.bos_token_id, *tiny.tokenizer()(ADA.text)["input_ids"]]
    (read,) = read_windows(ADA, fill([ADA], RELATIONS), RELATIONS, composer, 512, Counter())
    (write,) = write_windows(ADA, Material(SPECS), composer, 512, Counter())
    assert read.ids.count(base.ids.read) == 3
    for row in (read, write):
        text = [i for i, kind in zip(row.ids, row.kinds, strict=True) if kind not in (CALL, RESULT)]
        assert text == plain
