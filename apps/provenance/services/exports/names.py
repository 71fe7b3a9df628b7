"""The names of what an export tells of: addresses of this server that stay as they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote


@dataclass(frozen=True)
class Names:
    """Addresses in the space at ``base``, such as ``https://memory.example.org/s/atlas/``.

    Each returns the part after the base. Where a thing has a page, its name is that page's address;
    a decision, a person, a head is named on the page that tells of it.
    """

    base: str

    def fact(self, number: int, part: str = "") -> str:
        return f"facts/{number}/" + (f"#{part}" if part else "")

    def entity(self, number: int) -> str:
        return f"memory/entities/{number}/"

    def relation(self, number: int) -> str:
        return f"memory/relations/{number}/"

    def document(self, number: int) -> str:
        return f"sources/{number}/"

    def candidate(self, number: int) -> str:
        return f"review/candidates/{number}/"

    def evidence(self, fact: int, number: int) -> str:
        return f"facts/{fact}/#evidence-{number}"

    def decision(self, candidate: int, number: int) -> str:
        return f"review/candidates/{candidate}/#decision-{number}"

    def extraction(self, document: int, number: int) -> str:
        return f"sources/{document}/#extraction-{number}"

    def person(self, number: int) -> str:
        return f"audit/#person-{number}"

    def head(self, name: str, version: str) -> str:
        """A write head of one version; every character that a name may not hold is escaped."""
        return f"audit/#head-{quote(name, safe='')}-{quote(version, safe='')}"


def names_of(export: Any) -> Names:
    """Return the names in an export."""
    return Names(f"{export.address}/s/{export.space.slug}/")
