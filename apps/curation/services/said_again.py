"""What conversations say again and again: one proposed fact, with every time that it was said.

Only the first saying of a fact is a candidate that people decide; those of its conversation that
say the same, times included, are taken along (``along``). A reviewer sees here how often, by whom
and when the fact was said, and what was said otherwise: found in what the head read in each
passage, which is kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Final

from django.contrib.postgres.fields import ArrayField
from django.db.models import F, Func, QuerySet, TextField, Value

from apps.accounts.models import Space
from apps.common.names import normalise_name
from apps.curation.models import Candidate, PassageExtraction
from apps.sources.chats import speaker_at
from apps.sources.models import Document, Passage
from worker.chat.relations import meaning
from worker.chat.turns import Turn, turns_of
from worker.protocol import ProtocolError, TripleText, escape, parse_write

MOST_READINGS: Final = 500  # of passages that are looked through for a fact, the newest
_NAMES: Final = ArrayField(TextField())
MOST_SHOWN: Final = 5  # other things that were said in its place
# Of which one has one at a time, though another may come later: home, employer, spouse.
_ONE_AT_A_TIME: Final = frozenset({"residence", "employer", "spouse"})


@dataclass(frozen=True)
class Saying:
    """A message that says a fact. ``by_self``: its speaker is whom the fact is about."""

    document: int
    conversation: str
    session: str
    speaker: str
    time: datetime
    text: str
    by_self: bool


@dataclass(frozen=True)
class Otherwise:
    """What was said in the place of a fact's object. ``candidate`` proposes it, if one does."""

    object: str
    candidate: int | None
    state: str
    sayings: tuple[Saying, ...]

    @property
    def last(self) -> Saying:
        return self.sayings[-1]


@dataclass(frozen=True)
class SaidAgain:
    """A proposed fact of a conversation with all its sayings, in the order of time."""

    candidate: Candidate
    sayings: tuple[Saying, ...]
    otherwise: tuple[Otherwise, ...]

    @property
    def confirmations(self) -> int:
        """How often it was said after the first time."""
        return max(0, len(self.sayings) - 1)

    @cached_property
    def along(self) -> int:
        """How many messages are taken along when the candidate is accepted."""
        return self.candidate.implied.filter(state=Candidate.State.AGAIN).count()

    @property
    def sessions(self) -> int:
        return len({one.document for one in self.sayings})

    @cached_property
    def by_self(self) -> int:
        """How often the one whom it is about said it."""
        return sum(one.by_self for one in self.sayings)


class Readings:
    """What was read in conversations, looked up once for each subject, however many candidates
    are about it."""

    def __init__(self) -> None:
        self._found: dict[tuple[int, str], list[tuple[Passage, TripleText]]] = {}

    def of(self, candidate: Candidate) -> list[tuple[Passage, TripleText]]:
        """Return what was read of a candidate's subject, each with its passage."""
        key = candidate.space_id, candidate.subject_text.casefold()
        if key not in self._found:
            self._found[key] = list(_read(candidate))
        return self._found[key]


def said_again(candidate: Candidate, readings: Readings | None = None) -> SaidAgain | None:
    """Return what conversations say of a candidate's fact; None where it is of no conversation.

    Counted are the sessions of its conversation, and what its subject says elsewhere of itself.
    Who asks for many candidates gives the same ``readings`` for all.
    """
    passage = candidate.passage
    if passage is None or passage.document.format != Document.Format.CHAT:
        return None
    found = _said(candidate, passage.document, readings or Readings())
    own = found.pop(normalise_name(candidate.object_text), ())
    others = found if _one_at_a_time(candidate) else {}
    return SaidAgain(candidate, tuple(own), tuple(_otherwise(candidate, others)))


def _said(candidate: Candidate, document: Document, readings: Readings) -> dict[str, list[Saying]]:
    """Return who said what of the candidate's subject and relation, by what they said."""
    conversation = _names(document)[0]
    subject = normalise_name(candidate.subject_text)
    relation = candidate.relation
    names = {normalise_name(name) for name in (relation.name, *relation.aliases)}
    found: dict[str, dict[tuple[int, int], Saying]] = {}
    for passage, triple in readings.of(candidate):
        if normalise_name(triple[1]) not in names:
            continue
        turn = _turn(passage, triple[2])
        if turn is None:
            continue
        place = passage.document_id, passage.start + turn.name.start
        saying = _saying(passage, turn, subject)
        if saying.conversation == conversation or saying.by_self:
            found.setdefault(normalise_name(triple[2]), {})[place] = saying
    return {
        name: sorted(sayings.values(), key=lambda one: one.time) for name, sayings in found.items()
    }


