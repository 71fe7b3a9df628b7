"""``manage.py load_demo``: a space with documents, accepted facts and some that wait for review."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from apps.accounts.models import Space, User
from apps.common.commands import ServedCommand
from apps.curation.services import extraction_request
from apps.dashboard import demo
from apps.evaluation.services.benchmarks.shipped import SAMPLES, sample_keep
from apps.memory.services import embed_pending
from apps.sources.services import document_add
from worker import registry


class Command(ServedCommand):
    help = "Load the demo space with its four accounts, once."
    accounts = demo.ACCOUNTS
    refusals = (registry.UnknownBackend,)

    def handle(self, *args: Any, **options: Any) -> None:
        if Space.objects.filter(slug="demo").exists():
            self.stderr.write("The demo space is there already.")
            return
        space = demo.people_and_space(
            name="Demo",
            description="Musicians of the Norwegian coast: real towns, invented people.",
        )
        alice, bob = (User.objects.get(username__iexact=name) for name in ("alice", "bob"))
        first, *samples = demo.document_paths()
        _, extraction = demo.document_ingest(space=space, actor=alice, path=first)
        reviewed = demo.review_by_key(space=space, reviewer=bob)
        embed_pending(embedder=registry.embedder(settings.EMBEDDER), space=space)
        sample_keep(space=space, actor=alice, sample=SAMPLES[0])
        for path in samples:  # the worker reads these as soon as it runs
            document, _ = document_add(
                space=space, actor=alice, data=path.read_bytes(), filename=path.name
            )
            extraction_request(document=document, actor=alice)
        self.stderr.write(
            f"Demo space loaded: extraction {extraction.state}, {reviewed.accepted} facts accepted."
        )
