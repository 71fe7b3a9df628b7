"""What heads without a memory share: how they are asked, and what of their words is the answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

ANSWER_TOKENS: Final = 48
RULE: Final = (
    "Answer the question in a few words, with the name or the number that it asks for. Where you "
    'do not know the answer, say "I don\'t know."'
)
RULE_FOR_TEXTS: Final = (
    "Answer the question from the text alone, in a few words, with the name or the number that it "
    'asks for. Where the text does not say it, say "I don\'t know."'
)
# A base that follows no instructions goes on as these do.
_SHOWN: Final = (
    ("Which river flows through Paris?", "The Seine"),
    ("Who is older, Tarvil Osk or Ibra Menn?", "I don't know."),
    ("How many legs has a spider?", "8"),
)
_SHOWN_FOR_TEXTS: Final = (
    ("Tarvil Osk opened a mill in Varn in 1911.", "Where did Tarvil Osk open a mill?", "Varn"),
    ("Ibra Menn sells boats.", "When was Ibra Menn born?", "I don't know."),
)


def prompt_around(question: str, *, with_texts: bool) -> tuple[str, str]:
    """Return what stands before the texts, and what between them and the answer."""
    asked = f"Question: {' '.join(question.split())}\nAnswer:"
    if not with_texts:
        shown = "".join(f"Question: {one}\nAnswer: {answer}\n\n" for one, answer in _SHOWN)
        return f"{RULE}\n\n{shown}", asked
    shown = "".join(
        f"Text: {text}\nQuestion: {one}\nAnswer: {answer}\n\n"
        for text, one, answer in _SHOWN_FOR_TEXTS
    )
    return f"{RULE_FOR_TEXTS}\n\n{shown}Text: ", f"\n{asked}"


def joined(texts: Sequence[str]) -> str:
    """Return texts as one, each in a line of its own."""
    return "\n".join(" ".join(text.split()) for text in texts)


def answer_in(written: str) -> str:
    """Return the answer in what a model wrote: its first line that says something.

    >>> answer_in(" Lindenau\\nQuestion: Who")
    'Lindenau'
    """
    lines = (line.strip() for line in written.strip().splitlines())
    return next(filter(None, lines), "")
