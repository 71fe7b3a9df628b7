"""Which step failed when an answer is wrong: read from rows alone, so that it comes out the same
whoever asks, and kept with the mark, so that it can be read when the memory has moved on.

The steps, in the order in which they are looked for: the memory has learnt it since, the question
was misread, the fact is out of date, the memory holds a wrong fact, the fact is missing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from apps.asking.models import Answer, AnswerMark, Citation
from apps.asking.services.diagnosis.case import Case, Reading
from apps.asking.services.understanding import OBJECT, SUBJECT, Understood
from apps.memory.models import Triple

Step = AnswerMark.Step
MOST_READINGS = 5


@dataclass(frozen=True)
class Diagnosis:
    """What went wrong, in one sentence (``summary``) and in the rows that show it, by id.

    ``triple`` is the fact that is wrong, out of date or that says what is right; ``decision`` let
    it in. ``candidates`` propose what is right and wait, or were rejected. ``readings`` are other
    ways to read the question that lead to the right answer. ``known_as`` is the name under which
    the memory knows the expected answer, where it is another one.
    """

    step: str
    summary: str
    understood: Understood | None = None
    citation: int | None = None
    triple: int | None = None
    decision: int | None = None
    candidates: tuple[int, ...] = ()
    readings: tuple[Understood, ...] = ()
    known_as: str = ""

    def plain(self) -> dict[str, Any]:
        """Return it as values for JSON."""
        return asdict(self)

    @classmethod
    def of(cls, values: dict[str, Any]) -> Diagnosis:
        """Return what ``plain`` gave."""
        known = values["understood"]
        return cls(
            **values
            | {
                "understood": Understood(**known) if known else None,
                "candidates": tuple(values["candidates"]),
                "readings": tuple(Understood(**one) for one in values["readings"]),
            }
        )


def diagnose(
    answer: Answer,
    *,
    expected: str = "",
    citation: Citation | None = None,
    beside: bool = False,
    since: date | None = None,
) -> Diagnosis:
    """Return which step failed.

    ``expected`` is the right answer where it is known, ``citation`` the fact that is said to be
    wrong; ``beside`` says that what is expected holds as well, ``since`` from when.
    """
    case = _Case(answer, expected, citation, beside, since)
    return case.found() or case.by_fact() or case.by_absence()


class _Case(Case):
    """Reads the step that failed from the rows."""

    # What the memory says about the expected answer.

    def found(self) -> Diagnosis | None:
        """Say where the expected answer stands in the memory, if it does."""
        if not self.wanted or self.slot is None:
            return None
        rows = list(self.facts([self.slot.entity], self.slot.relation, self.slot.known))
        held = [row for row in rows if self.holds(row)]
        if held:
            return self._held(held[0])
        return self._past(rows[0]) if rows else self._misread()

    def _held(self, triple: Triple) -> Diagnosis:
        if triple.recorded_at > self.answer.created_at:
            return self._made(
                Step.LEARNT,
                "The memory has learnt this since the question was asked: ask again.",
                triple=triple,
            )
        return self._made(
            Step.MISREAD,
            "The memory held the right fact, and the question did not lead to it.",
            triple=triple,
            readings=(_shown(self.own_reading()),),
        )

    def _past(self, triple: Triple) -> Diagnosis:
        """The memory held what is expected, or holds it for another time."""
        if triple.status == Triple.Status.SUPERSEDED and triple.superseded_by is not None:
            other = triple.superseded_by
            return self._made(
                Step.WRONG_FACT,
                f"The memory held this until fact {other.pk} took its place.",
                triple=other,
            )
        if triple.status == Triple.Status.RETRACTED:
            return self._made(Step.MISSING, "This fact was taken out of the memory.", triple=triple)
        return self._made(
            Step.OUTDATED,
            "The memory holds this fact for another time than the one asked about.",
            triple=triple,
        )

    # Other ways to read the question that lead to the expected answer.

    def _misread(self) -> Diagnosis | None:
        assert self.slot is not None
        entity, relation, known = self.own_reading()
        turned = SUBJECT if known == OBJECT else OBJECT
        if self.standing(self.facts([entity], relation, turned)):
            return self._read_as(
                "The memory holds this in the other direction, in which the question may be meant.",
                [(entity, relation, turned)],
            )
        others = self.between([entity])
        if others:
            return self._read_as(
                "The memory holds this under another relation, which the question may ask for.",
                others,
            )
        named = self.named(without=entity)
        same = [(row, relation, known) for row in named
                if self.standing(self.facts([row], relation, known))]  # fmt: skip
        readings = same or self.between(named)
        if readings:
            return self._read_as(
                "The memory holds this of something else that the question may be about.", readings
            )
        return None

    def _read_as(self, summary: str, readings: Iterable[Reading]) -> Diagnosis:
        shown = [_shown(one) for one in list(readings)[:MOST_READINGS]]
        return self._made(Step.MISREAD, summary, readings=tuple(shown))

    # What the answer rests on, or lacks.

    def by_fact(self) -> Diagnosis | None:
        """Say what is wrong with the fact that the answer states."""
        if self.citation is None or self.beside:
            return None
        triple, waiting = self.citation.triple, self.candidates()
        if gone := self._gone(triple):
            return self._made(Step.OUTDATED, gone, triple=triple)
        telling = bool(self.expected) or (self.slot is not None and self.slot.is_single)
        newer = any(one.is_open and one.created_at > triple.recorded_at for one in waiting)
        if newer and telling:
            return self._made(
                Step.OUTDATED,
                "A newer statement waits in review.",
                triple=triple,
                candidates=tuple(one.pk for one in waiting),
            )
        if self.since is not None:
            return self._made(
                Step.OUTDATED, "The fact held until another one took its place.", triple=triple
            )
        return self._made(
            Step.WRONG_FACT,
            "The question was understood, and the memory holds this fact: it was let in wrongly.",
            triple=triple,
            candidates=tuple(one.pk for one in waiting),
        )

    def _gone(self, triple: Triple) -> str:
        """Say why the fact no longer stands; empty where it does."""
        if triple.status == Triple.Status.SUPERSEDED and triple.superseded_by is not None:
            return "Another fact has taken the place of this one since."
        if triple.status == Triple.Status.RETRACTED:
            return "This fact has been taken out of the memory since."
        if triple.valid_to is not None and triple.valid_to <= self.day:
            return "This fact no longer held on the day asked about."
        return ""

    def by_absence(self) -> Diagnosis:
        """Say why there is no fact to answer with."""
        if self.understood is None:
            return self._nothing_read()
        if self.slot is not None and not self.wanted:
            if past := self._ended():
                return past
            turned = SUBJECT if self.slot.known == OBJECT else OBJECT
            entity, relation = self.slot.entity, self.slot.relation
            if self.answer.abstained and self.any_stands(
                self.facts([entity], relation, turned, any_other=True)
            ):
                return self._read_as(
                    "The memory has such facts in the other direction.",
                    [(entity, relation, turned)],
                )
        waiting = self.candidates()
        summary = "The memory does not hold this fact, and nobody has proposed it."
        if any(one.is_open for one in waiting):
            summary = "The fact is proposed and waits in review."
        elif waiting:
            summary = "The fact was proposed, and rejected."
        return self._made(Step.MISSING, summary, candidates=tuple(one.pk for one in waiting))

    def _nothing_read(self) -> Diagnosis:
        named = [ref.name for _, _, ref in self.memory.find_entities(self.question.text)]
        if named:
            about = ", ".join(dict.fromkeys(named))
            return self._made(
                Step.MISREAD,
                f"The question names {about}, and was taken for none of the relations.",
            )
        return self._made(
            Step.MISSING, "The memory knows nothing under a name that the question uses."
        )

    def _ended(self) -> Diagnosis | None:
        """The memory holds such facts, and none for the day asked about."""
        assert self.slot is not None
        if not self.answer.abstained:
            return None
        rows = self.facts([self.slot.entity], self.slot.relation, self.slot.known, any_other=True)
        past = rows.exclude(status=Triple.Status.RETRACTED).first()
        if past is None or self.any_stands(rows):
            return None
        return self._made(
            Step.OUTDATED, "What the memory holds about this is of another time.", triple=past
        )

    def _made(
        self,
        step: Step,
        summary: str,
        *,
        triple: Triple | None = None,
        candidates: tuple[int, ...] = (),
        readings: tuple[Understood, ...] = (),
    ) -> Diagnosis:
        decisions = triple.decisions.filter(undone_at=None).order_by("pk") if triple else None
        decision = decisions.first() if decisions is not None else None
        return Diagnosis(
            step=step.value,
            summary=summary,
            understood=self.understood,
            citation=self.citation.number if self.citation else None,
            triple=triple.pk if triple else None,
            decision=decision.pk if decision else None,
            candidates=candidates,
            readings=readings,
            known_as=self.known_as,
        )


def _shown(reading: Reading) -> Understood:
    entity, relation, known = reading
    return Understood(known, entity.pk, entity.name, relation.pk, relation.name)
