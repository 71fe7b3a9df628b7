"""What a reference costs on this machine, and references that are kept as text."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.worker.explicit.shelves import Shelved, tiny_head
from worker.blobs import Folder
from worker.explicit.hierarchy import FORMS
from worker.explicit.making import ReferenceMaker, from_text
from worker.explicit.store import Store, Stored
from worker.explicit.weighing import weighed
from worker.heads.causal.explicit_head import ExplicitReadHead
from worker.types import QuestionContext


@pytest.fixture(scope="module")
def maker() -> ReferenceMaker:
    return ReferenceMaker(head=tiny_head())


def test_it_weighs_every_form_in_seconds_and_in_flop(maker) -> None:
    found = weighed(maker, rounds=1, passes=3)
    assert set(found.seconds) == set(found.flop) == set(FORMS)
    for costs in (found.seconds, found.flop):
        assert costs["text"][0] == costs["adapter"][1] == 0
        assert costs["text"][1] >= costs["memory"][0] > 0
        assert costs["adapter"][0] > costs["memory"][0] or costs is found.seconds
    assert (found.tokens, found.passes) == (127, 3)
    assert found.bytes > 0


def test_a_memory_kept_as_text_is_the_one_that_a_file_would_hold(maker, tmp_path) -> None:
    shelf = Shelved(tmp_path, maker)
    kept = shelf.born("Ada Lovelace", "London")
    filed = Store(Folder(tmp_path)).get(Stored(kept.name, kept.sha256, kept.bytes), maker.maker)
    made = from_text(maker.head, maker.maker, replace(kept, pieces=(shelf_text(),)))
    assert made.keys.equal(filed.keys)
    assert made.values.equal(filed.values)
    assert made.places.equal(filed.places)


def test_a_text_that_was_changed_meanwhile_is_left_out_by_name(maker, tmp_path) -> None:
    shelf = Shelved(tmp_path, maker)
    kept = shelf.born("Ada Lovelace", "London")
    text = replace(kept, sha256="", bytes=0, pieces=(shelf_text(),))
    other = replace(text, id="2", pieces=("Ada Lovelace was born in Paris.",))
    shelf.kept = [text, other]
    head = ExplicitReadHead(head=maker.head)
    said = head.answer("Where was Ada Lovelace born?", shelf, QuestionContext())
    one, left = said.attended
    assert one.shares
    assert one.seconds > 0
    assert left.left_out == "What it says was changed meanwhile."
    assert not left.damaged


def shelf_text() -> str:
    return "Ada Lovelace was born in London."
