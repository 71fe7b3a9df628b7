"""``bench verification``: the log that it makes is one that holds, and its figures are told."""

from __future__ import annotations

import pytest

from apps.evaluation.bench import verification
from apps.evaluation.bench.verification import make_log, run, table
from apps.evaluation.measuring.errors import EvaluationError
from apps.memory.models import Entity
from apps.provenance.services.replay import ALL, verify
from apps.provenance.services.sequencer import seal


@pytest.mark.django_db(transaction=True)
def test_the_log_that_it_makes_holds():
    make_log(1_000)
    seal()
    report = verify(ALL)
    assert report.holds, [one.sentence for one in report.findings[:3]]
    assert sum(log.size for log in report.logs) >= 1_001
    assert sum(log.changes for log in report.logs) >= 2_000
    Entity.objects.filter(name="Name 77").update(type="LOC")
    assert not verify(ALL).holds


@pytest.mark.parametrize("events", ["", "many", "5", "1000,99999999999"])
def test_bad_sizes_are_refused(events):
    with pytest.raises(EvaluationError, match="--events"):
        run({"events": events}, lambda line: None)


def test_its_table_says_what_was_met(monkeypatch):
    class Server:
        def __enter__(self):
            return self

        def __exit__(self, *error):
            return None

    def measured(size, processes):
        return {
            "events": size, "processes": processes, "seconds": size / 30_000,
            "events_a_second": 30_000, "leaves_a_second": 40_000, "megabytes": 90 + size / 50_000,
            "own_seconds": size / 25_000,
        }  # fmt: skip

    monkeypatch.setattr(verification, "own_postgres", Server)
    monkeypatch.setattr(verification, "server_seconds", lambda server: 1.0)
    monkeypatch.setattr(verification, "make_log", lambda size: None)
    monkeypatch.setattr(verification.sequencer, "seal", lambda: 0)
    monkeypatch.setattr(verification, "_measured", measured)
    report = run({"events": "1000,1000000"}, lambda line: None)
    assert (report["speed_met"], report["memory_met"]) == (True, False)
    assert {one["processor_us"] for one in report["runs"]} == {40.0}
    said = table(report)
    assert "20,000 events/s: met" in said
    assert "1.22 times" in said
