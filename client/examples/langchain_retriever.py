"""A retriever for LangChain: the facts that memweb's answer to a question cites.

    pip install ./client langchain-core
    export MEMWEB_TOKEN=memweb_...
    python client/examples/langchain_retriever.py "Where was Ada Brook born?"

Each document is one approved fact. Its metadata says where it comes from: the triple, the sentence
and the document that state it, and who approved it and when. Where memweb does not know, there are
none.
"""

from __future__ import annotations

import os
import sys
from typing import Any

from langchain_core.callbacks import (
    AsyncCallbackManagerForRetrieverRun,
    CallbackManagerForRetrieverRun,
)
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict

from memweb_client import AsyncClient, Client, InSpace
from memweb_client.shapes import Answer, Citation


class MemwebRetriever(BaseRetriever):
    """Asks memweb, and returns what its answer cites. ``invoke`` needs a ``client``, ``ainvoke`` an
    ``async_client``."""

    model_config = ConfigDict(arbitrary_types_allowed=True)
    space: InSpace
    client: Client | None = None
    async_client: AsyncClient | None = None

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun
    ) -> list[Document]:
        if self.client is None:
            raise ValueError("This retriever has no client; give it one, or use ainvoke.")
        question = self.client.wait(self.space.question_ask(query))
        return documents_of(self.client.send(self.space.answer(question.id)))

    async def _aget_relevant_documents(
        self, query: str, *, run_manager: AsyncCallbackManagerForRetrieverRun
    ) -> list[Document]:
        if self.async_client is None:
            return await super()._aget_relevant_documents(query, run_manager=run_manager)
        question = await self.async_client.wait(self.space.question_ask(query))
        return documents_of(await self.async_client.send(self.space.answer(question.id)))


def documents_of(answer: Answer) -> list[Document]:
    """Return a document for each fact that an answer states; none where it states nothing."""
    if answer.abstained:
        return []
    return [
        Document(id=f"triple-{one.triple.id}", page_content=one.statement, metadata=cited(one))
        for one in answer.citations
    ]


def cited(one: Citation) -> dict[str, Any]:
    """Return where a fact comes from."""
    return {
        "triple": one.triple.id,
        "sentence": one.sentence,
        "document": one.document.title if one.document else None,
        "approved_by": one.approved_by,
        "approved_at": one.approved_at.isoformat(),
    }


if __name__ == "__main__":
    url = os.environ.get("MEMWEB_URL", "http://127.0.0.1:8000")
    space = InSpace(os.environ.get("MEMWEB_SPACE", "demo"))
    with Client(url, os.environ["MEMWEB_TOKEN"]) as client:
        for found in MemwebRetriever(space=space, client=client).invoke(sys.argv[1]):
            sys.stdout.write(f"{found.page_content}\n  {found.metadata}\n")
