"""What answers say of benchmarks, runs, trainings and heads."""

from __future__ import annotations

from typing import Any, Final

from apps.api.examples.everywhere import DONE, RUN_FIGURES

_MEMORY_ON: Final[dict[str, Any]] = {
    "bases": [{"name": "smollm2", "title": "SmolLM2-135M"}],
    "adapters": [{"name": "read-laptop", "title": "read-laptop (SmolLM2-135M)"}],
}
_CONFIDENT: Final = "This head has 49 decisions; at least 50 are needed."

EVALUATION: Final[dict[str, dict[str, Any]]] = {
    "BenchmarkOut": {
        "id": 5,
        "name": "Births",
        "kind": "questions",
        "description": "Where people of the parish were born.",
        "versions": [1, 2],
        "baseline": 7,
        "archived_at": None,
    },
    "PreviewOut": {
        "kept": True,
        "cases": 100,
        "unknown": [],
        "retired": [],
        "language": "",
        "left_out": 0,
    },
    "CaseOut": {
        "number": 1,
        "key": "births-1",
        "kind": "single",
        "relation": "place of birth",
        "text": "Where was Ada Brook born?",
        "given": {},
        "expected": ["Lindenau"],
    },
    "VersionOut": {
        "number": 1,
        "origin": "file",
        "size": 100,
        "erased": 0,
        "filename": "births.json",
    },
    "ScheduleOut": {
        "id": 2,
        "when": "decisions",
        "every": 50,
        "measure": "right",
        "last_run": 7,
        "alerted_at": None,
        "seen_at": None,
    },
    "SampleOut": {
        "slug": "sample_documents",
        "name": "Three short documents",
        "kind": "documents",
        "description": "A letter, a notice and minutes, with what they state and what only seems "
        "to be.",
    },
    "ComparisonOut": {"base": 7, "is_baseline": True},
    "AgainstBaseOut": {
        "run": 8,
        "shared": 100,
        "left_out": 0,
        "only_base_right": 1,
        "only_run_right": 9,
        "erased": 0,
    },
    "OtherWeightsOut": {
        "part": "relations.json",
        "before": "917e5c169ee38d282314574763a82eb985d1a326325252a986986fcb09505eab",
        "after": "a13879c8de3ad57e50f79b9ea7827ae0253ed547c2461603f14c56fb4ac0f158",
    },
    "RetiredOut": {"relation": "place of birth", "cases": 12},
    "DifferenceOut": {
        "name": "right",
        "label": "Right",
        "before": 0.78,
        "after": 0.86,
        "change": 0.08,
        "low": 0.02,
        "high": 0.14,
        "p": 0.021,
        "sure": True,
    },
    "FlipsOut": {"count": 10},
    "FlipOut": {
        "number": 1,
        "other_number": 1,
        "kind": "single",
        "text": "Where was Ada Brook born?",
        "before": "abstained",
        "after": "right",
    },
    "MaterialOut": {
        "head": "Built-in",
        "decisions": 49,
        "right": 41,
        "documents": 3,
        "trouble": _CONFIDENT,
        "on": None,
        "on_trouble": "",
    },
    "TrainingOut": {
        "id": 6,
        **DONE,
        "backend": "encoder",
        "done": 41,
        "total": 41,
        "counts": {"first": 12, "last": 203, "used": 140, "kept_out": 35, "right": 131},
        "figures": {"before": {"n": 35, "right": 25}, "after": {"n": 35, "right": 29}},
        "is_on": False,
        "switched_at": None,
    },
    "RunOut": {
        "id": 7,
        **DONE,
        "note": "before the new relations",
        "done": 100,
        "total": 100,
        "figures": RUN_FIGURES,
    },
    "HeadOut": {
        "side": "write",
        "backend": "site",
        "base": "",
        "least": 40,
        "cut": True,
        "default": "Built-in",
        "backends": [{"name": "encoder", "title": "Built-in"}],
        **_MEMORY_ON,
    },
    "WouldFlipOut": {
        "name": "Births",
        "baseline": 7,
        "run": 8,
        "state": "done",
        "lost": 1,
        "won": 9,
        "changed": 11,
        "shared": 100,
        "reweighed": False,
    },
    "ResultOut": {"case": 1, "outcome": "right", "diagnosis": ""},
}
