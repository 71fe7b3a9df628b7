"""``manage.py bench ingest``: answers while a document is read."""

from __future__ import annotations

import io
import json

import pytest
from django.core.management import call_command

from apps.evaluation.bench import ingest
from apps.evaluation.bench.ingest_session import document_of


def test_it_holds_what_was_measured_against_the_targets():
    alone = [100.0] * 19 + [200.0]
    memory = [(0.05, 300.0), (0.1, 500.0), (0.5, 600.0), (1.0, 549.0)]
    found = ingest.figures(alone, [650.0] * 20, memory)
    assert found["p95_limit_ms"] == 2 * found["alone_ms"]["p95"] + 500
    assert found["p95_met"]
    assert found["worker_mb"] == {"after_a_tenth": 500.0, "end": 549.0, "most": 600.0}
    assert found["memory_met"]
    worse = ingest.figures(alone, [950.0] * 20, [*memory, (1.0, 551.0)])
    assert not worse["p95_met"]
    assert not worse["memory_met"]


def test_its_document_has_paragraphs_of_many_lengths():
    text = document_of(10_000, seed=7)
    assert 10_000 <= len(text) < 13_000
    lengths = {len(part) for part in text.split("\n\n")}
    assert max(lengths) > 5 * min(lengths)
    assert text == document_of(10_000, seed=7)


@pytest.mark.slow
@pytest.mark.django_db
def test_it_asks_real_workers_alone_and_beside_a_document(monkeypatch, migrated_already):
    for name in ("EMBEDDER", "READ_HEAD", "WRITE_HEAD"):
        monkeypatch.setenv(name, "scripted")
    monkeypatch.setenv("SCRIPTED_DELAY", "0.3")
    out, err = io.StringIO(), io.StringIO()
    call_command(
        "bench", "ingest", "--facts", "200", "--characters", "4000", "--questions", "5", "--json",
        stdout=out, stderr=err,
    )  # fmt: skip
    report = json.loads(out.getvalue())
    assert report["passages"] > 2
    assert report["beside_ms"]["questions"] >= 2
    assert 0 < report["alone_ms"]["p50"] <= report["alone_ms"]["p95"]
    assert report["worker_mb"]["most"] >= report["worker_mb"]["end"] > 10
    assert "the document is being read" in err.getvalue()
    shown = ingest.table(report)
    assert "while a document is read" in shown
    assert "Memory of the worker that reads" in shown
