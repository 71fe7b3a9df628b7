"""The registry of actions: what an event may record, and how it reads."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from apps.accounts.models import Role
from apps.audit.actions import ACTIONS, Action, BadPayload, Data, sentence_of
from apps.audit.actions import schema as keys
from apps.audit.actions.schema import MEMBERS, NUMBER, TEXT, content, optional, or_none, personal
from apps.audit.actions.sentences import LONGEST, places, sentence
from apps.audit.models import Event
from apps.audit.services import record
from tests import factories

RENAMED = Action(
    "document.renamed",
    "renamed a document",
    "renamed document {document} to “{title}”[: {reason}][, {copies:copy|copies} too]",
    {
        "document": NUMBER,
        "title": content(TEXT),
        "reason": optional(personal(TEXT)),
        "copies": optional(or_none(NUMBER)),
    },
)
NAMES = re.compile(r"[a-z_]+\.[a-z_]+")


@pytest.mark.parametrize("name", ACTIONS)
def test_it_has_words_and_a_schema_for_every_action(name: str) -> None:
    action = ACTIONS[name]
    assert action.name == name
    assert NAMES.fullmatch(name)
    assert len(name) <= Event._meta.get_field("action").max_length
    assert action.wording[0].islower()
    assert not action.wording.endswith(".")
    assert places(action.sentence) <= set(action.keys), "it names what it does not record"
    assert action.told <= set(Role.values)
    action.check(action.example())
    action.check(factories.recorded(name))


@pytest.mark.parametrize("name", ACTIONS)
def test_it_says_every_action_with_and_without_what_may_lack(name: str) -> None:
    for payload in (ACTIONS[name].example(), factories.recorded(name)):
        said = sentence_of(name, payload)
        assert said[0].islower()
        assert not set("{}[]") & set(said)
        assert said == " ".join(said.split())
    assert sentence_of(name, {}).startswith(tuple(ACTIONS[name].wording.split()[0]))


@pytest.mark.parametrize("words", [("", "said"), ("said", "")])
def test_it_refuses_an_action_without_words(words: tuple[str, str]) -> None:
    with pytest.raises(ValueError, match="no words"):
        Action("a.b", *words, {})


@pytest.mark.parametrize(
    ("payload", "said"),
    [
        ({}, "has to record document, title"),
        ({"document": 1}, "has to record title"),
        ({"document": "1", "title": "x"}, "a whole number as 'document', not this str"),
        ({"document": True, "title": "x"}, "a whole number as 'document', not this bool"),
        ({"document": 2**53, "title": "x"}, "a whole number"),
        ({"document": 1, "title": None}, "a text as 'title', not this NoneType"),
        ({"document": 1, "title": "x", "copies": 1.5}, "a whole number or nothing as 'copies'"),
        ({"document": 1, "title": "x", "secret": "hush"}, "does not record 'secret'"),
    ],
)
def test_it_refuses_what_is_not_in_the_schema(payload: dict[str, Any], said: str) -> None:
    with pytest.raises(BadPayload, match=re.escape(said)) as refused:
        RENAMED.check(payload)
    assert "hush" not in str(refused.value)


GOOD_AND_BAD: list[tuple[keys.Key, list[Any], list[Any]]] = [
    (keys.TEXTS, [[], ["x"]], ["x", [1], None]),
    (keys.NUMBERS, [[], [1]], [1, ["1"], [True]]),
    (keys.FLAG, [True, False], [0, None, "yes"]),
    (keys.DAY, ["2026-11-27"], ["2026-02-30", "soon", 2026, None]),
    (keys.SPAN, [[0, 3]], [[0], [0, 1, 2], "01", [0, "1"]]),
    (keys.ROW, [{"id": 1, "name": "x"}], [{"id": "1", "name": "x"}, {"id": 1}, 1, []]),
    (keys.ROWS, [[], [{"id": 1, "name": "x"}]], [{"id": 1, "name": "x"}, [1]]),
    (keys.FACT, [["a", "b", None]], [["a", "b"], "abc", ["a", "b", 1]]),
    (keys.CHANGED, [{"name": ["a", None]}, {}], [{"name": "a"}, {"name": [1]}, [], None]),
    (keys.FIELDS, [{}, {"a": {"b": [1.5]}}], [[], {1: 2}, {"a": {3}}, {"a": float("nan")}]),
    (keys.ANY, [None, 1, "x", [{"a": 1}]], [2**60, {"a": object()}, float("inf"), (1, 2)]),
]


@pytest.mark.parametrize(
    ("key", "good", "bad"), GOOD_AND_BAD, ids=[k.wants for k, _, _ in GOOD_AND_BAD]
)
def test_it_tells_good_values_from_bad_ones(key: keys.Key, good: list[Any], bad: list[Any]) -> None:
    assert key.fits(key.example)
    assert all(key.fits(value) for value in good)
    assert [value for value in bad if key.fits(value)] == []


@pytest.mark.parametrize(
    ("payload", "said"),
    [
        ({"document": 7, "title": "A  b\nc"}, "renamed document 7 to “A b c”"),
        (
            {"document": 7, "title": "A", "reason": "typo", "copies": 1},
            "renamed document 7 to “A”: typo, 1 copy too",
        ),
        (
            {"document": 7, "title": "A", "reason": "", "copies": 2000},
            "renamed document 7 to “A”, 2,000 copies too",
        ),
        ({"document": 7, "title": "A", "copies": 0}, "renamed document 7 to “A”"),
        ({"document": 7, "title": "{reason} [x]", "reason": "r"},
         "renamed document 7 to “{reason} [x]”: r"),
        ({"document": 7}, "renamed a document"),
        ({"document": None, "title": "x"}, "renamed a document"),
    ],
)  # fmt: skip
def test_it_fills_a_sentence(payload: dict[str, Any], said: str) -> None:
    assert sentence(RENAMED, payload) == said


def test_it_cuts_long_values_and_lists() -> None:
    said = sentence(RENAMED, {"document": 1, "title": "x" * 5000})
    assert len(said) < LONGEST + 50
    assert said.endswith("…”")
    roles = [str(number) for number in range(9)]
    said = sentence_of("invitation.created", {"for": "Erin", "roles": roles})
    assert said == "invited Erin as 0, 1, 2, 3, 4 and 4 more"


@pytest.mark.parametrize(
    ("action", "payload", "said"),
    [
        ("candidate.rejected", {"fact": ["Ada", "home", None], "reason": "vague"},
         "rejected the fact Ada · home: vague"),
        ("entity.changed", {"changed": {"name": ["A", "B"], "object_type": [1, 2]}},
         "changed an entity: name, object type"),
        ("relation.created", {"relations": [{"id": 1, "name": "x"}] * 36}, "added 36 relations"),
        ("relation.created", {"name": "home"}, "added the relation “home”"),
        ("relation.created", {}, "added a relation"),
        ("triple.ended", {"subject": {"id": 1, "name": "A"}, "relation": {"id": 1, "name": "b"},
                          "object": {"id": 2, "name": "C"}, "valid_to": "2026-02-01"},
         "said that the fact A · b · C held until 1 February 2026"),
        ("of.tomorrow", {"x": 1}, "of.tomorrow"),
        ("document.added", {"title": {"odd": 1}}, "added the document “odd”"),
    ],
)  # fmt: skip
def test_it_says_real_payloads(action: str, payload: dict[str, Any], said: str) -> None:
    assert sentence_of(action, payload) == said


def test_it_knows_what_is_personal() -> None:
    assert ACTIONS["membership.granted"].keys_of(Data.PERSONAL) == {"user"}
    assert ACTIONS["document.added"].keys_of(Data.CONTENT) == {"title", "filename"}
    assert "text" in ACTIONS["question.asked"].keys_of(Data.PERSONAL)
    assert RENAMED.keys_of(Data.PLAIN) == {"document", "copies"}


def test_it_tells_nobody_of_what_does_not_say_whom_to_tell() -> None:
    assert Action("a.b", "did it", "did it", {}).told == frozenset()
    assert ACTIONS["document.added"].told == MEMBERS


def test_it_writes_no_event_that_breaks_its_schema(space, alice) -> None:
    with pytest.raises(BadPayload, match="has to record name"), transaction.atomic():
        record(space=space, actor=alice, action="space.created")
    assert not Event.objects.exists()


def test_it_tells_of_every_action_in_the_documentation() -> None:
    told = Path("docs/provenance.md").read_text()
    areas = {name.partition(".")[0] for name in ACTIONS}
    assert [area for area in areas if f"`{area}.*`" not in told] == []
