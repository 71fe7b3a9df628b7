"""The memory beside one that lives in the RAM of a process: ``bench memory``.

Both get the same facts and the same reads, one after the other in turn, so that what disturbs the
machine meets both; each read is made several times and its fastest counts. PostgreSQL runs as the
product runs it, on a cluster of its own, which is killed at the end to see what it kept.
"""

from __future__ import annotations

import importlib.util
import os
import random
import time
from argparse import ArgumentParser
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
from django.db import connection

from apps.accounts.models import Space, User
from apps.common.names import normalise_name
from apps.evaluation.bench.made_up_memory import BUILD_MEMORY, ENTITIES_OF_FACTS, made_up_facts
from apps.evaluation.bench.made_up_names import Names, misspelt
from apps.evaluation.bench.memory_report import latency, table
from apps.evaluation.bench.options import machine, number
from apps.evaluation.bench.own_servers import OwnPostgres, OwnRam, megabytes, own_postgres
from apps.evaluation.measuring.errors import EvaluationError
from apps.evaluation.measuring.progress import Tell
from apps.memory.controller import (
    EntityInput,
    MemoryConfig,
    MemoryController,
    TripleInput,
)
from apps.memory.models import Entity, Relation, Triple
from apps.memory.services import embed_pending, relations_load
from apps.memory.services.bulk import Fact, facts_load
from worker import registry
from worker.types import MemoryQuery

__all__ = ["HELP", "NEEDS_DATABASE", "add_arguments", "run", "table"]

HELP = "reads, bulk load and near names beside a memory in RAM, and what a kill -9 leaves"
NEEDS_DATABASE = False  # it has a server of its own
FACTS, FEWEST, MOST = 300_000, 1_000, 2_000_000
READS, ROUNDS = 300, 3
NEAR = 150
EF_SEARCH = (100, 200, 400)
EMBEDDED_LIVE = 1_000  # names that the job of the product embeds, the index in place
WRITES = 10
EMBEDDER = "scripted"  # cheap, so that what is measured is the memory and not the model


def add_arguments(parser: ArgumentParser) -> None:
    """Add the options of ``bench memory``."""
    parser.add_argument(
        "--facts", type=number(FEWEST, MOST, "facts"), default=FACTS, metavar="N",
        help=f"size of the memory ({FACTS}); that many take 3 to 6 minutes to make",
    )  # fmt: skip
    parser.add_argument(
        "--reads", type=number(1, 100_000, "reads"), default=READS, metavar="N",
        help=f"how many of each kind ({READS})",
    )  # fmt: skip
    parser.add_argument(
        "--embedder", default=EMBEDDER,
        help=f"which one makes the vectors of names ({EMBEDDER}: trigrams, at once)",
    )  # fmt: skip
    parser.add_argument("--seed", type=int, default=7, help="of names, facts and reads (7)")


def run(options: Mapping[str, Any], tell: Tell) -> dict[str, Any]:
    """Fill both memories, read them, kill them, and return the figures. Raises EvaluationError
    and UnknownBackend."""
    if importlib.util.find_spec("faiss") is None:
        raise EvaluationError("The memory in RAM needs faiss-cpu: run `make install-dev`.")
    registry.embedder(options["embedder"])
    before = os.getloadavg()[0]
    with ExitStack() as stack:
        postgres = stack.enter_context(own_postgres())
        ram = OwnRam(options["embedder"])
        stack.callback(ram.close)
        pair = _Pair(postgres, ram, options["embedder"], options["seed"])
        loaded = pair.load(options["facts"], tell)
        reads = pair.exact(options["reads"])
        tell("exact reads made")
        near = pair.near(NEAR)
        tell("near names looked for")
        memory = {"memweb": megabytes(postgres.process), "ram": megabytes(ram.process)}
        return {
            "machine": machine() | {"load_before": round(before, 2)},
            "facts": loaded.pop("facts"),
            "entities": loaded.pop("entities"),
            "rounds": ROUNDS,
            "seed": options["seed"],
            "embedder": pair.embedder.name,
            "load": loaded,
            "reads_ms": reads,
            "near": near,
            "megabytes": memory,
            "kept_after_kill": pair.kept(),
            "writes": WRITES,
        }


