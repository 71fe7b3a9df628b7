"""What answers say of webhooks, the log, exports, imports, explicit memory and models."""

from __future__ import annotations

from typing import Any, Final

from apps.api.examples.calls import NOTE
from apps.api.examples.everywhere import DONE, STATEMENT

_MEMORY_ON: Final[dict[str, Any]] = {
    "bases": [{"name": "smollm2", "title": "SmolLM2-135M"}],
    "adapters": [{"name": "read-laptop", "title": "read-laptop (SmolLM2-135M)"}],
}

SERVICE: Final[dict[str, dict[str, Any]]] = {
    "WebhookOut": {
        "id": 3,
        "name": "the archive's mirror",
        "address": "https://archive.example.org/hooks/memweb",
        "kinds": ["fact.accepted", "fact.retracted"],
        "is_on": True,
        "standing": "on",
        "failing_since": None,
        "ended_at": None,
        "old_secret_until": None,
    },
    "WebhookSecretOut": {"secret": "whsec_bGluZGVuYXUtYWRhLWJyb29rLWF0bGFz"},
    "DeliveryOut": {},
    "DeliveryDetailOut": {
        "body": '{"type":"fact.accepted","timestamp":"2026-11-27T12:00:00Z",'
        '"data":{"space":"atlas","triple":88}}'
    },
    "AttemptOut": {"status": 204, "answer": ""},
    "CheckpointOut": {
        "id": 12,
        "size": 776,
        "root": "thKeLXYuU3TIyRUK3AXM7WcgdvJB/oFfMyrWox8OFQY=",
        "note": NOTE,
    },
    "ComparedOut": {
        "verdict": "older",
        "holds": True,
        "sentence": "The log begins with what this checkpoint stands for; 24 events came after it.",
        "behind": 24,
        "size": 800,
        "root": "thKeLXYuU3TIyRUK3AXM7WcgdvJB/oFfMyrWox8OFQY=",
        "proof": ["Zm91ciBldmVudHMgYW5kIHRoZWlyIGhhc2hlcywgaGU="],
    },
    "AskedOut": {"asked": True},
    "VerificationOut": {
        "id": 4,
        **DONE,
        "report": {
            "holds": True,
            "rows": 420,
            "findings": [],
            "sentence": "All holds: 776 events are as they were sealed, and 420 rows as they say.",
        },
    },
    "ExportOut": {"id": 5, **DONE, "scope": "space", "format": "jsonl", "size": 48211},
    "ExplicitOut": {
        "is_on": True,
        "base": "smollm2",
        "policy": "propose",
        "building": 1,
        "fresh": 38,
        "stale": 2,
        "failed": 0,
        "bytes": 8126464,
        **_MEMORY_ON,
    },
    "ExplicitMemoryOut": {
        "id": 14,
        "state": "fresh",
        "form": "memory",
        "maker": "smollm2",
        "bytes": 212992,
        "tokens": 48,
        "uses": 2.5,
    },
    "MemorisedFactOut": {"changed": False},
    "MemorisedSentenceOut": {"evidence": 93, "text": STATEMENT},
    "BuildOut": {"id": 3, **DONE, "by_clock": False, "made": 2, "failed": 0, "removed": 1}
    | {"asked_by": "alice"},
    "MoveOut": {
        "id": 9,
        "now": "memory",
        "to": "text",
        "state": "proposed",
        "saving": 2.5,
        "bytes": -212992,
        "made_at": None,
    },
    "WeighedOut": {"proposed": 1, "made": 0},
    "AdaptingOut": {"is_on": True},
    "ImportOut": {
        "id": 4,
        "filename": "graph.json",
        "system": "Graphiti",
        "facts": 2,
        "texts": 1,
        "columns": [],
        "cells": [],
        "first_texts": ["Ada Brook told me where she was born."],
    },
    "MetOut": {
        "key": "birthplace",
        "label": "birthplace",
        "count": 2,
        "relation": 4,
        "samples": ["Ada Brook | birthplace | Lindenau"],
    },
    "LeftOutOut": {"why": "edges whose nodes are missing", "count": 1},
    "ImportedDocumentOut": {"created": True, "queued": False, "candidates": 2},
    "ModelsOut": {"object": "list"},
    "ModelOut": {
        "id": "memweb/atlas",
        "object": "model",
        "created": 0,
        "owned_by": "memweb",
    },
}
SERVICE["DeliveryOut"] = {
    "id": 21,
    **DONE,
    "webhook": 3,
    "message": "msg_2f9c0e7b1d4a",
    "kind": "fact.accepted",
    "tries": 1,
    "until": "2026-11-28T14:00:00Z",
}
SERVICE["DeliveryDetailOut"] |= SERVICE["DeliveryOut"]
