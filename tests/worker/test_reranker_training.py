"""Training the cross-encoder: its files, its loss, and a tiny run from end to end."""

import json
import math
import random
import re
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

pytest.importorskip("torch")

import torch

from tests.worker.test_reading_pairs import composer
from worker.heads.encoder.base import SharedEncoder
from worker.heads.encoder.reranker import Compared, Reranker
from worker.training import reranker
from worker.training.reading_pairs import Ranked
from worker.training.recorded_readings import read_recorded
from worker.training.reranker import RerankerRun, RerankerTraining, drawn, loss_of

SCHEMA = Path(__file__).parents[2] / "apps" / "memory" / "data"
TINY = RerankerTraining(rank=2, alpha=4, questions=2, composed=1, minutes=1.0)


@dataclass(frozen=True)
class Tiny(RerankerTraining):
    rank: int = 2
    alpha: int = 4
    questions: int = 1
    composed: int = 1


def reading(said, right, sign, *relations):
    return {"question": "who ?", "reading": said, "relations": relations, "sign": sign,
            "right": right}  # fmt: skip


def line(*readings, **more):
    return json.dumps({"text": "Who?", "readings": readings, **more})


def uses(*relations):
    return [["X", relation, "forward"] for relation in relations]


def pair(said):
    return Compared("who ?", said)


def ranked(right, wrong):
    """Return a question with so many right and wrong readings."""
    return Ranked(
        tuple(pair(f"right {n}") for n in range(right)),
        tuple(pair(f"wrong {n}") for n in range(wrong)),
    )


WRONG = reading("wrong", False, 0.0, "spouse")


def test_readings_come_with_the_likeliest_wrong_one_first():
    (one,) = read_recorded([line(*(reading(str(n), False, n) for n in (2, 9, -1, 5)))])
    assert one == Ranked((), tuple(map(pair, ("9", "5", "2", "-1"))))


def test_of_right_readings_those_count_that_use_what_the_writer_names():
    readings = (
        reading("by chance", True, 9.0, "spouse"),
        reading("half", True, 8.0, "director"),
        reading("whole", True, 1.0, "director", "place of birth"),
        reading("whole too", True, 2.0, "place of birth", "director"),
        reading("more", True, 7.0, "director", "place of birth", "spouse"),
        WRONG,
    )
    (one,) = read_recorded([line(*readings, uses=uses("director", "place of birth"))])
    assert one == Ranked((pair("whole too"), pair("whole")), (pair("wrong"),))
    (one,) = read_recorded([line(*readings, uses=uses("director"))])
    assert one.right == (pair("half"),)


@pytest.mark.parametrize("named", [{}, {"uses": []}, {"uses": None}])
def test_where_the_writer_names_nothing_the_likeliest_right_one_counts(named):
    readings = reading("less", True, 1.0), WRONG, reading("likely", True, 3.0)
    (one,) = read_recorded([line(*readings, **named)])
    assert one == Ranked((pair("likely"),), (pair("wrong"),))


def scored(said, right, sign, read):
    return reading(said, right, sign, "spouse") | {"figures": {"read": read}}


def test_wrong_readings_that_the_cross_encoder_took_for_likely_come_first():
    readings = scored("a", False, 9.0, -2.0), scored("b", False, 1.0, 4.0), WRONG | {"sign": 20.0}
    (one,) = read_recorded([line(*readings)])
    assert one.wrong == tuple(map(pair, ("b", "a", "wrong")))


@pytest.mark.parametrize(
    ("right", "wrong", "known"),
    [(3.5, -1.0, True), (2.5, -1.0, False), (6.0, 2.0, True), (4.0, 2.0, False),
     (None, -3.5, True), (None, -2.0, False)],
)  # fmt: skip
def test_a_question_is_known_where_its_readings_were_told_well_apart(right, wrong, known):
    readings = [scored("wrong", False, 0.0, wrong), WRONG]
    readings += [scored("right", True, 1.0, right)] if right is not None else []
    (one,) = read_recorded([line(*readings)])
    assert one.known == known


def test_what_the_cross_encoder_was_not_asked_is_not_known():
    for readings in ([WRONG], [WRONG, reading("right", True, 1.0)]):
        (one,) = read_recorded([line(*readings)])
        assert not one.known


