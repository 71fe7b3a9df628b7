"""Whatever is altered in a bundle is found, by an attacker too who puts all its hashes right again.

What no attacker of a bundle can make is a signature of the key: README.txt and verify.py, which say
nothing of the log, are protected by the manifest alone.
"""

from __future__ import annotations

import json
import os
import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from apps.provenance.canonical import canonical
from apps.provenance.standalone import verify
from tests.apps.provenance import small_logs

FLIPS = int(os.environ.get("MEMWEB_FLIPS", "300"))
MAKERS = {
    "triple": small_logs.of_triple, "answer": small_logs.of_answer, "space": small_logs.of_space,
}  # fmt: skip
Lines = list[dict[str, Any]]


@pytest.fixture(scope="module")
def log():
    return small_logs.world()


@pytest.fixture(params=MAKERS)
def bundle(request, log):
    return MAKERS[request.param](log, olds=(3, 8))


def verdict(capsys, path, *arguments) -> tuple[int, str]:
    code = verify.main([str(path), *arguments])
    out = capsys.readouterr().out
    assert (out.splitlines()[-1] == "VALID") == (code == 0)
    assert "it is not built as memweb builds one" not in out  # the net below all other checks
    return code, out


def test_every_flipped_byte_of_the_zip_is_found(bundle, tmp_path, capsys):
    path = small_logs.write(tmp_path / "b.zip", *bundle)
    data, randomly = path.read_bytes(), random.Random(1)
    assert verdict(capsys, path)[0] == 0
    for _ in range(FLIPS):
        spoilt = bytearray(data)
        at = randomly.randrange(len(data))
        spoilt[at] ^= randomly.randrange(1, 256)
        path.write_bytes(spoilt)
        code = verify.main([str(path)])
        assert code in (1, 2), f"byte {at}"
        assert "VALID" not in capsys.readouterr().out.replace("INVALID", "")


def test_every_flipped_byte_is_found_where_all_hashes_were_put_right(bundle, tmp_path, capsys):
    files, said = bundle
    randomly = random.Random(2)
    names = sorted(set(files) - {"README.txt", "verify.py"})
    for _ in range(FLIPS):
        name = randomly.choice(names)
        spoilt = bytearray(files[name])
        at = randomly.randrange(len(spoilt))
        spoilt[at] ^= randomly.randrange(1, 256)
        path = small_logs.write(tmp_path / "b.zip", {**files, name: bytes(spoilt)}, said)
        assert verdict(capsys, path)[0] == 1, f"{name}, byte {at}"


