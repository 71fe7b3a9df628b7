"""Reading DocRED files: spans, faults told in plain words, and writing one part of a split."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.worker.docred import row
from worker.training import redocred
from worker.training.redocred import MalformedDocuments

MENTION = {"name": "x", "sent_id": 0, "pos": [0, 1], "type": "PER"}
LABEL = {"h": 0, "r": "P19", "t": 1, "evidence": []}


def written(tmp_path, rows):
    path = tmp_path / "dev.json"
    path.write_text(json.dumps(rows), encoding="utf-8")
    return path


def mention(**change):
    return {"vertexSet": [[{**MENTION, **change}]], "labels": []}


def label(**change):
    return {"labels": [{**LABEL, **change}]}


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"sents": None}, "sents is null, not a list"),
        ({"sents": "Ada was born."}, "sents is a text, not a list"),
        ({"sents": [["Ada"], "born"]}, r"sents\[1\] is a text, not a list"),
        ({"sents": [["Ada", 1815]]}, r"sents\[0\]\[1\] is a whole number, not a text"),
        ({"sents": [["\ud800"]]}, r"sents\[0\]\[0\] holds half a character"),
        ({"title": 5}, "title is a whole number, not a text"),
        ({"vertexSet": {}}, "vertexSet is an object, not a list"),
        ({"vertexSet": [{}]}, r"vertexSet\[0\] is an object, not a list"),
        ({"vertexSet": [[]]}, r"vertexSet\[0\] has no mention"),
        ({"vertexSet": [["Ada"]]}, r"vertexSet\[0\]\[0\] is a text, not an object"),
        (mention(pos=[5, 99]), r"pos \[5, 99\] is no range in sentence 0, of 9 words"),
        (mention(pos=[2, 1]), r"pos \[2, 1\] is no range"),
        (mention(pos=[1, 1]), r"pos \[1, 1\] is no range"),
        (mention(pos=[-1, 1]), r"pos \[-1, 1\] is no range"),
        (mention(pos=[0, 1, 2]), "pos is not a list of two whole numbers"),
        (mention(pos=[False, True]), "pos is not a list of two whole numbers"),
        (mention(pos=["0", "1"]), "pos is not a list of two whole numbers"),
        (mention(pos=[0.0, 1.0]), "pos is not a list of two whole numbers"),
        (mention(pos=3), "pos is a whole number, not a list"),
        (mention(sent_id=7), r"vertexSet\[0\]\[0\]\.sent_id is 7, but there are 3 sentences"),
        (mention(sent_id=-1), "sent_id is -1"),
        (mention(sent_id=True), "sent_id is true or false, not a whole number"),
        (mention(type=None), "type is null, not a text"),
        ({"sents": [["", "\xa0"]], **mention(pos=[0, 2])}, "covers no text"),
        ({"labels": 3}, "labels is a whole number, not a list"),
        ({"labels": ["P19"]}, r"labels\[0\] is a text, not an object"),
        (label(t=9), r"labels\[0\]\.t names entity 9 of 3"),
        (label(h=-1), r"labels\[0\]\.h names entity -1 of 3"),
        (label(h=False), "h is true or false, not a whole number"),
        (label(r=19), "r is a whole number, not a text"),
        (label(r=" "), "r is empty"),
        (label(evidence="0"), "evidence is a text, not a list"),
        (label(evidence=[0.5]), r"evidence\[0\] is a fraction, not a whole number"),
    ],
)
def test_it_says_where_a_document_is_malformed_and_how(tmp_path, change, complaint):
    path = written(tmp_path, [row(), {**row(1), **change}])
    with pytest.raises(MalformedDocuments, match=complaint) as refused:
        redocred.read(path)
    assert str(refused.value).startswith("dev.json, document 1")
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("key", ["title", "sents", "vertexSet"])
def test_it_says_which_field_is_missing(tmp_path, key):
    less = {name: value for name, value in row().items() if name != key}
    with pytest.raises(MalformedDocuments, match=f"document 0.*: {key} is missing"):
        redocred.read(written(tmp_path, [less]))


@pytest.mark.parametrize("key", ["sent_id", "pos", "type"])
def test_it_says_which_field_of_a_mention_is_missing(tmp_path, key):
    less = {name: value for name, value in MENTION.items() if name != key}
    with pytest.raises(MalformedDocuments, match=rf"vertexSet\[0\]\[0\]\.{key} is missing"):
        redocred.read(written(tmp_path, [{**row(), "vertexSet": [[less]]}]))


@pytest.mark.parametrize("key", ["h", "r", "t"])
def test_it_says_which_field_of_a_label_is_missing(tmp_path, key):
    less = {name: value for name, value in LABEL.items() if name != key}
    with pytest.raises(MalformedDocuments, match=rf"labels\[0\]\.{key} is missing"):
        redocred.read(written(tmp_path, [{**row(), "labels": [less]}]))


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "is not JSON"),
        (b"{", "is not JSON"),
        (b'{"a": 1}\n{"a": 2}\n', "is not JSON"),
        (b"\xff\xfe", "is not JSON in UTF-8"),
        (b'{"a": 1}', "holds an object, not a list of documents"),
        (b"null", "holds null, not a list of documents"),
        (b"[" * 200_000, "is nested too deeply"),
        (b"[" + b"9" * 5000 + b"]", "is not JSON"),
        (b"[1]", "document 0: it is a whole number, not an object"),
    ],
)
def test_it_refuses_what_is_not_a_list_of_documents(tmp_path, content, complaint):
    path = tmp_path / "bad.json"
    path.write_bytes(content)
    with pytest.raises(MalformedDocuments, match=complaint) as refused:
        redocred.read(path)
    assert str(refused.value).startswith("bad.json")


def test_it_refuses_a_file_that_would_not_fit_into_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(redocred, "LARGEST", 2**20)
    path = tmp_path / "huge.json"
    path.write_bytes(b" " * (2**20 + 1))
    with pytest.raises(MalformedDocuments, match=r"huge\.json is larger than 1 MB"):
        redocred.read(path)


def test_it_reads_files_without_labels_and_documents_without_anything(tmp_path):
    bare = {"title": "", "sents": [], "vertexSet": []}
    unlabelled = {k: v for k, v in row().items() if k != "labels"}
    nulled = {**row(), "labels": None}
    path = written(tmp_path, [bare, unlabelled, nulled])
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    documents = redocred.read(path)
    assert documents[0].text == ""
    assert documents[0].entities == documents[0].triples == ()
    assert [d.triples for d in documents] == [(), (), ()]


def test_it_takes_types_that_it_does_not_know_as_misc():
    document = redocred.document({**row(), **mention(type="EVENT")})
    assert document.entities[0][0].type == "MISC"


def test_it_keeps_empty_words_in_their_place():
    one = {**row(), "sents": [["", "Zoë", "\xa0", "👩‍🚀", "עברית"]], **mention(pos=[1, 5])}
    document = redocred.document(one)
    assert document.entities[0][0].span.of(document.text) == "Zoë \xa0 👩‍🚀 עברית"


words = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)


@st.composite
def documents(draw):
    sents = draw(st.lists(st.lists(words, max_size=6), max_size=5))
    places = [
        (number, first, after)
        for number, sentence in enumerate(sents)
        for first in range(len(sentence))
        for after in range(first + 1, len(sentence) + 1)
        if "".join(sentence[first:after]).strip()
    ]
    entities = []
    if places:
        entities = draw(st.lists(st.lists(st.sampled_from(places), min_size=1, max_size=3)))
    return {
        "title": "t",
        "sents": sents,
        "vertexSet": [
            [{"sent_id": n, "pos": [a, b], "type": "PER"} for n, a, b in entity]
            for entity in entities
        ],
    }


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(documents())
def test_its_spans_hold_the_words_of_every_mention(one):
    document = redocred.document(one)
    assert len(document.entities) == len(one["vertexSet"])
    for entity, mentions in zip(document.entities, one["vertexSet"], strict=True):
        for found, given_ in zip(entity, mentions, strict=True):
            first, after = given_["pos"]
            expected = " ".join(one["sents"][given_["sent_id"]][first:after])
            assert document.text[found.span.start : found.span.end] == expected
    texts = [" ".join(sentence) for sentence in one["sents"]]
    assert [s.of(document.text) for s in document.sentences] == [t for t in texts if t]


def test_it_writes_one_part_of_a_split_as_it_stands(tmp_path, capsys):
    rows = [{**row(i), "extra": i} for i in range(6)]
    path, out = written(tmp_path, rows), tmp_path / "held.json"
    sizes = ["--seed", "3", "--dev", "1", "--held", "2"]
    redocred.main(["--data", str(path), *sizes, "--part", "held", "--out", str(out)])
    held = redocred.split(redocred.read(path), seed=3, dev=1, held=2)[2]
    assert redocred.read(out) == held
    assert all(one in rows for one in json.loads(out.read_text()))
    assert "2 documents" in capsys.readouterr().err
    assert not list(tmp_path.glob("*.draft"))


@pytest.mark.parametrize("content", [None, "[1]"])
def test_its_command_ends_with_one_sentence_on_bad_data(tmp_path, content):
    path = tmp_path / "dev.json"
    if content:
        path.write_text(content)
    with pytest.raises(SystemExit, match=r"dev\.json") as ended:
        redocred.main(["--data", str(path), "--out", str(tmp_path / "out.json")])
    assert ended.value.code != 0
    assert not (tmp_path / "out.json").exists()
