"""``memweb ask "..."``"""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from memweb_client.command.saying import Session, day_of
from memweb_client.shapes import Answer, Citation


def ask(session: Session, given: argparse.Namespace) -> int:
    """Ask; show the answer as it is made, and at the end what it rests on."""
    call = session.space.question_ask(given.question, as_of=day_of(given.as_of))
    question = session.client.send(call)
    try:
        for told in session.client.stream(session.space.answer_stream(question.id)):
            if isinstance(told, Answer):
                session.speaker.shown()
                for line in lines_of(told):
                    session.speaker.say(line)
                session.speaker.give(told)
            else:
                session.speaker.show(told.text)
    finally:
        session.speaker.shown()
    return 0


def lines_of(answer: Answer) -> Iterator[str]:
    """Yield an answer, then each fact that it rests on, then the reads of the memory."""
    yield answer.answer
    if answer.abstained and answer.reason and answer.reason not in answer.answer:
        yield answer.reason
    for said in answer.understood:
        yield f"  ({said})"
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
