"""Every request, job, task and command has a name while it runs."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.test import Client

from apps.accounts.models import Space, User
from apps.audit.models import Event
from apps.common import jobs
from apps.common.requests import LONGEST, during, request_id
from apps.curation.services import extraction_request
from apps.curation.services.extraction import EXTRACTIONS
from memweb.celery import app
from tests import factories
from tests.apps.common.test_refusals import log as log
from worker.errors import WorkerError

HEX = re.compile(r"[0-9a-f]{32}")


def test_it_names_what_is_done_and_what_was_done_before() -> None:
    assert request_id() == ""
    with during("command:ingest"):
        with pytest.raises(KeyError, match="job:a"), during("job:a.b:1"):
            raise KeyError(request_id())
        assert request_id() == "command:ingest"
    with during("x" * 1000):
        assert len(request_id()) == LONGEST
    assert request_id() == ""


def test_it_gives_every_answer_another_id(client: Client, space: Space, carol: User) -> None:
    client.force_login(carol)
    pages = ["/s/atlas/", "/s/nowhere/", "/s/atlas/settings/", "/accounts/sign-in/", "/no/such/"]
    ids = [client.get(page)["X-Request-ID"] for page in [*pages, *pages]]
    assert all(map(HEX.fullmatch, ids))
    assert len(set(ids)) == len(ids)
    assert request_id() == ""


def test_it_believes_no_id_of_a_browser(client: Client, db: None) -> None:
    sent = "0" * 32
    assert client.get("/", headers={"X-Request-ID": sent})["X-Request-ID"] != sent


def test_it_names_the_request_in_the_line_of_a_refusal(
    client: Client, space: Space, carol: User, log
) -> None:
    client.force_login(carol)
    answer = client.get("/s/atlas/settings/")
    (line,) = log.getvalue().splitlines()
    assert line.endswith(f"(request {answer['X-Request-ID']})")


def test_it_names_a_job_while_it_runs(space: Space, alice: User, monkeypatch) -> None:
    document = factories.make_document(space, alice)
    extraction = extraction_request(document=document, actor=alice, head="scripted")
    seen = []
    jobs.run(EXTRACTIONS, extraction.pk, lambda job: seen.append(request_id()))
    assert seen == [f"job:curation.extraction:{extraction.pk}"]
    assert request_id() == ""


def test_it_names_a_task() -> None:
    seen = []

    @app.task(name="tests.named")
    def named() -> None:
        seen.append(request_id())

    try:
        named()
        named.apply()
    finally:
        app.tasks.pop("tests.named")
    assert seen == ["task:tests.named"] * 2


def test_it_names_a_command(tmp_path: Path) -> None:
    program = (
        "import sys, manage, django.core.management as management\n"
        "def tell(arguments):\n"
        "    from apps.common.requests import request_id\n"
        "    print(request_id())\n"
        "management.execute_from_command_line = tell\n"
        "sys.argv = ['manage.py', 'version']\n"
        "manage.main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        env={"MEMWEB_VAR": str(tmp_path), "PATH": "/usr/bin:/bin"},
    )
    assert done.stdout.split() == ["command:version"]


def test_an_event_says_for_which_request_or_job_it_was_written(
    client: Client, space: Space, alice: User
) -> None:
    client.force_login(alice)
    answer = client.post("/s/atlas/settings/", {"name": "Atlas and more"})
    assert answer.status_code == 302
    assert Event.objects.get(action="space.changed").request == answer["X-Request-ID"]
    document = factories.make_document(space, alice)
    extraction = extraction_request(document=document, actor=alice, head="scripted")
    assert Event.objects.get(action="extraction.requested").request == ""

    def fail(job: object) -> None:
        raise WorkerError("no", permanent=True)

    jobs.run(EXTRACTIONS, extraction.pk, fail)
    failed = Event.objects.get(action="extraction.failed")
    assert failed.request == f"job:curation.extraction:{extraction.pk}"
