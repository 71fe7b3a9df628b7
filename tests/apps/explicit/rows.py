"""Explicit memories for tests, without a model: rows as a build leaves them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from django.db import connection
from pgvector import HalfVector

from apps.explicit.models import ExplicitFact, ExplicitMemory, ExplicitSentence
from apps.memory.models import Evidence, Triple

MAKER = "e" * 64


def digest(triple: int) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT explicit_digest(%s)", [triple])
        return str(cursor.fetchone()[0])


def vector(text: str) -> HalfVector:
    """Return a vector of length 1 by the words of a text: texts that share words are near."""
    numbers = [0.01] * 32
    for word in text.casefold().split():
        numbers[hashlib.sha256(word.strip(".,?").encode()).digest()[0] % 32] += 1.0
    length = sum(one * one for one in numbers) ** 0.5
    return HalfVector([one / length for one in numbers])


def make_memory(
    triples: Iterable[Triple], evidence: Iterable[Evidence] = (), text: str = "", **fields
) -> ExplicitMemory:
    """Save a fresh memory of these facts and sentences."""
    triples = list(triples)
    text = text or "; ".join(map(str, triples))
    name = hashlib.sha256(f"{text} {[one.pk for one in triples]}".encode()).hexdigest()
    memory = ExplicitMemory.objects.create(
        space=triples[0].space,
        subject=triples[0].subject,
        **{
            "state": "fresh", "maker": MAKER, "model": "m" * 64, "name": name, "sha256": name,
            "bytes": 100, "tokens": 8, "embedding": vector(text), "embedded_by": "words", **fields,
        },
    )  # fmt: skip
    for one in triples:
        ExplicitFact.objects.create(memory=memory, triple=one, digest=digest(one.pk))
    for one in evidence:
        ExplicitSentence.objects.create(
            memory=memory, evidence=one, passage=one.passage,
            start=one.sentence_start, end=one.sentence_end,
        )  # fmt: skip
    return memory


def is_sound(memory: ExplicitMemory) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT explicit_sound(%s)", [memory.pk])
        return bool(cursor.fetchone()[0])
