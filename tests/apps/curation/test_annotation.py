"""Candidates go to annotation tools, and what was annotated comes back as candidates."""

from __future__ import annotations

import json

import pytest
from django.core.management import call_command

from apps.audit.models import Event
from apps.curation.models import Candidate
from apps.curation.services.annotation import ARGILLA, LABEL_STUDIO, annotation_export, labelling
from apps.sources import foreign
from tests import factories


@pytest.fixture
def candidate(space, alice):
    document = factories.make_document(space, alice, title="Notes")
    return factories.make_candidate(document, alice)


def marked(candidate) -> set[tuple[str, str]]:
    return {(candidate.subject_text, candidate.object_text)}


def test_it_makes_tasks_whose_spans_hold_the_names(candidate, space, alice):
    (task,) = annotation_export(space=space, actor=alice, format=LABEL_STUDIO)
    *regions, relation = task["predictions"][0]["result"]
    for region in regions:
        value = region["value"]
        assert task["data"]["text"][value["start"] : value["end"]] == value["text"]
    assert relation["labels"] == [candidate.relation.name]
    assert Event.objects.get(action="candidate.exported").payload["candidates"] == 1
    assert f'<Relation value="{candidate.relation.name}" />' in labelling(space)


def test_it_reads_annotations_back_and_no_predictions(candidate, space, alice):
    (task,) = annotation_export(space=space, actor=alice, format=LABEL_STUDIO)
    unseen = foreign.read(json.dumps([task]).encode())
    assert (unseen.facts, unseen.left_out.total()) == ([], 1)
    result = task["predictions"][0]["result"]
    task["annotations"] = [{"result": result}, {"result": result, "was_cancelled": True}]
    found = foreign.read(json.dumps([task]).encode())
    assert {(row.subject, row.object) for row in found.facts} == marked(candidate)
    assert (found.facts[0].relation, found.facts[0].source) == (candidate.relation.name, "Notes")
    assert candidate.subject_text in found.facts[0].evidence


def test_it_reads_responses_back_and_no_suggestions(candidate, space, alice):
    (record,) = annotation_export(space=space, actor=alice, format=ARGILLA)
    assert foreign.read(json.dumps([record]).encode()).facts == []
    record["responses"] = {
        name: [{"value": given["value"], "user_id": "u"}]
        for name, given in record["suggestions"].items()
    }
    found = foreign.read(json.dumps([record]).encode())
    assert {(row.subject, row.object) for row in found.facts} == marked(candidate)


def test_it_takes_offsets_as_browsers_count_them_and_refuses_wrong_ones():
    def task(shift: int) -> bytes:
        names = (("a", 2, "Ada"), ("b", 6 + shift, "Bo"))
        result = [
            {"id": key, "value": {"start": at + 1, "end": at + 1 + len(name), "text": name}}
            for key, at, name in names
        ]
        result.append({"type": "relation", "from_id": "a", "to_id": "b", "labels": ["knows"]})
        return json.dumps(
            [{"data": {"text": "😀 Ada Bo"}, "annotations": [{"result": result}]}]
        ).encode()

    assert [row.object for row in foreign.read(task(0)).facts] == ["Bo"]
    wrong = foreign.read(task(99))
    assert (wrong.facts, wrong.left_out.total()) == ([], 1)


def test_its_command_writes_a_file(candidate, tmp_path, space):
    out = tmp_path / "tasks.json"
    call_command("export_annotations", space="atlas", out=out, labelling=tmp_path / "l.xml")
    assert len(json.loads(out.read_text())) == 1
    assert Candidate.objects.count() == 1
