"""``manage.py bench memory``: the product's memory beside one in RAM, small."""

from __future__ import annotations

import io
import json

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from apps.accounts.models import Space
from apps.evaluation.bench import memory as bench_memory
from apps.evaluation.bench.memory_report import latency
from apps.evaluation.bench.ram_memory import RamMemory

LINES = [
    ("Ada Brook", "place of birth", "Lindenau"),
    ("Ada Brook", "employer", "Guild"),
    ("Ben Brook", "place of birth", "Lindenau"),
    ("Ada Brook", "place of birth", "Lindenau"),
]


def test_a_memory_in_ram_reads_by_ids_by_equal_and_by_near_names():
    memory = RamMemory("scripted")
    assert memory.load(LINES) == 3
    assert memory.load([("Institute of Botany", "founded by", "Ada Brook")]) == 4
    ada, born = memory.ids("Ada Brook", "place of birth")
    (lindenau,) = memory.read_ids(ada, born)
    assert memory.read("Ada Brook", "place of birth") == [lindenau]
    assert memory.read("Institute of Botanys", "founded by") == [ada]
    assert memory.read("Somebody Else", "place of birth") == []
    assert memory.nearest("Institute of Botanics") == "Institute of Botany"
    assert memory.ids("Nobody", "employer") is None


@pytest.mark.slow
@pytest.mark.django_db
def test_it_sets_both_memories_side_by_side_and_kills_them(space, monkeypatch, migrated_already):
    monkeypatch.setattr(bench_memory, "NEAR", 5)
    monkeypatch.setattr(bench_memory, "EMBEDDED_LIVE", 100)
    before = connection.settings_dict["NAME"], Space.objects.count()
    out, err = io.StringIO(), io.StringIO()
    call_command(
        "bench", "memory", "--facts", "1000", "--reads", "5", "--json", stdout=out, stderr=err
    )
    report = json.loads(out.getvalue())
    assert 900 < report["facts"] <= 1000
    assert set(report["reads_ms"]) == {
        "memweb by id", "memweb by name", "ram by id", "ram by name",
    }  # fmt: skip
    for kind in report["reads_ms"].values():
        assert 0 < kind["p50"] <= kind["p95"] <= kind["slowest"]
    assert all(figure > 0 for figure in report["load"].values())
    assert report["near"]["names"] == 5
    assert report["near"]["memweb ef 200"]["found"] == 5
    assert report["megabytes"]["memweb"] > 10
    assert report["kept_after_kill"] == {"memweb": report["writes"], "ram": 0}
    shown = bench_memory.table(report)
    assert "exact read by name, p95 ms" in shown
    assert "memweb ef 100" in shown
    assert "facts loaded in" in err.getvalue()
    # The product's own database was not touched.
    assert (connection.settings_dict["NAME"], Space.objects.count()) == before


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("options", "why"),
    [
        (["--facts", "999"], "between 1,000 and 2,000,000 facts, not 999"),
        (["--facts", "many"], "'many' is no number of facts"),
        (["--embedder", "crystal"], "crystal"),
        (["--reads", "0"], "between 1 and 100,000 reads, not 0"),
    ],
)
def test_it_refuses_bad_options_in_plain_words(options, why):
    with pytest.raises(CommandError, match=why):
        call_command("bench", "memory", *options)


def test_it_says_what_it_needs(monkeypatch):
    monkeypatch.setattr(bench_memory.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(CommandError, match="needs faiss-cpu: run `make install-dev`"):
        call_command("bench", "memory")


def test_percentiles_are_by_nearest_rank():
    assert latency([3.0, 1.0, 2.0]) == {"mean": 2.0, "p50": 2.0, "p95": 3.0, "slowest": 3.0}
