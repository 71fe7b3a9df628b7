"""What a read head is believed: only what the memory itself answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from apps.asking.services.errors import AnswerRefused
from worker.interfaces import KeepsReferences, LooksAround, Memory
from worker.references import KeptReference, Shelf
from worker.sentences import marks, unexplained_marks
from worker.types import (
    EntityRef,
    Fact,
    MemoryQuery,
    ReadResult,
    RelationSpec,
    Side,
    TracedAnswer,
)

NO_SHELF = "Explicit memories are not to be had here."


class RecordedMemory:
    """A memory (``worker.interfaces.Memory``) that remembers what it answered."""

    def __init__(self, memory: Memory, shelf: KeepsReferences | None = None) -> None:
        self._memory, self._shelf = memory, shelf
        self.results: list[ReadResult] = []
        self.offered: list[KeptReference] = []

    def find_entities(self, text: str) -> list[tuple[int, int, EntityRef]]:
        return self._memory.find_entities(text)

    def relations(self) -> Sequence[RelationSpec]:
        return self._memory.relations()

    def read(self, query: MemoryQuery) -> ReadResult:
        result = self._memory.read(query)
        self.results.append(result)
        return result

    def around(
        self, entities: Sequence[str], steps: Sequence[tuple[str, Side]], each: int
    ) -> Sequence[Fact]:
        """Return what stands around things, to find readings by; no answer may cite it."""
        if not isinstance(self._memory, LooksAround):
            return ()
        return self._memory.around(entities, steps, each)

    def whole(self, relations: Sequence[str], each: int) -> Sequence[Fact]:
        """Return all facts of relations, to find readings by; no answer may cite them."""
        if not isinstance(self._memory, LooksAround):
            return ()
        return self._memory.whole(relations, each)

    def shelf(self, stretches: Sequence[str], made_by: Mapping[str, str], each: int) -> Shelf:
        """Return the explicit memories that are nearest to a text; none where there are none to be
        had, as on a memory of an earlier time."""
        if self._shelf is None:
            return Shelf(trouble=NO_SHELF)
        found = self._shelf.shelf(stretches, made_by, each)
        self.offered += found.references
        return found

    def check(self, answer: TracedAnswer) -> None:
        """Refuse an answer that shows a read that was not made, cites a fact that no read
        returned, or states something without a citation. Raises AnswerRefused."""
        if any(trace.result not in self.results for trace in answer.reads):
            raise AnswerRefused("it shows a read that the memory did not answer")
        if answer.abstained and not answer.reason.strip():
            raise AnswerRefused("it abstains without a reason")
        offered = {(one.id, one.version, one.name, one.sha256) for one in self.offered}
        attended = {(one.id, one.version, one.name, one.sha256) for one in answer.attended}
        if attended - offered:
            raise AnswerRefused("it shows an explicit memory that it was not given")
        _check_unsupported(answer)
        if not answer.abstained and not answer.cited and not answer.unsupported:
            raise AnswerRefused("it cites no fact")
        if answer.abstained and answer.answers:
            raise AnswerRefused("it answers and yet claims not to know")
        _check_cited(answer)
        _check_numbers(answer.text, answer.cited)


def _check_cited(answer: TracedAnswer) -> None:
    returned = {fact for trace in answer.reads for fact in trace.result.facts}
    for fact in answer.cited:
        if fact not in returned:
            raise AnswerRefused(f"no read of the memory returned its fact {fact.triple_id}")


def _check_unsupported(answer: TracedAnswer) -> None:
    """What no read bears out stands where it is said to, one stretch after the other, and cites
    nothing; what is left without it is nothing, or cites a fact."""
    rest, end = [], 0
    for span in answer.unsupported:
        if span.start < end or span.end > len(answer.text):
            raise AnswerRefused("what it says of its own does not stand where it should")
        if marks(span.of(answer.text)):
            raise AnswerRefused("what it says of its own cites a fact")
        rest.append(answer.text[end : span.start])
        end = span.end
    rest.append(answer.text[end:])
    if answer.unsupported and not answer.abstained and not answer.cited and "".join(rest).strip():
        raise AnswerRefused("it cites no fact")


def _check_numbers(text: str, cited: Sequence[Fact]) -> None:
    """Every cited fact has its number in the text, and no number stands for nothing."""
    used = set(marks(text))
    expected = set(range(1, len(cited) + 1))
    if missing := expected - used:
        raise AnswerRefused(f"its text does not use its citation [{min(missing)}]")
    names = [entity.name for fact in cited for entity in (fact.subject, fact.object)]
    if unknown := unexplained_marks(text, names) - expected:
        raise AnswerRefused(f"its text cites [{min(unknown)}], and there is no such fact")
