"""The ranking of readings is fitted to questions with readings that are right and wrong."""

import json
import math

import pytest

from worker.heads.encoder.ranked import SHORTLIST
from worker.heads.encoder.ranking import NEVER_LEFT, Ranking
from worker.training import rank_readings
from worker.training.rank_readings import SURE


def reading(answer, right, **figures):
    return {
        "figures": {**dict.fromkeys((*SURE, *NEVER_LEFT), 0.0), "first": 9.0, **figures},
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


def test_the_shortlist_is_learned_as_well():
    """Of many readings the right one, which the words speak for, comes on the shortlist."""
    wrong = [reading(f"a{n}", right=False, sum=-1.0 - n) for n in range(2 * SHORTLIST)]
    lines = [question(*wrong, reading("b", right=True, sum=1.0 + n / 10, read=0.5))
             for n in range(8)]  # fmt: skip
    ranking = rank_readings.fit(rank_readings.read([*LINES, *lines]), 0.5)
    assert ranking.first["sum"] > 0
    assert not {"read", "agrees", "answered"} & ranking.first.keys()


def test_what_may_never_answer_is_not_learned_from():
    """A reading that passes over a name may read as well as it likes."""
    lines = [
        question(reading("a", right=False, read=5.0 + n / 10, names=1.0),
                 reading("b", right=True, read=0.8), reading("c", right=False, read=0.1))
        for n in range(8)
    ]  # fmt: skip
    ranking = rank_readings.fit(rank_readings.read(lines), 0.5)
    assert ranking.order["read"] > 0


def test_what_is_written_is_what_the_head_reads(tmp_path):
    data, out = tmp_path / "readings.jsonl", tmp_path / "manifest.json"
    data.write_text("\n".join([*LINES, question()]) + "\n")
    assert rank_readings.main(["--data", str(data), "--out", str(out), "--least", "0.7"]) == 0
    ranking = Ranking.of(tmp_path)
    assert ranking.least == 0.7
    assert set(ranking.sure) == {*SURE, "margin", "score", "bias"}
    assert all(map(math.isfinite, (*ranking.first.values(), *ranking.order.values())))


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


def test_the_shortlist_may_learn_from_further_questions():
    further = [
        question(reading("a", right=False, least=1.0), reading("b", right=True, least=2.0 + n / 10))
        for n in range(8)
    ]
    ranking = rank_readings.fit(rank_readings.read(LINES), 0.5, rank_readings.read(further))
    assert ranking.first["least"] > 0
    assert ranking.order["least"] == pytest.approx(0.0, abs=1e-3)
