"""As many questions about a memory as are wanted, their kinds in turn."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from apps.accounts.models import Space
from apps.curation.models import Decision
from apps.evaluation.services.benchmarks.cases import NewCase
from apps.evaluation.services.benchmarks.drawing.held import Held, names_of
from apps.evaluation.services.benchmarks.drawing.probes import Probe, Prober
from apps.memory.models import Evidence

FEWEST, MOST = 10, 2_000
# In the order of their turns: what can be of two kinds goes to the narrower one.
KINDS: Final[Mapping[str, str]] = {
    "single": "one right answer",
    "list": "several right answers",
    "inverse": "from the other side of a fact",
    "count": "how many there are",
    "yes": "whether a fact holds, and it does",
    "no": "whether a fact holds, and another one excludes it",
    "since": "since when a fact holds",
    "time": "what was so in a year",
    "as_of": "what was so on a day",
    "two_hops": "by way of another fact",
    "absent": "nothing is known: leaving it open is right",
    "near_absent": "nothing is known, but something like it is",
}
_TRIES: Final = 80  # in a row, before there are no more of a kind


def draw_from_memory(
    space: Space, *, size: int, seed: int, kinds: Iterable[str] | None = None
) -> list[NewCase]:
    """Return up to ``size`` questions about the facts of a space, of the kinds in turn.

    The same memory and seed give the same questions. There are fewer, or none, where the memory
    does not have so much to ask for. ``given`` says in ``wording`` whether a question is put in its
    relation's ``own`` words or in ones kept ``apart`` from training.
    """
    rng = random.Random(seed)
    prober = Prober(Held(space, rng), rng)
    wanted = set(KINDS if kinds is None else kinds)
    live = [kind for kind in KINDS if kind in wanted]
    found: dict[tuple[str, str], Probe] = {}
    while live and len(found) < size:
        for kind in list(live):
            probe = _new_one(prober, kind, found)
            if probe is None:
                live.remove(kind)
            elif len(found) < size:
                found[_what(probe)] = probe
    return _as_cases(space, list(found.values()))


def _new_one(prober: Prober, kind: str, found: Mapping[tuple[str, str], Probe]) -> Probe | None:
    for _ in range(_TRIES):
        probe = prober.make(kind)
        if probe is not None and _what(probe) not in found:
            return probe
    return None


def _what(probe: Probe) -> tuple[str, str]:
    return probe.text, probe.given.get("as_of", "")


def _as_cases(space: Space, probes: Sequence[Probe]) -> list[NewCase]:
    names = names_of(space, {one for probe in probes for one in probe.entities})
    sources = rests_on(space, [probe.facts for probe in probes])
    numbers: Counter[str] = Counter()
    cases = []
    for probe, source in zip(probes, sources, strict=True):
        numbers[probe.kind] += 1
        values = [list(probe.values)] if probe.values else []
        cases.append(
            NewCase(
                key=f"{probe.kind}-{numbers[probe.kind]}",
                kind=probe.kind,
                text=probe.text,
                given={**probe.given, "wording": probe.source},
                expected=[*(names[one] for one in probe.entities), *values],
                relation=probe.relation,
                rests_on=source,
            )
        )
    return cases


def rests_on(space: Space, groups: Sequence[Iterable[int]]) -> list[dict[str, Any]]:
    """Return for each group of triples their numbers, their documents' and their approvers'."""
    wanted = {pk for group in groups for pk in group}
    documents: dict[int, set[int]] = {}
    people: dict[int, set[int]] = {}
    evidence = Evidence.objects.filter(space=space, triple__in=wanted, retracted_at=None)
    for pk, document, person in evidence.values_list(
        "triple_id", "passage__document_id", "approved_by_id"
    ):
        documents.setdefault(pk, set()).add(document)
        people.setdefault(pk, set()).add(person)
    decisions = Decision.objects.filter(triple__in=wanted, undone_at=None)
    for pk, person in decisions.values_list("triple_id", "actor_id"):
        people.setdefault(pk, set()).add(person)
    return [_numbers(sorted(group), documents, people) for group in groups]


def _numbers(
    triples: list[int], documents: Mapping[int, set[int]], people: Mapping[int, set[int]]
) -> dict[str, Any]:
    return {
        "triples": triples,
        "documents": sorted({one for pk in triples for one in documents.get(pk, ())}),
        "people": sorted({one for pk in triples for one in people.get(pk, ())}),
    }