def test_a_truncated_zip_is_found(bundle, tmp_path, capsys):
    path = small_logs.write(tmp_path / "b.zip", *bundle)
    data = path.read_bytes()
    for end in (0, 1, 64, len(data) // 2, len(data) - 64, len(data) - 1):
        path.write_bytes(data[:end])
        assert verify.main([str(path)]) in (1, 2)
        assert "VALID" not in capsys.readouterr().out.replace("INVALID", "")


def events_of(files: dict[str, bytes]) -> Lines:
    return [json.loads(line) for line in files["events.jsonl"].splitlines()]


def leafs(lines: Lines, **wanted: Any) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    for line in lines:
        leaf = json.loads(line["leaf"])
        if all(leaf.get(key) == value for key, value in wanted.items()):
            yield line, leaf


def drop_event(lines: Lines) -> None:
    at = next(n for n, line in enumerate(lines) if line.get("index") == 4)
    while at < len(lines) and ("position" in lines[at] or lines[at].get("index") == 4):
        del lines[at]


def drop_change(lines: Lines) -> None:
    lines.remove(next(leafs(lines, table="curation_decision"))[0])


def double_event(lines: Lines) -> None:
    at = next(n for n, line in enumerate(lines) if line.get("index") == 2)
    lines.insert(at, dict(lines[at]))


def double_change(lines: Lines) -> None:
    at = next(n for n, line in enumerate(lines) if "position" in line)
    lines.insert(at, dict(lines[at]))


def swap_events(lines: Lines) -> None:
    first, second = [line for line in lines if "index" in line][:2]
    first["index"], second["index"] = second["index"], first["index"]


def swap_leaves(lines: Lines) -> None:
    first, second = [line for line in lines if "index" in line][:2]
    for name in ("leaf", "private"):
        first[name], second[name] = second[name], first[name]


def swap_proofs(lines: Lines) -> None:
    first, second = [line for line in lines if "index" in line][:2]
    first["proof"], second["proof"] = second["proof"][::-1] or ["00" * 32], first["proof"]


def swap_changes(lines: Lines) -> None:
    first, second = [line for line in lines if "position" in line][:2]
    for name in ("leaf", "private"):
        first[name], second[name] = second[name], first[name]


def move_change(lines: Lines) -> None:
    line = next(leafs(lines, table="memory_triple"))[0]
    lines.remove(line)
    lines.insert(1, {**line, "position": 0})


def forge_decision(lines: Lines) -> None:
    line, leaf = next(leafs(lines, table="curation_decision"))
    leaf["after"]["actor_id"] = 6
    line["leaf"] = canonical(leaf).decode()


def forge_reason(lines: Lines) -> None:
    line = next(leafs(lines, table="curation_decision"))[0]
    value = json.loads(line["private"]["value"])
    value["after"]["reason"] = "I never said so."
    line["private"]["value"] = canonical(value).decode()


def forge_salt(lines: Lines) -> None:
    next(leafs(lines, table="memory_entity"))[0]["private"]["salt"] = "00" * 16


def forge_actor(lines: Lines) -> None:
    line = next(leafs(lines, action="candidate.accepted"))[0]
    value = json.loads(line["private"]["value"])
    value["actor_label"] = "Mallory"
    line["private"]["value"] = canonical(value).decode()


def backdate(lines: Lines) -> None:
    line, leaf = next(leafs(lines, action="candidate.accepted"))
    leaf["at"] = "2001-01-01T00:00:00.000000Z"
    line["leaf"] = canonical(leaf).decode()


def fresh_private(lines: Lines) -> None:
    """A private part of the attacker's own, with the hash in the leaf put right."""
    line, leaf = next(leafs(lines, table="memory_entity"))
    value = {"before": None, "after": {"name": "Mallory"}}
    leaf["private"], line["private"] = small_logs.sealed(value, "11" * 16)
    line["leaf"] = canonical(leaf).decode()


def other_spelling(lines: Lines) -> None:
    line = next(line for line in lines if "index" in line)
    line["leaf"] = line["leaf"].replace('"type"', '"\\u0074ype"')


def extra_event(lines: Lines) -> None:
    last = [line for line in lines if "index" in line][-1]
    lines.append({**last, "index": last["index"] + 1})


def withheld_and_wrong(lines: Lines) -> None:
    line, leaf = next(leafs(lines, table="memory_triple"))
    leaf["after"]["status"] = "retracted"
    line["leaf"], line["private"] = canonical(leaf).decode(), None


ATTACKS = [
    drop_event, drop_change, double_event, double_change, swap_events, swap_leaves, swap_proofs,
    swap_changes, move_change, forge_decision, forge_reason, forge_salt, forge_actor, backdate,
    fresh_private, other_spelling, extra_event, withheld_and_wrong,
]  # fmt: skip


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda one: one.__name__)
def test_it_finds_what_was_done_to_the_events(
    attack: Callable[[Lines], None], bundle, log, tmp_path, capsys
):
    """The attacker makes facts.jsonl, the counts and all hashes fit what they did."""
    files, said = bundle
    lines = events_of(files)
    attack(lines)
    texts = {name: data.decode() for name, data in files.items() if "/" in name}
    fitted, counted = small_logs.files_of(
        log, scope=said["scope"], chosen=None if said["complete"] else [], texts=texts, lines=lines
    )
    code, out = verdict(capsys, small_logs.write(tmp_path / "b.zip", fitted, counted))
    assert code == 1, out
    assert "WRONG: " in out


def test_another_trees_proofs_are_found(log, tmp_path, capsys):
    """A server that shows one auditor another history: all fits but for the signature."""
    other = small_logs.SmallLog()
    other.event("space.created", [other.change("accounts_space", 1, {}, {"name": "Other"})])
    small_logs.a_fact(other, 1)
    files, said = small_logs.of_triple(log)
    lying, _ = small_logs.of_triple(other)
    for taken in ("checkpoint.txt", "events.jsonl"):
        path = small_logs.write(tmp_path / "b.zip", {**files, taken: lying[taken]}, said)
        code, out = verdict(capsys, path)
        assert (code, "is not in the signed log" in out) == (1, True)


def test_an_old_checkpoint_does_not_hold_newer_events(log, tmp_path, capsys):
    files, said = small_logs.of_answer(log)
    for size in (1, 5, 10):
        old = log.checkpoint(size).encode()
        path = small_logs.write(tmp_path / "b.zip", {**files, "checkpoint.txt": old}, said)
        assert verdict(capsys, path)[0] == 1
    files, said = small_logs.of_space(log)
    old = log.checkpoint(len(log.events) - 1).encode()
    path = small_logs.write(tmp_path / "b.zip", {**files, "checkpoint.txt": old}, said)
    assert verdict(capsys, path)[0] == 1


