"""verify.py as an auditor runs it: alone, on bundles that hold and on what is none."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from apps.provenance import merkle
from apps.provenance.standalone import verify
from tests.apps.provenance import small_logs
from tests.apps.provenance.test_merkle import decoded, vectors

MAKERS = [small_logs.of_triple, small_logs.of_answer, small_logs.of_space]


def alone(folder: Path, *arguments: str, script: Path | None = None) -> tuple[int, str]:
    """Run verify.py in an empty folder, without memweb or any package, and return its verdict."""
    folder.mkdir(exist_ok=True)
    script = script or Path(shutil.copy(verify.__file__, folder))
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(script), *arguments],
        cwd=folder, capture_output=True, text=True, timeout=60, env={},
    )  # fmt: skip
    assert done.stderr == ""
    return done.returncode, done.stdout


@pytest.fixture
def log():
    return small_logs.world()


@pytest.mark.parametrize("make", MAKERS)
def test_it_finds_a_bundle_valid_with_no_package_at_all(make, log, tmp_path):
    path = small_logs.write(tmp_path / "b.zip", *make(log, olds=(3, 8)))
    code, out = alone(tmp_path / "empty", str(path))
    assert (code, out.splitlines()[-1]) == (0, "VALID")
    assert "Fact 1: Ada Brook / place of birth / Lindenau (active)" in out
    assert "sentence   Ada Brook was born in Lindenau." in out
    assert f"its file   SHA-256 {small_logs.sha256(small_logs.TEXT)}" in out
    assert "read by    encoder, 1a2b3c, with score 0.93" in out
    assert "approved   by Bob, 2026-11-27 00:00:19 UTC (event 4)" in out
    assert "decision   accept by Bob, 2026-11-27 00:00:19 UTC (event 4)" in out
    assert ("can only be seen in a bundle of the whole space" in out) == (make is not MAKERS[2])


def test_it_checks_the_folder_that_it_was_unpacked_to(log, tmp_path):
    path = small_logs.write(tmp_path / "b.zip", *small_logs.of_answer(log))
    folder = tmp_path / "unpacked"
    zipfile.ZipFile(path).extractall(folder)
    (folder / ".DS_Store").write_bytes(b"of a system")
    assert alone(folder, script=folder / "verify.py")[0] == 0
    (folder / "documents").mkdir()
    (folder / "documents" / "9.txt").write_text("Planted.")
    code, out = alone(folder, script=folder / "verify.py")
    assert (code, "documents/9.txt is not named in manifest.json" in out) == (1, True)


def test_no_module_that_lies_in_the_folder_is_loaded(log, tmp_path):
    path = small_logs.write(tmp_path / "b.zip", *small_logs.of_answer(log))
    folder = tmp_path / "unpacked"
    zipfile.ZipFile(path).extractall(folder)
    for name in ("json", "hashlib", "argparse", "cryptography"):
        (folder / f"{name}.py").write_text("print('VALID')\nraise SystemExit(0)\n")
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [sys.executable, str(folder / "verify.py")],
        cwd=folder, env=environment, capture_output=True, text=True,
    )  # fmt: skip
    assert (done.returncode, done.stdout == "VALID\n") == (1, False)
    assert "json.py is not named in manifest.json" in done.stdout


def test_a_link_in_the_folder_is_not_followed(log, tmp_path):
    path = small_logs.write(tmp_path / "b.zip", *small_logs.of_answer(log))
    folder = tmp_path / "unpacked"
    zipfile.ZipFile(path).extractall(folder)
    (folder / "README.txt").rename(tmp_path / "README.txt")
    (folder / "README.txt").symlink_to(tmp_path / "README.txt")
    code, out = alone(folder, script=folder / "verify.py")
    assert (code, "README.txt is a link" in out) == (1, True)
    (folder / "README.txt").unlink()
    os.mkfifo(folder / "README.txt")
    assert alone(folder, script=folder / "verify.py")[0] == 1


def test_it_names_the_file_of_a_zip_that_was_edited(log, tmp_path, capsys):
    path = small_logs.write(tmp_path / "b.zip", *small_logs.of_answer(log))
    for name, change in (
        ("facts.jsonl", lambda data: data.replace(b"Lindenau", b"Lindenow")),
        ("README.txt", lambda data: b""),
    ):
        edited = tmp_path / f"{name}.zip"
        with zipfile.ZipFile(path) as old, zipfile.ZipFile(edited, "w") as new:
            new.comment = old.comment
            for item in old.infolist():
                data = old.read(item)
                new.writestr(item, change(data) if item.filename == name else data)
        code, out = verdict(capsys, edited)
        assert code == 1
        assert "WRONG: the zip is not as it was made" in out
        assert f"WRONG: {name} is not as it was made" in out
    with zipfile.ZipFile(edited, "w") as new, zipfile.ZipFile(path) as old:
        for item in old.infolist():
            new.writestr(item, old.read(item))
    code, out = verdict(capsys, edited)
    assert (code, out.count("WRONG"), "if it was packed anew" in out) == (1, 1, True)


def verdict(capsys, *arguments):
    code = verify.main([str(one) for one in arguments])
    return code, capsys.readouterr().out


def test_the_key_that_an_auditor_gives_is_the_only_one_that_counts(log, tmp_path, capsys):
    path = small_logs.write(tmp_path / "b.zip", *small_logs.of_triple(log))
    code, out = verdict(capsys, path)
    assert (code, "not whose it is: compare the fingerprint" in out) == (0, True)
    code, out = verdict(capsys, path, "--key", small_logs.vkey(small_logs.key()))
    assert (code, "is that of the key that you gave" in out) == (0, True)
    forged = small_logs.write(
        tmp_path / "f.zip", *small_logs.of_triple(log, private=small_logs.key(2))
    )
    assert verdict(capsys, forged)[0] == 0  # it agrees with itself
    code, out = verdict(capsys, forged, "--key", small_logs.vkey(small_logs.key()))
    assert (code, "is not signed with the key that you gave" in out) == (1, True)


@pytest.mark.parametrize(
    "key", ["", "x", "a+b", "a+00000000+AAAA", "a b+00000000+AA==", "\udcff+00000000+AA==",
            small_logs.vkey(small_logs.key()).replace("+cb", "+cc")],
)  # fmt: skip
def test_what_is_no_key_is_told(key, log, tmp_path, capsys):
    path = small_logs.write(tmp_path / "b.zip", *small_logs.of_triple(log))
    code, out = verdict(capsys, path, "--key", key)
    assert (code, out.startswith("This is no key: ")) == (2, True)


@pytest.mark.parametrize("make", MAKERS)
def test_a_kept_checkpoint_is_compared(make, log, tmp_path, capsys):
    path = small_logs.write(tmp_path / "b.zip", *make(log, olds=(3, 8)))
    for size in (3, 8, len(log.events)):
        (tmp_path / "old").write_text(log.checkpoint(size), encoding="utf-8")
        code, out = verdict(capsys, path, "--checkpoint", tmp_path / "old")
        assert (code, f"still holds the {size} events" in out) == (0, True)
    (tmp_path / "old").write_text(log.checkpoint(9), encoding="utf-8")
    code, out = verdict(capsys, path, "--checkpoint", tmp_path / "old")
    if make is small_logs.of_space:
        assert code == 0
    else:
        assert (code, "holds no proof that leads from the checkpoint" in out) == (1, True)


@pytest.mark.parametrize("make", MAKERS)
def test_a_rewritten_log_contradicts_the_kept_checkpoint(make, log, tmp_path, capsys):
    other = small_logs.SmallLog()
    other.event("space.created", [other.change("accounts_space", 1, {}, {"name": "Elsewhere"})])
    small_logs.a_fact(other, 1)
    (tmp_path / "old").write_text(other.checkpoint(), encoding="utf-8")
    path = small_logs.write(tmp_path / "b.zip", *make(log, olds=(5,)))
    code, out = verdict(capsys, path, "--checkpoint", tmp_path / "old")
    assert (code, "CONTRADICTS" in out) == (1, True)


def test_a_checkpoint_that_is_newer_or_of_another_log_is_told(log, tmp_path, capsys):
    path = small_logs.write(tmp_path / "b.zip", *small_logs.of_triple(log))
    log.event("document.added", [])
    (tmp_path / "new").write_text(log.checkpoint(), encoding="utf-8")
    code, out = verdict(capsys, path, "--checkpoint", tmp_path / "new")
    assert (code, "is newer (32 events)" in out) == (1, True)
    other = small_logs.SmallLog("0b2f4c1e-58a9-4f1f-9d0e-3f7a1c2b4d5f")
    small_logs.a_fact(other)
    (tmp_path / "other").write_text(other.checkpoint(), encoding="utf-8")
    code, out = verdict(capsys, path, "--checkpoint", tmp_path / "other")
    assert (code, "that of another log" in out) == (1, True)


@pytest.mark.parametrize("text", ["", "x", "a\n1\nAAAA\n\n", "a\n-1\nAAAA\n\n\u2014 a AAAA\n"])
def test_what_is_no_checkpoint_is_told(text, log, tmp_path, capsys):
    path = small_logs.write(tmp_path / "b.zip", *small_logs.of_triple(log))
    (tmp_path / "old").write_text(text, encoding="utf-8")
    code, out = verdict(capsys, path, "--checkpoint", tmp_path / "old")
    assert (code, out.startswith("What you kept is no checkpoint")) == (2, True)
    assert verdict(capsys, path, "--checkpoint", tmp_path / "absent")[0] == 2


def test_what_is_no_bundle_is_told_with_a_sentence(tmp_path, capsys):
    (tmp_path / "text").write_text("Hello")
    with zipfile.ZipFile(tmp_path / "z.zip", "w") as other:
        other.writestr("a.txt", "A")
    with zipfile.ZipFile(tmp_path / "m.zip", "w") as other:
        other.writestr("manifest.json", '{"format": "something else"}')
    with zipfile.ZipFile(tmp_path / "n.zip", "w") as other:
        other.writestr("manifest.json", "[" * 100_000)
        other.comment = b"0" * 64
    (tmp_path / "folder").mkdir()
    for name in ("absent.zip", "text", "z.zip", "folder"):
        code, out = verdict(capsys, tmp_path / name)
        assert (code, out.count("\n")) == (2, 1)
    for name in ("m.zip", "n.zip"):
        code, out = verdict(capsys, tmp_path / name)
        assert (code, out.splitlines()[-1] == "VALID") == (1, False)
    assert alone(tmp_path / "empty")[0] == 2
    assert alone(tmp_path / "empty", "--help")[0] == 0


def test_a_zip_bomb_and_doubled_names_are_refused(log, tmp_path, capsys):
    with zipfile.ZipFile(tmp_path / "b.zip", "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("manifest.json", b" " * 80_000_000)
    code, out = verdict(capsys, tmp_path / "b.zip")
    assert (code, out.splitlines()[-1] == "VALID") == (1, False)
    files, said = small_logs.of_triple(log)
    small_logs.write(tmp_path / "t.zip", files, said)
    folder = tmp_path / "unpacked"
    zipfile.ZipFile(tmp_path / "t.zip").extractall(folder)
    with open(folder / "facts.jsonl", "wb") as long:
        long.truncate(2**37)  # a sparse file: nothing is written
    code, out = verdict(capsys, folder)
    assert (code, "too long to be those of a bundle" in out) == (1, True)
    with zipfile.ZipFile(tmp_path / "d.zip", "w") as doubled:
        doubled.writestr("manifest.json", "{}")
        with pytest.warns(UserWarning, match="Duplicate name"):
            doubled.writestr("manifest.json", "{}")
    code, out = verdict(capsys, tmp_path / "d.zip")
    assert (code, "manifest.json is in the bundle twice" in out) == (1, True)


def test_what_a_text_says_cannot_steer_the_terminal(tmp_path, capsys):
    log = small_logs.SmallLog()
    text = "A\x1b[2J\u202ea Brook was born in Lin"[:31].ljust(31, ".") + " More."
    small_logs.a_fact(log, 1, text)
    files, said = small_logs.files_of(
        log, scope={"kind": "triple", "id": 1}, chosen=[0, 1, 3], texts={"passages/1.txt": text}
    )
    code, out = verdict(capsys, small_logs.write(tmp_path / "b.zip", files, said))
    assert code == 0
    assert "\x1b" not in out
    assert "A\\x1b[2J\\u202ea Brook" in out


def test_erased_parts_are_told_and_are_no_fault(log, tmp_path, capsys):
    files, said = small_logs.of_triple(log)
    lines = [json.loads(line) for line in files["events.jsonl"].splitlines()]
    for line in lines:
        if "position" in line and json.loads(line["leaf"])["table"].startswith("sources_"):
            line["private"] = None
    files, said = small_logs.files_of(
        log, scope=said["scope"], chosen=small_logs.OF_FACT_1, texts={}, lines=lines
    )
    code, out = verdict(capsys, small_logs.write(tmp_path / "b.zip", files, said))
    assert code == 0
    assert "sentence   (erased, or not in this bundle)" in out
    assert "document   1: (erased)" in out
    assert "The private part of 2 entries is erased or was kept back." in out


def test_its_trees_are_those_of_the_server():
    randomly = random.Random(9162)
    for size in range(1, 40):
        log = [randomly.randbytes(32) for _ in range(size)]
        tree, root = verify.Tree(), merkle.root_of(log)
        for one in log:
            tree.add(one)
        assert tree.root() == root
    assert verify.Tree().root() == merkle.EMPTY_ROOT


@pytest.mark.parametrize("vector", vectors("inclusion"), ids=lambda vector: vector["case"])
def test_it_judges_inclusion_as_the_public_vectors_do(vector):
    proof, root = [decoded(one) for one in vector["proof"] or []], decoded(vector["root"])
    found = verify.root_by_path(
        decoded(vector["leafHash"]), vector["leafIdx"], vector["treeSize"], proof
    )
    assert (len(root) != 32 or found != root) == vector["wantErr"]


@pytest.mark.parametrize("vector", vectors("consistency"), ids=lambda vector: vector["case"])
def test_it_judges_consistency_as_the_public_vectors_do(vector):
    proof = [decoded(one) for one in vector["proof"] or []]
    roots = (decoded(vector["root1"]), decoded(vector["root2"]))
    held = verify.is_consistent(vector["size1"], vector["size2"], *roots, proof)
    assert held != vector["wantErr"]


def test_it_is_written_for_python_3_8():
    import ast

    source = Path(verify.__file__).read_text(encoding="utf-8")
    tree = ast.parse(source, feature_version=(3, 8))
    imported = {
        name.name.split(".")[0]
        for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names
    } | {
        node.module.split(".")[0]
        for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module
    }  # fmt: skip
    assert imported - {"cryptography"} <= sys.stdlib_module_names


def test_what_was_there_before_is_not_dated_by_when_it_was_taken_over():
    story, row = verify.Story(), verify.Row(3)
    row.op, row.public = "adopt", {"id": 1}
    story.rows["memory_evidence", 1] = row
    leaf = {"at": "2026-11-27T00:00:01.500000Z", "action": "log.opened", "actor": None}
    story.events[3] = verify.Happened(leaf, {"actor_label": "memweb"})
    made = verify.Memory(story, lambda name: None).made("memory_evidence", 1, 2)
    assert verify.by(made) == (
        "person 2, before this log tells of it (taken over 2026-11-27 00:00:01 UTC, event 3)"
    )
