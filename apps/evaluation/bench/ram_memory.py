"""A memory in the RAM of one process, of the kind that MemLLM describes (arXiv 2404.11672).

It is there to be measured beside the product's and serves nothing else. Names stand in an HNSW
index (cosine, M 20, ef_construction 200, ef 300) and triples in dictionaries. A query takes up to
300 entities and 25 relations within their thresholds, scores a pair by its mean distance, and
gives the facts of pairs under a third threshold; a pair of equal names beats every other. Nothing
is written to disk. ``python -m apps.evaluation.bench.ram_memory SOCKET`` serves one client.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Sequence
from multiprocessing.connection import Listener
from typing import Any, TypeAlias

import numpy as np

from worker import registry

Line: TypeAlias = tuple[str, str, str]  # subject, relation, object
M, EF_CONSTRUCTION, EF = 20, 200, 300
MOST_ENTITIES, MOST_RELATIONS, MOST_FACTS = 300, 25, 30
TAU_ENTITY, TAU_RELATION, TAU_QUERY = 0.15, 0.50, 0.30  # as the product has them
EQUAL = 0.001  # mean distance under which a pair counts as equal
EMBEDDED_AT_ONCE = 1000


class RamMemory:
    """Facts by the ids of their known side and relation; names by their vectors."""

    def __init__(self, embedder: str) -> None:
        import faiss  # of the development set-up only, see pyproject.toml

        self._embedder = registry.embedder(embedder)
        self._names: dict[str, int] = {}
        self._relations: dict[str, int] = {}
        self._relation_vectors = np.zeros((0, self._embedder.dimension), np.float32)
        self._triples: set[tuple[int, int, int]] = set()
        self._by_subject: dict[tuple[int, int], list[int]] = defaultdict(list)
        self._by_object: dict[tuple[int, int], list[int]] = defaultdict(list)
        self._index: Any = faiss.IndexHNSWFlat(
            self._embedder.dimension, M, faiss.METRIC_INNER_PRODUCT
        )
        self._index.hnsw.efConstruction = EF_CONSTRUCTION
        self._index.hnsw.efSearch = EF

    def load(self, lines: Sequence[Line]) -> int:
        """Store facts; a fact that is there already stays one. Returns how many there are."""
        new = [name for line in lines for name in (line[0], line[2]) if name not in self._names]
        new = list(dict.fromkeys(new))
        self._names.update((name, at) for at, name in enumerate(new, start=len(self._names)))
        for at in range(0, len(new), EMBEDDED_AT_ONCE):
            self._index.add(self._embedder.embed(new[at : at + EMBEDDED_AT_ONCE]))
        for relation in dict.fromkeys(line[1] for line in lines):
            if relation not in self._relations:
                self._relations[relation] = len(self._relations)
                vector = self._embedder.embed([relation])
                self._relation_vectors = np.concatenate([self._relation_vectors, vector])
        for subject, relation, object_ in lines:
            triple = (self._names[subject], self._relations[relation], self._names[object_])
            if triple not in self._triples:
                self._triples.add(triple)
                self._by_subject[triple[:2]].append(triple[2])
                self._by_object[triple[2], triple[1]].append(triple[0])
        return len(self._triples)

    def ids(self, name: str, relation: str) -> tuple[int, int] | None:
        """Return the ids by which ``read_ids`` knows a name and a relation."""
        if name not in self._names or relation not in self._relations:
            return None
        return self._names[name], self._relations[relation]

    def read_ids(self, entity: int, relation: int) -> list[int]:
        """Return the objects of a subject."""
        return self._by_subject.get((entity, relation), [])[:MOST_FACTS]

    def nearest(self, name: str) -> str:
        """Return the name that the index finds nearest."""
        entities = self._index.search(self._embedder.embed([name]), MOST_ENTITIES)[1]
        return list(self._names)[int(entities[0][0])]

    def read(self, name: str, relation: str) -> list[int]:
        """Return the objects of a subject by its name."""
        ones, others = self._near_entities(name), self._near_relations(relation)
        scored = [((a + b) / 2, one, other) for one, a in ones for other, b in others]
        pairs = sorted(pair for pair in scored if pair[0] < TAU_QUERY)
        if pairs and pairs[0][0] < EQUAL:
            pairs = [pair for pair in pairs if pair[0] < EQUAL]
        found = [pk for _, one, other in pairs for pk in self.read_ids(one, other)]
        return list(dict.fromkeys(found))[:MOST_FACTS]

    def _near_entities(self, name: str) -> list[tuple[int, float]]:
        near, entities = self._index.search(self._embedder.embed([name]), MOST_ENTITIES)
        apart = [(int(pk), 1 - float(one)) for pk, one in zip(entities[0], near[0], strict=True)]
        return [(pk, distance) for pk, distance in apart if pk >= 0 and distance < TAU_ENTITY]

    def _near_relations(self, relation: str) -> list[tuple[int, float]]:
        apart = 1 - self._relation_vectors @ self._embedder.embed([relation])[0]
        nearest = [(int(pk), float(apart[pk])) for pk in apart.argsort()[:MOST_RELATIONS]]
        return [(pk, distance) for pk, distance in nearest if distance < TAU_RELATION]


def serve(address: str, embedder: str) -> None:
    """Answer (method, arguments) of one client until it goes away."""
    memory = RamMemory(embedder)
    with Listener(address, "AF_UNIX") as listener, listener.accept() as client:
        while True:
            try:
                method, arguments = client.recv()
            except EOFError:
                return
            client.send(getattr(memory, method)(*arguments))


if __name__ == "__main__":
    serve(*sys.argv[1:])
