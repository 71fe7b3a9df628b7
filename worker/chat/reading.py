"""Reading turns: each said again with names for persons and days for times, and put to a head.

The head reads the view (``views``); what it finds is told in the words of the turns themselves,
with exact places. "I" stays "I" in the text and is proposed under the speaker's name.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from worker.chat.answers import Answered, Asked, answered
from worker.chat.judging import Judge
from worker.chat.persons import has_name, persons
from worker.chat.scene import Scene
from worker.chat.told import told
from worker.chat.turns import Turn, speakers_of, turns_of
from worker.chat.views import Edit, Piece, View, edited, view_of
from worker.english import chatting
from worker.english.said_times import said_times
from worker.interfaces import WriteHead
from worker.protocol import parse_write, serialise_write
from worker.types import (
    Argument,
    MentionSpan,
    PassageExtraction,
    PassageText,
    Proposal,
    RelationSpec,
    Span,
)

SOON = timedelta(hours=12)  # in which an answer comes


def read_turns(
    head: WriteHead, passages: Sequence[PassageText], relations: Sequence[RelationSpec]
) -> list[PassageExtraction]:
    """Return what a head finds in passages of turns, as ``WriteHead.extract`` does.

    A passage without turns is read as it is.
    """
    views = [view_of_turns(passage) for passage in passages]
    given = [
        PassageText(one.id, view.text, tuple(s.span for s in view.sentences)) if view else one
        for one, view in zip(passages, views, strict=True)
    ]
    found = head.extract(given, relations)
    return [
        as_said(read, view, passage, relations) if view else read
        for read, view, passage in zip(found, views, passages, strict=True)
    ]


def view_of_turns(passage: PassageText) -> View | None:
    """Return the view of a passage; None where nobody speaks in it."""
    turns = list(turns_of(passage.text))
    if not turns:
        return None
    speakers = speakers_of(turns)
    made: list[tuple[Sequence[Piece], int, bool]] = []
    asked: tuple[Asked, Turn] | None = None
    for number, turn in enumerate(turns):
        edits = _edits(passage.text, turn, speakers)
        inside = [s for s in passage.sentences if turn.words.start <= s.start < turn.words.end]
        sentences = inside or [turn.words]
        for place, sentence in enumerate(sentences):
            is_asked = "?" in sentence.of(passage.text)[-3:]
            joined = None
            if place == 0 and asked and not is_asked:
                joined = _joined(passage.text, asked, turn, sentence, edits)
            rest = _said(passage.text, sentence)
            if is_asked and sentence is sentences[-1]:
                stated = _agreed_with(passage.text, turns, number, rest)
                is_asked, rest = stated is None, stated or rest
            own = _left_out(passage.text, rest, turn)
            said = joined or edited(passage.text, rest, [*own, *edits])
            made.append((said, number, is_asked))
        asked = (Asked(passage.text, sentences[-1], edits), turn)
    return view_of(made)


def _said(text: str, sentence: Span) -> Span:
    """Return a sentence without the words before it that say nothing, unless it is only these."""
    start = chatting.after_fillers(text, *_edges(sentence))
    return Span(start, sentence.end) if start < sentence.end else sentence


def _agreed_with(text: str, turns: Sequence[Turn], number: int, sentence: Span) -> Span | None:
    """Return what a question in the form of a statement states, where the next one who speaks
    agrees; None where it states nothing."""
    after = turns[number + 1] if number + 1 < len(turns) else None
    said = chatting.SAID_TO_ASK.match(text, *_edges(sentence))
    if after is None or after.speaker == turns[number].speaker or said is None:
        return None
    if not chatting.AGREEING.match(text, *_edges(after.words)) or said.start("tag") <= said.start():
        return None
    return Span(sentence.start, said.start("tag"))


def _edits(text: str, turn: Turn, speakers: Sequence[str]) -> list[Edit]:
    others = [one for one in speakers if one != turn.speaker]
    spoken_to = others[0] if len(others) == 1 and has_name(others[0]) else ""
    speaker = turn.speaker if has_name(turn.speaker) else ""
    made = list(persons(text, turn.words, speaker, spoken_to))
    words = turn.words.of(text)
    for one in said_times(words, turn.time.date()):
        made.append(Edit(one.start + turn.words.start, one.end + turn.words.start, one.written))
    return made


def _left_out(text: str, sentence: Span, turn: Turn) -> list[Edit]:
    """Return the speaker before a sentence that begins with its verb."""
    if not has_name(turn.speaker) or not chatting.LEFT_OUT.match(text, *_edges(sentence)):
        return []
    first = text[sentence.start]
    begins = Edit(sentence.start, sentence.start, f"{turn.speaker} ", turn.name)
    return [begins, Edit(sentence.start, sentence.start + 1, first.lower())]


def _joined(
    text: str, before: tuple[Asked, Turn], turn: Turn, sentence: Span, edits: Sequence[Edit]
) -> list[Piece] | None:
    asked, asker = before
    if asker.speaker == turn.speaker or turn.time - asker.time > SOON:
        return None
    return answered(asked, Answered(text, sentence, edits, turn.speaker, turn.name))


def _edges(span: Span) -> tuple[int, int]:
    return span.start, span.end


def as_said(
    read: PassageExtraction,
    view: View,
    passage: PassageText,
    relations: Sequence[RelationSpec] = (),
) -> PassageExtraction:
    """Return what was read in a view as what the turns say. What a question says is asked, and
    what the next one who speaks refuses is denied."""
    text = passage.text
    calls = parse_write(read.call)
    judge = Judge(view, text, relations)
    mentions = {MentionSpan(view.origin(one.span), one.type) for one in read.mentions}
    scene = Scene(passage, sorted(mentions, key=lambda one: one.span))
    held: list[Proposal] = []
    unstated: list[Proposal] = []
    said: list[tuple[str, str, str]] = []
    for one, (_, relation, _) in zip(read.proposals, calls, strict=True):
        made = _proposal(one, view, text)
        if made is None or judge.is_not_of(made):
            continue
        made = replace(made, subject=_full(made.subject, scene), object=_full(made.object, scene))
        if mood := judge.mood(one):
            unstated.append(replace(made, mood=mood))
        else:
            held.append(made)
            said.append((made.subject.called, relation, made.object.called))
    unstated += [m for m in (_proposal(one, view, text) for one in read.unstated) if m]
    for made in judge.told(told(scene, relations)):
        there = next((n for n, one in enumerate(held) if _same(made, one)), None)
        if there is not None:
            held[there] = _dated(held[there], made)
        else:
            held.append(made)
            said.append((made.subject.called, judge.names[made.relation_id], made.object.called))
    return replace(
        read,
        proposals=tuple(held),
        call=serialise_write(said),
        unstated=tuple(unstated),
        mentions=tuple(sorted(mentions, key=lambda one: (one.span, one.type))),
    )


def _dated(one: Proposal, other: Proposal) -> Proposal:
    """Return a proposal with the time of its like, where it has none."""
    if one.valid_from or one.valid_to:
        return one
    return replace(one, valid_from=other.valid_from, valid_to=other.valid_to)


def _full(side: Argument, scene: Scene) -> Argument:
    """Return a person by the fullest name that the passage has for them."""
    if side.type != "PER" or side.kind != "item":
        return side
    return replace(side, name=scene.fullest(side.called))


def _same(one: Proposal, other: Proposal) -> bool:
    return (one.subject.called, one.relation_id, one.object.called) == (
        other.subject.called,
        other.relation_id,
        other.object.called,
    )


def _proposal(one: Proposal, view: View, text: str) -> Proposal | None:
    """Return a proposal as the text has it; None where its two sides are no two places of it."""
    subject, object_ = (_argument(side, view, text) for side in (one.subject, one.object))
    if subject is None or object_ is None:
        return None
    if subject.span.start < object_.span.end and object_.span.start < subject.span.end:
        return None
    sentence = view.origin(one.sentence)
    start = min(sentence.start, subject.span.start, object_.span.start)
    end = max(sentence.end, subject.span.end, object_.span.end)
    return replace(one, subject=subject, object=object_, sentence=Span(start, end))


def _argument(side: Argument, view: View, text: str) -> Argument | None:
    span = view.origin(side.span)
    own = span.of(text)
    if side.kind != "item":
        return replace(side, text=own, span=span, name="")
    name = side.called
    if own.startswith("the ") and own == name:
        span = Span(span.start + len("the "), span.end)
        own = name = span.of(text)
    if name not in text:
        if own != side.text:
            return None
        name = own
    return replace(side, text=own, span=span, name=name)
