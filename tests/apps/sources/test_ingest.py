"""``manage.py ingest``."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from apps.accounts.models import Space, User
from apps.curation.models import Extraction
from apps.curation.services import extraction_request
from apps.sources.models import Document
from tests import factories
from worker import registry
from worker.errors import WorkerError

TEXT = "Ada Brook was born in Lindenau. She founded the Brook Institute in 1921.\n"


@pytest.fixture
def ada(tmp_path: Path) -> Path:
    path = tmp_path / "ada.txt"
    path.write_text(TEXT)
    return path


def ingest(*files: Path, space: str = "atlas", **options: Any) -> tuple[str, str]:
    out, err = io.StringIO(), io.StringIO()
    call_command("ingest", *map(str, files), space=space, stdout=out, stderr=err, **options)
    return out.getvalue(), err.getvalue()


def test_it_adds_a_file_and_proposes_its_facts(space: Space, alice: User, ada: Path) -> None:
    factories.make_relation(space, "place of birth")
    out, err = ingest(ada)
    document = Document.objects.get()
    assert (document.added_by, document.filename) == (alice, "ada.txt")
    extraction = Extraction.objects.get()
    assert extraction.state == "done"
    assert extraction.passages.count() == 1
    assert out == ""
    number = extraction.candidates.count()
    assert f"ada.txt: added; {number} fact" in err


def test_it_prints_one_json_object(space: Space, bob: User, ada: Path, tmp_path: Path) -> None:
    factories.make_relation(space, "place of birth")
    facts = tmp_path / "facts.csv"
    facts.write_text("subject,relation,object\nAda Brook,place of birth,Lindenau\n")
    out, _ = ingest(ada, facts, user="BOB", json=True)
    found = json.loads(out)
    assert found["space"] == "atlas"
    first, second = found["documents"]
    assert (first["title"], first["created"], first["passages"], first["error"]) == (
        "ada",
        True,
        1,
        "",
    )
    assert (second["document"], second["candidates"]) == (Document.objects.latest("pk").pk, 1)
    assert set(Document.objects.values_list("added_by__username", flat=True)) == {"bob"}


def test_it_adds_nothing_twice(space: Space, ada: Path) -> None:
    ingest(ada)
    out, err = ingest(ada, json=True)
    assert json.loads(out)["documents"][0]["created"] is False
    assert "is here already as “ada”; nothing was added" in err
    assert Document.objects.count() == Extraction.objects.count() == 1


def test_it_does_the_good_files_and_fails_for_the_bad_ones(
    space: Space, ada: Path, tmp_path: Path
) -> None:
    picture = tmp_path / "picture.png"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n")
    with pytest.raises(CommandError, match=r"2 of 3 files could not be ingested\. .*a picture"):
        ingest(picture, tmp_path / "nowhere.txt", ada)
    assert Document.objects.get().filename == "ada.txt"


@pytest.mark.parametrize("kind", ["missing", "folder", "large"])
def test_it_says_what_is_wrong_with_a_file(
    space: Space, tmp_path: Path, kind: str, settings: pytest.FixtureRequest
) -> None:
    settings.DOCUMENT_MAX_BYTES = 2**20  # type: ignore[attr-defined]
    path = {"missing": tmp_path / "no.txt", "folder": tmp_path, "large": tmp_path / "l.txt"}[kind]
    (tmp_path / "l.txt").write_bytes(b"a" * 2**21)
    says = {
        "missing": "No such file",
        "folder": "Is a directory",
        "large": "too large.*The limit is 1 MB",
    }
    with pytest.raises(CommandError, match=says[kind]):
        ingest(path)


def test_it_says_why_an_extraction_failed(
    space: Space, ada: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(name: str) -> object:
        raise WorkerError("The model is not there.", permanent=True)

    monkeypatch.setattr(registry, "write_head", broken)
    with pytest.raises(CommandError, match=r"the extraction failed\. The model is not there"):
        ingest(ada)


def test_it_asks_for_no_worker(
    space: Space, ada: Path, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks() as callbacks:
        ingest(ada)
    assert callbacks == []


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"space": "atlsa"}, "There is no space 'atlsa'. Did you mean 'atlas'?"),
        ({"space": "atlas", "user": "nobody"}, "There is no user 'nobody'."),
        ({"space": "atlas", "user": "carol"}, "'carol' may not add documents to 'atlas'."),
    ],
)
def test_it_refuses_unknown_spaces_and_people(
    space: Space, ada: Path, options: dict[str, str], says: str
) -> None:
    with pytest.raises(CommandError, match=says.replace("?", r"\?")):
        ingest(ada, **options)
    assert not Document.objects.exists()


def test_it_leaves_an_extraction_alone_that_is_under_way(
    space: Space, alice: User, ada: Path
) -> None:
    ingest(ada)
    document = Document.objects.get()
    extraction = extraction_request(document=document, actor=alice, ring=False)
    ingest(ada)
    extraction.refresh_from_db()
    assert extraction.state == "queued"
