"""The cross-encoder that ranks readings: what it reads, its weights, and what it serves."""

import json
import random
import shutil

import pytest

pytest.importorskip("torch")

import torch
from safetensors.torch import load_file, save_file

from tests.worker.test_reading_pairs import composer, related
from worker.heads.encoder.base import DIMENSION, SharedEncoder, WeightsMissing
from worker.heads.encoder.reranker import (
    LONGEST,
    Compared,
    MalformedReranker,
    Reranker,
    RerankerHead,
    compared,
    gives,
    lettered,
    pieces,
)
from worker.reading.candidate import Candidate
from worker.reading.items import Named, items_of
from worker.reading.linked import Linked
from worker.reading.question import AllOf, Option, Question, Reached, Thing
from worker.training.reranker import WEIGHTS_FILE, RerankerRun, RerankerTraining, publish
from worker.types import EntityRef

DIRECTOR = related("P57", "director", "MISC", "PER")
MEMBER = related("P54", "member of sports team", "PER", "ORG")
RATED = related("X1", "rating", "MISC", "")
GIVEN = [
    Compared("who directed thing A ?", "what is the director of thing A : one person"),
    Compared("who directed thing A ?", "everything about thing A : about"),
    Compared("short", "x"),
]


def thing(name, type_):
    return Thing((EntityRef(f"e:{name}", name, type_),), name)


def linked(text, *named):
    """Return a question with names, each (name, type), as things wherever they stand."""
    found = []
    for name, type_ in named:
        at = text.find(name)
        while at >= 0:
            found.append(Named(at, at + len(name), thing(name, type_), type_))
            at = text.find(name, at + 1)
    items = tuple(items_of(text, found))
    return Linked(items, tuple(one.node for one in items if one.kind == "node"))


def reading(target, form="which", ends=()):
    references = tuple(EntityRef(str(n), str(n), type_) for n, type_ in enumerate(ends))
    return Candidate(Question(form, target), (), references, frozenset(), frozenset())


def test_names_are_letters_the_same_in_both_and_for_the_same_name():
    asked = linked(
        "Is Dora Lind's film for Halden FC older than Dora Lind's?",
        ("Dora Lind", "PER"), ("Halden FC", "ORG"),
    )  # fmt: skip
    made = Reached(thing("Dora Lind", "PER"), (Option(DIRECTOR, "object"),))
    players = Reached(thing("Halden FC", "ORG"), (Option(MEMBER, "object"),))
    one, other = compared(
        asked, [reading(made, ends=["MISC", "MISC"]), reading(players, ends=["PER"])]
    )
    said = "is person A's film for organisation B older than person A's ?"
    assert (one.question, other.question) == (said, said)
    assert one.reading == "which things whose director is person A : some things"
    assert (
        other.reading == "which people whose member of sports team is organisation B : one person"
    )


def test_a_reading_of_several_names_has_the_letter_of_each():
    asked = linked("Oslo, 1990 or Zed?", ("Oslo", "LOC"), ("1990", "TIME"), ("Zed", "?"))
    both = AllOf(
        (
            Reached(thing("Zed", "?"), (Option(DIRECTOR, "object"),)),
            Reached(thing("Oslo", "LOC"), (Option(MEMBER, "object"),)),
        )
    )
    (one,) = compared(asked, [reading(both, "how many", ends=["MISC"])])
    assert one.question == "place A , date B or name C ?"
    assert one.reading == (
        "how many things whose director is name C and whose member of sports team is place A"
        " : how many"
    )


def test_a_name_that_the_question_has_not_stays_as_it_is():
    (one,) = compared(linked("Who?"), [reading(thing("Norway", "LOC"), "about")])
    assert one == Compared("who ?", "everything about Norway : about")
    assert compared(linked("Who?"), []) == []


def test_a_not_stands_with_its_verb():
    (one,) = compared(linked("Who isn't here?"), [reading(thing("X", ""), "about")])
    assert one.question == "who isn't here ?"


def test_what_ends_of_several_types_are_is_not_said():
    target = Reached(thing("Oslo", "LOC"), (Option(RATED, "subject"),))
    (one,) = compared(linked("Oslo?", ("Oslo", "LOC")), [reading(target, ends=["PER", "ORG"])])
    assert one.reading == "what is the rating of place A : some things"


@pytest.mark.parametrize(
    ("type_", "count", "said"),
    [("PER", 1, "one person"), ("PER", 2, "some people"), ("LOC", 3, "some places"),
     ("NUM", 1, "one number"), ("", 1, "one thing"), ("?", 9, "some things"),
     ("ORG", 0, "some organisations")],
)  # fmt: skip
def test_so_many_things_of_a_type_are_said_in_words(type_, count, said):
    assert gives(type_, count) == said


def test_letters_begin_anew_after_the_last():
    assert [lettered("PER", n) for n in (0, 25, 26)] == ["person A", "person Z", "person A"]
    assert lettered("", 2) == "name C"


