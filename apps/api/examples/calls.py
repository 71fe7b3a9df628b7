"""What each call that takes fields may be called with. A file is told by its name."""

from __future__ import annotations

from typing import Any, Final

RELATION: Final[dict[str, Any]] = {
    "name": "apprentice of",
    "description": "From whom somebody learnt a trade.",
    "template": "{subject} was an apprentice of {object}.",
    "aliases": ["learnt from"],
    "subject_types": ["PER"],
    "object_types": ["PER"],
    "questions": ["Who taught {subject} the trade?"],
}
NOTE: Final = (
    "memweb.example.org/6f0e\n776\nthKeLXYuU3TIyRUK3AXM7WcgdvJB/oFfMyrWox8OFQY=\n\n"
    "— memweb.example.org/6f0e ES/oIJQ2iw31hFINmmDtFd4rMnMWuW8UDUmZKyS4FWRQ\n"
)
CHAT: Final[dict[str, Any]] = {
    "messages": [{"role": "user", "content": "Where was Ada Brook born?"}],
    "memory": {"speaker": "Ben Marsh", "tokens": 500},
}
CALLS: Final[dict[str, dict[str, Any]]] = {
    "Spaces_post": {
        "name": "Harbour archive",
        "description": "What the harbour's papers say.",
        "packs": ["people"],
    },
    "OneSpace_patch": {"description": "Births and deaths of the parish.", "question_days": 90},
    "Members_post": {"username": "bob", "role": "reviewer"},
    "Documents_post": {"text": "Ada Brook was born in Lindenau.", "title": "A life in Lindenau"},
    "Completions_post": CHAT,
    "AnyCompletions_post": {"model": "memweb/atlas", **CHAT},
    "Messages_post": {
        "session": "monday",
        "messages": [
            {
                "speaker": "Ben Marsh",
                "time": "2026-05-04T09:12:00+02:00",
                "text": "Where do you work now?",
            },
            {
                "speaker": "Ada Brook",
                "time": "2026-05-04T09:13:00+02:00",
                "text": "At Siemens, since last month.",
            },
        ],
    },
    "Context_post": {"message": "How is Ada Brook?", "speaker": "Ben Marsh", "tokens": 500},
    "CandidateHold_post": {"over": False},
    "Decide_post": {"action": "accept", "version": 1},
    "Batches_post": {
        "action": "reject",
        "candidates": [{"id": 142, "version": 1}, {"id": 143, "version": 2}],
        "reason": "not stated",
    },
    "RetractTriple_post": {"reason": "The register was misread."},
    "StillTrue_post": {"version": "5f1d9c3a7e20b486"},
    "Later_post": {"version": "5f1d9c3a7e20b486"},
    "Correct_post": {"object": "Halden", "valid_from": "2026-11-01"},
    "DueHold_post": {"over": False},
    "Reads_post": {"subject": "Ada Brook", "relation": "place of birth", "limit": 10},
    "Writes_post": {
        "triples": [
            {
                "subject": "Ada Brook",
                "relation": "place of birth",
                "object": "Lindenau",
                "subject_type": "PER",
                "object_type": "LOC",
                "evidence": "Ada Brook was born in Lindenau.",
                "source": "parish register",
            }
        ],
        "title": "Register of 1921",
    },
    "OneEntity_patch": {"type": "LOC", "description": "A village on the Saale."},
    "Aliases_post": {"name": "A. Brook"},
    "MergeEntity_post": {"target": 31, "dry_run": True},
    "SplitEntity_post": {
        "name": "Ada Brook (singer)",
        "type": "PER",
        "description": "Her niece.",
        "facts": [88],
    },
    "Relations_post": RELATION,
    "OneRelation_patch": {"aliases": ["birthplace"], "single_valued": True},
    "AcceptRelationProposal_post": {**RELATION, "name": "taught by"},
    "UseRelationForProposal_post": {"relation": 4},
    "DeclineRelationProposal_post": {"reason": "Nobody else asks for it."},
    "Questions_post": {"text": "Where was Ada Brook born?"},
    "AskAbout_post": {"entity": 33},
    "Meant_post": {"number": 1},
    "Marks_post": {"expected": "Halden", "citation": 88},
    "Gaps_post": {"subject": "Ada Brook", "object": "Halden", "relation": 4},
    "Misread_post": {
        "corrections": [{"number": 0, "path": "target", "relation": 4, "known": "subject"}]
    },
    "AskAsMeant_post": {"entity": "Ada Brook", "relation": 4, "known": "subject"},
    "Withdrawals_post": {
        "source": "document:17",
        "reason": "The register turned out to be a copy.",
        "seen_at": "2026-11-27T12:00:00Z",
    },
    "Webhooks_post": {
        "name": "the archive's mirror",
        "address": "https://archive.example.org/hooks/memweb",
        "kinds": ["fact.accepted", "fact.retracted"],
    },
    "OneWebhook_patch": {"kinds": ["fact.accepted"], "is_on": True},
    "CompareCheckpoint_post": {"note": NOTE},
    "Exports_post": {"scope": "space", "format": "jsonl"},
    "Benchmarks_post": {
        "file": "births.json",
        "name": "Births",
        "kind": "questions",
        "licence": "CC0-1.0",
    },
    "DrawBenchmark_post": {
        "source": "memory",
        "size": 100,
        "seed": 1,
        "kinds": ["single", "yes", "no"],
        "dry_run": True,
    },
    "Baseline_put": {"run": 7},
    "Schedules_post": {"when": "decisions", "every": 50, "mode": "memory", "measure": "right"},
    "RunTraining_post": {"benchmark": 5},
    "OneHead_patch": {"least": 40},
    "WouldFlips_post": {"backend": "causal", "base": "smollm2"},
    "RunHead_post": {"benchmark": 5, "least": 40},
    "Explicit_patch": {"policy": "propose"},
    "Adapting_put": {"is_on": False},
    "Imports_post": {"file": "graph.json"},
    "ImportColumns_post": {"subject": 0, "object": 1, "one_relation": "born in"},
    "CommitImport_post": {"relations": {"birthplace": 4}, "texts": True},
    "Runs_post": {
        "benchmark": 5,
        "mode": "memory",
        "note": "before the new relations",
        "beside": True,
    },
}
