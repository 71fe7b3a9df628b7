"""Files of conversations, one a line of JSON, as people wrote them down.

>>> {"id": "1", "speakers": ["Ada", "Ben"], "sessions": [{"messages": [{"speaker": "Ada",
...  "time": "2026-05-04T09:12:00+02:00", "text": "I live in Porto."}]}],
...  "facts": [{"subject": "Ada", "relation": "residence", "object": "Porto", "message": [0, 0]}],
...  "ok": [], "not": [], "questions": [{"question": "Where does Ada live?", "answers": ["Porto"]}]}
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from apps.common.days import NoSuchDay, NotWritten, read_day
from apps.evaluation.measuring.annotated import AnnotatedText, read_rows, text_of
from worker.chat.turns import Said


@dataclass(frozen=True)
class GoldFact:
    """A fact that a memory is filled with."""

    subject: str
    relation: str
    object: str
    valid_from: date | None
    valid_to: date | None


@dataclass(frozen=True)
class AskedOf:
    """A question; without answers, abstaining is right."""

    text: str
    answers: tuple[str, ...]


@dataclass(frozen=True)
class Dialogue:
    """A conversation with what it states, and what may be asked of that."""

    name: str
    sessions: tuple[tuple[Said, ...], ...]
    annotated: AnnotatedText
    facts: tuple[GoldFact, ...]
    questions: tuple[AskedOf, ...]


def read_dialogues(path: Path) -> list[Dialogue]:
    """Return the conversations of a file. Raises EvaluationError with the faulty line."""
    return read_rows(path, _dialogue, "conversations")


def _dialogue(row: Any) -> Dialogue:
    if not isinstance(row, dict):
        raise ValueError("it is no JSON object")
    sessions = tuple(
        _session(one, f"sessions[{n}]") for n, one in enumerate(_list(row, "sessions"))
    )
    words = " ".join(said.text for session in sessions for said in session)
    facts = tuple(_fact(one, f"facts[{n}]") for n, one in enumerate(_list(row, "facts")))
    questions = (_question(one, f"questions[{n}]") for n, one in enumerate(_list(row, "questions")))
    annotated = text_of({**row, "kind": "dialogue", "text": words, "group": ""})
    return Dialogue(str(row.get("id", "")), sessions, annotated, facts, tuple(questions))


def _list(row: Mapping[str, Any], key: str) -> list[Any]:
    found = row.get(key, [])
    if not isinstance(found, list):
        raise ValueError(f"{key!r} is no list")
    return found


def _session(row: Any, place: str) -> tuple[Said, ...]:
    if not isinstance(row, dict) or not row.get("messages"):
        raise ValueError(f"{place} has no messages")
    messages = _list(row, "messages")
    return tuple(_message(one, f"{place}.messages[{n}]") for n, one in enumerate(messages))


def _message(row: Any, place: str) -> Said:
    keys = ("speaker", "time", "text")
    if not isinstance(row, dict) or not all(isinstance(row.get(key), str) for key in keys):
        raise ValueError(f"{place} is no object with speaker, time and text")
    try:
        time = datetime.fromisoformat(row["time"])
    except ValueError:
        raise ValueError(f"{place}.time is no time") from None
    return Said(row["speaker"], time, row["text"])


def _fact(row: Any, place: str) -> GoldFact:
    keys = ("subject", "relation", "object")
    if not isinstance(row, dict) or not all(isinstance(row.get(key), str) for key in keys):
        raise ValueError(f"{place} is no object with subject, relation and object")
    begins, ends = (_day(row, key, place) for key in ("valid_from", "valid_to"))
    if begins and ends and begins >= ends:
        raise ValueError(f"{place} ends before it begins")
    return GoldFact(row["subject"], row["relation"], row["object"], begins, ends)


def _day(row: Mapping[str, Any], key: str, place: str) -> date | None:
    said = row.get(key)
    if not said:
        return None
    try:
        return read_day(str(said), ends=key == "valid_to")
    except (NotWritten, NoSuchDay):
        raise ValueError(f"{place}.{key} is no day, month or year") from None


def _question(row: Any, place: str) -> AskedOf:
    if not isinstance(row, dict) or not isinstance(row.get("question"), str):
        raise ValueError(f"{place} has no question")
    answers = row.get("answers", [])
    if not isinstance(answers, list) or not all(isinstance(one, str) for one in answers):
        raise ValueError(f"{place}.answers is no list of texts")
    return AskedOf(row["question"], tuple(answers))