@dataclass
class _Query:
    """A fact to read, by the names and by the ids that both memories have for it."""

    subject: str
    relation: str
    pinned: MemoryQuery
    ram_ids: tuple[int, int]


class _Pair:
    """The product's memory and the one in RAM, with the same facts."""

    def __init__(self, postgres: OwnPostgres, ram: OwnRam, embedder: str, seed: int) -> None:
        self.postgres, self.ram = postgres, ram
        self.embedder = registry.embedder(embedder)
        self._embedder_name = embedder
        self.source = random.Random(seed)
        self.seed = seed
        self.actor = User.objects.create_user("bench")
        self.space = Space.objects.create(slug="bench", name="A measurement")
        relations_load(space=self.space, actor=None)
        self.controller = MemoryController(self.space, self.embedder)

    def load(self, number: int, tell: Tell) -> dict[str, Any]:
        """Give both the facts; returns how fast that was."""
        facts = self._facts(number)
        began = time.perf_counter()
        loaded = facts_load(space=self.space, facts=facts, actor=None)
        seconds = time.perf_counter() - began
        tell(f"{loaded.triples:,} facts loaded in {seconds:.0f} s")
        job = self._embedded_live()
        indexing = self._embedded_at_once()
        tell(f"vectors of {loaded.entities:,} names made and indexed in {indexing:.0f} s")
        lines = [(fact.subject, fact.relation.name, fact.object) for fact in facts]
        began = time.perf_counter()
        self.ram("load", lines)
        in_ram = time.perf_counter() - began
        tell(f"the memory in RAM loaded in {in_ram:.0f} s")
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
        return {
            "facts": loaded.triples,
            "entities": loaded.entities,
            "memweb_facts_per_second": round(loaded.triples / seconds),
            "memweb_with_vectors_facts_per_second": round(loaded.triples / (seconds + indexing)),
            "memweb_job_names_per_second": round(job),
            "ram_facts_per_second": round(loaded.triples / in_ram),
        }

    def _facts(self, number: int) -> list[Fact]:
        relations = {row.wikidata_property: row for row in self._relations()}
        named = list(
            Names(size := max(40, round(number * ENTITIES_OF_FACTS)), self.seed).names(size)
        )
        rows = made_up_facts(named, random.Random(self.seed))
        return [
            Fact(
                named[subject - 1][0], relations[property_], named[object_ - 1][0],
                subject_type=named[subject - 1][1], object_type=named[object_ - 1][1],
                valid_from=since, valid_to=until,
            )
            for subject, property_, object_, since, until in islice(rows, number)
            if subject != object_
        ]  # fmt: skip

    def _relations(self) -> list[Relation]:
        return list(self.space.relations.defer("embedding"))

    def _embedded_live(self) -> float:
        """Return how many names a second the product's job embeds into the index."""
        began = time.perf_counter()
        done = embed_pending(embedder=self.embedder, limit=EMBEDDED_LIVE, space=self.space)
        return done / (time.perf_counter() - began)

    def _embedded_at_once(self) -> float:
        """Embed all other names and build the index anew; returns the seconds.

        The product's job would take its time; the index is as large and as good either way.
        """
        began = time.perf_counter()
        index = next(i for i in Entity._meta.indexes if i.name == "memory_entity_hnsw")
        with connection.schema_editor() as editor:
            editor.remove_index(Entity, index)
        while embed_pending(embedder=self.embedder, limit=10_000, space=self.space):
            pass
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('maintenance_work_mem', %s, false)", [BUILD_MEMORY])
        with connection.schema_editor() as editor:
            editor.add_index(Entity, index)
        return time.perf_counter() - began

    def exact(self, number: int) -> dict[str, Any]:
        """Read facts by their exact names and by their ids; returns the milliseconds of each."""
        queries = self._queries(number)
        kinds: dict[str, Callable[[_Query], object]] = {
            "memweb by id": lambda one: self.controller.read(one.pinned),
            "memweb by name": lambda one: self.controller.read(
                MemoryQuery(one.relation, subject=one.subject)
            ),
            "ram by id": lambda one: self.ram("read_ids", *one.ram_ids),
            "ram by name": lambda one: self.ram("read", one.subject, one.relation),
        }
        fastest = {kind: [float("inf")] * len(queries) for kind in kinds}
        for _ in range(ROUNDS):
            for at, query in enumerate(queries):
                for kind, read in kinds.items():
                    fastest[kind][at] = min(fastest[kind][at], _milliseconds(read, query))
        return {kind: latency(values) for kind, values in fastest.items()}

    def _queries(self, number: int) -> list[_Query]:
        pks = self.source.sample(
            list(Triple.objects.values_list("pk", flat=True)), min(number, Triple.objects.count())
        )
        rows = Triple.objects.select_related("subject", "relation")
        rows = rows.defer("subject__embedding", "relation__embedding")
        found = []
        for row in rows.filter(pk__in=pks).order_by("pk"):
            name, relation = row.subject.name, row.relation.name
            pinned = MemoryQuery(
                relation, subject=name, subject_id=str(row.subject_id),
                relation_id=str(row.relation_id),
            )  # fmt: skip
            found.append(_Query(name, relation, pinned, self.ram("ids", name, relation)))
        self.source.shuffle(found)
        return found

    def near(self, number: int) -> dict[str, Any]:
        """Look for misspelt names; returns how often the nearest one was found, and how fast."""
        names = self._misspelt(number)
        nearest = self._nearest(names)
        relation = "place of birth"
        found: dict[str, Any] = {"names": len(names)}
        readers: dict[str, Callable[[str], Any]] = {
            f"memweb ef {ef}": self._reader(relation, ef) for ef in EF_SEARCH
        }
        readers["ram"] = lambda name: self.ram("read", name, relation)
        for label, read in readers.items():
            fastest = [min(_milliseconds(read, name) for _ in range(ROUNDS)) for name in names]
            right = sum(
                one in self._considered(label, read, name)
                for one, name in zip(nearest, names, strict=True)
            )
            found[label] = latency(fastest) | {"found": right}
        return found

    def _reader(self, relation: str, ef: int) -> Callable[[str], Any]:
        config = MemoryConfig(ef_search=ef)
        controller = MemoryController(self.space, self.embedder, config)
        return lambda name: controller.read(MemoryQuery(relation, subject=name))

    def _considered(self, label: str, read: Callable[[str], Any], name: str) -> set[str]:
        if label == "ram":
            return {self.ram("nearest", name)}
        return {one.name for one in read(name).candidates if one.role == "entity"}

    def _misspelt(self, number: int) -> list[str]:
        names = list(Entity.objects.order_by("pk").values_list("name", flat=True))
        made: list[str] = []
        known = set(map(normalise_name, names))
        for name in self.source.sample(names, len(names)):
            wrong = misspelt(name, self.source)
            if normalise_name(wrong) not in known and len(made) < number:
                made.append(wrong)
        return made

    def _nearest(self, names: Sequence[str]) -> list[str]:
        """Return the nearest name to each, compared with all of them."""
        rows = list(Entity.objects.order_by("pk").values_list("name", flat=True))
        best = np.full(len(names), -1.0, np.float32)
        found = [""] * len(names)
        asked = self.embedder.embed(list(names))
        for at in range(0, len(rows), 10_000):
            near = asked @ self.embedder.embed(rows[at : at + 10_000]).T
            for i, j in enumerate(near.argmax(1)):
                if near[i, j] > best[i]:
                    best[i], found[i] = near[i, j], rows[at + int(j)]
        return found

    def kept(self) -> dict[str, int]:
        """Write facts one by one into both, kill both, start them, and count what is there."""
        relation = next(row for row in self._relations() if row.name == "place of birth")
        subjects = [f"Kept Person {n}" for n in range(WRITES)]
        for name in subjects:
            triple = TripleInput(EntityInput(name), relation, EntityInput("Keptborough"))
            self.controller.write(triple, actor=self.actor)
            self.ram("load", [(name, relation.name, "Keptborough")])
        self.postgres.kill_and_start()
        kept = sum(
            bool(self.controller.read(MemoryQuery(relation.name, subject=name)).facts)
            for name in subjects
        )
        self.ram.close()
        again = OwnRam(self._embedder_name)
        try:
            in_ram = sum(again("ids", name, relation.name) is not None for name in subjects)
        finally:
            again.close()
        return {"memweb": kept, "ram": in_ram}


def _milliseconds(read: Callable[[Any], object], given: Any) -> float:
    began = time.perf_counter()
    read(given)
    return 1000 * (time.perf_counter() - began)
