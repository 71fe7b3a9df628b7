"""The write head's scores fitted to texts with facts by name."""

import json

import pytest

pytest.importorskip("torch")

from worker.heads.encoder.scoring import LOOK_SIGNS, SIGNS
from worker.training import calibration, refit
from worker.training.calibration import holding
from worker.training.statements import Kind
from worker.types import Span

KINDS = {
    "place of birth": Kind("P19", ("PER",), ("LOC",)),
    "spouse": Kind("P26", ("PER",), ("PER",), "P26"),
}
ROW = {
    "kind": "stated",
    "text": "Ada Brook was born in Oslo. ADA BROOK married Ben.",
    "facts": [
        {"subject": "Ada Brook", "relation": "place of birth", "object": "Oslo"},
        {"subject": "Brook-Hall", "subject_names": ["Ada Brook"], "relation": "spouse",
         "object": "Ben"},
        {"subject": "Ada Brook", "relation": "spouse", "object": "Nobody"},
    ],
    "ok": [{"subject": "Ada Brook", "relation": "age", "object": "Ben"}],
}  # fmt: skip
SCHEMA = [
    {"name": "place of birth", "description": "", "subject_types": ["PER"],
     "object_types": ["LOC"], "wikidata_property": "P19"},
]  # fmt: skip
PACKS = [{"relations": [{"name": "dose", "description": "", "subject_types": ["MISC"],
                         "object_types": ["NUM"]}]}]  # fmt: skip


def test_a_fact_stands_where_the_text_holds_its_names():
    document = refit.document_of(ROW, KINDS)
    names = [document.names(i) for i in range(len(document.entities))]
    assert [(names[t.subject], t.property, names[t.object]) for t in holding(document)] == [
        ({"ada brook"}, "P19", {"oslo"}),
        ({"ada brook"}, "P26", {"ben"}),
        ({"ben"}, "P26", {"ada brook"}),
    ]
    assert [m.span for m in document.entities[0]] == [Span(0, 9), Span(28, 37)]


def test_a_name_is_no_part_of_a_word():
    row = {**ROW, "text": "Adana lies in Osloland.", "ok": []}
    row["facts"] = [{"subject": "Ada", "relation": "place of birth", "object": "Oslo"}]
    assert refit.document_of(row, KINDS).triples == ()


def test_relations_of_packs_go_by_their_names():
    specs = refit.specs_of([*SCHEMA, *PACKS[0]["relations"]])
    assert [spec.key for spec in specs] == ["P19", "dose"]


@pytest.mark.parametrize("line", ["", "[]", '{"text": 3, "facts": []}', '{"text": "a"}'])
def test_a_line_that_is_no_annotated_text_is_refused(line):
    with pytest.raises(ValueError, match="line 1"):
        refit.read([line], KINDS)


def files(tmp_path, manifest, text):
    for name, value in (("schema", SCHEMA), ("packs", PACKS), ("manifest", manifest)):
        (tmp_path / f"{name}.json").write_text(json.dumps(value), encoding="utf-8")
    (tmp_path / "data.jsonl").write_text(text, encoding="utf-8")
    return ["--data", str(tmp_path / "data.jsonl"), "--schema", str(tmp_path / "schema.json"),
            "--packs", str(tmp_path / "packs.json"), "--weights", str(tmp_path)]  # fmt: skip


def test_both_looks_are_fitted_and_nothing_else_changes(tmp_path, monkeypatch):
    asked = {}

    def chosen(head, documents, relations, least, names):
        asked.update(documents=len(documents), names=names)
        return {"look": 2.0, "offset": -1.0}, 0.4

    monkeypatch.setattr(refit, "EncoderWriteHead", lambda *_: None)
    monkeypatch.setattr(refit, "SharedEncoder", lambda: None)
    monkeypatch.setattr(calibration, "chosen", chosen)
    manifest = {"a": 1, "scoring": {}, "look": {"scoring": {}, "thresholds": {"same": 0.7}}}
    monkeypatch.setattr(refit, "read_manifest", lambda *_: manifest)
    options = files(tmp_path, manifest, json.dumps(ROW))
    assert refit.main(options) == 0
    wanted = {"scoring": {"look": 2.0, "offset": -1.0}, "thresholds": {"same": 0.7, "review": 0.4}}
    kept = json.loads((tmp_path / "manifest.json").read_text("utf-8"))
    assert kept == {"a": 1, "scoring": {}, "look": wanted}
    assert asked == {"documents": 1, "names": (*SIGNS, *LOOK_SIGNS)}
    assert refit.main([*options, "--review", "0.35"]) == 0
    assert manifest["look"]["thresholds"]["review"] == 0.35


def test_what_cannot_be_used_ends_with_a_sentence(tmp_path, capsys, monkeypatch):
    options = files(tmp_path, {}, "no JSON")
    assert refit.main(options) == 2
    assert "line 1" in capsys.readouterr().err
    monkeypatch.setattr(refit, "read_manifest", lambda *_: {"thresholds": {}})
    assert refit.main(files(tmp_path, {}, json.dumps(ROW))) == 2
    assert "no reader" in capsys.readouterr().err
