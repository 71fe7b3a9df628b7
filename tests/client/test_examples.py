"""The examples return approved facts with where they come from, and nothing where nobody knows."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.conf import settings

from apps.accounts.models import Space, User
from apps.asking.models import Question
from apps.asking.services import question_run
from memweb_client import AsyncClient
from tests.client.conftest import ATLAS, Opens

FOLDER = Path(settings.BASE_DIR) / "client" / "examples"
QUESTION, NOBODY = "Where was Ada Brook born?", "Where was Nobody Here born?"


@pytest.fixture(autouse=True)
def _examples(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(FOLDER)


def check(content: str, metadata: dict[str, Any], key: str) -> None:
    """See that a fact says from where it comes."""
    triple = metadata["triple"]
    assert (content, key) == ("Ada Brook was born in Lindenau.", f"triple-{triple}")
    assert metadata["sentence"].startswith("Ada Brook")
    assert (metadata["document"], metadata["approved_by"]) == ("Ada Brook, a life", "bob")
    assert metadata["approved_at"].endswith("+00:00")


@pytest.mark.usefixtures("working")
def test_it_retrieves_for_langchain(filled: Space, carol: User, open_client: Opens) -> None:
    module = import_module("langchain_retriever")
    retriever = module.MemwebRetriever(space=ATLAS, client=open_client(carol))
    (found,) = retriever.invoke(QUESTION)
    check(found.page_content, found.metadata, found.id)
    assert retriever.invoke(NOBODY) == []
    with pytest.raises(ValueError, match="no client"):
        module.MemwebRetriever(space=ATLAS).invoke(QUESTION)


@pytest.mark.usefixtures("working")
def test_it_retrieves_for_llamaindex(filled: Space, carol: User, open_client: Opens) -> None:
    module = import_module("llamaindex_retriever")
    retriever = module.MemwebRetriever(ATLAS, open_client(carol))
    (found,) = retriever.retrieve(QUESTION)
    check(found.text, found.node.metadata, found.node.node_id)
    assert retriever.retrieve(NOBODY) == []
    with pytest.raises(ValueError, match="no client"):
        module.MemwebRetriever(ATLAS).retrieve(QUESTION)


def test_they_retrieve_with_await(
    filled: Space, carol: User, open_async: Callable[[User], AsyncClient], monkeypatch: Any
) -> None:
    @sync_to_async
    def work(seconds: float) -> None:
        for question in Question.objects.filter(state=Question.State.QUEUED):
            question_run(question_id=question.pk)

    monkeypatch.setattr("memweb_client.transports.asyncio.sleep", work)
    chain, index = import_module("langchain_retriever"), import_module("llamaindex_retriever")
    opened = open_async(carol)

    async def use() -> None:
        async with opened:
            (one,) = await chain.MemwebRetriever(space=ATLAS, async_client=opened).ainvoke(QUESTION)
            check(one.page_content, one.metadata, one.id)
            (two,) = await index.MemwebRetriever(ATLAS, None, opened).aretrieve(QUESTION)
            check(two.text, two.node.metadata, two.node.node_id)

    async_to_sync(use)()
