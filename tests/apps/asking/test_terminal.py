"""Answers as HTML and as lines of text."""

import pytest

from apps.asking.templatetags.asking import with_citations
from apps.asking.terminal import answer_as_text


@pytest.mark.parametrize(
    ("text", "count", "html"),
    [
        ("A [1].", 1, "A.{1}"),
        ("A [1]. B [2].", 2, "A.{1} B.{2}"),
        ("Yes. A [7] [1].", 1, "Yes. A [7].{1}"),  # a name may hold brackets
        ("A [0] and [2]", 1, "A [0] and [2]"),
        ("<b> [1].", 1, "&lt;b&gt;.{1}"),
        ("I don't know.", 0, "I don&#x27;t know."),
    ],
)
def test_it_turns_numbers_into_links_and_escapes_the_rest(text, count, html):
    for number in (1, 2):
        chip = (
            f'<a class="cite" href="#citation-{number}" aria-label="Citation {number}">{number}</a>'
        )
        html = html.replace(f"{{{number}}}", chip)
    assert with_citations(text, [object()] * count) == html


def test_it_says_what_has_become_of_a_cited_fact_and_of_many_candidates():
    candidate = {
        "role": "entity",
        "name": "Ada",
        "distance": 0.25,
        "accepted": False,
        "exact": False,
    }
    lines = answer_as_text(
        {
            "question": "Who?",
            "as_of": "1998-05-31",
            "answer": "Ada [1].",
            "perhaps": [{"number": 1, "said": "Who is Ada?"}],
            "citations": [
                {
                    "number": 1,
                    "triple": {
                        "subject": "A", "relation": "r", "object": "B", "status": "superseded",
                    },
                    "sentence": None,
                    "approved_by": "bob",
                    "approved_at": "2026-01-01T00:00:00Z",
                }
            ],
            "reads": [
                {"call": "(…)", "candidates": [candidate] * 10, "results": [1], "truncated": True}
            ],
            "unsupported": [],
            "head": "encoder",
            "head_version": "1",
            "seconds": 0.5,
        }
    )  # fmt: skip
    assert "Question: Who? (as of 1998-05-31)" in lines
    assert "no document is on record for it" in lines
    assert "this fact has been superseded since" in lines
    assert "entity    Ada (distance 0.250, not near enough)" in lines
    assert "and 2 more candidates" in lines
    assert "1 result, and there are more" in lines
