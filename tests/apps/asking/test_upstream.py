"""Which sentences of another model the memory bears out."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from apps.asking.services.upstream import NOTE, borne_out

RELATION = SimpleNamespace(
    name="place of birth", template="{subject} was born in {object}.", aliases=["birthplace"],
    cue_words=[],
)  # fmt: skip
FACT: Any = SimpleNamespace(
    triple=SimpleNamespace(
        subject=SimpleNamespace(name="Ada Brook"),
        object=SimpleNamespace(name="Lindenau"),
        relation=RELATION,
    )
)


@pytest.mark.parametrize(
    "said",
    ["Ada Brook was born in Lindenau [1].", "She was born in Lindenau. [1]",
     "Her birthplace is Lindenau.[1]"],
)  # fmt: skip
def test_a_sentence_that_cites_what_it_says_is_the_memorys(said: str) -> None:
    text, sentences, refused = borne_out(said, [FACT])
    assert (text, refused) == (said, ())
    assert [one.facts for one in sentences] == [(1,)]


@pytest.mark.parametrize(
    "said",
    ["Ada Brook was born in Oakham [1].", "Ada Brook died in Lindenau [1].",
     "Ben Marsh was born in Lindenau [1].", "Ada Brook was born in Lindenau [2].",
     "Ada Brook was born in Lindenauhausen [1]."],
)  # fmt: skip
def test_a_number_that_bears_nothing_out_is_taken_away(said: str) -> None:
    text, sentences, refused = borne_out(said, [FACT])
    assert "[" not in text
    assert text.endswith(NOTE)
    assert refused
    assert [one.facts for one in sentences] == [()]


def test_what_cites_nothing_is_not_the_memorys() -> None:
    text, sentences, refused = borne_out("Ada Brook was born in Lindenau.", [FACT])
    assert text == f"Ada Brook was born in Lindenau.\n\n{NOTE}"
    assert (sentences[0].facts, refused) == ((), ())
    assert borne_out("", [FACT]) == ("", (), ())
