"""The process of ``bench ingest`` that asks; its settings name servers of their own.

Prints lines of progress, and as its last one the figures as a JSON object.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psutil

PAUSE = 0.25  # seconds between an answer and the next question, as if somebody read it
LOOK = 0.004  # seconds between two looks at a row
PATIENCE = 600.0  # for one answer, the first of which loads the model
READING_PATIENCE = 3600.0


def tell(line: str) -> None:
    """Say a line of progress."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


@contextmanager
def workers() -> Iterator[dict[str, psutil.Process]]:
    """Run the product's workers; give each one's process by its name, and kill them at the end."""
    from django.conf import settings

    from memweb.embedded import processes
    from memweb.serving import programs, servers

    logs = settings.VAR_DIR / "log"
    logs.mkdir(parents=True, exist_ok=True)
    started = {}
    try:
        for child in programs.workers(logs):
            process = processes.spawn(
                child.command,
                log=child.log,
                environment=programs.environment(servers.environment()),
                folder=settings.BASE_DIR,
            )
            started[child.name] = psutil.Process(process.pid)
        yield started
    finally:
        for one in started.values():
            for process in (*one.children(recursive=True), one):
                process.kill()


def document_of(characters: int, seed: int) -> str:
    """Return a text of about that length, whose paragraphs are of many lengths."""
    from worker.benchmarks.texts import made_passages

    parts: list[str] = []
    length = 0
    while length < characters:
        sentences = 1 + (7 * len(parts)) % 12
        (passage,) = made_passages(1, seed + len(parts), sentences)
        parts.append(passage.text)
        length += len(passage.text) + 2
    return "\n\n".join(parts)


def wait_until(holds: Callable[[], bool], patience: float, what: str) -> None:
    """Look again and again. Raises SystemExit when it takes longer than ``patience`` seconds."""
    until = time.monotonic() + patience
    while not holds():
        if time.monotonic() > until:
            raise SystemExit(f"Waited {patience:.0f} s for {what}.")
        time.sleep(LOOK)


class Session:
    """A memory, somebody who asks it, and the document that is read meanwhile."""

    def __init__(self, given: dict[str, Any]) -> None:
        from apps.accounts.models import User
        from apps.evaluation.bench.made_up_memory import fill
        from apps.evaluation.bench.question_maker import Questioner
        from memweb.serving.roles import as_owner

        self.given = given
        with as_owner():  # indexes go and come
            filled = fill(given["facts"], given["seed"], tell)
        self.space = filled.space
        self.asker = User.objects.create(username="asker")
        self.writer = User.objects.create(username="writer")
        number = max(500, 10 * given["questions"])
        self._asked = iter(Questioner(filled, given["seed"] + 1).questions(number))

    def ask(self) -> float:
        """Ask the next question as the page does; return the milliseconds until its answer."""
        from apps.asking.models import Question
        from apps.asking.services import question_ask

        began = time.perf_counter()
        question = question_ask(space=self.space, actor=self.asker, text=next(self._asked).text)
        open_ = Question.objects.filter(pk=question.pk, state__in=Question.OPEN)
        wait_until(lambda: not open_.exists(), PATIENCE, "an answer")
        taken = 1000 * (time.perf_counter() - began)
        time.sleep(PAUSE)
        return taken

    def run(self, started: dict[str, psutil.Process]) -> dict[str, Any]:
        """Ask, read the document, and return the figures."""
        from apps.curation.services.documents import document_import

        for _ in range(3):
            self.ask()
        alone = [self.ask() for _ in range(self.given["questions"])]
        text = document_of(self.given["characters"], self.given["seed"])
        imported = document_import(
            space=self.space, actor=self.writer, data=text.encode(), filename="bench.txt"
        )
        assert imported.extraction is not None
        tell("the document is being read")
        began = time.monotonic()
        beside, memory = self._beside(imported.extraction, started["worker for documents"])
        return {
            "alone_ms": alone,
            "beside_ms": beside,
            "worker_mb": memory,
            "passages": imported.document.passages.count(),
            "seconds_reading": round(time.monotonic() - began, 1),
        }

    def _beside(
        self, extraction: Any, reader: psutil.Process
    ) -> tuple[list[float], list[tuple[float, float]]]:
        """Ask until the document is read; return milliseconds, and the reader's memory by share."""
        total = extraction.document.passages.count()
        wait_until(extraction.passages.exists, PATIENCE, "the first passage")
        beside: list[float] = []
        memory: list[tuple[float, float]] = []
        until = time.monotonic() + READING_PATIENCE
        while extraction.is_open and time.monotonic() < until:
            beside.append(self.ask())
            extraction.refresh_from_db()
            memory.append((extraction.passages.count() / total, _megabytes(reader)))
        if extraction.state != "done":
            raise SystemExit(f"The document was not read: {extraction.error or extraction.state}.")
        return beside, memory


def _megabytes(worker: psutil.Process) -> float:
    """Return the memory of the process of a worker that holds the model."""
    return float(max(one.memory_info().rss for one in worker.children(recursive=True)) / 1e6)


def main() -> None:
    """Measure what the JSON object in the first argument asks for."""
    import os

    os.environ["DJANGO_SETTINGS_MODULE"] = "memweb.settings"
    import django

    django.setup()
    from memweb.serving import servers

    servers.migrate()
    session = Session(json.loads(sys.argv[1]))
    with workers() as started:
        found = session.run(started)
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
