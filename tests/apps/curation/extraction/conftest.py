"""The document that is read, and a way to put another head in place."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from apps.sources.models import Document, Passage
from tests import factories
from tests.apps.curation.extraction.reading import TEXTS
from worker import registry


@pytest.fixture
def document(space, alice) -> Document:
    """A document of three passages with one fact each."""
    text = " ".join(TEXTS)
    document = factories.make_document(space, alice, text=text)
    document.passages.all().delete()
    for index, part in enumerate(TEXTS):
        start = text.index(part)
        middle = start + part.index(".") + 1
        Passage.objects.create(
            document=document,
            index=index,
            start=start,
            end=start + len(part),
            text=part,
            sentences=[start, middle, middle + 1, start + len(part)],
        )
    for name in ("place of birth", "founded by"):
        factories.make_relation(space, name)
    return document


@pytest.fixture
def head(monkeypatch) -> Iterator[object]:
    """Return a function that puts a head in the place of the configured one."""

    def put(instance: object) -> object:
        monkeypatch.setattr(registry, "write_head", lambda name: instance)
        return instance

    return put
