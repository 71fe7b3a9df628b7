"""Questions about several things at once: "Where were A, B and C born?"."""

from __future__ import annotations

import re
from collections.abc import Sequence

from worker.english.asking import ASKS_OF_SEVERAL
from worker.heads.encoder.mentions import NamedEntity
from worker.heads.questions import question_form

_BETWEEN = re.compile(r"\s*(?:,|,?\s+and|,?\s+or|\s*&)\s+(?:of\s+|by\s+|in\s+)?(?:the\s+)?", re.I)
_JOINED = re.compile(r"\b(?:and|or)\b|&", re.IGNORECASE)
_TOGETHER = re.compile(r"\b(?:together|between|common|both of)\b", re.IGNORECASE)
_QUANTIFIER = re.compile(r"\b(?:both|each(?: of)?)\s+$", re.IGNORECASE)


def one_by_one(text: str, named: Sequence[NamedEntity]) -> list[str]:
    """Return one question for each name of a list in ``text``; else the text alone.

    "Were A and B married?" asks about the two together and stays whole, as do counts.
    """
    run = _longest_run(text, sorted(named, key=lambda mention: mention.start))
    form = question_form(text)
    alone = form == "yes_no" and len(run) == len(named)
    if len(run) < 2 or alone or form == "count":
        return [text]
    before, after = text[: run[0].start], text[run[-1].end :]
    # "Who founded A and B?", but not "Who leads Springfield, Illinois?" nor "... A and B's club?".
    joined = _JOINED.search(text[run[-2].end : run[-1].start]) and after[:1] not in ("'", "’")
    if not (ASKS_OF_SEVERAL.search(text) or joined) or _TOGETHER.search(text):
        return [text]
    before = _QUANTIFIER.sub("", before)
    return [before + text[mention.start : mention.end] + after for mention in run]


def _longest_run(text: str, named: Sequence[NamedEntity]) -> list[NamedEntity]:
    """Return the most names that only commas, "and" or "or" stand between."""
    best: list[NamedEntity] = []
    run: list[NamedEntity] = []
    for mention in named:
        if run and not _BETWEEN.fullmatch(text[run[-1].end : mention.start]):
            run = []
        run.append(mention)
        best = max(best, run[:], key=len)
    return best
