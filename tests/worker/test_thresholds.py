"""The knobs of the read head, as the manifest of its weights holds them."""

import json
import math

import pytest

from worker.heads.encoder.base import WEIGHTS, WeightsMissing
from worker.heads.encoder.read_head import EncoderReadHead
from worker.heads.encoder.thresholds import MalformedThresholds, Thresholds, card
from worker.training import read_head

SHIPPED = Thresholds.of("read", WEIGHTS / "read")


def test_the_model_card_shows_what_the_manifest_holds():
    assert card(SHIPPED) in (WEIGHTS / "README.md").read_text(encoding="utf-8")


def test_the_head_takes_them_from_its_weights(tmp_path):
    assert EncoderReadHead().thresholds == SHIPPED
    folder = tmp_path / "read"
    folder.mkdir()
    for path in (WEIGHTS / "read").iterdir():
        (folder / path.name).symlink_to(path)
    manifest = json.loads((WEIGHTS / "read" / "manifest.json").read_text())
    manifest["thresholds"]["window"] = 1
    (folder / "manifest.json").unlink()
    (folder / "manifest.json").write_text(json.dumps(manifest))
    assert EncoderReadHead(folder).thresholds.window == 1
    del manifest["thresholds"]
    (folder / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(MalformedThresholds, match="has no thresholds"):
        EncoderReadHead(folder)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"margin": None}, "margin is None"),
        ({"margin": "2"}, "margin is '2'"),
        ({"margin": True}, "margin is True"),
        ({"margin": math.nan}, "margin is nan"),
        ({"steps": 2.5}, "steps is 2.5"),
        ({"steps": 0}, "steps is 0"),
        ({"steps": True}, "steps is True"),
        ({"height": 2}, "nothing reads the thresholds height"),
    ],
)
def test_it_takes_nothing_else_for_them(change, why):
    with pytest.raises(MalformedThresholds, match=why):
        Thresholds.checked(SHIPPED.as_dict() | change)


def test_it_says_which_are_missing():
    values = SHIPPED.as_dict()
    del values["clear"], values["most"]
    with pytest.raises(MalformedThresholds, match="lack most, clear"):
        Thresholds.checked(values)


def test_training_says_where_there_are_none(tmp_path, capsys):
    for name in read_head.DATA_FILES:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    with pytest.raises(SystemExit):
        read_head.main(
            ["--data", str(tmp_path), "--out", str(tmp_path), "--thresholds", str(tmp_path)]
        )
    assert "no manifest.json" in capsys.readouterr().err
    with pytest.raises(WeightsMissing):
        Thresholds.of("read", tmp_path)
