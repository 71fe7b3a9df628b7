"""``manage.py edit``: correct an answer from the command line."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from apps.accounts.commands import actor_named, space_named
from apps.accounts.models import User
from apps.accounts.selectors import ASK
from apps.asking.models import Answer, AnswerMark, Citation, Question
from apps.asking.services import answer_mark, gap_of, gap_record, question_answer_here
from apps.asking.services.errors import AskingError
from apps.asking.services.understanding import OBJECT, understood_of
from apps.common.commands import ServedCommand
from apps.common.names import normalise_name
from apps.memory.models import Triple
from worker.registry import UnknownBackend

NOT_UNDERSTOOD = (
    "The question was not understood: it names nothing that the memory knows, or asks for nothing "
    "that can be told. Say what is meant with --subject and --relation."
)


class Command(ServedCommand):
    help = "Ask a question and propose the right answer to it for review."
    refusals = (AskingError, UnknownBackend)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("question", help="the question, in quotes")
        parser.add_argument("--answer", required=True, help="the right answer: one name")
        parser.add_argument("--space", required=True, help="the short name of the space")
        parser.add_argument("--user", help="who corrects (default: the space's first owner)")
        parser.add_argument("--subject", help="whom or what the question is about")
        parser.add_argument("--relation", help="what it asks for; proposed where it is new")
        choice = parser.add_mutually_exclusive_group()
        choice.add_argument("--instead-of", metavar="NAME", help="which of several is wrong")
        choice.add_argument("--as-well", action="store_true", help="the others stay right")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        space = space_named(options["space"])
        actor = actor_named(
            space, options["user"], allowed=ASK, action="ask questions in and correct"
        )
        if not options["answer"].strip():
            raise CommandError("The answer is empty. Give the right name with --answer.")
        question = question_answer_here(space=space, actor=actor, text=options["question"])
        if question.state != Question.State.DONE:
            raise CommandError(f"The question could not be answered. {question.error}")
        found = _told(_mark(question.answer, actor, options))
        if options["json"]:
            self.stdout.write(json.dumps(found, ensure_ascii=False, indent=2))
        else:
            self.stdout.write("\n".join(_lines(found)))


def _mark(answer: Answer, actor: User, options: dict[str, Any]) -> AnswerMark:
    """Make the correction, or record the gap where nothing was answered. Raises CommandError."""
    if answer.abstained or options["subject"] or options["relation"]:
        return _gap(answer, actor, options)
    cited = list(answer.stated.select_related("triple__subject", "triple__object"))
    citation = cited[0] if len(cited) == 1 else None
    if options["instead_of"]:
        citation = _chosen(cited, options["instead_of"])
    if citation is None and not options["as_well"]:
        stated = "; ".join(one.statement for one in cited)
        raise CommandError(
            "The answer states several facts: say which name is wrong with --instead-of, or add "
            f"yours with --as-well. It states: {stated}"
        )
    return answer_mark(
        answer=answer,
        actor=actor,
        expected=options["answer"],
        citation=citation,
        beside=options["as_well"],
        propose=True,
    )


def _gap(answer: Answer, actor: User, options: dict[str, Any]) -> AnswerMark:
    gap, understood = gap_of(answer), understood_of(answer)
    subject, object_ = options["subject"] or gap.subject, options["answer"]
    if understood is not None and understood.known == OBJECT and not options["subject"]:
        subject, object_ = options["answer"], gap.object
    replaces = _wrong(answer, options["instead_of"]) if options["instead_of"] else None
    relations = answer.question.space.relations.filter(retired_at=None).defer("embedding")
    relation = None if options["relation"] else relations.filter(pk=gap.relation or 0).first()
    new = options["relation"] or gap.new_relation
    if not subject or not object_ or (relation is None and not new):
        raise CommandError(NOT_UNDERSTOOD)
    return gap_record(
        answer=answer,
        actor=actor,
        subject=subject,
        relation=relation,
        new_relation=new,
        object=object_,
        replaces=replaces,
    )


def _wrong(answer: Answer, name: str) -> Triple:
    """Return the fact of the space with this name on one side that the answer states, or that the
    memory holds under the relation that is said."""
    for one in answer.stated.select_related("triple__subject", "triple__object"):
        if normalise_name(name) in (one.triple.object.normalised, one.triple.subject.normalised):
            return one.triple
    raise CommandError(f"The answer does not name {name!r}.")


def _chosen(cited: list[Citation], name: str) -> Citation:
    plain = normalise_name(name)
    for one in cited:
        if plain in (one.triple.object.normalised, one.triple.subject.normalised):
            return one
    raise CommandError(f"The answer does not name {name!r}.")


def _told(mark: AnswerMark) -> dict[str, Any]:
    candidate, proposal = mark.candidate, mark.relation_proposal
    fact: list[str] = []
    if candidate is not None:
        fact = [candidate.subject_text, candidate.relation.name, candidate.object_text]
    elif proposal is not None:
        fact = [proposal.subject_text, proposal.name, proposal.object_text]
    return {
        "question": mark.answer.question_id,
        "answer_was": mark.answer.text,
        "mark": mark.pk,
        "step": mark.step,
        "summary": mark.diagnosis["summary"],
        "fact": fact,
        "candidate": candidate.pk if candidate else None,
        "replaces": candidate.replaces_id if candidate else None,
        "relation_proposal": proposal.pk if proposal else None,
    }


def _lines(found: dict[str, Any]) -> list[str]:
    instead = f", in the place of fact {found['replaces']}" if found["replaces"] else ""
    proposed = f"Candidate {found['candidate']}{instead}; it waits for a reviewer."
    if found["relation_proposal"]:
        proposed = (
            f"The relation is new: proposal {found['relation_proposal']} waits for a reviewer "
            "or an owner."
        )
    return [
        f"Answered:  {found['answer_was']}",
        f"Diagnosis: {found['summary']}",
        f"Proposed:  {' > '.join(found['fact'])}",
        proposed,
    ]