def test_a_head_gives_one_score_a_pair():
    head = RerankerHead().eval()
    assert head(torch.randn(3, DIMENSION), torch.randn(3, DIMENSION)).shape == (3,)
    assert head.part.shape == (DIMENSION,)
    with pytest.raises(RuntimeError):
        head(torch.randn(3, DIMENSION), torch.randn(3, 2))


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A run whose adapter and head are drawn by lot."""
    config = RerankerTraining(rank=2, alpha=4, average=0.0)
    made = RerankerRun(config, [], composer(), tmp_path_factory.mktemp("run"))
    torch.manual_seed(5)
    with torch.no_grad():
        for name, parameter in made.trainable().items():
            parameter.add_(0.05 * torch.randn_like(parameter))
            made.average[name].copy_(parameter)
    made.head.eval()
    return made


@pytest.fixture(scope="module")
def weights(run, tmp_path_factory):
    folder = tmp_path_factory.mktemp("weights")
    (folder / "manifest.json").write_text(json.dumps({"least": 1.5}))
    publish(run, folder)
    return folder


@pytest.fixture(scope="module")
def shared():
    return SharedEncoder()


@pytest.fixture(scope="module")
def reranker(shared, weights):
    return Reranker(shared, weights)


def test_serving_gives_what_training_does(run, reranker):
    with torch.no_grad():
        expected = run.scores(GIVEN).tolist()
    assert len({round(score, 2) for score in expected}) == len(GIVEN)
    assert reranker.scores(GIVEN) == pytest.approx(expected, abs=0.02)


def test_a_pair_scores_the_same_alone_and_beside_others(reranker):
    alone = [reranker.scores([one])[0] for one in GIVEN]
    assert reranker.scores(GIVEN) == pytest.approx(alone, abs=1e-4)


def test_nothing_is_scored_where_nothing_is_given(reranker):
    assert reranker.scores([]) == []


def test_texts_that_are_too_long_are_cut(reranker, shared):
    rng = random.Random(1)
    long = " ".join(rng.choice(["born", "of", "place"]) for _ in range(400))
    for one in (Compared(long, "what"), Compared("what", long), Compared(long, long)):
        ((ids, at),) = pieces(shared, [one])
        assert len(ids) == LONGEST
        assert 1 < at < LONGEST
    assert len(reranker.scores([Compared(long, long), Compared("", "")])) == 2


def test_publishing_keeps_what_else_the_manifest_says(weights):
    manifest = json.loads((weights / "manifest.json").read_text())
    assert manifest["least"] == 1.5
    assert manifest["adapter"] == {"rank": 2, "alpha": 4}
    assert manifest["weights"] == WEIGHTS_FILE
    assert manifest["training"]["steps"] == 0


@pytest.fixture
def broken(weights, tmp_path):
    """A copy of the weights, to be broken."""
    return shutil.copytree(weights, tmp_path / "broken")


def refused(shared, folder):
    with pytest.raises(
        MalformedReranker, match=r"of the cross-encoder (cannot be read: .|is no n)"
    ):
        Reranker(shared, folder)


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"weights": "gone.safetensors"}',
                                  '{"weights": 3}'])  # fmt: skip
def test_a_manifest_without_the_weights_is_refused(shared, broken, text):
    (broken / "manifest.json").write_text(text)
    refused(shared, broken)


def _without(tensors, part):
    return {name: one for name, one in tensors.items() if part not in name}


@pytest.mark.parametrize(
    "change",
    [
        lambda tensors: _without(tensors, "head.score.bias"),
        lambda tensors: _without(tensors, "layer.3."),
        lambda tensors: {**tensors, "head.more": torch.zeros(1)},
        lambda tensors: {**tensors, "lora.more": torch.zeros(1)},
        lambda tensors: {**tensors, "head.part": torch.zeros(3)},
        lambda tensors: {**tensors, "head.part": tensors["head.part"] * float("nan")},
        lambda tensors: {**tensors, "head.hidden.bias": torch.full((DIMENSION,), float("inf"))},
        lambda tensors: {
            name: one * float("nan") if "layer.5." in name else one for name, one in tensors.items()
        },
    ],
)
def test_weights_of_something_else_are_refused(shared, broken, change):
    tensors = load_file(broken / WEIGHTS_FILE)
    save_file(change(tensors), broken / WEIGHTS_FILE)
    refused(shared, broken)


def test_weights_that_are_cut_off_are_refused(shared, broken):
    whole = (broken / WEIGHTS_FILE).read_bytes()
    (broken / WEIGHTS_FILE).write_bytes(whole[: len(whole) // 2])
    refused(shared, broken)


def test_a_folder_without_weights_says_so(shared, tmp_path):
    with pytest.raises(WeightsMissing):
        Reranker(shared, tmp_path)
