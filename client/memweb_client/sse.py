"""Server-sent events, piece by piece (WHATWG HTML, "Interpreting an event stream")."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

_LINE: Final = re.compile(r"\r\n|\n|\r")


@dataclass
class EventReader:
    """Reads events from the bytes of a stream, however they are cut."""

    _text: str = ""
    _name: str = ""
    _data: list[str] = field(default_factory=list)
    _decoder: codecs.IncrementalDecoder = field(
        default_factory=lambda: codecs.getincrementaldecoder("utf-8")("replace")
    )

    def feed(self, piece: bytes) -> Iterator[tuple[str, str]]:
        """Yield the name and the data of each event that is whole by now."""
        self._text += self._decoder.decode(piece)
        while found := _LINE.search(self._text):
            if found[0] == "\r" and found.end() == len(self._text):
                return  # the line feed of this end may come with the next piece
            line, self._text = self._text[: found.start()], self._text[found.end() :]
            if line:
                self._read(line)
                continue
            if self._data:
                yield self._name or "message", "\n".join(self._data)
            self._name, self._data = "", []

    def _read(self, line: str) -> None:
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "event":
            self._name = value
        elif name == "data":
            self._data.append(value)
