"""``manage.py ask``."""

import io
import json
import subprocess
import sys

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from apps.asking.models import Question
from tests.apps.asking.rows import QUESTION, fill


@pytest.fixture
def ask(space, bob):
    fill(space, bob)

    def run(question, **options):
        out = io.StringIO()
        call_command("ask", question, **{"space": "atlas", **options}, stdout=out)
        return out.getvalue()

    return run


def test_it_prints_the_answer_with_its_trace(ask):
    lines = ask(QUESTION)
    assert "Ada Brook was born in Lindenau [1]." in lines
    assert '"Ada Brook was born in Lindenau."' in lines
    assert "in Ada Brook, a life, characters 0 to 31" in lines
    assert "approved by bob at 20" in lines
    assert "({MEM_READ(Ada Brook>>place of birth>>)--> Lindenau})" in lines
    assert "entity    Ada Brook (exact, accepted)" in lines


def test_it_prints_one_json_object(ask):
    found = json.loads(ask(QUESTION, json=True))
    assert found["answer"] == "Ada Brook was born in Lindenau [1]."
    assert found["citations"][0]["approved_by"] == "bob"


def test_it_asks_for_the_first_owner_unless_told_otherwise(ask, alice, carol):
    ask(QUESTION)
    ask(QUESTION, user="CAROL")
    assert [q.asked_by for q in Question.objects.order_by("pk")] == [alice, carol]


def test_it_abstains_without_an_error(ask):
    lines = ask("Where was Niels Bohr born?")
    assert "I don't know." in lines
    assert "Reads: none" in lines


def test_it_asks_as_of_a_day(ask):
    ask(QUESTION, as_of="1998-05-31")
    assert Question.objects.get().as_of.isoformat() == "1998-05-31"


@pytest.mark.parametrize(
    ("question", "options", "words"),
    [
        (QUESTION, {"space": "atlsa"}, "There is no space 'atlsa'. Did you mean 'atlas'?"),
        ("  ", {}, "The question is empty."),
        ("x" * 10_000, {}, "has 10,000 characters; at most 1,000"),
        ("caf\udce9?", {}, "characters that are no text"),
        (QUESTION, {"user": "nobody"}, "There is no user 'nobody'."),
        (QUESTION, {"user": "dave"}, "'dave' may not ask questions in 'atlas'."),
        (QUESTION, {"as_of": "yesterday"}, "--as-of takes a day such as 1998-05-31"),
    ],
)
def test_it_refuses_with_one_sentence(ask, question, options, words):
    with pytest.raises(CommandError) as caught:
        ask(question, **options)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not Question.objects.exists()


def test_it_names_a_head_that_is_not_there(ask, settings):
    settings.READ_HEAD = "scripte"
    with pytest.raises(CommandError, match="Did you mean 'scripted'"):
        ask(QUESTION)


@pytest.mark.django_db(transaction=True)
def test_it_exits_with_1_and_prints_nothing_on_stdout():
    """The whole process: what a shell script sees."""
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "ask", "Who?"]
    ended = subprocess.run(
        [*command, "--space", "no-such-space", "--json"],
        capture_output=True,
        text=True,
        timeout=120,
        cwd=settings.BASE_DIR,
    )
    assert ended.returncode == 1
    assert ended.stdout == ""
    (line,) = ended.stderr.strip().splitlines()
    assert line.startswith("CommandError: ")
