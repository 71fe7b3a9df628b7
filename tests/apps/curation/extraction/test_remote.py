"""A language model server reads documents and questions, through all that is kept of it."""

from __future__ import annotations

import logging
import time

import pytest
from django.db import connection
from django.urls import reverse

from apps.asking.models import Answer
from apps.asking.services import question_answer_here
from apps.audit.models import Event
from apps.curation.models import Candidate, Extraction
from apps.curation.services import extraction_cancel, extraction_request, extraction_run
from tests import factories
from tests.worker.model_server import KEY, MODEL, fails, says, serving, states
from worker import registry, stopping
from worker.heads.remote.read_head import RemoteReadHead
from worker.heads.remote.write_head import RemoteWriteHead
from worker.heads.scripted.write_head import ScriptedWriteHead

FACTS = states(
    ("Ada Brook", "place of birth", "Lindenau"),
    ("Eve Stone", "place of birth", "Lindenau"),
    ("Ada Brook", "pet", "Lindenau"),
)


def run(document, actor) -> Extraction:
    extraction = extraction_request(document=document, actor=actor, head="remote")
    return extraction_run(extraction_id=extraction.pk)


def everything_kept() -> str:
    """Return all rows of all tables as text."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        tables = [name for (name,) in cursor.fetchall()]
        rows = []
        for table in tables:
            cursor.execute(f'SELECT t::text FROM "{table}" t')
            rows += [row for (row,) in cursor.fetchall()]
    return "\n".join(rows)


def test_it_proposes_what_the_text_holds_and_counts_the_rest(document, alice, head, client):
    with serving(FACTS) as server:
        head(RemoteWriteHead(server.config()))
        extraction = run(document, alice)
    assert extraction.state == "done"
    assert extraction.head_version.startswith(f"{MODEL} ")
    (candidate,) = Candidate.objects.all()
    assert (candidate.subject_text, candidate.object_text) == ("Ada Brook", "Lindenau")
    assert [one.refused for one in extraction.passages.order_by("pk")] == [2, 3, 3]
    proposed = Event.objects.get(action="candidate.proposed").payload
    assert proposed["dropped"] == {"name": 1, "relation": 1}
    assert proposed["spent"] == {"requests": 1, "prompt_tokens": 100, "answer_tokens": 7}
    assert Event.objects.filter(action="extraction.read")[0].payload["spent"]["requests"] == 1
    client.force_login(alice)
    page = client.get(reverse("sources:document", args=[document.space.slug, document.pk]))
    assert "8 proposals of the model checked and left out." in page.content.decode()


def test_it_fails_in_one_sentence_where_the_server_does(document, alice, head):
    with serving(fails(401)) as server:
        head(RemoteWriteHead(server.config()))
        extraction = run(document, alice)
        assert len(server.requests) == 1
    assert extraction.state == "failed"
    assert extraction.error == f"The language model server {server.host} refuses the key."


def test_it_answers_from_the_memory_and_counts(space, alice, monkeypatch):
    document = factories.make_document(space, alice, text="Ada Brook was born in Lindenau.")
    triple = factories.make_triple(space, "Ada Brook", "place of birth", "Lindenau")
    factories.make_evidence(triple, document, alice)
    steps = [{"relation": "place of birth", "known": "subject"}]
    asked = {"lookups": [{"start": "Ada Brook", "steps": steps}], "form": "which", "among": ""}
    with serving(says(asked)) as server:
        answering = RemoteReadHead(server.config())
        monkeypatch.setattr(registry, "read_head", lambda name: answering)
        question_answer_here(space=space, actor=alice, text="Where was Ada Brook born?")
    answer = Answer.objects.get()
    assert "Lindenau [1]" in answer.text
    spent = Event.objects.get(action="question.answered").payload["spent"]
    assert spent == {"requests": 1, "prompt_tokens": 100, "answer_tokens": 7}


@pytest.mark.parametrize(
    "act", [FACTS, fails(401, KEY.encode()), fails(500, KEY.encode()), says(KEY)]
)
def test_it_keeps_the_key_nowhere(document, alice, head, caplog, capfd, act):
    caplog.set_level(logging.DEBUG)
    with serving(act) as server:
        head(RemoteWriteHead(server.config(tries=1)))
        extraction = run(document, alice)
        assert server.keys[0] == f"Bearer {KEY}"
    kept = everything_kept()
    assert "Lindenau" in kept
    assert KEY not in kept
    assert KEY not in caplog.text
    assert KEY not in "".join(capfd.readouterr())
    assert KEY not in str(vars(extraction))


def test_a_head_that_waits_learns_that_nobody_wants_its_work(document, alice, head):
    class Waiting(ScriptedWriteHead):
        def extract(self, passages, relations):
            extraction_cancel(extraction=Extraction.objects.get(), actor=alice)
            for _ in range(100):
                time.sleep(0.1)
                stopping.wanted()
            raise AssertionError("it was never told")

    head(Waiting())
    extraction = extraction_request(document=document, actor=alice)
    assert extraction_run(extraction_id=extraction.pk).state == "cancelled"
    assert not Event.objects.filter(action="extraction.failed").exists()
