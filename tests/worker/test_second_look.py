"""The second look: a pair's sentences, marked, and read once more for that pair alone."""

import json
import random
from dataclasses import replace

import pytest

pytest.importorskip("torch")

import torch
from safetensors.torch import load_file

from tests.worker.docred import row
from worker.heads.encoder.base import SharedEncoder, lora_config
from worker.heads.encoder.extractor import Entities, distance_table
from worker.heads.encoder.features import windows
from worker.heads.encoder.pair_reader import KINDS, MOODS, ReaderConfig, stretches
from worker.heads.encoder.scoring import LOOK_SIGNS, SIGNS
from worker.heads.encoder.second_look import (
    LAYERS,
    LOOK_FILE,
    LookConfig,
    Looker,
    in_eight_bits,
    marked,
)
from worker.heads.encoder.write_head import EncoderWriteHead, WriteHeadConfig
from worker.training import second_look, write_head
from worker.training.look_model import LookTrainee, Pair, gold_of, padded
from worker.training.look_sheets import Sheet, laid
from worker.training.statements import sentence_spans
from worker.types import ENTITY_TYPES, PassageText, RelationSpec, Span

TEXT = "Anna Holt was born in Oslo. Erik Dahl visited it."
NAMES = (("Anna Holt", "PER"), ("Oslo", "LOC"), ("Erik Dahl", "PER"))
RELATIONS = 3


@pytest.fixture(scope="module")
def read():
    (window,) = windows(TEXT, sentence_spans(TEXT), size=128, stride=64)
    spans, sentences = [], []
    for name, _ in NAMES:
        start = TEXT.index(name)
        inside = [w for w in window.words if start <= w.start < start + len(name)]
        spans.append((inside[0].first, inside[-1].last))
        sentences.append(inside[0].sentence)
    groups = tuple((i,) for i in range(len(spans)))
    types = torch.tensor([ENTITY_TYPES.index(kind) for _, kind in NAMES])
    entities = Entities(tuple(spans), groups, types, distance_table(groups, sentences))
    pairs = torch.tensor([[0, 1], [1, 2]])
    return window, stretches(window.words, entities, pairs, ReaderConfig())