def test_a_question_without_readings_teaches_nothing():
    assert read_recorded([]) == []
    assert read_recorded([line(), line(WRONG)]) == [Ranked((), (pair("wrong"),))]


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "{",
        "[]",
        "{}",
        '{"readings": null}',
        '{"readings": ["wrong"]}',
        line(WRONG, uses=[["X", "spouse"]]),
        line(WRONG, uses=3),
        line(WRONG | {"sign": "much"}),
        line(reading("right", True, 1.0) | {"relations": None}, uses=uses("spouse")),
        *(
            line({k: v for k, v in WRONG.items() if k != key})
            for key in WRONG
            if key != "relations"
        ),
        line({k: v for k, v in reading("a", True, 0.0).items() if k != "relations"}),
    ],
)
def test_a_malformed_line_is_refused_by_its_number(bad):
    with pytest.raises(ValueError, match=r"^line 2 is no question with its readings: "):
        read_recorded([line(WRONG), bad])


def test_the_likeliest_wrong_readings_are_drawn_and_a_few_others():
    one = ranked(9, 12)
    seen = set()
    for seed in range(30):
        some = drawn(one, replace(TINY, right=2, likely=5, others=2), random.Random(seed))
        assert len(set(some.right)) == 2
        assert set(some.right) <= set(one.right[:6])
        assert some.wrong[:5] == one.wrong[:5]
        assert len(set(some.wrong)) == 7
        seen |= {*some.right, *some.wrong}
    assert seen == {*one.right[:6], *one.wrong}
    few = ranked(1, 3)
    assert drawn(few, TINY, random.Random(0)) == few
    assert drawn(ranked(0, 1), TINY, random.Random(0)) == ranked(0, 1)


def test_the_loss_of_a_question_by_hand():
    # Of one right reading: -log of its share among itself, the wrong ones and 0.
    share = math.exp(2) / (math.exp(2) + math.exp(1) + 1)
    assert loss_of(torch.tensor([2.0, 1.0]), [ranked(1, 1)]) == pytest.approx(-math.log(share))
    # Of none: -log of the share of 0.
    none = math.log(math.exp(-3) + math.exp(1) + 1)
    assert loss_of(torch.tensor([-3.0, 1.0]), [ranked(0, 2)]) == pytest.approx(none)
    # Of two right ones: the mean of each without the other.
    two = [math.log1p((math.exp(0.5) + 1) / math.exp(right)) for right in (3.0, -1.0)]
    assert loss_of(torch.tensor([3.0, -1.0, 0.5]), [ranked(2, 1)]) == pytest.approx(sum(two) / 2)
    # A right one without wrong ones is to stand above 0 alone.
    assert loss_of(torch.tensor([1.5]), [ranked(1, 0)]) == pytest.approx(math.log1p(math.exp(-1.5)))
    # Of two questions: their mean.
    both = loss_of(torch.tensor([2.0, 1.0, -3.0, 1.0]), [ranked(1, 1), ranked(0, 2)])
    assert both == pytest.approx((none - math.log(share)) / 2)


def test_a_right_reading_above_wrong_ones_and_wrong_ones_below_nothing_cost_less():
    def loss(question, *scores):
        return float(loss_of(torch.tensor(scores), [question]))

    assert loss(ranked(1, 2), 3.0, 1.0, 0.0) < loss(ranked(1, 2), 1.0, 3.0, 0.0)
    assert loss(ranked(1, 1), 3.0, 1.0) < loss(ranked(1, 1), -1.0, -3.0)
    assert loss(ranked(0, 2), -4.0, -5.0) < 0.05 < loss(ranked(0, 2), -4.0, 1.0)


def test_a_step_down_the_loss_lifts_the_right_and_lowers_the_wrong():
    scores = torch.tensor([0.0, 0.2, 0.0, 0.5], requires_grad=True)
    loss_of(scores, [ranked(1, 2), ranked(0, 1)]).backward()
    assert scores.grad is not None
    signs = scores.grad.sign().tolist()
    assert signs == [-1, 1, 1, 1]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    recorded = [
        Ranked((pair("what is the director of thing A : one person"),), (pair(f"wrong {n}"),))
        for n in range(4)
    ]
    return RerankerRun(TINY, recorded, composer(), tmp_path_factory.mktemp("run"))


def test_each_question_of_the_files_comes_once_an_epoch(run):
    run._order = []
    for _ in range(2):
        epoch = [run.batch() for _ in range(2)]
        assert [len(one) for one in epoch] == [3, 3]
        wrong = [one.wrong[0] for batch in epoch for one in batch[:2]]
        assert sorted(wrong, key=str) == [pair(f"wrong {n}") for n in range(4)]


def test_of_known_questions_an_epoch_has_only_some(run, monkeypatch):
    known = [replace(one, known=at > 0) for at, one in enumerate(run.recorded)]
    monkeypatch.setattr(run, "recorded", known)
    epochs = [run._epoch() for _ in range(12)]
    assert all(0 in one and len(one) == len(set(one)) == 3 for one in epochs)  # of 3, 0.35
    assert {at for one in epochs for at in one} == {0, 1, 2, 3}


