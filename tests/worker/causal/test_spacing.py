from __future__ import annotations

import pytest

from worker.training.causal.spacing import spaced
from worker.training.redocred import GoldDocument, GoldMention
from worker.types import Span


def document(text: str, *names: str) -> GoldDocument:
    entities = tuple(
        (GoldMention(Span(text.index(name), text.index(name) + len(name)), "MISC"),)
        for name in names
    )
    return GoldDocument("", text, (Span(0, len(text)),), entities, ())


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("Ada , who wrote it .", "Ada, who wrote it."),
        ("the firm 's head ( Ada )", "the firm's head (Ada)"),
        ("it did n't end", "it didn't end"),
        ('a song , " Blue Moon " .', 'a song, "Blue Moon".'),
        ("from 1815 - 1852", "from 1815-1852"),
        ("nothing to mend", "nothing to mend"),
    ],
)
def test_it_takes_out_the_blanks_that_nobody_writes(text, written):
    assert spaced(document(text)).text == written


def test_it_moves_spans_along():
    made = spaced(document("( Ada ) , of London 's north .", "Ada", "London"))
    assert made.text == "(Ada), of London's north."
    assert [one[0].span.of(made.text) for one in made.entities] == ["Ada", "London"]
    assert made.sentences == (Span(0, len(made.text)),)