def test_the_marked_sentences_stand_between_their_ends(read):
    window, stretch = read
    given = marked(window.ids, window.shapes, stretch)
    for row_ids, row_marks, mask, places in zip(
        given.ids, given.marks, given.mask, stretch.places, strict=True
    ):
        size = int(mask.sum())
        inside = [window.ids[p] for p in places.tolist() if p >= 0]
        assert row_ids[:size].tolist() == [window.ids[0], *inside, window.ids[-1]]
        assert row_marks[0] == row_marks[size - 1] == 0
        assert not mask[size:].any()
    # The second stretch has all three: Oslo is its first, Erik its second, Anna another.
    roles = {(int(m) - 1) // KINDS for m in given.marks[1] if m > 0}
    assert roles == {0, 1, 2}


@pytest.fixture(scope="module")
def trainee():
    torch.manual_seed(0)
    shared = SharedEncoder()
    shared.add_adapter("write", lora_config(4, 8))
    return LookTrainee(LookConfig(), shared.merged(), torch.randn(RELATIONS, 384)).eval()


def test_serving_gives_what_training_does(read, trainee):
    window, stretch = read
    tensors = {
        name.replace("bert.encoder.layer.", LAYERS): value
        for name, value in trainee.state_dict().items()
        if not name.startswith("bert.embeddings")
    }
    looker = Looker(LookConfig(), tensors, SharedEncoder())
    with torch.inference_mode():
        joined, _ = trainee.read(marked(window.ids, window.shapes, stretch))
        vectors, bias = trainee.relations()
        expected = trainee.margins(joined, vectors[[2, 0]], bias[[2, 0]])
        margins, moods = looker(window.ids, window.shapes, stretch, torch.tensor([2, 0]))
    assert margins.shape == (2, 2, 2)
    assert torch.allclose(margins, expected, atol=1e-3)
    assert moods.shape == (2, 2, len(MOODS))


def test_a_matrix_keeps_its_values_in_eight_bits():
    torch.manual_seed(1)
    matrix = torch.randn(4, 50) * torch.tensor([[1.0], [100.0], [1e-3], [0.0]])
    kept = in_eight_bits("w", matrix)
    assert kept["w"].dtype == torch.int8
    error = (kept["w"].float() * kept["w.scale"].float() - matrix).abs().amax(1)
    assert (error <= matrix.abs().amax(1) / 200 + 1e-6).all()


def test_a_pair_turned_round_is_seen_from_the_other_side(read, trainee):
    window, stretch = read
    given = marked(window.ids, window.shapes, stretch)
    role = (given.marks - 1).div(KINDS, rounding_mode="floor")
    swapped = torch.where(role == 0, given.marks + KINDS, given.marks - KINDS)
    turned = replace(given, marks=torch.where((given.marks > 0) & (role < 2), swapped, given.marks))
    with torch.inference_mode():
        one, other = trainee.read(given)[0], trainee.read(turned)[0]
    # Untrained, the marks say little; but what is subject and what object must follow them.
    assert not torch.allclose(one[0], one[1], atol=1e-3)
    assert torch.nn.functional.cosine_similarity(one[0], other[1]).min() > 0.9


def test_pairs_of_different_lengths_and_their_gold_make_a_batch():
    judged = torch.tensor([True, True, False])
    ids = torch.arange(1, 6)
    long = Pair(ids, ids, ids, ((0, 1),), (True, False), (0, -100), judged)
    short = Pair(ids[:2], ids[:2], ids[:2], (), (True, True), (-100, -100), judged)
    given = padded([long, short])
    assert given.mask.tolist() == [[1] * 5, [1, 1, 0, 0, 0]]
    labels, asked, moods, candidates = gold_of([long, short], RELATIONS)
    assert labels.nonzero().tolist() == [[0, 0, 1]]
    assert asked.tolist() == [[True, True], [False, True]]
    assert moods[0].tolist() == [0, -100]
    assert candidates.shape == (2, RELATIONS)


@pytest.fixture(scope="module")
def corpus_options(tmp_path_factory):
    folder = tmp_path_factory.mktemp("corpus")
    documents = [row(i, p, f"Town{i}") for i, p in enumerate(("Ada King", "Ben Hall", "Cy Ro"))]
    (folder / "documents.json").write_text(json.dumps(documents))
    reading = folder / "reading"
    (reading / "statements").mkdir(parents=True)
    wordings = {
        "relation": "place of birth",
        "stated": ["{s} was born in {o}.", "{o} is where {s} was born."],
        "denied": ["{s} was not born in {o}."],
        "near": ["{s} visited {o}."],
    }
    schema = [{"name": "place of birth", "wikidata_property": "P19", "subject_types": ["PER"],
               "object_types": ["LOC"], "inverse_property": None}]  # fmt: skip
    (reading / "statements" / "a.jsonl").write_text(json.dumps(wordings))
    (reading / "names.json").write_text(
        json.dumps({"PER": ["Ada Brook", "Ben Hall"], "LOC": ["Oslo", "Turku"]})
    )
    (folder / "schema.json").write_text(json.dumps(schema))
    (folder / "packs.json").write_text("[]")
    return {
        "--data": folder / "documents.json", "--schema": folder / "schema.json",
        "--reading": reading, "--packs": folder / "packs.json", "--dev": 1, "--held": 1,
    }  # fmt: skip


def _arguments(options, **more):
    given = {**options, **{f"--{name}": value for name, value in more.items()}}
    return [str(part) for pair in given.items() for part in pair]


def test_a_run_goes_on_and_its_head_looks_twice(corpus_options, tmp_path):
    weights, out = tmp_path / "weights", tmp_path / "run"
    write_head.main(_arguments(corpus_options, out=weights, epochs=1, device="cpu"))
    without = EncoderWriteHead(weights)
    assert without.reading is not None
    assert without.reading.look is None

    second_look.main(_arguments(corpus_options, first=weights, out=out, minutes=0.02))
    before = torch.load(out / "checkpoint.pt", weights_only=False)
    assert before["step"] > 0
    longer = before["elapsed"] / 60 + 0.01  # on a busy machine one step may take seconds
    second_look.main(
        [*_arguments(corpus_options, first=weights, out=out, minutes=longer), "--resume"]
    )
    assert torch.load(out / "checkpoint.pt", weights_only=False)["step"] > before["step"]

    manifest = json.loads((weights / "manifest.json").read_text())
    assert (weights / LOOK_FILE).is_file()
    assert "offset" in manifest["look"]["scoring"]
    config = WriteHeadConfig(threshold=0.0, keep_signs=True, least_score=0.0, least_margin=-100.0)
    head = EncoderWriteHead(weights, config)
    assert head.version != without.version
    text = "Ada Brook was born in Oslo."
    passage = PassageText("1", text, (Span(0, len(text)),))
    born = RelationSpec("1", "place of birth", wikidata_property="P19")
    for triple in head.scored([passage], [born])[0]:
        assert len(triple.signs) == len(SIGNS) + len(LOOK_SIGNS)
    once = EncoderWriteHead(weights, replace(config, look=False))
    assert once.reading is not None
    assert once.reading.look is None


def test_without_a_pair_to_learn_from_it_ends_with_a_sentence(corpus_options, tmp_path):
    folder = tmp_path / "empty"
    (folder / "statements").mkdir(parents=True)
    (folder / "names.json").write_text("{}")
    options = {**corpus_options, "--reading": folder}
    with pytest.raises(SystemExit, match="no text holds a pair"):
        second_look.main(
            _arguments(options, out=tmp_path / "run", minutes=0.02, **{"documents-share": 0.0})
        )


def test_pairs_laid_end_to_end_come_back_as_they_were():
    judged = torch.tensor([True, True, False])
    ids = torch.arange(1, 6)
    pairs = [
        Pair(ids, ids + 1, ids + 2, ((0, 1),), (True, False), (0, -100), judged),
        Pair(ids[:2], ids[:2], ids[:2], ((1, 0),), (True, True), (-100, 2), ~judged),
        Pair(ids[:4], ids[:4], ids[:4], (), (False, True), (1, 1), judged),
    ]
    sheet = Sheet(laid(pairs), "cpu")
    groups = sheet.groups(8, random.Random(1))
    assert sorted(row for group in groups for row in group) == [0, 1, 2]
    assert max(map(len, groups)) == 2
    assert laid([]) is None
    for group in ([0, 1, 2], [1], [2, 0]):
        given, gold = sheet.batch(group)
        some = [pairs[row] for row in group]
        expected = padded(some)
        for name in ("ids", "shapes", "marks", "mask"):
            assert torch.equal(getattr(given, name), getattr(expected, name))
        whole = gold_of(some, RELATIONS)
        for found, wanted in zip(
            (gold.labels, gold.asked, gold.moods, gold.candidates), whole, strict=True
        ):
            assert torch.equal(found, wanted)


def test_it_trains_on_what_processes_make_and_is_published_from_small_files(
    corpus_options, tmp_path
):
    first, other = tmp_path / "first", tmp_path / "other"
    small = {"epochs": 1, "device": "cpu"}
    write_head.main(_arguments(corpus_options, out=first, **small))
    begun = _arguments(
        corpus_options, out=other, start=first, export=tmp_path / "w", minutes=0.005, workers=2,
        pieces=200, device="cpu",
    )  # fmt: skip
    write_head.main([*begun, "--uncalibrated"])
    assert (other / "weights.safetensors").read_bytes() != (
        first / "weights.safetensors"
    ).read_bytes()
    again = _arguments(corpus_options, out=tmp_path / "again", start=first, exported=tmp_path / "w")
    write_head.main([*again, "--device", "cpu", "--uncalibrated"])
    one, two = (load_file(folder / "weights.safetensors") for folder in (other, tmp_path / "again"))
    assert all(torch.equal(one[name], two[name]) for name in one)

    options = {**corpus_options, "--first": other, "--out": tmp_path / "run", "--pieces": 300}
    options |= {"--minutes": 0.005, "--workers": 2, "--export": tmp_path / "pieces"}
    second_look.main([*_arguments(options), "--uncalibrated"])
    (other / LOOK_FILE).rename(tmp_path / "look")
    published = _arguments(corpus_options, first=other, out=tmp_path, exported=tmp_path / "pieces")
    second_look.main(published)
    one, two = load_file(tmp_path / "look"), load_file(other / LOOK_FILE)
    for name in one:
        assert torch.allclose(one[name].float(), two[name].float(), atol=1.01), name
    manifest = json.loads((other / "manifest.json").read_text())
    assert manifest["look"]["steps"] > 0

    more = {**options, "--begin": "shipped", "--out": tmp_path / "more"}
    second_look.main([*_arguments(more), "--uncalibrated", "--encoder-dropout", "0.1"])
    assert json.loads((other / "manifest.json").read_text())["look"]["steps"] > 0
