"""The command ``memweb``: what it says, what it ends with, and that it never says the token."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings

from apps.accounts.models import Space, User
from memweb_client import Client
from memweb_client.command import main
from tests import factories
from tests.client.conftest import URL, Opens

TOKEN = "memweb_of_nobody"
Does = Callable[..., int]


@pytest.fixture
def memweb(open_client: Opens) -> Does:
    """Return the command as a person gives it."""

    def command(user: User, *words: str) -> int:
        return main(words, environment={"MEMWEB_TOKEN": TOKEN}, opens=lambda *_: open_client(user))

    return command


@pytest.mark.usefixtures("working")
def test_it_asks(filled: Space, carol: User, memweb: Does, capsys: Any) -> None:
    assert memweb(carol, "ask", "Where was Ada Brook born?") == 0
    said = capsys.readouterr()
    lines = said.out.splitlines()
    assert lines[0] == "Ada Brook was born in Lindenau [1]."
    assert lines[2].startswith("[1] Ada Brook was born in Lindenau.  (triple ")
    assert "approved by bob on " in lines[4]
    assert "MEM_READ(Ada Brook>>place of birth>>)" in said.out
    assert said.err == ""


@pytest.mark.usefixtures("working")
def test_it_gives_json(filled: Space, carol: User, memweb: Does, capsys: Any) -> None:
    assert memweb(carol, "ask", "Where was Ada Brook born?", "--json") == 0
    assert json.loads(capsys.readouterr().out)["citations"][0]["approved_by"] == "bob"
    assert memweb(carol, "review", "--json") == 0
    waiting = {"pending": 0, "deferred": 0, "proposed_relations": 0}
    assert json.loads(capsys.readouterr().out) == waiting


@pytest.mark.usefixtures("working")
def test_an_honest_abstention_is_no_failure(
    filled: Space, carol: User, memweb: Does, capsys: Any
) -> None:
    assert memweb(carol, "ask", "Where was Nobody Here born?") == 0
    assert capsys.readouterr().out.startswith("I don't know.")


def test_it_adds_files_and_names_those_that_it_cannot(
    space: Space, bob: User, memweb: Does, capsys: Any, tmp_path: Path
) -> None:
    good, bad = tmp_path / "ada.txt", tmp_path / "x.bin"
    good.write_text(factories.TEXT)
    bad.write_bytes(b"\x00\x01")
    gone = tmp_path / "gone.txt"
    assert memweb(bob, "ingest", str(bad), str(gone), str(good)) == 1
    said = capsys.readouterr()
    assert "ada" in said.out
    assert said.err.count("memweb: /") == 2
    assert f"memweb: {gone}: cannot be read: No such file or directory." in said.err
    assert memweb(bob, "ingest", str(good), "--json") == 0
    assert json.loads(capsys.readouterr().out)[0]["filename"] == "ada.txt"
    assert memweb(bob, "ingest", str(good), str(bad), "--title", "x") == 1


def test_it_says_how_much_waits(
    space: Space, bob: User, carol: User, memweb: Does, capsys: Any
) -> None:
    factories.make_candidate(factories.make_document(space, carol), carol)
    assert memweb(bob, "review") == 0
    assert capsys.readouterr().out.splitlines()[0] == "1 candidate waits for a decision"


@pytest.mark.usefixtures("working")
def test_it_exports(
    filled: Space, dave: User, memweb: Does, capsys: Any, tmp_path: Path, settings: Any
) -> None:
    settings.EXPORT_DIR = tmp_path / "exports"
    file = tmp_path / "facts.jsonl"
    assert memweb(dave, "export", "--output", str(file)) == 0
    assert str(file) in capsys.readouterr().out
    assert len(file.read_text().splitlines()) >= 2
    assert memweb(dave, "export", "--output", str(file)) == 1
    assert "--force" in capsys.readouterr().err
    assert memweb(dave, "export", "--output", str(file), "--force", "--entity", "Ada Brook") == 0
    assert memweb(dave, "export", "--output", str(tmp_path / "no" / "x")) == 1
    assert sorted(one.name for one in tmp_path.iterdir()) == ["exports", "facts.jsonl"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--since", "2026-11-01"], "A period needs --since and --until."),
        (["--since", "May", "--until", "2026-11-01"], "May is no day; write it as 2026-11-21."),
        (["--entity", "a", "--document", "b"], "Choose one of --document, --entity and a period."),
        (["--entity", "Nobody Here"], "entity"),
    ],
)
def test_an_unclear_export_is_refused(
    space: Space, dave: User, memweb: Does, capsys: Any, tmp_path: Path, words: list[str], said: str
) -> None:
    assert memweb(dave, "export", "--output", str(tmp_path / "x"), *words) == 1
    assert said in capsys.readouterr().err


def test_who_may_not_is_told_which_role_it_needs(
    space: Space, carol: User, memweb: Does, capsys: Any, tmp_path: Path
) -> None:
    assert memweb(carol, "export", "--output", str(tmp_path / "x")) == 1
    assert "This needs one of the roles" in capsys.readouterr().err


def test_the_space_is_the_only_one_or_named(
    space: Space, carol: User, mallory: User, memweb: Does, capsys: Any
) -> None:
    factories.grant(factories.make_space("beta"), carol, "asker")
    assert memweb(carol, "review") == 1
    assert "Name one of the spaces with --space: atlas, beta." in capsys.readouterr().err
    assert memweb(carol, "review", "--space", "beta") == 0
    assert memweb(mallory, "review", "--space", "atlas") == 1
    assert "There is nothing of that name or number here." in capsys.readouterr().err


def ended(*words: str, **environment: str) -> int:
    """Return what the command ends with, told of a server that is not there."""
    return main(words, environment={"MEMWEB_URL": URL, **environment}, opens=Client)


def test_a_token_is_needed_and_never_said(capsys: Any, tmp_path: Path) -> None:
    file = tmp_path / "token"
    assert ended("review") == 1
    assert "MEMWEB_TOKEN" in capsys.readouterr().err
    assert ended("review", "--token-file", str(file)) == 1
    assert "cannot be read: No such file or directory." in capsys.readouterr().err
    file.write_text("\n")
    assert ended("review", "--token-file", str(file)) == 1
    assert "empty" in capsys.readouterr().err
    file.write_text("two words\nof it")
    assert ended("review", "--token-file", str(file)) == 1
    assert "words" not in capsys.readouterr().err
    with pytest.raises(SystemExit) as raised:
        ended("review", "--token", TOKEN)
    assert raised.value.code == 2
    assert TOKEN not in capsys.readouterr().err


def test_it_runs_as_a_program() -> None:
    """Nobody listens at this address: one sentence, and no traceback."""
    folder = Path(django_settings.BASE_DIR) / "client"
    program = [sys.executable, "-m", "memweb_client", "review", "--url", "http://127.0.0.1:9"]
    environment = {"PYTHONPATH": str(folder), "MEMWEB_TOKEN": TOKEN, "PATH": "/usr/bin"}
    done = subprocess.run(program, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith("memweb: The server could not be reached")
    assert done.stderr.count("\n") == 1
    assert TOKEN not in done.stderr
