"""Scores of the write head moved to the shares that are right."""

import json
import math

import pytest

pytest.importorskip("torch")

import torch

from worker.heads.encoder.scoring import LOOK_SIGNS, SIGNS, Scoring
from worker.training import recalibrate
from worker.training.metrics import calibration_error
from worker.training.recalibrate import moved, read, shift


def too_low(count=4000, by=0.8, seed=3):
    """Return proposals whose log odds are too low by some number."""
    torch.manual_seed(seed)
    odds = torch.rand(count) * 4 - 1.5
    right = torch.rand(count) < (odds + by).sigmoid()
    return list(zip(odds.sigmoid().tolist(), right.tolist(), strict=True))


def manifest(**more):
    return {
        "scoring": {"margin": 1.0, "offset": -0.5},
        "thresholds": {"review": 0.12, "same": 0.7},
        **more,
    }


def line(*proposals):
    return json.dumps({"kind": "a", "proposals": [{"score": s, "right": r} for s, r in proposals]})


def test_it_finds_by_how_much_scores_are_too_low():
    assert shift(too_low()) == pytest.approx(0.8, abs=0.1)
    assert shift([(0.5, True), (0.5, False)]) == pytest.approx(0.0, abs=1e-9)
    # One of four is right: the odds of 1 become odds of 1/3.
    four = [(0.5, True), *[(0.5, False)] * 3]
    assert shift(four) == pytest.approx(-math.log(3))
    # The surest scores have no bound in log odds.
    assert math.isfinite(shift([(1.0, False), (1.0, True), (0.0, True)]))


def test_moved_scores_are_the_shares_that_are_right_in_their_old_order_and_number():
    scored = too_low()
    own = manifest()
    by = moved(own, scored)
    assert by == pytest.approx(shift(scored))
    margins = torch.tensor([[s] for s, _ in scored]).logit() + 0.5
    before = Scoring.of(manifest()["scoring"], ["margin"])(margins)
    after = Scoring.of(own["scoring"], ["margin"])(margins)
    right = [r for _, r in scored]

    def error(scores):
        return calibration_error([(s, r, "") for s, r in zip(scores.tolist(), right, strict=True)])

    assert error(before) > 0.12
    assert error(after) < 0.03
    assert (after > before).all()
    assert torch.equal(before.argsort(), after.argsort())


def test_what_is_proposed_stays():
    odds = torch.linspace(-3, 3, 200)
    own = {"scoring": {"margin": 1.0, "offset": 0.0}, "thresholds": {"review": 0.4}}
    before = Scoring.of(own["scoring"], ["margin"])(odds.unsqueeze(-1)) >= 0.4
    moved(own, [(0.45, True), (0.5, True), (0.8, True), (0.5, False)])
    after = Scoring.of(own["scoring"], ["margin"])(odds.unsqueeze(-1))
    assert own["thresholds"]["review"] > 0.5
    assert torch.equal(after >= own["thresholds"]["review"], before)


def test_of_a_head_that_looks_twice_the_score_of_both_looks_moves_alone():
    look = {"scoring": {"look": 1.0, "offset": 0.2}, "thresholds": {"review": 0.3, "same": 0.7}}
    own = manifest(look=look)
    by = moved(own, [(0.5, True), (0.5, True), (0.5, False)])
    assert by == pytest.approx(math.log(2))
    assert own["scoring"] == manifest()["scoring"]
    assert own["thresholds"] == manifest()["thresholds"]
    assert own["look"]["scoring"] == {"look": 1.0, "offset": pytest.approx(0.2 + by)}
    assert own["look"]["thresholds"] == {"review": pytest.approx(0.6 / 1.3), "same": 0.7}
    signs = torch.zeros(len(SIGNS) + len(LOOK_SIGNS))
    names = (*SIGNS, *LOOK_SIGNS)
    assert float(Scoring.of(own["look"]["scoring"], names)(signs)) == pytest.approx(
        1 / (1 + math.exp(-0.2 - by))
    )


def test_it_refuses_what_this_head_did_not_propose():
    with pytest.raises(ValueError, match="1 scores lie below the review threshold"):
        moved(manifest(), [(0.1, True), (0.5, False)])
    with pytest.raises(ValueError, match="no reader"):
        moved({"thresholds": {"review": 0.3}}, [(0.5, True), (0.5, False)])
    for same in ([(0.5, True)], [(0.5, False)], []):
        with pytest.raises(ValueError, match="all proposals are right, or none"):
            moved(manifest(), same)


@pytest.mark.parametrize(
    "bad",
    ["{", "3", "[]", "{}", '{"proposals": 3}', '{"proposals": [{"score": 0.5}]}',
     line((1.5, True)), line((True, True)), line(("0.5", True)), line((0.5, 1)),
     '{"proposals": [{"score": NaN, "right": true}]}'],
)  # fmt: skip
def test_a_malformed_line_is_told_by_its_number(bad):
    with pytest.raises(ValueError, match="line 2"):
        read([line((0.5, True)), bad])


def test_it_moves_a_folder_of_weights_once(tmp_path, capsys):
    (tmp_path / "manifest.json").write_text(json.dumps(manifest(sha256="x")))
    files = [tmp_path / "a.jsonl", tmp_path / "b.jsonl"]
    files[0].write_text(line((0.15, True), (0.5, True)) + "\n" + line() + "\n")
    files[1].write_text(line((0.5, False)) + "\n")
    arguments = ["--data", *map(str, files), "--weights", str(tmp_path)]
    assert recalibrate.main(arguments) == 0
    assert "for 3 proposals" in capsys.readouterr().out
    made = json.loads((tmp_path / "manifest.json").read_text())
    assert made["sha256"] == "x"
    assert made["thresholds"]["review"] > 0.15
    # The same file again was proposed by the head as it was before.
    assert recalibrate.main(arguments) == 2
    assert "below the review threshold" in capsys.readouterr().err
    assert json.loads((tmp_path / "manifest.json").read_text()) == made
    assert recalibrate.main(["--data", str(files[0]), "--weights", str(tmp_path / "no")]) == 2
    assert recalibrate.main(["--data", str(tmp_path / "no"), "--weights", str(tmp_path)]) == 2
