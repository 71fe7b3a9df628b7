"""What an event records reads like sentences and labelled values, never like a program's data."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import transaction
from django.urls import reverse

from apps.audit.actions import ACTIONS
from apps.audit.models import Event
from apps.audit.services import record
from apps.curation.services import (
    batch_undo,
    candidate_accept,
    candidate_edit,
    candidate_reject,
    candidates_decide_batch,
    decision_undo,
)
from apps.memory.models import Relation
from apps.provenance.details import Line, details_of
from tests import factories

PYTHON = re.compile(r"\{'|\[\d|\['|\bNone\b|\bTrue\b|\bFalse\b|\{&#x27;|_id\b")
FACT = {
    "subject": {"id": 1, "name": "Ada Brook"},
    "relation": {"id": 2, "name": "place of birth"},
    "object": {"id": 3, "name": "Lindenau"},
    "valid_from": "1992-01-01",
    "valid_to": None,
}
SAID: list[tuple[dict[str, Any], list[str]]] = [
    (FACT, ["Subject: Ada Brook", "Relation: place of birth", "Object: Lindenau",
            "Holds from: 1 January 1992"]),
    ({"changed": {"name": ["Ada", "Ada Brook"], "single_valued": [False, True],
                  "inverse": [None, "x"]}},
     ["Name: Ada -> Ada Brook", "One at a time: no -> yes", "Inverse: none -> x"]),
    ({"before": {"name": "A", "description": "", "self_review": True},
      "after": {"name": "A", "description": "All of it", "self_review": False}},
     ["Description: none -> All of it", "One reviewer may decide own proposals: yes -> no"]),
    ({"fact": ["Ada", "home", "Rome"], "before": {"object_text": "Roma", "valid_from": None}},
     ["Fact: Ada · home · Rome", "Object as proposed: Roma", "Holds from as proposed: none"]),
    ({"candidates": list(range(1, 16)), "document": 7, "origin": "correction"},
     [f"Candidates: {', '.join(f'candidate {n}' for n in range(1, 13))}, and 3 more",
      "Document: document 7", "Origin: correction"]),
    ({"moved": [1], "duplicates": {"4": 5}, "source": {"id": 1, "name": "Jon"}},
     ["Moved: fact 1", "Duplicates: fact 4", "Source: Jon"]),
    ({"evidence": 5, "passage": 9, "sentence": [0, 1200], "said": "Ada was born in Rome."},
     ["The source says: Ada was born in Rome.", "Sentence: characters 0 to 1,200",
      "Evidence: no. 5", "Passage: no. 9"]),
    ({"understood": {"entity": None, "relation": "home"}, "triples": [], "as_of": None},
     ["Understood: Relation: home"]),
    ({"bytes": 12345, "type": "PER", "own_proposal": True},
     ["Size: 12,345 bytes", "Type: person", "Own proposal of who decided: yes"]),
    ({"relations": [{"id": 1, "name": "home"}]}, ["Relations: Id: 1; Name: home"]),
]  # fmt: skip


def said(line: Line) -> str:
    after = ", ".join(piece.text for piece in line.after)
    return f"{line.label}: {line.before} -> {after}" if line.is_change else f"{line.label}: {after}"


@pytest.mark.parametrize(("payload", "lines"), SAID)
def test_it_says_a_payload_in_words(payload: dict[str, Any], lines: list[str]) -> None:
    assert [said(line) for line in details_of(payload, "atlas")] == lines


@pytest.mark.parametrize("odd", [None, 1, "x", [], [None], {}, {"a": [1, {"b": None}]}, True, 1.5])
@pytest.mark.parametrize("key", ["fact", "changed", "before", "triple", "subject", "valid_from"])
def test_it_says_any_value_under_any_key(key: str, odd: Any) -> None:
    for line in details_of({key: odd}, "atlas"):
        assert not PYTHON.search(said(line))


def test_it_shows_each_action_without_a_programs_data(space, alice, dave, sign_in):
    with transaction.atomic():
        for name, action in ACTIONS.items():
            for payload in (action.example(), factories.recorded(name)):
                record(space=space, actor=alice, action=name, payload=payload)
            for payload, _ in SAID:  # what is there of other versions
                said = {"payload": payload, "actor_label": "alice"}
                Event.objects.create(space=space, actor=alice, action=name, **said)
    daves = sign_in(dave)
    for action in ACTIONS:
        page = daves.get(f"/s/atlas/audit/?action={action}").content.decode()
        for shown in re.findall(r"<dl .*?</dl>", page, re.S):
            assert not PYTHON.search(re.sub(r"<[^>]+>", "", shown)), action


def test_it_opens_to_auditors_what_the_log_links_to(space, alice, bob, dave, sign_in):
    document = factories.make_document(space, alice)
    candidates = [
        factories.make_candidate(document, alice, relation=name)
        for name in ("home", "place of birth", "seat", "post")
    ]
    decision = candidate_accept(candidate=candidates[0], actor=bob)
    decision_undo(decision=decision, actor=bob)
    candidate_reject(candidate=candidates[1], actor=bob, reason="too vague")
    candidate_edit(candidate=candidates[2], actor=bob, changes={"valid_from": None})
    pairs = [(candidates[3].pk, candidates[3].version)]
    batch = candidates_decide_batch(space=space, actor=bob, candidates=pairs).batch
    batch_undo(batch=batch, actor=bob)
    with transaction.atomic():
        relation = Relation.objects.filter(space=space).first()
        payload = factories.recorded("relation.changed")
        record(
            space=space, actor=alice, action="relation.changed", subject=relation, payload=payload
        )

    daves = sign_in(dave)
    page = daves.get("/s/atlas/audit/").content.decode()
    links = set(re.findall(r'href="(/s/atlas/[^"?#]+)"', page[page.index("timeline") :]))
    assert reverse("curation:batch", args=["atlas", batch.pk]) in links
    assert reverse("memory:relation-edit", args=["atlas", relation.pk]) in links
    for link in links:
        answer = daves.get(link)
        assert answer.status_code == 200, link
    answer = daves.post(reverse("memory:relation-edit", args=["atlas", relation.pk]))
    assert answer.status_code == 403
