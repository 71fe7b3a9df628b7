"""Calls that schemathesis makes up from the documentation: never a fault of ours, and no answer
that is not documented. The examples are the same in every run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from apps.accounts.models import Role, Space
from apps.accounts.tokens import token_make
from apps.api.views import described
from apps.asking.models import Question
from apps.audit.models import Event
from apps.curation.models import Candidate, Extraction
from apps.memory.models import Entity, Relation, Triple
from apps.sources.models import Document
from tests import factories

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
EXAMPLES = 3  # of each call, of good ones and of bad ones
QUICK = settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(autouse=True)
def _one_connection() -> Iterator[None]:
    """Keep the connection of the test, which the end of a request would else close."""
    request_started.disconnect(close_old_connections)
    request_finished.disconnect(close_old_connections)
    yield
    request_started.connect(close_old_connections)
    request_finished.connect(close_old_connections)


@pytest.fixture
def token(space: Space, settings, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return a token of somebody with every role in a space that holds a little of everything."""
    settings.READ_HEAD = settings.WRITE_HEAD = "scripted"
    settings.API_CALLS_AT_ONCE = 100_000
    monkeypatch.setattr("apps.api.streams.LONGEST", 0.0)  # of an answer that nobody makes
    monkeypatch.setattr("apps.common.jobs.bell.current_app.send_task", lambda *given, **more: None)
    person = factories.make_user("erin")
    factories.grant(space, person, *Role.values)
    document = factories.make_document(space, person)
    factories.make_candidate(document, person)
    triple = factories.make_triple(space, "Ada Brook", "place of birth", "Lindenau")
    factories.make_evidence(triple, document, person)
    factories.make_question(space, person)
    return token_make(user=person, name="schemathesis")[1]


def numbers() -> dict[str, int]:
    """Return the number of a row of each kind that there is, by the word of its address."""
    kinds = {
        "documents": Document, "candidates": Candidate, "triples": Triple, "questions": Question,
        "relations": Relation, "entities": Entity, "extractions": Extraction, "events": Event,
    }  # fmt: skip
    return {word: kind.objects.earliest("pk").pk for word, kind in kinds.items()}


def operations(schema: Any) -> Iterator[Any]:
    for found in schema.get_all_operations():
        yield found.ok()


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_it_answers_as_it_is_documented(token: str, mode: GenerationMode) -> None:
    described()
    rows = numbers()
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", get_wsgi_application())
    headers = {"Authorization": f"Bearer {token}", "Accept-Encoding": "identity"}
    number, found = 0, list[str]()
    for operation in operations(schema):
        fixed: dict[str, Any] = {"slug": "atlas"} if "{slug}" in operation.path else {}
        word = operation.path.partition("/{id}")[0].rpartition("/")[2]
        if "{id}" in operation.path and word in rows:
            fixed["id"] = rows[word]

        @QUICK
        @given(case=operation.as_strategy(generation_mode=mode, path_parameters=fixed))
        def call(case: Any) -> None:
            answer = case.call(headers=headers)
            # Nobody is there to answer: that is no fault of the web process.
            waits = answer.status_code == 503 and case.operation.path.endswith("chat/completions")
            checks = [one for one in CHECKS if not (waits and one is not_a_server_error)]
            case.validate_response(answer, checks=checks)

        if mode == GenerationMode.NEGATIVE and not (operation.query or operation.body):
            continue  # nothing that could be wrong
        try:
            call()
        except FailureGroup as failed:
            found += [f"{operation.label}: {one}" for one in failed.exceptions]
        number += 1
    assert found == []
    assert number > 40
