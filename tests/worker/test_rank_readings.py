"""The ranking of readings is fitted to questions with readings that are right and wrong."""

import json
import math

import pytest

from worker.heads.encoder.ranked import SHORTLIST
from worker.heads.encoder.ranking import Ranking
from worker.training import rank_readings
from worker.training.rank_readings import SURE


def reading(answer, right, **figures):
    return {
        "figures": {**dict.fromkeys(SURE, 0.0), "first": 9.0, **figures},
        "answer": answer,
        "right": right,
    }


def question(*readings):
    return json.dumps({"question": "?", "readings": list(readings)})


# The right reading is the one that reads well; where none does, none is right.
LINES = [
    *(question(reading("a", right=False, read=0.1), reading("b", right=True, read=0.8 + n / 100))
      for n in range(8)),
    *(question(reading("c", right=False, read=0.2), reading("d", right=False, read=0.1 + n / 100))
      for n in range(8)),
]  # fmt: skip


def test_right_readings_come_first_and_are_surer():
    recorded = rank_readings.read(LINES)
    ranking = rank_readings.fit(recorded, 0.5)
    assert ranking.order["read"] > 0
    assert "first" not in ranking.order

    def odds(read, margin):
        score = ranking.order["read"] * read
        figures = {"read": read, "margin": margin, "score": score, "bias": 1.0}
        return sum(ranking.sure[name] * value for name, value in figures.items())

    margin = ranking.order["read"] * 0.7
    assert odds(0.8, margin) > 0 > odds(0.2, 0.1)


def test_only_what_the_head_would_rank_is_learned_from():
    likely = [reading(f"a{n}", right=False, first=float(n)) for n in range(SHORTLIST)]
    unlikely = reading("b", right=True, first=-1.0)
    (one,) = rank_readings.read([question(unlikely, *likely)])
    assert one.answers == tuple(f"a{n}" for n in reversed(range(SHORTLIST)))
    assert not one.right.any()


def test_what_is_written_is_what_the_head_reads(tmp_path):
    data, out = tmp_path / "readings.jsonl", tmp_path / "manifest.json"
    data.write_text("\n".join([*LINES, question()]) + "\n")
    assert rank_readings.main(["--data", str(data), "--out", str(out), "--least", "0.7"]) == 0
    ranking = Ranking.of(tmp_path)
    assert ranking.least == 0.7
    assert set(ranking.sure) == {*SURE, "margin", "score", "bias"}
    assert all(map(math.isfinite, ranking.order.values()))


@pytest.mark.parametrize(
    "lines",
    [
        ["{"],
        ["[]"],
        ['{"readings": [{"figures": {"read": "much"}, "answer": "a", "right": true}]}'],
        [LINES[0], '{"readings": [{"figures": {}, "answer": "a", "right": true}]}'],
        [question(reading("a", right=True))],
        [question()],
    ],
)
def test_files_that_teach_nothing_are_refused(tmp_path, capsys, lines):
    data, out = tmp_path / "readings.jsonl", tmp_path / "manifest.json"
    data.write_text("\n".join(lines))
    assert rank_readings.main(["--data", str(data), "--out", str(out)]) == 2
    assert capsys.readouterr().err.startswith("Not fitted: ")
    assert not out.exists()
