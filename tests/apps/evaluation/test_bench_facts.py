"""``bench facts``: its facts are such as memweb makes, and its figures are told."""

from __future__ import annotations

import pytest

from apps.curation.models import Candidate
from apps.evaluation.bench import facts
from apps.evaluation.bench.facts import run, table
from apps.evaluation.bench.made_up_facts import make_facts
from apps.evaluation.bench.used import in_own_process, own_megabytes
from apps.evaluation.measuring.errors import EvaluationError
from apps.memory.models import Evidence, Triple
from apps.provenance.services.document_erasure import document_erase
from apps.provenance.services.replay import ALL, verify
from apps.provenance.services.sequencer import seal
from apps.sources.models import Passage


@pytest.mark.django_db(transaction=True)
def test_the_facts_that_it_makes_hold_and_are_erased():
    document = make_facts(250)
    for evidence in Evidence.objects.select_related("triple__subject", "triple__object"):
        said = (
            (evidence.sentence_start, evidence.subject_end),
            (evidence.object_start, evidence.object_end),
        )
        names = [document.text[start:end] for start, end in said]
        assert names == [evidence.triple.subject.name, evidence.triple.object.name]
    seal()
    report = verify(ALL)
    assert report.holds, [one.sentence for one in report.findings[:3]]
    erased = document_erase(
        document=document, actor=document.added_by, reason="measured", retract=True
    )
    assert len(erased.retracted) == 250
    assert not Passage.objects.exclude(text="").exists()
    assert not Candidate.objects.exclude(subject_text="(erased)").exists()
    assert not Triple.objects.filter(status="active").exists()
    seal()
    assert verify(ALL).holds


def test_its_memory_is_its_own_and_not_that_of_its_parent():
    held = bytearray(b"x" * 200_000_000)
    own = in_own_process(own_megabytes)
    assert own_megabytes() > len(held) / 2**20
    assert own < own_megabytes() - 50


def test_a_format_that_there_is_not_is_refused():
    with pytest.raises(EvaluationError, match="'excel' is none of bundle, jsonl"):
        run({"facts": 100, "formats": "csv,excel"}, lambda line: None)


def test_its_table_says_what_each_step_took(monkeypatch):
    class Server:
        def __enter__(self):
            return self

        def __exit__(self, *error):
            return None

    alone = iter(
        [(3.0, 310.0, "189 MB"), (1.0, 99.0, ""), (2.0, 98.0, "5 changes"), (1.0, 90.0, "")]
    )
    monkeypatch.setattr(facts, "own_postgres", Server)
    monkeypatch.setattr(facts, "server_seconds", lambda server: 1.0)
    monkeypatch.setattr(facts, "make_facts", lambda count: None)
    monkeypatch.setattr(facts.sequencer, "seal", lambda: 0)
    monkeypatch.setattr(facts, "in_own_process", lambda *arguments: next(alone))
    report = run({"facts": 100, "formats": "json-ld"}, lambda line: None)
    assert [step["megabytes"] for step in report["steps"]] == [
        None, None, 310.0, 99.0, 98.0, None, 90.0,
    ]  # fmt: skip
    assert not report["memory_met"]
    said = table(report)
    assert "exported as json-ld" in said
    assert "in at most 300 MB: missed" in said
