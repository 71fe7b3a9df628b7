"""The bundle of an answer from explicit memory, checked by its own verify.py, whole and altered."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from apps.accounts.models import Space
from apps.asking.models import Answer, AttendedMemory
from apps.explicit.models import ExplicitChoice, ExplicitMemory
from apps.explicit.services import explicit_switch_on
from apps.provenance.services.bundle_scope import Scope
from apps.provenance.services.bundle_zip import BundleZip
from apps.provenance.services.bundles import bundle_write
from apps.provenance.standalone import verify
from tests.apps.explicit.stub_head import ask, build
from tests.apps.provenance.lived import live
from tests.apps.provenance.test_verify_file import alone
from worker import registry
from worker.setups import HeadSetup

pytestmark = pytest.mark.django_db(transaction=True)
MADE_ANEW = ("files", "digest", "format", "version")  # of a manifest


@pytest.fixture
def bundle(alice, bob, carol, dave, head, settings, tmp_path) -> Path:
    """The bundle of an answer whose head looked at explicit memories of a space that people read
    and decided in."""
    settings.VAR_DIR = tmp_path
    settings.PROVENANCE_FOLDER = str(tmp_path / "checkpoints")
    space = live(alice, bob, carol, dave).space
    ExplicitChoice.objects.create(space=space, is_on=True, base="smollm2", changed_by=alice)
    build(space, alice)
    answer = ask(space, carol).answer
    assert answer.attended.exists()
    path = tmp_path / "answer.zip"
    bundle_write(scope=Scope(space, "answer", answer.pk), path=path)
    return path


@pytest.fixture
def by_shipped(alice, bob, carol, dave, settings, tmp_path, monkeypatch) -> tuple[Path, Answer]:
    """The bundle of an answer by the adapter that comes along, and the answer."""
    setup = HeadSetup("explicit", base="smollm2")
    if why := registry.missing_for("read", "explicit", setup):
        pytest.skip(why)
    settings.VAR_DIR, settings.EXPLICIT_DIR = tmp_path, tmp_path / "explicit"
    settings.PROVENANCE_FOLDER = str(tmp_path / "checkpoints")
    monkeypatch.setattr("apps.common.jobs.bell.current_app.send_task", lambda *given, **more: None)
    space = live(alice, bob, carol, dave).space
    Space.objects.filter(pk=space.pk).update(read_head={"backend": "explicit", **setup.as_json()})
    space.refresh_from_db()
    explicit_switch_on(space=space, actor=alice, base="smollm2")
    build(space, alice)
    answer = ask(space, carol).answer
    path = tmp_path / "answer.zip"
    bundle_write(scope=Scope(space, "answer", answer.pk), path=path)
    return path, answer


def files_of(path: Path) -> tuple[dict[str, bytes], dict[str, Any]]:
    with zipfile.ZipFile(path) as held:
        files = {name: held.read(name) for name in held.namelist()}
    said = json.loads(files.pop("manifest.json"))
    return files, {name: value for name, value in said.items() if name not in MADE_ANEW}


def checked(bundle: Path, folder: Path) -> tuple[int, str]:
    """Check a bundle with the verify.py that came with the real one, in an empty folder."""
    folder.mkdir(exist_ok=True)
    script = folder / "verify.py"
    with zipfile.ZipFile(bundle) as held:
        script.write_bytes(held.read("verify.py"))
    return alone(folder, str(bundle), script=script)


def test_it_is_valid_and_tells_what_was_looked_at(bundle, tmp_path) -> None:
    code, out = checked(bundle, tmp_path / "empty")
    assert (code, out.splitlines()[-1]) == (0, "VALID"), out
    told = json.loads(zipfile.ZipFile(bundle).read("answer.json"))["attended"]
    rows = list(AttendedMemory.objects.order_by("number"))
    assert [one["memory"] for one in told] == [row.memory for row in rows]
    for row in rows:
        memory = ExplicitMemory.objects.get(pk=row.memory)
        assert f"explicit memory {memory.pk}, version {memory.version}: layers 0 to 4 12.3 %" in out
        assert f"its file SHA-256 {memory.sha256}" in out


@pytest.mark.slow
def test_that_of_the_shipped_adapter_is_valid_until_it_is_altered(by_shipped, tmp_path) -> None:
    bundle, answer = by_shipped
    print(
        "HEAD",
        {f.name: str(getattr(answer, f.name))[:120] for f in answer._meta.fields},
        answer.question.space.read_head,
    )
    assert answer.head_version == shipped_version()
    rows = list(answer.attended.order_by("number"))
    assert rows
    assert all(row.shares for row in rows)
    code, out = checked(bundle, tmp_path / "empty")
    assert (code, out.splitlines()[-1]) == (0, "VALID"), out
    for row in rows:
        assert f"explicit memory {row.memory}, version {row.version}: layers 0 to 9" in out
        assert f"its file SHA-256 {row.sha256}" in out
    files, said = files_of(bundle)
    told = json.loads(files["answer.json"])
    told["attended"][0]["shares"][0][2] += 1
    code, out = checked(
        written(tmp_path, files | {"answer.json": _text(told)}, said), tmp_path / "empty"
    )
    assert (code, out.splitlines()[-1]) == (1, "INVALID"), out


def shipped_version() -> str:
    from worker.heads.causal.adapters import folder_of, read_manifest, version_of

    return version_of(read_manifest(folder_of("smollm2"), "explicit"))


def _other_file(told: list[dict[str, Any]]) -> None:
    told[0]["sha256"] = "0" * 64


def _other_share(told: list[dict[str, Any]]) -> None:
    told[0]["shares"][0][2] += 1


def _other_facts(told: list[dict[str, Any]]) -> None:
    told[0]["facts"] = [10**6]


def _one_less(told: list[dict[str, Any]]) -> None:
    told.pop()


ALTERING = (_other_file, _other_share, _other_facts, _one_less)


def test_whatever_is_altered_of_it_is_found(bundle, tmp_path) -> None:
    """An attacker alters it where the answer tells it, in the event, or in both, and puts all
    hashes of the bundle right."""
    files, said = files_of(bundle)
    code, out = checked(written(tmp_path, files, said), tmp_path / "empty")
    assert (code, out.splitlines()[-1]) == (0, "VALID"), out  # built anew as it was
    for alter in ALTERING:
        answer = json.loads(files["answer.json"])
        alter(answer["attended"])
        lines = [json.loads(line) for line in files["events.jsonl"].splitlines()]
        assert sum(_altered(line, alter) for line in lines) == 1
        in_answer = {"answer.json": _text(answer)}
        in_event = {"events.jsonl": b"".join(_text(line) + b"\n" for line in lines)}
        for spoilt in (in_answer, in_event, in_answer | in_event):
            code, out = checked(written(tmp_path, files | spoilt, said), tmp_path / "empty")
            assert (code, out.splitlines()[-1]) == (1, "INVALID"), (alter, list(spoilt), out)


def written(folder: Path, files: dict[str, bytes], said: dict[str, Any]) -> Path:
    path = folder / "spoilt.zip"
    with BundleZip(path) as made:
        for name, data in files.items():
            made.add(name, [data])
        made.finish(**said)
    return path


def _text(value: Any) -> bytes:
    return verify.canonical(value).encode()


def _altered(line: dict[str, Any], alter: Callable[[list[dict[str, Any]]], None]) -> bool:
    """Alter what the event of the answer tells in its private part, where the line is that one."""
    value = json.loads((line.get("private") or {}).get("value", "null"))
    payload = value.get("payload") if isinstance(value, dict) else None
    if not isinstance(payload, dict) or not payload.get("attended"):
        return False
    alter(payload["attended"])
    line["private"]["value"] = json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False
    )
    return True
