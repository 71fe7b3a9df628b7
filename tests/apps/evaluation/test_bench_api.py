"""``bench api``: its figures are told beside what they should be."""

from __future__ import annotations

import os

import psutil

from apps.evaluation.bench.api import Peak, table


def test_its_table_says_what_was_met():
    report = {
        "facts": 2000,
        "reads": {
            "controller": {"p50_ms": 1.0, "p95_ms": 2.0},
            "http": {"p50_ms": 5.0, "p95_ms": 9.25},
            "more_p95_ms": 7.25,
        },
        "at_once": {"clients": 8, "reads_a_second": 231.5, "p50_ms": 30.0, "p95_ms": 55.0},
        "writes": {"one_by_one_ms": 90.0, "in_one_call_ms": 3.0, "times_faster": 30.0},
        "export": {"megabytes": 1.5, "worker_mb": 150.0, "web_mb": 120.0},
    }
    said = table(report)
    assert "+7.25 of +15.0" in said
    assert "231.5/s of 200/s" in said
    assert "30.0 times faster (target 5.0)" in said
    assert "120.0 MB in the web server" in said


def test_it_sees_the_most_memory_of_a_process():
    with Peak(psutil.Process(os.getpid())) as peak:
        pass
    assert peak.most >= peak.before > 0
