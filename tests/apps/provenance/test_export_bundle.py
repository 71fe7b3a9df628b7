"""Bundles as exports: what the file that checks them calls VALID."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from apps.accounts.models import User
from apps.asking.models import Answer
from apps.provenance.services.bundles import BundleRefused
from apps.provenance.services.exports import bundle
from apps.provenance.services.exports.files import path_of
from apps.provenance.standalone import verify
from tests.apps.provenance.exported import export_of
from tests.apps.provenance.lived import Lived, live

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def lived(alice: User, bob: User, carol: User, dave: User, var: Path, export_dir: Path) -> Lived:
    return live(alice, bob, carol, dave)


@pytest.mark.parametrize("scope", ["space", "document", "answer", "entity", "reviewer"])
def test_it_is_valid(
    lived: Lived, dave: User, bob: User, scope: str, capsys: pytest.CaptureFixture[str]
) -> None:
    numbers = {
        "document": lived.document.pk,
        "answer": Answer.objects.get().question_id,
        "entity": lived.triple.subject_id,
        "reviewer": bob.pk,
    }
    export = export_of(lived.space, dave, "bundle", scope, number=numbers.get(scope))
    assert (export.state, export.error) == ("done", "")
    assert export.done > 0
    assert path_of(export).stat().st_mode & 0o777 == 0o600
    assert verify.main([str(path_of(export))]) == 0
    out = capsys.readouterr().out
    assert out.endswith("VALID\n")
    if scope == "space":  # as the button and the command tell it
        assert out.startswith(f"Bundle of  space {lived.space.slug}, made ")
    assert {one.suffix for one in path_of(export).parent.iterdir()} == {".file", ".lock"}


def test_one_that_cannot_be_made_says_why(
    lived: Lived, dave: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(**given: Any) -> None:
        raise BundleRefused("The disk is full. No bundle was written.")

    monkeypatch.setattr(bundle, "bundle_write", refuses)
    export = export_of(lived.space, dave, "bundle")
    assert (export.state, export.error) == ("failed", "The disk is full. No bundle was written.")
    assert not export.is_offered
