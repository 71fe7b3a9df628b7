"""Benchmarks, runs of heads on them, what is watched, and what was taken out of them."""

from __future__ import annotations

from typing import Final

from apps.audit.actions.schema import FIELDS, NUMBER, TEXT, Action, Key, content, optional

_BENCHMARK: Final[dict[str, Key]] = {"benchmark": NUMBER, "name": content(TEXT)}
_VERSION: Final[dict[str, Key]] = {**_BENCHMARK, "version": NUMBER}
_RUN: Final[dict[str, Key]] = {**_VERSION, "run": NUMBER, "mode": TEXT}
_OF: Final = "benchmark “{name}” (version {version}, {mode})"
_LEARNED: Final[dict[str, Key]] = {"weights": NUMBER, "backend": TEXT}

ACTIONS: Final = (
    Action(
        "benchmark.version_made",
        "made a version of a benchmark",
        "made version {version} of benchmark “{name}” with {cases:case|cases}, SHA-256 {sha256}",
        {**_VERSION, "origin": TEXT, "cases": NUMBER, "sha256": TEXT, "licence": content(TEXT)},
    ),
    Action(
        "benchmark.cases_erased",
        "erased cases of a benchmark",
        "erased {cases:case|cases} of version {version} of benchmark “{name}”, since they rested "
        "on {because}",
        {**_VERSION, "cases": NUMBER, "because": TEXT},
    ),
    Action("benchmark.archived", "archived a benchmark", "archived benchmark “{name}”", _BENCHMARK),
    Action("benchmark.restored", "restored a benchmark", "restored benchmark “{name}”", _BENCHMARK),
    Action(
        "benchmark.baseline_pinned",
        "pinned a run as the baseline",
        f"pinned run {{run}} as the baseline of {_OF}",
        _RUN,
    ),
    Action(
        "benchmark.baseline_unpinned",
        "took back a baseline",
        "took back the baseline of benchmark “{name}”",
        _BENCHMARK,
    ),
    Action(
        "benchmark.schedule_set",
        "set when a benchmark runs by itself",
        "set benchmark “{name}” to run {when}[ ({every})], in mode {mode}, watching {measure}",
        {**_BENCHMARK, "when": TEXT, "every": optional(NUMBER), "mode": TEXT, "measure": TEXT},
    ),
    Action(
        "benchmark.schedule_removed",
        "ended a schedule of a benchmark",
        "ended that benchmark “{name}” runs {when}",
        {**_BENCHMARK, "when": TEXT},
    ),
    Action(
        "run.requested",
        "asked for a run of a benchmark",
        f"asked for run {{run}} of {_OF}",
        {**_RUN, "why": TEXT, "setup": FIELDS, "events": NUMBER},
    ),
    Action(
        "run.finished",
        "finished a run of a benchmark",
        f"finished run {{run}} of {_OF}",
        {**_RUN, "made_of": FIELDS, "figures": FIELDS},
    ),
    Action(
        "run.failed",
        "failed in a run of a benchmark",
        f"failed in run {{run}} of {_OF}[: {{reason}}]",
        {**_RUN, "reason": content(TEXT)},
    ),
    Action(
        "run.cancelled", "cancelled a run of a benchmark", f"cancelled run {{run}} of {_OF}", _RUN
    ),
    Action(
        "run.retried",
        "asked for another try of a run",
        f"tried again run {{run}} of {_OF}",
        _RUN,
    ),
    Action(
        "run.answers_erased",
        "erased answers of a run",
        f"erased {{answers:answer|answers}} of run {{run}} of {_OF}, which had been read in "
        "{because}",
        {**_RUN, "answers": NUMBER, "because": TEXT},
    ),
    Action(
        "run.exported",
        "took a run's results out",
        f"took the results of run {{run}} of {_OF} out as {{format}}, SHA-256 {{sha256}}",
        {**_RUN, "format": TEXT, "bytes": NUMBER, "sha256": TEXT},
    ),
    Action(
        "run.export_requested",
        "asked for a file of a run's results",
        f"asked for the results of run {{run}} of {_OF} as {{format}}",
        {**_RUN, "format": TEXT},
    ),
    Action(
        "run.export_cancelled",
        "cancelled a file of a run's results",
        f"cancelled the file of run {{run}} of {_OF} as {{format}}",
        {**_RUN, "format": TEXT},
    ),
    Action(
        "run.export_failed",
        "could not write a run's results",
        f"could not write the results of run {{run}} of {_OF} as {{format}}: {{reason}}",
        {**_RUN, "format": TEXT, "reason": TEXT},
    ),
    Action(
        "run.export_downloaded",
        "downloaded a run's results",
        f"downloaded the results of run {{run}} of {_OF} as {{format}}, SHA-256 {{sha256}}",
        {**_RUN, "format": TEXT, "sha256": TEXT},
    ),
    Action(
        "run.export_removed",
        "removed a file of a run's results",
        f"removed the file of run {{run}} of {_OF} as {{format}}, since {{reason}}",
        {**_RUN, "format": TEXT, "reason": TEXT},
    ),
    Action(
        "run.fell",
        "found that a measure fell",
        f"found {{measure}} fallen from {{before}} to {{after}} in run {{run}} of {_OF}",
        {**_RUN, "measure": TEXT, "before": TEXT, "after": TEXT, "baseline": NUMBER},
    ),
    Action(
        "run.fall_seen",
        "saw that a measure fell",
        f"saw that {{measure}} had fallen in run {{run}} of {_OF}",
        {**_RUN, "measure": TEXT},
    ),
    Action(
        "learning.started",
        "started to learn from decisions",
        "started training {weights} of the {backend} head on decisions of reviewers",
        {**_LEARNED, "counts": FIELDS, "base": FIELDS},
    ),
    Action(
        "learning.finished",
        "finished learning from decisions",
        "finished training {weights} of the {backend} head, SHA-256 {sha256}",
        {**_LEARNED, "counts": FIELDS, "sha256": TEXT},
    ),
    Action(
        "learning.failed",
        "failed to learn from decisions",
        "failed in training {weights} of the {backend} head[: {reason}]",
        {**_LEARNED, "reason": content(TEXT)},
    ),
    Action(
        "learning.cancelled",
        "cancelled learning from decisions",
        "cancelled training {weights} of the {backend} head",
        _LEARNED,
    ),
    Action(
        "learning.retried",
        "went on with learning from decisions",
        "went on with training {weights} of the {backend} head",
        _LEARNED,
    ),
    Action(
        "learning.switched_on",
        "switched learned weights on",
        "let the {backend} head propose by what training {weights} learned, SHA-256 {sha256}",
        {**_LEARNED, "sha256": TEXT},
    ),
    Action(
        "learning.switched_back",
        "switched learned weights back",
        "took back what training {weights} learned, SHA-256 {sha256}[, for training {to}]",
        {**_LEARNED, "sha256": TEXT, "to": optional(NUMBER)},
    ),
)
