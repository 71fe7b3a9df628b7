"""Where what made a case fail is put right: pages of the memory, of review and of relations."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from apps.curation.models import Candidate
from apps.evaluation.models import Result
from apps.memory.models import Relation, Triple

MOST_FACTS: Final = 5
LONGEST: Final = 80


@dataclass(frozen=True)
class Repair:
    """A page, by the name of its address, on which something can be put right."""

    label: str
    page: str
    number: int | None = None
    query: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Around:
    """What the memory has to do with a case: the facts that it was made from or that its diagnosis
    names, those that the answer cites, the candidates that the diagnosis names, its relation, and
    a word to look for it by."""

    needed: Sequence[Triple]
    cited: Sequence[Triple]
    proposed: Sequence[Candidate]
    relation: Relation | None
    word: str


def around(result: Result) -> Around:
    """Return what the memory has to do with the case of a result."""
    case, space = result.case, result.run.space_id
    named = [*case.rests_on.get("triples", ()), *result.answer.get("triples", ())]
    needed = _facts(space, dict.fromkeys(named))
    cited = _facts(space, result.answer.get("facts", ()))
    name = case.relation or next(_relations_of(case.expected), "")
    relation = Relation.objects.filter(space=space, name=name).defer("embedding").first()
    word = needed[0].subject.name if needed else next(_words_of(case.expected), "")
    proposed = _candidates(space, result.answer.get("candidates", ()))
    return Around(needed, cited, proposed, relation, word[:LONGEST])


def repairs_of(result: Result) -> list[Repair]:
    """Return where a case can be repaired, the likeliest page first; nothing for one that is
    right. Which of these a person may open is for the caller to say."""
    if result.outcome == Result.Outcome.RIGHT:
        return []
    found = around(result)
    all_of_them = _BY_DIAGNOSIS.get(result.diagnosis, _any)(found)
    return list({(one.page, one.number): one for one in reversed([*all_of_them])}.values())[::-1]


def _facts(space: int, numbers: Any) -> list[Triple]:
    wanted = [one for one in numbers if isinstance(one, int)][:MOST_FACTS]
    rows = Triple.objects.filter(space=space, pk__in=wanted)
    rows = rows.select_related("subject", "relation", "object")
    return list(rows.defer("subject__embedding", "relation__embedding", "object__embedding"))


def _candidates(space: int, numbers: Any) -> list[Candidate]:
    wanted = [one for one in numbers if isinstance(one, int)][:MOST_FACTS]
    rows = Candidate.objects.filter(space=space, pk__in=wanted).select_related("relation")
    return list(rows.defer("relation__embedding"))


def _relations_of(expected: Sequence[Any]) -> Iterator[str]:
    yield from (str(one.get("relation", "")) for one in expected if isinstance(one, dict))


def _words_of(expected: Sequence[Any]) -> Iterator[str]:
    for one in expected:
        if isinstance(one, dict):
            yield str(one.get("subject", ""))
        elif isinstance(one, list) and one:
            yield str(one[0])


def _misread(found: Around) -> Iterator[Repair]:
    if found.relation:
        yield Repair(
            f"Example questions of “{found.relation.name}”",
            "memory:relation-edit",
            found.relation.pk,
        )
    for fact in found.needed:
        yield Repair(f"Other names of {fact.subject.name}", "memory:entity", fact.subject_id)
    yield from _facts_of(found.needed, "Fact that answers it")
    yield _search(found)


def _wrong_fact(found: Around) -> Iterator[Repair]:
    yield from _facts_of(found.cited, "Fact that was cited")
    yield from _facts_of(found.needed, "Fact that answers it")
    yield _search(found)


def _missing(found: Around) -> Iterator[Repair]:
    yield _search(found)
    yield Repair("Add a document that says it", "sources:document-add")
    yield _queue(found, "", "What waits for review")


def _waiting(found: Around) -> Iterator[Repair]:
    yield from _candidates_of(found, "Waits for review")
    yield _queue(found, "", "What waits for review")
    yield _search(found)


def _rejected(found: Around) -> Iterator[Repair]:
    yield from _candidates_of(found, "Was rejected")
    yield _queue(found, "rejected", "What was rejected")
    yield _search(found)


def _none(found: Around) -> Iterator[Repair]:
    yield from ()  # no page of the space makes a head quicker


def _any(found: Around) -> Iterator[Repair]:
    yield from _facts_of(found.cited, "Fact that was cited")
    yield from _misread(found)


def _facts_of(facts: Sequence[Triple], what: str) -> Iterator[Repair]:
    for fact in facts:
        said = f"{fact.subject} · {fact.relation} · {fact.object}"
        yield Repair(f"{what}: {said}", "facts:triple", fact.pk)


def _candidates_of(found: Around, what: str) -> Iterator[Repair]:
    for one in found.proposed:
        said = f"{one.subject_text} · {one.relation} · {one.object_text}"
        yield Repair(f"{what}: {said}", "curation:candidate-detail", one.pk)


def _search(found: Around) -> Repair:
    return Repair("Search the memory", "memory:search", query=_query(q=found.word))


def _queue(found: Around, state: str, label: str) -> Repair:
    return Repair(label, "curation:candidate-list", query=_query(q=found.word, state=state))


def _query(**given: str) -> dict[str, str]:
    return {name: value for name, value in given.items() if value}


_BY_DIAGNOSIS: Final[dict[str, Callable[[Around], Iterator[Repair]]]] = {
    "misread": _misread,
    "wrong-fact": _wrong_fact,
    "missing": _missing,
    "waiting": _waiting,
    "rejected": _rejected,
    "outdated": _wrong_fact,
    "too-long": _none,
}
