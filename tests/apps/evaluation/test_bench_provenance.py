"""``bench provenance``: half of the decisions are in the log, and all figures are told."""

from __future__ import annotations

import pytest
from django.db import connection

from apps.audit.models import Event, RowChange
from apps.curation.models import Decision
from apps.evaluation.bench import provenance
from apps.evaluation.bench.options import machine

pytestmark = pytest.mark.django_db(transaction=True)


def test_every_other_block_of_decisions_leaves_events_and_changes() -> None:
    found = provenance._decisions(2 * provenance.BLOCK)
    assert Decision.objects.count() == 2 * provenance.BLOCK
    assert Event.objects.filter(action="candidate.accepted").count() == provenance.BLOCK
    kept = RowChange.objects.filter(table="curation_decision")
    assert kept.count() == provenance.BLOCK
    assert found["decision_ratio"] > 0
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_trigger WHERE tgname LIKE 'audit_%' AND tgenabled <> 'O'"
        )
        assert cursor.fetchone() == (0,)


def test_what_is_sealed_is_proved_and_told() -> None:
    found = provenance._sealing(1_000)
    assert found["events"] >= 1_000
    assert 10 <= found["proof_hashes"] <= 21
    decisions = {
        "decision_ms": {"with": 12.0, "without": 10.0},
        "decision_ratio": 1.2,
        "decision_met": False,
    }
    told = provenance.table({"machine": machine() | {"load_before": 0.1}} | decisions | found)
    assert "1.20 (12.0 and 10.0 ms)" in told
    assert "missed" in told
