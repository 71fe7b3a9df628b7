"""A retriever for LlamaIndex: the facts that memweb's answer to a question cites.

    pip install ./client llama-index-core
    export MEMWEB_TOKEN=memweb_...
    python client/examples/llamaindex_retriever.py "Where was Ada Brook born?"

Each node is one approved fact. Its metadata says where it comes from: the triple, the sentence and
the document that state it, and who approved it and when. Where memweb does not know, there are
none. Nodes have no score: a fact is cited or not.
"""

from __future__ import annotations

import os
import sys
from typing import Any

from llama_index.core.retrievers import BaseRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode

from memweb_client import AsyncClient, Client, InSpace
from memweb_client.shapes import Answer, Citation


class MemwebRetriever(BaseRetriever):
    """Asks memweb, and returns what its answer cites. ``retrieve`` needs a ``client``,
    ``aretrieve`` an ``async_client``."""

    def __init__(
        self,
        space: InSpace,
        client: Client | None = None,
        async_client: AsyncClient | None = None,
        **more: Any,
    ) -> None:
        self.space, self.client, self.async_client = space, client, async_client
        super().__init__(**more)

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        if self.client is None:
            raise ValueError("This retriever has no client; give it one, or use aretrieve.")
        question = self.client.wait(self.space.question_ask(query_bundle.query_str))
        return nodes_of(self.client.send(self.space.answer(question.id)))

    async def _aretrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        if self.async_client is None:
            return self._retrieve(query_bundle)
        question = await self.async_client.wait(self.space.question_ask(query_bundle.query_str))
        return nodes_of(await self.async_client.send(self.space.answer(question.id)))


def nodes_of(answer: Answer) -> list[NodeWithScore]:
    """Return a node for each fact that an answer states; none where it states nothing."""
    if answer.abstained:
        return []
    return [
        NodeWithScore(
            node=TextNode(
                id_=f"triple-{one.triple.id}",
                text=one.statement,
                metadata=cited(one),
                excluded_embed_metadata_keys=["triple", "approved_by", "approved_at"],
            )
        )
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
        for found in MemwebRetriever(space, client).retrieve(sys.argv[1]):
            sys.stdout.write(f"{found.text}\n  {found.node.metadata}\n")
