"""``manage.py demo``: the main job without a browser, from a document to traced answers."""

from __future__ import annotations

import time
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError

from apps.accounts.models import User
from apps.asking.models import Question
from apps.asking.selectors import answer_as_dict
from apps.asking.services import question_answer_here
from apps.asking.terminal import answer_as_text
from apps.common.commands import ServedCommand
from apps.curation.models import Extraction
from apps.dashboard import demo
from apps.memory.services import embed_pending
from memweb.serving import servers
from worker import registry


class Command(ServedCommand):
    help = "Ingest a document, accept its facts, ask three questions, print the traced answers."
    refusals = (registry.UnknownBackend,)

    def handle(self, *args: Any, **options: Any) -> None:
        started = time.monotonic()
        servers.start()
        servers.migrate()
        space = demo.people_and_space(name="Demo run", description="Made by `make demo`.")
        alice, bob = (User.objects.get(username__iexact=name) for name in ("alice", "bob"))

        path = demo.document_paths()[0]
        self._head(
            f"1. alice adds {path.name} to the space “{space.slug}”; the write head reads it"
        )
        _, extraction = demo.document_ingest(space=space, actor=alice, path=path)
        if extraction.state != Extraction.State.DONE:
            raise CommandError(f"The extraction failed. {extraction.error}")
        for done in extraction.passages.select_related("passage").order_by("passage__index"):
            passage = done.passage
            self.stdout.write(
                f"Passage {passage.index + 1}, characters {passage.start}-{passage.end}:"
            )
            self.stdout.write(f"  {done.call}")

        self._head("2. bob reviews: he accepts what the document states and rejects the rest")
        reviewed = demo.review_by_key(space=space, reviewer=bob)
        for triple in space.triples.select_related("subject", "relation", "object"):
            self.stdout.write(f"  accepted: {triple.subject} / {triple.relation} / {triple.object}")
        for candidate in space.candidates.filter(state="rejected").select_related("relation"):
            self.stdout.write(f"  rejected: {candidate}")
        self.stdout.write(
            f"{reviewed.accepted} accepted, {reviewed.rejected} rejected, {reviewed.left} left."
        )
        embed_pending(embedder=registry.embedder(settings.EMBEDDER), space=space)

        self._head("3. alice asks")
        for item in demo.questions():
            question = question_answer_here(space=space, actor=alice, text=item.question)
            if question.state != Question.State.DONE:
                raise CommandError(f"A question could not be answered. {question.error}")
            self.stdout.write(answer_as_text(answer_as_dict(question)))
            self.stdout.write("")
        self.stdout.write(f"Done in {time.monotonic() - started:.0f} s.")

    def _head(self, line: str) -> None:
        self.stdout.write(f"\n== {line}\n")
