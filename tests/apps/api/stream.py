"""A stream of calls that change things, as programs of an owner and of a reviewer send them, each
with an Idempotency-Key; and what it leaves behind, without numbers and times."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Body = dict[str, Any]
Answer = tuple[int, Any, dict[str, str]]  # status, body, headers in lower case
Send = Callable[[str, str, str, Body | None, dict[str, str]], Answer]
OWNER, REVIEWER = "alice", "bob"
FACTS = [("Ada Brook", "Lindenau"), ("Ben Hollis", "Halden"), ("Cleo Marsh", "Corvo"),
         ("Dan Reed", "Oakham"), ("Eva Stone", "Oakham")]  # fmt: skip
TEXT = "Ada Brook was born in Lindenau. Finn Lake was born in Corvo. Gus Hill was born in Halden."


@dataclass
class Stream:
    """Sends calls and keeps them. ``settle`` waits until no job of theirs is under way."""

    send: Send
    settle: Callable[[], None]
    calls: list[tuple[str, str, Body, str]] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)

    def say(self, who: str, path: str, body: Body) -> Any:
        """Send a call under a key of its own and return the body of its answer."""
        key = f"stream-{len(self.calls)}"
        answer = self.send(who, "POST", path, body, {"Idempotency-Key": key})
        assert answer[0] < 300, (path, body, answer)
        self.calls.append((who, path, body, key))
        self.answers.append(answer)
        return answer[1]

    def look(self, who: str, path: str) -> Any:
        status, said, _ = self.send(who, "GET", path, None, {})
        assert status == 200, (path, said)
        return said

    def again(self) -> list[tuple[str, Answer, Answer]]:
        """Send the same calls under the same keys; return those that were answered otherwise."""
        other = []
        for (who, path, body, key), first in zip(self.calls, self.answers, strict=True):
            answer = self.send(who, "POST", path, body, {"Idempotency-Key": key})
            same = answer[:2] == first[:2] and answer[2].get("idempotent-replayed") == "true"
            if not same or answer[2].get("location") != first[2].get("location"):
                other.append((path, first, answer))
        return other


def fill(stream: Stream) -> str:
    """Make a space and work in it; return its address."""
    say = stream.say
    space = say(OWNER, "/spaces", {"name": "Stream"})
    at = f"/spaces/{space['slug']}"
    say(OWNER, f"{at}/members", {"username": REVIEWER, "role": "reviewer"})
    taught = {"name": "apprentice of", "template": "{subject} learnt from {object}."}
    say(OWNER, f"{at}/relations", taught)
    known = stream.look(OWNER, f"{at}/relations")["items"]
    born = next(one["id"] for one in known if one["name"] == "place of birth")
    _documents(stream, at)
    _decisions(stream, at)
    _entities(stream, at)
    _questions(stream, at, born)
    _others(stream, at)
    return at


def _documents(stream: Stream, at: str) -> None:
    rows = [{"subject": s, "relation": "place of birth", "object": o} for s, o in FACTS]
    stream.say(OWNER, f"{at}/writes", {"triples": rows, "title": "Register"})
    made = stream.say(OWNER, f"{at}/documents", {"text": TEXT, "title": "Lives"})
    stream.say(OWNER, f"{at}/documents/{made['id']}/extractions", {})
    said = {"speaker": "Hal Wood", "time": "2026-05-04T09:12:00Z", "text": "I was born in Halden."}
    stream.say(OWNER, f"{at}/conversations/c/messages", {"session": "one", "messages": [said]})
    stream.settle()


def _decisions(stream: Stream, at: str) -> None:
    """Accept all but one fact, put off, reject, undo, and retract with the way back."""
    queue = stream.look(REVIEWER, f"{at}/candidates?limit=200")["items"]
    queue.sort(key=lambda one: (one["subject"], one["object"], one["origin"]))
    for one in queue:
        if one["subject"] == "Ben Hollis":
            body = {"action": "reject", "version": one["version"], "reason": "not stated"}
        elif one["subject"] == "Cleo Marsh":
            body = {"action": "defer", "version": one["version"]}
        elif one["subject"] == "Dan Reed":
            continue
        else:
            body = {"action": "accept", "version": one["version"]}
        where = f"{at}/candidates/{one['id']}"
        now = stream.look(REVIEWER, where)
        if now["state"] != "pending" or now["version"] != one["version"]:
            continue
        stream.say(REVIEWER, f"{where}/hold", {})
        try:
            decision = stream.say(REVIEWER, f"{where}/decisions", body)
        except AssertionError:  # another source says the same: it becomes evidence of that fact
            fact = stream.look(REVIEWER, f"{at}/triples?q={one['subject'].split()[0]}")["items"][0]
            body = {"action": "merge", "version": one["version"], "triple": fact["id"]}
            decision = stream.say(REVIEWER, f"{where}/decisions", body)
    dan = next(one for one in queue if one["subject"] == "Dan Reed")
    pair = {"id": dan["id"], "version": dan["version"]}
    batch = stream.say(REVIEWER, f"{at}/batches", {"action": "accept", "candidates": [pair]})
    stream.say(REVIEWER, f"{at}/batches/{batch['batch']}/undo", {})
    stream.say(REVIEWER, f"{at}/decisions/{decision['id']}/undo", {})
    fact = stream.look(REVIEWER, f"{at}/triples?q=Eva")["items"][0]
    stream.say(REVIEWER, f"{at}/triples/{fact['id']}/retract", {"reason": "misread"})
    stream.say(REVIEWER, f"{at}/triples/{fact['id']}/take-back", {})
    stream.say(REVIEWER, f"{at}/triples/{fact['id']}/retract", {"reason": "misread again"})


def _entities(stream: Stream, at: str) -> None:
    found = {
        one["name"]: one["id"] for one in stream.look(REVIEWER, f"{at}/entities?limit=200")["items"]
    }
    stream.say(OWNER, f"{at}/entities/{found['Ada Brook']}/aliases", {"name": "A. Brook"})
    target = {"target": found["Ada Brook"]}
    merge = f"{at}/entities/{found['Finn Lake']}/merge"
    dry = stream.say(OWNER, merge, {**target, "dry_run": True})
    merged = stream.say(OWNER, merge, {**target, "despite": dry["clashes"]})
    stream.say(OWNER, f"{at}/merges/{merged['merge']}/undo", {})


def _questions(stream: Stream, at: str, born: int) -> None:
    asked = stream.say(OWNER, f"{at}/questions", {"text": "Where was Ada Brook born?"})
    stream.settle()
    where = f"{at}/questions/{asked['id']}"
    stream.say(OWNER, f"{where}/confirm", {})
    stream.say(OWNER, f"{where}/marks", {"expected": "Halden"})
    gap = {"subject": "Ida Holt", "object": "Corvo", "relation": born}
    stream.say(OWNER, f"{where}/gaps", gap)
    stream.say(OWNER, f"{at}/conversations/c/context", {"message": "Ada Brook?"})


def _others(stream: Stream, at: str) -> None:
    made = stream.say(
        OWNER, f"{at}/relations", {"name": "x of", "template": "{subject} x {object}."}
    )
    stream.say(OWNER, f"{at}/relations/{made['id']}/retire", {})
    stream.say(OWNER, f"{at}/relations/{made['id']}/restore", {})
    hook = {"name": "h", "address": "https://hooks.example.org/x", "kinds": ["run.regressed"]}
    stream.say(OWNER, f"{at}/webhooks", hook)
    stream.say(OWNER, f"{at}/exports", {"scope": "space", "format": "jsonl"})
    stream.settle()


def left_by(stream: Stream, at: str) -> dict[str, list[Any]]:
    """Return what the calls left in a space, by names and not by numbers."""
    look = {
        "documents": (OWNER, ("title", "format", "sha256", "facts", "waiting", "state")),
        "triples": (OWNER, ("statement", "status", "valid_from", "valid_to")),
        "entities": (OWNER, ("name", "type", "kind", "aliases")),
        "relations": (OWNER, ("name", "template", "aliases", "questions", "inverse_name")),
        "questions": (OWNER, ("text", "state", "asked_by")),
        "webhooks": (OWNER, ("name", "address", "kinds", "is_on")),
        "exports": (OWNER, ("scope", "format", "state")),
        "marks": (REVIEWER, ("expected", "step", "by")),
    }
    found = {}
    for word, (who, names) in look.items():
        rows = _all(stream, who, f"{at}/{word}")
        found[word] = [{name: row[name] for name in names} for row in rows]
    for state in ("pending", "deferred", "accepted", "rejected", "merged"):
        rows = _all(stream, REVIEWER, f"{at}/candidates?state={state}")
        found[state] = [(row["statement"], row["sentence"], row["origin"]) for row in rows]
    return {word: sorted(rows, key=repr) for word, rows in found.items()}


def _all(stream: Stream, who: str, path: str) -> list[Any]:
    page = stream.look(who, path)
    rows: list[Any] = page["items"]
    while page["next"]:
        page = stream.look(who, re.sub(r"^.*?/api/v1", "", page["next"]))
        rows += page["items"]
    return rows