def test_groups_hold_each_row_once_and_not_too_many():
    sizes = [10, 60, 30, 2000, 20]
    order = sorted(range(5), key=sizes.__getitem__)
    groups = list(reranker._groups(order, sizes, most=100))
    assert groups == [[0, 4, 2], [1], [3]]
    assert list(reranker._groups([], [])) == []


def test_scores_do_not_depend_on_what_is_read_beside(run):
    given = [pair(said) for said in ("a", "what is the director of thing A : one person", "b c d")]
    run.head.eval()
    with torch.no_grad():
        alone = [float(run.scores([one])) for one in given]
        assert run.scores(given).tolist() == pytest.approx(alone, abs=1e-4)


def test_steps_lower_the_loss_and_a_run_goes_on_where_it_was(run):
    run.head.eval()
    run.elapsed = 3.0  # the rate is at its highest
    batch = [run.recorded[0], Ranked((), (pair("everything about thing A : about"),))]
    losses = [run.train_step(batch) for _ in range(6)]
    assert losses[-1] < losses[0] - 0.05
    assert run.step == 6
    run.save()
    other = RerankerRun(TINY, run.recorded, run.composer, run.out)
    assert other.resume()
    assert (other.step, other.elapsed) == (6, 3.0)
    for name, parameter in run.trainable().items():
        assert torch.equal(other.trainable()[name], parameter)
        assert torch.equal(other.average[name], run.average[name])
        assert not torch.equal(parameter, run.average[name])
    other.head.eval()
    # With the optimiser's state, the next step is the same step.
    assert other.train_step(batch) == pytest.approx(run.train_step(batch), abs=1e-4)
    for name, parameter in run.trainable().items():
        assert torch.allclose(other.trainable()[name], parameter, atol=1e-5)


def test_a_run_begins_with_weights_that_were_published(run, tmp_path):
    (tmp_path / "manifest.json").write_text("{}")
    reranker.publish(run, tmp_path)
    begun = RerankerRun(TINY, run.recorded, run.composer, tmp_path / "run", tmp_path)
    assert (begun.step, begun.elapsed) == (0, 0.0)
    for name, parameter in run.trainable().items():
        assert torch.allclose(begun.trainable()[name], parameter, atol=1e-3)  # in half precision
        assert torch.equal(begun.average[name], begun.trainable()[name])


def test_a_run_without_a_checkpoint_does_not_go_on(run, tmp_path):
    run.out, kept = tmp_path / "elsewhere", run.out
    assert not run.resume()
    run.out = kept


def test_a_loss_that_is_no_number_ends_the_run(run, monkeypatch):
    monkeypatch.setattr(run, "scores", lambda given: torch.full((len(given),), float("nan")))
    with pytest.raises(FloatingPointError):
        run.train_step(run.recorded[:1])


def _arguments(tmp_path, *more):
    return ["--data", str(tmp_path / "data.jsonl"), "--schema", str(SCHEMA / "relations.json"),
            "--packs", str(SCHEMA / "packs.json"), "--out", str(tmp_path / "run"),
            "--weights", str(tmp_path), *more]  # fmt: skip


def test_what_a_run_publishes_is_served(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(reranker, "RerankerTraining", Tiny)
    (tmp_path / "data.jsonl").write_text(line(reading("right", True, 1.0), WRONG) + "\n")
    (tmp_path / "manifest.json").write_text('{"order": {"sum": 0.5}}')
    assert reranker.main(_arguments(tmp_path, "--minutes", "0.0001")) == 0
    assert json.loads(capsys.readouterr().out)["of"] == 1
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    assert manifest["order"] == {"sum": 0.5}
    assert manifest["training"]["steps"] >= 1
    (score,) = Reranker(SharedEncoder(), tmp_path).scores([pair("right")])
    assert math.isfinite(score)


@pytest.mark.parametrize("missing", ["data", "line", "manifest", "schema", "start"])
def test_files_that_cannot_be_used_are_refused_before_a_run(tmp_path, capsys, missing):
    if missing != "data":
        text = "{}" if missing == "line" else line(WRONG)
        (tmp_path / "data.jsonl").write_text(text)
    if missing != "manifest":
        (tmp_path / "manifest.json").write_text("{}")
    gone = str(tmp_path / "gone")
    more = [f"--{missing}", gone] if missing in ("schema", "start") else []
    assert reranker.main(_arguments(tmp_path, *more)) == 2
    said = capsys.readouterr().err
    assert re.match(r"Not trained: .", said)
    assert ("line 1 is no question" in said) == (missing == "line")
    assert not (tmp_path / "run").exists()
