"""Explicit memories for tests, without a model: rows as a build leaves them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from django.db import connection
from pgvector import HalfVector

from apps.explicit.models import ExplicitFact, ExplicitMemory, ExplicitSentence
from apps.explicit.services.files import place_of
from apps.memory.models import Evidence, Triple
from worker.references import MadeReference, TextReference, Weighed

MAKER = "e" * 64


def path_of(space: int, name: str) -> Path:
    """Return where the file of a memory lies, in a site that keeps them in a folder."""
    return place_of(space).path(name)


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


class StubMaker:
    """Makes explicit memories of words, without a model: a token is a word, a file its text."""

    def __init__(self, model: str = "m" * 64, room: int = 12) -> None:
        self.said = {"format": "1", "model": model, "adapter": "a1", "scheme": "{}"}
        self.room, self.put_texts, self.put_names = room, [], []
        self.before_put = lambda: None  # what happens while a text is encoded

    def name(self, text: str) -> str:
        return hashlib.sha256(f"{self.said['model']} {text}".encode()).hexdigest()

    def references(self, texts):
        whole = [one for one in texts if len(one[0].split()) <= self.room]
        left = [one for one in texts if len(one[0].split()) > self.room]
        made: list[TextReference] = []
        for text, marks in whole:
            ids = tuple(range(len(text.split())))
            if made and len(made[-1].ids) + len(ids) <= self.room:
                last = made.pop()
                text, ids = f"{last.text} {text}", last.ids + ids
                marks = tuple(dict.fromkeys((*last.marks, *marks)))
            made.append(TextReference(text, ids, marks))
        return [*made, *(TextReference(text, (), marks) for text, marks in left)]

    def weighed(self):
        seconds = {"text": (0.0, 0.1), "memory": (0.1, 0.001), "adapter": (60.0, 0.0)}
        flop = {form: (one * 1e12, two * 1e12) for form, (one, two) in seconds.items()}
        return Weighed(seconds, flop, tokens=127, bytes=92_160, passes=20)

    def put(self, blobs, references, names):
        self.before_put()
        made = []
        for one in references:
            data, name = one.text.encode(), self.name(one.text)
            blobs.write(name, data)
            self.put_texts.append(one.text)
            self.put_names.append(list(names[references.index(one)]))
            made.append(MadeReference(name, hashlib.sha256(data).hexdigest(), len(data), 8))
        return made


class WordEmbedder:
    """Embeds by words, as ``vector`` does."""

    name, dimension = "words", 32

    def embed(self, texts):
        return np.array([vector(text).to_list() for text in texts], dtype=np.float32)
