"""What annotation teams made in Label Studio or Argilla: relations between marked names.

An annotation is a proposal like any other: it becomes a fact to be reviewed, with its passage's
line as evidence and its document as source.
"""

from __future__ import annotations

from typing import Any

from apps.sources.foreign.found import Found, records, words

SYSTEM = "annotations"
NOT_DONE = "a task that nobody has annotated"
NOT_MARKED = "a relation whose names are not marked"
_MOST_EVIDENCE = 600


def recognises(data: Any) -> bool:
    """Tell whether these are tasks of Label Studio or records of Argilla."""
    return any(_is_task(one) or _is_record(one) for one in records(data)[:50])


def read(data: Any) -> Found:
    """Return the relations of all that were annotated; predictions and suggestions are none."""
    found = Found(SYSTEM)
    for one in records(data):
        if _is_task(one):
            _task(found, one)
        elif _is_record(one):
            _record(found, one)
    return found


def _is_task(one: dict[str, Any]) -> bool:
    data = one.get("data")
    return (
        isinstance(data, dict)
        and "text" in data
        and bool({"annotations", "predictions"} & set(one))
    )


def _is_record(one: dict[str, Any]) -> bool:
    fields = one.get("fields")
    return isinstance(fields, dict) and "text" in fields and "responses" in one


def _task(found: Found, task: dict[str, Any]) -> None:
    done = [one for one in records(task.get("annotations")) if not one.get("was_cancelled")]
    if not done:
        found.leave(NOT_DONE)
    for annotation in done:
        result = records(annotation.get("result"))
        regions = {one["id"]: one.get("value") for one in result if isinstance(one.get("id"), str)}
        for one in result:
            if one.get("type") == "relation":
                ends = [regions.get(str(one.get(key))) for key in ("from_id", "to_id")]
                if one.get("direction") == "left":
                    ends.reverse()
                for name in one.get("labels") or [""]:
                    _add(found, task["data"], ends, name)


def _record(found: Found, record: dict[str, Any]) -> None:
    responses = record["responses"]
    given = responses if isinstance(responses, dict) else {}
    names, relations = (records(given.get(key)) for key in ("names", "relation"))
    by_person = {one.get("user_id"): one.get("value") for one in names}
    metadata = record.get("metadata")
    about = {**record["fields"], **(metadata if isinstance(metadata, dict) else {})}
    if not relations:
        found.leave(NOT_DONE)
    for one in relations:
        spans = {span.get("label"): span for span in records(by_person.get(one.get("user_id")))}
        _add(found, about, [spans.get("subject"), spans.get("object")], one.get("value"))


def _add(found: Found, about: dict[str, Any], ends: list[Any], relation: object) -> None:
    text = about.get("text")
    subject, object_ = (_span(text, one) for one in ends)
    if subject is None or object_ is None or not isinstance(text, str):
        found.leave(NOT_MARKED)
        return
    (first, last), (other, until) = subject, object_
    found.add(
        text[first:last],
        words(relation),
        text[other:until],
        subject_type=_type(ends[0]),
        object_type=_type(ends[1]),
        evidence=_line(text, min(first, other), max(last, until)),
        source=about.get("document"),
    )


def _span(text: object, value: Any) -> tuple[int, int] | None:
    """Return the place of a name, if it is one in this text."""
    if not isinstance(value, dict) or not isinstance(text, str):
        return None
    start, end = value.get("start"), value.get("end")
    if not isinstance(start, int) or not isinstance(end, int) or not 0 <= start < end:
        return None
    said = value.get("text")
    if isinstance(said, str) and text[start:end] != said:
        return _in_units(text, start, end, said)
    return (start, end) if end <= len(text) else None


def _in_units(text: str, start: int, end: int, said: str) -> tuple[int, int] | None:
    """Return the place of what stands at these offsets as browsers count them (UTF-16)."""
    coded = text.encode("utf-16-le")
    parts = (coded[: 2 * start], coded[2 * start : 2 * end])
    before, named = (part.decode("utf-16-le", "ignore") for part in parts)
    return (len(before), len(before) + len(named)) if named == said else None


def _type(value: dict[str, Any]) -> str:
    labels = value.get("labels")
    return words(labels[0]) if isinstance(labels, list) and labels else ""


def _line(text: str, start: int, end: int) -> str:
    """Return the lines that hold both names, or what lies between them where those are long."""
    begins = text.rfind("\n", 0, start) + 1
    stops = text.find("\n", end)
    stops = len(text) if stops < 0 else stops
    return text[begins:stops] if stops - begins <= _MOST_EVIDENCE else text[start:end]
