"""What fields of answers say in whatever shape they stand, and what several shapes say."""

from __future__ import annotations

from typing import Any, Final

SHA256: Final = "9f2c4f7c1b8e0a5d3c6b7a8f9e0d1c2b3a4f5e6d7c8b9a0f1e2d3c4b5a697887"
STATEMENT: Final = "Ada Brook was born in Lindenau."
LATER: Final = "2026-11-27T12:00:04Z"
ADA: Final = {"id": 31, "name": "Ada Brook", "type": "PER"}
LINDENAU: Final = {"id": 32, "name": "Lindenau", "type": "LOC"}
BORN: Final = {"id": 4, "name": "place of birth"}
CALL: Final = "({MEM_READ(Ada Brook>>place of birth>>)--> Lindenau})"
HEAD_VERSION: Final = "fc6c324f0c62"
DONE: Final[dict[str, Any]] = {
    "state": "done",
    "error": "",
    "started_at": "2026-11-27T12:00:01Z",
    "finished_at": LATER,
}
FACT: Final[dict[str, Any]] = {
    "status": "active",
    "valid_from": None,
    "valid_to": None,
    "retracted_at": None,
    "superseded_by": None,
}
STEP: Final[dict[str, Any]] = {
    "form": "which",
    "target": {
        "set": "reached",
        "of": {"set": "thing", "name": "Ada Brook", "entities": [ADA], "spans": [[10, 19]]},
        "options": [{"id": "4", "name": "place of birth", "known": "subject", "score": 3.5}],
        "every": False,
        "spans": [[20, 24]],
    },
    "among": None,
    "time": None,
    "text": "Where was Ada Brook born?",
}
RUN_FIGURES: Final[dict[str, Any]] = {
    "n": 100,
    "right": 86,
    "partly": 2,
    "wrong": 3,
    "abstained": 9,
    "refused": 0,
    "diagnoses": {"missing": 7},
    "shares": {"right": {"value": 0.86, "interval": [0.79, 0.92], "n": 100}},
    "latency_ms": {"p50": 41.0, "p95": 120.0},
}

# What a field says in every shape that has no word of its own for it.
BY_NAME: Final[dict[str, Any]] = {
    "subject": ADA,
    "relation": BORN,
    "object": LINDENAU,
    "statement": STATEMENT,
    "sentence": STATEMENT,
    "name": "Ada Brook",
    "title": "A life in Lindenau",
    "filename": "brook.txt",
    "document": 17,
    "passage": 61,
    "candidate": 142,
    "triple": 88,
    "question": 58,
    "conversation": "support-17",
    "session": "monday",
    "speaker": "Ada Brook",
    "benchmark": 5,
    "version": 1,
    "head": "encoder",
    "head_version": HEAD_VERSION,
    "by": "bob",
    "added_by": "alice",
    "approved_by": "bob",
    "asked_by": "carol",
    "requested_by": "alice",
    "made_by": "alice",
    "proposed_by": "carol",
    "started_by": "alice",
    "created_by": "dave",
    "holder": "bob",
    "username": "bob",
    "roles": ["reviewer", "asker"],
    "slug": "atlas",
    "reason": "",
    "description": "",
    "error": "",
    "sha256": SHA256,
    "by_self": True,
    "truncated": False,
    "seconds": 0.21,
    "score": 0.91,
    "until": "2026-11-27T12:05:00Z",
    "adapter": "",
    "trouble": "",
    "licence": "CC0-1.0",
    "mode": "memory",
}