def _read(candidate: Candidate) -> Iterator[tuple[Passage, TripleText]]:
    """Yield what was read of the candidate's subject in passages of conversations. They are found
    by the index on ``curation_subjects(call)``."""
    subject = normalise_name(candidate.subject_text)
    wanted = Func(
        Value(escape(candidate.subject_text)),
        template="ARRAY[curation_subject(%(expressions)s)]",
        output_field=_NAMES,
    )
    rows = (
        PassageExtraction.objects.alias(
            subjects=Func(F("call"), function="curation_subjects", output_field=_NAMES)
        )
        .filter(
            passage__document__space=candidate.space_id,
            passage__document__format=Document.Format.CHAT,
            subjects__contains=wanted,
        )
        .select_related("passage__document")
        .defer("passage__document__text", "mentions")
        .order_by("-pk")
    )
    for row in rows[:MOST_READINGS]:
        try:
            triples = parse_write(row.call)
        except ProtocolError:
            continue
        yield from ((row.passage, one) for one in triples if normalise_name(one[0]) == subject)


def _names(document: Document) -> tuple[str, str]:
    """Return the names of the conversation and of the session that a document is."""
    conversation, _, session = document.filename.partition("/")
    return conversation, session


def _turn(passage: Passage, object_text: str) -> Turn | None:
    """Return the last turn of a passage that has the object's name, else its last one."""
    turns = list(turns_of(passage.text))
    named = [
        turn for turn in turns if object_text.casefold() in turn.words.of(passage.text).casefold()
    ]
    return (named or turns)[-1] if turns else None


def _saying(passage: Passage, turn: Turn, subject: str) -> Saying:
    return Saying(
        passage.document_id,
        *_names(passage.document),
        turn.speaker,
        turn.time,
        turn.words.of(passage.text),
        by_self=normalise_name(turn.speaker) == subject,
    )


def _one_at_a_time(candidate: Candidate) -> bool:
    relation = candidate.relation
    return relation.single_valued or meaning(relation) in _ONE_AT_A_TIME


def _otherwise(candidate: Candidate, said: dict[str, list[Saying]]) -> Iterator[Otherwise]:
    """Yield what was said in the fact's place, the newest first, but for what held at another
    time."""
    if not said:
        return
    rivals = {normalise_name(one.object_text): one for one in _rivals(candidate)}
    by_time = sorted(said.items(), key=lambda item: item[1][-1].time, reverse=True)
    for name, sayings in by_time[:MOST_SHOWN]:
        rival = rivals.get(name)
        if rival and _apart(candidate, rival):
            continue
        called = rival.object_text if rival else name
        yield Otherwise(
            called, rival.pk if rival else None, rival.state if rival else "", tuple(sayings)
        )


def _rivals(candidate: Candidate) -> Iterable[Candidate]:
    rows = Candidate.objects.filter(
        space=candidate.space_id,
        relation=candidate.relation_id,
        subject_text__iexact=candidate.subject_text,
        passage__document__format=Document.Format.CHAT,
    )
    return rows.exclude(pk=candidate.pk).exclude(state=Candidate.State.ERASED).order_by("pk")


def _apart(one: Candidate, other: Candidate) -> bool:
    """Tell whether one held only after the other had ended."""
    return any(
        first.valid_to and second.valid_from and first.valid_to <= second.valid_from
        for first, second in ((one, other), (other, one))
    )


def conversation_candidates(
    *, space: Space, conversation: str, speaker: str = "", by_self: bool | None = None
) -> QuerySet[Candidate]:
    """Return what is proposed for a conversation and waits: all of it, or what one speaker says;
    ``by_self``: what speakers say of themselves, or else of others."""
    rows = Candidate.objects.filter(
        space=space,
        state__in=Candidate.OPEN,
        against=None,
        passage__document__format=Document.Format.CHAT,
        passage__document__filename__startswith=f"{conversation}/",
    )
    if speaker or by_self is not None:
        kept = [one.pk for one in _with_passage(rows) if _is_said(one, speaker, by_self)]
        rows = rows.filter(pk__in=kept)
    return _with_passage(rows)


def _with_passage(rows: QuerySet[Candidate]) -> QuerySet[Candidate]:
    return rows.select_related("relation", "passage__document", "proposed_by").defer(
        "relation__embedding", "passage__document__text"
    )


def _is_said(candidate: Candidate, speaker: str, by_self: bool | None) -> bool:
    passage = candidate.passage
    if passage is None or candidate.subject_start is None or candidate.object_start is None:
        return False
    at = max(candidate.subject_start, candidate.object_start) - passage.start
    said = normalise_name(speaker_at(passage.text, at))
    if speaker and said != normalise_name(speaker):
        return False
    return by_self is None or by_self == (said == normalise_name(candidate.subject_text))
