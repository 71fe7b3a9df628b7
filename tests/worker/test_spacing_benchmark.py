"""The simulated year, in little."""

from __future__ import annotations

import json

import pytest

from worker.benchmarks import spacing
from worker.benchmarks.__main__ import main


@pytest.fixture
def small(monkeypatch) -> None:
    for name, value in {"DAYS": 120, "FACTS": 60, "TOPICS": 6, "ASKED": 4, "WITHIN": 30}.items():
        monkeypatch.setattr(spacing, name, value)


def test_it_tells_what_each_policy_gives_in_each_pattern(small, capsys) -> None:
    assert main(["spacing", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)["spacing"]
    assert set(report["of"]) == set(spacing.PATTERNS)
    for of in report["of"].values():
        assert set(of) == set(spacing.POLICIES)
        assert of["none"]["cards"] == 0
        assert abs(of["calendar"]["cards"] - of["spacing"]["cards"]) <= 1
        assert of["calendar"]["looks"] == of["none"]["looks"]
        assert of["spacing"]["found_in_time"] >= of["none"]["found_in_time"]
    assert "| steady | none |" in spacing.table(report)


def test_the_same_seed_is_the_same_year(small) -> None:
    one, other = (spacing.year(spacing.world("waves", 3), "spacing", 3) for _ in range(2))
    assert (one.cards, one.wrong, one.rounds) == (other.cards, other.wrong, other.rounds)
    with_none = spacing.year(spacing.world("waves", 3), "none", 3)
    assert len(with_none.rounds) == len(one.rounds)