def test_the_tail_of_a_whole_space_cannot_be_cut_off(log, tmp_path, capsys):
    shorter = small_logs.lines_of(log, None, len(log.events) - 1)
    files, said = small_logs.files_of(
        log, scope={"kind": "space", "id": 1}, chosen=None, texts={}, lines=shorter
    )
    code, out = verdict(capsys, small_logs.write(tmp_path / "b.zip", files, said))
    assert (code, "its 30 events are not the 31 of the signed log" in out) == (1, True)


CHANGED_FACTS = [
    ("status", "retracted"), ("subject", "Mallory"), ("valid_from", "1900-01-01"), ("id", 7),
    ("decisions", []), ("evidence", []), ("superseded_by_id", 3), ("more", 1),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value"), CHANGED_FACTS)
def test_it_names_what_a_fact_says_otherwise(name, value, bundle, tmp_path, capsys):
    files, said = bundle
    lines = files["facts.jsonl"].splitlines()
    fact = json.loads(lines[0])
    fact[name] = value
    lines[0] = canonical(fact)
    files = {**files, "facts.jsonl": b"\n".join(lines) + b"\n"}
    code, out = verdict(capsys, small_logs.write(tmp_path / "b.zip", files, said))
    assert code == 1
    assert "facts.jsonl, line 1" in out
    if name in ("status", "subject", "valid_from", "superseded_by_id"):
        assert f"fact 1: {name} is {json.dumps(value)}, but the events say" in out


@pytest.mark.parametrize(
    "change", [b"", b"\n", b"null\n", b"[]\n", b"{}\n", b"1\n", b'{"id":[]}\n']
)
def test_it_misses_facts_that_are_not_told(change, bundle, tmp_path, capsys):
    files, said = bundle
    path = small_logs.write(tmp_path / "b.zip", {**files, "facts.jsonl": change}, said)
    assert verdict(capsys, path)[0] == 1


def test_a_fact_or_an_answer_of_no_event_is_found(log, tmp_path, capsys):
    files, said = small_logs.of_answer(log)
    more = files["facts.jsonl"] + files["facts.jsonl"].replace(b'"id":1', b'"id":9')
    path = small_logs.write(tmp_path / "b.zip", {**files, "facts.jsonl": more}, said)
    assert "where the events have no more" in verdict(capsys, path)[1]
    for change in (b"{}", b"[]", b"null", b'{"id":1}', b'{"id":2}', b'{"id":"1"}', b'{"id":[]}'):
        path = small_logs.write(tmp_path / "b.zip", {**files, "answer.json": change}, said)
        assert verdict(capsys, path)[0] == 1
    answer = json.loads(files["answer.json"])
    answer["text"] = "Paris [1]."
    files["answer.json"] = canonical(answer)
    code, out = verdict(capsys, small_logs.write(tmp_path / "b.zip", files, said))
    assert (code, 'text is "Paris [1].", but the events say "Lindenau [1]."' in out) == (1, True)


def test_a_changed_text_of_a_document_is_found(bundle, tmp_path, capsys):
    files, said = bundle
    name = next(name for name in files if "/" in name)
    files = {**files, name: files[name].replace(b"Lindenau", b"Pinneber")}
    code, out = verdict(capsys, small_logs.write(tmp_path / "b.zip", files, said))
    assert (code, f"{name} is not the text that was sealed" in out) == (1, True)


def test_an_approval_in_the_name_of_another_is_found(tmp_path, capsys):
    """Sealed and signed all the same: the row names bob, and mallory's request made it."""
    log = small_logs.SmallLog()
    small_logs.a_fact(log, actor=7)
    files, said = small_logs.files_of(
        log, scope={"kind": "space", "id": 1}, chosen=None,
        texts={"documents/1.txt": small_logs.TEXT},
    )  # fmt: skip
    code, out = verdict(capsys, small_logs.write(tmp_path / "b.zip", files, said))
    assert (code, "names person 5, but event 3 was by person 7" in out) == (1, True)


def test_what_comes_between_two_changes_of_a_row_cannot_be_left_out(tmp_path, capsys):
    log = small_logs.SmallLog()
    log.event("space.created", [])
    small_logs.a_fact(log)
    row = json.loads(log.events[-1]["changes"][3]["leaf"])["after"]
    for status in ("retracted", "active", "superseded"):
        values = {**row, "status": status}
        log.event(f"triple.{status}", [log.change("memory_triple", 1, values, {})])
    scope, texts = {"kind": "triple", "id": 1}, {"passages/1.txt": small_logs.TEXT}
    for chosen, wanted in ([1, 2, 4, 5, 6, 7], 0), ([1, 2, 4, 5, 7], 1), ([1, 2, 5, 6, 7], 1):
        files, said = small_logs.files_of(log, scope=scope, chosen=chosen, texts=texts)
        code, out = verdict(capsys, small_logs.write(tmp_path / "b.zip", files, said))
        assert (code, "is missing" in out) == (wanted, wanted == 1)


SAYS = [
    ("scope", {"kind": "triple", "id": 99}), ("scope", {"kind": "answer", "id": 1}),
    ("scope", {"kind": "document", "id": 99}), ("scope", {"kind": "space", "id": 1}),
    ("complete", True), ("counts", {"events": 3, "changes": 12, "facts": 2}),
    ("counts", {}), ("log", "x"), ("origin", "elsewhere"), ("scope", {}), ("scope", []),
    ("made_at", 1), ("version", 2), ("version", True), ("files", []), ("more", 1),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value"), SAYS)
def test_what_the_manifest_says_is_checked(name, value, log, tmp_path, capsys):
    files, said = small_logs.of_triple(log)
    path = small_logs.write(tmp_path / "b.zip", files, {**said, name: value})
    assert verdict(capsys, path)[0] in (1, 2)


MALFORMED = [
    b"", b"\n", b"\xff\n", b"{\n", b"[]\n", b"null\n", b"1\n", b'"a"\n', b"NaN\n", b"1e999\n",
    b"[" * 200_000 + b"\n", b"1" * 100_000 + b"\n", b'{"index":1,"index":1}\n', b'{"index":true}\n',
    b'{"index":1.0,"leaf":"","private":null,"proof":[]}\n',
    b'{"index":0,"leaf":"","private":null,"proof":["00"]}\n',
    b'{"index":0,"leaf":"\\ud800","private":null,"proof":[]}\n',
    b'{"index":0,"leaf":"","private":{},"proof":[{}]}\n', b'{"position":0}\n',
    b'{"leaf":"","path":[],"position":0,"private":null}\n', b"{}",
]  # fmt: skip


@pytest.mark.parametrize("name", ["events.jsonl", "facts.jsonl", "keys.json", "answer.json",
                                  "checkpoint.txt", "consistency.jsonl"])  # fmt: skip
def test_what_is_malformed_is_told_with_a_sentence(name, log, tmp_path, capsys):
    files, said = small_logs.of_answer(log, olds=(3,))
    for data in MALFORMED:
        path = small_logs.write(tmp_path / "b.zip", {**files, name: data}, said)
        code, _ = verdict(capsys, path)
        assert code == 1 or (name, data) == ("consistency.jsonl", b"")
    without = {key: value for key, value in files.items() if key != name}
    code, out = verdict(capsys, small_logs.write(tmp_path / "b.zip", without, said))
    assert (code, f"{name} is missing" in out) == (
        (0, False) if name == "consistency.jsonl" else (1, True)
    )


OTHER_NAMES = [
    "../README.txt", "/tmp/x.txt", "documents/../x.txt", "x.sh", "documents/01.txt",
    "documents/a.txt", "memory/1.txt",
]  # fmt: skip


@pytest.mark.parametrize("name", OTHER_NAMES)
def test_a_file_of_another_name_is_refused(name, log, tmp_path, capsys):
    files, said = small_logs.of_triple(log)
    path = small_logs.write(tmp_path / "b.zip", {**files, name: b"x"}, said)
    code, out = verdict(capsys, path)
    assert (code, f"{name} is no file of a bundle" in out) == (1, True)


def test_harmless_bundles_are_valid(tmp_path, capsys):
    randomly = random.Random(3)
    for _ in range(FLIPS // 30):
        log = small_logs.SmallLog()
        for number in range(1, randomly.randrange(2, 9)):
            if randomly.random() < 0.5:
                log.event("space.changed", [])
            small_logs.a_fact(log, number)
        small_logs.an_answer(log)
        size = len(log.events)
        olds = tuple(sorted(randomly.sample(range(1, size + 1), 3)))
        for _ in range(10):
            make = randomly.choice([small_logs.of_space, None])
            if make:
                files, said = small_logs.files_of(
                    log, scope={"kind": "space", "id": 1}, chosen=None, olds=olds,
                    texts={"documents/1.txt": small_logs.TEXT},
                )  # fmt: skip
            else:
                files, said = small_logs.files_of(
                    log, scope={"kind": "triple", "id": 1}, chosen=list(range(size)), texts={},
                    olds=olds,
                )  # fmt: skip
            code, out = verdict(capsys, small_logs.write(tmp_path / "b.zip", files, said))
            assert code == 0, out
