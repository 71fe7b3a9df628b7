"""``memweb ask "..."``"""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from memweb_client.command.saying import Ended, Session, day_of
from memweb_client.shapes import Answer, Citation


def ask(session: Session, given: argparse.Namespace) -> int:
    """Ask; show the answer as it is made, and at the end what it rests on."""
    call = session.space.question_ask(given.question, as_of=day_of(given.as_of))
    question = session.client.send(call)
    answer = _answer(session, question.id)
    if given.meant and answer and answer.perhaps:
        if given.meant > len(answer.perhaps):
            raise Ended(f"{given.meant} readings are not offered, but {len(answer.perhaps)}.")
        question = session.client.send(session.space.question_meant(question.id, given.meant))
        answer = _answer(session, question.id)
    if answer is not None:
        for line in lines_of(answer):
            session.speaker.say(line)
        session.speaker.give(answer)
    return 0


def _answer(session: Session, question: int) -> Answer | None:
    """Return an answer, shown as it is made."""
    found = None
    try:
        for told in session.client.stream(session.space.answer_stream(question)):
            if isinstance(told, Answer):
                found = told
            else:
                session.speaker.show(told.text)
    finally:
        session.speaker.shown()
    return found


def lines_of(answer: Answer) -> Iterator[str]:
    """Yield an answer, then each fact that it rests on, then the reads of the memory."""
    yield answer.answer
    if answer.abstained and answer.reason and answer.reason not in answer.answer:
        yield answer.reason
    for said in answer.understood:
        yield f"  ({said})"
    if answer.perhaps:
        yield "Did you mean (--meant NUMBER asks it so)"
        yield from (f"  {one.number}. {one.said}" for one in answer.perhaps)
    for one in answer.citations:
        yield from _cited(one)
    if answer.reads:
        yield ""
        yield from (f"  {read.call}" for read in answer.reads)


def _cited(one: Citation) -> Iterator[str]:
    yield ""
    yield f"[{one.number}] {one.statement}  (triple {one.triple.id}, {one.triple.status})"
    if one.sentence:
        yield f"    “{one.sentence}”"
    where = [one.document.erased or one.document.title] if one.document else []
    if one.imported:
        where.append(f"row {one.imported.row} of {one.imported.file}")
    if one.triple.in_words_of:
        where.append(f"in the words of {one.triple.in_words_of}")
    where.append(f"approved by {one.approved_by} on {one.approved_at.date().isoformat()}")
    yield f"    {', '.join(where)}"
