"""The JSON of an answer and docs/ask_json.md, which promises it."""

import json
import re

import pytest
from django.conf import settings
from django.utils import timezone

from apps.asking.selectors import answer_as_dict
from apps.asking.services import question_ask, question_run
from apps.memory.models import Triple
from tests.apps.asking.rows import QUESTION, fill


@pytest.fixture(scope="module")
def documented():
    text = (settings.BASE_DIR / "docs" / "ask_json.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```json\n(.*?)```", text, re.DOTALL)
    return json.loads(block)


@pytest.fixture
def answered(space, bob, carol):
    fill(space, bob)
    asked = question_ask(space=space, actor=carol, text=QUESTION)
    return question_run(question_id=asked.pk)


def shape(value):
    """The keys of nested objects and the types of what they hold; lists by their first item."""
    if isinstance(value, dict):
        return {key: shape(one) for key, one in value.items()}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return type(value).__name__


def test_it_has_the_documented_keys_and_types(documented, answered):
    assert shape(answer_as_dict(answered)) == shape(documented)


def test_it_has_the_documented_values(documented, answered):
    """All but what differs from one installation to the next: ids, times and the seconds."""

    def steady(value):
        if isinstance(value, dict):
            return {
                key: steady(one)
                for key, one in value.items()
                if key not in ("id", "triple", "approved_at", "seconds")
            }
        return [steady(one) for one in value] if isinstance(value, list) else value

    found = steady(answer_as_dict(answered))
    for read in found["reads"]:  # the nearest ones that were not accepted follow the exact ones
        read["candidates"] = [one for one in read["candidates"] if one["exact"]]
    assert found == steady(documented)


def test_every_key_is_explained(documented):
    text = (settings.BASE_DIR / "docs" / "ask_json.md").read_text(encoding="utf-8")
    table = text[: text.index("```json")]
    for key in documented:
        assert f"`{key}`" in table
    for part in ("citations", "reads"):
        for key in documented[part][0]:
            assert f"`{part}[].{key}`" in table


def test_its_spans_lead_to_the_words_in_the_document(answered):
    (citation,) = answer_as_dict(answered)["citations"]
    text = answered.answer.citations.get().evidence.passage.document.text
    words = {name: text[start:end] for name, (start, end) in citation["spans"].items()}
    assert words == {
        "sentence": citation["sentence"],
        "subject": citation["triple"]["subject"],
        "object": citation["triple"]["object"],
    }


def test_it_explains_an_answer_whose_fact_was_superseded_since(answered):
    before = answer_as_dict(answered)
    triple = Triple.objects.get(pk=before["citations"][0]["triple"]["id"])
    Triple.objects.filter(pk=triple.pk).update(
        status="superseded", superseded_by=triple, retracted_at=timezone.now()
    )
    after = answer_as_dict(answered)
    assert after["citations"][0]["triple"].pop("status") == "superseded"
    assert before["citations"][0]["triple"].pop("status") == "active"
    assert after == before


def test_it_shows_what_was_looked_up_when_it_abstains(space, bob, carol):
    fill(space, bob)
    asked = question_ask(space=space, actor=carol, text="Who was the spouse of Ada Brook?")
    found = answer_as_dict(question_run(question_id=asked.pk))
    assert (found["abstained"], found["citations"]) == (True, [])
    assert found["reason"]
    assert found["answer"]
