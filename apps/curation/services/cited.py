"""The documents that the rows of an imported file name as their sources."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass

from apps.accounts.models import Space
from apps.common.names import normalise_name
from apps.sources.models import Document

MOST_PLACES = 1000  # of a name in one document that are looked at for the other name


@dataclass(frozen=True)
class Cited:
    """A document that a row names, and its sentence with both names, if there is one."""

    document: Document
    start: int | None = None
    end: int | None = None


class CitedDocuments:
    """Finds what rows name as their source among the documents of a space, by title or file."""

    def __init__(self, space: Space, *, without: Document) -> None:
        rows = (
            Document.objects.filter(space=space)
            .exclude(pk=without.pk)
            .exclude(format=Document.Format.TRIPLES)
        )
        self._known: dict[str, int | None] = {}
        for pk, title, filename in rows.values_list("pk", "title", "filename"):
            for name in {normalise_name(title), normalise_name(filename)} - {""}:
                # Of two documents of one name none is meant for certain.
                self._known[name] = None if name in self._known else pk
        self._sentences: dict[int, tuple[Document, list[tuple[int, int]]]] = {}

    def find(self, source: str, subject: str, object: str) -> Cited | None:
        """Return the document that ``source`` names, with the first sentence that has both."""
        pk = self._known.get(normalise_name(source))
        if pk is None:
            return None
        document, sentences = self._document(pk)
        first, second = (_whole(name) for name in (subject, object))
        starts = [start for start, _ in sentences]
        for number, match in enumerate(first.finditer(document.text)):
            place = bisect_right(starts, match.start()) - 1
            if number == MOST_PLACES:
                break
            if place < 0 or match.end() > sentences[place][1]:
                continue
            start, end = sentences[place]
            if second.search(document.text, start, end):
                return Cited(document, start, end)
        return Cited(document)

    def _document(self, pk: int) -> tuple[Document, list[tuple[int, int]]]:
        if pk not in self._sentences:
            document = Document.objects.get(pk=pk)
            spans = [
                span
                for passage in document.passages.order_by("start")
                for span in passage.sentence_spans()
            ]
            self._sentences[pk] = document, sorted(spans)
        return self._sentences[pk]


def _whole(name: str) -> re.Pattern[str]:
    words = r"\s+".join(re.escape(word) for word in name.split())
    return re.compile(rf"(?<!\w){words}(?!\w)")
