"""Candidates that follow from another one, or from the memory: nobody is asked about them.

They are kept as they were read, so that one comes up once what it follows from is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from django.db.models import F, QuerySet

from apps.common.names import normalise_name
from apps.curation.models import Candidate, Decision, Hold
from apps.curation.services.containing import ContainingCountry, has_lost_its_place, resting_on
from apps.curation.services.held import facts_held
from apps.sources.models import Document
from worker.implications import Claim, Implications, Step, fold
from worker.types import RelationSpec

MEANING = {"subject_text", "object_text", "relation"}  # of which an edit makes another fact


class ImpliedReader:
    """Tells which of a document's candidates follow from others of it, or from the memory."""

    def __init__(
        self, document: Document, relations: Sequence[RelationSpec], rules: Implications
    ) -> None:
        self.rules = rules
        self.countries = ContainingCountry(relations, rules)
        asked = Candidate.objects.filter(passage__document=document, against=None).exclude(
            state__in=[Candidate.State.REJECTED, Candidate.State.IMPLIED, Candidate.State.AGAIN]
        )
        self.asked = list(asked.defer("object_value"))

    def mark(self, made: Sequence[Candidate]) -> None:
        """Mark those of the unsaved candidates that need not be asked about."""
        found = [one for one in made if not self._follows_from_memory(one)]
        fixed = len(self.asked)
        everything = [*self.asked, *found]
        taken = fold([_claim(one) for one in everything], self.rules, fixed=fixed)
        for at, index in taken.items():
            one, other = everything[at], everything[index]
            if _adds_nothing(one, other):
                one.state, one.follows_from = Candidate.State.IMPLIED, other
        self._mark_countries(found)
        self.asked += [one for one in found if one.state != Candidate.State.IMPLIED]

    def _mark_countries(self, found: Sequence[Candidate]) -> None:
        """Mark what follows from where a place lies, and what was to follow from that in turn."""
        said = [*self.asked, *found]
        for one in found:
            if one.state == Candidate.State.IMPLIED or not self.countries.says(one):
                continue
            other = self.countries.follows_from(one, said)
            root = other and (other.follows_from or other)
            if root is None or root is one or not _adds_nothing(one, root):
                continue
            one.state, one.follows_from = Candidate.State.IMPLIED, root
            for below in found:
                if below.follows_from is one:
                    below.follows_from = root

    def _follows_from_memory(self, candidate: Candidate) -> bool:
        own = str(candidate.relation_id)
        # The same fact again is more evidence for it.
        steps = [s for s in self.rules.to(own) if s != Step(own, turned=False)]
        timed = candidate.valid_from or candidate.valid_to
        if timed or not _is_plain(candidate):
            return False
        by_place = self.countries.says(candidate) and self.countries.is_held(candidate)
        if not by_place and not facts_held(candidate, steps):
            return False
        if facts_held(candidate, [Step(own, turned=False)]):
            return False
        candidate.state = Candidate.State.IMPLIED
        return True


def _is_plain(candidate: Candidate) -> bool:
    return candidate.mood == Candidate.Mood.STATED and not candidate.is_dispute


def _adds_nothing(candidate: Candidate, to: Candidate) -> bool:
    times = (candidate.valid_from, candidate.valid_to)
    return (
        _is_plain(candidate)
        and _is_plain(to)
        and times in ((None, None), (to.valid_from, to.valid_to))
    )


def _claim(candidate: Candidate) -> Claim:
    return Claim(
        normalise_name(candidate.subject_text),
        str(candidate.relation_id),
        normalise_name(candidate.object_text),
        1.0 if candidate.score is None else candidate.score,
        _forward(candidate),
    )


def _forward(candidate: Candidate) -> bool:
    """Tell whether the text names the subject first; so it is taken where nothing is known."""
    subject, object_ = candidate.subject_start, candidate.object_start
    return subject is None or object_ is None or subject <= object_


def ask_about_implied(decision: Decision) -> None:
    """Let what follows from a candidate wait for a decision, where that was rejected or is another
    fact since the decision."""
    if _takes_away(decision):
        rows = Candidate.objects.filter(state=Candidate.State.IMPLIED)
        rows.filter(pk__in=_following(decision, rows)).update(
            state=Candidate.State.PENDING, version=F("version") + 1
        )


def ask_no_more(decision: Decision) -> None:
    """Take back what ``ask_about_implied`` did, but for what somebody has decided since. The
    candidate is as it stands without the decision."""
    if not _takes_away(decision):
        return
    rows = Candidate.objects.filter(state=Candidate.State.PENDING, decisions=None)
    found = rows.filter(pk__in=_following(decision, rows))
    waiting = [
        one.pk
        for one in found.select_related("relation", "passage", "follows_from")
        if not has_lost_its_place(one)
    ]
    Hold.objects.filter(candidate__in=waiting).delete()
    Candidate.objects.filter(pk__in=waiting, state=Candidate.State.PENDING).update(
        state=Candidate.State.IMPLIED, version=F("version") + 1
    )


def _takes_away(decision: Decision) -> bool:
    """Tell whether what a candidate said, as it was proposed, is no more after the decision."""
    rejected = decision.action == Decision.Action.REJECT
    return rejected or bool(MEANING & decision.before.keys())


def _following(decision: Decision, rows: QuerySet[Candidate]) -> list[int]:
    direct = rows.filter(follows_from=decision.candidate_id).values_list("pk", flat=True)
    return [*direct, *resting_on(decision, rows)]


def in_order_of_saving(candidates: Iterable[Candidate]) -> Iterator[list[Candidate]]:
    """Yield unsaved candidates in lists, each saved before the next: those that follow from none,
    from these, and what says again what either says."""
    rows = list(candidates)
    again = [one for one in rows if one.state == Candidate.State.AGAIN]
    others = [one for one in rows if one.state != Candidate.State.AGAIN]
    yield [one for one in others if one.follows_from is None]
    yield [one for one in others if one.follows_from]
    yield again
