"""W3C PROV-N: the statements as a text for people."""

from __future__ import annotations

import re
from typing import BinaryIO, Final

from apps.provenance.services.exports.facts import Fact
from apps.provenance.services.exports.names import Names
from apps.provenance.services.exports.parts import Parts
from apps.provenance.services.exports.prov_statements import (
    MEMWEB,
    Name,
    Statement,
    Typed,
    Value,
    statements,
)

PARTS: Final = ("statements",)
# In a local name these stand behind a backslash (PROV-N, PN_CHARS_ESC); "-" only at its beginning.
_ESCAPED: Final = re.compile(r"[=',:;\[\]()]|^-|\.$")
_STRING: Final = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_UNSAFE: Final = re.compile(r'["\\\x00-\x1f\x7f-\x9f\u2028\u2029]')


def add(fact: Fact, parts: Parts, names: Names) -> None:
    """Add the statements of a fact."""
    for statement in statements(fact, names, parts.first):
        parts.put("statements", f"  {_text(statement)}\n")


def assemble(parts: Parts, names: Names, out: BinaryIO) -> None:
    """Write the whole document."""
    out.write(f"document\n  prefix here <{names.base}>\n  prefix memweb <{MEMWEB}>\n\n".encode())
    out.writelines(parts.pieces("statements"))
    out.write(b"endDocument\n")


def _text(statement: Statement) -> str:
    said = [_qualified(statement.name)] if statement.name else []
    for _, value in statement.formal:
        said.append(_qualified(value) if isinstance(value, Name) else value or "-")
    said += ["-"] * (_PLACES.get(statement.kind, 0) - len(said))
    if statement.more:
        said.append(f"[{', '.join(f'{key}={_value(value)}' for key, value in statement.more)}]")
    return f"{statement.kind}({', '.join(said)})"


# How many places the grammar has where any more than the first two are given.
_PLACES: Final = {"wasAssociatedWith": 3}


def _qualified(name: Name) -> str:
    return f"{name.prefix}:{_ESCAPED.sub(lambda found: chr(92) + found[0], name.local)}"


def _value(value: Value) -> str:
    if isinstance(value, Name):
        return f"'{_qualified(value)}'"
    if isinstance(value, Typed):
        return f"{_quoted(value.value)} %% {value.type}"
    return _quoted(value)


def _quoted(text: str) -> str:
    return f'"{_UNSAFE.sub(_escape, text)}"'


def _escape(found: re.Match[str]) -> str:
    return _STRING.get(found[0]) or f"\\u{ord(found[0]):04X}"
