r"""The text protocol of memory calls, as every head speaks it.

::

    ({MEM_WRITE--> subject>>relation>>object; subject>>relation>>object})
    ({MEM_READ(subject>>relation>>; >>relation>>object)--> result; result})

The form is MemLLM's (arXiv 2404.11672), where fields that contain a separator are lost. Here a
backslash makes the next character an ordinary one, so every name survives the round trip:
``\``, ``;``, ``(``, ``)``, ``{`` and ``}`` are always escaped, ``>`` where it could be read as
part of ``>>``, and white space at either end of a name. ``\n`` and ``\r`` stand for line breaks,
``\e`` for a name that is empty. White space around a field that is not escaped means nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from worker.types import MemoryQuery

TripleText: TypeAlias = tuple[str, str, str]

WRITE_START = "({MEM_WRITE"
READ_START = "({MEM_READ("
WAIT = "-->"
END = "})"

_ALWAYS_ESCAPED = frozenset("\\;(){}")
_NAMED = {"\n": "\\n", "\r": "\\r"}
_NAMED_BACK = {"n": "\n", "r": "\r", "e": ""}


class ProtocolError(ValueError):
    """The text is not a memory call; ``position`` is the offset where reading it failed."""

    def __init__(self, message: str, position: int) -> None:
        super().__init__(f"{message} (at position {position})")
        self.position = position


def question_prompt(question: str) -> str:
    """Return what a model goes on from to answer a question, its first call at once."""
    return f"Question: {question}\nAnswer:"


@dataclass(frozen=True)
class ReadCallText:
    """A parsed MEM_READ. ``results`` is None while the call still waits for its answer."""

    queries: tuple[MemoryQuery, ...]
    results: tuple[str, ...] | None


@dataclass(frozen=True)
class FoundCall:
    """A call that stands in a longer text: ``text`` is exactly ``source[start:end]``."""

    kind: Literal["write", "read"]
    start: int
    end: int
    text: str


def escape(name: str) -> str:
    """Return ``name`` as it is written inside a call."""
    if not name:
        return "\\e"
    last = len(name) - 1
    pieces = []
    for position, char in enumerate(name):
        at_edge = position in (0, last)
        if char in _NAMED:
            pieces.append(_NAMED[char])
        elif char in _ALWAYS_ESCAPED or (at_edge and (char == ">" or char.isspace())):
            pieces.append("\\" + char)
        elif char == ">" and ">" in (name[position - 1], name[position + 1]):
            pieces.append("\\>")
        else:
            pieces.append(char)
    return "".join(pieces)


def serialise_write(triples: Sequence[TripleText]) -> str:
    """Return the MEM_WRITE call for (subject, relation, object) names, in the order given."""
    body = "; ".join(">>".join(escape(field) for field in triple) for triple in triples)
    return f"{WRITE_START}{WAIT} {body}{END}" if body else f"{WRITE_START}{WAIT}{END}"


def serialise_read(queries: Sequence[MemoryQuery], results: Sequence[str] | None) -> str:
    """Return the MEM_READ call; with ``results`` None it ends where the answer is awaited."""
    asked = "; ".join(_query_text(query) for query in queries)
    head = f"{READ_START}{asked}){WAIT}"
    if results is None:
        return head
    body = "; ".join(escape(result) for result in results)
    return f"{head} {body}{END}" if body else f"{head}{END}"


def _query_text(query: MemoryQuery) -> str:
    subject = "" if query.subject is None else escape(query.subject)
    object_ = "" if query.object is None else escape(query.object)
    return f"{subject}>>{escape(query.relation)}>>{object_}"


def parse_write(text: str) -> list[TripleText]:
    """Return the triples of a MEM_WRITE call. Raises ProtocolError."""
    scanner = _Scanner(text)
    scanner.expect(WRITE_START)
    scanner.expect(WAIT)
    triples: list[TripleText] = []
    for position, fields in scanner.items(END):
        if len(fields) != 3 or None in fields:
            raise ProtocolError("a triple has a subject, a relation and an object", position)
        subject, relation, object_ = (field or "" for field in fields)
        triples.append((subject, relation, object_))
    scanner.expect_end()
    return triples


def parse_read(text: str) -> ReadCallText:
    """Return the queries and results of a MEM_READ call. Raises ProtocolError."""
    scanner = _Scanner(text)
    scanner.expect(READ_START)
    queries = tuple(_query(fields, position) for position, fields in scanner.items(")"))
    scanner.expect(WAIT)
    if scanner.at_end():
        return ReadCallText(queries, None)
    results: list[str] = []
    for position, fields in scanner.items(END):
        if len(fields) != 1 or fields[0] is None:
            raise ProtocolError("a result is one name", position)
        results.append(fields[0])
    scanner.expect_end()
    return ReadCallText(queries, tuple(results))


def _query(fields: list[str | None], position: int) -> MemoryQuery:
    given = len(fields) == 3 and None not in (fields[0], fields[2])
    if len(fields) != 3 or fields[1] is None or given:
        raise ProtocolError(
            "a query gives a relation and at most one of subject and object", position
        )
    return MemoryQuery(relation=fields[1], subject=fields[0], object=fields[2])


def find_calls(text: str) -> list[FoundCall]:
    """Return the finished calls in ``text``, in order, without judging what is in them."""
    found: list[FoundCall] = []
    position = 0
    while (start := text.find("({MEM_", position)) >= 0:
        is_write = text.startswith(WRITE_START + WAIT, start)
        if not is_write and not text.startswith(READ_START, start):
            position = start + 1
            continue
        end = _end_of_call(text, start + len(READ_START))
        if end is None:
            position = start + 1
            continue
        found.append(FoundCall("write" if is_write else "read", start, end, text[start:end]))
        position = end
    return found


def _end_of_call(text: str, position: int) -> int | None:
    while position < len(text):
        if text[position] == "\\":
            position += 2
        elif text.startswith(END, position):
            return position + len(END)
        elif text.startswith("({MEM_", position):
            return None
        else:
            position += 1
    return None


class _Scanner:
    """Reads a call from left to right."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0

    def expect(self, token: str) -> None:
        if not self.text.startswith(token, self.position):
            raise ProtocolError(f"expected {token!r}", self.position)
        self.position += len(token)

    def at_end(self) -> bool:
        return not self.text[self.position :].strip()

    def expect_end(self) -> None:
        if not self.at_end():
            raise ProtocolError("text follows the call", self.position)

    def items(self, end: str) -> Iterator[tuple[int, list[str | None]]]:
        """Yield (position, fields) for each ``;``-separated item, up to and over ``end``."""
        self._skip_space()
        if self._take(end):
            return
        while True:
            self._skip_space()
            start = self.position
            fields = [self._field(end)]
            while self._take(">>"):
                fields.append(self._field(end))
            yield start, fields
            if self._take(end):
                return
            self.expect(";")

    def _take(self, token: str) -> bool:
        if not self.text.startswith(token, self.position):
            return False
        self.position += len(token)
        return True

    def _skip_space(self) -> None:
        while self.position < len(self.text) and self.text[self.position].isspace():
            self.position += 1

    def _field(self, end: str) -> str | None:
        """Read one field and stop before its separator. None when nothing stands there."""
        self._skip_space()
        chars: list[str] = []
        kept = 0  # how many of chars stay when the white space that trails them is dropped
        while self.position < len(self.text):
            char = self.text[self.position]
            if char == "\\":
                chars.append(self._escaped())
                kept = len(chars)
                continue
            if char == ";" or self.text.startswith((end, ">>"), self.position):
                return "".join(chars[:kept]) if kept else None
            if char in _ALWAYS_ESCAPED:
                raise ProtocolError(f"{char!r} needs a backslash here", self.position)
            chars.append(char)
            if not char.isspace():
                kept = len(chars)
            self.position += 1
        raise ProtocolError(f"the call does not end in {end!r}", self.position)

    def _escaped(self) -> str:
        char = self.text[self.position + 1 : self.position + 2]
        if char in _NAMED_BACK:
            value = _NAMED_BACK[char]
        elif char in _ALWAYS_ESCAPED or char == ">" or char.isspace():
            value = char
        else:
            raise ProtocolError("a backslash stands before an ordinary character", self.position)
        self.position += 2
        return value
