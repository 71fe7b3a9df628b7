"""A traced answer as lines for a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

SHOWN_CANDIDATES = 8


def answer_as_text(found: dict[str, Any]) -> str:
    """Lay out what ``answer_as_dict`` returned."""
    return "\n".join(_lines(found))


def _lines(found: dict[str, Any]) -> Iterator[str]:
    asked_for = f" (as of {found['as_of']})" if found["as_of"] else ""
    yield f"Question: {found['question']}{asked_for}"
    yield f"Answer:   {found['answer']}"
    for start, end in found["unsupported"]:
        yield f"Not from the memory: {found['answer'][start:end].strip()}"
    if found["perhaps"]:
        yield "Did you mean"
    for one in found["perhaps"]:
        yield f"  {one['number']}. {one['said']}"
    if found["citations"]:
        yield ""
        yield "Sources"
    for citation in found["citations"]:
        yield from _citation(citation)
    yield ""
    yield "Reads" if found["reads"] else "Reads: none"
    for read in found["reads"]:
        yield from _read(read)
    yield ""
    yield f"By read head {found['head']} {found['head_version']} in {found['seconds']:.2f} s."


def _citation(citation: dict[str, Any]) -> Iterator[str]:
    triple = citation["triple"]
    fact = " > ".join((triple["subject"], triple["relation"], triple["object"]))
    yield f"  [{citation['number']}] {fact}"
    indent = "      "
    if citation["sentence"]:
        start, end = citation["spans"]["sentence"]
        yield f'{indent}"{" ".join(citation["sentence"].split())}"'
        yield f"{indent}in {citation['document']['title']}, characters {start} to {end}"
    else:
        yield f"{indent}no document is on record for it"
    yield f"{indent}approved by {citation['approved_by']} at {citation['approved_at']}"
    if triple["status"] != "active":
        yield f"{indent}this fact has been {triple['status']} since"


def _read(read: dict[str, Any]) -> Iterator[str]:
    yield f"  {read['call']}"
    candidates = sorted(
        read["candidates"], key=lambda one: (not one["accepted"], one["distance"], one["name"])
    )
    for one in candidates[:SHOWN_CANDIDATES]:
        verdict = "accepted" if one["accepted"] else "not near enough"
        how = "exact" if one["exact"] else f"distance {one['distance']:.3f}"
        yield f"    {one['role']:<9} {one['name']} ({how}, {verdict})"
    if len(candidates) > SHOWN_CANDIDATES:
        yield f"    and {len(candidates) - SHOWN_CANDIDATES} more candidates"
    more = ", and there are more" if read["truncated"] else ""
    plural = "" if len(read["results"]) == 1 else "s"
    yield f"    {len(read['results'])} result{plural}{more}"
