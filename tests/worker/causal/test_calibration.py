"""Scores of the causal write head as shares that are right."""

from __future__ import annotations

import json
import random
from dataclasses import replace

import pytest

from tests.worker.causal.said import HEAD
from worker.heads.causal.adapters import version_of
from worker.heads.causal.calibration import Calibration
from worker.heads.causal.write_head import CausalWriteHead
from worker.heads.log_odds import logit, sigmoid
from worker.training.causal import recalibrate
from worker.training.metrics import calibration_error
from worker.types import PassageText, RelationSpec, Span

TRUE = Calibration(0.4, 1.2)  # how often something is right that the head gives a score


def proposals(count=3000, seed=5):
    rng = random.Random(seed)
    scores = [sigmoid(rng.uniform(-10, 2)) for _ in range(count)]
    return [(score, rng.random() < TRUE(score)) for score in scores]


def judged(folder, scored, name="judged.jsonl"):
    path = folder / name
    rows = [{"score": score, "right": right} for score, right in scored]
    path.write_text("".join(json.dumps({"proposals": [row]}) + "\n" for row in rows))
    return path


@pytest.fixture
def adapter(tmp_path):
    folder = tmp_path / "adapter"
    (folder / "write").mkdir(parents=True)
    manifest = {"base": {"name": "tiny"}, "files": {"adapter_model.safetensors": "0" * 64}}
    (folder / "write" / "manifest.json").write_text(json.dumps(manifest))
    return folder


def manifest_of(adapter):
    return json.loads((adapter / "write" / "manifest.json").read_text())


def run(adapter, *files):
    given = ["--adapter", str(adapter), "--data", *map(str, files)]
    return recalibrate.main(given)


def error(scored):
    return calibration_error([(score, right, "") for score, right in scored])


def test_scores_become_the_shares_that_are_right(adapter, tmp_path, capsys):
    before = version_of(manifest_of(adapter))
    assert run(adapter, judged(tmp_path, proposals())) == 0
    assert "3000 proposals; calibration error 0." in capsys.readouterr().out
    manifest = manifest_of(adapter)
    made = Calibration.of(manifest)
    assert made.scale == pytest.approx(TRUE.scale, abs=0.05)
    assert made.offset == pytest.approx(TRUE.offset, abs=0.2)
    others = proposals(seed=6)
    moved = [(made(score), right) for score, right in others]
    assert error(moved) < 0.04 < 0.2 < error(others)
    assert sorted(others) == [one for _, one in sorted(zip(moved, others, strict=True))]
    assert version_of(manifest) != before  # the same files make other scores


def test_a_second_calibration_stands_on_the_first(adapter, tmp_path, capsys):
    run(adapter, judged(tmp_path, proposals()))
    first = Calibration.of(manifest_of(adapter))
    assert run(adapter, tmp_path / "judged.jsonl") == 2
    assert "by these proposals already" in capsys.readouterr().err
    again = [(first(score), right) for score, right in proposals(seed=6)]
    assert run(adapter, judged(tmp_path, again, "again.jsonl")) == 0
    second = Calibration.of(manifest_of(adapter))
    assert second.scale == pytest.approx(first.scale, abs=0.05)
    assert [one["file"] for one in manifest_of(adapter)["calibration"]["data"]] == [
        "judged.jsonl", "again.jsonl",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("scored", "said"),
    [
        ([(0.5, True)], "where all proposals are right, or none"),
        ([], "where all proposals are right, or none"),
        ([(0.9, False), (0.8, False), (0.2, True), (0.1, True)], "does not score higher"),
        ([(1.5, True), (0.5, False)], "no score with its truth"),
    ],
)
def test_it_says_what_no_line_fits(adapter, tmp_path, capsys, scored, said):
    before = manifest_of(adapter)
    assert run(adapter, judged(tmp_path, scored)) == 2
    assert said in capsys.readouterr().err
    assert manifest_of(adapter) == before


def test_it_says_that_there_is_no_adapter_or_no_file(adapter, tmp_path, capsys):
    assert run(tmp_path, judged(tmp_path, proposals(10))) == 2
    assert "no adapter for the write head" in capsys.readouterr().err
    assert run(adapter, tmp_path / "missing.jsonl") == 2


def test_the_head_scores_by_what_its_manifest_holds():
    text = "Ada Lovelace was born in London. She met Charles Babbage."
    passage = PassageText("p", text, (Span(0, 32), Span(33, len(text))))
    relations = [RelationSpec("1", "place of birth")]

    def scores(manifest):
        head = CausalWriteHead(head=replace(HEAD, manifest=manifest))
        (found,) = head.extract([passage], relations)
        return [proposal.score for proposal in found.proposals], head.hashes

    plain, hashes = scores({})
    assert plain  # a head that knows nothing writes something
    moved, others = scores({"calibration": {"scale": 0.4, "offset": 1.2}})
    assert moved == pytest.approx([TRUE(score) for score in plain])
    assert moved != plain
    assert set(others) - set(hashes) == {"calibration"}
    assert logit(0.0) == pytest.approx(-logit(1.0))
