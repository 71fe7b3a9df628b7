"""A log of a few events made without a database, and bundles of it: what verify.py is tested on."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from apps.provenance import merkle, notes
from apps.provenance.canonical import canonical
from apps.provenance.services.bundle_zip import BundleZip
from apps.provenance.standalone import verify

LOG = "0b2f4c1e-58a9-4f1f-9d0e-3f7a1c2b4d5e"
ORIGIN = f"memweb.local/{LOG}"
TEXT = "Ada Brook was born in Lindenau. She founded the Brook Institute in 1921."
SENTENCE = (0, 31)


def key(seed: int = 1) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32)


def vkey(private: Ed25519PrivateKey, name: str = ORIGIN) -> str:
    return str(notes.VerifyKey(name, private.public_key().public_bytes_raw()))


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def sealed(value: Any, salt: str) -> tuple[str, dict[str, str]]:
    """Return the salted hash of a private value, and the value as a bundle hands it over."""
    text = canonical(value)
    return hashlib.sha256(b"\x02" + bytes.fromhex(salt) + text).hexdigest(), {
        "salt": salt,
        "value": text.decode(),
    }


class SmallLog:
    """Events with their changes, as (leaf, private) texts."""

    def __init__(self, log: str = LOG) -> None:
        self.log = log
        self.events: list[dict[str, Any]] = []
        self._rows: dict[tuple[str, int], tuple[dict[str, Any], dict[str, Any]]] = {}
        self._number = 0

    def _next(self) -> int:
        self._number += 1
        return self._number

    def _salt(self) -> str:
        return hashlib.sha256(f"{self.log} {self._number}".encode()).hexdigest()[:32]

    def change(
        self, table: str, row: int, public: dict[str, Any] | None, private: dict[str, Any]
    ) -> dict[str, Any]:
        """Return a change of a row to these values (None: deleted), as the triggers keep it."""
        before = self._rows.get((table, row))
        number = self._next()
        if public is None:
            after = None
            del self._rows[table, row]
        else:
            after = ({"id": row, **public}, private)
            self._rows[table, row] = after
        value = {"before": before and before[1], "after": after and after[1]}
        digest, handed = sealed(value, self._salt())
        op = "insert" if before is None else "delete" if after is None else "update"
        leaf = {
            "type": "change", "v": 1, "id": number, "table": table, "row": row, "op": op,
            "by": "memweb", "before": before and before[0], "after": after and after[0],
            "private": digest,
        }  # fmt: skip
        return {"leaf": canonical(leaf).decode(), "private": handed}

    def event(
        self, action: str, changes: list[dict[str, Any]], actor: int | None = 5, who: str = "Bob"
    ) -> None:
        number = self._next()
        digest, handed = sealed({"actor_label": who, "payload": {"n": 1}}, self._salt())
        root = merkle.root_of(merkle.leaf_hash(one["leaf"].encode()) for one in changes)
        leaf = {
            "type": "event", "v": 1, "log": self.log, "id": number,
            "at": f"2026-11-27T00:{number // 60:02}:{number % 60:02}.123456Z", "action": action,
            "actor": actor, "request": f"r{number}", "transaction": number,
            "subject": {"table": "memory.triple", "row": 1}, "private": digest,
            "changes": {"count": len(changes), "root": root.hex()},
        }  # fmt: skip
        self.events.append(
            {"leaf": canonical(leaf).decode(), "private": handed, "changes": changes}
        )

    def hashes(self) -> list[bytes]:
        return [merkle.leaf_hash(one["leaf"].encode()) for one in self.events]

    def checkpoint(self, size: int | None = None, private: Ed25519PrivateKey | None = None) -> str:
        size = len(self.events) if size is None else size
        private = private or key()
        head = notes.Head(f"memweb.local/{self.log}", size, merkle.root_of(self.hashes()[:size]))
        signature = notes.sign(str(head), f"memweb.local/{self.log}", private)
        return str(notes.Note(str(head), (signature,)))

    def nodes(self) -> merkle.Nodes:
        hashes = self.hashes()

        def node(level: int, index: int) -> bytes:
            if level == 0:
                return hashes[index]
            return merkle.node_hash(node(level - 1, 2 * index), node(level - 1, 2 * index + 1))

        return node


def a_fact(log: SmallLog, number: int = 1, text: str = TEXT, actor: int = 5) -> None:
    """Add the events of a document, its extraction, and of a fact that a reviewer accepted."""
    spans = {
        "sentence_start": SENTENCE[0], "sentence_end": SENTENCE[1], "subject_start": 0,
        "subject_end": 9, "object_start": 22, "object_end": 30,
    }  # fmt: skip
    log.event(
        "document.added",
        [
            log.change(
                "sources_document", number, {"space_id": 1, "added_by_id": 4},
                {"title": "A life", "content_sha256": sha256(text), "text": sha256(text)},
            ),
            log.change(
                "sources_passage", number,
                {"document_id": number, "index": 0, "start": 0, "end": len(text)},
                {"text": sha256(text)},
            ),
        ],
        actor=4, who="Alice",
    )  # fmt: skip
    log.event(
        "extraction.finished",
        [
            log.change(
                "curation_extraction", number,
                {"document_id": number, "head": "encoder", "head_version": "1a2b3c"}, {},
            ),
            log.change(
                "curation_passageextraction", number,
                {"extraction_id": number, "passage_id": number, "seconds": "0.25"},
                {"call": "({MEM_WRITE--> Ada Brook>>place of birth>>Lindenau})"},
            ),
            log.change(
                "curation_candidate", number,
                {"extraction_id": number, "passage_id": number, "score": "0.93",
                 "state": "pending"},
                {"subject_text": "Ada Brook", "object_text": "Lindenau"},
            ),
        ],
        actor=None, who="write head encoder 1a2b3c",
    )  # fmt: skip
    log.event("question.asked", [log.change("asking_question", 100 + number, {}, {"text": "?"})])
    log.event(
        "candidate.accepted",
        [
            log.change("memory_relation", number, {"space_id": 1}, {"name": "place of birth"}),
            log.change("memory_entity", 2 * number, {"space_id": 1}, {"name": "Ada Brook"}),
            log.change("memory_entity", 2 * number + 1, {"space_id": 1}, {"name": "Lindenau"}),
            log.change(
                "memory_triple", number,
                {
                    "subject_id": 2 * number, "relation_id": number, "object_id": 2 * number + 1,
                    "status": "active", "valid_from": None, "valid_to": None,
                    "recorded_at": "2026-11-27T00:00:04+00:00", "retracted_at": None,
                    "superseded_by_id": None,
                }, {},
            ),
            log.change(
                "memory_evidence", number,
                {
                    "triple_id": number, "passage_id": number, **spans, "score": "0.93",
                    "approved_by_id": 5, "approved_at": "2026-11-27T00:00:04+00:00",
                    "retracted_at": None,
                }, {},
            ),
            log.change(
                "curation_candidate", number,
                {"extraction_id": number, "passage_id": number, "score": "0.93",
                 "state": "accepted"},
                {"subject_text": "Ada Brook", "object_text": "Lindenau"},
            ),
            log.change(
                "curation_decision", number,
                {
                    "candidate_id": number, "action": "accept", "actor_id": 5, "triple_id": number,
                    "evidence_id": number, "replaced_id": None, "undone_at": None,
                    "undone_by_id": None,
                },
                {"reason": "", "before": {}, "statement": "Ada Brook was born in Lindenau."},
            ),
        ],
        actor=actor,
    )  # fmt: skip


def an_answer(log: SmallLog, number: int = 1, fact: int = 1) -> None:
    """Add the events of a question and of an answer that cites the fact."""
    log.event(
        "question.asked",
        [
            log.change(
                "asking_question", number, {"asked_by_id": 6, "as_of": None, "head": "encoder"},
                {"text": "Where was Ada Brook born?"},
            )
        ],
        actor=6, who="Carol",
    )  # fmt: skip
    log.event(
        "question.answered",
        [
            log.change(
                "asking_answer", number,
                {"question_id": number, "abstained": False, "head_version": "9f8e"},
                {"text": "Lindenau [1].", "reason": "", "calls": "({MEM_READ(...)})",
                 "understood": [], "reading": {"version": 1}},
            ),
            log.change(
                "asking_readcall", number, {"answer_id": number, "index": 0, "truncated": False},
                {"call": "MEM_READ", "subject": "Ada Brook", "candidates": [{"distance": "0.1"}]},
            ),
            log.change(
                "asking_citation", number,
                {"answer_id": number, "number": 1, "triple_id": fact, "evidence_id": fact},
                {"statement": "Ada Brook was born in Lindenau.", "sentence": TEXT[:31]},
            ),
        ],
        actor=None, who="read head encoder 9f8e",
    )  # fmt: skip


def lines_of(
    log: SmallLog, chosen: list[int] | None, size: int | None = None
) -> list[dict[str, Any]]:
    """Return the lines of events.jsonl: of all events without proofs, or of some with proofs."""
    size = len(log.events) if size is None else size
    found: list[dict[str, Any]] = []
    for index in range(size) if chosen is None else chosen:
        event = log.events[index]
        own = [merkle.leaf_hash(one["leaf"].encode()) for one in event["changes"]]
        proof = [] if chosen is None else merkle.inclusion_proof(index, size, log.nodes())
        found.append(
            {
                "index": index, "leaf": event["leaf"], "private": event["private"],
                "proof": [one.hex() for one in proof],
            }
        )  # fmt: skip
        for position, one in enumerate(event["changes"]):
            path = [] if chosen is None else _path(position, own)
            found.append({"position": position, **one, "path": [step.hex() for step in path]})
    return found


def _path(index: int, hashes: list[bytes]) -> list[bytes]:
    small = SmallLog()
    small.hashes = lambda: hashes  # type: ignore[method-assign]
    return merkle.inclusion_proof(index, len(hashes), small.nodes())


def json_lines(lines: list[Any]) -> bytes:
    return b"".join(canonical(one) + b"\n" for one in lines)


def files_of(
    log: SmallLog,
    *,
    scope: dict[str, Any],
    chosen: list[int] | None,
    texts: dict[str, str],
    private: Ed25519PrivateKey | None = None,
    olds: tuple[int, ...] = (),
    lines: list[dict[str, Any]] | None = None,
) -> tuple[dict[str, bytes], dict[str, Any]]:
    """Return the files of a bundle but for its manifest, and what the manifest says."""
    note = log.checkpoint(private=private)
    lines = lines_of(log, chosen) if lines is None else lines
    said = {
        "log": log.log, "origin": f"memweb.local/{log.log}", "scope": scope,
        "complete": chosen is None, "made_at": "2026-11-27T01:00:00Z",
    }  # fmt: skip
    record = verify.Record(said, verify.Checkpoint(note, "checkpoint.txt"))
    record.read((f"line {n}", canonical(one).decode()) for n, one in enumerate(lines))
    memory = verify.Memory(record, texts.get)
    files = {
        "README.txt": b"Read me.\n",
        "verify.py": Path(verify.__file__).read_bytes(),
        "checkpoint.txt": note.encode(),
        "keys.json": canonical({"keys": [vkey(private or key(), f"memweb.local/{log.log}")]}),
        "events.jsonl": json_lines(lines),
        "facts.jsonl": b"".join(canonical(memory.fact(n)) + b"\n" for n in memory.facts()),
        **{name: text.encode() for name, text in texts.items()},
    }
    if olds:
        files["consistency.jsonl"] = json_lines(
            [
                {
                    "size": old, "root": merkle.root_of(log.hashes()[:old]).hex(),
                    "proof": [one.hex() for one in merkle.consistency_proof(
                        old, len(log.events), log.nodes())],
                }
                for old in olds
            ]
        )  # fmt: skip
    if scope["kind"] == "answer":
        files["answer.json"] = canonical(memory.answer(scope["id"]))
    counts = {
        "events": len(record.events), "changes": record.changes, "facts": len(memory.facts()),
    }  # fmt: skip
    return files, {**said, "counts": counts}


def write(
    path: Path, files: dict[str, bytes], said: dict[str, Any],
    spoil: Callable[[Path], None] | None = None,
) -> Path:  # fmt: skip
    """Write a bundle, with the right hashes for whatever its files are."""
    with BundleZip(path) as made:
        for name, data in files.items():
            made.add(name, [data])
        made.finish(**said)
    if spoil:
        spoil(path)
    return path


def world() -> SmallLog:
    """Return a log with two facts and an answer among other events."""
    log = SmallLog()
    log.event("space.created", [log.change("accounts_space", 1, {}, {"name": "Home"})])
    a_fact(log, 1)
    a_fact(log, 2)
    an_answer(log)
    for number in range(20):
        log.event("document.added", [log.change("sources_document", 50 + number, {}, {})])
    return log


OF_FACT_1 = [1, 2, 4]
OF_ANSWER = [1, 2, 4, 9, 10]


def of_triple(log: SmallLog, **more: Any) -> tuple[dict[str, bytes], dict[str, Any]]:
    return files_of(
        log, scope={"kind": "triple", "id": 1}, chosen=OF_FACT_1, texts={"passages/1.txt": TEXT},
        **more,
    )  # fmt: skip


def of_answer(log: SmallLog, **more: Any) -> tuple[dict[str, bytes], dict[str, Any]]:
    return files_of(
        log, scope={"kind": "answer", "id": 1}, chosen=OF_ANSWER, texts={"passages/1.txt": TEXT},
        **more,
    )  # fmt: skip


def of_space(log: SmallLog, **more: Any) -> tuple[dict[str, bytes], dict[str, Any]]:
    texts = {"documents/1.txt": TEXT, "documents/2.txt": TEXT}
    return files_of(log, scope={"kind": "space", "id": 1}, chosen=None, texts=texts, **more)
