"""How a language model says that it does not know."""

from __future__ import annotations

from worker.english.no_names import is_no_name
from worker.english.patterns import pattern

_SAYS_SO = pattern(
    r"\b(?:I|we) (?:really |honestly |simply )?(?:do not|don['’]t|cannot|can['’]t|can not) "
    r"(?:know|say|tell|answer|find|determine)\b"
    r"|\b(?:am|are|is) (?:not sure|unable to|not able to|unsure)\b"
    r"|\bno (?:information|mention|answer|idea|record)\b"
    r"|(?:\bnot|n['’]t) (?:\w+ )?(?:mention(?:ed)?|state[ds]?|sa(?:y|id)|specif(?:y|ied)|given|"
    r"provide[ds]?|known|contain(?:ed)?|clear|include[ds]?|available|possible to)\b",
    yes="The text does not mention where she was born.",
    no="She is known for what she said in Halden.",
)


def abstains(text: str) -> bool:
    """Tell whether an answer in free words says that it does not know, or says nothing.

    >>> [abstains(text) for text in ("I don't know.", "Unknown", "", "Lindenau", "No.")]
    [True, True, True, False, False]
    """
    plain = " ".join(text.split())
    if plain.rstrip(".!").casefold() in ("yes", "no", "true", "false"):
        return False
    return is_no_name(plain) or _SAYS_SO.search(plain) is not None
